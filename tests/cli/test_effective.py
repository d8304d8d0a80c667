"""Settings in files: what may stand there, and what is told where it may not."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from rwcap.cli.app import app
from rwcap.cli.settings import effective
from rwcap.cli.settings.limit_variables import LIMITS, OTHERS, check_limit_variables
from rwcap.cli.settings.registry import KEYS
from rwcap.core.errors import ConfigError, UsageError
from rwcap.core.money import parse_usd
from rwcap.ledger.budget import Period
from rwcap.settings import credentials
from rwcap.settings.toml_files import Document, parse_toml

NOTHING = Document("", {})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty home, and no variables of rwcap."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for key in KEYS.values():
        monkeypatch.delenv(key.variable or "_", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(user: str, project: str = "", named: str | None = None) -> effective.Settings:
    """Return what two files say."""
    return effective.read(
        named,
        user=Document("config.toml", parse_toml(user.encode(), "config.toml")),
        project=Document("rwcap.toml", parse_toml(project.encode(), "rwcap.toml")),
        environment={},
    )


def test_every_setting_can_be_set() -> None:
    """Each is there as it would be typed, whichever type of TOML it has."""
    found = read(
        """
        preset = "alt"
        model = "runware:152@1"
        schema = "schema.json"
        keywords = 30
        vocabulary = "words.txt"
        vocabulary_only = true
        write = ["txt"]
        mode = "append"
        placeholder_descriptions = ["(c) Studio"]
        ext = ".caption"
        collide = "suffix"
        prefix = "a photo, "
        suffix = ""
        template = "TOKEN, {caption}"
        concurrency = 8
        timeout = 30
        retries = 0
        grace = 1.5
        prepare = "auto"
        max_side = 1536
        api_url = "https://example.com/v1"
        profile = "web"
        [budget]
        run = 0.50
        day = 1
        month = "$20"
        [profiles.web]
        prompt = "Why?"
        fields = "title, people:int"
        """
    )

    words = {name: found.words(name) for name in ("write", "concurrency", "grace")}
    assert set(found.held) == {*KEYS} - {"preset", "schema"}
    assert found.words("vocabulary_only") == "true"
    assert words == {"write": ["txt"], "concurrency": "8", "grace": "1.5"}
    assert found.words("max_cost") == "0.50"
    assert (found.words("prompt"), found.words("preset")) == ("Why?", None)
    assert found.words("json") is found.words("profile") is None
    assert found.held["prompt"].origin == "config.toml [profiles.web]"
    assert effective.limits(found) == {
        Period.DAY: parse_usd("1"),
        Period.MONTH: parse_usd("20"),
    }
    assert effective.limits(None) == {}


def test_one_word_stands_for_a_list_of_one() -> None:
    """`write = "txt"`."""
    assert read('write = "txt"').words("write") == ["txt"]
    assert read("write = []").words("write") == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            "[budget]\ndya = 1\n",
            "budget.dya is not a setting; did you mean budget.day?",
        ),
        (
            "[budgets]\nday = 1\n",
            "budgets.day is not a setting; did you mean budget.day?",
        ),
        (
            "budget = 1\n",
            "budget is not a setting; the limits are budget.day (per day)",
        ),
        ("limit = 1\n", "limit is not a setting; the limits are budget.day (per day)"),
        ("daily-limit = 1", "(per day), budget.month (per month) and budget.run (per"),
        ("[budget]\nday = -1\n", "budget.day is -1; allowed: an amount in dollars"),
        ("[budget]\nday = true\n", "budget.day is True; allowed: an amount"),
        ("[budget]\nday = 0.0000001\n", "budget.day is 1E-7; allowed: an amount"),
        ("[budget]\nday = 2026-11-24\n", "budget.day is 2026-11-24; allowed"),
        ("[budget]\nday = nan\n", "budget.day is NaN; allowed: an amount"),
        ("tiemout = 3", "tiemout is not a setting; did you mean timeout?"),
        ("max-cost = 3", "max-cost is not a setting; did you mean budget.run?"),
        ("frobnicate = 3", "frobnicate is not a setting; rwcap config list"),
        ("api_key = 'x'", "the API key is not a setting; rwcap config"),
        ("timeout = '30'", "timeout is '30'; allowed: a number"),
        ("timeout = 0", "timeout is 0; allowed: more than 0 s, at most 86400 s"),
        ("timeout = nan", "timeout is NaN; allowed: more than 0 s"),
        ("[timeout]\nx = 1", "timeout is {'x': 1}; allowed: a number"),
        ("concurrency = 1.5", "concurrency is 1.5; allowed: a whole number"),
        ("concurrency = 0", "concurrency is 0; allowed: more than 0"),
        ("retries = -1", "retries is -1; allowed: 0 or more"),
        ("grace = -0.5", "grace is -0.5; allowed: 0 to 86400"),
        ("grace = inf", "grace is Infinity; allowed: 0 to 86400"),
        ("mode = 'erase'", 'mode is \'erase\'; allowed: "skip", "overwrite"'),
        ("write = ['pdf']", "write is ['pdf']; allowed: one or more of \"txt\""),
        ("write = [1]", "write is [1]; allowed: one or more of"),
        ("prompt = ['a']", "prompt is ['a']; allowed: text"),
        ("prompt = ' '", "prompt is ''; allowed: text that is not blank"),
        ("model = 'gpt'", "model is 'gpt'; allowed: an AIR identifier"),
        ("template = 'x'", "template is 'x'; allowed: template 'x' lacks {capt"),
        ("prompt = 'a'\npreset = 'alt'", "prompt and preset exclude each other"),
        ("preset = 'atl'", "preset: no preset 'atl'; did you mean alt?"),
        ("preset = 'zzz'", "preset: no preset 'zzz'; one of: alt, caption"),
        ("presets = 1", "presets is not a table; [presets]"),
        ("[preset]\nmine = 'x'", "preset is {'mine': 'x'}; allowed: text"),
        ("[presets]\nmine = 5", "presets.mine is 5; allowed: text"),
        ("profiles = 1", "profiles is not a table; [profiles.NAME]"),
        ("[profiles]\nweb = 1", "profiles.web is not a table; [profiles.NAME]"),
        ("[profiles.'a/b']", "'a/b' is not a profile name; letters"),
        ("[profiles.web]\nprofile = 'x'", "profiles.web.: profile is not a setting"),
        ("[profiles.web]\ntimeout = 0", "profiles.web.timeout is 0; allowed"),
        ("profile = 'wbe'\n[profiles.web]", "no profile 'wbe'; did you mean web?"),
        ("profile = 'web'", "profile: no profile 'web'; rwcap config set KEY VALUE"),
        ("[budget\n", "not valid TOML: "),
    ],
)
def test_what_cannot_be_meant_is_told(content: str, complaint: str) -> None:
    """File, key, value, and what is allowed; nothing is bought before it is mended."""
    with pytest.raises(ConfigError) as refused:
        read(content)

    told = f"{refused.value.message}; {refused.value.hint}"
    assert told.startswith("config.toml")
    assert complaint in told


@pytest.mark.parametrize(
    "content",
    [
        *("api_key = 'x'", "api_url = 'https://evil.example'", "profile = 'x'"),
        *("proxy = 'x'", "ca = 'x'", "model = 'runware:1@1'", "concurrency = 99"),
        *("[profiles.x]\nprompt = 'x'", "out_dir = '/'", "timeout = 1"),
        *("placeholder_descriptions = ['By Ada']", "schema = 'x'", "vocabulary = 'x'"),
    ],
)
@pytest.mark.promises("hostile")
def test_a_project_sets_what_is_a_projects(content: str) -> None:
    """Not where the key goes, not who pays, not at what price."""
    with pytest.raises(ConfigError, match=r"^rwcap\.toml: a project file cannot set"):
        read("", content)


@pytest.mark.parametrize(
    ("content", "allowed"),
    [
        ("mode = 'overwrite'", "mode is 'overwrite'; allowed: in a project file, skip"),
        ("ext = '.docx'", "ext is '.docx'; allowed: in a project file, .txt"),
        ("ext = 'sh'", "ext is 'sh'; allowed: in a project file, .txt"),
        ("ext = '.TXT'", "ext is '.TXT'; allowed: in a project file, .txt"),
    ],
)
@pytest.mark.promises("hostile")
def test_a_project_replaces_no_file_of_the_user(content: str, allowed: str) -> None:
    """The user can do so, in their own settings and on the command line."""
    with pytest.raises(ConfigError) as refused:
        read("", content)

    assert refused.value.message.startswith(f"rwcap.toml: {allowed}")
    assert read(content).held


@pytest.mark.promises("hostile", "limits")
def test_a_project_can_set_prompt_outputs_and_lower_limits() -> None:
    """And it is told what comes from it."""
    found = read(
        "prompt = 'Mine?'\ntimeout = 9\nbudget.day = 1\nbudget.month = 9",
        "preset = 'wares'\nwrite = ['txt']\nmode = 'append'\next = 'cap'\n"
        "budget.day = 5\n"
        "budget.month = 5\npresets.wares = 'What is sold here?'",
    )

    assert (found.words("prompt"), found.words("preset")) == (None, "wares")
    assert found.prompt("wares") == "What is sold here?"
    assert effective.limits(found) == {
        Period.DAY: parse_usd("1"),
        Period.MONTH: parse_usd("5"),
    }
    told = found.of_project(["timeout", "preset", "mode"])
    assert told == ["preset", "mode", "budget.month"]


def test_who_names_a_preset_or_profile_that_is_not_there_made_a_mistake() -> None:
    """On the command line it is one of usage."""
    with pytest.raises(UsageError, match="no preset 'tgas'") as refused:
        effective.Settings().prompt("tgas")
    with pytest.raises(UsageError, match="no profile 'x'"):
        read("", named="x")

    assert refused.value.hint == "did you mean tags?"
    with pytest.raises(UsageError, match="no preset") as refused:
        effective.Settings().prompt("???")
    assert "one of: alt" in str(refused.value.hint)


def test_a_profile_may_have_a_key_and_no_settings() -> None:
    """It is there all the same."""
    credentials.save_key("some-key", "web")

    assert read("timeout = 3", named="web").profile == "web"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is empty is not set; what is wrong is told by the name of the variable."""
    monkeypatch.setenv("RWCAP_BUDGET_DAY", "$0.50")
    monkeypatch.setenv("RWCAP_BUDGET_MONTH", "")
    monkeypatch.setenv("RWCAP_TIMEOUT", "9")

    assert effective.limits(read("budget.day = 9\nbudget.month = 20")) == {
        Period.DAY: parse_usd("0.50"),
        Period.MONTH: parse_usd("20"),
    }
    assert effective.environment()["timeout"].origin == "RWCAP_TIMEOUT"

    for wrong in ("much", " "):  # a blank one must not mean "no limit"
        monkeypatch.setenv("RWCAP_BUDGET_DAY", wrong)
        with pytest.raises(
            ConfigError, match=f"^RWCAP_BUDGET_DAY is '{wrong.strip()}'; al"
        ):
            effective.limits(None)


