"""A caption that no file can hold is not bought."""

import shutil
from pathlib import Path

import pytest

from tests.process import Rwcap
from tests.service import Service

NAME = "n" * 251
"""The longest name of a JPEG, without its extension."""


@pytest.mark.parametrize(
    "options",
    [
        ["--write", "txt", "--ext", ".caption"],
        ["--write", "txt", "--collide", "always"],
        ["--write", "xmp", "--collide", "always"],
        ["--write", "embed", "--backup"],
        ["--write", "txt", "--out-dir", "/".join(["d" * 200] * 21)],
    ],
    ids=" ".join,
)
@pytest.mark.promises("free")
def test_a_name_that_becomes_too_long_costs_nothing(
    options: list[str], connected: Rwcap, service: Service, photo: Path
) -> None:
    """The error says so; with a shorter name, the same image is captioned."""
    image = connected.home / f"{NAME}.jpg"
    shutil.copy(photo, image)

    refused = connected.run("batch", str(image), *options)
    accepted = connected.run("batch", str(image), "--write", "txt")

    assert (refused.status, accepted.status) == (1, 0), accepted.err
    assert "File name too long" in refused.err
    assert "spent: $0.0000" in refused.err
    assert service.bills == 1
    assert image.with_suffix(".txt").read_text("utf-8").strip()


def test_a_backup_with_the_longest_name_is_kept(connected: Rwcap, photo: Path) -> None:
    """The name is checked as it will be."""
    image = connected.home / f"{'n' * 246}.jpg"
    shutil.copy(photo, image)

    result = connected.run("batch", str(image), "--write", "embed", "--backup")

    assert result.status == 0, result.err
    backup = image.with_name(f"{image.name}.orig")
    assert len(backup.name) == 255
    assert backup.read_bytes() == photo.read_bytes()


def test_a_path_of_an_option_that_is_too_long_is_named(
    connected: Rwcap, photo: Path
) -> None:
    """Standard output is not blamed."""
    result = connected.run("batch", str(photo), "--report", f"{NAME}.report")

    assert result.status == 2
    assert result.err.startswith(f"error: {NAME[:20]}")
    assert "File name too long" in result.err
