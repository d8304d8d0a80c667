"""The table of targets, and the ledger as one of them."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rwcap.core.errors import LedgerError
from rwcap.ledger.database.rescue import rescue
from tests.fuzz import images, texts
from tests.ledger import damage

SEEDS = Path(__file__).with_name("seeds")
"""Input that once failed: a folder for each target."""


class Target(NamedTuple):
    """A function of any bytes, and what it starts from."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    examples: int = 15
    """How many damaged seeds the suite tries."""


def ledger(data: bytes) -> None:
    """Check that a damaged ledger is refused or rescued, and can then be used."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.sqlite3")
        path.write_bytes(data)
        with suppress(LedgerError):
            rescue(path)
            damage.found_texts(path, range(3))


@cache
def ledgers() -> tuple[bytes, ...]:
    """Return a small ledger."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.sqlite3")
        with damage.open_ledger(path) as opened:
            damage.buy(opened, range(3))
        return (path.read_bytes(),)


TARGETS = {
    "response": Target(texts.response, texts.responses),
    "reply": Target(texts.api_reply, texts.replies),
    "fields": Target(texts.fields, texts.field_replies),
    "definitions": Target(texts.definitions, texts.field_definitions),
    "table": Target(texts.table, texts.tables),
    "list": Target(texts.file_list, texts.file_lists),
    "template": Target(texts.template, texts.templates),
    "glob": Target(texts.patterns, texts.globs),
    "settings": Target(texts.settings, texts.settings_files),
    "text": Target(texts.shown, texts.said),
    "image": Target(images.parsed, images.files),
    "embedding": Target(images.embedded, images.files),
    "conversion": Target(images.converted, images.convertible_files),
    "raw": Target(images.raw_file, images.raw_files),
    "file-texts": Target(images.file_texts, images.raw_files),
    "xmp": Target(images.packet, images.packets),
    "exif": Target(images.exif_block, images.exif_blocks),
    "iptc": Target(images.iptc_block, images.iptc_blocks),
    "ledger": Target(ledger, ledgers, examples=2),
}
"""The targets by name."""


def seeds(name: str) -> Iterator[bytes]:
    """Yield the seeds of a target, those that once failed last."""
    yield from TARGETS[name].seeds()
    yield from (path.read_bytes() for path in sorted(SEEDS.glob(f"{name}/*")))
