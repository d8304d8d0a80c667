"""The options of a command line, to show it again."""

import pytest

from rwcap.cli.command_line import option_words
from rwcap.cli.options.batch import BatchOptions
from rwcap.core.exit_status import ExitStatus
from tests.process import Rwcap


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("p q", ""),
        ("p -p p p", "-p p"),
        ("-pp q --prompt=x y", "-pp --prompt=x"),
        ("p -v -vv --sandbox q", "-v -vv --sandbox"),
        ("p --limit 3 --limit=4 -q", "-q"),
        ("p --write txt --write xmp -c 8 -", "--write txt --write xmp -c 8"),
        ("-q -- -p --sandbox", "-q"),
    ],
)
def test_options_stay_and_arguments_go(typed: str, shown: str) -> None:
    """With their values, in any form; those that are left out go, too."""
    assert " ".join(option_words(typed.split(), BatchOptions, {"limit"})) == shown


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("batch p -o a.csv --output=b.csv", "batch: --output"),
        ("batch p --report a.json --report a.json --sandbox", "batch: --report"),
        ("cost --since 7d --since 3d", "cost: --since"),
        ("cost estimate p --limit 1 --limit 2", "cost estimate: --limit"),
        ("config doctor --profile a --profile b", "config doctor: --profile"),
    ],
)
@pytest.mark.promises("statuses")
def test_an_option_with_one_value_is_refused_twice(
    rwcap: Rwcap, typed: str, name: str
) -> None:
    """The first value would be lost; nothing is done."""
    command, _, option = name.partition(": ")

    result = rwcap.run(*typed.split())

    assert result.status == ExitStatus.USAGE
    assert result.err == (
        f"error: {option} can be given only once\nhint: rwcap {command} --help\n"
    )


def test_flags_and_options_with_several_values_can_be_repeated(rwcap: Rwcap) -> None:
    """They mean the same as once, or all values."""
    typed = "estimate p --sandbox --sandbox --write txt --write xmp -v -v"

    result = rwcap.run("cost", *typed.split())

    assert "only once" not in result.err
    assert result.status == ExitStatus.FAILED  # there is no p
