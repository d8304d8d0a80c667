"""Rows of CSV files that a spreadsheet reads as text, and as the same cells."""

import re
from collections.abc import Iterable
from typing import Final

_FORMULA: Final = "'*[=+\\-@]"
_ESCAPED_FORMULA: Final = f"'{_FORMULA}"
_NEEDS_QUOTES: Final = '[",;|\t\r\n]'
"""What ends a cell in some program, unless the cell is quoted."""


def csv_row(cells: Iterable[str], delimiter: str = ",") -> str:
    """Return a row of a CSV file, in which no cell is a formula."""
    row = delimiter.join(_quoted(escape_formula(cell)) for cell in cells)
    return f"{row}\n"


def escape_formula(cell: str) -> str:
    """Return a CSV cell that spreadsheets do not run as a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if re.match(_FORMULA, cell) else cell


def unescape_formula(cell: str) -> str:
    """Return the cell that `escape_formula` has changed, and others as they are."""
    return cell[1:] if re.match(_ESCAPED_FORMULA, cell) else cell


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if re.search(_NEEDS_QUOTES, cell) else cell
