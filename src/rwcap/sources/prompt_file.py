"""A prompt in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import UsageError

MAX_PROMPT_BYTES: Final = 65_536
"""Runware documents no limit. A longer file is a mistake, for example an image."""

_HINT: Final = "rwcap caption IMAGE --prompt-file FILE (a text in UTF-8)"


def read_prompt(path: Path, *, stdin: Callable[[], BinaryIO]) -> str:
    """Return the prompt in a file, without white space around it.

    Args:
        path: The path of the file; `-` for standard input.
        stdin: Returns standard input.

    Raises:
        UsageError: The file could not be read, is too long, or is not UTF-8.
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
        raise UsageError(f"prompt file {path}: not UTF-8 text", hint=_HINT) from error
