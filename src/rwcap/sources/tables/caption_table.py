"""Tables of captions: in each row an image, and the text for it."""

import os
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rwcap.core.csv_rows import unescape_formula
from rwcap.core.errors import InputError
from rwcap.core.source import (
    CaptionRequest,
    SourceKind,
    UnusableSource,
    local_name,
    source_kind,
)
from rwcap.core.text import (
    ansi_c_unquote,
    short_name,
    strip_control,
)
from rwcap.sources.folder_walk import contained_path
from rwcap.sources.tables.table_columns import CAPTIONS, TEXT_COLUMNS, Row
from rwcap.sources.tables.tables import (
    image_column,
    name_of,
    read_rows,
    unusable_cell,
    wrong_columns,
)

_OWN_IMAGES: Final = {"source", "image"}
_OWN_TEXT: Final = "text"
"""The columns of the records of rwcap."""

_RAW_SOURCE: Final = "source_b64"
"""The column with a path that is not UTF-8."""

_IN_FOLDER: Final = {"file_name"}
"""Image columns whose paths are relative to the folder of the table, first of all.
Others are relative to the current folder, first of all, as in records."""

_SPREADSHEETS: Final = (".csv", ".tsv")


def read_captions(table: str) -> Iterator[CaptionRequest | UnusableSource]:
    """Yield the image and the caption of each row, or the error of a malformed row.

    A request has no caption if the row has none.

    Raises:
        UsageError: The file could not be read, or has other columns.
    """
    return (request for _, request in numbered_captions(table))


def numbered_captions(
    table: str,
    names: Sequence[str] = TEXT_COLUMNS,
) -> Iterator[tuple[int, CaptionRequest | UnusableSource]]:
    """Yield the same, each with the number of its row; raises `UsageError`.

    Args:
        table: The path of the table.
        names: The possible names of the column with the captions. The first is read.
    """
    folder = table.removesuffix(Path(table).name)
    for row in read_rows(table, CAPTIONS):
        if not (row.error or row.content or any(map(str.strip, row.columns.values()))):
            continue  # spreadsheets leave blank rows at the end
        place = f"{table}:{row.number}"
        request = row.error or _request(table, row, place, folder, names)
        if isinstance(request, str):
            message = f"{short_name(place)}: {request}"
            error = InputError(message, code="malformedRow")
            yield row.number, UnusableSource(place, error)
        else:
            yield row.number, request


def _request(
    table: str, row: Row, place: str, folder: str, names: Sequence[str]
) -> CaptionRequest | str:
    """Return the image and the caption of a row, or why the row is malformed."""
    column = image_column(row, CAPTIONS)
    if column is None:
        return wrong_columns(row, CAPTIONS)
    text_column = next((name for name in names if name in row.columns), "")
    cells = dict(row.columns)
    if column == "source" or (column in _OWN_IMAGES and text_column == _OWN_TEXT):
        cells = _original(cells, column, is_csv=table.lower().endswith(_SPREADSHEETS))
    cell = local_name(cells[column])
    if row.content is not None:
        source, relative = place, name_of(cell)
    elif reason := unusable_cell(cell):
        return f"column {column}: {reason}"
    else:
        source = _find_image(cell, folder, in_folder=column in _IN_FOLDER)
        relative = contained_path(cell)
    text = strip_control(cells.get(text_column, "")).strip()
    return CaptionRequest(
        source,
        relative,
        id=cells.get("id") or None,
        columns=cells,
        caption=text or None,
        content=row.content,
    )


def _original(cells: dict[str, str], image: str, *, is_csv: bool) -> dict[str, str]:
    """Return the cells of a record as they were before they were written."""
    if is_csv:
        cells = {name: unescape_formula(cell) for name, cell in cells.items()}
    if raw := cells.get(_RAW_SOURCE):
        try:
            return cells | {image: os.fsdecode(a2b_base64(raw, strict_mode=True))}
        except ValueError:
            return cells
    for name in {image, "id"} & cells.keys():
        cells[name] = ansi_c_unquote(cells[name])
    return cells


def _find_image(cell: str, folder: str, *, in_folder: bool) -> str:
    """Return the source that a cell names: the file that exists, if it is a path."""
    if source_kind(cell) not in {SourceKind.PATH, SourceKind.UUID}:
        return cell
    places = [cell, cell if os.path.isabs(cell) else folder + cell]  # noqa: PTH117  # faster
    if in_folder:
        places.reverse()
    return next(filter(os.path.lexists, places), places[0])
