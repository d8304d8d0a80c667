"""A prompt in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.sources.text_file import read_text_file

MAX_PROMPT_BYTES: Final = 65_536
"""Runware documents no limit. A longer file is a mistake, for example an image."""

_HINT: Final = "--prompt-file question.txt (a file with the prompt, in UTF-8)"


def read_prompt(path: Path, *, stdin: Callable[[], BinaryIO]) -> str:
    """Return the prompt in a file, without white space around it.

    Args:
        path: The path of the file; `-` for standard input.
        stdin: Returns standard input.

    Raises:
        UsageError: The file could not be read, is too long, or is not UTF-8.
    """
    return read_text_file(
        str(path), "prompt file", hint=_HINT, limit=MAX_PROMPT_BYTES, stdin=stdin
    )
