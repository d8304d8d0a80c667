"""Errors that name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rwcap.core.errors import FileChangedError, InputError, NotWrittenError
from rwcap.core.text import short_name

_KEPT_HINT: Final = (
    "once it can be written, run the same command again; the caption is kept and costs"
    " nothing"
)
REMOVAL_HINT: Final = "nothing was removed; once it can be, run the same command again"


@contextmanager
def named_errors(path: str, *, hint: str | None = None) -> Iterator[None]:
    """Name the file at `path` in errors of the block.

    Args:
        path: The path of the file whose content is used.
        hint: The hint for an error that has none.
    """
    try:
        yield
    except InputError as error:
        message = f"{short_name(path)}: {error.message}"
        raise InputError(message, code=error.code, hint=error.hint or hint) from error


@contextmanager
def write_errors(
    path: str, *, hint: str | None = None, usual: str = _KEPT_HINT
) -> Iterator[None]:
    """Raise errors of the block as `NotWrittenError` with the name of the file.

    Args:
        path: The path of the file that is written.
        hint: The hint for invalid content, if its error has none.
        usual: The hint for every other error.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise write_error(path, reason_of(error), hint=usual) from error
    except InputError as error:
        found = error.hint or hint or usual
        raise write_error(path, error.message, hint=found, code=error.code) from error


def write_error(
    path: str, reason: str, *, hint: str = _KEPT_HINT, code: str = "outputFailed"
) -> NotWrittenError:
    """Return the exception for a caption that cannot be written to `path`."""
    return NotWrittenError(f"{short_name(path)}: {reason}", code=code, hint=hint)


def changed_error(path: str, change: str = "changed") -> FileChangedError:
    """Return the exception for an image file that is not the one that was captioned."""
    return FileChangedError(
        f"{short_name(path)}: {change} since it was captioned",
        code="changedImage",
        hint="run the same command again; captions already bought cost nothing",
    )


def reason_of(error: Exception) -> str:
    """Return the message of an `OSError` without its path, or of another exception."""
    return getattr(error, "strerror", None) or str(error)
