"""A statement of account: what purchases came to, one line for each group of them."""

from dataclasses import dataclass, fields
from typing import Self

from rwcap.domain.price import Micros, usd

VERSION = 1
"""The version of the statement as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What some purchases came to. Lines can be added."""

    captions: int = 0
    """Paid for, and here."""
    spent: int = 0
    """What they cost, in micro-dollars, where that was told."""
    unknown: int = 0
    """Captions whose cost was not told."""
    failed: int = 0
    """Purchases that came to nothing and cost nothing."""
    under_way: int = 0
    """Purchases that are sent and not settled."""
    in_doubt: int = 0
    """Purchases that may have been charged, though no text came of them."""
    reserved: int = 0
    """What those in doubt and under way cost at most, in micro-dollars."""
    wasted: int = 0
    """Captions never written anywhere, or bought again by --fresh."""
    wasted_cost: int = 0
    """What they cost."""
    reused: int = 0
    """How often a caption was had again without buying it."""
    saved: int = 0
    """What those would have cost."""
    counted: int = 0
    """What limits count: costs and, where there is none yet, what is reserved."""
    above: int = 0
    """Captions that cost more than was reserved for them."""

    def __add__(self, other: Self) -> Self:
        """Return what both came to."""
        return type(self)(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            }
        )

    def to_json(self) -> dict[str, object]:
        """Return the members of the JSON object; money as strings in dollars."""
        return {
            "captions": self.captions,
            "spent_usd": usd(Micros(self.spent)),
            "unknown_costs": self.unknown,
            "failed": self.failed,
            "under_way": self.under_way,
            "in_doubt": self.in_doubt,
            "reserved_usd": usd(Micros(self.reserved)),
            "wasted": self.wasted,
            "wasted_usd": usd(Micros(self.wasted_cost)),
            "reused": self.reused,
            "saved_usd": usd(Micros(self.saved)),
            "counted_usd": usd(Micros(self.counted)),
            "above_reserved": self.above,
        }
