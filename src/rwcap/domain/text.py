"""UntrustedError text made harmless without losing any of it that a person reads."""

import re

# Explicit embeddings, overrides and isolates can reorder what stands beside the
# text (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
# The plain marks (U+200E, U+200F, U+061C) cannot, and Arabic or Hebrew needs them.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ANY_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEEDS_ESCAPE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Return `text` without control characters, for a pipe or a file.

    Newlines (in any of their spellings) and tabs stay. A surrogate without its
    partner, which no encoding can write, becomes U+FFFD.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", unified))


def for_terminal(text: str) -> str:
    """Return `text` as `plain` does, and unable to reorder what surrounds it."""
    return _REORDERING.sub("", plain(text))


def one_line(text: str) -> str:
    """Return `text` with every run of white space folded into one space."""
    return " ".join(plain(text).split())


def name(source: str) -> str:
    """Return the name of a file fit for a line of output.

    Control characters become `?`, as `ls -q` shows them; bytes that are not
    UTF-8 (lone surrogates, in Python's strings) are kept; an empty name becomes
    a pair of quotes.
    """
    return _ANY_CONTROL.sub("?", source) or "''"


def escape_json(document: str) -> str:
    r"""Escape as `\uXXXX` what JSON allows but a terminal may obey."""
    return _NEEDS_ESCAPE.sub(
        lambda found: f"\\u{ord(found.group()):04x}",
        document,
    )
