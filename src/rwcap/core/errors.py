"""What can go wrong, and the exit status each failure ends in.

::

    RwcapError                  everything rwcap raises on purpose
    ├── UsageError              the command line asks for what cannot be done
    ├── ConfigError             a credentials file or setting cannot be used
    ├── OutputError             an answer could not be written where it was wanted
    ├── LedgerError             what is known of the money cannot be read or written
    ├── LockedError             another run writes to the same file
    ├── NoInputError            there is nothing to caption
    └── TaskError               one image was not captioned
        ├── InputError          the image or a parameter is at fault
        ├── SafetyError         the service refused the content
        ├── QualityError        the reply is not as it was asked for
        ├── NotWrittenError      its caption could not be written where it belongs
        │   └── FileChangedError    ... because its file is no longer what it was
        ├── AuthError           the API key is missing or refused
        ├── CreditsError        the account has no credit left
        ├── BudgetError         the user's own limit leaves no room for another
        ├── CapacityError       the service is too busy
        ├── ServerError         the service failed
        ├── NetworkError        the service gave no usable answer
        │   ├── NotSentError    ... because it was never reached
        │   │   └── UntrustedServerError  ... or is not who it says it is
        │   ├── NoReplyError       ... though it may have accepted the request
        │   └── ForeignReplyError  ... because something else answered
        └── AmbiguousError      the caption may be paid for; its text is unknown
"""

from enum import StrEnum
from typing import ClassVar

from rwcap.core.exit_status import ExitStatus


class ErrorKind(StrEnum):
    """The classes of failure that a record names."""

    INPUT = "input"
    SAFETY = "safety"
    QUALITY = "quality"
    AUTH = "auth"
    CREDITS = "credits"
    BUDGET = "budget"
    CAPACITY = "capacity"
    SERVER = "server"
    NETWORK = "network"
    AMBIGUOUS = "ambiguous"
    OUTPUT = "output"
    """Bought, and not written where it belongs."""


class Interrupted(BaseException):
    """A signal, or the end of a pipe, asked the process to stop.

    Not an `Exception`, so that nothing on the way out takes it for a failure
    that could be retried. Notes on it say what was under way.
    """

    def __init__(self, status: ExitStatus) -> None:
        """Remember the status that the process ends with."""
        super().__init__(status.name.lower())
        self.status = status


class RwcapError(Exception):
    """A failure with a message of one line and a way forward."""

    status: ClassVar[ExitStatus] = ExitStatus.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Say in `message` what failed, in `hint` what to type or to check."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RwcapError):
    """The command line asks for something that cannot be done."""

    status = ExitStatus.USAGE


class ConfigError(RwcapError):
    """A credentials file or a setting cannot be used."""

    status = ExitStatus.CONFIG


class OutputError(RwcapError):
    """An answer could not be written where it was asked for."""

    @classmethod
    def stdout(cls, failure: OSError) -> "OutputError":
        """Return the failure of writing to standard output."""
        return cls(f"cannot write to standard output: {failure.strerror}")


class LedgerError(RwcapError):
    """What is known of the money cannot be read or written."""

    status = ExitStatus.CONFIG


class LockedError(RwcapError):
    """Another run writes to the same file."""

    status = ExitStatus.LOCKED


class NoInputError(RwcapError):
    """There is nothing to caption."""

    status = ExitStatus.NO_INPUT


class TaskError(RwcapError):
    """One image was not captioned."""

    kind: ClassVar[ErrorKind]
    retryable: ClassVar[bool] = False
    """Whether the same command may succeed later, unchanged."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str | None = None,
        documentation: str | None = None,
    ) -> None:
        """Add the machine's name of the failure and the page that explains it.

        `code` is the service's own where it gave one.
        """
        super().__init__(message, hint=hint)
        self.code = code
        self.documentation = documentation


class InputError(TaskError):
    """The image or a parameter of the request is at fault."""

    kind = ErrorKind.INPUT


class SafetyError(TaskError):
    """The service refused the content of the image or of the prompt."""

    kind = ErrorKind.SAFETY


class QualityError(TaskError):
    """The caption is bought and kept, but not as it was asked for."""

    kind = ErrorKind.QUALITY
    status = ExitStatus.QUALITY


class NotWrittenError(TaskError):
    """The caption is bought and kept, but not written where it belongs."""

    kind = ErrorKind.OUTPUT
    retryable = True


class FileChangedError(NotWrittenError):
    """The file of the image is no longer what it was when it was captioned."""


class AuthError(TaskError):
    """The API key is missing, or the service refused it."""

    kind = ErrorKind.AUTH
    status = ExitStatus.AUTH


class CreditsError(TaskError):
    """The account has no credit left."""

    kind = ErrorKind.CREDITS
    status = ExitStatus.CREDITS


class BudgetError(TaskError):
    """The user's own limit leaves no room for another caption."""

    kind = ErrorKind.BUDGET
    status = ExitStatus.LIMIT
    retryable = True


class CapacityError(TaskError):
    """The service is too busy to accept the request."""

    kind = ErrorKind.CAPACITY
    status = ExitStatus.UNREACHABLE
    retryable = True


class ServerError(TaskError):
    """The service failed."""

    kind = ErrorKind.SERVER
    status = ExitStatus.UNREACHABLE
    retryable = True


class NetworkError(TaskError):
    """The service gave no usable answer."""

    kind = ErrorKind.NETWORK
    status = ExitStatus.UNREACHABLE
    retryable = True


class NotSentError(NetworkError):
    """No connection: the service cannot have accepted anything."""


class UntrustedServerError(NotSentError):
    """The other side could not prove that it is the service."""

    retryable = False


class NoReplyError(NetworkError):
    """The request went out and no answer came back: its fate is unknown."""


class ForeignReplyError(NetworkError):
    """Something answered that is not the service."""

    retryable = False


class AmbiguousError(TaskError):
    """The caption may have been paid for, and its text is not known."""

    kind = ErrorKind.AMBIGUOUS
    status = ExitStatus.AMBIGUOUS
