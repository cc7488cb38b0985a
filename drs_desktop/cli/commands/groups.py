"""Commands about protection groups: groups list, groups show, groups preview."""

from collections.abc import Sequence
from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.authoring_words import (
    group_json,
    group_lines,
    scope_json,
    server_cells,
    server_json,
)
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.inventory_age import tell_age, told_scopes
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, counted
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.errors import NotFound
from drs_desktop.services.views import ProtectionGroupRow, SourceServerRow


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    groups = typer.Typer(help="Protection groups, and whom they select.", no_args_is_help=True)
    app.add_typer(groups, name="groups")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    @groups.command("list")
    def list_groups(as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """List the protection groups, how they select, and how many servers they hold now.

        \b
        Example:
          drs-desktop groups list --workspace demo
        """
        new_call(as_json).perform(lambda call: _groups(call, workspace, None))

    @groups.command()
    def show(
        name: Annotated[str, typer.Argument(metavar="GROUP", help="The group's name or id.")],
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Show a group with the servers it selects now.

        \b
        Exit codes: 0 shown, 3 there is no such group.

        \b
        Example:
          drs-desktop groups show payroll-web --workspace demo --json
        """
        new_call(as_json).perform(lambda call: _groups(call, workspace, name))

    @groups.command()
    def preview(
        tags: Annotated[
            list[str],
            typer.Option("--tag", metavar="KEY=VALUE", help="All given tags must match, case included."),
        ],
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Show which servers tags would select, and which of them are in a group already.

        \b
        Exit codes: 0 shown, 3 no server matches, or not every account could be read.

        \b
        Example:
          drs-desktop groups preview --tag Application=payroll --tag Tier=web --workspace demo
        """
        asked = dict(_tag(text) for text in tags)
        new_call(as_json).perform(lambda call: _preview(call, workspace, asked))


def _tag(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE.", param_hint="--tag")
    return key, value


async def _groups(call: Invocation, workspace: str | None, name: str | None) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        rows = _named(await services.groups.list_groups(), name)
        for row in rows:
            for line in group_lines(row, is_whole=name is not None):
                call.say(line)
        scopes = await told_scopes(call, services)
        if call.as_json:
            groups = [group_json(row) for row in rows]
            body = {"workspace": services.info.name, "groups": groups, "scopes": scopes}
            write_json_line(call.streams.stdout, body)
        return ExitCode.DONE


def _named(rows: Sequence[ProtectionGroupRow], name: str | None) -> Sequence[ProtectionGroupRow]:
    found = [row for row in rows if name is None or name in {row.name, row.group_id}]
    if name is not None and not found:
        known = ", ".join(row.name for row in rows) or "none"
        raise NotFound(f"There is no protection group {name!r} here. Groups: {known}.")
    return found


async def _preview(call: Invocation, workspace: str | None, asked: dict[str, str]) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        inventory = await services.inventory.current()
        found = [row for row in inventory.rows if _matches(row, asked)]
        for line in aligned([server_cells(row) for row in found]):
            call.say(line)
        call.say(f"{counted(len(found), 'server')} selected.")
        tell_age(call, inventory)
        if call.as_json:
            body = {
                "tags": asked,
                "servers": [server_json(row) for row in found],
                "scopes": [scope_json(state) for state in inventory.scopes],
            }
            write_json_line(call.streams.stdout, body)
        is_whole = all(state.is_ok for state in inventory.scopes)
        return ExitCode.DONE if found and is_whole else ExitCode.INVALID


def _matches(row: SourceServerRow, asked: dict[str, str]) -> bool:
    return set(asked.items()) <= set(row.tags)
