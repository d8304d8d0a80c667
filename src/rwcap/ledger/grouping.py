"""By what purchases are grouped in a statement of account."""

from enum import StrEnum, unique


@unique
class Grouping(StrEnum):
    """What the purchases of one line have in common."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    RUN = "run"
    PROMPT = "prompt"
    MODEL = "model"
    FOLDER = "folder"
    STATUS = "status"

    @property
    def is_time(self) -> bool:
        """Whether groups follow each other in time."""
        return self in {self.DAY, self.WEEK, self.MONTH, self.RUN}
