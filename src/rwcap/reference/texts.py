"""Handwritten texts: prose of man pages, templates of scripts."""

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "texts"


def text(name: str) -> str:
    """Return a file of the folder `texts`."""
    return (_FOLDER / name).read_text("utf-8")


def filled(name: str, **marks: str) -> str:
    """Return a text with a text in place of each `@MARK@`."""
    script = text(name)
    for mark, value in marks.items():
        script = script.replace(f"@{mark.upper()}@", value)
    return script
