"""Faults of a service, by name: each of them alone, or a storm of all of them."""

import random
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Final
from uuid import uuid4

from tests.service import (
    Exchange,
    Fault,
    answer,
    flood,
    hang,
    plainly,
    redirect,
    reset,
    status,
    truncate,
    web_page,
)

COMMON: Final[Sequence[Fault]] = (
    reset(accepted=True),
    reset(accepted=False),
    truncate,
    status(429),
    status(503),
)
"""Faults that end soon, and after which the same command succeeds."""

EMPTY: Final = b'{"data": []}'
"""A reply that mentions no task."""


def accepted(fault: Fault) -> Fault:
    """Accept the task before the fault."""

    def both(exchange: Exchange) -> None:
        exchange.accept()
        fault(exchange)

    return both


def instead(body: bytes) -> Fault:
    """Accept, and answer with another body."""
    return accepted(lambda exchange: exchange.send(200, body))


def stall(at: int) -> Fault:
    """Accept, and send this many bytes of the reply and then nothing."""

    def fault(exchange: Exchange) -> None:
        exchange.handler.wfile.write(whole_reply(exchange)[:at])
        exchange.service.ended.wait(60)
        exchange.reset()

    return fault


def cut(at: int) -> Fault:
    """Accept, send this many bytes of the reply, and close the connection."""

    def fault(exchange: Exchange) -> None:
        exchange.handler.wfile.write(whole_reply(exchange)[:at])
        exchange.handler.close_connection = True

    return fault


def whole_reply(exchange: Exchange) -> bytes:
    """Accept, and return the reply with its head."""
    body = exchange.accept().body
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def each_result(change: Callable[[dict[str, Any]], object]) -> Fault:
    """Accept, and change each result in the reply."""
    return answer(lambda envelope: [change(each) for each in envelope["data"]])


class Mixed:
    """Accepts, and answers with the results of the task before, and then its own."""

    def __init__(self, *, own: bool) -> None:
        """Leave out its own results unless `own` is set."""
        self._own = own
        self._before: list[object] = []

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        answer(self._mix)(exchange)

    def _mix(self, envelope: dict[str, Any]) -> None:
        own = envelope["data"]
        envelope["data"] = self._before + own if self._own else self._before
        self._before = own


def storm(share: float, faults: Sequence[Fault], *, seed: int) -> Fault:
    """Do one of the faults to this share of the exchanges, by a seed."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    lock = Lock()

    def fault(exchange: Exchange) -> None:
        with lock:
            chosen = dice.choice(faults) if dice.random() < share else plainly
        chosen(exchange)

    return fault


REFUSALS: Final[Mapping[str, Fault]] = {
    " ".join(filter(None, (str(code), error, wait and f"retry after {wait}"))): status(
        code, error, headers={"Retry-After": wait} if wait else None
    )
    for code, error, wait in (
        (408, None, None),
        (429, None, None),
        (429, None, "1"),
        (429, None, "300"),  # a longer one ends the run
        (429, None, "soon"),
        (429, None, "Fri, 27 Nov 2026 12:00:00 GMT"),
        (429, "rateLimitExceeded", None),
        (429, "rateLimitExceeded", "1"),
        (500, "internalServerError", None),
        (502, None, None),
        (503, None, None),
        (503, None, "1"),
        (503, "serviceUnavailable", "0"),
        (504, None, None),
        (504, None, "1"),
        (504, "timeoutProvider", "1"),
    )
}
"""Statuses of a service that is busy or failing, before it accepts the task."""

ALL: Final[Mapping[str, Fault]] = {
    **REFUSALS,
    "redirect": redirect,
    "403 of a portal": status(403),
    "404 of a proxy": status(404),
    "reset": reset(accepted=False),
    "silence": hang(accepted=False),
    "500 after acceptance": accepted(status(500, "internalServerError")),
    "502 after acceptance": accepted(status(502)),
    "503 after acceptance": accepted(status(503)),
    "504 after acceptance": accepted(status(504)),
    "429 after acceptance": accepted(status(429)),
    "reset after acceptance": reset(accepted=True),
    "silence after acceptance": hang(accepted=True),
    "stall in the head": stall(20),
    "stall before the body": stall(38),
    "stall in the body": stall(99),
    "cut in the head": cut(20),
    "cut in the body": cut(99),
    "half the JSON": truncate,
    "oversized body": flood,
    "web page": web_page,
    "empty body": instead(b""),
    "no JSON": instead(b"\x00\xff\xfe"),
    "other JSON": instead(b'["data", null, 1e400]'),
    "nested JSON": instead(b"[" * 100_000),
    "no result": instead(EMPTY),
    "wrong UUID": each_result(lambda each: each.update(taskUUID=str(uuid4()))),
    "UUID that is none": each_result(lambda each: each.update(taskUUID=7)),
    "text that is none": each_result(lambda each: each.update(text=None)),
    "duplicated result": answer(
        lambda envelope: envelope.update(data=envelope["data"] * 2)
    ),
    "result of another": Mixed(own=False),
    "result after that of another": Mixed(own=True),
}
"""Every fault of one exchange, by its name."""
