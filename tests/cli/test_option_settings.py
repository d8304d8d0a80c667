"""Settings in force: as if typed, unless something else is typed."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from rwcap.cli import service as services
from rwcap.cli.app import app
from rwcap.cli.settings.option_settings import OPTION_SETTINGS, OptionSettings
from rwcap.settings.presets import PRESETS
from tests import draw
from tests.conftest import KEY
from tests.process import Result, Rwcap, visible
from tests.service import Service

PHOTO = str(draw.FOLDER / "harbour.jpg")


def user_sets(rwcap: Rwcap, content: str) -> Path:
    """Write the user's file of settings, and return it."""
    path = rwcap.home / ".config/rwcap/config.toml"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(content)
    return path


def project_sets(rwcap: Rwcap, content: str, name: str = "rwcap.toml") -> None:
    """Write the file of the project in the folder in which commands are run."""
    (rwcap.home / name).write_text(content)


def sent(result: Result) -> dict[str, object]:
    """Return the request that a dry run has printed."""
    assert result.status == 0, result.err
    (request,) = json.loads(result.out)
    return dict(request)


def dry(rwcap: Rwcap, *arguments: str) -> dict[str, object]:
    """Return the request that would be sent."""
    return sent(rwcap.run("caption", PHOTO, "--dry-run", *arguments))


def test_the_first_that_says_something_holds(rwcap: Rwcap) -> None:
    """Command line, variable, profile, project, user."""
    user_sets(rwcap, 'model = "a:1@1"\nprompt = "U"\n[profiles.web]\nmodel = "a:2@2"\n')
    project_sets(rwcap, 'prompt = "P"\n')
    variable = rwcap.with_environment(RWCAP_MODEL="a:3@3")

    plainly = dry(rwcap)

    assert (plainly["model"], plainly["prompt"]) == ("a:1@1", "P")
    assert dry(rwcap, "--profile", "web")["model"] == "a:2@2"
    assert dry(variable, "--profile", "web")["model"] == "a:3@3"
    assert dry(variable, "--model", "a:4@4")["model"] == "a:4@4"


def test_a_profile_is_named_by_option_variable_or_setting(rwcap: Rwcap) -> None:
    """In this order."""
    tables = "".join(f'[profiles.{name}]\nprompt = "{name}"\n' for name in "abc")
    user_sets(rwcap, f'profile = "a"\n{tables}')
    variable = rwcap.with_environment(RWCAP_PROFILE="b")

    assert dry(rwcap)["prompt"] == "a"
    assert dry(variable)["prompt"] == "b"
    assert dry(variable, "--profile", "c")["prompt"] == "c"


def test_whoever_types_a_prompt_does_not_mean_the_habit(rwcap: Rwcap) -> None:
    """Whichever of the ways to give one is typed, and whichever is set."""
    (rwcap.home / "prompt.txt").write_text("F\n")
    user_sets(rwcap, 'prompt = "U"\n')

    assert dry(rwcap, "--preset", "tags")["prompt"] == PRESETS["tags"]
    assert dry(rwcap, "--prompt-file", "prompt.txt")["prompt"] == "F"

    user_sets(rwcap, 'preset = "mine"\n[presets]\nmine = "M"\n')

    assert dry(rwcap)["prompt"] == "M"
    assert dry(rwcap, "-p", "T")["prompt"] == "T"


def test_presets_have_names(rwcap: Rwcap) -> None:
    """Those of the user come before the built-in ones; a wrong one is suggested."""
    user_sets(rwcap, '[presets]\nalt = "A"\n')

    both = rwcap.run("caption", PHOTO, "--preset", "alt", "-p", "x")
    wrong = rwcap.run("caption", PHOTO, "--preset", "tgas")

    assert dry(rwcap, "--preset", "alt")["prompt"] == "A"
    assert both.status == wrong.status == 2
    assert "--preset excludes --prompt" in both.err
    assert wrong.err == "error: no preset 'tgas'\nhint: did you mean tags?\n"


def test_fetching_needs_no_habit(rwcap: Rwcap) -> None:
    """A prompt that is set is no option of a request that is typed."""
    user_sets(rwcap, 'prompt = "U"\n')
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    rwcap.run("caption", PHOTO, "--sandbox", "--task-uuid", uuid)

    result = rwcap.run("caption", "--fetch", uuid, "--sandbox")

    assert (result.status, result.out[:9]) == (0, "[sandbox]")


def test_batch_has_habits(rwcap: Rwcap) -> None:
    """Text files with a suffix of their own, and no word of it on the command line."""
    draw.album(rwcap.home / "p", "1.jpg")
    user_sets(rwcap, 'write = ["txt"]\next = ".caption"\n')

    result = rwcap.run("batch", "p", "--sandbox")

    assert (result.status, result.out) == (0, "")
    assert (rwcap.home / "p/1.caption").exists()


