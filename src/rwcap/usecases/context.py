"""What use cases need of the outside, handed in by their caller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rwcap.api.wire import Reply
from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import Record

if TYPE_CHECKING:
    from rwcap.images.image import Image
    from rwcap.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContext:
    """What those need who only ask the service about the account."""

    query: Callable[[bytes], Reply]
    """As of a `World`; so is the rest."""
    new_uuid: Callable[[], str]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    notify: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The outside of one run, or of one thread of it."""

    read_image: Callable[[str], "Image"]
    """Return the image that a word names, or raise `InputError`."""
    stamp: Callable[[str], FileStamp | None]
    """Return by what a file is taken for unchanged; None for what is no file."""
    ledger: "Ledger"
    """Knows what was paid for; shared by all threads."""
    post: Callable[[bytes], Reply]
    """Send one request. Raises `NotSentError` where no connection was made,
    `NoReplyError` where one was and no answer could be read."""
    query: Callable[[bytes], Reply]
    """Send a question about a task, which is free and soon answered; as `post`."""
    new_uuid: Callable[[], str]
    """Return a UUID v4 never used before."""
    sleep: Callable[[float], None]
    sleep_before_purchase: Callable[[float], None]
    """Sleep before a purchase is begun; may raise where none is to be begun."""
    now: Callable[[], float]
    """Seconds on a clock that only goes forward."""
    random: Callable[[], float]
    """Numbers spread evenly over [0, 1)."""
    notify: Callable[[str], None]
    """Told in one line why things take longer."""
    on_purchase: Callable[[Record], None]
    """Told of every purchase the moment it has ended: from then on it is with
    whoever was told, whatever interrupts."""
    service_options: str = ""
    """Options with which another command reaches the same service."""
    sandbox: bool = False
    """Whether the service is the offline stand-in."""
