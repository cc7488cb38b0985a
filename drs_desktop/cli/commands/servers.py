"""The command that lists source servers."""

from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.authoring_words import scope_json, scope_line, server_cells, server_json
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, counted
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.services.views import SourceServerRow


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the command to the application."""

    @app.command()
    def servers(
        text: Annotated[
            str, typer.Option("--filter", metavar="TEXT", help="Part of a name, host, id, address or tag.")
        ] = "",
        free: Annotated[bool, typer.Option("--free", help="Only servers that are in no group.")] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List the source servers of all accounts and Regions, each with its group.

        An account that cannot be read is told on standard error; the others are listed all the same.

        \b
        Exit codes: 0 all could be read, 3 some could not.

        \b
        Example:
          drs-desktop servers --filter payroll --free --workspace demo
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _servers(call, workspace, text, is_free=free))


async def _servers(call: Invocation, workspace: str | None, text: str, *, is_free: bool) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        inventory = await services.inventory.current()
        rows = [row for row in inventory.rows if _is_wanted(row, text.casefold(), is_free=is_free)]
        for line in aligned([server_cells(row) for row in rows]):
            call.say(line)
        call.say(f"{counted(len(rows), 'server')} of {len(inventory.rows)}.")
        unread = [state for state in inventory.scopes if not state.is_ok]
        for state in unread:
            call.warn(scope_line(state))
        if call.as_json:
            body = {
                "workspace": services.info.name,
                "servers": [server_json(row) for row in rows],
                "scopes": [scope_json(state) for state in inventory.scopes],
            }
            write_json_line(call.streams.stdout, body)
        return ExitCode.INVALID if unread else ExitCode.DONE


def _is_wanted(row: SourceServerRow, text: str, *, is_free: bool) -> bool:
    if is_free and row.group_names:
        return False
    words = (row.name, row.hostname, row.key.source_server_id, row.private_ip, row.account_name)
    tags = (f"{key}={value}" for key, value in row.tags)
    return any(text in word.casefold() for word in (*words, *tags))
