"""Processes on one core, their cost, and the lines of the table."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

ROUNDS: Final = 3
FOLDER: Final = Path(tempfile.gettempdir()) / "rwcap-bench"
"""Corpora are kept here between runs."""

CERTIFICATES: Final = FOLDER / "certificates.pem"
"""The authority that clients trust."""

IMAGES: Final = 2000


class Measure(NamedTuple):
    """The cost of one process."""

    seconds: float
    cpu: float
    """Seconds of user and system time."""
    memory: float
    """The greatest resident size, in MB."""


def measure(*command: str, home: Path | None = None, **variables: str) -> Measure:
    """Run a command on one core. It must succeed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home or FOLDER), **variables}
    environment |= {"SSL_CERT_FILE": str(CERTIFICATES)}
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
    _, status, used = os.wait4(pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{command} failed: {(FOLDER / 'stderr').read_text()}")
    return Measure(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


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
