"""Tests of the sandbox."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.reply import CaptionResult, decode
from rwcap.api.request import CaptionTask, OutputFormat, OutputType, Parameters
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.wire import encode, load
from rwcap.core.prices import price_by_words
from rwcap.images.image import RemoteImage, parse_image
from tests import draw

UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
TASK: dict[str, Any] = {
    "taskType": "caption",
    "taskUUID": UUID,
    "model": "runware:152@1",
    "includeCost": True,
    "inputs": {"image": "https://example.com/a.jpg"},
}
CLOSED = "Cannot operate on a closed database."
JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


def send(
    sandbox: Sandbox, *tasks: object, key: str | None = "Bearer k"
) -> tuple[int, dict[str, Any]]:
    """Send tasks to the sandbox and return the status and envelope of the reply."""
    reply = sandbox.handle(key, json.dumps(tasks).encode())
    return reply.status, json.loads(reply.body)


def test_a_caption_is_answered_and_charged() -> None:
    """The result has the text and the UUID, and the price depends on its length."""
    sandbox = Sandbox()

    status, envelope = send(sandbox, TASK)

    (result,) = envelope["data"]
    assert status == 200
    assert result["taskUUID"] == UUID
    assert result["text"].startswith("[sandbox] ")
    assert sandbox.tasks.total_charged() == (
        1,
        price_by_words(len(result["text"].split())),
    )


def test_the_cost_is_reported_on_request() -> None:
    """It is a JSON number with all digits."""
    body = encode(CaptionTask(UUID, RemoteImage("https://x/y"), Parameters()))
    asked = Sandbox().handle("Bearer k", body)
    not_asked = send(Sandbox(), TASK | {"includeCost": False})

    answer = decode(asked.body, UUID)
    assert isinstance(answer, CaptionResult)
    assert answer.cost == 1300
    assert b'"cost": 0.001300' in asked.body
    assert "cost" not in not_asked[1]["data"][0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"taskType": "imageInference"}, "unsupportedTaskType"),
        ({"taskType": None}, "unsupportedTaskType"),
        ({"taskType": []}, "unsupportedTaskType"),
        ({"taskUUID": None}, "missingTaskUUID"),
        ({"taskUUID": "x"}, "invalidTaskUUID"),
        ({"taskUUID": 5}, "invalidTaskUUID"),
        ({"model": "runware:100@1"}, "invalidCaptionModel"),
        ({"model": 5}, "invalidModel"),
        ({"prompt": ["x"]}, "invalidPrompt"),
        ({"includeCost": 1}, "invalidIncludeCost"),
        ({"deliveryMethod": "later"}, "invalidDeliveryMethod"),
        ({"deliveryMethod": []}, "invalidDeliveryMethod"),
        ({"webhookURL": "x"}, "invalidWebhookURL"),
        ({"uploadEndpoint": 5}, "invalidUploadEndpoint"),
        ({"outputType": "file"}, "invalidOutputType"),
        ({"outputFormat": "GIF"}, "invalidOutputFormat"),
        ({"outputQuality": 19}, "invalidOutputQuality"),
        ({"outputQuality": 100}, "invalidOutputQuality"),
        ({"outputQuality": True}, "invalidOutputQuality"),
        ({"ttl": 59}, "invalidTtl"),
        ({"seed": 1}, "unsupportedParameter"),
        ({"inputs": "x"}, "invalidInputs"),
        ({"inputs": {}}, "missingInputsImage"),
        ({"inputs": {"image": 5}}, "invalidInputsImage"),
        ({"inputs": {"image": "photo.jpg"}}, "invalidInputsImage"),
        ({"inputs": {"image": "/9j/4AAQ"}}, "invalidInputsImage"),
        ({"inputs": {"image": "http://"}}, "invalidInputsImage"),
    ],
)
def test_an_invalid_task_is_refused_and_not_charged(
    change: dict[str, object], code: str
) -> None:
    """The error has a code, the parameter, a message and a page."""
    sandbox = Sandbox()

    status, envelope = send(sandbox, TASK | change)

    (error,) = envelope["errors"]
    assert (status, envelope["data"]) == (400, [])
    assert error["code"] == code
    assert error["message"]
    assert error["documentation"].startswith("https://runware.ai/docs/models/")
    assert sandbox.tasks.total_charged() == (0, 0)


@pytest.mark.parametrize("missing", ["model", "inputs"])
def test_a_required_field_cannot_be_missing(missing: str) -> None:
    """As the model's page says."""
    task = {key: value for key, value in TASK.items() if key != missing}

    (error,) = send(Sandbox(), task)[1]["errors"]

    assert error["code"] == f"missing{missing.capitalize()}"


def test_all_parameters_are_accepted() -> None:
    """`Parameters` and the sandbox allow the same values."""
    parameters = Parameters(
        prompt="What?",
        output_type=OutputType.URL,
        output_format=OutputFormat.PNG,
        output_quality=99,
        ttl=60,
        upload_endpoint="https://example.com/put",
    )
    body = encode(CaptionTask(UUID, parse_image(JPEG, name="x"), parameters))
    reply = Sandbox().handle("Bearer k", body)

    assert isinstance(decode(reply.body, UUID), CaptionResult)


