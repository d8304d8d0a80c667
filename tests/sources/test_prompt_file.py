"""Prompts are read from files."""

from io import BytesIO
from pathlib import Path

import pytest

from rwcap.core.errors import UsageError
from rwcap.sources.prompt_file import MAX_PROMPT_BYTES, read_prompt


def prompt(path: Path | str, *, stdin: bytes = b"") -> str:
    """Read the prompt in a file."""
    return read_prompt(Path(path), stdin=lambda: BytesIO(stdin))


@pytest.mark.parametrize(
    "content",
    [b"What?\n", b"\xef\xbb\xbfWhat?", b"  What?\r\n\r\n"],
    ids=["newline", "BOM", "Windows"],
)
def test_white_space_around_a_prompt_is_removed(tmp_path: Path, content: bytes) -> None:
    """Editors add line ends and byte order marks."""
    (tmp_path / "prompt.txt").write_bytes(content)

    assert prompt(tmp_path / "prompt.txt") == "What?"


def test_a_prompt_is_read_from_standard_input() -> None:
    """The path is `-`, as for an image."""
    assert prompt("-", stdin="Où?\nQuoi?\n".encode()) == "Où?\nQuoi?"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xd8\xff\xe0", "not UTF-8 text"),
        (b"x" * (MAX_PROMPT_BYTES + 1), "more than 65,536 bytes"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_is_not_a_prompt_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """For example an image."""
    path = tmp_path / "prompt.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=reason) as refused:
        prompt(path)

    assert str(path) in refused.value.message
