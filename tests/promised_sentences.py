"""The sentences of the README, the manual and the help that promise something.

`promised_sentences.csv` names the promise of each, and a trial that tries to break it.
A sentence that has a word of `GUARANTEE` and promises nothing has neither.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.reference.files import tree

ROOT: Final = Path(__file__).parent.parent
TABLE: Final = Path(__file__).parent / "promised_sentences.csv"
TEXTS: Final = ROOT / "src/rwcap/reference/texts"
HELP: Final = "help"
"""The name of all that `--help` shows of commands, arguments and options."""
DOCUMENTS: Final = (
    "README",
    *sorted(each.stem for each in TEXTS.glob("rwcap*.txt")),
    HELP,
)
GUARANTEE: Final = re.compile(
    r"\b(never|nothing|nobody|always|once|twice|free|kept|keeps?|lost|refused|stays?"
    r"|at most|no more than|each caption)\b",
    re.IGNORECASE,
)
_NO_SENTENCES: Final = ("    ", "#", "|", "@")
"""How a block of code, a heading, a table and a generated part begin."""


class PromisedSentence(NamedTuple):
    """A sentence, and a trial of its promise as `folder/test_file.py::test_name`."""

    document: str
    sentence: str
    promise: str
    trial: str


def promised_sentences() -> list[PromisedSentence]:
    """Return the rows of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [PromisedSentence(**row) for row in csv.DictReader(file)]


def sentences(document: str) -> Iterator[str]:
    """Yield the sentences of a document for users, without markup and line breaks."""
    text = _text(document).partition("## For contributors")[0]
    text = re.sub(r"(?s)```.*?```", "", text)
    text = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = text.replace("**", "").replace("`", "")
    for block in re.split(r"\n\s*\n|\n(?=- )", text.strip("\n")):
        if not block.startswith(_NO_SENTENCES):
            line = " ".join(block.removeprefix("- ").split())
            yield from re.split(r"(?<=[.?!]) | (?<=[.?!][\")] )", line)


def _text(document: str) -> str:
    if document == HELP:
        return "\n\n".join(_help_texts())
    path = ROOT / "README.md" if document == "README" else TEXTS / f"{document}.txt"
    return path.read_text("utf-8")


def _help_texts() -> Iterator[str]:
    for command in tree().walk():
        yield command.sentence
        yield from command.notes
        yield from (argument.help for argument in command.arguments)
        yield from (option.help for option in command.options)
