"""The ways to group purchases in a statement."""

from enum import StrEnum, unique


@unique
class Grouping(StrEnum):
    """The property that the purchases of one statement line share."""

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
        """Whether the groups have a chronological order."""
        return self in {self.DAY, self.WEEK, self.MONTH, self.RUN}
