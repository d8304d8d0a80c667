"""The record: the result for one source as one JSON object, version 1."""

from binascii import b2a_base64
from enum import StrEnum
from typing import Final, NamedTuple

from rwcap.core.errors import ErrorKind, TaskError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.fields import FieldTexts, FieldValues
from rwcap.core.money import Micros, format_usd
from rwcap.core.text import escape_json

RECORD_VERSION: Final = 1

SANDBOX_PREFIX: Final = "[sandbox]"
"""The beginning of every caption of the sandbox, which marks it as a sample."""


class RecordStatus(StrEnum):
    """The result of a requested caption."""

    OK = "ok"
    """Bought in this run."""
    CACHED = "cached"
    """Bought earlier and reused free."""
    ACCEPTED = "accepted"
    """Accepted by the service. The run did not wait for the text."""
    SKIPPED = "skipped"
    """Written earlier. There was nothing to do."""
    EDITED = "edited"
    """The text of a person, from a table (`--texts`). It cost nothing."""
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"
    """The caption may be charged, and its text is unknown."""


class CostSource(StrEnum):
    """The source of the cost in a record."""

    API = "api"
    """The reply of the service."""
    LEDGER = "ledger"
    """The ledger, for a caption that was bought earlier."""
    NONE = "none"
    """The cost is unknown."""


class ErrorDetails(NamedTuple):
    """The error of a record: the reason why there is no text."""

    code: str
    kind: ErrorKind
    message: str
    retryable: bool
    status: ExitStatus
    hint: str | None = None
    documentation: str | None = None

    @classmethod
    def from_error(cls, error: TaskError) -> "ErrorDetails":
        """Return the details of an exception."""
        return cls(
            code=error.code,
            kind=error.kind,
            message=error.message,
            retryable=error.retryable,
            status=error.status,
            hint=error.hint,
            documentation=error.documentation,
        )


class Record(NamedTuple):
    """The result for one source."""

    source: str
    """The image as the user named it."""
    status: RecordStatus
    text: str | None = None
    long: str | None = None
    """The whole reply, if `text` is a part of it or the reply is unusable."""
    cost: Micros | None = None
    """The price of the caption when it was bought; None if unknown."""
    cost_source: CostSource = CostSource.NONE
    id: str | None = None
    """The id of the table row."""
    task_uuid: str | None = None
    model: str | None = None
    prompt: str | None = None
    image_sha256: str | None = None
    """None for a URL or a UUID, whose image data rwcap does not read."""
    attempts: int = 0
    """The number of requests for the caption, without queries about its status."""
    seconds: float = 0.0
    """The time from reading the image to the reply."""
    outputs: tuple[str, ...] = ()
    """The paths of the files with the caption."""
    error: ErrorDetails | None = None
    sandbox: bool = False
    fields: FieldValues | None = None
    """The fields that were asked for; None if the caption has no fields."""
    prompt_name: str | None = None
    """The name of the prompt in a trial of several prompts."""
    repairs: tuple[str, ...] = ()
    """What was wrong with the reply, and could be read all the same."""
    faults: tuple[str, ...] = ()
    """The checks that the caption fails; empty if none was made."""
    before: str | None = None
    """The other text that an output had before, if it is wanted; not in JSON."""

    @property
    def field_texts(self) -> FieldTexts | None:
        """Return the fields that have a place in metadata; None without fields."""
        return None if self.fields is None else FieldTexts.of(self.fields)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the record as a JSON object that is safe to print on a terminal."""
        return _to_safe_json(self.to_dict(), indent=indent)

    def to_dict(self) -> dict[str, object]:
        """Return the members of the JSON object in their documented order."""
        decodable = _decodable(self.source)
        members: dict[str, object] = {
            "v": RECORD_VERSION,
            "source": decodable,
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
            "error": None if self.error is None else _error_members(self.error),
            "sandbox": self.sandbox,
        }
        if decodable != self.source:
            raw = self.source.encode("utf-8", "surrogateescape")
            members["source_b64"] = b2a_base64(raw, newline=False).decode()
        if self.id is not None:
            members["id"] = self.id
        if self.prompt_name is not None:
            members["prompt_name"] = _decodable(self.prompt_name)
        if self.long is not None:
            members["long"] = self.long
        if self.fields is not None:
            members["fields"] = dict(self.fields)
        if self.repairs:
            members["repairs"] = [*self.repairs]
        if self.faults:
            members["faults"] = [*self.faults]
        return members


def records_to_json(records: list[Record]) -> str:
    """Return several records as one indented JSON array."""
    return _to_safe_json([record.to_dict() for record in records], indent=2)


def is_sandbox_text(text: str) -> bool:
    """Return whether every line of a text was written by the sandbox."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith(SANDBOX_PREFIX) for line in lines)


def fetch_command(task_uuid: str, options: str) -> str:
    """Return the command that prints the caption of a task again.

    Args:
        task_uuid: The UUID of the task.
        options: The options that select the service where it was bought.
    """
    return f"rwcap caption --fetch {task_uuid} {options}".rstrip()


def recover_command(options: str) -> str:
    """Return the command that asks for the captions of open and ambiguous purchases.

    Args:
        options: The options that select the service where they were bought.
    """
    return f"rwcap cost recover {options}".rstrip()


def _decodable(path: str) -> str:
    """Return a path with U+FFFD in place of bytes that are not UTF-8."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _to_safe_json(document: object, *, indent: int | None) -> str:
    import json  # 1.5 ms, and text on a terminal needs none

    return escape_json(json.dumps(document, ensure_ascii=False, indent=indent))


def _error_members(error: ErrorDetails) -> dict[str, object]:
    return {
        "code": error.code,
        "kind": error.kind,
        "message": error.message,
        "retryable": error.retryable,
        "hint": error.hint,
        "documentation": error.documentation,
    }
