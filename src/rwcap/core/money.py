"""Money: integer micro-dollars inside, `Decimal` from JSON, strings outside."""

import re
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final, NewType

Micros = NewType("Micros", int)
"""An amount of money in millionths of a US dollar."""

_MICROS_PER_DOLLAR = 1_000_000

# Four hundred times the dearest on the page: above it a number is no price but an
# accident, and what is set aside for each caption would follow it for ever.
_MAX_PRICE = Decimal(1)

# Nor is there an account that holds or has spent as much.
_MAX_BALANCE = Decimal(10**9)


def price_from_json(dollars: object) -> Micros | None:
    """Return the price that a JSON number names in dollars.

    JSON numbers arrive as `Decimal` or `int`, never as `float`. A fraction of a
    micro-dollar counts as a whole one. Anything else (a string, a negative, an
    absurd amount) is no price: None.
    """
    if (amount := _number(dollars)) is None or not 0 <= amount <= _MAX_PRICE:
        return None
    return _micros(amount, ROUND_CEILING)


def balance_from_json(dollars: object) -> Micros | None:
    """Return a sum of the service's that a JSON number names; it may be negative.

    The service adds in binary fractions, so it is rounded to the nearest.
    """
    if (amount := _number(dollars)) is None or abs(amount) > _MAX_BALANCE:
        return None
    return _micros(amount, ROUND_HALF_EVEN)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    number = Decimal(value)
    return None if number.is_nan() else number


def _micros(dollars: Decimal, rounding: str) -> Micros:
    return Micros(
        int((dollars * _MICROS_PER_DOLLAR).to_integral_value(rounding=rounding))
    )


def format_usd(amount: Micros) -> str:
    """Return `amount` in dollars with all six decimals: "0.001300"."""
    whole, fraction = divmod(abs(amount), _MICROS_PER_DOLLAR)
    return f"{'-' * (amount < 0)}{whole}.{fraction:06d}"


def format_price(amount: Micros) -> str:
    """Return `amount` as people write prices, at least four decimals: "$0.0013"."""
    whole, fraction = format_usd(Micros(abs(amount))).split(".")
    return f"{'-' * (amount < 0)}${whole}.{fraction.rstrip('0'):0<4}"


def parse_usd(text: str) -> Micros:
    """Return the amount that a person writes in dollars: "1", "0.50", "$2.50".

    Raises `ValueError` for what is no such amount, or finer than a micro-dollar.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no amount in dollars such as 0.50")
    whole, fraction = found[1] or "0", found[2] or ""
    return Micros(int(whole) * _MICROS_PER_DOLLAR + int(f"{fraction:0<6}"))


_AMOUNT: Final = re.compile(r"\$?(?=\.?[0-9])([0-9]{1,9})?(?:\.([0-9]{0,6}))?")
