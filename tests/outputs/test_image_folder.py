"""The metadata of an image folder lists files and texts."""

import json
from pathlib import Path

import pytest

from rwcap.core.errors import InputError
from rwcap.core.source import CaptionRequest
from rwcap.outputs.records.record_file import RecordFile
from rwcap.outputs.records.record_formats import TableStyle
from tests.outputs.records import record

STYLE = TableStyle(image_folder=True)


def test_an_image_is_named_relative_to_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once, in the order of their captions. Failures have no line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p").mkdir()
    texts = record("p/a.jpg"), record(str(tmp_path / "p/x/b.jpg"), text='a "b"\n\x7f')

    for _ in range(2):
        with RecordFile("p/metadata.jsonl", STYLE) as file:
            for each in (*texts, record("p/c.jpg", text=None)):
                if not file.has_record(each):
                    file.append(each)

    content = (tmp_path / "p/metadata.jsonl").read_text()
    assert [json.loads(line) for line in content.splitlines()] == [
        {"file_name": "a.jpg", "text": "a cat"},
        {"file_name": "x/b.jpg", "text": 'a "b"\n\x7f'},
    ]
    assert "\x7f" not in content
    with RecordFile("p/metadata.jsonl", STYLE) as file:
        assert file.has_caption(record("p/a.jpg"))
        assert not file.has_caption(record("p/c.jpg"))
        assert not file.has_caption(record("p/a.jpg")._replace(sandbox=True))


@pytest.mark.parametrize(
    "foreign", [b'{"file_name": 1, "text": "x"}\n', b"nonsense\n", b"[]\n", b""]
)
def test_other_lines_are_kept(tmp_path: Path, foreign: bytes) -> None:
    """A line that a crash left incomplete is replaced."""
    path = tmp_path / "metadata.jsonl"
    line = b'{"file_name": "a.jpg", "text": "a cat"}\n'

    for length in range(len(line)):
        path.write_bytes(foreign + line[:length])
        with RecordFile(str(path), STYLE) as file:
            is_complete = file.has_caption(record(str(tmp_path / "a.jpg")))
            if not is_complete:
                file.append(record(str(tmp_path / "a.jpg")))

        assert is_complete == (length == len(line) - 1)
        assert path.read_bytes() == foreign + (line[:-1] if is_complete else line)


@pytest.mark.parametrize(
    "request_",
    [
        CaptionRequest("a.jpg"),
        CaptionRequest("https://example.com/a.jpg"),
        CaptionRequest("p/m.parquet:1", content=b""),
    ],
)
def test_an_image_outside_the_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_: CaptionRequest
) -> None:
    """Before it is bought."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p").mkdir()

    with RecordFile("p/metadata.jsonl", STYLE) as file:
        file.check(CaptionRequest("p/a.jpg"))
        with pytest.raises(InputError) as refused:
            file.check(request_)

    assert refused.value.message == (
        f"{request_.source}: not a file below {tmp_path / 'p'},"
        " so it has no place in the image folder"
    )