def test_how_to_write_is_no_matter_where_nothing_is_written(rwcap: Rwcap) -> None:
    """OptionSettings of --write alone are no mistake; typed they are."""
    draw.album(rwcap.home / "p", "1.jpg")
    user_sets(rwcap, 'ext = ".caption"\nmode = "append"\nprefix = "a "\n')

    habit = rwcap.run("batch", "p", "--sandbox")
    typed = rwcap.run("batch", "p", "--sandbox", "--ext", ".x")

    assert habit.status == 0
    assert habit.out.startswith("p/1.jpg\t[sandbox]")
    assert (typed.status, "--ext needs --write txt" in typed.err) == (2, True)


@pytest.mark.parametrize("option", ["--check-only", "--only failed-checks"])
def test_checks_need_no_mode(rwcap: Rwcap, option: str) -> None:
    """A setting is a default, and contradicts no option that is typed."""
    user_sets(rwcap, 'mode = "append"\n')
    draw.album(rwcap.home / "p", "a.jpg")
    (rwcap.home / "p/a.txt").write_text("A red boat lies on a calm lake.\n")

    result = rwcap.run("batch", "p", *option.split(), "--write", "txt", "--sandbox")

    assert result.status == 0, result.err


@pytest.mark.parametrize("setting", ['prompt = "Why?"', 'fields = "title"'])
def test_given_texts_need_no_prompt(rwcap: Rwcap, setting: str) -> None:
    """Nor the fields that other runs ask for."""
    user_sets(rwcap, f"{setting}\n")
    draw.album(rwcap.home / "p", "a.jpg")
    (rwcap.home / "t.csv").write_text("image,text\np/a.jpg,A cat.\n")

    result = rwcap.run("batch", "p", "--texts", "t.csv", "--write", "txt")

    assert result.status == 0, result.err
    assert (rwcap.home / "p/a.txt").read_text() == "A cat.\n"


def test_standard_input_is_printed_where_files_are_written(rwcap: Rwcap) -> None:
    """It has no name for a file."""
    user_sets(rwcap, 'write = ["txt"]\n')

    result = rwcap.run("caption", "-", "--sandbox", stdin=Path(PHOTO).read_bytes())

    assert (result.status, result.out[:9]) == (0, "[sandbox]")


def test_a_limit_that_is_set_holds(rwcap: Rwcap) -> None:
    """`budget.run` is --max-cost; a project can lower limits, and it is told."""
    user_sets(rwcap, "[budget]\nrun = 0.001\nday = 1\n")

    run = rwcap.run("caption", PHOTO, "--sandbox")
    typed = rwcap.run("caption", PHOTO, "--sandbox", "--max-cost", "1")
    project_sets(rwcap, "budget.day = 0.002\n")
    day = rwcap.run("caption", PHOTO, "--sandbox", "--fresh", "--max-cost", "1")

    assert (run.status, typed.status, day.status) == (8, 0, 8)
    assert "the limit of $0.0010 per run" in run.err
    assert day.err.startswith("rwcap.toml sets budget.day\n")


@pytest.mark.promises("hostile")
def test_what_a_project_sets_is_told(rwcap: Rwcap) -> None:
    """Unless it is not used, or silence is wanted; pyproject.toml is read, too."""
    project_sets(rwcap, '[tool.rwcap]\nprompt = "P"\next = ".cap"\n', "pyproject.toml")

    told = rwcap.run("caption", PHOTO, "--sandbox")
    typed = rwcap.run("caption", PHOTO, "--sandbox", "-p", "T")
    quiet = rwcap.run("caption", PHOTO, "--sandbox", "-q")

    assert told.err.startswith("pyproject.toml [tool.rwcap] sets prompt\n")
    assert "pyproject" not in typed.err
    assert quiet.err == ""


@pytest.mark.promises("hostile")
def test_a_project_cannot_redirect_the_key(connected: Rwcap, service: Service) -> None:
    """Status 78, and why; nothing is sent anywhere."""
    project_sets(connected, 'api_url = "https://evil.example/v1"\n')

    result = connected.run("caption", PHOTO)

    assert result.status == 78
    assert "a project file cannot set api_url: it can set prompt" in result.err
    assert "hint: for yourself: rwcap config set api_url VALUE" in result.err
    assert service.requests == []


def test_a_project_cannot_call_a_text_of_a_person_a_placeholder(
    connected: Rwcap, service: Service
) -> None:
    """Captions would replace it; only the user says which texts are none."""
    project_sets(connected, 'placeholder_descriptions = ["By Ada"]\n')

    result = connected.run("batch", PHOTO, "--write", "embed")

    assert result.status == 78
    assert "a project file cannot set placeholder_descriptions" in result.err
    assert service.requests == []


def test_help_shows_the_values_in_force(rwcap: Rwcap) -> None:
    """And where they cannot be read, those without them: help is help."""
    user_sets(rwcap, 'timeout = 33.5\nwrite = ["txt", "xmp"]\n')

    told = rwcap.run("caption", "--help")
    several = rwcap.run("batch", "--help")
    user_sets(rwcap, "timeout = \n")
    broken = rwcap.run("caption", "--help")

    assert "default: 33.5" in told.out
    assert "default: txt, xmp" in several.out
    assert (broken.status, broken.err) == (0, "")
    assert "default: 120]" in broken.out


