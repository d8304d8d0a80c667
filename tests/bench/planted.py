"""Find and mend planted faults in captions: python -m tests.bench.planted [COUNT].

It makes pictures, has rwcap caption them by a service on loopback whose captions have
known faults, checks them, and has those that fail captioned again. It prints what the
checks found of what was planted, and what was bought and changed.
"""

import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageEnhance

from rwcap.checks.all_checks import CHECKS
from tests import draw, service
from tests.bench.clients import RWCAP
from tests.planted import Planted, plant, service_of, sources

COUNT: Final = 10_000
_SCENES: Final = 40


def scenes() -> list[bytes]:
    """Return views of the harbour as JPEG: parts of it, in different light."""
    rng = random.Random(20)  # noqa: S311  # makes pictures
    whole = draw.harbour()
    width, height = whole.size
    made = []
    for _ in range(_SCENES):
        share = rng.uniform(0.5, 1.0)
        left = rng.uniform(0, (1 - share) * width)
        top = rng.uniform(0, (1 - share) * height)
        box = (
            int(left),
            int(top),
            int(left + share * width),
            int(top + share * height),
        )
        view = whole.crop(box).resize((480, 320), Image.Resampling.LANCZOS)
        view = ImageEnhance.Brightness(view).enhance(rng.uniform(0.6, 1.3))
        view = ImageEnhance.Color(view).enhance(rng.uniform(0.4, 1.6))
        file = io.BytesIO()
        view.save(file, "JPEG", quality=85)
        made.append(file.getvalue())
    return made


def run(home: Path, url: str, *arguments: str) -> tuple[str, str]:
    """Run rwcap; return what it printed, and its status and times."""
    began, before = time.monotonic(), os.times()
    done = subprocess.run(
        [RWCAP, "batch", "p", "--write", "txt", *arguments],
        env=os.environ
        | {"HOME": str(home), "RWCAP_API_KEY": "bench-key", "RWCAP_API_URL": url},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, now = time.monotonic() - began, os.times()
    cpu = sum(now[2:4]) - sum(before[2:4])
    return (
        done.stdout,
        f"status {done.returncode}, {seconds:.1f} s, {cpu:.1f} s of the processor",
    )


def found_faults(document: dict[str, Any]) -> dict[str, set[str]]:
    """Return the checks that the caption of each picture fails."""
    found: dict[str, set[str]] = defaultdict(set)
    for fault in document["faults"]:
        found[fault["source"]].add(fault["check"])
    return found


def show(planted: Sequence[Planted], found: dict[str, set[str]]) -> None:
    """Print what was found of what was planted, and what good captions fail."""
    names = list(sources("p", len(planted)))
    by_fault: dict[str | None, list[str]] = defaultdict(list)
    for name, each in zip(names, planted, strict=True):
        by_fault[each.fault].append(name)
    good = by_fault.pop(None)
    bad = [name for group in by_fault.values() for name in group]
    print("| check | planted | found | good captions that fail |\n|---|---|---|---|")
    for check in CHECKS:
        hits = sum(check in found[name] for name in by_fault[check])
        wrong = sum(check in found[name] for name in good)
        print(f"| {check} | {len(by_fault[check])} | {hits} | {wrong} |")
    hits, wrong = (sum(bool(found[name]) for name in group) for group in (bad, good))
    print(
        f"any: {hits:,} of {len(bad):,} planted, {wrong:,} of {len(good):,} good ones"
    )


def main(count: int) -> None:
    """Print the figures."""
    planted = plant(count, each=max(1, count // 125))
    views = scenes()
    with tempfile.TemporaryDirectory() as folder, service.running() as server:
        home = Path(folder)
        (home / "p").mkdir()
        for number, name in enumerate(sources("p", count), 1):
            mark = b"#%08d" % number
            view = views[number % len(views)]
            (home / name).write_bytes(draw.marked_jpeg(view, mark))
        server.otherwise = service_of(planted)

        _, figures = run(home, server.url, "-q")
        print(f"{server.bills:,} captions bought: {figures}")
        texts = {path: path.read_text() for path in (home / "p").glob("*.txt")}

        out, figures = run(home, server.url, "--check-only", "--json")
        found = found_faults(json.loads(out))
        print(f"--check-only --json: {figures}")
        show(planted, found)

        alone = {
            source
            for source, checks in found.items()
            if checks - {"near-identical", "common-phrase"}
        }
        bought = server.bills
        for _ in range(3):
            _, figures = run(home, server.url, "--only", "failed-checks")
            new = server.bills - bought
            bought += new
            print(f"--only failed-checks: {new:,} bought: {figures}")
        changed = {
            f"p/{path.stem}.jpg"
            for path, text in texts.items()
            if path.read_text() != text
        }
        print(
            f"captions that failed alone: {len(alone):,}; changed: {len(changed):,},"
            f" of others: {len(changed - alone):,}"
        )
        out, _ = run(home, server.url, "--check-only", "--json")
        after = Counter(fault["check"] for fault in json.loads(out)["faults"])
        print(f"faults after that: {dict(after)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
