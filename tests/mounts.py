"""Small and read-only file systems, for tests that may mount them."""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_READ_ONLY, _REMOUNT, _DETACH = 1, 32, 2


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Callable[..., None]]:
    """Mount a file system in memory. Yield a function that changes its options.

    The test is skipped where mounting is not allowed.
    """
    library = ctypes.CDLL(None, use_errno=True)

    def mount(options: str, *, flags: int = 0) -> None:
        arguments = (b"none", os.fsencode(folder), b"tmpfs", flags, options.encode())
        if library.mount(*arguments):  # pragma: no branch  # root may mount
            reason = os.strerror(ctypes.get_errno())  # pragma: no cover  # without root
            pytest.skip(f"cannot mount: {reason}")  # pragma: no cover  # as above

    def change(options: str, *, read_only: bool = False) -> None:
        mount(options, flags=_REMOUNT | read_only * _READ_ONLY)

    mount(options)
    try:
        yield change
    finally:
        library.umount2(os.fsencode(folder), _DETACH)
