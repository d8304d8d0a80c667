r"""Words quoted for a shell, on one line of UTF-8: $'caf\xe9.jpg'.

https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
"""

import re
import shlex
from typing import Final

# Besides control characters and surrogates: U+2028 and U+2029, which end lines in
# some programs.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPED: Final = re.compile(f"{_UNPRINTABLE.pattern}|['\\\\]")


def is_printable_line(text: str) -> bool:
    """Return whether a text can be written on one line without escapes."""
    return not _UNPRINTABLE.search(text)


def ansi_c_quote(text: str) -> str:
    r"""Return a text between $' and '. Unprintable characters become \xHH."""
    return f"$'{_ESCAPED.sub(_escape, text)}'"


def shell_quote(text: str) -> str:
    """Return a text quoted as one word of a shell command."""
    return shlex.quote(text) if is_printable_line(text) else ansi_c_quote(text)


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
