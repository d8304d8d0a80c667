"""Prompts kept in files."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import UsageError

MAX_PROMPT_BYTES: Final = 65_536
"""Bytes. Runware documents no limit; a longer file is not a prompt but a mistake."""


_HINT: Final = "rwcap caption IMAGE --prompt-file TEXT"


def read_prompt(path: Path, *, stdin: Callable[[], BinaryIO]) -> str:
    """Return the prompt in the file at `path`, or on standard input for `-`.

    White space around it is dropped. Raises `UsageError` where it cannot be
    read or is no text.
    """
    from_stdin = str(path) == "-"
    try:
        if from_stdin:
            content = stdin().read(MAX_PROMPT_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(MAX_PROMPT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"prompt file {path}: {error.strerror}", hint=_HINT) from error
    if len(content) > MAX_PROMPT_BYTES:
        raise UsageError(
            f"prompt file {path}: more than {MAX_PROMPT_BYTES:,} bytes", hint=_HINT
        )
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"prompt file {path}: not text in UTF-8", hint=_HINT
        ) from error
