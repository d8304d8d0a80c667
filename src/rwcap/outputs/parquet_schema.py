"""The columns of Parquet files of records, and their types."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # has no types

from rwcap.core.errors import UsageError
from rwcap.outputs.record_formats import TableStyle
from rwcap.outputs.table_rows import check_columns

_TYPES: Final = {
    "cost_usd": pa.decimal128(18, 6),  # US dollars, to the micro-dollar
    "sandbox": pa.bool_(),
}
"""The types of columns that are not text."""


def parquet_columns(style: TableStyle, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that the user chose, or the default.

    Raises:
        UsageError: The style is that of another format, or the columns are unknown.
    """
    if style != TableStyle(columns=style.columns):
        raise UsageError(
            "--delimiter, --bom and --layout are not for Parquet files",
            hint="-o captions.csv (or .jsonl for --layout)",
        )
    columns = style.columns or default
    check_columns(columns)
    return columns


def schema_of(columns: Sequence[str]) -> pa.Schema:
    """Return the schema of a file with these columns."""
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in columns])


def typed_row(cells: Mapping[str, object]) -> dict[str, object]:
    """Return the cells of a row with its money as a number."""
    cost = cells.get("cost_usd")
    return {**cells, "cost_usd": None if cost is None else Decimal(str(cost))}