def test_broken_settings_are_told_with_line_and_column(rwcap: Rwcap) -> None:
    """Status 78; commands that mend them work, and so does help."""
    path = user_sets(rwcap, 'timeout = 30\nprompt = "\n')

    result = rwcap.run("caption", PHOTO, "--sandbox")

    assert result.status == 78
    assert result.err.startswith(f"error: {path}: not valid TOML: ")
    assert "line 2, column 11" in result.err
    assert rwcap.run("--help").status == rwcap.run("config", "path").status == 0


@pytest.mark.promises("limits", "statuses")
def test_a_profile_with_a_key_has_an_account_of_its_own(
    rwcap: Rwcap, service: Service
) -> None:
    """Its key is used, and it has a ledger and limits of its own."""
    user_sets(rwcap, f'api_url = "{service.url}"\n[profiles.web]\ntimeout = 30\n')
    web = f"{KEY}-of-web".encode()
    rwcap.run("config", "set-key", "--no-verify", stdin=KEY.encode())
    shared = rwcap.run("caption", PHOTO, "--profile", "web")
    rwcap.run("config", "set-key", "--no-verify", "--profile", "web", stdin=web)

    limited = rwcap.with_environment(RWCAP_BUDGET_DAY="0.003")
    own = limited.run("caption", PHOTO, "--profile", "web")
    again = limited.run("caption", PHOTO, "-p", "What?", "--profile", "web")
    cost = rwcap.run("cost", "--profile", "web")
    doubtful = rwcap.with_environment(RWCAP_API_KEY="other").run(
        "caption", PHOTO, "--profile", "web"
    )

    assert (shared.status, own.status, again.status) == (0, 0, 8)
    assert service.bills == 2
    keys = [headers["Authorization"] for headers in service.headers]
    assert keys == [f"Bearer {KEY}", f"Bearer {KEY}-of-web"]
    assert "total         1" in cost.out
    assert doubtful.status == 78
    assert "profile web has its own key, but RWCAP_API_KEY" in doubtful.err
    assert "hint: unset RWCAP_API_KEY" in doubtful.err


def test_hints_reach_the_same_account(
    rwcap: Rwcap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set need not be typed; the rest is named."""
    monkeypatch.setenv("HOME", str(rwcap.home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(services, "OPTION_SETTINGS", OptionSettings())
    url = "http://localhost:1/v1"
    user_sets(rwcap, f'api_url = "{url}"\n')
    service = services.Service(sandbox=False, api_url=url, timeout=1, profile="web")

    assert service.options == "--profile web"
    assert service._replace(profile=None).options == ""
    assert service._replace(api_url="x", profile=None).options == "--api-url x"
    monkeypatch.setenv("RWCAP_PROFILE", "web")
    assert service.options == ""


def test_questions_about_the_account_have_habits(
    rwcap: Rwcap, service: Service
) -> None:
    """They go to the address that is set."""
    user_sets(rwcap, f'api_url = "{service.url}"\n')
    keyed = rwcap.with_environment(RWCAP_API_KEY=KEY)

    assert "balance" in keyed.run("cost", "balance").out
    assert keyed.run("cost").status == 0


def test_a_home_that_cannot_be_written_is_no_hindrance(rwcap: Rwcap) -> None:
    """While the ledger has a place; what cannot be stored is told."""
    data = str(rwcap.home / "data")
    odd = rwcap.with_environment(HOME="/proc", XDG_DATA_HOME=data)

    captioned = odd.run("caption", PHOTO, "--sandbox")
    stored = odd.run("config", "set", "timeout", "60")
    key = odd.run("config", "set-key", "--no-verify", stdin=KEY.encode())

    assert (captioned.status, stored.status, key.status) == (0, 78, 78)
    assert "/proc/.config" in stored.err
    assert "/proc/.config" in key.err


def test_every_command_about_money_has_habits() -> None:
    """They would not know the address of the API."""
    tree: Any = typer.main.get_command(app)

    assert {*OPTION_SETTINGS} == {*tree.commands["cost"].commands}


@pytest.mark.parametrize("name", ["rwcap.toml", "pyproject.toml"])
def test_other_projects_cost_nothing(rwcap: Rwcap, name: str) -> None:
    """A file that says nothing of rwcap is not even parsed."""
    project_sets(rwcap, '[tool.other]\nx = "' if name == "pyproject.toml" else "", name)

    assert rwcap.run("caption", PHOTO, "--sandbox").status == 0


def test_settings_work_on_a_terminal(rwcap: Rwcap) -> None:
    """What the project sets is told there as well."""
    project_sets(rwcap, 'preset = "tags"\n')

    result = rwcap.on_terminal("caption", PHOTO, "--sandbox")

    assert "rwcap.toml sets preset" in visible(result.err)
