"""Prices of captions on the model's page."""

from typing import Final

from rwcap.core.money import Micros

EXAMPLE_PRICES: Final = (Micros(1300), Micros(1900), Micros(2600), Micros(2600))
"""What captions cost on the model's page, of 29, 60, 72 and 77 words.

https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

MAX_PRICE: Final = max(EXAMPLE_PRICES)
"""The page's price row has no other: 90 to 118 tokens at $0.0026."""

PRICE_STEP = Micros(640)
"""What the prices on the model's page are multiples of.

https://runware.ai/docs/models/alibaba-qwen2-5-vl-3b-instruct
"""

_ROUNDING = 100  # the page shows hundreds of micro-dollars: $0.0013 for two steps


def price_by_words(words: int) -> Micros:
    """Return what a caption of so many words costs by the examples on the page.

    29 words cost two steps, 60 three, 72 and 77 four. Between them the bounds
    are guesses: a prior, not a tariff.
    """
    steps = 2 + (words >= 45) + (words >= 66)  # noqa: PLR2004  # midway between them
    return Micros((steps * PRICE_STEP + _ROUNDING // 2) // _ROUNDING * _ROUNDING)
