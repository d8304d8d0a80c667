"""Tests of record files: existing files and errors."""

import errno
import os
import re
from pathlib import Path

import pytest

from rwcap.core.errors import Interrupted, NotWrittenError, OutputError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.outputs.records import record_file
from rwcap.outputs.records.record_file import MAX_LINE_BYTES, RecordFile
from rwcap.outputs.records.record_formats import TableStyle
from rwcap.outputs.records.record_keys import RecordKeys
from tests.outputs.disk import limited_file_size
from tests.outputs.records import HEADER, SUFFIXES, record, sources, write


@SUFFIXES
@pytest.mark.promises("texts")
def test_a_truncated_file_loses_only_the_incomplete_record(
    tmp_path: Path, suffix: str
) -> None:
    """The other lines can be read, and the missing records can be added."""
    path = tmp_path / f"out.{suffix}"
    added = [record("a.jpg"), record("é\n\udce9.jpg", text="ü"), record("c.jpg")]
    write(path, *added)
    whole = path.read_bytes()
    names = sources(path)

    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with RecordFile(str(path)) as file:
            missing = [one for one in added if not file.has_caption(one)]
            for one in missing:
                file.append(one)

        lines = whole[:length].count(b"\n") - (suffix == "csv")
        # The last record is whole where only the end of its line is missing.
        kept = lines + (length > len(HEADER) and whole[length : length + 1] == b"\n")
        assert len(missing) == len(added) - max(kept, 0)
        assert path.read_bytes() == (whole if missing else whole[:length])
        assert sources(path) == names


@pytest.mark.parametrize(
    "foreign",
    [
        b'{"url": "x"}\n[1]\nnull\nhello\n\n{"v": 1, "status": ["ok"], "text": 1}\n',
        b'{"v": 2, "source": "a.jpg", "status": "ok", "text": "a cat"}\n',
        b"caf\n" + b"[" * 100_000 + b"\n" + b"9" * 5000 + b"\n",
    ],
)
def test_other_lines_are_kept_and_ignored(tmp_path: Path, foreign: bytes) -> None:
    """Records are appended after them."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(foreign)

    with RecordFile(str(path)) as file:
        assert not file.has_caption(record())
        file.append(record())

    assert path.read_bytes() == foreign + record().to_json().encode() + b"\n"


@pytest.mark.parametrize("tail", [b'{"url": "x"}', b"hello", b'{"url": "x', b"]"])
def test_a_last_line_of_another_program_gets_a_line_end(
    tmp_path: Path, tail: bytes
) -> None:
    """Only an incomplete record is removed."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"{}\n" + tail)

    write(path, record())

    assert path.read_bytes() == b"{}\n" + tail + b"\n" + (
        record().to_json().encode() + b"\n"
    )