@pytest.mark.parametrize("key", [None, "", "Bearer ", "Basic k"])
def test_a_request_without_a_key_is_refused(key: str | None) -> None:
    """The status is 401, as from the API."""
    status, envelope = send(Sandbox(), TASK, key=key)

    assert status == 401
    assert envelope["errors"][0]["code"] == "invalidApiKey"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 99999])
def test_a_body_must_be_an_array_of_tasks(body: bytes) -> None:
    """The status is 400, with an error object."""
    reply = Sandbox().handle("Bearer k", body)

    assert reply.status == 400
    assert json.loads(reply.body)["errors"][0]["code"] == "invalidJSON"


def test_tasks_of_one_request_are_independent() -> None:
    """A reply has results and errors, each with its UUID."""
    other = "3e62120b-9210-4117-9231-9f6bdbfecc8a"

    status, envelope = send(Sandbox(), TASK, TASK | {"taskUUID": other, "ttl": 1}, 5)

    assert status == 200
    assert [item["taskUUID"] for item in envelope["data"]] == [UUID]
    assert [item.get("taskUUID") for item in envelope["errors"]] == [other, None]


def test_a_uuid_is_charged_once() -> None:
    """The second request is a conflict."""
    sandbox = Sandbox()
    send(sandbox, TASK)

    status, envelope = send(sandbox, TASK)

    assert status == 400
    assert envelope["errors"][0]["code"] == "conflictTaskUUID"
    assert sandbox.tasks.total_charged()[0] == 1


def test_async_delivery_has_three_stages() -> None:
    """The reply is an acknowledgement; the second query has the result."""
    sandbox = Sandbox()
    query = {"taskType": "getResponse", "taskUUID": UUID}

    answers = [
        send(sandbox, task)[1]["data"][0]
        for task in (TASK | {"deliveryMethod": "async"}, query, query, query)
    ]

    assert answers[0] == {"taskType": "caption", "taskUUID": UUID}
    assert answers[1]["status"] == "processing"
    assert answers[2]["status"] == "success"
    assert answers[2]["text"].startswith("[sandbox]")
    assert answers[3] == answers[2]


def test_a_sync_result_is_only_in_the_archive() -> None:
    """So a client must query both."""
    sandbox = Sandbox()
    (result,) = send(sandbox, TASK)[1]["data"]

    running = send(sandbox, {"taskType": "getResponse", "taskUUID": UUID})[1]
    (archived,) = send(sandbox, {"taskType": "getTaskDetails", "taskUUID": UUID})[1][
        "data"
    ]

    assert running == {"data": []}
    assert archived["response"] == {"data": [result]}


def test_an_unknown_uuid_is_not_an_error() -> None:
    """The reply is empty, as for a task that is not visible yet."""
    for task_type in ("getResponse", "getTaskDetails"):
        status, envelope = send(Sandbox(), {"taskType": task_type, "taskUUID": UUID})
        assert (status, envelope) == (200, {"data": []})


def test_the_account_shows_the_charges() -> None:
    """The balance is ten dollars minus the captions."""
    sandbox = Sandbox()
    send(sandbox, TASK)
    body = json.dumps(
        [{"taskType": "accountManagement", "taskUUID": UUID, "operation": "getDetails"}]
    )
    document: Any = load(sandbox.handle("Bearer k", body.encode()).body)
    (account,) = document["data"]

    assert account["balance"] == {"amount": Decimal("9.9987"), "currency": "USD"}
    assert account["usage"]["total"] == {"credits": Decimal("0.0013"), "requests": 1}


@pytest.mark.parametrize("operation", ["getTeam", None, ["getDetails"]])
def test_the_account_has_two_operations(operation: object) -> None:
    """The error for any other operation names both."""
    task = {"taskType": "accountManagement", "taskUUID": UUID, "operation": operation}

    reply = Sandbox().handle("Bearer k", json.dumps([task]).encode())

    assert reply.status == 400
    assert b"invalidOperation" in reply.body
    assert b"getDetails, getUsageActivity" in reply.body


def test_tasks_are_stored_on_disk(tmp_path: Path) -> None:
    """One process can get the tasks of another."""
    path = tmp_path / "new" / "sandbox.sqlite3"
    first = Sandbox(path)
    send(first, TASK)
    first.tasks.close()

    second = Sandbox(path)

    assert second.tasks.total_charged()[0] == 1
    assert send(second, TASK)[0] == 400
    second.tasks.close()


@given(
    st.dictionaries(
        st.sampled_from([*TASK, "prompt", "ttl", "outputType", "webhookURL"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()),
    )
)
def test_any_task_gets_a_reply(changes: dict[str, object]) -> None:
    """No request raises an exception."""
    status, envelope = send(Sandbox(), TASK | changes)

    assert status in {200, 400}
    assert ("errors" in envelope) == (status == 400)


def test_a_sandbox_is_closed_while_threads_use_it() -> None:
    """They fail, or are done before; the process goes on."""
    told: list[str] = []

    def ask(sandbox: Sandbox) -> None:
        try:
            told.append(f"status {send(sandbox, TASK)[0]}")
        except sqlite3.ProgrammingError as error:
            told.append(str(error))

    for _ in range(100):
        sandbox = Sandbox()
        with ThreadPoolExecutor(4) as threads:
            for _ in range(4):
                threads.submit(ask, sandbox)
            sandbox.tasks.close()

    assert len(told) == 400
    assert {*told} <= {"status 200", "status 400", CLOSED}
