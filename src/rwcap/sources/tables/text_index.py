"""Texts for images: each row of a table, and the one image that it belongs to.

Rows and images are in a temporary database, so that memory does not grow with them.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rwcap.core.errors import InputError, OutputError, UsageError
from rwcap.core.fields import KNOWN_NAMES
from rwcap.core.source import (
    CaptionRequest,
    UnusableSource,
    is_object,
)
from rwcap.core.text import short_name, strip_control
from rwcap.sources.tables.caption_table import numbered_captions
from rwcap.sources.tables.path_keys import (
    name_bytes,
    name_of_bytes,
    path_key,
    path_tail,
)
from rwcap.sources.tables.table_columns import (
    ALT_COLUMNS,
    TEXT_COLUMNS,
    WHOLE_COLUMN,
    table_error,
)
from rwcap.sources.tables.text_matching import OTHER_PICTURE, Digest, TextMatching

_TABLES: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE row (
        number INTEGER PRIMARY KEY, name BLOB, path BLOB, tail BLOB, digest TEXT,
        text TEXT, columns TEXT
    );
    CREATE TABLE malformed (number INTEGER, message TEXT);
    CREATE TABLE image (
        number INTEGER PRIMARY KEY, path BLOB UNIQUE, tail BLOB, digest TEXT,
        request TEXT
    );
    CREATE TABLE fit (row INTEGER PRIMARY KEY, image INTEGER, trust INTEGER);
    CREATE TABLE misfit (row INTEGER PRIMARY KEY, reason TEXT);
    CREATE TABLE choice (image INTEGER PRIMARY KEY, row INTEGER);
"""

_CHOSEN: Final = """
    SELECT request, text, columns FROM choice
    JOIN image ON image.number = choice.image JOIN row ON row.number = choice.row
"""

_CLEAR_CELL: Final = "if the text is still right, clear image_sha256 in its row"


