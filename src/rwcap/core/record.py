"""The record: what is known of one wanted caption, as one JSON object, version 1."""

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rwcap.core.errors import ErrorKind, TaskError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros, format_usd
from rwcap.core.text import escape_json

RECORD_VERSION: Final = 1

SANDBOX_PREFIX: Final = "[sandbox]"
"""How every caption of the sandbox begins, so that none passes for a real one."""


class RecordStatus(StrEnum):
    """How it ended."""

    OK = "ok"
    """Bought now."""
    CACHED = "cached"
    """Bought earlier, and not paid again."""
    ACCEPTED = "accepted"
    """Accepted by the service; the text was not waited for."""
    SKIPPED = "skipped"
    """Written earlier: nothing was to be done."""
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"
    """It may have been paid for; its text is not known."""


class CostSource(StrEnum):
    """Who told the cost."""

    API = "api"
    """The service, with the answer."""
    LEDGER = "ledger"
    """Our own memory of an earlier purchase."""
    NONE = "none"
    """Nobody."""


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """Why there is no text."""

    code: str
    kind: ErrorKind
    message: str
    retryable: bool
    status: ExitStatus
    hint: str | None = None
    documentation: str | None = None

    @classmethod
    def from_error(cls, error: TaskError) -> "ErrorDetails":
        """Return what an exception says, as a value."""
        return cls(
            code=error.code,
            kind=error.kind,
            message=error.message,
            retryable=error.retryable,
            status=error.status,
            hint=error.hint,
            documentation=error.documentation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one wanted caption."""

    source: str
    """The image as it was named."""
    status: RecordStatus
    text: str | None = None
    long: str | None = None
    """The whole reply, where `text` is only its beginning or it could not be used."""
    cost: Micros | None = None
    """What the caption cost when it was bought; None where nobody told."""
    cost_source: CostSource = CostSource.NONE
    id: str | None = None
    """What a manifest calls it."""
    task_uuid: str | None = None
    model: str | None = None
    prompt: str | None = None
    image_sha256: str | None = None
    """None for an image that rwcap never saw: a URL, a UUID."""
    attempts: int = 0
    """Requests sent to buy it; questions about it are not counted."""
    seconds: float = 0.0
    """From reading the image to the answer."""
    outputs: tuple[str, ...] = ()
    """Files that hold the caption."""
    error: ErrorDetails | None = None
    sandbox: bool = False

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the record as a JSON object that is safe to show on a terminal."""
        return _to_safe_json(self.to_dict(), indent=indent)

    def to_dict(self) -> dict[str, object]:
        """Return the members of the JSON object, in the order people read them."""
        readable = _decodable(self.source)
        fields: dict[str, object] = {
            "v": RECORD_VERSION,
            "source": readable,
            "status": self.status,
            "text": self.text,
            "cost_usd": None if self.cost is None else format_usd(self.cost),
            "cost_source": self.cost_source,
            "task_uuid": self.task_uuid,
            "model": self.model,
            "prompt": self.prompt,
            "image_sha256": self.image_sha256,
            "attempts": self.attempts,
            "seconds": round(self.seconds, 3),
            "outputs": [_decodable(path) for path in self.outputs],
            "error": None if self.error is None else _error_fields(self.error),
            "sandbox": self.sandbox,
        }
        if readable != self.source:
            raw = self.source.encode("utf-8", "surrogateescape")
            fields["source_b64"] = base64.b64encode(raw).decode()
        if self.id is not None:
            fields["id"] = self.id
        if self.long is not None:
            fields["long"] = self.long
        return fields


def is_sandbox_text(text: str) -> bool:
    """Return whether the sandbox has written all of a text, each of its lines.

    With anything else in it, it is somebody's.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith(SANDBOX_PREFIX) for line in lines)


def fetch_command(task_uuid: str, reach: str) -> str:
    """Return the command that prints again what was paid for under a UUID.

    `reach` are the options that lead to the service where it was bought.
    """
    return f"rwcap caption --fetch {task_uuid} {reach}".rstrip()


def records_to_json(records: list[Record]) -> str:
    """Return several records as one indented JSON array."""
    return _to_safe_json([record.to_dict() for record in records], indent=2)


def _decodable(path: str) -> str:
    """Return a path with U+FFFD for what is not UTF-8 in it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _to_safe_json(document: object, *, indent: int | None) -> str:
    return escape_json(json.dumps(document, ensure_ascii=False, indent=indent))


def _error_fields(failure: ErrorDetails) -> dict[str, object]:
    return {
        "code": failure.code,
        "kind": failure.kind,
        "message": failure.message,
        "retryable": failure.retryable,
        "hint": failure.hint,
        "documentation": failure.documentation,
    }
