"""Commands about source servers: the list, and one server whole."""

from collections.abc import Iterable
from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.authoring_words import scope_json, scope_line, server_cells, server_json
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.inventory_age import tell_age
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, counted
from drs_desktop.cli.program import Program
from drs_desktop.cli.server_words import detail_json, detail_lines
from drs_desktop.cli.streams import Streams
from drs_desktop.cli.tag_options import wanted_tag
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.api import Services
from drs_desktop.services.server_filter import ServerFilter, named
from drs_desktop.services.views import InventoryView, SourceServerRow

_Text = Annotated[
    str,
    typer.Option(
        "--filter", metavar="TEXT", help="Part of a name, host, id, address, account, group or tag; any case."
    ),
]
_Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="KEY[=VALUE]",
        help="Only with this tag, case included; of several, all must match.",
    ),
]
_States = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="WORD", help="Only in this replication state; may be repeated."),
]
_Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="ID-OR-NAME", help="Only of this account; may be repeated."),
]
_Regions = Annotated[
    list[str] | None, typer.Option("--region", metavar="REGION", help="Only of this Region; may be repeated.")
]
_Free = Annotated[bool, typer.Option("--free", help="Only servers that are in no group.")]
_Cached = Annotated[
    bool, typer.Option("--cached", help="Show what was read last, with its age, and ask nothing of AWS.")
]
_Name = Annotated[str, typer.Argument(metavar="SERVER", help="The server's id, name or host.")]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    servers = typer.Typer(help="Source servers: what can be recovered, and how it stands.")
    app.add_typer(servers, name="servers")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    @servers.command("list")
    @servers.callback(invoke_without_command=True)
    def list_servers(
        context: typer.Context,
        text: _Text = "",
        tags: _Tags = None,
        states: _States = None,
        accounts: _Accounts = None,
        regions: _Regions = None,
        free: _Free = False,
        cached: _Cached = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List the source servers of all accounts and Regions, each with its group.

        An account that cannot be read is told on standard error, with what to do about it; the others are
        listed all the same, and of it what was read before, with its age.

        \b
        Exit codes: 0 all could be read, 3 some could not.

        \b
        Example:
          drs-desktop servers --filter payroll --state STALLED --workspace demo
        """
        if context.invoked_subcommand is not None:
            return
        asked = ServerFilter(
            text=text,
            tags=tuple(wanted_tag(one) for one in tags or ()),
            states=frozenset(_state(one) for one in states or ()),
            accounts=tuple(accounts or ()),
            regions=tuple(regions or ()),
            is_free=free,
        )
        new_call(as_json).perform(lambda call: _list(call, workspace, asked, is_cached=cached))

    @servers.command()
    def show(name: _Name, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Show one server: replication, disks, points in time, where it would land, jobs and executions.

        \b
        Exit codes: 0 shown, 3 there is no such server, or something of it could not be read.

        \b
        Example:
          drs-desktop servers show payroll-db-01 --workspace demo --json
        """
        new_call(as_json).perform(lambda call: _show(call, workspace, name))


def _state(text: str) -> DataReplicationState:
    known = [state for state in DataReplicationState if state.value.casefold() == text.casefold()]
    if not known:
        words = ", ".join(state.value for state in DataReplicationState)
        raise typer.BadParameter(f"{text!r} is none of {words}.", param_hint="--state")
    return known[0]


async def _list(call: Invocation, workspace: str | None, asked: ServerFilter, *, is_cached: bool) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        inventory = await (services.inventory.known() if is_cached else services.inventory.refresh())
        rows = asked.chosen(inventory.rows)
        for line in aligned([server_cells(row) for row in rows]):
            call.say(line)
        call.say(f"{counted(len(rows), 'server')} of {len(inventory.rows)}.")
        tell_age(call, inventory)
        if call.as_json:
            write_json_line(call.streams.stdout, _list_json(services, inventory, rows))
        return ExitCode.DONE if all(state.is_ok for state in inventory.scopes) else ExitCode.INVALID


def _list_json(
    services: Services, inventory: InventoryView, rows: Iterable[SourceServerRow]
) -> dict[str, object]:
    return {
        "workspace": services.info.name,
        "servers": [server_json(row) for row in rows],
        "scopes": [scope_json(state) for state in inventory.scopes],
    }


async def _show(call: Invocation, workspace: str | None, name: str) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        row = _one(named((await services.inventory.current()).rows, name), name)
        detail = await services.inventory.server(row.key)
        for line in detail_lines(detail):
            call.say(line)
        if not detail.state.is_ok or detail.state.is_old:
            call.warn(scope_line(detail.state))
        if call.as_json:
            write_json_line(
                call.streams.stdout, {"workspace": services.info.name, "server": detail_json(detail)}
            )
        return ExitCode.INVALID if detail.problems else ExitCode.DONE


def _one(found: tuple[SourceServerRow, ...], name: str) -> SourceServerRow:
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{row.key.source_server_id} ({row.key.scope})" for row in found)
        raise NotFound(f"{counted(len(found), 'server')} are called {name!r}; name one by its id: {ids}.")
    raise NotFound(f"There is no source server {name!r} here. `drs-desktop servers --filter` finds them.")
