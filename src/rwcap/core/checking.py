"""What is done about captions that fail a check."""

from enum import StrEnum


class OnFail(StrEnum):
    """What happens to a caption that fails a check."""

    WARN = "warn"
    """It is written, and its faults are reported."""
    FAIL = "fail"
    """It is not written, and the image has failed."""
    RETRY = "retry"
    """Another caption is bought once, and the better one is written."""
    DROP_SENTENCE = "drop-sentence"
    """Whole sentences that fail are left out where the rest makes sense alone."""


class Only(StrEnum):
    """The images of the sources that are captioned."""

    FAILED_CHECKS = "failed-checks"
    """Those whose caption fails a check."""
