"""Caption very many images in one run: python -m tests.bench.soak [COUNT].

It prints a line for each hundredth of the run, and what has grown between a tenth of
the run and its end. Other work on the machine changes the rate, but not the processor
time of an image.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.clients import RWCAP, service
from tests.bench.corpora import corpus
from tests.bench.measures import FOLDER

MILLION: Final = 1_000_000
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """The state of a run."""

    images: int
    """Images with a record."""
    seconds: float
    cpu: float
    """Seconds of user and system time."""
    memory: float
    """The resident size, in MB."""
    descriptors: int
    ledger: int
    """The bytes of the ledger and its log."""


def samples(count: int, home: Path, url: str) -> Iterator[Sample]:
    """Caption images, and yield a sample after each hundredth of them."""
    records = home / "records.jsonl"
    records.touch()
    process = subprocess.Popen(
        [RWCAP, "batch", corpus(count, 1), "-q", "-o", records, "-c", "32"],
        env=os.environ
        | {"HOME": str(home), "RWCAP_API_KEY": "bench-key", "RWCAP_API_URL": url},
        stderr=(home / "errors").open("w"),
    )
    began, images, wanted = time.monotonic(), 0, count // 100
    with process, records.open("rb") as file:
        while wanted <= count:
            while part := file.read(1 << 20):
                images += part.count(b"\n")
            if images >= wanted:
                yield sample(images, time.monotonic() - began, process.pid, home)
                wanted += count // 100
            elif process.poll() is not None:
                raise SystemExit(f"ended after {images:,}: {home / 'errors'}")
            else:
                time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"status {process.returncode}: {home / 'errors'}")


def sample(images: int, seconds: float, pid: int, home: Path) -> Sample:
    """Return the state of a process that captions."""
    state = Path(f"/proc/{pid}")
    times = (state / "stat").read_text().rpartition(")")[2].split()
    pages = int((state / "statm").read_text().split()[1])
    files = home.glob(".local/share/rwcap/ledger*/ledger.sqlite3*")
    return Sample(
        images,
        seconds,
        (int(times[11]) + int(times[12])) / _TICKS,
        pages * os.sysconf("SC_PAGE_SIZE") / 1024**2,
        len(list((state / "fd").iterdir())),
        sum(file.stat().st_size for file in files),
    )


def growth(tenth: list[Sample], last: list[Sample]) -> str:
    """Return the rate and the cost of an image in two parts of a run, and what grew."""
    lines = []
    for name, part in (("first", tenth), ("last", last)):
        count = part[-1].images - part[0].images
        rate = count / (part[-1].seconds - part[0].seconds)
        cpu = (part[-1].cpu - part[0].cpu) / count * 1000
        lines.append(f"{name} tenth: {rate:.0f}/s, {cpu:.2f} ms CPU an image")
    early, late = tenth[-1], last[-1]
    lines += [
        f"memory: {early.memory:.1f} MB, {late.memory:.1f} MB",
        f"descriptors: {early.descriptors}, {late.descriptors}",
        f"ledger: {late.ledger / late.images:.0f} bytes an image",
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the samples, and the differences."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    FOLDER.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(dir=FOLDER))
    taken: list[Sample] = []
    with service() as url:
        for each in samples(count, home, url):
            print(*(f"{value:.1f}" for value in each), flush=True)
            taken.append(each)
    print(growth(taken[:10], taken[-11:-1]))


if __name__ == "__main__":
    main()
