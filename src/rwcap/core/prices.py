"""The prices that the model's page states.

https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

from typing import Final

from rwcap.core.money import Micros

EXAMPLE_PRICES: Final = (Micros(1300), Micros(1900), Micros(2600), Micros(2600))
"""The prices of the examples on the page: captions of 29, 60, 72 and 77 words."""

MAX_PRICE: Final = max(EXAMPLE_PRICES)
"""The highest price on the page. Its price table has one row: 90 to 118 tokens, too,
cost $0.0026."""

MAX_FIELDS_PRICE: Final = Micros(3 * MAX_PRICE)
"""The highest price expected of a reply with fields.

Our choice: on the page, each 30 tokens cost a step, and the four known fields take up
to 250 tokens. Three times the price of a caption leaves room for half as many again.
"""

MAX_UNPROVEN: Final = Micros(1_000_000)
"""The highest price that later captions are expected to have because one has it.

Our choice: about 400 times the highest price on the page. A caption that costs more
counts in full in all limits, but others are expected to cost as much only if the two
newest do: a single reply may be wrong.
"""

PRICE_STEP: Final = Micros(640)
"""The prices on the page are multiples of this amount."""

_ROUNDING: Final = 100
"""The page rounds to hundreds of micro-dollars: $0.0013 stands for two steps."""


def price_by_words(words: int) -> Micros:
    """Return the price of a caption of this many words, according to the examples.

    29 words cost two steps, 60 three, 72 and 77 four. The limits between them are
    estimates.
    """
    steps = 2 + (words >= 45) + (words >= 66)  # noqa: PLR2004  # midway between them
    return Micros((steps * PRICE_STEP + _ROUNDING // 2) // _ROUNDING * _ROUNDING)
