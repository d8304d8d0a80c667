"""Sources of a batch, as tests create and resolve them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypedDict, Unpack

import pytest
from hypothesis import strategies as st

from rwcap.core.errors import TaskError, UsageError
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources.sources import Sources

NOBODY = 65534
"""The user that tests are if root drops its rights."""

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
URL = "https://example.com/a*.jpg"
NAMES = st.binary(min_size=1, max_size=4).filter(
    lambda name: not {*name} & {*b"\0/"} and name not in {b".", b".."}
)


class Options(TypedDict, total=False):
    """The options of `rwcap batch` that select images."""

    files_from: str | None
    nul: bool
    include: list[str]
    exclude: list[str]
    max_depth: int | None
    are_folders: bool


def sources(
    *words: str,
    stdin: Callable[[], BinaryIO] = BytesIO,
    notice: Callable[[str], None] = pytest.fail,
    **options: Unpack[Options],
) -> Sources:
    """Return the sources. An unexpected notice fails the test."""
    return Sources(words, stdin=stdin, notice=notice, **options)


def found(*words: str, **options: Unpack[Options]) -> list[str]:
    """Return the relative paths of the requested captions."""
    requests = list(sources(*words, **options))
    assert all(isinstance(one, CaptionRequest) for one in requests)
    return [one.relative_path for one in requests if isinstance(one, CaptionRequest)]


def refusal(*words: str, **options: Unpack[Options]) -> UsageError:
    """Return the usage error for the sources."""
    with pytest.raises(UsageError) as refused:
        list(sources(*words, **options))
    return refused.value


def failure(*words: str, **options: Unpack[Options]) -> TaskError:
    """Return the error of the last source, which fails after others were read."""
    *_, last = sources(*words, **options)
    assert isinstance(last, UnusableSource)
    return last.error


def create_files(folder: Path, *names: str) -> None:
    """Create empty files and their folders."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@contextmanager
def unprivileged() -> Iterator[None]:
    """Drop the privileges of root for a while."""
    user = os.geteuid()
    os.seteuid(user or NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
