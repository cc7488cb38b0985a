"""Commands that ask something of an execution, whoever drives it: pause, cancel, terminate, answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.exit_codes import ExitCode, is_terminating, of_terminated
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.outcome import report
from drs_desktop.cli.program import Program
from drs_desktop.cli.progress_view import make_display
from drs_desktop.cli.streams import Streams
from drs_desktop.cli.watch import Watch
from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.errors import CommandRefused, NeedsOperator
from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.ids import ExecutionId, JobId
from drs_desktop.services.api import Services
from drs_desktop.services.views import ExecutionView, StartQuestion

_Ask = Callable[[Services, ExecutionId], Awaitable[None]]
_Say = Callable[[ExecutionView], str]


@dataclass(frozen=True, kw_only=True)
class QuestionChoice:
    """Which start in doubt is meant; what is None fits all."""

    wave: int
    account: str | None = None
    region: str | None = None
    part: int | None = None

    def fits(self, question: StartQuestion) -> bool:
        part = question.key.part
        wanted = (self.wave, self.account, self.region, self.part)
        found = (part.wave, part.scope.account_id, part.scope.region, part.index)
        return all(want in (None, have) for want, have in zip(wanted, found, strict=True))


@dataclass(frozen=True, kw_only=True)
class GivenAnswer:
    """What is said of a start in doubt."""

    answer: StartAnswer
    job_id: JobId | None = None
    reason: str = ""


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    @app.command()
    def pause(
        execution_id: options.Execution,
        reason: options.Reason = "",
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Start nothing new in an execution; what runs in AWS goes on.

        Works also when another process drives the execution. `drs-desktop resume ID` goes on later.

        \b
        Exit codes: 0 done, 3 refused because it ended or is being cancelled.

        \b
        Example:
          drs-desktop pause demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --reason "network maintenance"
        """
        new_call(as_json).perform(
            lambda call: ask_of(
                call, execution_id, workspace, lambda s, i: s.executions.pause(i, reason), _paused_words
            )
        )

    @app.command()
    def cancel(
        execution_id: options.Execution,
        reason: options.Reason = "",
        clean_up: Annotated[
            bool,
            typer.Option("--clean-up", help="A drill: terminate what it launched once its jobs ended."),
        ] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Start nothing more in an execution, for good.

        DRS jobs cannot be stopped: those that run are watched to their end by whoever drives the execution.
        Launched instances stay; `drs-desktop terminate ID` removes them.

        \b
        Exit codes: 0 done, 3 refused because it ended.

        \b
        Example:
          drs-desktop cancel demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --reason "wrong plan"
        """

        async def ask(services: Services, known_id: ExecutionId) -> None:
            executions = services.executions
            stop = executions.cancel_and_clean_up if clean_up else executions.cancel
            await stop(known_id, reason)

        new_call(as_json).perform(lambda call: ask_of(call, execution_id, workspace, ask, _cancelled_words))

    @app.command()
    def terminate(
        execution_id: options.Execution,
        confirm: Annotated[
            str | None,
            typer.Option("--confirm", metavar="NAME", help="After a recovery: the plan's exact name."),
        ] = None,
        count: Annotated[
            int | None,
            typer.Option("--count", metavar="N", help="After a recovery: how many instances will go."),
        ] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Terminate what an execution launched and wait until it is gone.

        Only recovery instances that this execution's own jobs launched are touched. After a recovery both
        --confirm and --count are required.

        \b
        Exit codes: 0 all are gone, 3 refused, 4 an instance failed or was skipped.

        \b
        Examples:
          drs-desktop terminate demo-01J9Z3NDEKTSV4RRFFQ69G5FAV
          drs-desktop terminate main-01J9Z3NDEKTSV4RRFFQ69G5FAV --confirm payroll --count 12
        """
        new_call(as_json).perform(lambda call: _terminate(call, execution_id, workspace, confirm, count))

    @app.command()
    def answer(
        execution_id: options.Execution,
        wave: Annotated[
            int, typer.Option("--wave", min=1, metavar="N", help="The wave whose start is in doubt.")
        ],
        keep_looking: Annotated[
            bool, typer.Option("--keep-looking", help="Go on looking; always safe.")
        ] = False,
        ours: Annotated[
            str | None, typer.Option("--ours", metavar="JOB_ID", help="This job is ours: follow it.")
        ] = None,
        nothing_started: Annotated[
            bool,
            typer.Option("--nothing-started", help="Nothing was started; accepted only after the horizon."),
        ] = False,
        account: Annotated[
            str | None, typer.Option("--account", help="Which account, when several are in doubt.")
        ] = None,
        region: Annotated[
            str | None, typer.Option("--region", help="Which Region, when several are in doubt.")
        ] = None,
        part: Annotated[
            int | None, typer.Option("--part", min=1, help="Which part, when several are in doubt.")
        ] = None,
        reason: options.Reason = "",
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Settle a start of which nobody knows whether AWS did it.

        `drs-desktop status ID` shows the evidence. Give exactly one of --keep-looking, --ours and
        --nothing-started.

        \b
        Exit codes: 0 taken, 3 no such doubt or not possible now, 5 several doubts fit.

        \b
        Examples:
          drs-desktop answer demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 2 --keep-looking
          drs-desktop answer demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 2 --ours drsjob-1234567890abcdef0
        """
        given = _given_answer(keep_looking, ours, nothing_started, reason)
        wanted = QuestionChoice(wave=wave, account=account, region=region, part=part)
        new_call(as_json).perform(lambda call: _answer(call, execution_id, workspace, wanted, given))


# ---- pause, cancel


async def ask_of(
    call: Invocation, execution_id: str, workspace: str | None, ask: _Ask, words: _Say
) -> ExitCode:
    """Ask something of an execution, say what came of it, and report."""
    known_id = call.about(execution_id)
    async with call.program.open(call.choice(workspace)) as services:
        await ask(services, known_id)
        view = await services.executions.view(known_id)
        call.say(words(view))
        return report(call, services, view, ExitCode.DONE)


def _paused_words(view: ExecutionView) -> str:
    if view.status is ExecutionStatus.PAUSED:
        return f"Paused. Go on with: drs-desktop resume {view.execution_id}"
    return (
        "Nothing new will be started; what runs in AWS goes on. "
        f"Go on with: drs-desktop resume {view.execution_id}"
    )


def _cancelled_words(view: ExecutionView) -> str:
    if view.status.is_terminal:
        return f"The execution ended as {view.status}."
    return (
        "Nothing more will be started. DRS jobs cannot be stopped: whoever drives the execution watches them "
        f"to their end. If nobody does: drs-desktop resume {view.execution_id}"
    )


# ---- terminate


async def _terminate(
    call: Invocation, execution_id: str, workspace: str | None, confirm: str | None, count: int | None
) -> ExitCode:
    known_id = call.about(execution_id)
    async with call.program.open(call.choice(workspace)) as services:
        await services.executions.terminate(known_id, confirm_plan_name=confirm, confirm_count=count)
        view = await _until_terminated(call, services, known_id)
        return report(call, services, view, of_terminated(view))


async def _until_terminated(call: Invocation, services: Services, execution_id: ExecutionId) -> ExecutionView:
    async with Watch(services.executions, execution_id) as watch:
        with make_display(call.console, services.service_now) as display:
            while True:
                display.show(watch.view)
                if not is_terminating(watch.view):
                    return watch.view
                await watch.next(display.tick_seconds)


# ---- answer


def _given_answer(keep_looking: bool, ours: str | None, nothing_started: bool, reason: str) -> GivenAnswer:
    if (keep_looking, ours is not None, nothing_started).count(True) != 1:
        raise typer.BadParameter(
            "give exactly one of --keep-looking, --ours JOB_ID and --nothing-started.", param_hint="answer"
        )
    if ours is not None:
        return GivenAnswer(answer=StartAnswer.OURS, job_id=JobId(ours), reason=reason)
    answer = StartAnswer.KEEP_LOOKING if keep_looking else StartAnswer.NOTHING_STARTED
    return GivenAnswer(answer=answer, reason=reason)


async def _answer(
    call: Invocation, execution_id: str, workspace: str | None, wanted: QuestionChoice, given: GivenAnswer
) -> ExitCode:
    known_id = call.about(execution_id)
    async with call.program.open(call.choice(workspace)) as services:
        question = _pick(await services.executions.view(known_id), wanted)
        await services.executions.answer_start(
            known_id, question.key, given.answer, given.job_id, given.reason
        )
        call.say(f"Answered for {question.key}: {given.answer}.")
        view = await services.executions.view(known_id)
        return report(call, services, view, ExitCode.DONE)


def _pick(view: ExecutionView, wanted: QuestionChoice) -> StartQuestion:
    """Return the one question that is meant.

    Raises:
        CommandRefused: none fits.
        NeedsOperator: several fit.
    """
    fitting = [question for question in view.questions if wanted.fits(question)]
    if not fitting:
        raise CommandRefused(
            f"Execution {view.execution_id} has no start in doubt in wave {wanted.wave} that fits."
        )
    if len(fitting) > 1:
        found = "; ".join(str(question.key.part) for question in fitting)
        raise NeedsOperator(
            f"Several starts are in doubt ({found}): say which with --account, --region, --part."
        )
    return fitting[0]
