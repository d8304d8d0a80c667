"""A record is one JSON object, version 1, whatever it holds."""

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


def test_the_keys_are_those_of_version_1() -> None:
    """Programs rely on them; they may grow, never change."""
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
def test_a_text_is_the_sandboxs_if_all_of_it_is(text: str, *, expected: bool) -> None:
    """Nobody else's is taken for one that can be replaced."""
    assert is_sandbox_text(text) is expected


def test_money_is_a_decimal_string_and_unknown_money_is_null() -> None:
    """A cost that was not told is not zero."""
    known = Record(
        source="a",
        status=RecordStatus.OK,
        cost=Micros(1300),
        cost_source=CostSource.API,
    ).to_dict()
    unknown = Record(source="a", status=RecordStatus.OK).to_dict()

    assert (known["cost_usd"], known["cost_source"]) == ("0.001300", "api")
    assert (unknown["cost_usd"], unknown["cost_source"]) == (None, "none")


def test_an_id_is_there_where_there_is_one() -> None:
    """Only rows of a manifest have one."""
    fields = Record(
        source="a", status=RecordStatus.OK, id="x1", outputs=("a\udce9",)
    ).to_dict()

    assert fields["id"] == "x1"
    assert fields["outputs"] == ["a\ufffd"]


def test_a_failure_says_what_to_do() -> None:
    """Code, kind, message, whether to try again, hint and page."""
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


def test_a_name_that_is_not_utf8_is_kept_in_base64() -> None:
    """The readable name is for people, the bytes are for programs."""
    raw = b"caf\xe9.jpg"
    source = raw.decode("utf-8", "surrogateescape")
    record = json.loads(Record(source=source, status=RecordStatus.OK).to_json())

    assert record["source"] == "caf\ufffd.jpg"
    assert b64decode(record["source_b64"]) == raw


@given(st.text(), st.text(st.characters(exclude_categories=["Cs"])), st.binary())
def test_any_record_is_one_line_of_json(text: str, prompt: str, raw: bytes) -> None:
    """Texts come back as they were; the line is one line; it can be encoded."""
    source = raw.decode("utf-8", "surrogateescape")
    record = Record(source=source, status=RecordStatus.OK, text=text, prompt=prompt)
    line = record.to_json()

    line.encode()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text
    assert json.loads(records_to_json([record, record]))[1]["prompt"] == prompt


def test_the_command_to_fetch_again_leads_to_the_same_service() -> None:
    """What was bought in the sandbox is found in the sandbox only."""
    assert fetch_command("U", "") == "rwcap caption --fetch U"
    assert fetch_command("U", "--sandbox") == "rwcap caption --fetch U --sandbox"
