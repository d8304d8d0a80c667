"""Errors about the files and settings of people, each with the next step."""

import shutil

import pytest

from rwcap.api.request import DOCUMENTATION
from tests import draw
from tests import service as faults
from tests.cli.test_option_settings import user_sets
from tests.mounts import mounted
from tests.process import Result, Rwcap
from tests.service import Service

PHOTO = str(draw.FOLDER / "harbour.jpg")
ROOM = "make room if the disk is full, and run it again"


def hint(result: Result) -> str:
    """Return the hint below the last error of a command."""
    errors, _, found = result.err.rpartition("hint: ")
    assert errors.splitlines()[-1].startswith("error: "), result.err
    return found.splitlines()[0]


@pytest.mark.parametrize(
    ("source", "step"),
    [
        ("no.jpg", "ls . (shows the names there)"),
        ("my photos/no.jpg", "ls 'my photos' (shows the names there)"),
        ("empty.jpg", "copy or download the image again"),
        ("/dev/zero", "name an image file, or send its bytes: rwcap caption - < FILE"),
    ],
)
def test_what_is_no_image_file_has_a_next_step(
    rwcap: Rwcap, source: str, step: str
) -> None:
    """In a batch and alone."""
    (rwcap.home / "empty.jpg").touch()

    for command in ("caption", "batch"):
        assert hint(rwcap.run(command, source, "--sandbox")) == step


def test_wrong_settings_lead_to_the_command_that_takes_them_away(rwcap: Rwcap) -> None:
    """From the environment, the files and the command line."""
    order = ("caption", PHOTO, "--sandbox")
    poor = rwcap.with_environment(RWCAP_BUDGET_DAY="x").run(*order)
    typed = rwcap.run("config", "set", "timeout", "abc")
    user_sets(rwcap, "[profiles.web]\ntimeout = 'x'\n")
    command = hint(rwcap.run(*order))
    mended = rwcap.run(*command.split()[1:])
    (rwcap.home / "rwcap.toml").write_text("prompt = ")
    broken = rwcap.run(*order)
    (rwcap.home / "rwcap.toml").write_text("prompt = 5")
    theirs = rwcap.run(*order)

    assert hint(poor) == "unset RWCAP_BUDGET_DAY"
    assert hint(typed) == "rwcap config list (shows the values in use)"
    assert command == "rwcap config unset timeout --profile web"
    assert mended.status == 0
    assert "not valid TOML" in broken.err
    assert "allowed: text" in theirs.err
    assert hint(broken) == hint(theirs) == "correct the file with a text editor"


@pytest.mark.parametrize("command", ["caption", "batch", "cost estimate", "cost"])
@pytest.mark.promises("limits")
def test_a_limit_under_a_wrong_name_buys_nothing(
    connected: Rwcap, service: Service, command: str
) -> None:
    """Each command that has limits says which names there are."""
    words = command.split() + [PHOTO] * (command != "cost")

    result = connected.with_environment(RWCAP_BUDGET="1").run(*words)

    assert result.status == 78
    assert "error: RWCAP_BUDGET is not a setting" in result.err
    assert "RWCAP_BUDGET_DAY (per day)" in hint(result)
    assert not service.requests


@pytest.mark.root
@pytest.mark.parametrize(
    "output", ["-o disk/o.csv", "--report disk/r.json", "> /dev/full"]
)
def test_a_full_disk_has_a_next_step(rwcap: Rwcap, output: str) -> None:
    """Whichever output is on it."""
    disk = rwcap.home / "disk"
    disk.mkdir()
    with mounted(disk, "size=4k"):
        (disk / "f").write_bytes(bytes(4096))
        result = rwcap.shell(f"rwcap batch {PHOTO} --sandbox {output}")

    assert result.status == 1
    assert hint(result) == ROOM


def test_a_refused_request_leads_to_the_documentation(
    connected: Rwcap, service: Service
) -> None:
    """That of the model, if the service names none."""
    service.otherwise = faults.status(400, error="invalidSomething")

    assert hint(connected.run("caption", PHOTO)) == f"see {DOCUMENTATION}"


@pytest.mark.parametrize("name", ["http:__x.jpg", "https:b.jpg", "data:x.jpg"])
def test_a_file_with_the_name_of_a_url_can_be_named(rwcap: Rwcap, name: str) -> None:
    """By a command line, and in a list; otherwise, the hint is about URLs."""
    shutil.copy(PHOTO, rwcap.home / name)
    (rwcap.home / "list.txt").write_text(f"{name}\n")
    own = hint(rwcap.run("caption", name, "--sandbox"))
    words = [rwcap.run("batch", each, "--sandbox") for each in (name, "list.txt")]
    missing = rwcap.run("caption", f"{name}.png", "--sandbox")

    assert {hint(each) for each in words} == {own} == {f"./{name} names the file"}
    assert "names the file" not in hint(missing)
    assert rwcap.run("caption", own.split()[0], "--sandbox").status == 0


def test_a_prompt_file_that_is_an_image_leads_to_the_option(rwcap: Rwcap) -> None:
    """In each command that has it."""
    for command in ("caption", "batch"):
        result = rwcap.run(command, PHOTO, "--prompt-file", PHOTO)
        assert hint(result).startswith("--prompt-file question.txt")


def test_an_ambiguous_task_leads_to_the_command_that_settles_it(
    connected: Rwcap, service: Service
) -> None:
    """Its caption is then free."""
    service.captions.append(faults.reset(accepted=True))
    service.queries += [faults.status(500)] * 99

    lost = connected.run("caption", PHOTO, "--retries", "0")
    command = hint(lost)
    service.queries.clear()
    settled = connected.run(*command.partition(" (")[0].split()[1:])

    assert command.startswith("rwcap cost recover ")
    assert (lost.status, settled.status) == (10, 0)
    assert connected.run("caption", PHOTO).status == 0
    assert service.bills == 1


def test_few_open_files_have_a_next_step(connected: Rwcap, service: Service) -> None:
    """Whatever cannot be opened first, and nothing is bought twice."""
    draw.album(connected.home / "p", "1.jpg", "2.jpg")
    command = "rwcap batch p --write txt"

    results = [
        connected.shell(f"ulimit -n {limit}; {command}") for limit in range(8, 14)
    ]
    done = connected.shell(command)

    unopened = [each for each in results if each.err.endswith("ulimit -n 256\n")]
    assert {each.status for each in unopened} == {78}
    assert 2 not in {each.status for each in results}
    assert (done.status, service.bills) == (0, 2)
