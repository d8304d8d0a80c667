"""Untrusted text made safe for terminals, files, JSON and shells."""

import re
from collections.abc import Iterable

# `re` compiles a pattern at its first use: compiling all takes 1.5 ms.

# Explicit embeddings, overrides and isolates can reorder the text around them
# (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
# The plain marks (U+200E, U+200F, U+061C) cannot, and Arabic and Hebrew need them.
_REORDERING = "[\u202a-\u202e\u2066-\u2069]"
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_ANY_CONTROL = "[\x00-\x1f\x7f-\x9f]"
_SURROGATE = "[\ud800-\udfff]"
_WEB_URL = (
    r"(?i)https?://([^\s/?#@]+@)?(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(:\d+)?([/?#]\S*)?"
)
_NEEDS_ESCAPE = "[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"

_URL_IN_TEXT = r"""(?i)(https?://)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]*)[^\s"'<>]*"""

# An escaped backslash matches as a whole, so that its second half starts no escape.
# Quotation mark (22) and backslash (5c) stay escaped.
_ASCII_ESCAPE = rb"(?i)\\\\|\\u00((?!22|5c)[2-6][0-9a-f]|7[0-9a-e])|\\/"

# What a reply is read by: UUIDs of tasks, error codes and names. A part of the URL of a
# webhook can be equal to one, as in https://hook.example/moderation/taskUUID.
_IDENTIFIER = rb'"(?:taskUUID"\s*:\s*"[0-9a-f-]+|code"\s*:\s*"[a-z]+|[a-z]+"\s*:)'

# Besides control characters and surrogates: U+2028 and U+2029, which end lines in
# some programs.
_UNPRINTABLE = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
_ESCAPED = f"{_UNPRINTABLE}|['\\\\]"
_QUOTED = rb"\\(?:x([0-9a-f]{2})|(['\\]))"

_MIN_SECRET_LENGTH = 8  # Runware's keys have about 32 characters