class TextIndex:
    """The rows of a table with a text, and the images that they can belong to."""

    def __init__(self, table: str, *, with_columns: bool, alt: bool = False) -> None:
        """Read the rows of a table.

        Args:
            table: The path of the table.
            with_columns: Whether all cells of a row go with its text. `long` does
                always, the whole reply if the text is a part of it; so do fields.
            alt: Whether the texts are alternative texts.

        Raises:
            UsageError: The table cannot be read, has other columns, or changes.
            OutputError: The temporary database cannot be written.
        """
        self._table = table
        self._names = ALT_COLUMNS if alt else TEXT_COLUMNS
        self._kept = {WHOLE_COLUMN, *KNOWN_NAMES, *(("text",) if alt else ())}
        self.without_text = 0
        """The number of rows without a text. They change nothing."""
        with _named_errors():
            self._database = sqlite3.connect(
                "", isolation_level=None, check_same_thread=False
            )
            self._database.executescript(_TABLES)
            self._read_rows(with_columns=with_columns)

    def close(self) -> None:
        """Delete the database."""
        self._database.close()

    def _read_rows(self, *, with_columns: bool) -> None:
        before, number, has_texts = _version(self._table), 0, False
        for number, row in numbered_captions(self._table, self._names):
            if isinstance(row, UnusableSource):
                self._add_malformed(number, row.error.message)
                has_texts = True
                continue
            has_texts = has_texts or not row.columns.keys().isdisjoint(TEXT_COLUMNS)
            if row.caption is None:
                self.without_text += 1
                continue
            cells = {
                name: cell
                for name, cell in row.columns.items()
                if with_columns or (name in self._kept and cell)
            }
            columns = json.dumps(cells) if cells else None
            self._insert_row(number, row, row.caption, columns)
        if _version(self._table) != before:
            raise table_error(
                self._table,
                "it changed while it was read",
                hint="save it, and run the same command again",
            )
        if number and not has_texts:
            listed = ", ".join(TEXT_COLUMNS)
            raise table_error(
                self._table,
                f"no column with texts: {listed}",
                hint="rename the column with the texts to text",
            )

    def _insert_row(
        self, number: int, row: CaptionRequest, text: str, columns: str | None
    ) -> None:
        is_inside = row.source == f"{self._table}:{number}"  # the table has the image
        cell = row.relative_path if is_inside else row.source
        digest = row.columns.get("image_sha256", "").strip().lower() or None
        path = None if is_inside else path_key(cell)
        values = (
            number,
            name_bytes(cell),
            path,
            path_tail(cell),
            digest,
            text,
            columns,
        )
        self._database.execute("INSERT INTO row VALUES (?,?,?,?,?,?,?)", values)

    def _add_malformed(self, number: int, message: str) -> None:
        self._database.execute(
            "INSERT INTO malformed VALUES (?,?)", (number, strip_control(message))
        )

    def add_image(self, request: CaptionRequest) -> None:
        """Add an image, unless it is there."""
        members = request._replace(content=None, stamp=None)._asdict()
        values = (
            path_key(request.source),
            path_tail(request.source),
            json.dumps(members | {"columns": {**request.columns}}),
        )
        with _named_errors():
            self._database.execute(
                "INSERT OR IGNORE INTO image (path, tail, request) VALUES (?,?,?)",
                values,
            )

    def match(self, digest: Digest) -> None:
        """Find the image of each row: by its path, its name, or its digest."""
        with _named_errors():
            TextMatching(self._database, digest).run()

    @property
    def rows(self) -> int:
        """Return the number of rows with a text."""
        return self._count("SELECT count(*) FROM row")

    @property
    def images(self) -> int:
        """Return the number of images that have a row, even if none is chosen."""
        return self._count("SELECT count(DISTINCT image) FROM fit")

    @property
    def results(self) -> int:
        """Return the number of chosen texts and of rows that cannot be used."""
        return self._count(
            "SELECT (SELECT count(*) FROM choice) + (SELECT count(*) FROM misfit)"
            " + (SELECT count(*) FROM malformed)"
        )

    def _count(self, query: str) -> int:
        with _named_errors():
            (number,) = self._database.execute(query).fetchone()
        return int(number)

    def malformed(self) -> Iterator[UnusableSource]:
        """Yield the rows that cannot be read, with the reasons."""
        query = "SELECT number, message FROM malformed ORDER BY number"
        with _named_errors():
            for number, message in self._database.execute(query):
                error = InputError(message, code="malformedRow")
                yield UnusableSource(f"{self._table}:{number}", error)

    def misfits(self) -> Iterator[UnusableSource]:
        """Yield the rows whose image is unknown or has another text."""
        query = (
            "SELECT number, name, reason FROM misfit JOIN row ON number = misfit.row"
            " ORDER BY number"
        )
        with _named_errors():
            for number, name, reason in self._database.execute(query):
                place = f"{self._table}:{number}"
                shown = f"{short_name(place)}: {short_name(name_of_bytes(name))}"
                error = InputError(
                    f"{shown}: {reason}",
                    code="unusableRow",
                    hint=_CLEAR_CELL if reason == OTHER_PICTURE else None,
                )
                yield UnusableSource(place, error)

    def texts(self) -> Iterator[CaptionRequest]:
        """Yield each image with its text as the caption, in the order of the images."""
        with _named_errors():
            for row in self._database.execute(f"{_CHOSEN} ORDER BY choice.image"):
                yield _with_text(*row)

    def text_of(self, source: str) -> CaptionRequest | None:
        """Return one of the images with its text."""
        query = f"{_CHOSEN} WHERE image.path = ?"
        with _named_errors():
            row = self._database.execute(query, (path_key(source),)).fetchone()
        return row and _with_text(*row)


def _with_text(request: str, text: str, columns: str | None) -> CaptionRequest:
    found = CaptionRequest(**json.loads(request))
    cells = json.loads(columns) if columns else {}
    return found._replace(caption=text, columns=cells | {**found.columns})


def _version(table: str) -> tuple[int, ...] | None:
    """Return what changes when a local file does."""
    if is_object(table):
        return None
    try:
        status = Path(table).stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UsageError(f"table {short_name(table)}: {reason}") from error
    return status.st_size, status.st_mtime_ns, status.st_ino


@contextmanager
def _named_errors() -> Iterator[None]:
    """Name the temporary database when it fails."""
    try:
        yield
    except sqlite3.Error as error:
        raise OutputError(f"a temporary file: {error}") from error
