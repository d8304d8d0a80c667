"""Small text files that options name: prompts, schemas, vocabularies."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from rwcap.core.errors import UsageError

MAX_BYTES: Final = 1_048_576
"""A longer file is a mistake, for example an image."""


def read_text_file(
    path: str,
    kind: str,
    *,
    hint: str,
    limit: int = MAX_BYTES,
    stdin: Callable[[], BinaryIO] | None = None,
) -> str:
    """Return the text of a file, without white space around it.

    Args:
        path: The path of the file.
        kind: What the file is, for messages: "prompt file".
        hint: The option that names such a file.
        limit: The maximum number of bytes.
        stdin: Returns standard input, which the path `-` then stands for.

    Raises:
        UsageError: The file could not be read, is too long, or is not UTF-8.
    """
    try:
        if stdin and path == "-":
            content = stdin().read(limit + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{kind} {path}: {error.strerror}", hint=hint) from error
    if len(content) > limit:
        raise UsageError(f"{kind} {path}: more than {limit:,} bytes", hint=hint)
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"{kind} {path}: not UTF-8 text", hint=hint) from error
