"""What is distributed: its files, the same for everyone, and its licences."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import metadata, requires
from pathlib import Path
from textwrap import dedent

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "src/rwcap/reference/texts/rwcap.txt").read_text("utf-8")
PLACES = {
    "completions/rwcap.bash": "share/bash-completion/completions/rwcap",
    "completions/_rwcap": "share/zsh/site-functions/_rwcap",
    "completions/rwcap.fish": "share/fish/vendor_completions.d/rwcap.fish",
    "completions/rwcap.ps1": "share/rwcap/rwcap.ps1",
} | {f"man/{page.name}": f"share/man/man1/{page.name}" for page in ROOT.glob("man/*")}

LICENCES = ("Apache", "BSD", "ISC", "MIT", "MPL", "PSF")
"""The beginnings of the names of licences under which anyone may use rwcap."""


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


def test_whoever_builds_gets_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """From other paths, with files of other times and permissions."""
    (source,) = (path for path in built.iterdir() if path.is_dir())
    for path in source.rglob("*.*"):
        os.utime(path, (0, 0))
        path.chmod(0o600)

    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, umask=0o077)

    archives = {path.name for path in tmp_path.iterdir()}
    assert len(archives) == 2
    for name in archives:
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes()


def needed(name: str) -> set[str]:
    """Return what a distribution needs without extras, and what that needs."""
    found = {name}
    for line in requires(name) or ():
        requirement = Requirement(line)
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            found |= needed(requirement.name)
    return found


def test_the_licences_of_what_is_installed_ask_for_nothing() -> None:
    """Extras may have others; pyproject.toml says which."""
    licences = {}
    for name in needed("rwcap"):
        fields = metadata(name)
        kinds = [each.split(" :: ")[-1] for each in fields.get_all("Classifier") or ()]
        licences[name] = [
            *(fields.get_all("License-Expression") or ()),
            *(fields.get_all("License") or ()),
            *(kind for kind in kinds if kind.endswith("License")),
        ]

    assert len(licences) > 10
    for name, found in licences.items():
        assert any(each.startswith(LICENCES) for each in found), (name, found)


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
