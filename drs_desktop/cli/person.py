"""What of an execution waits for a person, read from its view."""

from dataclasses import dataclass

from drs_desktop.domain.execution import ExecutionStatus, HoldKind, WaveStatus
from drs_desktop.services.views import ExecutionView, StartQuestion, StepRow, WaveRow

_MOVING = frozenset(WaveStatus) - {WaveStatus.PENDING, WaveStatus.HELD}


@dataclass(frozen=True, kw_only=True)
class HeldWave:
    """A wave that waits to be released."""

    wave: WaveRow

    @property
    def is_configured_pause(self) -> bool:
        """Return whether the plan asked for this hold, so that nothing went wrong before it."""
        return self.wave.hold_kind is HoldKind.CONFIGURED_PAUSE

    @property
    def is_wait(self) -> bool:
        """Return whether to go on means to wait on for what already runs."""
        return self.wave.hold_kind in {HoldKind.OVERDUE, HoldKind.STILL_RUNNING}

    @property
    def title(self) -> str:
        return f'wave {self.wave.number} "{self.wave.name}"'

    def is_open_in(self, view: ExecutionView) -> bool:
        return any(held.wave.number == self.wave.number for held in held_waves(view))


@dataclass(frozen=True, kw_only=True)
class StartInDoubt:
    """A start of which nobody knows whether AWS did it."""

    question: StartQuestion

    def is_open_in(self, view: ExecutionView) -> bool:
        return self.question.key in {question.key for question in view.questions}


@dataclass(frozen=True, kw_only=True)
class StartsHeld:
    """Nothing new starts, in any wave, until a person says so."""

    reason: str

    def is_open_in(self, view: ExecutionView) -> bool:
        return self in needs_of(view)


@dataclass(frozen=True, kw_only=True)
class OnlyCancel:
    """The execution is stopped for good: it can only be cancelled."""

    reason: str

    def is_open_in(self, view: ExecutionView) -> bool:
        return self in needs_of(view)


Need = HeldWave | StartInDoubt | StartsHeld | OnlyCancel


def held_waves(view: ExecutionView) -> tuple[HeldWave, ...]:
    """Return the waves that a person may release now."""
    if not view.actions.resume.enabled:
        return ()
    return tuple(HeldWave(wave=wave) for wave in view.waves if wave.status is WaveStatus.HELD)


def needs_of(view: ExecutionView) -> tuple[Need, ...]:
    """Return what waits for a person now, doubts first; a start still being looked for is no need yet."""
    if view.status.is_terminal:
        return ()
    asked = tuple(StartInDoubt(question=q) for q in view.questions if q.is_asked)
    specific: tuple[Need, ...] = (*asked, *held_waves(view))
    if specific or view.status is not ExecutionStatus.PAUSED:
        return specific
    if view.actions.resume.enabled:
        return (StartsHeld(reason=view.reason),)
    return (OnlyCancel(reason=view.reason),)


def only_a_person(view: ExecutionView) -> bool:
    """Return whether nothing goes on by itself any more, and the execution has not ended."""
    if view.status.is_terminal:
        return False
    if view.status is ExecutionStatus.PAUSED:
        return True
    asked_waves = {need.question.key.wave for need in needs_of(view) if isinstance(need, StartInDoubt)}
    task_waves = {task.key.wave for task in view.tasks}
    if not asked_waves | task_waves:
        return False
    waiting = {question.key.wave for question in view.questions}
    moving = [w for w in view.waves if w.started_at and not w.ended_at and w.status in _MOVING]
    return all(
        wave.number in task_waves or (wave.status is WaveStatus.STARTING and wave.number in waiting)
        for wave in moving
    )


def way_on(view: ExecutionView) -> tuple[str, ...]:
    """Return the commands with which a person goes on from here."""
    held = held_waves(view)
    commands = [_answer_command(view, question) for question in view.questions]
    for need in needs_of(view):
        match need:
            case HeldWave(wave=wave):
                which = f" --wave {wave.number}" if len(held) > 1 else ""
                why = " --reason TEXT" if wave.needs_reason else ""
                commands.append(f"drs-desktop resume {view.execution_id}{which}{why}")
            case StartsHeld():
                commands.append(f"drs-desktop resume {view.execution_id}")
            case OnlyCancel() if not view.actions.cancel.enabled and view.actions.stop_watching.enabled:
                commands.append(f"drs-desktop stop-watching {view.execution_id} --reason TEXT")
            case OnlyCancel():
                commands.append(f"drs-desktop cancel {view.execution_id}")
            case StartInDoubt():
                pass  # said above, asked or not
    commands += [
        f"drs-desktop retry {view.execution_id} --wave {wave.number}"
        for wave in view.waves
        if wave.can_retry.enabled
    ]
    commands += [_task_command(view, task) for task in view.tasks]
    return tuple(dict.fromkeys(commands))


def _task_command(view: ExecutionView, task: StepRow) -> str:
    step = f"{task.key.phase}:{task.key.index}"
    return f"drs-desktop task {view.execution_id} --wave {task.key.wave} --step {step} --done | --failed"


def _answer_command(view: ExecutionView, question: StartQuestion) -> str:
    part = question.key.part
    command = f"drs-desktop answer {view.execution_id} --wave {part.wave}"
    if len(view.questions) > 1:
        scope = part.scope
        command += f" --account {scope.account_id} --region {scope.region} --part {part.index}"
    return f"{command} --keep-looking | --ours JOB_ID | --nothing-started"
