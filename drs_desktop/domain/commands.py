"""What an operator asks, in the imperative."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from drs_desktop.domain.ids import JobId
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.steps import StepKey


class StartAnswer(StrEnum):
    """The three answers to "we do not know whether AWS started it"."""

    KEEP_LOOKING = "keep looking"
    OURS = "it is ours"
    NOTHING_STARTED = "nothing was started"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Start nothing new."""

    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Resume:
    """Let the execution go on, or release just one hold.

    Attributes:
        wave: release only what this wave waits for. Where that is the pause on request, or the hold of all
            starts after a gap, it ends for every wave; whatever else is in force stays. None: let go of the
            one wave that waits for a reason of its own, of a pause on request and of a hold of all starts.
        reason: why; needed to go on after a failure.
        hold_id: the hold that the person saw: one that came since is not released by it.
        starts_held: why all starts were held when the person looked, empty when they were not: a reason that
            came since stays in force. None: whatever the reason is now.
        pause_seen: whether the person saw a pause on request; one that came since stays.
    """

    wave: int | None = None
    reason: str = ""
    hold_id: str | None = None
    starts_held: str | None = None
    pause_seen: bool = True


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Start nothing more, for good; watch what runs to its end."""

    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Terminate:
    """Terminate the recovery instances that this execution's own jobs launched.

    After a recovery both the plan's name and the number of instances must be given, exactly.
    """

    confirm_plan_name: str | None = None
    confirm_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerStart:
    """Settle an attempt that the witnesses could not settle."""

    key: AttemptKey
    answer: StartAnswer
    job_id: JobId | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Start again, as a new attempt, the servers of a wave whose launch failed, and its failed steps."""

    wave: int


@dataclass(frozen=True, kw_only=True)
class Skip:
    """Never run a wave that has started nothing; the reason goes on record."""

    wave: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class EndWait:
    """End a timed wait now."""

    key: StepKey


@dataclass(frozen=True, kw_only=True)
class ExtendWait:
    """Let a timed wait end later, or earlier, by a span of service time."""

    key: StepKey
    by: timedelta


@dataclass(frozen=True, kw_only=True)
class AnswerTask:
    """Say how a manual task went."""

    key: StepKey
    is_done: bool
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class StopWatching:
    """Look no more at the jobs of a cancelled execution; they go on in AWS. Needs a reason.

    Attributes:
        is_aws_gone: the simulator it ran on is not there, so that nothing can ever be looked at again: starts
            in doubt are left as they are, and a cancel need not come first.
    """

    reason: str
    is_aws_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class CancelAndCleanUp:
    """Cancel a drill, wait for its jobs, then terminate what it launched."""

    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AddNote:
    """Write something down in the journal."""

    text: str


Command = (
    Pause
    | Resume
    | Cancel
    | Terminate
    | AnswerStart
    | Retry
    | Skip
    | EndWait
    | ExtendWait
    | AnswerTask
    | StopWatching
    | CancelAndCleanUp
    | AddNote
)
