"""Measure and print the table: python -m tests.bench [WORDS]."""

import base64
import io
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image

from tests import draw

ROUNDS: Final = 3
IMAGES: Final = 2000
PURCHASES: Final = 60_000
RWCAP: Final = str(Path(sys.executable).parent / "rwcap")
FOLDER: Final = Path(tempfile.gettempdir()) / "rwcap-bench"
"""Corpora are kept here between runs."""


class Measure(NamedTuple):
    """The cost of one process."""

    seconds: float
    cpu: float
    """Seconds of user and system time."""
    memory: float
    """The greatest resident size, in MB."""


def measure(*command: str, home: Path | None = None, **variables: str) -> Measure:
    """Run a command on one core."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home or FOLDER), **variables}
    began = time.perf_counter()
    pid = os.posix_spawn(
        "/usr/bin/env",
        ["env", "taskset", "-c", "0", *command],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(FOLDER / "stderr"), os.O_RDWR | 0o100, 0o600),
        ],
    )
    _, _, used = os.wait4(pid, 0)
    seconds = time.perf_counter() - began
    return Measure(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def service(
    latency: float = 0.0, busy: float = 0.0, rate: float = 0.0
) -> Iterator[str]:
    """Run the stand-in on the other core and yield its URL."""
    options = [f"--latency={latency}", f"--busy={busy}"]
    process = subprocess.Popen(
        ["taskset", "-c", "1", sys.executable, "-m", "tests.bench.service", *options],  # noqa: S607  # the one on the path
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
    finally:
        process.kill()
        process.wait()


def corpus(count: int, kilobytes: int) -> Path:
    """Return a folder with different JPEGs, made once."""
    folder = FOLDER / f"{count}-{kilobytes}"
    if folder.exists():
        return folder
    unfinished = Path(tempfile.mkdtemp(dir=FOLDER))
    side = int((kilobytes * 1024 / 0.42) ** 0.5)
    noise = random.Random(side).randbytes(side * side * 3)  # noqa: S311  # not used for security
    drawn = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(drawn, "JPEG", quality=50)
    for number in range(count):
        mark = f"{number:064}".encode()
        name = unfinished / f"{number // 1000:03}" / f"{number:07}.jpg"
        name.parent.mkdir(exist_ok=True)
        name.write_bytes(draw.marked_jpeg(drawn.getvalue(), mark))
    unfinished.rename(folder)
    return folder


def bodies(folder: Path) -> Path:
    """Return a folder with the request of each image, for curl."""
    made = folder.with_name(f"{folder.name}-bodies")
    if not made.exists():
        made.mkdir()
        for image in folder.rglob("*.jpg"):
            uuid = f"{image.stem:0>8}-0000-4000-8000-000000000000"
            data = base64.b64encode(image.read_bytes()).decode()
            (made / image.stem).write_text(
                f'[{{"taskType":"caption","taskUUID":"{uuid}",'
                f'"model":"runware:152@1","inputs":{{"image":"data:image/jpeg;base64,{data}"}}}}]'
            )
    return made


def curl(folder: Path, url: str, flight: int) -> Measure:
    """Post every request of a folder with curl."""
    config = FOLDER / "curl"
    config.write_text(
        "".join(
            f'url = "{url}"\nupload-file = "{each}"\nrequest = POST\n'
            'header = "Expect:"\noutput = /dev/null\n'
            for each in sorted(bodies(folder).iterdir())
        )
    )
    options = ["-s", "--parallel", "--parallel-immediate", "--parallel-max"]
    return measure("curl", *options, str(flight), "-K", str(config))


def batch(folder: Path, url: str, flight: int, *options: str) -> Measure:
    """Caption every image of a folder with rwcap and a new ledger."""
    home = Path(tempfile.mkdtemp(dir=FOLDER))
    try:
        arguments = ["-q", "-o", str(home / "out.jsonl"), "-c", str(flight), *options]
        return rwcap(home, url, "batch", str(folder), *arguments)
    finally:
        shutil.rmtree(home)


def rwcap(home: Path, url: str, *arguments: str) -> Measure:
    """Run rwcap in a home of its own."""
    return measure(
        RWCAP, *arguments, home=home, RWCAP_API_KEY="bench-key", RWCAP_API_URL=url
    )


def python() -> Measure:
    """Start an empty Python."""
    return measure(sys.executable, "-c", "pass")


class Line(NamedTuple):
    """A line of the table."""

    name: str
    goal: str
    ratio: str
    spread: str
    detail: str


def take_turns(
    *works: Callable[[], Measure], rounds: int = ROUNDS
) -> list[list[Measure]]:
    """Run works in turns and return the measures of each."""
    taken = [[work() for work in works] for _ in range(rounds)]
    return [list(each) for each in zip(*taken, strict=True)]


def medians(measures: list[Measure]) -> Measure:
    """Return the median of each figure."""
    return Measure(*map(statistics.median, zip(*measures, strict=True)))


def rate_line(
    name: str, goal: str, base: list[Measure], ours: list[Measure], count: int = IMAGES
) -> Line:
    """Return the line that compares rates."""
    ratios = [
        one.seconds / other.seconds for one, other in zip(base, ours, strict=True)
    ]
    mine, theirs = medians(ours), medians(base)
    detail = (
        f"{count / mine.seconds:.0f}/s of {count / theirs.seconds:.0f}/s,"
        f" {mine.cpu / count * 1000:.2f} ms CPU an image, {mine.memory:.0f} MB"
    )
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return Line(name, goal, f"{statistics.median(ratios):.2f}", spread, detail)


def time_line(name: str, goal: str, base: list[Measure], ours: list[Measure]) -> Line:
    """Return the line that compares times."""
    ratios = [
        one.seconds / other.seconds for one, other in zip(ours, base, strict=True)
    ]
    detail = f"{medians(ours).seconds * 1000:.0f} ms"
    spread = f"{min(ratios):.1f}-{max(ratios):.1f}"
    return Line(name, goal, f"{statistics.median(ratios):.1f}", spread, detail)


def batch_line(milliseconds: int, flight: int, goal: str, kilobytes: int = 162) -> Line:
    """Compare rwcap with curl."""
    folder = corpus(IMAGES, kilobytes)
    with service(milliseconds / 1000) as url:
        theirs, ours = take_turns(
            lambda: curl(folder, url, flight), lambda: batch(folder, url, flight)
        )
    name = f"batch {milliseconds} ms, {flight} in flight, of curl"
    return rate_line(name, goal, theirs, ours)


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


def lines(words: str) -> Iterator[Line]:
    """Yield the lines with these words."""
    for milliseconds, flight, goal in (
        (0, 32, ">= 0.2"),
        (50, 32, ">= 0.95"),
        (50, 128, ">= 0.9"),
        (300, 128, ">= 0.95"),
    ):
        if words in f"batch {milliseconds} ms, {flight}":
            yield batch_line(milliseconds, flight, goal)
    if words in "batch 429":
        yield busy_line(0.05, ">= 0.8")
    if words in "caption":
        yield caption_line()
    if words in "ledger":
        yield from ledger_lines()


def main() -> None:
    """Print the table."""
    FOLDER.mkdir(exist_ok=True)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    print("| work | ratio | spread | goal | detail |\n|---|---|---|---|---|")
    for line in lines(" ".join(sys.argv[1:])):
        cells = (line.name, line.ratio, line.spread, line.goal, line.detail)
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
