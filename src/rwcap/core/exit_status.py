"""The exit statuses of rwcap and the order in which they take precedence."""

from collections.abc import Iterable
from enum import IntEnum, unique


@unique
class ExitStatus(IntEnum):
    """The exit status of the process."""

    OK = 0
    """All requested work is done."""
    FAILED = 1
    """Every caption failed, an output cannot be written, or a check found a problem."""
    USAGE = 2
    """The command line is wrong; nothing was done. Shells use 2 for this, too."""
    PARTIAL = 3
    """Some captions failed."""
    AUTH = 4
    """The API key is missing or was refused."""
    CREDITS = 5
    """The account is out of credit."""
    UNREACHABLE = 6
    """The service could not be reached, or kept failing, after all retries."""
    NO_INPUT = 7
    """The sources name no image."""
    LIMIT = 8
    """A limit on money or time is reached, or only a pilot was bought; work is left."""
    QUALITY = 9
    """An empty or unfit reply is not written, or a caption fails a check."""
    AMBIGUOUS = 10
    """A caption may have been charged, and its text is unknown."""
    LOCKED = 75
    """Another run writes to the same file. EX_TEMPFAIL of sysexits.h."""
    CONFIG = 78
    """A setting, a URL or the ledger is unusable. EX_CONFIG of sysexits.h."""
    HANGUP = 129
    """The terminal was closed. 128 + SIGHUP."""
    INTERRUPTED = 130
    """Interrupted with Ctrl-C. 128 + SIGINT, as shells report it."""
    BROKEN_PIPE = 141
    """The reader of standard output closed the pipe. 128 + SIGPIPE."""
    TERMINATED = 143
    """Terminated. 128 + SIGTERM."""


_PRECEDENCE = (
    ExitStatus.AMBIGUOUS,
    ExitStatus.LIMIT,
    ExitStatus.CREDITS,
    ExitStatus.AUTH,
    ExitStatus.UNREACHABLE,
    ExitStatus.QUALITY,
    ExitStatus.PARTIAL,
    ExitStatus.FAILED,
)


def overall_status(failures: Iterable[ExitStatus], *, succeeded: int) -> ExitStatus:
    """Return the exit status of a run.

    The most urgent failure decides: first an ambiguous charge, last an image
    that failed.

    Args:
        failures: The statuses of all failures.
        succeeded: The number of captions that succeeded.
    """
    seen = set(failures)
    if ExitStatus.FAILED in seen and succeeded:
        seen.add(ExitStatus.PARTIAL)
    return next((status for status in _PRECEDENCE if status in seen), ExitStatus.OK)
