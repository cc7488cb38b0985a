"""How an execution stands against its plan's time target (RTO): a word with its shape, and the share used."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.services.views import ExecutionView
from drs_desktop.ui.models.forecast import Forecast
from drs_desktop.ui.models.status_text import Look, Shape, Tone, clock_words, time_words, tr

NEARLY_USED = 0.8


@dataclass(frozen=True, kw_only=True)
class Target:
    """What to show about the target.

    Attributes:
        share: how much of the time is used; above 1 it has passed.
        about: the same as a sentence, with when the target is.
    """

    look: Look
    share: float
    about: str


def recovery_target(view: ExecutionView, expected: Forecast | None, now: datetime) -> Target | None:
    """Return how the execution stands against its target; None where its plan has none."""
    target = view.recovery_time
    if target is None:
        return None
    begun = min((wave.started_at for wave in view.waves if wave.started_at), default=None)
    if begun is None:
        words = tr("RTO {0}, not begun").format(clock_words(target))
        about = tr("The plan's target counts from the first wave's start.")
        return Target(look=Look(words, Tone.IDLE, Shape.CIRCLE), share=0.0, about=about)
    used = (_last_end(view) if view.status.is_terminal else now) - begun
    look = _ended(view, target, used) if view.status.is_terminal else _live(begun, target, used, expected)
    about = tr("The plan's target (RTO) is {0} from the first wave's start, that is until {1}; {2} are used.")
    told = about.format(clock_words(target), time_words(begun + target), clock_words(used))
    return Target(look=look, share=used / target, about=told)


def _last_end(view: ExecutionView) -> datetime:
    ends = [wave.ended_at for wave in view.waves if wave.ended_at]
    return max(ends, default=view.ended_at or view.created_at)


def _ended(view: ExecutionView, target: timedelta, used: timedelta) -> Look:
    clock = clock_words(target)
    if view.status is ExecutionStatus.CANCELLED:
        return Look(tr("RTO {0}: cancelled before it").format(clock), Tone.IDLE, Shape.DASH)
    if view.status is not ExecutionStatus.COMPLETED:
        return Look(tr("RTO {0} not met: not every server is up").format(clock), Tone.FAILED, Shape.CROSS)
    if used > target:
        words = tr("RTO {0} missed by {1}").format(clock, clock_words(used - target))
        return Look(words, Tone.FAILED, Shape.CROSS)
    return Look(tr("RTO {0} met: took {1}").format(clock, clock_words(used)), Tone.DONE, Shape.CHECK)


def _live(begun: datetime, target: timedelta, used: timedelta, expected: Forecast | None) -> Look:
    clock = clock_words(target)
    if used > target:
        words = tr("RTO {0} passed by {1}").format(clock, clock_words(used - target))
        return Look(words, Tone.FAILED, Shape.CROSS)
    share = f"{int(100 * (used / target))} %"
    if expected is not None and expected.is_measured and expected.ends_from and expected.ends_to:
        if expected.ends_from > begun + target:
            return Look(
                tr("RTO {0}, {1} used: will be missed").format(clock, share), Tone.FAILED, Shape.TRIANGLE
            )
        if expected.ends_to > begun + target:
            return Look(
                tr("RTO {0}, {1} used: may be missed").format(clock, share), Tone.HELD, Shape.TRIANGLE
            )
    words = tr("RTO {0}, {1} used").format(clock, share)
    if used / target >= NEARLY_USED:
        return Look(words, Tone.HELD, Shape.TRIANGLE)
    return Look(words, Tone.RUNNING, Shape.HALF)
