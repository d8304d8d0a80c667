"""Find the image that each row of a table belongs to, in a database of both."""

import json
import os
import sqlite3
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Final

from rwcap.core.source import CaptionRequest
from rwcap.core.text import one_line
from rwcap.sources.tables.path_keys import name_of_bytes

_PATH, _NAME, _DIGEST = range(3)
"""How a row names its image; the lowest number is trusted most."""

OTHER_PICTURE: Final = "its picture has another image_sha256: changed or replaced"
"""The reason why a row has no image although there is one with its path."""

_SEVERAL: Final = (
    "several rows have other texts for its image; keep one (of records, the last)"
)

_LONE: Final = """
    SELECT row.number, path, tail, digest FROM row
    WHERE number NOT IN (SELECT row FROM fit) ORDER BY number
"""

Digest = Callable[[CaptionRequest], str | None]
"""Returns the digest of an image, as in records; None if it cannot be read."""


class TextMatching:
    """The search for the image of each row."""

    def __init__(self, database: sqlite3.Connection, digest: Digest) -> None:
        """Store the database of `text_index`, and what returns digests of images."""
        self._database = database
        self._digest_of = digest

    def run(self) -> None:
        """Find the image of each row: by its path, its name, or its digest."""
        self._match_paths()
        self._database.execute("CREATE INDEX tails ON image (tail)")
        self._match_names()
        self._match_digests()
        self._choose()

    def _match_paths(self) -> None:
        """Find the images of rows by their path, unless their digest contradicts it."""
        self._database.execute(
            "INSERT INTO fit SELECT row.number, image.number, ? FROM row"
            " JOIN image ON image.path = row.path WHERE row.digest IS NULL",
            (_PATH,),
        )
        for row, image, wanted in self._database.execute(
            "SELECT row.number, image.number, row.digest FROM row"
            " JOIN image ON image.path = row.path WHERE row.digest IS NOT NULL"
        ):
            if self._digest(image) in {wanted, None}:  # one that cannot be read is told
                self._add_fit(row, image, _PATH)
            else:
                self._add_misfit(row, OTHER_PICTURE)

    def _match_names(self) -> None:
        """Find the images of rows whose own path leads to no file."""
        for row, path, tail, wanted in self._database.execute(_LONE):
            if path is not None and os.path.lexists(name_of_bytes(path)):
                continue
            found = self._find_tail(tail)
            if len(found) == 1 and not self._contradicts(found[0], wanted):
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

    def _contradicts(self, image: int, wanted: str | None) -> bool:
        return wanted is not None and self._digest(image) != wanted

    def _match_digests(self) -> None:
        """Find the images of all other rows that have a digest, or a file with one."""
        is_ready = False
        for row, path, _, given in self._database.execute(_LONE):
            wanted = given
            if (
                wanted is None
                and path is not None
                and Path(name_of_bytes(path)).is_file()
            ):
                wanted = self._digest_of(CaptionRequest(name_of_bytes(path)))
            if wanted is None:
                continue
            if not is_ready:
                self._find_digests()
                is_ready = True
            found = self._database.execute(
                "SELECT number FROM image WHERE digest = ? LIMIT 2", (wanted,)
            ).fetchall()
            if len(found) == 1:
                self._add_fit(row, found[0][0], _DIGEST)
            elif found:
                self._add_misfit(row, "several images are this picture")

    def _find_digests(self) -> None:
        """Find the digests of all images without a row."""
        lone = self._database.execute(
            "SELECT number FROM image WHERE number NOT IN (SELECT image FROM fit)"
        )
        for (number,) in lone:
            self._digest(number)
        self._database.execute("CREATE INDEX digests ON image (digest)")

    def _digest(self, image: int) -> str | None:
        """Return the digest of an image, and remember it."""
        known, request = self._database.execute(
            "SELECT digest, request FROM image WHERE number = ?", (image,)
        ).fetchone()
        if known is None:
            known = self._digest_of(CaptionRequest(**json.loads(request)))
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
                    self._add_misfit(row, _SEVERAL)
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
