"""The checks of the project pass, and its documents agree with the code."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from PIL import Image, ImageChops

import rwcap
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.settings.registry import KEYS
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.money import format_price
from rwcap.core.prices import EXAMPLE_PRICES
from rwcap.core.record import RecordStatus
from rwcap.images.convert import JPEG_QUALITY
from rwcap.images.formats import ConvertibleFormat
from rwcap.images.limits import (
    MAX_ASPECT,
    MAX_PIXELS,
    MAX_SIDE,
    MAX_UPLOAD_BYTES,
    MIN_SIDE,
)
from rwcap.images.read import MAX_FILE_BYTES
from rwcap.settings.credentials import KEY_VARIABLES
from tests import draw, programs, strings
from tests.conftest import KEY
from tests.process import Rwcap
from tests.service import Service

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "src/rwcap/reference/texts").glob("*.txt"))
}
"""The handwritten parts of the man pages."""
MANUAL = " ".join("\n".join(PAGES.values()).split())


def test_texts_for_users_are_plain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No phrase that had to be read twice comes back."""
    monkeypatch.setattr(sys, "argv", ["strings", "caption", "batch", "cost", "config"])
    strings.main()
    shown = capsys.readouterr().out

    assert "Use the offline sandbox, not Runware" in shown
    assert "rwcap.core.errors:" in shown
    assert "  Caption many images and write the captions to files." in shown
    assert "Return the number of characters" not in shown
    assert not re.findall(
        r"so many|that which|of what|had again|not come to|there twice|belongs behind",
        shown,
    )


@pytest.mark.parametrize(
    "check",
    ["ruff check .", "ruff format --check .", "mypy", "lint-imports"],
)
def test_checks_pass(check: str) -> None:
    """Style, format, types, and the direction of imports."""
    program, *arguments = check.split()

    done = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_order_of_statuses_is_documented() -> None:
    """The manual says which status is returned when several apply."""
    (order,) = re.findall(r"the first of ([\d, ]+) is returned", MANUAL)
    wanted = [ExitStatus(int(status)) for status in order.split(", ")]

    for count in range(1, len(wanted)):
        assert overall_status(wanted[count - 1 :], succeeded=1) is wanted[count - 1]


def test_environment_variables_are_documented() -> None:
    """The man pages name every variable that an option or the key reads, no other."""
    declared = {
        variable
        for option in BatchOptions.options().values()
        for metadata in option.annotation.__metadata__
        if (variable := getattr(metadata, "envvar", None))
    }
    pages = " ".join(page.read_text("utf-8") for page in (ROOT / "man").glob("*.1"))
    documented = set(re.findall(r"(?:RWCAP|RUNWARE)_[A-Z_]+", pages))

    of_settings = {key.variable for key in KEYS.values() if key.variable}
    assert documented == declared | of_settings | {*KEY_VARIABLES}


def test_the_price_of_a_photo_is_that_of_the_code(rwcap: Rwcap) -> None:
    """In the README and in the first steps that `rwcap` prints without a key."""
    least, most = map(format_price, (min(EXAMPLE_PRICES), max(EXAMPLE_PRICES)))

    assert f"A photo costs {least} to {most}." in README
    assert f"caption a photo for {least} to {most}\n" in rwcap.run().out


def test_facts_in_the_manual_are_those_of_the_code() -> None:
    """Limits of files and images, and the statuses of a record."""
    assert f"has over {MAX_UPLOAD_BYTES // 2**20} MiB" in MANUAL
    assert f"more than {MAX_FILE_BYTES // 2**20} MiB" in MANUAL
    assert f"over {MAX_SIDE} pixels" in MANUAL
    assert f"more than {MAX_PIXELS:,} pixels" in MANUAL
    assert f"side under {MIN_SIDE} pixels" in MANUAL
    assert f"more than {MAX_ASPECT} times" in MANUAL
    assert f"quality {JPEG_QUALITY}" in MANUAL
    assert all(kind in MANUAL for kind in ConvertibleFormat)
    words = re.findall(r"`status` is (.+?)\.", MANUAL)
    assert re.findall(r"`(\w+)`", words[0]) == [status.value for status in RecordStatus]


LITERAL = re.compile(r"(?:^    .*\n)+(?:\n(?:^    .*\n)+)*", re.MULTILINE)
"""Indented lines of a man page."""
SHOWN = [
    *re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL),
    *(dedent(block) for page in PAGES.values() for block in LITERAL.findall(page)),
]
EXAMPLES = [
    line
    for block in SHOWN
    for line in [block.strip()] * ("$(" in block) or block.splitlines()
    if line.startswith(("rwcap ", "uuid=", "find "))
    and "--watch" not in line  # it has no end: tests/cli/test_watch.py
]
SETTINGS = [
    (block, found[1])
    for block in SHOWN
    if (found := re.match(r"# (\w+\.toml)\n", block))
]


