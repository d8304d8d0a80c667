"""What is checked in is what would be written, and says what the program is."""

import re
from pathlib import Path

import pytest

from rwcap.cli.settings.registry import KEYS
from rwcap.core.errors import ErrorKind, TaskError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.reference import __main__ as door
from rwcap.reference.files import render, tree
from rwcap.reference.man import meanings
from rwcap.settings.credentials import KEY_VARIABLES

ROOT = Path(__file__).parents[2]
FILES = render((ROOT / "CHANGELOG.md").read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_it_would_be_written(name: str) -> None:
    """Byte for byte."""
    stored = ROOT / name

    assert stored.exists(), "run: .venv/bin/python -m rwcap.reference"
    assert stored.read_bytes() == FILES[name].encode(), (
        "run: .venv/bin/python -m rwcap.reference"
    )


def test_no_other_file_is_there() -> None:
    """What no command has any more is deleted by hand."""
    folders = (ROOT / "man", ROOT / "completions")
    stored = {
        f"{path.parent.name}/{path.name}" for f in folders for path in f.iterdir()
    }

    assert stored == FILES.keys()


def test_the_command_writes_and_tells_what_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first time all of it, the second time nothing."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (tmp_path / "CHANGELOG.md").write_text(changelog)

    door.main(tmp_path)
    first = capsys.readouterr().out
    door.main(tmp_path)

    assert first.splitlines() == list(FILES)
    assert capsys.readouterr().out == ""
    assert (tmp_path / "man/rwcap.1").read_text() == FILES["man/rwcap.1"]


def test_every_command_has_help() -> None:
    """A sentence for each, with a period; each option says what it does."""
    for command in tree().walk():
        assert command.sentence.endswith("."), command.words
        assert len(command.sentence) <= 70, command.words
        for option in command.options:
            assert option.help.endswith((".", ")")), option.names


def test_one_name_is_one_thing() -> None:
    """An option that takes a value takes one in every command."""
    takes: dict[str, set[bool]] = {}
    for command in tree().walk():
        for option in command.options:
            for name in option.names:
                takes.setdefault(name, set()).add(bool(option.metavar))

    assert [name for name, both in takes.items() if len(both) > 1] == []


def test_exit_statuses_have_one_meaning() -> None:
    """The enum and the manual say the same."""
    assert meanings().keys() == set(ExitStatus)


def section(page: str, title: str) -> str:
    """Return a section of a man page, without its fonts and escapes."""
    (found,) = re.findall(rf"^\.SH {title}\n(.*?)^\.SH", page, re.DOTALL | re.MULTILINE)
    return re.sub(r"\\f[BIR]|\\(?=-)", "", found)


def test_the_record_is_described() -> None:
    """Each of its keys has a place in the manual, and no other word has."""
    told = section(FILES["man/rwcap.1"], "RECORD")
    error = TaskError("lost", code="lost")
    error.kind = ErrorKind.NETWORK  # type: ignore[misc]  # any will do
    record = Record(
        source="\udcff",
        status=RecordStatus.FAILED,
        id="1",
        long="All.",
        error=ErrorDetails.from_error(error),
    )
    fields = record.to_dict()
    members = fields["error"]

    assert set(re.findall(r"^\.TP\n(\S+)$", told, re.MULTILINE)) == fields.keys()
    assert isinstance(members, dict)
    assert all(member in told for member in members)
    assert all(status in told for status in RecordStatus)


def test_the_environment_is_described() -> None:
    """Variables of options, of the key and of limits."""
    told = section(FILES["man/rwcap.1"], "ENVIRONMENT")
    options = (option for each in tree().walk() for option in each.options)
    wanted = {option.variable for option in options if option.variable}

    named = set(re.findall(r"\b(?:RWCAP|RUNWARE)_[A-Z_]+", told))
    settings = {key.variable for key in KEYS.values() if key.variable}
    assert named == wanted | settings | {*KEY_VARIABLES}
