"""The picture in the README: a terminal in which commands were typed."""

import shlex
from pathlib import Path
from typing import Final

from tests import draw
from tests.process import Rwcap
from tests.screens.displays import feed, new_screen
from tests.terminal import Screen

COLUMNS: Final = 80

PHOTOS: Final = {"boat": "jpg", "harbour": "png", "lake": "webp"}
COMMANDS: Final = (
    "rwcap caption photos/boat.jpg --sandbox",
    "rwcap cost estimate photos --sandbox",
    "rwcap batch photos --sandbox --write txt --write embed",
    "rwcap caption photos/lake.webp --sandbox --alt",
    "rwcap caption photos/boat.jpg --sandbox --alt --max-cost 0.001",
    "rwcap cost --by prompt --sandbox",
)


def screen(home: Path) -> Screen:
    """Return the screen after the commands."""
    rwcap = Rwcap(home).with_environment(TZ="UTC")
    (home / "photos").mkdir()
    for name, suffix in PHOTOS.items():
        picture = (draw.FOLDER / f"harbour.{suffix}").read_bytes()
        (home / f"photos/{name}.{suffix}").write_bytes(picture)
    shown = new_screen(COLUMNS)
    for command in COMMANDS:
        _, terminal = rwcap.on_screen(*shlex.split(command)[1:], columns=COLUMNS)
        feed(shown, f"\x1b[1;32m$ \x1b[0;1m{command}\x1b[0m\n{terminal.written}\n")
    return shown
