"""The picture of a terminal in the README: `python -m tests.picture` draws it anew.

What it shows is what rwcap wrote on a terminal, but for times, which differ.
"""

import io
import re
import shlex
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from tests import draw
from tests.process import Rwcap

PATH: Final = Path(__file__).with_name("terminal.svg")
COLUMNS: Final = 80

PHOTOS: Final = {"boat": "jpg", "harbour": "png", "lake": "webp"}
COMMANDS: Final = (
    "rwcap caption photos/boat.jpg --sandbox",
    "rwcap cost estimate photos --sandbox",
    "rwcap batch photos --sandbox --write txt --write embed -q",
    "rwcap caption photos/lake.webp --sandbox --alt",
    "rwcap caption photos/boat.jpg --sandbox --alt --max-cost 0.001",
    "rwcap cost --by prompt --sandbox",
)


def drawn(home: Path) -> str:
    """Return the picture of a terminal in which the commands were typed."""
    rwcap = Rwcap(home).with_environment(TZ="UTC")
    (home / "photos").mkdir()
    for name, suffix in PHOTOS.items():
        picture = (draw.FOLDER / f"harbour.{suffix}").read_bytes()
        (home / f"photos/{name}.{suffix}").write_bytes(picture)
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True
    )
    for command in COMMANDS:
        arguments = shlex.split(command)[1:]
        screen = rwcap.on_terminal(*arguments, columns=COLUMNS)
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(_calm(screen.out + screen.err), end="")
        console.print()
    return console.export_svg(title="rwcap", unique_id="rwcap")


def _calm(screen: str) -> Text:
    """Return what stays on the screen, without a spinner and its times."""
    erased = (
        r"[^\n]*\n(\x1b\[\?25h)?\r\x1b\[1A\x1b\[2K|[^\n]*\x1b\[2K|\x1b\[\?25[hl]|\r"
    )
    still = re.sub(erased, "", screen)
    return Text.from_ansi(re.sub(r"\d+\.\d s", "0.8 s", still))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PATH.write_text(drawn(Path(folder)), "utf-8")
