"""Records as lines of a file: encoding, and keys to find them again."""

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from rwcap.core.errors import InputError
from rwcap.core.record import (
    RECORD_VERSION,
    SANDBOX_PREFIX,
    Record,
    RecordStatus,
    is_sandbox_text,
)
from rwcap.core.source import CaptionRequest
from rwcap.core.text import (
    escape_json,
    short_name,
)
from rwcap.fields.definitions import Field
from rwcap.outputs.paths import is_local_file

SUCCESSFUL: Final = (
    RecordStatus.OK,
    RecordStatus.CACHED,
    RecordStatus.SKIPPED,
    RecordStatus.EDITED,
)
"""Statuses of records with a caption."""


class TableStyle(NamedTuple):
    """The form of a file of records, as the user chooses it."""

    columns: tuple[str, ...] = ()
    """The columns of a CSV file; empty for all."""
    delimiter: str | None = None
    """The delimiter of a CSV file; None for that of its suffix."""
    bom: bool = False
    """Whether a new CSV file begins with a byte order mark."""
    image_folder: bool = False
    """Whether the file is the metadata of a Hugging Face ImageFolder."""
    fields: tuple[Field, ...] = ()
    """The fields that have columns of their own."""


class RecordFormat(Protocol):
    """A format of records, one line each."""

    header: bytes
    """The first line of a new file; empty if the format has none."""

    def check(self, request: CaptionRequest) -> None:
        """Raise `InputError` if records cannot name the image of a request."""

    def accepts_header(self, first: bytes) -> bool:
        """Return whether records can follow this first line of a file."""

    def other_options(self, first: bytes) -> str | None:
        """Return the options for a file with this first line, or None."""

    def line(self, record: Record) -> bytes:
        """Return a record as one line, with its line end.

        It is empty if the format has no place for the record.
        """

    def key(self, line: bytes) -> bytes | None:
        """Return the key of the caption or the error in a line; None if it has none.

        It depends on the line alone. So the key of a requested caption is the key of
        the line that would be written for it.
        """

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether a last line without a line end is an incomplete record."""

    def may_be_incomplete(self, tail: bytes) -> bool:
        """Return whether another such line may be incomplete, which nothing shows."""

    def continues_row(self, lines: Iterable[str]) -> bool:
        """Return whether the last of all lines of a file continues an earlier one.

        Raises:
            ValueError: It does, and its row goes on.
        """


class AnyHeader:
    """A format without a header, in which other lines are ignored."""

    header = b""

    def check(self, request: CaptionRequest) -> None:
        """Accept every request: records can name any image."""

    def accepts_header(self, first: bytes) -> bool:  # noqa: ARG002  # part of the protocol
        """Return True: other lines are ignored."""
        return True

    def other_options(self, first: bytes) -> None:
        """Return None: there are no options."""

    def may_be_incomplete(self, tail: bytes) -> bool:  # noqa: ARG002  # as above
        """Return False: complete JSON ends with a brace."""
        return False

    def continues_row(self, lines: Iterable[str]) -> bool:  # noqa: ARG002  # as above
        """Return False: each line is a row."""
        return False


class JsonlFormat(AnyHeader):
    """One JSON object a line."""

    _START = b'{"v": '

    def line(self, record: Record) -> bytes:
        """Return the JSON of the record."""
        return f"{record.to_json()}\n".encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a record; None for other JSON."""
        record = json_object(line)
        held = record.get("status") in SUCCESSFUL and record.get("text") is not None
        if record.get("v") != RECORD_VERSION or not (held or record.get("error")):
            return None
        names = ("source", "source_b64", "id", "prompt", "model", "sandbox", "error")
        return key_digest([record.get(name) for name in names])

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether it begins as a record and is not complete.

        Lines of other programs are never removed.
        """
        begins = tail.startswith(self._START) or self._START.startswith(tail)
        return begins and not json_object(tail)


class ImageFolderFormat(AnyHeader):
    """The `metadata.jsonl` of a Hugging Face ImageFolder.

    https://huggingface.co/docs/datasets/image_dataset#imagefolder
    """

    def __init__(self, folder: str) -> None:
        """Name images relative to this folder."""
        self._folder = os.path.abspath(folder)  # noqa: PTH100  # takes any text

    def check(self, request: CaptionRequest) -> None:
        """Raise `InputError` if the image is not a file in the folder."""
        name = self._file_name(request.source)
        if not is_local_file(request) or name.startswith("../"):
            raise InputError(
                f"{short_name(request.source)}: not a file below"
                f" {short_name(self._folder)}, so it has no place in the image folder",
                code="noPlace",
                hint="-o FOLDER/metadata.jsonl, with the folder of the images",
            )

    def line(self, record: Record) -> bytes:
        """Return file name, text and fields; empty for a record without a text."""
        if record.text is None:
            return b""
        name = self._file_name(record.source)
        row = {"file_name": name, "text": record.text, **(record.fields or {})}
        return f"{escape_json(json.dumps(row, ensure_ascii=False))}\n".encode()

    def key(self, line: bytes) -> bytes | None:
        """Return the key of a line with a text; None for others."""
        row = json_object(line)
        name, text = row.get("file_name"), row.get("text")
        if not isinstance(name, str) or not isinstance(text, str) or not text:
            return None
        return key_digest([name, is_sandbox_text(text)])

    def is_incomplete(self, tail: bytes) -> bool:
        """Return whether it begins as a line and is not complete."""
        start = b'{"file_name": '
        begins = tail.startswith(start) or start.startswith(tail)
        return begins and not json_object(tail)

    def _file_name(self, source: str) -> str:
        relative = os.path.relpath(os.path.abspath(source), self._folder)  # noqa: PTH100  # as above
        return relative.replace(os.sep, "/")


def with_any_caption(record: Record) -> Record:
    """Return a record with the same key as that of any caption for its request."""
    text = f"{SANDBOX_PREFIX} any" if record.sandbox else "any"
    return record._replace(status=RecordStatus.OK, text=text, error=None)


def json_object(line: bytes) -> dict[str, object]:
    """Return the JSON object in a line; an empty one for anything else."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def key_digest(identity: list[object] | list[str]) -> bytes:
    """Return the first 16 bytes of a digest."""
    return sha256(json.dumps(identity).encode()).digest()[:16]