def test_rows_that_are_not_records_are_ignored(tmp_path: Path) -> None:
    """They are too short, or have an open quotation mark."""
    path = tmp_path / "out.csv"
    rows = HEADER + b'\r\na,b\n"a.jpg,,ok\ncaf\n\n'
    path.write_bytes(rows)

    with RecordFile(str(path)) as file:
        assert not file.has_caption(record())
        file.append(record())
        assert file.has_caption(record())

    assert path.read_bytes().startswith(rows + b"a.jpg,,ok,a cat,")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.csv", b"file,caption\na.jpg,a cat\n", "columns"),
        ("a.csv", b"file,caption", "columns"),
        ("a.csv", HEADER + b",more\n", "columns"),
        ("a.csv", b"\n", "columns"),
        ("a.csv", HEADER + b",more", "columns"),
        ("a.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF", "not a text file"),
        ("a.jsonl", b"{}\n\x00", "not a text file"),
        ("a.jsonl", b'{"text": "Caf\xe9"}\n', "not UTF-8 text"),
        ("a.csv", HEADER + b"\na.jpg,,ok,Caf\xe9 at sea", "not UTF-8 text"),
        ("a.jsonl", b"{}\n" + b" " * (MAX_LINE_BYTES + 1), "a line has more than"),
    ],
    ids=range(10),
)
def test_a_file_of_another_kind_is_an_error(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    """It stays as it is."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UsageError, match=rf"^{re.escape(str(path))}: .*{complaint}"):
        write(path)

    assert path.read_bytes() == content


def test_an_open_quotation_mark_in_the_last_row_is_an_error(tmp_path: Path) -> None:
    """A further row would become a part of its text."""
    path = tmp_path / "out.csv"
    path.write_bytes(b'image,text\nb.jpg,"two\nlines')

    with pytest.raises(UsageError, match="a quotation mark that is not") as refused:
        RecordFile(str(path), TableStyle(columns=("image", "text"))).__enter__()

    hint = "complete that row, or -o with the name of another file"
    assert refused.value.hint == hint


def test_a_dry_run_leaves_an_empty_file_empty(tmp_path: Path) -> None:
    """It gets no header."""
    path = tmp_path / "out.csv"
    path.touch()

    with RecordFile(str(path), dry_run=True) as file:
        assert not file.has_caption(record())

    assert path.read_bytes() == b""


@pytest.mark.parametrize("name", ["out", "out.json", "out.csv.gz", ".csv", ""])
def test_the_extension_selects_the_format(name: str) -> None:
    """An unknown extension is an error."""
    with pytest.raises(UsageError, match="unknown format") as refused:
        RecordFile(name)

    assert refused.value.hint == "-o captions.jsonl, or -o captions.csv"


def test_a_file_that_cannot_be_opened_is_a_usage_error(tmp_path: Path) -> None:
    """No folder, a folder, a pipe, a file as a folder, a NUL in the name."""
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    said = {}
    for name in ("no/a.csv", "folder.csv", "pipe.csv", "pipe.csv/a.csv", "a\0.csv"):
        with pytest.raises(UsageError) as refused:
            write(tmp_path / name)
        said[name] = refused.value.message.partition(": ")[2], refused.value.hint

    assert said == {
        "no/a.csv": ("No such file or directory", "create its folder first"),
        "folder.csv": ("Is a directory", None),
        "pipe.csv": ("not a regular file", None),
        "pipe.csv/a.csv": ("Not a directory", None),
        "a\0.csv": ("embedded null byte", None),
    }


def test_a_new_record_file_gets_default_permissions(tmp_path: Path) -> None:
    """The umask applies. An old file keeps its permissions."""
    path = tmp_path / "out.csv"
    before = os.umask(0o022)
    try:
        write(path)
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o604)
    write(path)
    assert path.stat().st_mode & 0o777 == 0o604


@SUFFIXES
def test_a_full_disk_leaves_no_incomplete_line(tmp_path: Path, suffix: str) -> None:
    """The record before stays, and the next one follows it."""
    path = tmp_path / f"out.{suffix}"
    write(path, record("a.jpg"))
    size = path.stat().st_size

    with RecordFile(str(path)) as file:
        with limited_file_size(size + 20), pytest.raises(NotWrittenError) as refused:
            file.append(record("b.jpg"))
        assert path.stat().st_size == size
        assert not file.has_caption(record("b.jpg"))
        file.append(record("c.jpg"))

    assert sources(path) == ["a.jpg", "c.jpg"]
    assert refused.value.message == f"{path}: File too large"
    assert refused.value.hint is not None


def test_an_interrupt_leaves_no_incomplete_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C arrives after a few bytes."""
    path = tmp_path / "out.jsonl"
    system = os.write

    def interrupted(descriptor: int, data: memoryview) -> int:
        if len(data) > 5:
            return system(descriptor, data[:5])
        raise KeyboardInterrupt

    with RecordFile(str(path)) as file:
        file.append(record("a.jpg"))
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                file.append(record("b.jpg"))
        file.append(record("c.jpg"))

    assert sources(path) == ["a.jpg", "c.jpg"]


def test_only_new_records_are_missed_in_a_file_that_is_moved(tmp_path: Path) -> None:
    """Another program does it during the run."""
    path, elsewhere = tmp_path / "out.jsonl", tmp_path / "old.jsonl"

    with RecordFile(str(path)) as file:
        path.rename(elsewhere)
        file.sync()
        file.append(record("a.jpg"))
        with pytest.raises(OutputError, match="and records of this run are") as missed:
            file.sync()
        elsewhere.rename(path)

    assert sources(path) == ["a.jpg"]
    assert missed.value.hint == (
        "run the same command again; it writes them and buys nothing twice"
    )


def test_missed_records_are_a_warning_if_the_run_ends_with_an_error(
    tmp_path: Path,
) -> None:
    """Such as a signal, which ends every run with `--watch`."""
    path = tmp_path / "out.jsonl"
    warnings: list[str] = []

    def end_by_signal() -> None:
        with RecordFile(str(path), warn=warnings.append) as file:
            file.append(record("a.jpg"))
            path.unlink()
            raise Interrupted(ExitStatus.TERMINATED)

    with pytest.raises(Interrupted):
        end_by_signal()

    (warning,) = warnings
    assert "has replaced or removed it" in warning


def test_a_row_that_ends_within_a_character_is_cut_off(tmp_path: Path) -> None:
    """The message shows the rest of it, and the next row replaces it."""
    path = tmp_path / "out.jsonl"
    write(path, record("a.jpg", text="a café"))
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index("é".encode()) + 1])
    said: list[str] = []

    with RecordFile(str(path), warn=said.append) as file:
        file.append(record("b.jpg"))

    assert sources(path) == ["b.jpg"]
    assert said
    assert said[0].endswith("a caf\ufffd")


