"""Settings are resolved in the documented order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.request import Parameters
from rwcap.cli.options.group import refuse
from rwcap.cli.options.request import Request
from rwcap.settings.precedence import Setting, resolve, suggest
from rwcap.settings.presets import PRESETS
from rwcap.sources.templates import render_template

KEYS = ("prompt", "preset", "timeout", "budget.run", "budget.day")
VALUES = st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9))


def settings_from(values: dict[str, int], origin: str) -> dict[str, Setting]:
    """Return values as settings with one origin."""
    return {key: Setting(value, origin) for key, value in values.items()}


@given(VALUES, VALUES, VALUES, VALUES)
def test_the_first_origin_with_a_value_applies(
    environment: dict[str, int],
    profile: dict[str, int],
    project: dict[str, int],
    user: dict[str, int],
) -> None:
    """The order is environment, profile, project, user."""
    origins = {"e": environment, "p": profile, "project": project, "u": user}

    resolved = resolve(
        *(settings_from(values, name) for name, values in origins.items())
    )

    firsts = [name for name, values in origins.items() if "timeout" in values]
    assert resolved.get("timeout", Setting(None, "")).origin == (firsts or [""])[0]
    for key in ("budget.run", "budget.day"):
        own = environment.get(key, profile.get(key, user.get(key)))
        caps = [own, None if key in environment else project.get(key)]
        lowest = min((cap for cap in caps if cap is not None), default=None)
        assert resolved.get(key, Setting(None, "")).value == lowest


@given(VALUES, VALUES, VALUES)
def test_a_preset_replaces_a_prompt_and_a_prompt_replaces_a_preset(
    profile: dict[str, int], project: dict[str, int], user: dict[str, int]
) -> None:
    """Both apply only if they have the same origin."""
    resolved = resolve(
        {},
        settings_from(profile, "p"),
        settings_from(project, "j"),
        settings_from(user, "u"),
    )

    origins = {resolved[key].origin for key in ("prompt", "preset") if key in resolved}
    assert len(origins) <= 1


def test_a_project_can_only_lower_limits() -> None:
    """It may set a limit that the user has not set."""
    user = {"budget.run": Setting("$0.50", "u"), "budget.day": Setting(2, "u")}
    project = {
        "budget.run": Setting(Decimal("0.51"), "p"),
        "budget.day": Setting(Decimal("1.99"), "p"),
        "budget.month": Setting(1000, "p"),
    }

    resolved = resolve({}, {}, project, user)

    assert {key: it.origin for key, it in resolved.items()} == {
        "budget.run": "u",
        "budget.day": "p",
        "budget.month": "p",
    }


@pytest.mark.parametrize(
    ("word", "meant"),
    [("tiemout", "timeout"), ("Timeout", "timeout"), ("xyz", None), ("", None)],
)
def test_a_similar_name_is_suggested(word: str, meant: str | None) -> None:
    """A word that is similar to no name has no suggestion."""
    assert suggest(word, ("timeout", "retries")) == meant


@pytest.mark.parametrize("name", PRESETS)
def test_built_in_presets_are_valid_prompts(name: str) -> None:
    """They have no placeholders and are short, for a small model."""
    prompt = PRESETS[name]

    assert Parameters(prompt=prompt).prompt == prompt
    assert render_template(prompt, {}) == prompt
    assert len(prompt.split()) <= 40
    assert prompt == " ".join(prompt.split())


def test_a_prompt_or_preset_is_accepted() -> None:
    """Only both together are refused."""
    refuse("caption", *Request(preset="alt").mistakes())
    refuse("caption", *Request(prompt="Why?").mistakes())
