"""Completions, in the shells that they are for."""

import subprocess
from pathlib import Path

import pytest

from rwcap.cli.command_tree import Argument, Command, Option
from rwcap.reference import bash, completion_values, fish, powershell, zsh
from rwcap.reference.files import tree
from tests import programs
from tests.reference.shells import ASK, COMPLETIONS

IMAGES = {"a.jpg", "B.HEIC", "one two.webp"}
OTHERS = {"list.csv", "notes.txt"}
FOLDERS = {"my pictures", "photos"}
WRITERS = {
    "rwcap.bash": bash,
    "rwcap.fish": fish,
    "_rwcap": zsh,
    "rwcap.ps1": powershell,
}
SHELLS = [
    "rwcap.bash",
    pytest.param("rwcap.fish", marks=pytest.mark.program("fish")),
    pytest.param("_rwcap", marks=pytest.mark.program("zsh")),
]
CHECKS = [
    "bash -n rwcap.bash",
    "shellcheck rwcap.bash",
    "zsh -n _rwcap",
    "fish --no-execute rwcap.fish",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with images, other files, and folders."""
    here = tmp_path / "here"
    for name in FOLDERS:
        (here / name).mkdir(parents=True)
    for name in (*IMAGES, *OTHERS, "photos/x.png", "photos/x.txt"):
        (here / name).touch()
    return here


def long_names(command: Command) -> set[str]:
    """Return the names of options that begin with two hyphens."""
    names = {name for option in command.options for name in option.names}
    return {name for name in names if name.startswith("--")}


def expected() -> dict[str, set[str]]:
    """Return lines, and what has to be offered at their ends."""
    root = tree()
    lines = {f"{each.words} --": long_names(each) for each in root.walk()}
    lines |= {
        f"{each.words} ": {child.path[-1] for child in each.commands}
        for each in root.walk()
        if each.commands
    }
    return lines | {
        "rwcap cap": {"caption"},
        "rwcap caption ": IMAGES | FOLDERS,
        "rwcap caption pho": {"photos"},
        "rwcap caption photos/": {"x.png"},
        "rwcap caption -- --": set(),
        "rwcap caption --delivery ": {"sync", "async"},
        "rwcap caption --delivery=a": {"async"},
        "rwcap caption --prompt ": set(),
        "rwcap caption --prompt-file ": IMAGES | OTHERS | FOLDERS,
        "rwcap caption --max-cost 1 a.jpg photos/": {"x.png"},
        "rwcap caption -p x --promp": {"--prompt-file"},
        "rwcap caption -v --verb": {"--verbose"},
        "rwcap batch ": IMAGES | FOLDERS | {"list.csv"},
        "rwcap batch --out-dir ": FOLDERS,
        "rwcap batch --include x --inclu": {"--include"},
        "rwcap cost estimate --seed 1 --se": set(),
        "rwcap cost --by da": {"day"},
    }


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_offers_what_can_follow(name: str, folder: Path) -> None:
    """Commands, options not given yet, choices, images, files; nothing unknown."""
    wanted = expected()

    offered = ASK[name](COMPLETIONS / name, list(wanted), folder)

    assert dict(zip(wanted, offered, strict=True)) == wanted


@pytest.mark.parametrize("name", SHELLS)
def test_words_have_places(
    name: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two arguments each gets its own; words of a metavar can be plugged in."""
    known = {
        "KEY": completion_values.Words(("prompt", "preset")),
        "DIR": completion_values.Folders(),
    }
    monkeypatch.setattr(completion_values, "OFFERS", known)
    options = (
        Option(names=("-k", "--key"), help="Say [it's] 'so': $HOME.", metavar="KEY"),
    )
    places = (
        Argument(metavar="KEY", help="A setting."),
        Argument(metavar="VALUE", help="What nobody knows."),
        Argument(metavar="DIR", help="Where.", many=True),
    )
    command = Command(
        path=("rwcap", "set"), sentence="Set.", arguments=places, options=options
    )
    root = Command(path=("rwcap",), sentence="Do.", commands=(command,))
    script = tmp_path / name
    script.write_text(WRITERS[name].script(root))
    # Where nothing is known, bash offers the options.
    nothing = {"-k", "--key"} if name == "rwcap.bash" else set()
    wanted = {
        "rwcap set pr": {"prompt", "preset"},
        "rwcap set prompt ": nothing,
        "rwcap set prompt x ": FOLDERS,
        "rwcap set a b c ": FOLDERS,
        "rwcap set a b c --key pre": {"preset"},
    }

    offered = ASK[name](script, list(wanted), folder)

    assert dict(zip(wanted, offered, strict=True)) == wanted


@pytest.mark.parametrize(
    "check", [pytest.param(each, marks=programs.marks(each)) for each in CHECKS]
)
def test_a_completion_is_well_formed(check: str) -> None:
    """As the shell itself, or its linter, sees it."""
    done = subprocess.run(
        check.split(), cwd=COMPLETIONS, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("name", WRITERS)
def test_a_completion_knows_every_option(name: str) -> None:
    """PowerShell's, too, which no test runs."""
    script = (COMPLETIONS / name).read_text("utf-8")

    for command in tree().walk():
        for option in command.options:
            for each in option.names:
                assert each in script or f"-l {each.removeprefix('--')} " in script


def test_powershell_gets_what_it_can_read() -> None:
    """Each quote, bracket and brace is closed."""
    script = (COMPLETIONS / "rwcap.ps1").read_text("utf-8")
    code = "".join(script.replace("''", "").split("'")[::2])

    assert code.count("{") == code.count("}")
    assert code.count("(") == code.count(")")
    assert code.count("[") == code.count("]")