@pytest.mark.parametrize(
    "name",
    [
        *("BUDGET", "MAXCOST", "DAILY_BUDGET", "MAX_COSTS", "BUDGET_WEEK", "LIMIT"),
        *("SPEND", "Cost", "BUGDET_DAY", "BUDGT_MONTH", "max_cots", "BUDGET_DYA"),
    ],
)
def test_a_variable_that_is_meant_as_a_limit_is_none(name: str) -> None:
    """It must not mean that there is no limit."""
    with pytest.raises(ConfigError, match=f"^RWCAP_{name} is not a setting") as refused:
        check_limit_variables({"PATH": "/bin", f"RWCAP_{name}": "1"})

    assert refused.value.hint == (
        "the limits are RWCAP_BUDGET_DAY (per day), RWCAP_BUDGET_MONTH (per month)"
        " and RWCAP_MAX_COST (per run)"
    )


def test_variables_that_are_no_limits_are_left_alone() -> None:
    """Those of rwcap, empty ones, and those of other programs."""
    names = {*LIMITS, *OTHERS, "RWCAP_MAX_ERRORS", "RWCAP_MODE", "RWCAP_X", "BUDGET"}

    check_limit_variables(dict.fromkeys(names, "1") | {"RWCAP_BUDGET": ""})

    tree: Any = typer.main.get_command(app)
    declared = {each.envvar for each in tree.commands["batch"].params}
    known = declared | {key.variable for key in KEYS.values()} | {"RWCAP_API_KEY"}
    assert {*LIMITS, *OTHERS} == known - {None}


