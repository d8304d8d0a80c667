"""Tests of record files."""

import csv
import errno
import json
import os
import re
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError, NotWrittenError, OutputError, UsageError
from rwcap.core.money import Micros
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.outputs import record_file
from rwcap.outputs.record_file import LINE_MAX, RecordFile

MODEL = "runware:152@1"
HEADER = (
    b"source,id,status,text,cost_usd,task_uuid,model,prompt,image_sha256,error,"
    b"sandbox,long"
)
SUFFIXES = pytest.mark.parametrize("suffix", ["jsonl", "csv"])


def record(
    source: str = "a.jpg",
    *,
    id: str | None = None,  # noqa: A002  # the record's name for it
    text: str | None = "a cat",
    prompt: str | None = "Describe it",
    status: RecordStatus = RecordStatus.OK,
) -> Record:
    """Return what is known of a caption."""
    return Record(
        source=source,
        id=id,
        status=status,
        text=text,
        cost=Micros(1300),
        task_uuid="0f8fad5b-d9cb-469f-a165-70867728950e",
        model=MODEL,
        prompt=prompt,
        image_sha256="ab" * 32,
    )


def write(path: Path, *records: Record) -> None:
    """Append records as one run does."""
    with RecordFile(str(path)) as file:
        for added in records:
            file.append(added)


def sources(path: Path) -> list[str]:
    """Return the sources in a file; fail if a line is not a record."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".jsonl":
        return [json.loads(line)["source"] for line in lines]
    rows = [next(csv.DictReader([lines[0], line], strict=True)) for line in lines[1:]]
    assert all(None not in row and None not in row.values() for row in rows)
    return [row["source"] for row in rows]


@SUFFIXES
def test_a_record_is_one_line_and_is_found_again(tmp_path: Path, suffix: str) -> None:
    """The same run and the next run find it."""
    path = tmp_path / f"out.{suffix.upper()}"

    with RecordFile(str(path)) as file:
        assert not file.has_caption(record())
        file.append(record())
        file.append(record())
        assert file.has_caption(record())
    with RecordFile(str(path)) as file:
        assert file.has_caption(record())
        file.append(record("b.jpg"))

    assert sources(path.rename(path.with_suffix(f".{suffix}"))) == [
        "a.jpg",
        "a.jpg",
        "b.jpg",
    ]


def test_a_jsonl_line_is_the_json_of_the_record(tmp_path: Path) -> None:
    """Nothing is lost or added."""
    path = tmp_path / "out.jsonl"

    write(path, record(id="7"))

    assert path.read_text() == record(id="7").to_json() + "\n"


def test_a_csv_file_has_a_header_and_a_row_per_record(tmp_path: Path) -> None:
    """White space in texts is folded, and unknown values are empty."""
    path = tmp_path / "out.csv"
    failure = ErrorDetails.from_error(
        InputError("b.jpg: empty\n(0 bytes)", code="emptyImage")
    )
    failed = Record(source="b.jpg", status=RecordStatus.FAILED, error=failure)

    write(path, record(id="7", text='a "cat",\non a mat', prompt="What\n is it?"))
    write(path, failed)

    assert path.read_bytes() == HEADER + (
        b'\na.jpg,7,ok,"a ""cat"", on a mat",0.001300,'
        b"0f8fad5b-d9cb-469f-a165-70867728950e,runware:152@1,What is it?,"
        + b"ab" * 32
        + b",,,\nb.jpg,,failed,,,,,,,b.jpg: empty (0 bytes),,\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "'=1"])
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    """A spreadsheet would run a formula in an untrusted caption, prompt or name."""
    path = tmp_path / "out.csv"
    wanted = record(text, id=text, text=text, prompt=text)

    write(path, wanted)

    (row,) = csv.DictReader(StringIO(path.read_text()))
    for column in ("source", "id", "text", "prompt"):
        assert row[column][0] in {"'", "$"}
    assert row["text"] == f"'{text.strip()}"
    with RecordFile(str(path)) as file:
        assert file.has_caption(wanted)
        assert not file.has_caption(record(f"'{text}", id=text, prompt=text))


@pytest.mark.parametrize(
    ("source", "cell"),
    [
        ("caf\udce9.jpg", r"$'caf\xe9.jpg'"),
        ("a\nb\x85\u2028.jpg", r"$'a\x0ab\xc2\x85\xe2\x80\xa8.jpg'"),
        ("it's\t\\.jpg", r"$'it\'s\x09\\.jpg'"),
        ("$'a'", r"$'$\'a\''"),
        ("it's\\.jpg", "it's\\.jpg"),
        ("$a.jpg", "$a.jpg"),
        ("café 図.jpg", "café 図.jpg"),
    ],
)
def test_a_source_with_special_bytes_is_quoted_as_in_bash(
    tmp_path: Path, source: str, cell: str
) -> None:
    """Other sources are not quoted. Bash decodes the quoted ones."""
    path = tmp_path / "out.csv"

    write(path, record(source))

    assert sources(path) == [cell]
    if cell.startswith("$'"):
        script = ["bash", "-c", f"printf %s {cell}"]
        said = subprocess.run(script, check=True, capture_output=True).stdout
        assert said == source.encode(errors="surrogateescape")


@pytest.mark.parametrize("one", ["a?b.jpg", "a\nb.jpg", "a\tb.jpg", "a\\x0ab.jpg"])
@SUFFIXES
def test_similar_sources_are_different(tmp_path: Path, suffix: str, one: str) -> None:
    """Otherwise an image would never get its caption."""
    path = tmp_path / f"out.{suffix}"
    names = {"a?b.jpg", "a\nb.jpg", "a\tb.jpg", "a\\x0ab.jpg", "$'a\\x0ab.jpg'"}

    write(path, record(one))

    with RecordFile(str(path)) as file:
        assert {name for name in names if file.has_caption(record(name))} == {one}


@SUFFIXES
def test_image_id_prompt_and_model_identify_a_caption(
    tmp_path: Path, suffix: str
) -> None:
    """Two prompts for one image are two captions."""
    path = tmp_path / f"out.{suffix}"

    write(path, record(prompt="What?"), record(prompt="Who?"), record(id="7"))

    with RecordFile(str(path)) as file:
        assert file.has_caption(record(prompt="What?"))
        assert file.has_caption(record(prompt="Who?"))
        assert file.has_caption(record(id="7"))
        assert not file.has_caption(record())
        assert not file.has_caption(record(prompt="What?", id="7"))
        assert not file.has_caption(
            record(prompt="What?")._replace(model="another:1@1")
        )


@SUFFIXES
@pytest.mark.parametrize(
    ("status", "text", "held"),
    [
        (RecordStatus.CACHED, "a cat", True),
        (RecordStatus.SKIPPED, "a cat", True),
        (RecordStatus.SKIPPED, None, False),
        (RecordStatus.OK, None, False),
        (RecordStatus.FAILED, "a cat", False),
        (RecordStatus.AMBIGUOUS, None, False),
    ],
)
def test_only_captions_count(
    tmp_path: Path, suffix: str, status: RecordStatus, text: str | None, *, held: bool
) -> None:
    """A run tries again after an error."""
    path = tmp_path / f"out.{suffix}"

    write(path, record(status=status, text=text))

    with RecordFile(str(path)) as file:
        assert file.has_caption(record()) == held


# Any bytes of a file name, as `os.fsdecode` returns them.
NAMES = st.binary().map(os.fsdecode) | st.text(st.characters(codec="utf-8"))


@given(
    st.sampled_from(["jsonl", "csv"]),
    st.lists(NAMES, unique=True, min_size=1),
    NAMES,
    st.none() | st.text(st.characters(codec=None)),
    st.text(st.characters(codec=None)),
)
def test_any_source_is_found_again_and_no_other(
    suffix: str, names: list[str], other: str, id_: str | None, prompt: str
) -> None:
    """Sources have newlines, quotes and bytes that are not UTF-8."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"out.{suffix}")
        write(path, *(record(name, id=id_, prompt=prompt) for name in names))

        assert len(sources(path)) == len(names)
        with RecordFile(str(path)) as file:
            for name in names:
                assert file.has_caption(record(name, id=id_, prompt=prompt))
            found = file.has_caption(record(other, id=id_, prompt=prompt))
            assert found == (other in names)


