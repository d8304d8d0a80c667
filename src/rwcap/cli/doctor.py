"""rwcap config doctor."""

from rwcap.domain.errors import ExitStatus


def doctor() -> ExitStatus:
    """Check."""
    return ExitStatus.OK
