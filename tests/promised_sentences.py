"""The sentences of the README and the manual that promise something to a user.

`promised_sentences.csv` names the promise of each, and a trial that tries to break it.
A sentence that has a word of `GUARANTEE` and promises nothing has neither.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
TABLE: Final = Path(__file__).parent / "promised_sentences.csv"
DOCUMENTS: Final = {
    "README": ROOT / "README.md",
    **{
        path.stem: path
        for path in sorted(ROOT.glob("src/rwcap/reference/texts/rwcap*.txt"))
    },
}
GUARANTEE: Final = re.compile(
    r"\b(never|nothing|nobody|always|once|twice|free|kept|keeps?|lost|refused|stays?"
    r"|at most|no more than)\b",
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
    text = DOCUMENTS[document].read_text("utf-8").partition("## For contributors")[0]
    text = re.sub(r"(?s)```.*?```", "", text)
    text = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = text.replace("**", "").replace("`", "")
    for block in re.split(r"\n\s*\n|\n(?=- )", text.strip("\n")):
        if not block.startswith(_NO_SENTENCES):
            line = " ".join(block.removeprefix("- ").split())
            yield from re.split(r"(?<=[.?!]) | (?<=[.?!][\")] )", line)
