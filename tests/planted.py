"""Captions of mixed quality with known faults, and a service that writes them.

The good ones are put together from parts. Faults of wording are from the held-out texts
of the checks (`tests/checks/held_out.jsonl`), which were not used to write the checks;
the others are made by breaking good captions.
"""

import base64
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests import draw
from tests.service import Exchange, Fault, caption

_HELD_OUT: Final = Path(__file__).parent / "checks/held_out.jsonl"
_WORDING: Final = ("refusal", "preamble", "hedging", "meta-words")
ALIKE: Final = 3
"""Captions in a group of almost the same ones."""

_ONE: Final = """
baker nurse sailor carpenter cyclist fisherman postman drummer farmer diver gardener
waiter painter butcher rower climber juggler tailor shepherd plumber beekeeper potter
heron horse goat terrier kitten donkey swan camel parrot cow rooster otter squirrel
toddler schoolboy pensioner bride violinist goalkeeper chef welder librarian barber
"""
_LOOK: Final = """
red old wet narrow striped dusty tall rusty green wooden pale round broken painted
yellow square heavy muddy brick blue crooked empty white steep folded tiled woven iron
polished faded open orange stone leather velvet plastic grey copper golden spotted
"""
_THING: Final = """
bridge gate window fountain pier barn bus tower canal birch pond greenhouse ladder bench
crate kite lantern bucket bicycle awning chimney cart net awl flag box tyre wall boat
roof door table umbrella basket fence statue tunnel clock tractor kiosk lamp staircase
balcony well piano suitcase mirror swing raft tent barrow oven anvil pump stove shelf
"""
_DOES: Final = """
waits rests leans sits stands walks kneels sleeps works turns stops hurries crouches
climbs sings eats reads dances laughs shivers yawns balances
"""
_AT: Final = (
    *(
        "beside",
        "behind",
        "under",
        "near",
        "opposite",
        "in front of",
        "next to",
        "above",
    ),
    *("between a post and", "on top of", "to the left of", "to the right of", "past"),
)
_CLAUSES: Final = (
    "{the} {look} {one} {does} {at} {a} {look} {thing}",
    "{at} {the} {look} {thing}, {a} {one} {does} with {a} {look} {thing}",
    "{a} {look} {thing} and {a} {thing} fill {the} {look} corner {at} {the} {thing}",
    "light falls on {the} {look} {thing} {at} {a} {look} {thing}",
    "{one} and {one} share {the} {look} {thing} {at} {the} {look} {thing}",
    "shadows of {a} {thing} cross {the} {look} {thing} {at} {a} {thing}",
    "nobody uses {the} {look} {thing} {at} {the} {look} {thing}",
)


_WORDS: Final = {
    "the": ("the", "this", "one"),
    "a": ("a", "some", "another"),
    "at": _AT,
    "look": tuple(_LOOK.split()),
    "one": tuple(_ONE.split()),
    "thing": tuple(_THING.split()),
    "does": tuple(_DOES.split()),
}


_DAMAGE: Final[dict[str, Callable[[list[str]], str]]] = {
    "empty": lambda _: "...",
    "loop": lambda words: " ".join([*words[:-1], *words[-6:] * 4]),
    "script": lambda words: " ".join([*words[:3], "\u5c71\u8def", *words[3:]]),
    "cut-off": lambda words: " ".join(words[:-4]).rstrip(".,"),
    "markup": lambda words: f"**{' '.join(words)}**",
    "too-short": lambda words: " ".join(words[1:3]),
}
"""What breaks a good caption of these words."""


class Planted(NamedTuple):
    """The captions of a picture."""

    fault: str | None
    """The check that its first caption must fail; None for a good one."""
    first: str
    other: str
    """A good caption, for every other request."""


def plant(count: int, each: int) -> list[Planted]:
    """Return the captions of pictures, in random order.

    Args:
        count: The number of pictures.
        each: The pictures with each fault; of near-identical ones, the groups.
    """
    rng = random.Random(20)  # noqa: S311  # makes samples
    held_out = _held_out()
    made: list[Planted] = []
    for number in range(each):
        for name, texts in held_out.items():
            text = f"{texts[number % len(texts)]} {_good(rng)}"
            made.append(Planted(name, text, _good(rng)))
        for name, damage in _DAMAGE.items():
            made.append(Planted(name, damage(_good(rng).split()), _good(rng)))
        made.append(
            Planted("too-long", " ".join(_good(rng) for _ in range(7)), _good(rng))
        )
        words = _good(rng).split()
        for new in ("red", "old", "wet")[:ALIKE]:
            near = " ".join([*words[:9], new, *words[10:]])
            made.append(Planted("near-identical", near, _good(rng)))
    rest = count - len(made)
    made += [Planted(None, _good(rng), _good(rng)) for _ in range(rest)]
    rng.shuffle(made)
    return made


def service_of(planted: Sequence[Planted]) -> Fault:
    """Return a service with these captions: the first without a prompt, else the other.

    The pictures are numbered from 1: `tests.draw`.
    """

    def fault(exchange: Exchange) -> None:
        (task,) = json.loads(exchange.body)
        image = base64.b64decode(task["inputs"]["image"].partition(",")[2])
        texts = planted[draw.number_of(image) - 1]
        caption(texts.other if "prompt" in task else texts.first)(exchange)

    return fault


def sources(folder: str, count: int) -> Iterator[str]:
    """Yield the paths of the pictures, in the order of their numbers."""
    return (f"{folder}/{number:05}.jpg" for number in range(1, count + 1))


def _held_out() -> dict[str, list[str]]:
    """Return the held-out texts that fail each check of wording."""
    found: dict[str, list[str]] = {name: [] for name in _WORDING}
    for line in _HELD_OUT.read_text("utf-8").splitlines():
        sample = json.loads(line)
        if sample["fault"] in found:
            found[sample["fault"]].append(sample["text"])
    return found


def _good(rng: random.Random) -> str:
    """Return a caption of three sentences."""

    def filled(clause: str) -> str:
        return re.sub(r"{(\w+)}", lambda name: rng.choice(_WORDS[name[1]]), clause)

    clauses = [filled(each) for each in rng.sample(_CLAUSES, 3)]
    return " ".join(f"{each[0].upper()}{each[1:]}." for each in clauses)
