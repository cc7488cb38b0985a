"""The command that says whether a plan would launch, without starting anything."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from drs_desktop.cli import options, start_options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import counted, moment
from drs_desktop.domain.point_in_time import PointChoice
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import Finding, PlannedCall, PlannedServer, StartPreview

_Name = Annotated[str, typer.Argument(metavar="PLAN", help="The recovery plan's name.")]
_Mode = Annotated[ExecutionMode, typer.Option("--mode", help="What would be started: `drill` or `recovery`.")]
_WIDTH = 13


def add_to(plan: typer.Typer, new_call: Callable[[bool], Invocation]) -> None:
    """Add the command to the commands about plans."""

    @plan.command()
    def preflight(
        name: _Name,
        mode: _Mode = ExecutionMode.DRILL,
        point_in_time: start_options.PointInTime = start_options.LATEST_WORD,
        points: start_options.Points = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Say whether a plan would launch: every check with what to do; nothing is started.

        What was not checked never counts as good. A line with `--accept` may be accepted when the plan is
        started, with a reason.

        \b
        Exit codes: 0 it could be started as it is, 3 something stands against it or waits for a reason.

        \b
        Examples:
          drs-desktop plan preflight payroll --workspace demo
          drs-desktop plan preflight payroll --mode recovery --point-in-time 2026-11-02T03:10Z --json
        """

        async def work(call: Invocation) -> ExitCode:
            choice = start_options.point_choice(point_in_time, points)
            return await _preflight(call, workspace, name, mode, choice)

        new_call(as_json).perform(work)


async def _preflight(
    call: Invocation, workspace: str | None, name: str, mode: ExecutionMode, choice: PointChoice
) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        plan = await services.plans.plan_named(name)
        preview = await services.executions.preview_start(plan.plan_id, mode, choice)
        for line in preview_lines(preview):
            call.say(line)
        if call.as_json:
            body = {"workspace": services.info.name, **preview_json(preview)}
            write_json_line(call.streams.stdout, body)
        is_ready = preview.is_startable and not preview.to_accept
        return ExitCode.DONE if is_ready else ExitCode.INVALID


# ---- lines


def preview_lines(preview: StartPreview) -> Iterable[str]:
    """Return a readiness report as lines, what is worst first."""
    at = f", checked {moment(preview.made_at)}" if preview.made_at else ""
    yield f"{preview.plan_name}, {preview.mode}: {counted(len(preview.servers), 'server')}{at}"
    for finding in preview.findings:
        yield from _finding_lines(finding)
    yield _verdict(preview)


def _finding_lines(finding: Finding) -> Iterable[str]:
    yield f"{finding.level.upper():<{_WIDTH}}{finding.text}"
    if finding.fix:
        yield f"{'':<{_WIDTH}}{finding.fix}"
    if finding.accept:
        yield f"{'':<{_WIDTH}}--accept {finding.accept}=REASON"


def _verdict(preview: StartPreview) -> str:
    if not preview.is_startable:
        return f"The {preview.mode} would not be started."
    if preview.to_accept:
        words = " ".join(dict.fromkeys(f"--accept {one.accept}=…" for one in preview.to_accept))
        return f"The {preview.mode} would be started with {words}"
    return f"The {preview.mode} could be started."


# ---- JSON


def preview_json(preview: StartPreview) -> dict[str, Any]:
    """Return a readiness report."""
    return {
        "plan": preview.plan_name,
        "revision": preview.plan_revision,
        "mode": preview.mode.value,
        "checked_at": preview.made_at.isoformat() if preview.made_at else None,
        "is_startable": preview.is_startable,
        "to_accept": list(dict.fromkeys(one.accept for one in preview.to_accept)),
        "findings": [_finding_json(finding) for finding in preview.findings],
        "calls": [_call_json(call) for call in preview.calls],
        "replaced": list(preview.replaced_instances),
        "servers": [_server_json(server) for server in preview.servers],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "level": finding.level,
        "check": finding.check,
        "text": finding.text,
        "fix": finding.fix,
        "accept": finding.accept or None,
        "is_blocking": finding.is_blocking,
    }


def _call_json(call: PlannedCall) -> dict[str, Any]:
    return {
        "wave": call.wave,
        "account": call.scope.account_id,
        "region": call.scope.region,
        "servers": len(call.server_names),
    }


def _server_json(server: PlannedServer) -> dict[str, Any]:
    return {
        "id": server.key.source_server_id,
        "name": server.name,
        "wave": server.wave,
        "account": server.key.account_id,
        "region": server.key.region,
        "replication_state": server.replication_state.value,
        "lag_seconds": server.lag.total_seconds() if server.lag is not None else None,
        "instance_type": server.instance_type or None,
        "vpc": server.vpc_id or None,
        "subnet": server.subnet_id or None,
        "private_ip": server.private_ip or None,
        "point_in_time": server.snapshot_id or None,
        "data_at": server.data_at.isoformat() if server.data_at else None,
    }
