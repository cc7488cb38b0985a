"""What can be asked of a live execution: whether now, of what, and what would be called."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.execution import HoldKind
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.steps import TIMED_WAIT, StepKey, StepStatus
from drs_desktop.services.views import ActionState, ExecutionView, ServerLaunchRow, StepRow, WaveRow
from drs_desktop.ui.models.status_text import counted, time_words, tr

NAMED = 8
NO_EXECUTION = ActionState(enabled=False, reason="No execution is shown: choose one first.")
_YES = ActionState(enabled=True)
VERBS = (
    "pause",
    "resume",
    "note",
    "retry",
    "skip",
    "end_wait",
    "extend_wait",
    "cancel",
    "clean_up",
    "stop_watching",
    "terminate",
)
WAVE_VERBS = frozenset({"retry", "skip", "end_wait", "extend_wait"})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing that a control can be used on, with what would happen."""

    wave: int | None = None
    hold_id: str | None = None
    step: StepKey | None = None
    text: str = ""
    preview: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Control:
    """What a dialog asks before it does something.

    Attributes:
        verb: one of VERBS.
        action: the word on the button that does it.
        choices: what it can be used on; one or more.
        asks: what must be written down, or empty.
        asks_minutes: whether a number of minutes is asked for.
        is_danger: whether something is deleted or given up.
        is_harmless: whether Enter may do it.
    """

    verb: str
    title: str
    action: str
    choices: tuple[Choice, ...]
    asks: str = ""
    asks_minutes: bool = False
    is_danger: bool = False
    is_harmless: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person chose and wrote."""

    verb: str
    choice: Choice
    text: str = ""
    by: timedelta = timedelta()


# ---- whether


def control_states(view: ExecutionView | None) -> dict[str, ActionState]:
    """Return for every verb whether it can be asked for now, and if not, why."""
    if view is None:
        return dict.fromkeys(VERBS, NO_EXECUTION)
    actions = view.actions
    waits = _YES if any(_running_waits(view)) else _no(tr("No timed wait is running."))
    return {
        "pause": actions.pause,
        "resume": _resume(view),
        "note": _YES,
        "retry": _of_waves(view, (w.can_retry for w in view.waves), tr("No wave waits after a failure.")),
        "skip": _of_waves(view, (w.can_skip for w in view.waves), tr("Every wave has started something.")),
        "end_wait": waits,
        "extend_wait": waits,
        "cancel": actions.cancel,
        "clean_up": actions.clean_up,
        "stop_watching": actions.stop_watching,
        "terminate": actions.terminate,
    }


def _no(reason: str) -> ActionState:
    return ActionState(enabled=False, reason=reason)


def _resume(view: ExecutionView) -> ActionState:
    held = sum(1 for wave in view.waves if wave.waits_alone)
    if view.actions.resume.enabled and held > 1:
        return _no(tr("{0} waves wait: resume the one you mean under Needs you.").format(held))
    return view.actions.resume


def _of_waves(view: ExecutionView, states: Iterable[ActionState], otherwise: str) -> ActionState:
    if not view.actions.cancel.enabled:
        return view.actions.cancel  # over, being cancelled, or begun elsewhere: nothing is started any more
    return _YES if any(state.enabled for state in states) else _no(otherwise)


def _running_waits(view: ExecutionView) -> Iterable[tuple[WaveRow, StepRow]]:
    for wave in view.waves:
        for step in wave.steps:
            if step.kind == TIMED_WAIT and step.status is StepStatus.RUNNING:
                yield wave, step


# ---- what would happen


def control_of(verb: str, view: ExecutionView) -> Control:
    """Return what to ask before a verb is done, with its preview."""
    return _CONTROLS[verb](view)


def _note(view: ExecutionView) -> Control:
    preview = (tr("It stands in the history with your name and the time. Nothing is called in AWS."),)
    return Control(
        verb="note",
        title=tr("Note for {0}").format(view.plan_name),
        action=tr("Write down"),
        choices=(Choice(preview=preview),),
        asks=tr("What happened, what was decided, who said it:"),
        is_harmless=True,
    )


def _retry(view: ExecutionView) -> Control:
    return Control(
        verb="retry",
        title=tr("Retry what failed"),
        action=tr("Retry"),
        choices=tuple(_retry_of(wave, view) for wave in view.waves if wave.can_retry.enabled),
    )


def _retry_of(wave: WaveRow, view: ExecutionView) -> Choice:
    servers = [
        s for s in view.servers if s.wave == wave.number and s.launch_status is not LaunchStatus.LAUNCHED
    ]
    steps = [step.name for step in wave.steps if step.status is StepStatus.FAILED]
    lines = []
    if servers:
        lines.append(tr("StartRecovery is called again, as a new attempt, for:"))
        lines += _by_place(servers)
    if steps:
        lines.append(tr("Tried again: {0}").format(", ".join(steps)))
    lines.append(tr("Servers that launched are left alone: no instance is deleted."))
    return Choice(wave=wave.number, text=_wave_words(wave), preview=tuple(lines))


def _by_place(servers: Iterable[ServerLaunchRow]) -> list[str]:
    places: dict[str, list[str]] = {}
    for server in servers:
        place = f"{server.account_name or server.account_id} {server.region}"
        places.setdefault(place, []).append(server.name)
    return [f"• {place}: {_names(names)}" for place, names in sorted(places.items())]


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return tr("{0} and {1} more").format(shown, len(names) - NAMED) if len(names) > NAMED else shown


def _go_on(view: ExecutionView) -> Control:
    return Control(
        verb="resume",
        title=tr("Go on all the same"),
        action=tr("Go on"),
        choices=tuple(_go_on_of(wave) for wave in view.waves if wave.is_held and wave.needs_reason),
        asks=tr("Why (stands in the history):"),
    )


def _go_on_of(wave: WaveRow) -> Choice:
    preview = (
        f"{wave.reason[:1].upper()}{wave.reason[1:]}",
        tr("The servers named start from their newest data.")
        if wave.hold_kind is HoldKind.POINT_GONE
        else tr("The wave ends as it is; waves that wait for it go on without what it lacks."),
    )
    return Choice(wave=wave.number, hold_id=wave.hold_id, text=_wave_words(wave), preview=preview)


def _skip(view: ExecutionView) -> Control:
    return Control(
        verb="skip",
        title=tr("Skip a wave"),
        action=tr("Skip the wave"),
        choices=tuple(_skip_of(wave) for wave in view.waves if wave.can_skip.enabled),
        asks=tr("Why (stands in the history):"),
        is_danger=True,
    )


def _skip_of(wave: WaveRow) -> Choice:
    servers = counted(wave.server_count, tr("server"), tr("servers"))
    preview = (
        tr("The wave never runs: {0} of it will not be started by this execution.").format(servers),
        tr("Waves that wait for it go on without it. Nothing is called in AWS. It cannot be taken back."),
    )
    return Choice(wave=wave.number, text=_wave_words(wave), preview=preview)


def _end_wait(view: ExecutionView) -> Control:
    line = tr("It ends now instead of at {0}; what comes after it may begin at once.")
    return _wait_control(view, "end_wait", tr("End a wait now"), tr("End the wait"), line)


def _extend_wait(view: ExecutionView) -> Control:
    line = tr("It ends at {0} now; the minutes are added to that. Nothing is called in AWS.")
    return _wait_control(view, "extend_wait", tr("Let a wait last longer"), tr("Extend"), line)


def _wait_control(view: ExecutionView, verb: str, title: str, action: str, line: str) -> Control:
    return Control(
        verb=verb,
        title=title,
        action=action,
        choices=tuple(
            Choice(
                step=step.key,
                wave=wave.number,
                text=tr("{0}: {1}").format(_wave_words(wave), step.name),
                preview=(line.format(time_words(step.ends_at)),),
            )
            for wave, step in _running_waits(view)
        ),
        asks_minutes=verb == "extend_wait",
    )


def _clean_up(view: ExecutionView) -> Control:
    left = counted(view.instances_left, tr("recovery instance"), tr("recovery instances"))
    preview = (
        tr("1. Nothing more is started."),
        tr("2. DRS jobs cannot be stopped: those that run are watched to their end."),
        tr(
            "3. Then TerminateRecoveryInstances is called for all that this drill launched ({0} so far)."
        ).format(left),
        tr("The instances and their disks are deleted. This cannot be undone."),
    )
    return Control(
        verb="clean_up",
        title=tr("Cancel the drill of {0} and clean up?").format(view.plan_name),
        action=tr("Cancel and clean up"),
        choices=(Choice(preview=preview),),
        is_danger=True,
    )


def _stop_watching(view: ExecutionView) -> Control:
    jobs = sorted({str(s.job_id) for s in view.servers if s.job_id and s.launch_status in _UNDER_WAY})
    running = (
        tr("Left running, unseen: {0}").format(_names(jobs)) if jobs else tr("No job of it is known to run.")
    )
    preview = (
        tr("Nothing is called in AWS: its jobs go on there, and what they launch stays, and costs."),
        running,
    )
    return Control(
        verb="stop_watching",
        title=tr("Stop watching {0}?").format(view.plan_name),
        action=tr("Stop watching"),
        choices=(Choice(preview=preview),),
        asks=tr("Why (stands in the history):"),
        is_danger=True,
    )


def _wave_words(wave: WaveRow) -> str:
    return tr('Wave {0} "{1}"').format(wave.number, wave.name)


_UNDER_WAY = frozenset({LaunchStatus.PENDING, LaunchStatus.IN_PROGRESS, LaunchStatus.UNKNOWN})
_CONTROLS: dict[str, Callable[[ExecutionView], Control]] = {
    "note": _note,
    "resume": _go_on,
    "retry": _retry,
    "skip": _skip,
    "end_wait": _end_wait,
    "extend_wait": _extend_wait,
    "clean_up": _clean_up,
    "stop_watching": _stop_watching,
}
