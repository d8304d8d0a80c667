"""What rwcap shows on a terminal, as pictures that a person looks at.

- displays: the displays, each at three widths; scripts: what happens in some
- readme: the picture in the README
- svg: draws screens as an SVG image

`python -m tests.screens` draws all of them anew. A test compares them.
"""

from pathlib import Path
from typing import Final

from tests.screens import displays, readme, svg

NAMES: Final = (*displays.DISPLAYS, "readme")


def path(name: str) -> Path:
    """Return the path of a picture."""
    return Path(__file__).parent / f"{name}.svg"


def draw(name: str, home: Path) -> str:
    """Return a picture, drawn anew with the program in an empty home."""
    if name == "readme":
        return svg.draw([readme.screen(home)])
    return svg.draw([*displays.screens(name, home)])
