"""The functions and objects that use cases need from outside, passed by the caller."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rwcap.api.wire import Reply
from rwcap.core.errors import InputError, TaskError
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.core.text import short_name

if TYPE_CHECKING:
    from rwcap.images.image import Image
    from rwcap.ledger.ledger import Ledger


class RunStopped(BaseException):
    """The run has stopped, so a waiting thread gives up its image."""

    nothing_sent: bool = False
    """Whether no request of a purchase was sent."""

    def __init__(self, error: TaskError) -> None:
        """Store the reason why there is no caption."""
        super().__init__(error.message)
        self.error = error


class AccountContext(NamedTuple):
    """The context for queries about the account. The members are as in `Context`."""

    query: Callable[[bytes], Reply]
    new_uuid: Callable[[], str]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    notify: Callable[[str], None]


class Context(NamedTuple):
    """The context of one run, or of one thread of it."""

    read_image: Callable[[str], "Image"]
    """Return the image of a source. Raises `InputError` and `StorageError`."""
    parse_image: Callable[[bytes, str], "Image"]
    """Return the image in these bytes, under a name. Raises `InputError`."""
    stamp: Callable[[CaptionRequest], FileStamp | None]
    """Return the stamp of an image. None if it is neither a file nor an object. Raises
    `InputError` and `StorageError` for objects."""
    ledger: "Ledger"
    """The ledger, shared by all threads."""
    post: Callable[[bytes], Reply]
    """Send a request body. Raises `NotSentError` if there was no connection, and
    `NoReplyError` if the connection was lost before the reply."""
    query: Callable[[bytes], Reply]
    """Send a query, which is free and answered soon. Raises the same errors."""
    new_uuid: Callable[[], str]
    """Return a new UUID v4."""
    sleep: Callable[[float], None]
    """Sleep for a number of seconds. Raises `RunStopped` if the run is stopped."""
    sleep_before_purchase: Callable[[float], None]
    """Sleep for a number of seconds. Raises `RunStopped` if no purchase may begin."""
    now: Callable[[], float]
    """Return the seconds of a monotonic clock."""
    random: Callable[[], float]
    """Return a random number in [0, 1)."""
    notify: Callable[[str], None]
    """Show a line that explains a delay: `waiting: REASON`, or `REASON; NEXT STEP`."""
    on_purchase: Callable[[Record], None]
    """Receive the record of each finished purchase. The receiver prints it even if
    the run is interrupted."""
    check_connection: Callable[[], None] = lambda: None
    """Raise `ConfigError` if nothing can be sent, because the key, the URL, the proxy
    or the certificates are unusable. Sends nothing."""
    service_options: str = ""
    """The options with which another command reaches the same service."""
    sandbox: bool = False
    """Whether the service is the sandbox."""

    def requested_image(self, request: CaptionRequest) -> "Image":
        """Return the image of a request. Raises `InputError` and `StorageError`."""
        try:
            if request.content is None:
                return self.read_image(request.source)
            return self.parse_image(request.content, request.source)
        except MemoryError as error:
            raise InputError(
                f"{short_name(request.source)}: not enough memory",
                code="outOfMemory",
                hint="ulimit -v (prints a limit on memory, in KiB)",
            ) from error


def reason_of(message: str) -> str:
    """Return the reason for a delay, without what comes next."""
    if message.startswith("waiting: "):
        return message.removeprefix("waiting: ")
    reason, _, rest = message.rpartition("; ")
    return reason or rest
