"""Questions to a person at the terminal: their words, and what an answer means."""

from dataclasses import dataclass
from enum import Enum, auto

from drs_desktop.cli.person import HeldWave, Need, OnlyCancel, StartInDoubt, StartsHeld
from drs_desktop.cli.plain_text import plain
from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.ids import JobId
from drs_desktop.services.views import ActionState, StartQuestion


class Choice(Enum):
    """What a person decided."""

    GO_ON = auto()
    CANCEL = auto()
    LEAVE = auto()
    """Leave everything as it is."""
    KEEP_LOOKING = auto()
    OURS = auto()
    NOTHING_STARTED = auto()


START_ANSWERS = {
    Choice.KEEP_LOOKING: StartAnswer.KEEP_LOOKING,
    Choice.OURS: StartAnswer.OURS,
    Choice.NOTHING_STARTED: StartAnswer.NOTHING_STARTED,
}


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A question: what is shown before it, its line, and what each answer means; Enter is the safe one.

    Attributes:
        jobs: what may be ours, when the answer can be that a job is.
        asks_reason: whether going on must be explained.
    """

    explanation: tuple[str, ...]
    line: str
    answers: dict[str, Choice]
    default: Choice
    jobs: tuple[JobId, ...] = ()
    asks_reason: bool = False

    def choice(self, typed: str) -> Choice | None:
        """Return what was meant, or None when it was not understood."""
        word = typed.strip().lower()
        return self.default if not word else self.answers.get(word)


_YES = {"y": Choice.GO_ON, "yes": Choice.GO_ON}
_NO = {"n": Choice.LEAVE, "no": Choice.LEAVE}
_CANCEL = {"c": Choice.CANCEL, "cancel": Choice.CANCEL}


def prompt_for(need: Need) -> Prompt:
    """Return the question to put."""
    match need:
        case HeldWave() if need.is_configured_pause:
            return _yes_or_no(need.wave.instruction, f"Release the pause before {need.title}?")
        case HeldWave():
            return _go_on_or_cancel(
                f"{need.title.capitalize()} waits: {need.wave.reason}",
                f"Wait on for {need.title}?" if need.is_wait else f"Go on with {need.title}?",
                asks_reason=need.wave.needs_reason,
            )
        case StartsHeld():
            return _go_on_or_cancel(need.reason, "Go on?")
        case OnlyCancel():
            answers = {**_CANCEL, "y": Choice.CANCEL, "yes": Choice.CANCEL, **_NO}
            return Prompt(
                explanation=_lines(need.reason),
                line="Cancel the execution? [y/N] ",
                answers=answers,
                default=Choice.LEAVE,
            )
        case StartInDoubt():
            return _start_in_doubt(need.question)


def _yes_or_no(explanation: str, question: str) -> Prompt:
    return Prompt(
        explanation=_lines(explanation),
        line=plain(f"{question} [y/N] "),
        answers=_YES | _NO,
        default=Choice.LEAVE,
    )


def _go_on_or_cancel(explanation: str, question: str, *, asks_reason: bool = False) -> Prompt:
    return Prompt(
        explanation=_lines(explanation),
        line=plain(f"{question} [y/N/cancel] "),
        answers=_YES | _NO | _CANCEL,
        default=Choice.LEAVE,
        asks_reason=asks_reason,
    )


def _start_in_doubt(question: StartQuestion) -> Prompt:
    lines = [
        *_lines(question.text),
        *(f"  {plain(line)}" for line in question.evidence),
        "  k  keep looking",
        f"  o  it is ours{_why_not(question.can_say_ours)}",
        f"  n  nothing was started{_why_not(question.can_say_nothing_started)}",
        "  l  leave it open and stop here",
    ]
    answers = {"k": Choice.KEEP_LOOKING, "l": Choice.LEAVE}
    if question.can_say_ours.enabled:
        answers["o"] = Choice.OURS
    if question.can_say_nothing_started.enabled:
        answers["n"] = Choice.NOTHING_STARTED
    return Prompt(
        explanation=tuple(lines),
        line="Which is it? [K/o/n/l] ",
        answers=answers,
        default=Choice.KEEP_LOOKING,
        jobs=question.candidates,
    )


def _why_not(action: ActionState) -> str:
    return "" if action.enabled else f" (not now: {plain(action.reason)})"


def _lines(text: str) -> tuple[str, ...]:
    return (plain(text),) if text.strip() else ()
