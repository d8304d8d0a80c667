"""What is distributed brings man pages and completions along."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "src/rwcap/reference/texts/rwcap.txt").read_text("utf-8")
PLACES = {
    "completions/rwcap.bash": "share/bash-completion/completions/rwcap",
    "completions/_rwcap": "share/zsh/site-functions/_rwcap",
    "completions/rwcap.fish": "share/fish/vendor_completions.d/rwcap.fish",
    "completions/rwcap.ps1": "share/rwcap/rwcap.ps1",
} | {f"man/{page.name}": f"share/man/man1/{page.name}" for page in ROOT.glob("man/*")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist, and with a wheel that was built from it.

    By the build backend that is installed: nothing is fetched.
    """
    folder = tmp_path_factory.mktemp("dist")
    hatchling = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*hatchling, "-t", "sdist"], cwd=ROOT, check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        # Python 3.11.3 and older have no filters.
        sdist.extraction_filter = getattr(tarfile, "data_filter", None)
        sdist.extractall(folder)  # noqa: S202  # it was built one line above
    source = folder / archive.name.removesuffix(".tar.gz")
    subprocess.run([*hatchling, "-t", "wheel"], cwd=source, check=True)
    return folder


@pytest.mark.parametrize("name", PLACES)
def test_a_file_is_where_it_is_looked_for(built: Path, name: str) -> None:
    """Below `share` in the wheel, as in the clone in the sdist."""
    (archive,) = built.glob("*.whl")
    (source,) = (path for path in built.iterdir() if path.is_dir())
    with zipfile.ZipFile(archive) as wheel:
        (place,) = (
            each
            for each in wheel.namelist()
            if each.endswith(f".data/data/{PLACES[name]}")
        )
        installed = wheel.read(place)

    assert installed == (ROOT / name).read_bytes()
    assert (source / name).read_bytes() == installed


def test_the_commands_of_the_manual_put_them_there(tmp_path: Path) -> None:
    """For man and three shells, in an empty home."""
    (commands,) = re.findall(r"(?:^    .*cp .*\n|^    D=.*\n)+", MANUAL, re.MULTILINE)

    subprocess.run(
        ["bash", "-ec", dedent(commands)],  # noqa: S607  # the bash of the user
        cwd=ROOT,
        env=os.environ | {"HOME": str(tmp_path)},
        check=True,
    )

    places = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert ".local/share/man/man1/rwcap-batch.1" in places
    assert (tmp_path / ".local/share/bash-completion/completions/rwcap").exists()
    assert (tmp_path / ".zfunc/_rwcap").exists()
    assert ".config/fish/completions/rwcap.fish" in places
