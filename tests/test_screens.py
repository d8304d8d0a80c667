"""What rwcap shows on a terminal looks as a person has seen it."""

from pathlib import Path

import pytest

from tests import screens

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("name", screens.NAMES)
def test_a_display_looks_as_in_its_picture(tmp_path: Path, name: str) -> None:
    """If it should change: `python -m tests.screens`, and look at the pictures."""
    assert screens.draw(name, tmp_path) == screens.path(name).read_text("utf-8"), (
        "run .venv/bin/python -m tests.screens, and look at the picture"
    )


def test_all_pictures_are_of_displays() -> None:
    """They are small, too, and the README shows one."""
    stored = [*screens.path("x").parent.glob("*.svg")]

    assert {path.stem for path in stored} == {*screens.NAMES}
    assert sum(path.stat().st_size for path in stored) < 400_000
    assert "](tests/screens/readme.svg)" in README.read_text("utf-8")
