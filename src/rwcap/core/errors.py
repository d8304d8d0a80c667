"""The exceptions of rwcap and the exit status of each.

::

    RwcapError                      every error that rwcap raises
    ├── UsageError                  the command line is wrong
    │   ├── NoPyarrowError          ... because a package is missing
    │   └── NoStorageError          ... because one for object storage is missing
    ├── ConfigError                 a setting or the credentials file is unusable
    ├── OutputError                 an output could not be written
    ├── LedgerError                 the ledger could not be read or written
    ├── LockedError                 another run writes to the same file
    ├── NoInputError                there is no image to caption
    └── TaskError                   one image has no caption
        ├── InputError              the image or a parameter is invalid
        ├── SafetyError             the service refused the content
        ├── QualityError            the caption does not meet the requirements
        ├── NotWrittenError         the caption could not be written
        │   └── FileChangedError    ... because the image file has changed
        ├── AuthError               the API key is refused
        │   └── NoKeyError          ... or there is none, so nothing is sent
        ├── CreditsError            the account is out of credit
        ├── BudgetError             the user's spending limit is reached
        ├── CapacityError           the service is too busy
        ├── ServerError             the service failed
        ├── NetworkError            the service gave no usable reply
        │   ├── NotSentError        ... because there was no connection
        │   │   └── UntrustedServerError  ... because its certificate is invalid
        │   ├── NoReplyError        ... although it may have accepted the request
        │   ├── ForeignReplyError   ... because another server replied
        │   └── StorageError        ... or object storage gave none
        └── AmbiguousError          the caption may be charged; its text is unknown
"""

import errno
from enum import StrEnum
from typing import ClassVar, Final

from rwcap.core.exit_status import ExitStatus

MORE_FILES: Final = "allow more open files: ulimit -n 256"
"""The hint for a process that has as many open files as it may have."""


class ErrorKind(StrEnum):
    """The kind of an error in a record."""

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
    """The caption is bought but could not be written."""


class Interrupted(BaseException):
    """A signal or a closed pipe stops the process.

    It is not an `Exception`, so handlers that retry failures do not catch it.
    Its notes say what was in progress.
    """

    def __init__(self, status: ExitStatus) -> None:
        """Store the exit status of the process."""
        super().__init__(status.name.lower())
        self.status = status


class RwcapError(Exception):
    """An error with a one-line message and an optional hint."""

    status: ClassVar[ExitStatus] = ExitStatus.FAILED
    usual_hint: ClassVar[str | None] = None  # of an error without another hint

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Store the message and the hint.

        Args:
            message: What failed. One line that names the file, option or setting.
            hint: The command to type, or the thing to check.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint or self.usual_hint

    def __reduce__(self) -> tuple[object, ...]:
        """Return what another process needs to make the same error."""
        return _restored, (type(self), self.message, vars(self))


def _restored(kind: type[RwcapError], message: str, state: dict[str, object]) -> object:
    """Return an error of another process."""
    error = kind.__new__(kind, message)
    vars(error).update(state)
    return error


class UsageError(RwcapError):
    """The command line is wrong."""

    status = ExitStatus.USAGE


class NoPyarrowError(UsageError):
    """A Parquet file is named, and the package that reads and writes it is missing."""

    def __init__(self, name: str) -> None:
        """Name the file."""
        super().__init__(
            f"{name}: Parquet requires the package pyarrow",
            hint="pipx inject rwcap pyarrow (or pip install pyarrow)",
        )


class NoStorageError(UsageError):
    """An object is named, and the package that reads and writes it is missing."""

    def __init__(self, name: str, package: str) -> None:
        """Name the object or folder, and the package."""
        super().__init__(
            f"{name}: this storage requires the package {package}",
            hint=f"pipx inject rwcap fsspec pyarrow {package}"
            f' (or pip install "rwcap[remote]" {package})',
        )


class ConfigError(RwcapError):
    """A setting or the credentials file is unusable."""

    status = ExitStatus.CONFIG


class OutputError(RwcapError):
    """An output could not be written."""

    usual_hint: ClassVar[str | None] = "make room if the disk is full, and run it again"

    @classmethod
    def stdout(cls, failure: OSError) -> "OutputError":
        """Return the error for a failed write to standard output."""
        closed = "leave out >&-, which closes it"
        return cls(
            f"cannot write to standard output: {failure.strerror}",
            hint=closed if failure.errno == errno.EBADF else None,
        )


class LedgerError(RwcapError):
    """The ledger could not be read or written."""

    status = ExitStatus.CONFIG


class LockedError(RwcapError):
    """Another run writes to the same file."""

    status = ExitStatus.LOCKED


class NoInputError(RwcapError):
    """There is no image to caption."""

    status = ExitStatus.NO_INPUT


class TaskError(RwcapError):
    """One image has no caption."""

    kind: ClassVar[ErrorKind]
    retryable: ClassVar[bool] = False
    """Whether the same command may succeed later."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str | None = None,
        documentation: str | None = None,
    ) -> None:
        """Store the message, the error code, the hint and a link.

        Args:
            message: What failed. One line that names the image or parameter.
            code: The service's error code, or a code of rwcap in the same style.
            hint: The command to type, or the thing to check.
            documentation: URL of a page about the error.
        """
        super().__init__(message, hint=hint)
        self.code = code
        self.documentation = documentation


class InputError(TaskError):
    """The image or a parameter of the request is invalid."""

    kind = ErrorKind.INPUT


class SafetyError(TaskError):
    """The service refused the content of the image or the prompt."""

    kind = ErrorKind.SAFETY


class QualityError(TaskError):
    """The caption is bought and stored but does not meet the requirements."""

    kind = ErrorKind.QUALITY
    status = ExitStatus.QUALITY


class NotWrittenError(TaskError):
    """The caption is bought and stored but could not be written to an output."""

    kind = ErrorKind.OUTPUT
    retryable = True


class FileChangedError(NotWrittenError):
    """The image file has changed since it was read for captioning."""


class AuthError(TaskError):
    """The API key is missing or refused."""

    kind = ErrorKind.AUTH
    status = ExitStatus.AUTH


class NoKeyError(AuthError):
    """There is no API key, so no request is sent."""


class CreditsError(TaskError):
    """The account is out of credit."""

    kind = ErrorKind.CREDITS
    status = ExitStatus.CREDITS


class BudgetError(TaskError):
    """The next caption could exceed the user's spending limit."""

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
    """The service gave no usable reply."""

    kind = ErrorKind.NETWORK
    status = ExitStatus.UNREACHABLE
    retryable = True


class NotSentError(NetworkError):
    """There was no connection, so the service cannot have accepted the request."""


class UntrustedServerError(NotSentError):
    """The server's certificate does not prove that it is the service."""

    retryable = False


class NoReplyError(NetworkError):
    """The request was sent without a reply. Its outcome is unknown."""


class ForeignReplyError(NetworkError):
    """The reply came from a server that is not the service."""

    retryable = False


class StorageError(NetworkError):
    """Object storage gave no usable reply."""


class AmbiguousError(TaskError):
    """The caption may be charged, and its text is unknown."""

    kind = ErrorKind.AMBIGUOUS
    status = ExitStatus.AMBIGUOUS
