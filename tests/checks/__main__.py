"""`python -m tests.checks`, in a clone: measure the checks and store the figures.

The texts are in `held_out.jsonl`. They were written in the style of other models and
of people, apart from the rules, and include the four outputs that the page of
the model shows. The breakages are made of the good ones by the functions below.
"""

import csv
import json
import random
import sys
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

from rwcap.checks.all_checks import CHECKS
from rwcap.reference.check_figures import FILE
from tests.checks.pass_over import faults

_HELD_OUT: Final = Path(__file__).parent / "held_out.jsonl"
_SEED: Final = 20


class Sample(NamedTuple):
    """A text, and the check that it must fail; None for a good one."""

    fault: str | None
    text: str


def held_out() -> list[Sample]:
    """Return the texts of the file."""
    lines = _HELD_OUT.read_text("utf-8").splitlines()
    return [Sample(**json.loads(line)) for line in lines]


def breakages(texts: list[str]) -> list[Sample]:
    """Return texts with a fault each, made of good texts that are sentences."""
    rng = random.Random(_SEED)  # noqa: S311  # makes samples
    made: list[Sample] = []
    for text in (each for each in texts if each.isascii() and each.endswith(".")):
        words = text.split()
        cut = rng.randrange(3, len(words)) if len(words) > 3 else 3
        made += [
            Sample("cut-off", " ".join(words[:cut]).rstrip(".")),
            Sample("loop", " ".join([*words[:-1], *words[-6:] * 4])),
            Sample("script", " ".join([*words[:3], "\u5c71\u8def", *words[3:]])),
            Sample("markup", f"**{text}**"),
            Sample("too-long", " ".join([text] * (1 + 1000 // len(text)))),
            Sample("too-short", " ".join(words[:2])),
            Sample("empty", " " * rng.randrange(4)),
            Sample("preamble", f"Here is the description you asked for: {text}"),
        ]
    return made


def sets(texts: list[str]) -> list[Sample]:
    """Return a set of captions; three of each fifth differ in one word."""
    rng = random.Random(_SEED)  # noqa: S311  # makes samples
    made: list[Sample] = []
    for number, text in enumerate(texts):
        words = text.split()
        if number % 5 or len(words) < 12:
            made.append(Sample(None, text))
            continue
        for other in ("red", "old", "wet"):
            at = rng.randrange(len(words))
            near = " ".join([*words[:at], other, *words[at + 1 :]])
            made.append(Sample("near-identical", near))
    return made


def figures() -> str:
    """Return a CSV table: for each check, what it finds and what it takes for bad."""
    samples = held_out()
    good = [each.text for each in samples if each.fault is None]
    alone = [each for each in samples if each.fault] + breakages(good)
    similar = sets(good)
    in_sets, _ = faults([each.text for each in similar])
    clean, _ = faults(good)
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("check", "found", "bad", "false", "good"))
    for name in CHECKS:
        bad = [each.text for each in alone if each.fault == name]
        found = sum(name in faults([text], [name])[0][0] for text in bad)
        wrong, total = sum(name in each for each in clean), len(clean)
        if name == "near-identical":
            planted = [each.fault == name for each in similar]
            hits = [name in each for each in in_sets]
            found = sum(map(bool.__and__, planted, hits))
            wrong = sum(hits) - found
            bad, total = [name] * sum(planted), len(planted) - sum(planted)
        if name == "common-phrase":
            # A set in each of whose parts a phrase is planted, and the set without.
            starts = [text for text in good if len(text.split()) > 3]
            planted_set = [f"A view of {text}" for text in starts]
            bad = ["a view of"]
            found = sum(phrase in faults(planted_set, [name])[1] for phrase in bad)
            wrong, total = len(faults(good, [name])[1]), 1
        writer.writerow((name, found, len(bad), wrong, total))
    return table.getvalue()


def main() -> None:
    """Store the figures, and print what was not found and what was found wrongly."""
    FILE.write_text(figures(), "utf-8")
    samples = held_out()
    good = [each.text for each in samples if each.fault is None]
    for each in samples + breakages(good):
        names = CHECKS if each.fault is None else [each.fault]
        found = faults([each.text], names)[0][0]
        if (each.fault is None) == bool(found):
            sys.stdout.write(f"{each.fault}: {found} {each.text[:150]!r}\n")
    sys.stdout.write(FILE.read_text("utf-8"))


if __name__ == "__main__":
    main()
