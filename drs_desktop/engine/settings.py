"""How quickly the engine looks, how long it waits: service time, unless a name says local."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """Paces of the engine."""

    quick_poll: timedelta = timedelta(seconds=5)
    """Between looks at a job of which something may end soon."""
    ending_poll: timedelta = timedelta(seconds=2)
    """Between the few looks after the last server of a job launched: the next wave waits for its end."""
    slow_poll: timedelta = timedelta(seconds=10)
    """Between looks at a job of which nothing can change soon; with the look itself, within `stale_local`."""
    quiet_logs: int = 1
    """How many logs of jobs that look unchanged are read at each look of an account and Region."""
    stale_local: timedelta = timedelta(seconds=15)
    """What is in flight and was not seen for longer is shown as old."""
    longest_poll: timedelta = timedelta(seconds=60)
    """The longest wait after AWS asked to slow down or did not answer."""
    idle_poll: timedelta = timedelta(seconds=60)
    """Between looks at instances that were good when last looked at."""
    line_wait: timedelta = timedelta(seconds=15)
    """Before a part that waits in line looks again."""
    arm_span_local: timedelta = timedelta(seconds=30)
    """How long a committed intent may be sent."""
    lease_renewal_local: timedelta = timedelta(seconds=10)
    empty_seat_local: timedelta = timedelta(seconds=2)
    """How often who left a command looks whether its driver is gone."""
    gap_local: timedelta = timedelta(minutes=15)
    """A longer silence of this machine makes the next start a person's decision."""
    termination_limit: timedelta = timedelta(hours=2)
    """How long a TERMINATE job is watched that neither ends nor removes its instances."""
    longest_termination_wait: timedelta = timedelta(minutes=5)
    """The longest wait before a TerminateRecoveryInstances call that failed is made again."""
    missing_after: timedelta = timedelta(minutes=2)
    """How long a job of ours may be absent from complete reads before its record counts as deleted."""