def write_settings(rwcap: Rwcap) -> None:
    """Write the settings files that the manual shows."""
    places = {"config.toml": ".config/rwcap/config.toml", "rwcap.toml": "rwcap.toml"}
    for content, name in SETTINGS:
        path = rwcap.home / places.pop(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(content)
    assert not places


def test_the_settings_in_the_manual_are_effective(rwcap: Rwcap) -> None:
    """Settings of the user, of a profile, and of a project."""
    write_settings(rwcap)

    plainly = rwcap.run("config", "list").out
    profile = rwcap.run("config", "list", "--profile", "client").out

    assert re.search(r"^preset +rwcap.toml +catalogue$", plainly, re.MULTILINE)
    assert re.search(r"^budget.day +rwcap.toml +0.50$", plainly, re.MULTILINE)
    assert re.search(r"^preset .*\[profiles.client\] +wares$", profile, re.MULTILINE)


@pytest.mark.parametrize(
    "example", [pytest.param(each, marks=programs.marks(each)) for each in EXAMPLES]
)
def test_examples_work(rwcap: Rwcap, service: Service, example: str) -> None:
    """Each runs in the sandbox, with files of the names that it uses.

    Examples of settings have the settings files of the manual. Examples of keys have
    a service that accepts the key.
    """
    for name in ("photo.jpg", "picture.png", "photos/a.jpg", "photos/b/c.png"):
        path = rwcap.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((draw.FOLDER / f"harbour{path.suffix}").read_bytes())
    (rwcap.home / "marked.txt").write_text("photos/a.jpg\n")
    (rwcap.home / "prompt.txt").write_text("What is it?\n")
    (rwcap.home / "a.txt").write_text("Name it.\n")
    (rwcap.home / "b.txt").write_text("Describe it.\n")
    (rwcap.home / "products.csv").write_text(
        "image,colour,article\nphoto.jpg,red,boat\npicture.png,green,\n"
    )

    if re.search("--check-only|--texts", example):
        (rwcap.home / "photos/a.txt").write_text("A boat lies in a harbour.\n")
        (rwcap.home / "captions.csv").write_text(
            "image,text\nphotos/a.jpg,A boat lies in a harbour.\n"
        )
    (rwcap.home / "key.txt").write_text(f"{KEY}\n")
    (rwcap.home / ".runware").mkdir()
    (rwcap.home / ".runware/config.yaml").write_text(f"api_key: {KEY}\n")
    if re.search("config|--profile|--preset", example):
        write_settings(rwcap)
    if "set-key" not in example:
        rwcap = rwcap.with_environment(RWCAP_API_KEY=KEY)
    sandbox = rwcap.with_environment(RWCAP_SANDBOX="1", RWCAP_API_URL=service.url)

    needs_shell = not example.startswith("rwcap ") or re.search(r"[$|<*;]", example)
    if needs_shell:
        result = sandbox.shell(example, stdin=KEY.encode())
    else:
        result = sandbox.run(*shlex.split(example)[1:], stdin=KEY.encode())

    is_quiet = re.search(
        "--dry-run|--show|--check-only|--only|--texts|remove|cost|config", example
    )
    found = [path for path in rwcap.home.rglob("*") if ".local" not in path.parts]
    files = [path.read_text(errors="replace") for path in found if path.is_file()]
    texts = [result.out, *files]
    assert result.status == 0
    assert any("[sandbox]" in text for text in texts) or is_quiet


def test_the_first_example_in_the_readme_shows_the_real_output(rwcap: Rwcap) -> None:
    """The output is the same, except for the seconds."""
    (shown,) = re.findall(r"```console\n\$ rwcap (.*?)\n(.*?)```", README, re.DOTALL)
    command, expected = shown

    result = rwcap.run(*command.split(), folder=ROOT)

    assert re.sub(r"\d\.\d s", "0.0 s", result.out + result.err) == expected


def test_there_are_enough_examples() -> None:
    """The pattern that finds examples still finds them."""
    assert len(EXAMPLES) >= 60


def test_the_readme_has_two_commands_for_a_new_clone() -> None:
    """One installs and captions, one installs and tests. `.ci/run` runs both."""
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")

    patterns = re.findall(
        r"^T\w+=\$\(grep -F '(.+)' README.md\)$", script, re.MULTILINE
    )
    assert len(lines) == len(patterns) == 2
    for line, pattern in zip(lines, patterns, strict=True):
        assert [each for each in README.splitlines() if pattern in each] == [line]


def test_the_readme_names_files_that_exist() -> None:
    """The chapter for contributors leads to the files that it names."""
    chapter = README.partition("## For contributors")[2]
    named = set(re.findall(r"`([\w/]+/\w*\.py)`", chapter))

    places = (ROOT, ROOT / "src/rwcap")
    missing = {
        name for name in named if not any((place / name).exists() for place in places)
    }
    assert len(named) >= 20
    assert missing == set()


def test_the_changelog_knows_the_version() -> None:
    """The newest release in the changelog is the version of the package."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (newest, *_) = re.findall(r"^## \[(\d[^\]]*)\] - ", changelog, re.MULTILINE)

    assert newest == rwcap.__version__


def test_pinned_packages_have_hashes_and_no_host() -> None:
    """Any package index can serve the pinned packages, and none can change them."""
    pins = (ROOT / ".ci/constraints.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]

    assert "://" not in pins
    for requirement in wanted:
        name = re.split(r"[\[<>=]", requirement)[0]
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", pins, re.MULTILINE)


def test_the_sample_images_are_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m tests.draw` writes the same images."""
    stored = draw.FOLDER
    monkeypatch.setattr(draw, "FOLDER", tmp_path)

    draw.main()

    assert {path.name for path in tmp_path.iterdir()} == {
        path.name for path in stored.iterdir()
    }
    with Image.open(stored / "harbour.png") as picture:
        assert ImageChops.difference(picture, draw.harbour()).getbbox() is None


def test_each_package_says_what_is_in_its_modules() -> None:
    """The docstring of its `__init__` names each of them."""
    missing = {
        module.relative_to(ROOT)
        for package in (ROOT / "src/rwcap").rglob("__init__.py")
        for module in package.parent.glob("*.py")
        if not module.stem.startswith("__")
        and not re.search(rf"\b{module.stem}\b", package.read_text("utf-8"))
    }

    assert missing == set()
