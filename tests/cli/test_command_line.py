"""The options of a command line, to show it again."""

import pytest

from rwcap.cli.command_line import option_words
from rwcap.cli.options.batch import BatchOptions


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
