"""What is done about captions that fail a check."""

from enum import StrEnum


class OnFail(StrEnum):
    """What happens to a caption that fails a check."""

    WARN = "warn"
    """It is written, and its faults are reported."""
    FAIL = "fail"
    """It is not written, and the image has failed."""
