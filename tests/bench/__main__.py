"""Measure and print the table: python -m tests.bench [WORDS]."""

import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.clients import batch, curl, peer, pillow, python, rwcap, service
from tests.bench.corpora import corpus
from tests.bench.measures import (
    FOLDER,
    IMAGES,
    Line,
    Measure,
    measure,
    rate_line,
    take_turns,
    time_line,
)

PURCHASES: Final = 60_000
LARGE: Final = 40
"""Images of several megabytes."""


def batch_line(
    milliseconds: int, flight: int, goal: str, *, secure: bool = False
) -> Line:
    """Compare rwcap with curl."""
    folder = corpus(IMAGES, 162)
    with service(milliseconds / 1000, secure=secure) as url:
        theirs, ours = take_turns(
            lambda: curl(folder, url, flight), lambda: batch(folder, url, flight)
        )
    tls = ", TLS" if secure else ""
    name = f"batch {milliseconds} ms, {flight} in flight{tls}, of curl"
    return rate_line(name, goal, theirs, ours)


def peer_line(client: str) -> Line:
    """Compare another client with curl."""
    folder = corpus(IMAGES, 162)
    with service(0.05) as url:
        theirs, ours = take_turns(
            lambda: curl(folder, url, 32), lambda: peer(client, folder, url, 32)
        )
    return rate_line(f"{client} 50 ms, 32 in flight, of curl", "-", theirs, ours)


def large_lines() -> Iterator[Line]:
    """Compare large images with curl, which sends them whole, and with Pillow."""
    folder = corpus(LARGE, 3800)
    with service() as url:
        theirs, ours = take_turns(
            lambda: curl(folder, url, 8),
            lambda: batch(folder, url, 8, "--max-side", "0"),
        )
        yield rate_line(
            "3.8 MB as it is, 0 ms, 8 in flight, of curl", ">= 0.5", theirs, ours, LARGE
        )
        theirs, ours = take_turns(lambda: pillow(folder), lambda: batch(folder, url, 8))
        yield rate_line(
            "3.8 MB scaled, of a bare Pillow loop", ">= 0.85", theirs, ours, LARGE
        )


def cost_lines() -> Iterator[Line]:
    """Show the cost of an image by number of images, size and requests in flight."""
    for count, kilobytes, flight in (
        *((100, 12, 32), (10_000, 12, 32), (PURCHASES, 1, 32)),
        *((IMAGES, 162, 1), (IMAGES, 162, 8), (IMAGES, 162, 128)),
        *((LARGE, 3800, 32), (LARGE, 19_000, 8)),
    ):
        folder = corpus(count, kilobytes)
        with service() as url:
            ours = [batch(folder, url, flight, "--max-side", "0")]
        name = f"{count:,} images of {kilobytes:,} KB, {flight} in flight, of itself"
        yield rate_line(name, "-", ours, ours, count)


def busy_line(share: float, goal: str) -> Line:
    """Compare a service that refuses some requests with one that refuses none."""
    folder = corpus(IMAGES, 12)
    with service(0.1) as free, service(0.1, busy=share) as busy:
        base, ours = take_turns(
            lambda: batch(folder, free, 32), lambda: batch(folder, busy, 32)
        )
    name = f"batch {share:.0%} of answers are 429, of the rate without"
    return rate_line(name, goal, base, ours)


def caption_line() -> Line:
    """Compare one new caption with an empty Python."""
    photo = str(next(corpus(IMAGES, 162).rglob("*.jpg")))

    def new() -> Measure:
        home = Path(tempfile.mkdtemp(dir=FOLDER))
        try:
            return rwcap(home, url, "caption", photo)
        finally:
            shutil.rmtree(home)

    with service() as url:
        base, ours = take_turns(python, new, rounds=15)
    return time_line("caption, new, one photo, of an empty Python", "<= 16", base, ours)


def ledger_lines() -> Iterator[Line]:
    """Compare commands on a large ledger with an empty Python, or scandir and stat."""
    folder = corpus(PURCHASES, 1)
    home = FOLDER / "large"
    with service() as url:
        if not home.exists():
            home.mkdir()
            rwcap(home, url, "batch", str(folder), "-q", "--write", "txt", "-c", "32")
        walk = (
            "import os,sys\n"
            "for top,_,names in os.walk(sys.argv[1]):\n"
            "  for name in names: os.stat(os.path.join(top,name))"
        )
        base, ours = take_turns(
            lambda: measure(sys.executable, "-c", walk, str(folder)),
            lambda: rwcap(home, url, "batch", str(folder), "-q", "--write", "txt"),
        )
        yield time_line("second run over 60,000, of scandir+stat", "<= 5", base, ours)
        for goal, *words in (
            ("<= 12", "cost", "--by", "folder"),
            ("<= 20", "config", "doctor", "--offline"),
        ):
            command = partial(rwcap, home, url, *words)
            base, ours = take_turns(python, command, rounds=7)
            yield time_line(f"{' '.join(words)}, of an empty Python", goal, base, ours)


_LINES: Final[dict[str, Callable[[], Iterable[Line]]]] = {
    "batch 0 ms, 32": lambda: [batch_line(0, 32, ">= 0.2")],
    "batch 50 ms, 32": lambda: [batch_line(50, 32, ">= 0.95")],
    "batch 50 ms, 128": lambda: [batch_line(50, 128, ">= 0.9")],
    "batch 300 ms, 128": lambda: [batch_line(300, 128, ">= 0.95")],
    "TLS": lambda: [batch_line(50, 32, "-", secure=True)],
    "peers": lambda: map(peer_line, ("asyncio", "sdk")),
    "429": lambda: [busy_line(0.05, ">= 0.8")],
    "large": large_lines,
    "caption": lambda: [caption_line()],
    "ledger": ledger_lines,
    "cost of an image": cost_lines,
}
"""The lines of the table by the words that choose them."""


def main() -> None:
    """Print the table."""
    FOLDER.mkdir(exist_ok=True)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    print("| work | ratio | spread | goal | detail |\n|---|---|---|---|---|")
    for words, measured in _LINES.items():
        if " ".join(sys.argv[1:]) in words:
            for line in measured():
                cells = (line.name, line.ratio, line.spread, line.goal, line.detail)
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
