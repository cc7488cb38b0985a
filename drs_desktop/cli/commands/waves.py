"""Commands about one wave or step of an execution: retry, skip, wait, task; and stop-watching, note."""

from datetime import timedelta
from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.commands.control import ask_of
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.steps import StepKey, StepPhase
from drs_desktop.services.api import Services
from drs_desktop.services.views import ExecutionView

_Wave = Annotated[int, typer.Option("--wave", min=1, metavar="N", help="Which wave.")]
_Step = Annotated[
    str, typer.Option("--step", metavar="before:I|after:I", help="Which step: its phase and its place.")
]
_Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the history.")]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    @app.command()
    def retry(
        execution_id: options.Execution,
        wave: _Wave,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Start the servers of a wave whose launch failed again, and its failed steps.

        Only while the wave waits for that decision. Servers that launched are left alone.

        \b
        Exit codes: 0 taken, 3 nothing failed, or the wave does not wait.

        \b
        Example:
          drs-desktop retry demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 2
        """
        new_call(as_json).perform(
            lambda call: ask_of(
                call, execution_id, workspace, lambda s, i: s.executions.retry(i, wave), _status_words
            )
        )

    @app.command()
    def skip(
        execution_id: options.Execution,
        wave: _Wave,
        reason: _Why,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Never run a wave that has started nothing; what waits for it goes on.

        \b
        Exit codes: 0 taken, 3 it has started servers or is over.

        \b
        Example:
          drs-desktop skip demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 3 --reason "not needed in this drill"
        """
        new_call(as_json).perform(
            lambda call: ask_of(
                call, execution_id, workspace, lambda s, i: s.executions.skip(i, wave, reason), _status_words
            )
        )

    @app.command()
    def wait(
        execution_id: options.Execution,
        wave: _Wave,
        step: _Step,
        end: Annotated[bool, typer.Option("--end", help="End the wait now.")] = False,
        extend: Annotated[
            float | None, typer.Option("--extend", metavar="SECONDS", help="Let it end later (or earlier).")
        ] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """End a timed wait now, or let it last longer.

        \b
        Exit codes: 0 taken, 3 no such wait runs.

        \b
        Examples:
          drs-desktop wait demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 1 --step after:1 --end
          drs-desktop wait demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 1 --step after:1 --extend 600
        """
        key = _step_key(wave, step)
        if end is (extend is not None):
            raise typer.BadParameter("give exactly one of --end and --extend SECONDS.", param_hint="wait")
        span = _span(extend or 0.0)

        async def ask(services: Services, known_id: ExecutionId) -> None:
            if end:
                await services.executions.end_wait(known_id, key)
            else:
                await services.executions.extend_wait(known_id, key, span)

        new_call(as_json).perform(lambda call: ask_of(call, execution_id, workspace, ask, _status_words))

    @app.command()
    def task(
        execution_id: options.Execution,
        wave: _Wave,
        step: _Step,
        done: Annotated[bool, typer.Option("--done", help="It is done.")] = False,
        failed: Annotated[bool, typer.Option("--failed", help="It could not be done.")] = False,
        answer: Annotated[
            str, typer.Option("--answer", metavar="TEXT", help="What was found; it stands in the history.")
        ] = "",
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Say how a manual task went.

        \b
        Exit codes: 0 taken, 3 no such task waits.

        \b
        Example:
          drs-desktop task demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 1 --step after:1 --done --answer "DNS moved"
        """
        key = _step_key(wave, step)
        if done is failed:
            raise typer.BadParameter("give exactly one of --done and --failed.", param_hint="task")

        async def ask(services: Services, known_id: ExecutionId) -> None:
            await services.executions.answer_task(known_id, key, is_done=done, answer=answer)

        new_call(as_json).perform(lambda call: ask_of(call, execution_id, workspace, ask, _status_words))

    @app.command("stop-watching")
    def stop_watching(
        execution_id: options.Execution,
        reason: _Why,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Look no more at the jobs of a cancelled execution; they go on in AWS.

        An execution whose simulator is gone is closed by it too: nothing can be resumed or cancelled there.

        \b
        Exit codes: 0 taken, 3 it is not cancelled, or a start is in doubt.

        \b
        Example:
          drs-desktop stop-watching demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --reason "AWS is looking into it"
        """
        new_call(as_json).perform(
            lambda call: ask_of(
                call,
                execution_id,
                workspace,
                lambda s, i: s.executions.stop_watching(i, reason),
                _status_words,
            )
        )

    @app.command()
    def note(
        execution_id: options.Execution,
        text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to stand in the history.")],
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Write something down in the history of an execution, also after its end.

        \b
        Exit codes: 0 written, 3 there is no text.

        \b
        Example:
          drs-desktop note demo-01J9Z3NDEKTSV4RRFFQ69G5FAV "The bank confirmed at 03:40."
        """
        new_call(as_json).perform(
            lambda call: ask_of(
                call,
                execution_id,
                workspace,
                lambda s, i: s.executions.add_note(i, text),
                lambda view: "Written down.",
            )
        )


def _step_key(wave: int, text: str) -> StepKey:
    phase, _, index = text.lower().partition(":")
    if phase not in set(StepPhase) or not index.isdecimal() or int(index) < 1:
        raise typer.BadParameter(f"{text!r} is not before:1, after:2 or the like.", param_hint="--step")
    return StepKey(wave=wave, phase=StepPhase(phase), index=int(index))


def _span(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise typer.BadParameter("is no number of seconds that can be.", param_hint="--extend") from None


def _status_words(view: ExecutionView) -> str:
    return f"{view.status}. {view.reason}".strip() if view.reason else f"{view.status}."
