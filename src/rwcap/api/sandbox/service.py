"""The endpoint of the sandbox: an array of tasks in, an envelope out."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from rwcap.api.reply import CONFLICT
from rwcap.api.request import MODEL
from rwcap.api.sandbox.describe import describe
from rwcap.api.sandbox.task_store import TaskStore
from rwcap.api.sandbox.validation import Refusal, validate_task, validate_uuid
from rwcap.api.wire import Json, Reply, load
from rwcap.core.money import Micros, format_usd
from rwcap.core.prices import price_by_words

OPENING_BALANCE = Micros(10_000_000)
"""The balance of a new account: ten dollars."""


class Sandbox:
    """The service: it maps requests to replies."""

    def __init__(self, path: Path | None = None) -> None:
        """Store accepted tasks in the file at `path`, or only in memory."""
        self.tasks = TaskStore(path)

    def handle(self, authorization: str | None, body: bytes) -> Reply:
        """Return the reply to one HTTP request."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme != "Bearer" or not key.strip():
            return _reply(HTTPStatus.UNAUTHORIZED, [], [_INVALID_KEY])
        try:
            requests = load(body)
        except ValueError:
            requests = None
        if not isinstance(requests, list) or not requests:
            return _reply(HTTPStatus.BAD_REQUEST, [], [_MALFORMED])
        data: list[str] = []
        errors: list[str] = []
        for request in requests:
            task = request if isinstance(request, Mapping) else {}
            try:
                data += self._dispatch(task)
            except Refusal as refusal:
                errors.append(json.dumps(refusal.to_json(task)))
        all_refused = errors and not data
        status = HTTPStatus.BAD_REQUEST if all_refused else HTTPStatus.OK
        return _reply(status, data, errors)

    def _dispatch(self, task: Mapping[str, Json]) -> list[str]:
        task_type = task.get("taskType")
        handlers: dict[Json, Callable[[Mapping[str, Json]], list[str]]] = {
            "caption": self._caption,
            "getResponse": self._get_response,
            "getTaskDetails": self._get_task_details,
            "accountManagement": self._account,
        }
        if not isinstance(task_type, str) or task_type not in handlers:
            raise Refusal(
                "unsupportedTaskType",
                "taskType",
                f"Allowed here: {', '.join(map(str, handlers))}.",
            )
        return handlers[task_type](task)

    def _caption(self, task: Mapping[str, Json]) -> list[str]:
        accepted = validate_task(task)
        text = describe(accepted.image, accepted.prompt)
        cost = price_by_words(len(text.split()))
        # In the examples of the page, a `caption` has a result of type `imageCaption`.
        result = _object(taskType="imageCaption", taskUUID=accepted.uuid, text=text)
        if accepted.include_cost:
            result = _with(result, "cost", format_usd(cost))
        if not self.tasks.accept(
            accepted.uuid, result=result, deferred=accepted.deferred, charged=cost
        ):
            raise Refusal(
                CONFLICT, "taskUUID", "A task with this UUID was accepted earlier."
            )
        if accepted.deferred:
            return [_object(taskType="caption", taskUUID=accepted.uuid)]
        return [result]

    def _get_response(self, task: Mapping[str, Json]) -> list[str]:
        """Return the result of a deferred task from the second query on."""
        uuid = validate_uuid(task)
        stored = self.tasks.find(uuid)
        if not stored or not stored.deferred:
            return []
        self.tasks.count_poll(uuid)
        if not stored.polls:
            return [_object(taskType="caption", taskUUID=uuid, status="processing")]
        return [_with(stored.result, "status", '"success"')]

    def _get_task_details(self, task: Mapping[str, Json]) -> list[str]:
        """Return the archived reply of any task. The sandbox archives no requests."""
        uuid = validate_uuid(task)
        stored = self.tasks.find(uuid)
        if not stored:
            return []
        details = _object(taskType="getTaskDetails", taskUUID=uuid)
        return [_with(details, "response", f'{{"data": [{stored.result}]}}')]

    def _account(self, task: Mapping[str, Json]) -> list[str]:
        """Return details or usage of the account."""
        operations: dict[Json, Callable[[Mapping[str, Json]], list[str]]] = {
            "getDetails": self._details,
            "getUsageActivity": self._activity,
        }
        operation = task.get("operation")
        if not isinstance(operation, str) or operation not in operations:
            raise Refusal(
                "invalidOperation",
                "operation",
                f"Allowed here: {', '.join(map(str, operations))}.",
            )
        return operations[operation](task)

    def _activity(self, task: Mapping[str, Json]) -> list[str]:
        """Return the charges of each day in a range."""
        bills = self.tasks.daily_charges(
            str(task.get("startDate")), str(task.get("endDate"))
        )
        rows = [
            _with(
                _object(date=day, model=MODEL, count=count),
                "spend",
                format_usd(charged),
            )
            for day, count, charged in bills
        ]
        total = format_usd(Micros(sum(charged for *_, charged in bills)))
        details = _object(
            taskType="accountManagement",
            taskUUID=validate_uuid(task),
            operation="getUsageActivity",
        )
        details = _with(details, "activity", f"[{', '.join(rows)}]")
        return [_with(details, "meta", f'{{"totalSpend": {total}}}')]

    def _details(self, task: Mapping[str, Json]) -> list[str]:
        """Return the remaining balance."""
        count, charged = self.tasks.total_charged()
        remaining = format_usd(Micros(max(0, OPENING_BALANCE - charged)))
        used = f'{{"credits": {format_usd(charged)}, "requests": {count}}}'
        details = _object(
            taskType="accountManagement",
            taskUUID=validate_uuid(task),
            operation="getDetails",
            organizationName="sandbox",
        )
        balance = f'{{"amount": {remaining}, "currency": "USD"}}'
        return [
            _with(_with(details, "balance", balance), "usage", f'{{"total": {used}}}')
        ]


def _object(**fields: str | int) -> str:
    return json.dumps(fields)


def _with(json_object: str, key: str, value: str) -> str:
    """Return a JSON object with one more member, whose value is JSON text.

    Amounts need this: JSON has decimal numbers, but Python's encoder writes only
    floats, and money is never a float.
    """
    return f'{json_object.removesuffix("}")}, "{key}": {value}}}'


_INVALID_KEY = _object(
    code="invalidApiKey",
    message="Invalid API key.",
    parameter="apiKey",
    taskType="authentication",
)
_MALFORMED = _object(
    code="invalidJSON", message="The body is not a JSON array of tasks."
)


def _reply(status: HTTPStatus, data: list[str], errors: list[str]) -> Reply:
    envelope = f'{{"data": [{", ".join(data)}]}}'
    if errors:
        envelope = _with(envelope, "errors", f"[{', '.join(errors)}]")
    return Reply(status, envelope.encode())
