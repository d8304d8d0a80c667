"""Ledgers that are damaged as disks, copies and backups damage them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from rwcap.api.reply import CaptionResult
from rwcap.core.money import Micros
from rwcap.ledger.database.pages import PAGE_SIZE
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.reservation import RequestKey
from tests.ledger.samples import FakeLocks, image, task_uuid, wanted

REQUESTS = [RequestKey("runware:152@1", each) for each in (None, "What is this?")]
LONG = "A very long caption. " * 300
"""A text that continues on overflow pages."""


def open_ledger(path: Path) -> Ledger:
    """Open a ledger as a new process."""
    return Ledger(path, locks=FakeLocks(set()), command="rwcap batch photos")


def text_of(number: int) -> str:
    """Return the text bought for an image."""
    return LONG if number == 3 else f"Text {number}: a harbour with boats."


def request_of(number: int) -> RequestKey:
    """Return the request under which an image was captioned."""
    return REQUESTS[number % 2]


def buy(ledger: Ledger, numbers: range) -> None:
    """Buy a caption for each image, and write it."""
    for number in numbers:
        request = request_of(number)
        ledger.purchases.begin_reserve(
            wanted(number, of=number, request=request)
        ).result()
        outcome = CaptionResult(text_of(number), Micros(1300))
        ledger.purchases.settle(task_uuid(number), outcome, 1)
        ledger.purchases.mark_delivered(task_uuid(number), reused=False)
        ledger.files.assign_output(f"/photos/{number}.txt", f"/photos/{number}.jpg")


def found_texts(path: Path, numbers: range) -> list[str | None]:
    """Return the text that a ledger has for each image."""
    with open_ledger(path) as ledger:
        found = [
            ledger.purchases.find_by_key(image(number), request_of(number))
            for number in numbers
        ]
    return [each and each.text for each in found]


def copy(path: Path, folder: Path, suffixes: str = "-wal -commits") -> Path:
    """Copy the files of a ledger into a new folder."""
    folder.mkdir()
    for suffix in ("", *suffixes.split()):
        if (file := path.with_name(path.name + suffix)).exists():
            shutil.copy(file, folder / file.name)
    return folder / path.name


def replace_page(path: Path, number: int, content: bytes) -> None:
    """Replace a page. Pages are counted from 0."""
    with path.open("r+b") as file:
        file.seek(number * PAGE_SIZE)
        file.write(content)


def pages(path: Path) -> Iterator[bytes]:
    """Yield the pages of a file."""
    content = path.read_bytes()
    for start in range(0, len(content), PAGE_SIZE):
        yield content[start : start + PAGE_SIZE]
