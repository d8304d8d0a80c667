"""A record is one JSON object of version 1."""

import json
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import ErrorKind, InputError
from rwcap.core.money import Micros
from rwcap.core.record import (
    CostSource,
    ErrorDetails,
    Record,
    RecordStatus,
    fetch_command,
    is_sandbox_text,
    records_to_json,
)

KEYS = """
v source status text cost_usd cost_source task_uuid model prompt image_sha256
attempts seconds outputs error sandbox
"""


@pytest.mark.promises("formats")
def test_the_keys_are_those_of_version_1() -> None:
    """Programs rely on the keys. Keys may be added, but none changed."""
    record = json.loads(Record(source="a.jpg", status=RecordStatus.OK).to_json())

    assert list(record) == KEYS.split()
    assert record["v"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[sandbox] A JPEG image.", True),
        ("[sandbox] One.\n\n[sandbox] Two.\n", True),
        ("My [sandbox] pail", False),
        ("Mum\n[sandbox] A JPEG image.", False),
        ("[sandbox] A JPEG image.\nMum", False),
        (" \n", False),
        ("", False),
    ],
)
def test_a_sandbox_text_has_the_prefix_on_every_line(
    text: str, *, expected: bool
) -> None:
    """A text of the user is never treated as a sample."""
    assert is_sandbox_text(text) is expected


def test_a_cost_is_a_decimal_string_and_an_unknown_cost_is_null() -> None:
    """An unknown cost is not zero."""
    known = Record(
        source="a",
        status=RecordStatus.OK,
        cost=Micros(1300),
        cost_source=CostSource.API,
    ).to_dict()
    unknown = Record(source="a", status=RecordStatus.OK).to_dict()

    assert (known["cost_usd"], known["cost_source"]) == ("0.001300", "api")
    assert (unknown["cost_usd"], unknown["cost_source"]) == (None, "none")


def test_an_id_is_included_if_present() -> None:
    """Only rows of a table have an id."""
    fields = Record(
        source="a", status=RecordStatus.OK, id="x1", outputs=("a\udce9",)
    ).to_dict()

    assert fields["id"] == "x1"
    assert fields["outputs"] == ["a\ufffd"]


def test_an_error_has_all_details() -> None:
    """Code, kind, message, retryable, hint and documentation."""
    error = InputError("no", code="notAnImage", hint="try", documentation="https://x")
    record = Record(
        source="a", status=RecordStatus.FAILED, error=ErrorDetails.from_error(error)
    )

    assert record.to_dict()["error"] == {
        "code": "notAnImage",
        "kind": ErrorKind.INPUT,
        "message": "no",
        "retryable": False,
        "hint": "try",
        "documentation": "https://x",
    }


def test_a_name_that_is_not_utf8_is_also_in_base64() -> None:
    """`source` is readable, and `source_b64` has the exact bytes."""
    raw = b"caf\xe9.jpg"
    source = raw.decode("utf-8", "surrogateescape")
    record = json.loads(Record(source=source, status=RecordStatus.OK).to_json())

    assert record["source"] == "caf\ufffd.jpg"
    assert b64decode(record["source_b64"]) == raw


@given(st.text(), st.text(st.characters(exclude_categories=["Cs"])), st.binary())
def test_any_record_is_one_line_of_json(text: str, prompt: str, raw: bytes) -> None:
    """The texts are unchanged, and the line can be encoded as UTF-8."""
    source = raw.decode("utf-8", "surrogateescape")
    record = Record(source=source, status=RecordStatus.OK, text=text, prompt=prompt)
    line = record.to_json()

    line.encode()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text
    assert json.loads(records_to_json([record, record]))[1]["prompt"] == prompt


def test_the_fetch_command_selects_the_same_service() -> None:
    """A sandbox task is fetched from the sandbox."""
    assert fetch_command("U", "") == "rwcap caption --fetch U"
    assert fetch_command("U", "--sandbox") == "rwcap caption --fetch U --sandbox"
