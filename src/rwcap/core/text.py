"""Untrusted text made harmless without losing any of it that a person reads."""

import json
import re

# Explicit embeddings, overrides and isolates can reorder what stands beside the
# text (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
# The plain marks (U+200E, U+200F, U+061C) cannot, and Arabic or Hebrew needs them.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ANY_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WEB_URL = re.compile(
    r"https?://([^\s/?#@]+@)?(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(:\d+)?([/?#]\S*)?",
    re.IGNORECASE,
)
_FORMULA = re.compile("'*[=+\\-@]")
_NEEDS_ESCAPE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def strip_control(text: str) -> str:
    """Return `text` without control characters, for a pipe or a file.

    Newlines (in any of their spellings) and tabs stay. A surrogate without its
    partner, which no encoding can write, becomes U+FFFD.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", unified))


def for_terminal(text: str) -> str:
    """Return `text` without controls, and unable to reorder what surrounds it."""
    return _REORDERING.sub("", strip_control(text))


def one_line(text: str) -> str:
    """Return `text` with every run of white space folded into one space."""
    return " ".join(strip_control(text).split())


def display_name(source: str) -> str:
    """Return the name of a file fit for a line of output.

    Control characters become `?`, as `ls -q` shows them; bytes that are not
    UTF-8 (lone surrogates, in Python's strings) are kept; an empty name becomes
    a pair of quotes.
    """
    return _ANY_CONTROL.sub("?", source) or "''"


def is_web_url(text: str) -> bool:
    """Return whether `text` is an http(s) URL with a host, fit to be sent."""
    return bool(_WEB_URL.fullmatch(text)) and text.isprintable()


def strip_url_secrets(source: str) -> str:
    """Return a URL without what may be secret in it: user, query and fragment.

    Whatever is no URL is returned as it is.
    """
    if not is_web_url(source):
        return source
    scheme, _, rest = re.split("[?#]", source, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def truncate(text: str, limit: int = 300) -> str:
    """Return `text` with its middle left out where it is longer than `limit`."""
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]}...{text[-half:]}"


def escape_json(document: str) -> str:
    r"""Escape as `\uXXXX` what JSON allows but a terminal may obey."""
    return _NEEDS_ESCAPE.sub(
        lambda found: f"\\u{ord(found.group()):04x}",
        document,
    )


def escape_formula(cell: str) -> str:
    """Return a cell of CSV that no spreadsheet takes for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def redact(secret: str, body: bytes) -> bytes:
    r"""Return JSON, or any bytes, with `secret` replaced by [key].

    In JSON its characters may also be written as \uXXXX, so those of printable
    ASCII are first written plainly, which means the same; a quotation mark in the
    secret is looked for as JSON has it, for a bare one ends a string.
    """
    plainly = _ESCAPE.sub(
        lambda found: bytes.fromhex(found[1].decode()) if found[1] else found[0], body
    )
    return plainly.replace(json.dumps(secret)[1:-1].encode(), b"[key]")


# An escaped backslash is passed over whole, lest its second half begin an escape;
# quotation mark (22) and backslash (5c) must stay escaped.
_ESCAPE = re.compile(rb"\\\\|\\u00((?!22|5c)[2-6][0-9a-f]|7[0-9a-e])", re.IGNORECASE)
