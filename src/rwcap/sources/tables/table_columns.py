"""Columns, rows, limits, encodings and errors of all tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from rwcap.core.errors import UsageError
from rwcap.core.text import shell_quote, short_name
from rwcap.sources.templates import name_key

IMAGE_COLUMNS: Final = ("image", "path", "url", "file_name")
"""The possible names of the image column. Hugging Face datasets use `file_name`."""

TEXT_COLUMNS: Final = ("text", "caption", "description", "alt", "alt_text")
"""The possible names of the column with captions. The first of them is read."""

ALT_COLUMNS: Final = ("alt", "alt_text", "text", "caption", "description")
"""The same for alternative texts."""

WHOLE_COLUMN: Final = "long"
"""The column of records of rwcap with the whole reply, if the text is a part of it."""


class Wanted(NamedTuple):
    """The columns that a table is read for."""

    images: tuple[str, ...] = IMAGE_COLUMNS
    """The possible names of the image column, of which a table has exactly one."""
    texts: tuple[str, ...] = ()
    """The possible names of the column with captions; none if they are not read."""

    @property
    def rule(self) -> str:
        """Return what the columns of a table must be."""
        return f"exactly one of the columns {', '.join(self.images)} is required"

    @property
    def hint(self) -> str:
        """Return how a table in text starts."""
        header = "source,text" if self.texts else "image,prompt"
        return f"start a CSV file with a header such as: {header}"


REQUESTS: Final = Wanted()
"""The columns of a table of images that are to be captioned."""

CAPTIONS: Final = Wanted(("source", *IMAGE_COLUMNS, "sourcefile"), TEXT_COLUMNS)
"""The columns of a table of captions. `source` is that of the records of rwcap, and
`sourcefile` that of exiftool."""

MAX_LINE_CHARS: Final = 8 * 1024 * 1024
"""The maximum length of a line in characters, which limits the memory for a line. It
has room for a caption of a megabyte with an escape for each character."""

MAX_COLUMNS: Final = 1_000
"""The maximum number of columns, which limits the time and the memory for a row."""

_CHUNK_CHARS: Final = 65_536
_MARKS: Final = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
"""Encodings by the byte order mark at the beginning of a file, the longest first."""


class Row(NamedTuple):
    """A row of a table."""

    number: int
    """The number of its first line, or of the item in a JSON array; 1 is the first."""
    columns: Mapping[str, str]
    """The cells by the names of their columns, in lower case."""
    error: str | None = None
    """The reason why the row is malformed."""
    content: bytes | None = None
    """The bytes of the image, if the table contains the image itself."""


def table_error(
    table: str, reason: str | None, *, hint: str | None = None
) -> UsageError:
    """Return the error for a table that cannot be read."""
    return UsageError(f"table {short_name(table)}: {reason}", hint=hint)


def column_names(names: Sequence[str]) -> list[str]:
    """Return the names of columns without white space around them, in lower case.

    Raises:
        ValueError: There are too many columns, or two have the same name. Columns
            without a name do not count.
    """
    folded = [name_key(name) for name in names]
    if len(folded) > MAX_COLUMNS:
        raise ValueError(
            f"{len(folded):,} columns; at most {MAX_COLUMNS:,} can be read"
        )
    named = [name for name in folded if name]
    if len(set(named)) != len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise ValueError(f"the column {short_name(twice)} occurs twice")
    return folded


def read_lines(table: str) -> Iterator[str]:
    r"""Yield the lines of a text file, with their line ends; `\r` is one, too.

    A byte order mark at the beginning of any line is removed: files that were joined
    have some in the middle.

    Raises:
        UsageError: The file could not be read, is not in UTF-8 or UTF-16, or a line is
            too long.
    """
    with _open_text(table) as text:
        while line := text.readline(MAX_LINE_CHARS + 1):
            if len(line) > MAX_LINE_CHARS:
                excess = f"a line has more than {MAX_LINE_CHARS:,} characters"
                raise table_error(table, excess, hint=None)
            yield line.removeprefix("\ufeff")


def read_chunks(table: str) -> Iterator[str]:
    """Yield the text of a file in parts.

    Raises:
        UsageError: The file could not be read, or is not in UTF-8 or UTF-16.
    """
    with _open_text(table) as text:
        while chunk := text.read(_CHUNK_CHARS):
            yield chunk


@contextmanager
def _open_text(table: str) -> Iterator[TextIO]:
    """Open a text file; errors while it is read are usage errors."""
    encoding = "utf-8"
    try:
        with Path(table).open("rb") as file:
            encoding = detect_encoding(file.read(4))
        if encoding == "utf-32":
            raise encoding_error(f"table {short_name(table)}", table, encoding)
        # newline="" leaves line ends inside cells to the csv module.
        with Path(table).open(encoding=encoding, newline="") as text:
            yield text
    except OSError as error:
        raise table_error(table, error.strerror) from error
    except UnicodeError as error:
        raise encoding_error(f"table {short_name(table)}", table, encoding) from error


def detect_encoding(start: bytes) -> str:
    """Return the encoding of a text by its first four bytes, UTF-8 unless they differ.

    Text in UTF-16 without a mark has a NUL beside its first character, which is ASCII
    in tables and lists.
    """
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    first_is_nul, second_is_nul = start[:1] == b"\0", start[1:2] == b"\0"
    if first_is_nul == second_is_nul:
        return "utf-8"
    return "utf-16-be" if first_is_nul else "utf-16-le"


def encoding_error(what: str, path: str, encoding: str) -> UsageError:
    """Return the error for a text file that could not be decoded.

    Args:
        what: The kind and the name of the file.
        path: The path of the file.
        encoding: The encoding that the beginning of the file indicates.
    """
    if encoding.startswith("utf-16"):
        return UsageError(f"{what}: damaged UTF-16 text", hint="save it again as UTF-8")
    name, reason = "WINDOWS-1252", "not UTF-8 text; it may be Windows-1252 (Western)"
    if encoding == "utf-32":
        name, reason = "UTF-32", "UTF-32 text, not UTF-8 or UTF-16"
    suffix = Path(path).suffix
    converted = shell_quote(f"{path.removesuffix(suffix)}-utf8{suffix}")
    return UsageError(
        f"{what}: {reason}",
        hint=f"iconv -f {name} -t UTF-8 < {shell_quote(path)} > {converted}",
    )
