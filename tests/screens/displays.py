"""The displays of rwcap, each at three widths.

What they show does not depend on the day, the time and the machine: batches are
scripted, and the sandbox has the prices.
"""

import re
import shlex
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeAlias

import pyte
from pyte import modes

from tests import draw, service
from tests.process import SENTINEL, Rwcap
from tests.screens import scripts
from tests.scripted_run import on_terminal
from tests.terminal import SIZES, Screen

Display: TypeAlias = Callable[[Rwcap, int], Screen]
"""Returns the screen of a terminal that has so many columns."""

_ROWS: Final = 120


def _command(line: str) -> Display:
    """Return a display: what a command shows."""

    def shown(rwcap: Rwcap, columns: int) -> Screen:
        _, terminal = rwcap.on_screen(*shlex.split(line)[1:], columns=columns)
        screen = new_screen(columns)
        feed(screen, terminal.written)
        return screen

    return shown


def _script(script: str) -> Display:
    """Return a display: what a script shows."""

    def shown(rwcap: Rwcap, columns: int) -> Screen:
        return on_terminal(rwcap, script, columns, _ROWS).screen

    return shown


def _status(rwcap: Rwcap, columns: int) -> Screen:
    """Show the account of a service."""
    with service.running() as started:
        connected = rwcap.with_environment(
            RWCAP_API_KEY=SENTINEL, RWCAP_API_URL=started.url
        )
        return _command("rwcap config status")(connected, columns)


DISPLAYS: Final[Mapping[str, Display]] = {
    "batch-running": _script(scripts.RUNNING.format(pause="", notice="")),
    "batch-paused": _script(
        scripts.RUNNING.format(
            pause=", pause=12.0",
            notice="view.explain('Runware is too busy (http429); try 2 of 5 in 12 s')",
        )
    ),
    "batch-watching": _script(scripts.WATCHING),
    "batch-summary": _script(scripts.SUMMARY),
    "batch-trial": _script(scripts.TRIAL),
    "batch-help": _command("rwcap batch -h"),
    "caption": _command("rwcap caption photos/boat.jpg --sandbox"),
    "captions": _command("rwcap caption photos/boat.jpg 家族.jpg no.jpg --sandbox"),
    "cost": _script(scripts.COST.format(by=None)),
    "cost-by": _script(scripts.COST.format(by="Grouping.PROMPT")),
    "cost-estimate": _command("rwcap cost estimate photos --sandbox"),
    "config-list": _command("rwcap config list"),
    "config-status": _status,
    "config-doctor": _script(scripts.DOCTOR),
    "error": _command("rwcap caption photos/boat.jpg"),
}


def screens(name: str, home: Path) -> Iterator[Screen]:
    """Yield a display at each width."""
    for columns in SIZES:
        rwcap = Rwcap(home / str(columns)).with_environment(TZ="UTC")
        _fill(rwcap.home)
        if name.startswith("cost"):
            _buy(rwcap)
        yield DISPLAYS[name](rwcap, columns)


def _fill(home: Path) -> None:
    """Put photos and settings into a home."""
    (home / "photos").mkdir(parents=True)
    for name in ("photos/boat.jpg", "photos/harbour.png", "家族.jpg"):
        source = (draw.FOLDER / "harbour.jpg").with_suffix(Path(name).suffix)
        (home / name).write_bytes(source.read_bytes())
    (home / "photos/notes.jpg").write_text("no image")
    folder = home / ".config/rwcap"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        "concurrency = 8\n[budget]\nday = 0.05\nmonth = 10\n"
        '[presets]\nshop = "Describe this product in one sentence."\n'
    )
    (home / "rwcap.toml").write_text('preset = "shop"\n')


def _buy(rwcap: Rwcap) -> None:
    """Buy captions in the sandbox, in runs on several days."""
    draw.album(rwcap.home / "bought", *(f"{number}.jpg" for number in range(24)))
    prompts = ("Name the boat.", "[red]Name[/red] the sea, in one sentence.")
    for number in range(9):
        limit, prompt = str(1 + number % 4), prompts[number % 2]
        rwcap.run("batch", "bought", "--sandbox", "-q", "--limit", limit, "-p", prompt)
    path = rwcap.home / ".local/share/rwcap/sandbox/ledger.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "UPDATE total SET day = date('2026-05-21', -(run * run % 29) || ' days')"
        )
        database.commit()


def new_screen(columns: int) -> Screen:
    """Return an empty screen."""
    screen = Screen(columns, _ROWS)
    screen.set_mode(modes.LNM)  # it gets the line ends of programs
    return screen


def feed(screen: Screen, written: str) -> None:
    """Show what a program has written, but for times and rates, which differ."""
    calm = re.sub(r"\d+\.\d(?= s)", "0.8", written)
    pyte.Stream(screen).feed(re.sub(r"\d+\.\d/(s|min)", "3.8/s", calm))
