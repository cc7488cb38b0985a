"""Commands that drive an execution to its end from this terminal: demo, run, resume."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import typer

from drs_desktop.cli import options, start_options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.failures import UsageProblem
from drs_desktop.cli.follow import Follower
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.outcome import report_followed
from drs_desktop.cli.person import held_waves
from drs_desktop.cli.program import Program, WorkspaceChoice
from drs_desktop.cli.progress_view import make_display
from drs_desktop.cli.streams import Streams
from drs_desktop.cli.watch import Watch
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.api import Services
from drs_desktop.services.views import ExecutionView, WaveRow

DEMO_SPEED = 60.0
DEMO_PLAN = "payroll"
DEMO_WORKSPACE = "demo"


@dataclass(frozen=True, kw_only=True)
class Start:
    """What to start, and how."""

    plan: str
    mode: ExecutionMode
    confirm: str | None = None
    releases_pauses: bool = False
    choice: PointChoice = LATEST
    accepted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a person said with resume: which wave, if one was named, and why."""

    wave: int | None = None
    reason: str = ""


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""

    @app.command()
    def demo(
        headless: Annotated[
            bool,
            typer.Option("--headless", help="Show the drill in the terminal even if there is a display."),
        ] = False,
        speed: Annotated[
            float,
            typer.Option(
                "--speed",
                min=options.SLOWEST,
                max=options.FASTEST,
                help="How many times faster than real the simulated AWS runs, also if it runs already.",
            ),
        ] = DEMO_SPEED,
        plan: options.Plan = DEMO_PLAN,
        as_json: options.Json = False,
        release_pauses: options.ReleasePauses = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Show a drill on a simulated AWS, with a ready sample workspace.

        With a display a window opens. Without one, or with --headless or --json, the drill of a sample plan
        runs in this terminal to its end; where nobody can be asked, the demo (and only the demo) releases
        configured pauses by itself. No account is needed and nothing real is touched.

        \b
        Exit codes: as `run`.

        \b
        Examples:
          drs-desktop demo
          drs-desktop demo --headless --speed 600 --release-pauses --json
          drs-desktop demo --headless --plan storefront
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        choice = WorkspaceChoice(name=workspace or DEMO_WORKSPACE, demo_speed=speed)
        if program.can_draw() and not headless and not as_json:
            call.leave(lambda: program.run_window(choice))
        releases = release_pauses or not streams.is_interactive
        if releases and not release_pauses:
            call.warn("No terminal to ask at: this demo releases configured pauses by itself.")
        start = Start(plan=plan, mode=ExecutionMode.DRILL, releases_pauses=releases)
        call.perform(lambda call: _start(call, choice, start))

    @app.command()
    def run(
        plan: options.Plan,
        mode: Annotated[
            ExecutionMode,
            typer.Option(
                "--mode", help="`drill` rehearses; `recovery` is the real thing and needs --confirm."
            ),
        ],
        confirm: Annotated[
            str | None,
            typer.Option("--confirm", metavar="NAME", help="The plan's exact name; a recovery needs it."),
        ] = None,
        point_in_time: start_options.PointInTime = start_options.LATEST_WORD,
        points: start_options.Points = None,
        accept: start_options.Accepted = None,
        release_pauses: options.ReleasePauses = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Start a drill or a recovery of a plan and follow it to its end.

        A configured pause is answered at the terminal, or released by --release-pauses (drills only). Where
        nobody can be asked, the command ends with 5 and the execution stays PAUSED: `drs-desktop resume ID`
        goes on; a wave that fails under the policy `ask` stops the plan there. A recovery without the plan's
        exact name in --confirm makes no call. A finding that may be
        accepted needs its --accept; `drs-desktop plan preflight` shows what a start would find.

        \b
        Exit codes:
          0    completed: every server launched and is healthy
          3    a check failed or the confirmation is missing; nothing was changed
          4    ended PARTIAL, FAILED or CANCELLED, or an optional server failed
          5    a person must go on
          6    sign-in needed         8  refused by the role
          7    another driver         9  AWS unreachable
          130  interrupted; `drs-desktop resume ID` goes on

        \b
        Examples:
          drs-desktop run --plan payroll --mode drill --release-pauses
          drs-desktop run --plan payroll --mode recovery --confirm payroll --json
          drs-desktop run --plan payroll --mode recovery --confirm payroll --accept old-data="source is down"
        """
        if release_pauses and not mode.is_drill:
            raise typer.BadParameter(_DRILLS_ONLY, param_hint="--release-pauses")
        call = Invocation(program=program, streams=streams, as_json=as_json)

        async def work(call: Invocation) -> int:
            start = Start(
                plan=plan,
                mode=mode,
                confirm=confirm,
                releases_pauses=release_pauses,
                choice=start_options.point_choice(point_in_time, points),
                accepted=start_options.acceptances(accept or []),
            )
            return await _start(call, WorkspaceChoice(name=workspace), start)

        call.perform(work)

    @app.command()
    def resume(
        execution_id: options.Execution,
        wave: Annotated[
            int | None,
            typer.Option("--wave", min=1, metavar="N", help="Which wave to release, when several wait."),
        ] = None,
        reason: options.Reason = "",
        release_pauses: options.ReleasePauses = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Take over an execution, release its hold and follow it.

        Use it after a pause, an interruption or a crash. The one hold in force now is released, and with it a
        pause on request; later pauses hold again. With --wave just what that wave waits for is released. To
        go on although a wave failed needs --reason. Nothing is started twice: a start whose outcome is
        unknown is looked for first. An execution that ended is only reported.

        \b
        Exit codes: as `run`; 5 also when several waves wait and --wave is missing, 7 when a living process
        drives the execution.

        \b
        Examples:
          drs-desktop resume demo-01J9Z3NDEKTSV4RRFFQ69G5FAV
          drs-desktop resume demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --wave 2 --json
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)

        async def work(call: Invocation) -> int:
            known_id = call.about(execution_id)
            return await _resume(call, known_id, workspace, Release(wave=wave, reason=reason), release_pauses)

        call.perform(work)


_DRILLS_ONLY = "only a drill's pauses can be released in advance; a recovery's are released by a person."


async def _start(call: Invocation, choice: WorkspaceChoice, start: Start) -> int:
    async with call.program.open(choice) as services:
        for notice in services.notices:
            call.warn(notice)
        plan = await services.plans.plan_named(start.plan)
        call.execution_id = await services.executions.start(
            plan.plan_id,
            start.mode,
            confirm=start.confirm,
            attended=call.streams.is_interactive,
            choice=start.choice,
            accepted=start.accepted,
        )
        return await _follow(call, services, call.execution_id, start.releases_pauses)


async def _resume(
    call: Invocation,
    execution_id: ExecutionId,
    workspace: str | None,
    release: Release,
    releases_pauses: bool,
) -> int:
    async with call.program.open(call.choice(workspace)) as services:
        call.seen = view = await services.executions.view(execution_id)
        if view.status.is_terminal:
            return report_followed(call, services, view)
        if releases_pauses and not view.mode.is_drill:
            raise UsageProblem(f"--release-pauses: {_DRILLS_ONLY}")
        _refuse_without_reason(view, release)
        await services.executions.drive(execution_id)
        call.is_driving = True
        await _release(call, services, view, release)
        return await _follow(call, services, execution_id, releases_pauses)


async def _release(call: Invocation, services: Services, seen: ExecutionView, release: Release) -> None:
    """Release what was in force when the person said resume, not what came since.

    Raises:
        NeedsOperator: several waves wait and none was named.
        CommandRefused: the named wave is not held, or a failure is passed over without a reason.
    """
    alone = _waiting_alone(seen, release)
    if release.wave is None and not held_waves(seen) and not _is_stopped(seen):
        return
    hold_id = alone[0].hold_id if len(alone) == 1 else None
    try:
        await services.executions.resume(
            seen.execution_id,
            release.wave,
            release.reason,
            hold_id=hold_id,
            starts_held=seen.starts_held,
            pause_seen=seen.pause_requested,
        )
    except CommandRefused as refusal:
        if release.wave is not None:
            raise
        call.warn(str(refusal))  # it is being cancelled, or somebody else released it: follow it all the same


def _waiting_alone(seen: ExecutionView, release: Release) -> tuple[WaveRow, ...]:
    """Return the waves that are meant and wait for a reason of their own."""
    waves = (held.wave for held in held_waves(seen))
    return tuple(w for w in waves if w.waits_alone and w.number == (release.wave or w.number))


def _refuse_without_reason(seen: ExecutionView, release: Release) -> None:
    alone = _waiting_alone(seen, release)
    if len(alone) == 1 and alone[0].needs_reason and not release.reason.strip():
        raise UsageProblem(
            f'Wave {alone[0].number} "{alone[0].name}" waits for a decision: {alone[0].reason} To go on all '
            "the same needs --reason TEXT. Nothing was released."
        )


def _is_stopped(view: ExecutionView) -> bool:
    """Return whether something holds back starts without holding a wave."""
    return view.status is ExecutionStatus.PAUSED or view.pause_requested or view.needs_person


async def _follow(
    call: Invocation, services: Services, execution_id: ExecutionId, releases_pauses: bool
) -> ExitCode:
    call.is_driving = True
    async with Watch(services.executions, execution_id) as watch:
        with make_display(call.console, services.service_now) as display:
            view = await Follower(
                call=call,
                executions=services.executions,
                watch=watch,
                display=display,
                releases_pauses=releases_pauses,
            ).follow()
    return report_followed(call, services, view)
