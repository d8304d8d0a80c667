"""A line of a statement: the totals of a group of purchases."""

from collections.abc import Iterable
from typing import NamedTuple

from rwcap.core.money import Micros, format_usd


class StatementLine(NamedTuple):
    """The totals of a group of purchases. Amounts are in micro-dollars."""

    captions: int = 0
    """Captions bought."""
    spent: int = 0
    """The known costs of captions."""
    unknown: int = 0
    """Captions of unknown cost."""
    failed: int = 0
    """Purchases that failed and cost nothing."""
    in_progress: int = 0
    """Purchases that are sent and not settled."""
    ambiguous: int = 0
    """Purchases that may have been charged, with unknown text."""
    reserved: int = 0
    """The reservations of purchases in progress and ambiguous purchases."""
    wasted: int = 0
    """Captions that were never written, or were bought again with --fresh."""
    wasted_cost: int = 0
    """The costs of wasted captions."""
    reused: int = 0
    """The number of times that a caption was reused free."""
    saved: int = 0
    """The costs avoided by reuse."""
    counted: int = 0
    """The amount that counts towards limits: costs, or reservations."""
    above: int = 0
    """Captions that cost more than was reserved."""
    not_received: int = 0
    """Purchases that the service does not know, so they are not charged. Each is
    reserved anew before it is sent again."""

    def to_json(self) -> dict[str, object]:
        """Return the members of the JSON object. Amounts are strings in dollars."""
        return {
            "captions": self.captions,
            "spent_usd": format_usd(Micros(self.spent)),
            "unknown_costs": self.unknown,
            "failed": self.failed,
            "under_way": self.in_progress,
            "in_doubt": self.ambiguous,
            "reserved_usd": format_usd(Micros(self.reserved)),
            "wasted": self.wasted,
            "wasted_usd": format_usd(Micros(self.wasted_cost)),
            "reused": self.reused,
            "saved_usd": format_usd(Micros(self.saved)),
            "counted_usd": format_usd(Micros(self.counted)),
            "above_reserved": self.above,
            "not_received": self.not_received,
        }


def sum_lines(lines: Iterable[StatementLine]) -> StatementLine:
    """Return the sum of lines, figure by figure."""
    figures = zip(StatementLine(), *lines, strict=True)
    return StatementLine._make(map(sum, figures))
