"""The command that shows how much of the limits of DRS is used."""

from typing import Any

import typer

from drs_desktop.cli import options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.capacity import Band, LimitUse, ScopeCapacity


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the command to the application."""

    @app.command()
    def capacity(as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Show how much of the DRS limits each account and Region uses, and how near that is to the end.

        \b
        Exit codes: 0 all could be read and none is critical, 3 otherwise.

        \b
        Example:
          drs-desktop capacity --workspace demo --json
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _capacity(call, workspace))


_FINE = frozenset({Band.OK, Band.INFO, Band.WARNING})


async def _capacity(call: Invocation, workspace: str | None) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        found = await services.capacity.current()
        for one in found:
            call.say(f"{one.account_name}, {one.scope.region}: {one.worst}")
            for line in aligned([_cells(use) for use in one.uses], indent="  "):
                call.say(line)
            if one.are_defaults:
                call.say("  The limits are AWS's defaults: those in force could not be read.")
            if one.problem:
                call.warn(f"{one.scope}: {one.problem}")
        if call.as_json:
            body = {"workspace": services.info.name, "scopes": [_scope(one) for one in found]}
            write_json_line(call.streams.stdout, body)
        return ExitCode.DONE if all(one.worst in _FINE for one in found) else ExitCode.INVALID


def _cells(use: LimitUse) -> tuple[str, ...]:
    used = "?" if use.used is None else str(use.used)
    return (use.limit.value, f"{used} of {use.maximum}", use.band.value)


def _scope(one: ScopeCapacity) -> dict[str, Any]:
    return {
        "account": one.scope.account_id,
        "region": one.scope.region,
        "worst": one.worst.value,
        "problem": one.problem,
        "are_defaults": one.are_defaults,
        "limits": [
            {
                "limit": use.limit.value,
                "used": use.used,
                "maximum": use.maximum,
                "available": use.available,
                "band": use.band.value,
            }
            for use in one.uses
        ],
    }
