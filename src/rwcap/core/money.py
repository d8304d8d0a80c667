"""Money as integer micro-dollars: read from JSON and text, written as text."""

import re
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from decimal import Decimal

Micros = NewType("Micros", int)
"""An amount of money in millionths of a US dollar."""

_MICROS_PER_DOLLAR: Final = 1_000_000

_MAX_PRICE: Final = 1000
"""Dollars. A higher number is not a price, but an error of the service."""

_MAX_BALANCE: Final = 10**9
"""Dollars. No account holds or has spent more."""

_AMOUNT: Final = r"\$?(?=\.?[0-9])([0-9]{1,9})?(?:\.([0-9]{0,6}))?"


def price_from_json(dollars: object) -> Micros | None:
    """Return a price that the service states in dollars.

    Args:
        dollars: A JSON value. Numbers are parsed as `Decimal` or `int`.

    Returns:
        The price, rounded up to a whole micro-dollar. None for a value that is not
        a number, is negative, or is above a thousand dollars.
    """
    if (amount := _number(dollars)) is None or not 0 <= amount <= _MAX_PRICE:
        return None
    return _micros(amount, "ROUND_CEILING")


def balance_from_json(dollars: object) -> Micros | None:
    """Return a balance or a total that the service states in dollars.

    Args:
        dollars: A JSON value. Numbers are parsed as `Decimal` or `int`.

    Returns:
        The amount, which may be negative. It is rounded to the nearest micro-dollar,
        because the service adds prices as binary floating-point numbers. None for a
        value that is not a number or is out of range.
    """
    if (amount := _number(dollars)) is None or abs(amount) > _MAX_BALANCE:
        return None
    return _micros(amount, "ROUND_HALF_EVEN")


def _number(value: object) -> "Decimal | None":
    from decimal import Decimal  # 1 ms, and most commands read no price

    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    number = Decimal(value)
    return None if number.is_nan() else number


def _micros(dollars: "Decimal", rounding: str) -> Micros:
    micros = dollars * _MICROS_PER_DOLLAR
    return Micros(int(micros.to_integral_value(rounding=rounding)))


def format_usd(amount: Micros) -> str:
    """Return an amount in dollars with six decimals, as in records: "0.001300"."""
    whole, fraction = divmod(abs(amount), _MICROS_PER_DOLLAR)
    return f"{'-' * (amount < 0)}{whole}.{fraction:06d}"


def format_price(amount: Micros) -> str:
    """Return an amount for display, with at least four decimals: "$0.0013"."""
    whole, fraction = format_usd(Micros(abs(amount))).split(".")
    return f"{'-' * (amount < 0)}${whole}.{fraction.rstrip('0'):0<4}"


def parse_usd(text: str) -> Micros:
    """Return the amount in dollars that a user wrote: "1", "0.50", "$2.50".

    Raises:
        ValueError: The text is not an amount, or is finer than a micro-dollar.
    """
    found = re.fullmatch(_AMOUNT, text.strip())
    if not found:
        raise ValueError(f"{text!r} is not an amount in dollars; example: 0.50")
    whole, fraction = found[1] or "0", found[2] or ""
    return Micros(int(whole) * _MICROS_PER_DOLLAR + int(f"{fraction:0<6}"))
