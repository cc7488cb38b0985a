"""Commands about protection groups: look, try tags, go back, remove."""

from collections.abc import Callable, Sequence
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
from drs_desktop.cli.document_changes import DryRun, Unchecked, change_documents, list_versions, removal
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.inventory_age import tell_age, told_scopes
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, counted
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.cli.tag_options import wanted_tag
from drs_desktop.domain.document_versions import DocumentChange
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.services.api import Services
from drs_desktop.services.list_filters import GroupFilter
from drs_desktop.services.views import ProtectionGroupRow, SourceServerRow

_NewCall = Callable[[bool], Invocation]
_Name = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name or id.")]
_Text = Annotated[
    str, typer.Option("--filter", metavar="TEXT", help="Part of a group's name or description; any case.")
]
_Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY[=VALUE]", help="Only groups that select by this tag."),
]
_Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="ID-OR-NAME", help="Only groups that look there; may be repeated."),
]
_Regions = Annotated[
    list[str] | None, typer.Option("--region", metavar="REGION", help="Only groups that look there.")
]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    groups = typer.Typer(help="Protection groups, and whom they select.", no_args_is_help=True)
    app.add_typer(groups, name="groups")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    _register_looks(groups, new_call)
    _register_versions(groups, new_call)


def _register_looks(groups: typer.Typer, new_call: _NewCall) -> None:
    @groups.command("list")
    def list_groups(
        text: _Text = "",
        tags: _Tags = None,
        accounts: _Accounts = None,
        regions: _Regions = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List the protection groups, how they select, and how many servers they hold now.

        \b
        Example:
          drs-desktop groups list --tag Tier=web --workspace demo
        """
        asked = GroupFilter(
            text=text,
            tags=tuple(wanted_tag(one) for one in tags or ()),
            accounts=tuple(accounts or ()),
            regions=tuple(regions or ()),
        )
        new_call(as_json).perform(lambda call: _groups(call, workspace, None, asked))

    @groups.command()
    def show(
        name: _Name,
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


def _register_versions(groups: typer.Typer, new_call: _NewCall) -> None:
    @groups.command()
    def versions(name: _Name, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """List every version of a group: who saved it, when, and what it changed.

        \b
        Example:
          drs-desktop groups versions payroll-web --workspace demo
        """
        new_call(as_json).perform(lambda call: list_versions(call, workspace, lambda s: _held(s, name)))

    @groups.command("roll-back")
    def roll_back(
        name: _Name,
        revision: Annotated[int, typer.Option("--to", min=1, metavar="REVISION", help="Which version.")],
        dry_run: DryRun = False,
        accept_unchecked: Unchecked = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Make an earlier version of a group its newest; the versions in between stay in the list.

        \b
        Exit codes: 0 done, 3 there is no such version or something stands in the way.

        \b
        Example:
          drs-desktop groups roll-back payroll-web --to 2 --workspace demo
        """

        async def change(services: Services) -> list[DocumentChange]:
            return [await services.authoring.rolled_back(await _held(services, name), revision)]

        new_call(as_json).perform(
            lambda call: change_documents(
                call, workspace, change, is_dry=dry_run, accept_unchecked=accept_unchecked
            )
        )

    @groups.command()
    def remove(
        name: _Name,
        dry_run: DryRun = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Remove a group that no plan uses; its versions stay, and no server is touched.

        \b
        Exit codes: 0 removed, 3 there is no such group, or a plan uses it.

        \b
        Example:
          drs-desktop groups remove payroll-web --workspace demo
        """

        async def change(services: Services) -> list[DocumentChange]:
            return [removal(await _held(services, name))]

        new_call(as_json).perform(
            lambda call: change_documents(call, workspace, change, is_dry=dry_run, accept_unchecked=True)
        )


async def _held(services: Services, name: str) -> ProtectionGroup:
    groups = (await services.authoring.shelf()).groups
    found = [group for group in groups if name in {group.name, group.group_id}]
    if not found:
        raise _no_group(name, [group.name for group in groups])
    return found[0]


def _no_group(name: str, names: Sequence[str]) -> NotFound:
    return NotFound(f"There is no protection group {name!r} here. Groups: {', '.join(names) or 'none'}.")


def _tag(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE.", param_hint="--tag")
    return key, value


async def _groups(
    call: Invocation, workspace: str | None, name: str | None, asked: GroupFilter | None = None
) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        rows = _named(await services.groups.list_groups(), name)
        rows = [row for row in rows if asked is None or asked.matches(row)]
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
        raise _no_group(name, [row.name for row in rows])
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
