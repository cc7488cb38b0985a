"""Words that the simulated DRS says instead of the truth: enums of tomorrow, lies about the drill flag."""

from enum import StrEnum


class Subject(StrEnum):
    """What a word is about; beside each, whose id chooses it."""

    JOB_STATUS = "job_status"  # job
    INITIATED_BY = "initiated_by"  # job
    LAUNCH_STATUS = "launch_status"  # source server
    LOG_EVENT = "log_event"  # job
    REPLICATION_STATE = "replication_state"  # source server
    LAST_LAUNCH_RESULT = "last_launch_result"  # source server
    EC2_STATE = "ec2_state"  # recovery instance
    IS_DRILL = "is_drill"  # recovery instance


ANY = "*"
_TRUE = "true"


class Words:
    """The words in force; what nobody told otherwise is told truly."""

    def __init__(self) -> None:
        """Start with the truth."""
        self._told: dict[tuple[Subject, str], str] = {}

    def tell(self, subject: Subject, word: str | None, about: str = ANY) -> None:
        """Say this word about one id, or about all; None returns to the truth."""
        if word is None:
            self._told.pop((subject, about), None)
        else:
            self._told[subject, about] = word

    def of(self, subject: Subject, about: str, truth: str) -> str:
        """Return what is said instead of the truth, or the truth."""
        if not self._told:
            return truth
        return self._told.get((subject, about)) or self._told.get((subject, ANY)) or truth

    def flag(self, subject: Subject, about: str, truth: bool) -> bool:
        """Return what is said about a flag."""
        return self.of(subject, about, str(truth).lower()) == _TRUE
