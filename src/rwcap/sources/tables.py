"""Manifests: tables with an image a row, and what goes with it."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from rwcap.core.errors import InputError, UsageError
from rwcap.core.request import CaptionRequest, UnusableSource
from rwcap.core.source import SourceKind, source_kind
from rwcap.core.text import display_name, truncate
from rwcap.sources.folder_walk import contained_path

IMAGE_COLUMNS: Final = ("image", "path", "url", "file_name")
"""What the column of the image may be called. `file_name` is Hugging Face's."""

MAX_LINE_CHARS: Final = 1_048_576
"""Characters of a line. Ten times the longest prompt; no more is held in memory."""

_CSV: Final = ".csv"
TABLE_SUFFIXES: Final = (_CSV, ".jsonl", ".ndjson")
_COLUMN_RULE: Final = (
    f"one of the columns {', '.join(IMAGE_COLUMNS)} must name the image"
)
_HINT: Final = "begin a CSV with a line like this: image,prompt"

_Row: TypeAlias = Mapping[str, str] | str
"""A row's columns, or what is wrong with it."""


def is_table(path: str) -> bool:
    """Return whether a file of this name is a manifest."""
    return path.lower().endswith(TABLE_SUFFIXES)


def read_table(manifest: str) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield what the rows of the manifest at this path want.

    Raises `UsageError` where it cannot be read, or is not what its name says.
    """
    is_csv = manifest.lower().endswith(_CSV)
    rows = _csv_rows(manifest) if is_csv else _json_rows(manifest)
    folder = manifest.removesuffix(Path(manifest).name)
    for number, row in rows:
        source = f"{manifest}:{number}"
        found = row if isinstance(row, str) else _request_from_row(row, folder)
        if isinstance(found, str):
            message = f"{truncate(display_name(source))}: {found}"
            yield UnusableSource(source, InputError(message, code="malformedRow"))
        else:
            yield found


def _request_from_row(fields: Mapping[str, str], folder: str) -> CaptionRequest | str:
    """Return what a row wants, or what is wrong with it."""
    named = [fields[column] for column in IMAGE_COLUMNS if column in fields]
    if len(named) != 1:
        return f"{_COLUMN_RULE} ({len(named)} do)"
    source = named[0]
    relative = ""
    match source_kind(source):
        case SourceKind.STDIN | SourceKind.DATA_URI:
            return "its image is no path, URL or UUID"
        case SourceKind.URL:
            pass
        case kind:
            if not source:
                return "it names no image"
            path = source if Path(source).is_absolute() else folder + source
            if kind is SourceKind.PATH or os.path.lexists(path):
                source, relative = path, contained_path(source)
    prompt, own_id = fields.get("prompt") or None, fields.get("id") or None
    return CaptionRequest(source, relative, prompt, own_id, fields)


def _csv_rows(manifest: str) -> Iterator[tuple[int, _Row]]:
    reader = csv.reader(_read_lines(manifest), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
    except csv.Error as error:
        raise _table_error(manifest, f"not a CSV: {error}") from error
    if len([column for column in header if column in IMAGE_COLUMNS]) != 1:
        columns = truncate(display_name(", ".join(header))) if header else "none"
        raise _table_error(
            manifest, f"{_COLUMN_RULE}, and only one; its columns: {columns}"
        )
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield number, f"not a row of a CSV: {error}"
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        elif cells:
            yield number, f"{len(cells)} cells for {len(header)} columns"


def _json_rows(manifest: str) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(_read_lines(manifest), 1):
        if not line.isspace():
            yield number, _json_row(line)


def _json_row(line: str) -> _Row:
    try:
        row: object = json.loads(line)
        if not isinstance(row, dict):
            return "not a JSON object"
        fields = {column: _cell_text(value) for column, value in row.items()}
        # Lone surrogates are characters only where they stand for a name's bytes.
        "".join((*fields, *fields.values())).encode("utf-8", "surrogateescape")
    except (ValueError, RecursionError):
        return "not JSON"
    if not all(isinstance(row.get(column, ""), str) for column in IMAGE_COLUMNS):
        return "its image is not a string"
    return fields


def _cell_text(value: object) -> str:
    """Return a value of a column: a string's text, null's nothing, or its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read_lines(manifest: str) -> Iterator[str]:
    try:
        # newline="" leaves it to the csv module what a line end in a cell is.
        with Path(manifest).open(encoding="utf-8-sig", newline="") as file:
            while line := file.readline(MAX_LINE_CHARS + 1):
                if len(line) > MAX_LINE_CHARS:
                    excess = f"a line of more than {MAX_LINE_CHARS:,} characters"
                    raise _table_error(manifest, excess)
                yield line
    except OSError as error:
        raise _table_error(manifest, error.strerror) from error
    except UnicodeDecodeError as error:
        raise _table_error(manifest, "not text in UTF-8") from error


def _table_error(manifest: str, complaint: str | None) -> UsageError:
    return UsageError(
        f"manifest {truncate(display_name(manifest))}: {complaint}", hint=_HINT
    )
