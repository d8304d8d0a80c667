r"""Any name or word on one line of UTF-8, as Bash quotes it: $'caf\xe9.jpg'.

https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
"""

import re
import shlex
from typing import Final

# Among the controls and surrogates: U+2028 and U+2029, which end lines for some.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPED: Final = re.compile(f"{_UNFIT.pattern}|['\\\\]")


def is_printable_line(text: str) -> bool:
    """Return whether a text can stand on one line as it is."""
    return not _UNFIT.search(text)


def ansi_c_quote(text: str) -> str:
    """Return a text between $' and ', every character that is unfit as its bytes."""
    return f"$'{_ESCAPED.sub(_escape, text)}'"


def shell_quote(text: str) -> str:
    """Return a word of a command, to be copied into a shell."""
    return shlex.quote(text) if is_printable_line(text) else ansi_c_quote(text)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if character in {"'", "\\"}:
        return f"\\{character}"
    code = ord(character)
    # The surrogates that Python makes of single bytes that are not UTF-8.
    alone = 0xDC80 <= code <= 0xDCFF  # noqa: PLR2004  # said in the line above
    raw = bytes([code - 0xDC00]) if alone else character.encode(errors="surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in raw)
