"""Which of several settings holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.task import Parameters
from rwcap.cli.checks import refuse
from rwcap.cli.options.request import Request
from rwcap.settings.precedence import Setting, resolve, suggest
from rwcap.settings.presets import PRESETS
from rwcap.sources.templates import render_template

KEYS = ("prompt", "preset", "timeout", "budget.run", "budget.day")
LAYER = st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9))


def layer(values: dict[str, int], origin: str) -> dict[str, Setting]:
    """Return values as settings of one origin."""
    return {key: Setting(value, origin) for key, value in values.items()}


@given(LAYER, LAYER, LAYER, LAYER)
def test_the_first_that_says_something_holds(
    environment: dict[str, int],
    profile: dict[str, int],
    project: dict[str, int],
    user: dict[str, int],
) -> None:
    """Variables, profile, project, user; what does not speak does not count."""
    layers = {"e": environment, "p": profile, "project": project, "u": user}

    held = resolve(*(layer(values, name) for name, values in layers.items()))

    firsts = [name for name, values in layers.items() if "timeout" in values]
    assert held.get("timeout", Setting(None, "")).origin == (firsts or [""])[0]
    for key in ("budget.run", "budget.day"):
        own = environment.get(key, profile.get(key, user.get(key)))
        caps = [own, None if key in environment else project.get(key)]
        lowest = min((cap for cap in caps if cap is not None), default=None)
        assert held.get(key, Setting(None, "")).value == lowest


@given(LAYER, LAYER, LAYER)
def test_who_names_a_preset_does_not_want_a_prompt(
    profile: dict[str, int], project: dict[str, int], user: dict[str, int]
) -> None:
    """Nor the other way round: both of one origin, or one, or none."""
    held = resolve({}, layer(profile, "p"), layer(project, "j"), layer(user, "u"))

    origins = {held[key].origin for key in ("prompt", "preset") if key in held}
    assert len(origins) <= 1


def test_a_project_only_lowers_limits() -> None:
    """However they are written; where there is none, it may set one."""
    user = {"budget.run": Setting("$0.50", "u"), "budget.day": Setting(2, "u")}
    project = {
        "budget.run": Setting(Decimal("0.51"), "p"),
        "budget.day": Setting(Decimal("1.99"), "p"),
        "budget.month": Setting(1000, "p"),
    }

    held = resolve({}, {}, project, user)

    assert {key: it.origin for key, it in held.items()} == {
        "budget.run": "u",
        "budget.day": "p",
        "budget.month": "p",
    }


@pytest.mark.parametrize(
    ("word", "meant"),
    [("tiemout", "timeout"), ("Timeout", "timeout"), ("xyz", None), ("", None)],
)
def test_what_is_like_a_name_is_suggested(word: str, meant: str | None) -> None:
    """And nothing that is not."""
    assert suggest(word, ("timeout", "retries")) == meant


@pytest.mark.parametrize("name", PRESETS)
def test_built_in_prompts_can_be_sent(name: str) -> None:
    """From a manifest, too: there is nothing to fill in. Short, for a small model."""
    prompt = PRESETS[name]

    assert Parameters(prompt=prompt).prompt == prompt
    assert render_template(prompt, {}) == prompt
    assert len(prompt.split()) <= 40
    assert prompt == " ".join(prompt.split())


def test_a_prompt_alone_is_no_mistake() -> None:
    """Nor is none."""
    refuse("caption", *Request(preset="alt").mistakes())
    refuse("caption", *Request(prompt="Why?").mistakes())
