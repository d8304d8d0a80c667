"""Texts for images: each row of a table, and the one image that it belongs to.

Rows and images are in a temporary database, so that memory does not grow with them.
"""

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from rwcap.core.errors import InputError, OutputError, UsageError
from rwcap.core.source import (
    CaptionRequest,
    SourceKind,
    UnusableSource,
    is_object,
    source_kind,
)
from rwcap.core.text import one_line, short_name, strip_control
from rwcap.sources.caption_table import numbered_captions
from rwcap.sources.table_columns import TEXT_COLUMNS, table_error

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

_PATH, _NAME, _DIGEST = range(3)
"""How a row names its image; the lowest number is trusted most."""

_LONE: Final = """
    SELECT row.number, path, tail, digest FROM row
    WHERE number NOT IN (SELECT row FROM fit) ORDER BY number
"""

Digest = Callable[[CaptionRequest], str | None]
"""Returns the digest of an image, as in records; None if it cannot be read."""


class TextIndex:
    """The rows of a table with a text, and the images that they can belong to."""

    def __init__(self, table: str, *, with_columns: bool) -> None:
        """Read the rows of a table.

        Args:
            table: The path of the table.
            with_columns: Whether the cells of a row go with its text.

        Raises:
            UsageError: The table cannot be read, has other columns, or changes.
            OutputError: The temporary database cannot be written.
        """
        self._table = table
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
        for number, row in numbered_captions(self._table):
            if isinstance(row, UnusableSource):
                self._add_malformed(number, row.error.message)
                has_texts = True
                continue
            has_texts = has_texts or not row.columns.keys().isdisjoint(TEXT_COLUMNS)
            if row.caption is None:
                self.without_text += 1
                continue
            columns = json.dumps({**row.columns}) if with_columns else None
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
        path = None if is_inside else _path_key(cell)
        values = (number, _blob(cell), path, _tail(cell), digest, text, columns)
        self._database.execute("INSERT INTO row VALUES (?,?,?,?,?,?,?)", values)

    def _add_malformed(self, number: int, message: str) -> None:
        self._database.execute(
            "INSERT INTO malformed VALUES (?,?)", (number, strip_control(message))
        )

    def add_image(self, request: CaptionRequest) -> None:
        """Add an image, unless it is there."""
        members = request._replace(content=None, stamp=None)._asdict()
        values = (
            _path_key(request.source),
            _tail(request.source),
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
            self._database.execute(
                "INSERT INTO fit SELECT row.number, image.number, ? FROM row"
                " JOIN image ON image.path = row.path",
                (_PATH,),
            )
            self._database.execute("CREATE INDEX tails ON image (tail)")
            self._match_names(digest)
            self._match_digests(digest)
            self._choose()

    def _match_names(self, digest: Digest) -> None:
        """Find the images of rows whose own path leads to no file."""
        for row, path, tail, wanted in self._database.execute(_LONE):
            if path is not None and os.path.lexists(_text(path)):
                continue
            found = self._find_tail(tail)
            if len(found) == 1 and not self._contradicts(found[0], wanted, digest):
                self._add_fit(row, found[0], _NAME)
            elif len(found) > 1:
                self._add_misfit(row, "several images have this name")

    def _find_tail(self, tail: bytes) -> list[int]:
        """Return the images whose path ends as that of a row does; at most two."""
        parts = tail.rstrip(b"/").split(b"/")
        for count in range(len(parts), 0, -1):
            first = b"/".join(parts[:count]) + b"/"
            found = self._database.execute(
                "SELECT number FROM image WHERE tail >= ? AND tail < ? LIMIT 2",
                (first, first[:-1] + b"0"),  # the character after the slash
            ).fetchall()
            if found:
                return [number for (number,) in found]
        return []

    def _contradicts(self, image: int, wanted: str | None, digest: Digest) -> bool:
        return wanted is not None and self._digest(image, digest) != wanted

    def _match_digests(self, digest: Digest) -> None:
        """Find the images of all other rows that have a digest, or a file with one."""
        is_ready = False
        for row, path, _, given in self._database.execute(_LONE):
            wanted = given
            if wanted is None and path is not None and Path(_text(path)).is_file():
                wanted = digest(CaptionRequest(_text(path)))
            if wanted is None:
                continue
            if not is_ready:
                self._find_digests(digest)
                is_ready = True
            found = self._database.execute(
                "SELECT number FROM image WHERE digest = ? LIMIT 2", (wanted,)
            ).fetchall()
            if len(found) == 1:
                self._add_fit(row, found[0][0], _DIGEST)
            elif found:
                self._add_misfit(row, "several images are this picture")

    def _find_digests(self, digest: Digest) -> None:
        """Find the digests of all images without a row."""
        lone = self._database.execute(
            "SELECT number FROM image WHERE number NOT IN (SELECT image FROM fit)"
        )
        for (number,) in lone:
            self._digest(number, digest)
        self._database.execute("CREATE INDEX digests ON image (digest)")

    def _digest(self, image: int, digest: Digest) -> str | None:
        """Return the digest of an image, and remember it."""
        known, request = self._database.execute(
            "SELECT digest, request FROM image WHERE number = ?", (image,)
        ).fetchone()
        if known is None:
            known = digest(CaptionRequest(**json.loads(request)))
            self._database.execute(
                "UPDATE image SET digest = ? WHERE number = ?", (known, image)
            )
        return known if known is None else str(known)

    def _choose(self) -> None:
        """Choose the text of each image; equal ones are one."""
        rows = self._database.execute(
            "SELECT fit.image, fit.trust, row.number, row.text FROM fit"
            " JOIN row ON row.number = fit.row ORDER BY 1, 2, 3"
        )
        for image, group in groupby(rows, key=lambda row: row[0]):
            fits = [(trust, row, one_line(text)) for _, trust, row, text in group]
            trust, first, text = fits[0]
            best = [each for each in fits if each[0] == trust]
            if any(each[2] != text for each in best):
                for _, row, _ in fits:
                    self._add_misfit(row, "several rows have other texts for its image")
                continue
            self._database.execute("INSERT INTO choice VALUES (?, ?)", (image, first))
            for _, row, other in fits:
                if other != text:
                    self._add_misfit(row, "its image has a row with its path or name")
        self._database.execute(
            "INSERT OR IGNORE INTO misfit SELECT number, ? FROM row"
            " WHERE number NOT IN (SELECT row FROM fit)",
            ("no image of the sources",),
        )

    def _add_fit(self, row: int, image: int, trust: int) -> None:
        self._database.execute("INSERT INTO fit VALUES (?,?,?)", (row, image, trust))
        self._database.execute("DELETE FROM misfit WHERE row = ?", (row,))

    def _add_misfit(self, row: int, reason: str) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO misfit VALUES (?,?)", (row, reason)
        )

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
                shown = f"{short_name(place)}: {short_name(_text(name))}"
                error = InputError(f"{shown}: {reason}", code="unusableRow")
                yield UnusableSource(place, error)

    def texts(self) -> Iterator[CaptionRequest]:
        """Yield each image with its text as the caption, in the order of the images."""
        query = (
            "SELECT request, text, columns FROM choice"
            " JOIN image ON image.number = choice.image"
            " JOIN row ON row.number = choice.row ORDER BY choice.image"
        )
        with _named_errors():
            for request, text, columns in self._database.execute(query):
                found = CaptionRequest(**json.loads(request))
                cells = json.loads(columns) if columns else {}
                yield found._replace(caption=text, columns=cells | {**found.columns})


@lru_cache(1024)
def _real_folder(folder: str) -> str:
    try:
        return os.path.realpath(folder)
    except ValueError:  # no file can have this name
        return folder


def _path_key(source: str) -> bytes:
    """Return what two names of one file have in common."""
    if source_kind(source) is not SourceKind.PATH:
        return _blob(source)
    folder, name = os.path.split(source)
    whole = os.path.abspath(folder)  # noqa: PTH100  # takes any text
    return _blob(f"{_real_folder(whole)}/{name}")


def _blob(name: str) -> bytes:
    """Return any name as bytes, which `_text` turns back."""
    return name.encode("utf-8", "surrogatepass")


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", "surrogatepass")


def _tail(source: str) -> bytes:
    """Return the parts of a path, the last first, each with a slash behind it."""
    bare = source
    if source_kind(source) is SourceKind.URL:
        bare = re.split("[?#]", source, maxsplit=1)[0]
    if "/" not in bare:
        bare = bare.replace("\\", "/")  # a path of Windows
    parts = [part for part in bare.split("/") if part not in {"", "."}]
    return b"".join(_blob(part) + b"/" for part in reversed(parts))


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
