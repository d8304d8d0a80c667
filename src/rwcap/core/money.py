"""Money: integer micro-dollars inside, `Decimal` from JSON, strings outside."""

import re
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final, NewType

Micros = NewType("Micros", int)
"""An amount of money in millionths of a US dollar."""

_PER_DOLLAR = 1_000_000

# Four hundred times the dearest on the page: above it a number is no price but an
# accident, and what is set aside for each caption would follow it for ever.
_HIGHEST_PRICE = Decimal(1)

# Nor is there an account that holds or has spent as much.
_HIGHEST_SUM = Decimal(10**9)


def from_dollars(dollars: object) -> Micros | None:
    """Return the price that a JSON number names in dollars.

    JSON numbers arrive as `Decimal` or `int`, never as `float`. A fraction of a
    micro-dollar counts as a whole one. Anything else (a string, a negative, an
    absurd amount) is no price: None.
    """
    if (amount := _number(dollars)) is None or not 0 <= amount <= _HIGHEST_PRICE:
        return None
    return _micros(amount, ROUND_CEILING)


def sum_from_dollars(dollars: object) -> Micros | None:
    """Return a sum of the service's that a JSON number names; it may be negative.

    The service adds in binary fractions, so it is rounded to the nearest.
    """
    if (amount := _number(dollars)) is None or abs(amount) > _HIGHEST_SUM:
        return None
    return _micros(amount, ROUND_HALF_EVEN)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    number = Decimal(value)
    return None if number.is_nan() else number


def _micros(dollars: Decimal, rounding: str) -> Micros:
    return Micros(int((dollars * _PER_DOLLAR).to_integral_value(rounding=rounding)))


def usd(amount: Micros) -> str:
    """Return `amount` in dollars with all six decimals: "0.001300"."""
    whole, fraction = divmod(abs(amount), _PER_DOLLAR)
    return f"{'-' * (amount < 0)}{whole}.{fraction:06d}"


def display(amount: Micros) -> str:
    """Return `amount` as people write prices, at least four decimals: "$0.0013"."""
    whole, fraction = usd(Micros(abs(amount))).split(".")
    return f"{'-' * (amount < 0)}${whole}.{fraction.rstrip('0'):0<4}"


def parse_usd(text: str) -> Micros:
    """Return the amount that a person writes in dollars: "1", "0.50", "$2.50".

    Raises `ValueError` for what is no such amount, or finer than a micro-dollar.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no amount in dollars such as 0.50")
    whole, fraction = found[1] or "0", found[2] or ""
    return Micros(int(whole) * _PER_DOLLAR + int(f"{fraction:0<6}"))


_AMOUNT: Final = re.compile(r"\$?(?=\.?[0-9])([0-9]{1,9})?(?:\.([0-9]{0,6}))?")


EXAMPLES: Final = (Micros(1300), Micros(1900), Micros(2600), Micros(2600))
"""What captions cost on the model's page, of 29, 60, 72 and 77 words.

https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

DEAREST: Final = max(EXAMPLES)
"""The page's price row has no other: 90 to 118 tokens at $0.0026."""

STEP = Micros(640)
"""What the prices on the model's page are multiples of.

https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

_ROUNDING = 100  # the page shows hundreds of micro-dollars: $0.0013 for two steps


def prior(words: int) -> Micros:
    """Return what a caption of so many words costs by the examples on the page.

    29 words cost two steps, 60 three, 72 and 77 four. Between them the bounds
    are guesses: a prior, not a tariff.
    """
    steps = 2 + (words >= 45) + (words >= 66)  # noqa: PLR2004  # midway between them
    return Micros((steps * STEP + _ROUNDING // 2) // _ROUNDING * _ROUNDING)