def test_a_header_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The error comes before a purchase."""
    with (
        limited_file_size(20),
        pytest.raises(OutputError, match=r"out\.csv: File too large"),
    ):
        write(tmp_path / "out.csv")

    assert (tmp_path / "out.csv").read_bytes() == b""


class FullIndex(RecordKeys):
    """An index on a full disk."""

    def __init__(self) -> None:
        """Limit the size of the database."""
        super().__init__()
        self._database.execute("PRAGMA max_page_count = 1")


def test_a_full_index_is_an_error_before_a_purchase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a run appends records, the index can fail without an error."""
    path = tmp_path / "out.jsonl"
    monkeypatch.setattr(record_file, "RecordKeys", FullIndex)

    write(path, *(record(f"{number}.jpg") for number in range(1000)))

    assert len(sources(path)) == 1000
    with pytest.raises(OutputError, match="database or disk is full"):
        write(path)


def test_records_are_synced_to_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the file syncs it, too. A failing disk is an error."""
    path = tmp_path / "out.jsonl"
    synced = []

    def failing(descriptor: int) -> None:
        synced.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    file = RecordFile(str(path))
    with file:
        file.append(record())
        file.sync()
    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OutputError, match="Input/output error"), file:
        pass
    with pytest.raises(KeyError), file:
        raise KeyError

    assert len(synced) == 2
    assert sources(path) == ["a.jpg"]
    for descriptor in synced:
        with pytest.raises(OSError, match=re.escape(os.strerror(errno.EBADF))):
            os.fstat(descriptor)


def test_a_character_that_is_cut_off_is_no_other_encoding(tmp_path: Path) -> None:
    """A run was killed while it wrote the row, which is replaced and reported."""
    path = tmp_path / "out.csv"
    path.write_bytes(b"image,text\nb.jpg,Caf\xc3")
    said: list[str] = []

    style = TableStyle(columns=("image", "text"))
    with RecordFile(str(path), style, warn=said.append) as file:
        file.append(record())

    assert path.read_bytes() == b"image,text\na.jpg,a cat\n"
    assert len(said) == 1


def test_a_dry_run_creates_no_file_behind_a_link(tmp_path: Path) -> None:
    """The run would create it."""
    link, missing = tmp_path / "link.jsonl", tmp_path / "missing.jsonl"
    link.symlink_to(missing)

    with RecordFile(str(link), TableStyle(), dry_run=True) as file:
        assert file.count == 0

    assert not missing.exists()
