"""The pictures of a contact sheet, on the disk until the page is written.

Memory does not grow with the number of pictures. The temporary files have no name, so
that nothing is left of them when the process ends.
"""

import json
from binascii import b2a_base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Final, Self

from rwcap.core.errors import OutputError
from rwcap.outputs.file_errors import reason_of
from rwcap.outputs.sheet.picture import Members, Picture

_MAX_PROMPTS: Final = 100
"""The number of prompts that are stored once. Others stand with their captions."""


class Spool:
    """Pictures in the order in which they are added. It is closed by `with`."""

    def __init__(self) -> None:
        """Create the files; raises `OutputError`."""
        self.count = 0
        """The number of pictures."""
        self._prompts: dict[str, int] = {}
        self._captions = 0
        with _named_errors(), ExitStack() as files:
            self._pictures, self._thumbnails, self._faults = (
                files.enter_context(TemporaryFile("w+", encoding="ascii"))
                for _ in range(3)
            )
            self._files = files.pop_all()

    def __enter__(self) -> Self:
        """Return the spool."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files, which removes them."""
        self._files.close()

    @property
    def prompts(self) -> list[str]:
        """The prompts that captions name by number."""
        return [*self._prompts]

    def add(self, picture: Picture, thumbnail: bytes) -> None:
        """Add a picture; without a thumbnail, `thumbnail` is empty.

        Raises:
            OutputError: A temporary file cannot be written, as in all methods.
        """
        members = picture.members(self._prompt_number)
        with _named_errors():
            _write_line(self._pictures, (self._captions, members))
            line = b2a_base64(thumbnail, newline=False).decode()
            self._thumbnails.write(f"{line}\n")
        self._captions += sum(each.text is not None for each in picture.captions)
        self.count += 1

    def add_fault(self, number: int, check: str, excerpt: str) -> None:
        """Add a failed check of a caption that was added before.

        Args:
            number: The number of the caption among all that have a text, from 0.
                Numbers do not decrease.
            check: The name of the check.
            excerpt: Why the caption fails.
        """
        with _named_errors():
            _write_line(self._faults, (number, check, excerpt))

    def pictures(self) -> Iterator[Members]:
        """Yield all pictures as JSON, with the faults that were added later."""
        with _named_errors():
            self._faults.seek(0)
            self._pictures.seek(0)
            faults = map(json.loads, self._faults)
            fault = next(faults, None)
            for line in self._pictures:
                first, picture = json.loads(line)
                captions = [each for each in picture["captions"] if "text" in each]
                while fault and fault[0] < first + len(captions):
                    number, check, excerpt = fault
                    captions[number - first].setdefault("checks", {})[check] = excerpt
                    fault = next(faults, None)
                yield picture

    def thumbnails(self, size: int) -> Iterator[list[str]]:
        """Yield the thumbnails in base64, in lists of `size`; empty where none is."""
        with _named_errors():
            self._thumbnails.seek(0)
            while block := [*islice(self._thumbnails, size)]:
                yield [line.rstrip("\n") for line in block]

    def _prompt_number(self, prompt: str) -> int | str:
        """Return the number of a prompt, or the prompt if there are too many."""
        if prompt not in self._prompts and len(self._prompts) == _MAX_PROMPTS:
            return prompt
        return self._prompts.setdefault(prompt, len(self._prompts))


def _write_line(file: IO[str], document: object) -> None:
    file.write(f"{json.dumps(document)}\n")


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = reason_of(error)
        raise OutputError(f"a temporary file of the report: {reason}") from error
