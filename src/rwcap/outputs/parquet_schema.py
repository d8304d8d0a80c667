"""The columns of Parquet files of records, and their types."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # has no types

_TYPES: Final = {
    "cost_usd": pa.decimal128(18, 6),  # US dollars, to the micro-dollar
    "sandbox": pa.bool_(),
}
"""The types of columns that are not text."""


def schema_of(columns: Sequence[str]) -> pa.Schema:
    """Return the schema of a file with these columns."""
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in columns])


def typed_row(cells: Mapping[str, object]) -> dict[str, object]:
    """Return the cells of a row with its money as a number."""
    cost = cells.get("cost_usd")
    return {**cells, "cost_usd": None if cost is None else Decimal(str(cost))}