def strip_control(text: str) -> str:
    r"""Return a text without control characters, for a pipe or a file.

    Tabs and newlines stay; `\r\n` and `\r` become `\n`. A lone surrogate, which
    UTF-8 cannot encode, becomes U+FFFD.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(_SURROGATE, "\ufffd", re.sub(_CONTROL, "", unified))


def for_terminal(text: str) -> str:
    """Return a text without control characters and without bidirectional controls."""
    return re.sub(_REORDERING, "", strip_control(text))


def one_line(text: str) -> str:
    """Return a text on one line. Each run of white space becomes one space."""
    return " ".join(strip_control(text).split())


def display_name(source: str) -> str:
    """Return the name of a file for display on one line.

    Each control character becomes `?`, as with `ls -q`. Lone surrogates, which stand
    for bytes that are not UTF-8, stay. An empty name becomes two quotation marks.
    """
    return re.sub(_ANY_CONTROL, "?", source) or "''"


def is_web_url(text: str) -> bool:
    """Return whether a text is a printable http(s) URL with a host."""
    return bool(re.fullmatch(_WEB_URL, text)) and text.isprintable()


def strip_url_secrets(source: str) -> str:
    """Return a URL without user, password, query and fragment.

    Other sources are returned unchanged.
    """
    if not is_web_url(source):
        return source
    scheme, _, rest = re.split("[?#]", source, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def strip_secrets_of_urls(message: str) -> str:
    """Return a message whose URLs have no user, password, query and fragment."""
    return re.sub(_URL_IN_TEXT, r"\1\2", message)


def hide_path(url: str) -> str:
    """Return a URL with nothing but its host: the path of a webhook can be secret."""
    return "/".join([*strip_secrets_of_urls(url).split("/")[:3], "..."])


def url_secrets(url: str) -> set[str]:
    """Return a URL and its parts that can be secret, also with other percent-encoding.

    These are user and password, the folders of the path, and the values after it.
    """
    from urllib.parse import quote, unquote

    place, *rest = re.split("[?#]", url.partition("://")[2], maxsplit=1)
    authority, *folders = place.split("/")
    user = authority.rpartition("@")[0]
    pairs = [pair.partition("=") for each in rest for pair in re.split("[&#]", each)]
    values = [value or name for name, _, value in pairs]
    parts = {url, user, *user.partition(":"), *folders, *values}
    plain = parts | {unquote(part) for part in parts}
    return plain | {quote(part, safe="") for part in plain}


def truncate(text: str, limit: int = 300) -> str:
    """Return a text with `...` in place of its middle if it is longer than `limit`."""
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]}...{text[-half:]}"


def has_visible_text(text: str) -> bool:
    """Return whether a text has more than blanks and characters without a shape."""
    return any(char.isprintable() and not char.isspace() for char in text)


def short_name(source: str, limit: int = 300) -> str:
    """Return the name of a file for a message, without its middle if it is long."""
    return truncate(display_name(source), limit)


def escape_json(document: str) -> str:
    r"""Return JSON with terminal controls and lone surrogates as `\uXXXX`."""
    return re.sub(
        _NEEDS_ESCAPE,
        lambda found: f"\\u{ord(found.group()):04x}",
        document,
    )


def redactable(secrets: Iterable[str]) -> list[str]:
    """Return the secrets to redact, the longest first: another can be a part of it.

    A shorter one than any real secret is left out, because it can be a common word.
    """
    long = (secret for secret in secrets if len(secret) >= _MIN_SECRET_LENGTH)
    return sorted(long, key=len, reverse=True)


def redact_text(secrets: Iterable[str], text: str) -> str:
    """Return a text with `[secret]` for each secret, as `redact` does in JSON."""
    for secret in redactable(secrets):
        text = re.sub(f"(?i){re.escape(secret)}", "[secret]", text)
    return text


def redact(secret: str, body: bytes) -> bytes:
    r"""Return JSON with each occurrence of a secret replaced by `[secret]`.

    JSON may write any character as \uXXXX and a slash as \/, so printable ASCII is
    unescaped first, which does not change the meaning. Quotation marks and backslashes
    stay escaped. Upper and lower case are equal. Names and error codes stay.

    Args:
        secret: The secret, in printable ASCII.
        body: A JSON document, or any other bytes.
    """
    unescaped = re.sub(
        _ASCII_ESCAPE,
        _unescape_ascii,
        body,
    )
    written = secret.replace("\\", r"\\").replace('"', r"\"").encode()
    if written.lower() not in unescaped.lower():
        return unescaped
    return re.sub(
        b"(?i)%b|(%b)" % (_IDENTIFIER, re.escape(written)),
        lambda found: b"[secret]" if found[1] else found[0],
        unescaped,
    )


def _unescape_ascii(found: re.Match[bytes]) -> bytes:
    code: bytes | None = found[1]
    return bytes.fromhex(code.decode()) if code else found[0].replace(b"\\/", b"/")


def is_printable_line(text: str) -> bool:
    """Return whether a text can be written on one line without escapes."""
    return not re.search(_UNPRINTABLE, text)


def ansi_c_quote(text: str) -> str:
    r"""Return a text between $' and '. Unprintable characters become \xHH.

    https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
    """
    return f"$'{re.sub(_ESCAPED, _escape, text)}'"


def ansi_c_unquote(text: str) -> str:
    """Return the text that `ansi_c_quote` has quoted, and others as they are."""
    if not (text.startswith("$'") and text.endswith("'")):
        return text
    inner = text[2:-1].encode("utf-8", "surrogateescape")
    raw = re.sub(_QUOTED, _unescape, inner)
    return raw.decode("utf-8", "surrogateescape")


def shell_quote(text: str) -> str:
    """Return a text quoted as one word of a shell command."""
    import shlex

    return shlex.quote(text) if is_printable_line(text) else ansi_c_quote(text)


def _unescape(found: re.Match[bytes]) -> bytes:
    code: bytes | None = found[1]
    return bytes.fromhex(code.decode()) if code else found[2]


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if character in {"'", "\\"}:
        return f"\\{character}"
    code = ord(character)
    # Python decodes a byte that is not UTF-8 to one of these surrogates.
    is_byte = 0xDC80 <= code <= 0xDCFF  # noqa: PLR2004  # explained in the line above
    raw = (
        bytes([code - 0xDC00]) if is_byte else character.encode(errors="surrogatepass")
    )
    return "".join(f"\\x{byte:02x}" for byte in raw)


def is_utf8(value: bytes) -> bool:
    """Return whether bytes are valid UTF-8."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
