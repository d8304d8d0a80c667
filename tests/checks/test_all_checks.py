"""Every check keeps what it says, and stops at no text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.checks.all_checks import CHECKS, find_faults
from rwcap.checks.check import excerpt
from rwcap.cli.options.checking import CheckName
from rwcap.reference.check_figures import FILE
from tests.checks import __main__ as measurement
from tests.checks.__main__ import figures, held_out
from tests.checks.pass_over import faults

WORDS = st.lists(st.sampled_from(["a", "dog", "the", "\u72d7", "I", "**", ","]))


@pytest.mark.parametrize("name", CHECKS)
def test_the_bad_example_of_a_check_fails(name: str) -> None:
    """Alone, or in its set."""
    found, phrases = faults(CHECKS[name].bad, [name])

    assert name in found[0] or (name == "common-phrase" and phrases)


@pytest.mark.parametrize("name", CHECKS)
def test_the_good_examples_of_a_check_pass(name: str) -> None:
    """All of them."""
    found, phrases = faults(CHECKS[name].good, [name])

    assert not any(found)
    assert not phrases


@given(st.lists(st.text() | WORDS.map(" ".join)))
def test_no_text_stops_a_check(texts: list[str]) -> None:
    """Of any characters; an excerpt is one short line."""
    found, phrases = faults(texts)

    assert len(found) == len(texts)
    assert not phrases or len(texts) >= 10
    for each in found:
        assert each.keys() <= CHECKS.keys()
        assert all("\n" not in piece and len(piece) < 120 for piece in each.values())


@given(st.text(), st.integers(0, 100))
def test_an_excerpt_is_a_part_of_the_text_on_one_line(text: str, start: int) -> None:
    """With dots where something is left out."""
    piece = excerpt(text, start).removeprefix("...").removesuffix("...")

    assert piece in " ".join(text.split()) or "." in text


def test_a_huge_text_is_checked_at_once() -> None:
    """A megabyte of one line, of one letter and of opening brackets."""
    for text in ("word " * 200_000, "x" * 1_000_000, "<[(\"'" * 200_000):
        assert "too-long" in find_faults(text, CHECKS)


def test_the_options_name_every_check() -> None:
    """In the order of the checks, and two choices of them."""
    assert [each.value for each in CheckName] == [*CHECKS, "all", "none"]


def test_only_wanted_checks_are_made() -> None:
    """A text with two faults fails by the wanted one."""
    assert find_faults("I cannot go to the", ["cut-off"]).keys() == {"cut-off"}


def test_the_outputs_on_the_page_of_the_model_pass() -> None:
    """They are the first of the held-out texts."""
    found, _ = faults([each.text for each in held_out()[:4]])

    assert found == [{}] * 4


def test_the_measurement_prints_what_the_checks_miss(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And what they take for bad, then the figures that it stores."""
    monkeypatch.setattr(measurement, "FILE", tmp_path / "checks.csv")

    measurement.main()

    printed = capsys.readouterr().out
    assert "refusal: {} 'My apologies" in printed
    assert "None: {'hedging': 'The bride" in printed
    assert printed.endswith((tmp_path / "checks.csv").read_text())


def test_the_figures_in_the_man_page_are_those_of_the_code() -> None:
    """`python -m tests.checks` writes them."""
    assert FILE.read_text("utf-8") == figures()