# Existing files


@SUFFIXES
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
        kept = lines + (suffix == "jsonl" and whole[length : length + 1] == b"\n")
        assert len(missing) == len(added) - max(kept, 0)
        assert path.read_bytes() == whole
        assert sources(path) == names


@pytest.mark.parametrize(
    "foreign",
    [
        b'{"url": "x"}\n[1]\nnull\nhello\n\n{"v": 1, "status": ["ok"], "text": 1}\n',
        b'{"v": 2, "source": "a.jpg", "status": "ok", "text": "a cat"}\n',
        b"caf\xe9\n" + b"[" * 100_000 + b"\n" + b"9" * 5000 + b"\n",
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
    """They are too short, or have an open quote or bytes that are not UTF-8."""
    path = tmp_path / "out.csv"
    rows = HEADER + b'\r\na,b\n"a.jpg,,ok\ncaf\xe9\n\n'
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
        ("a.jsonl", b"{}\n" + b" " * (LINE_MAX + 1), "a line has more than"),
    ],
    ids=range(8),
)
def test_a_file_of_another_kind_is_an_error(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    """It stays as it is."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UsageError, match=complaint):
        write(path)

    assert path.read_bytes() == content


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
    before = os.umask(0o027)
    try:
        write(path)
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o604)
    write(path)
    assert path.stat().st_mode & 0o777 == 0o604


# Errors


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """Limit the size of files, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


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


def test_a_header_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The error comes before a purchase."""
    with (
        limited_file_size(20),
        pytest.raises(OutputError, match=r"out\.csv: File too large"),
    ):
        write(tmp_path / "out.csv")

    assert (tmp_path / "out.csv").read_bytes() == b""


class FullIndex(record_file._Keys):
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
    monkeypatch.setattr(record_file, "_Keys", FullIndex)

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


@SUFFIXES
def test_a_caption_of_the_sandbox_is_not_one_of_the_service(
    tmp_path: Path, suffix: str
) -> None:
    """A user who tried the sandbox first still gets captions of the model."""
    path = tmp_path / f"records.{suffix}"
    tried = record()._replace(sandbox=True)
    write(path, tried)

    with RecordFile(str(path)) as file:
        assert file.has_caption(tried)
        assert not file.has_caption(record())