def test_every_setting_is_that_of_an_option() -> None:
    """Its variable too; only limits on days and months are nobody's option."""
    tree: Any = typer.main.get_command(app)
    options = {it.name: it for it in tree.commands["batch"].params}

    for key in KEYS.values():
        if key.parameter:
            assert options[key.parameter].envvar == key.variable
            assert options[key.parameter].multiple is key.many
        else:
            assert re.fullmatch("budget.(day|month)", key.name)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text()
    | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = st.sampled_from([*KEYS, "presets", "profiles", "budget"]) | st.text()


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
def test_no_file_whatever_is_in_it_is_a_defect(
    tables: dict[str, object],
    is_project: bool,  # noqa: FBT001  # hypothesis knows no keywords
) -> None:
    """It is taken, or refused by `ConfigError`."""
    document = Document("f", tables)
    user, project = (NOTHING, document) if is_project else (document, NOTHING)

    with suppress(ConfigError):
        assert effective.read(None, user=user, project=project, environment={}).presets


@given(st.sampled_from(list(KEYS)), st.text() | st.from_regex("[0-9.$, ]+"))
def test_what_is_typed_is_taken_or_refused(name: str, text: str) -> None:
    """And what is taken can be read again."""
    key = KEYS[name]

    with suppress(ValueError):
        assert key.words(key.typed(text)) is not None
