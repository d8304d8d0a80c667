"""The columns of Parquet files of records, and their types."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # has no types

from rwcap.core.errors import UsageError
from rwcap.fields.definitions import Field, Kind
from rwcap.outputs.records.record_formats import TableStyle
from rwcap.outputs.records.table_rows import columns_of

_TYPES: Final = {
    "cost_usd": pa.decimal128(18, 6),  # US dollars, to the micro-dollar
    "sandbox": pa.bool_(),
}
"""The types of columns that are not text."""


_KINDS: Final = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
}
"""The types of fields."""


def parquet_columns(style: TableStyle, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that the user chose, or the default with the fields.

    Raises:
        UsageError: The style is that of another format, or the columns are unknown.
    """
    if style._replace(columns=(), fields=()) != TableStyle():
        raise UsageError(
            "--delimiter, --bom and --layout are not for Parquet files",
            hint="-o captions.csv (or .jsonl for --layout)",
        )
    return columns_of(style, default)


def schema_of(columns: Sequence[str], fields: Iterable[Field] = ()) -> pa.Schema:
    """Return the schema of a file with these columns.

    Each field is a column of its own type, so that queries name it as any other.
    """
    types = {**_TYPES, **{each.name: _type_of(each) for each in fields}}
    return pa.schema([(name, types.get(name, pa.string())) for name in columns])


def _type_of(field: Field) -> pa.DataType:
    kind = _KINDS[field.kind]
    return pa.list_(kind) if field.many else kind


def typed_row(cells: Mapping[str, object]) -> dict[str, object]:
    """Return the cells of a row with its money as a number."""
    cost = cells.get("cost_usd")
    return {**cells, "cost_usd": None if cost is None else Decimal(str(cost))}
