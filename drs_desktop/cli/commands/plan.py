"""Commands about recovery plans: look, check, compare, move in and out of files, go back, copy."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.authoring_words import plan_json, plan_lines
from drs_desktop.cli.commands import preflight
from drs_desktop.cli.document_changes import DryRun, Unchecked, change_documents, list_versions, removal
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.inventory_age import told_scopes
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import counted
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.document_versions import DocumentChange
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.services.api import Services
from drs_desktop.services.list_filters import PlanFilter
from drs_desktop.services.views import PlanRow

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A plan file; see docs/plan-files.md.")]
_Name = Annotated[str, typer.Argument(metavar="PLAN", help="The recovery plan's name.")]
_NewCall = Callable[[bool], Invocation]
_Text = Annotated[
    str, typer.Option("--filter", metavar="TEXT", help="Part of a plan's name, owner or notes; any case.")
]
_Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="ID-OR-NAME", help="Only with servers there; may be repeated."),
]
_Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="WORD", help="Only whose newest execution has it; NEVER for none."),
]
_Sharing = Annotated[bool, typer.Option("--sharing", help="Only plans that share servers with another.")]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    plan = typer.Typer(
        help="Recovery plans: look at them, move them in and out of files.", no_args_is_help=True
    )
    app.add_typer(plan, name="plan")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    _register_looks(plan, new_call)
    preflight.add_to(plan, new_call)
    _register_files(plan, new_call)
    _register_versions(plan, new_call)


def _register_looks(plan: typer.Typer, new_call: _NewCall) -> None:
    @plan.command("list")
    def list_plans(
        text: _Text = "",
        accounts: _Accounts = None,
        statuses: _Statuses = None,
        sharing: _Sharing = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List the recovery plans with their waves, their servers and their newest execution.

        \b
        Example:
          drs-desktop plan list --status FAILED --status PARTIAL --workspace demo
        """
        asked = PlanFilter(
            text=text,
            accounts=tuple(accounts or ()),
            statuses=tuple(statuses or ()),
            is_sharing=sharing,
        )
        new_call(as_json).perform(lambda call: _list(call, workspace, asked))

    @plan.command()
    def show(name: _Name, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Show a plan: its waves, what each waits for, and the servers that fall into it now.

        \b
        Exit codes: 0 shown, 3 there is no such plan.

        \b
        Example:
          drs-desktop plan show payroll --workspace demo --json
        """
        new_call(as_json).perform(lambda call: _show(call, workspace, name))


def _register_files(plan: typer.Typer, new_call: _NewCall) -> None:
    @plan.command()
    def validate(file: _File, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Check a plan file against its schema, its own sense and this workspace; nothing is changed.

        \b
        Exit codes: 0 it could be imported, 3 something is wrong or could not be checked.

        \b
        Example:
          drs-desktop plan validate plans.yaml --workspace demo
        """
        new_call(as_json).perform(lambda call: _import(call, workspace, file, is_dry=True))

    @plan.command()
    def diff(file: _File, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Show what importing a plan file would change, by meaning.

        \b
        Exit codes: 0 shown, also when something stands in the way; 3 the file cannot be read.

        \b
        Example:
          drs-desktop plan diff plans.yaml --workspace demo
        """
        new_call(as_json).perform(lambda call: _import(call, workspace, file, is_dry=True, is_strict=False))

    @plan.command("import")
    def import_file(
        file: _File,
        dry_run: DryRun = False,
        accept_unchecked: Unchecked = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Bring the groups and plans of a file into this workspace, all or nothing.

        What exists becomes a new version, what is new is added, what the file does not name stays.

        \b
        Exit codes: 0 imported (or nothing to change), 3 something stands in the way; nothing was saved.

        \b
        Example:
          drs-desktop plan import plans.yaml --workspace demo --dry-run
        """
        new_call(as_json).perform(
            lambda call: _import(call, workspace, file, is_dry=dry_run, accept_unchecked=accept_unchecked)
        )

    @plan.command()
    def export(
        file: _File,
        plans: Annotated[
            list[str] | None, typer.Option("--plan", metavar="NAME", help="Only this plan; may be repeated.")
        ] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Write groups and plans to a file; the comments of the file that was there stay.

        \b
        Exit codes: 0 written, 3 it cannot be; nothing was written.

        \b
        Example:
          drs-desktop plan export plans.yaml --plan payroll --workspace demo
        """
        new_call(as_json).perform(lambda call: _export(call, workspace, file, plans or []))


def _register_versions(plan: typer.Typer, new_call: _NewCall) -> None:
    @plan.command()
    def versions(name: _Name, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """List every version of a plan: who saved it, when, and what it changed.

        \b
        Example:
          drs-desktop plan versions payroll --workspace demo
        """

        async def held(services: Services) -> RecoveryPlan:
            return await services.plans.plan_named(name)

        new_call(as_json).perform(lambda call: list_versions(call, workspace, held))

    @plan.command("roll-back")
    def roll_back(
        name: _Name,
        revision: Annotated[int, typer.Option("--to", min=1, metavar="REVISION", help="Which version.")],
        dry_run: DryRun = False,
        accept_unchecked: Unchecked = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Make an earlier version of a plan its newest; the versions in between stay in the list.

        \b
        Exit codes: 0 done, 3 there is no such version or something stands in the way.

        \b
        Example:
          drs-desktop plan roll-back payroll --to 2 --workspace demo
        """

        async def change(services: Services) -> list[DocumentChange]:
            held = await services.plans.plan_named(name)
            return [await services.authoring.rolled_back(held, revision)]

        new_call(as_json).perform(
            lambda call: change_documents(
                call, workspace, change, is_dry=dry_run, accept_unchecked=accept_unchecked
            )
        )

    @plan.command()
    def remove(
        name: _Name,
        dry_run: DryRun = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Remove a plan; its versions and its executions stay, its groups too.

        \b
        Exit codes: 0 removed, 3 there is no such plan, or an execution of it is live.

        \b
        Example:
          drs-desktop plan remove "payroll, one Region" --workspace demo
        """

        async def change(services: Services) -> list[DocumentChange]:
            return [removal(await services.plans.plan_named(name))]

        new_call(as_json).perform(lambda call: change_documents(call, workspace, change, is_dry=dry_run))

    @plan.command()
    def copy(
        name: _Name,
        new_name: Annotated[str, typer.Argument(metavar="NEW-NAME", help="The name of the copy.")],
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Copy a plan under another name; both use the same groups.

        \b
        Exit codes: 0 copied, 3 the name is taken or something else stands in the way.

        \b
        Example:
          drs-desktop plan copy payroll "payroll, one Region" --workspace demo
        """

        async def change(services: Services) -> list[DocumentChange]:
            return [await services.authoring.copied(await services.plans.plan_named(name), new_name)]

        new_call(as_json).perform(lambda call: change_documents(call, workspace, change))


# ---- what they do


async def _list(call: Invocation, workspace: str | None, asked: PlanFilter) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        held = await services.plans.list_plans()
        rows = [row for row in held if asked.matches(row)]
        await _tell(call, services, rows)
        if not rows:
            call.say("No plan is as asked." if held else "There is no recovery plan in this workspace.")
        return ExitCode.DONE


async def _show(call: Invocation, workspace: str | None, name: str) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        wanted = await services.plans.plan_named(name)
        await _tell(
            call,
            services,
            [row for row in await services.plans.list_plans() if row.plan_id == wanted.plan_id],
        )
        return ExitCode.DONE


async def _tell(call: Invocation, services: Services, rows: Sequence[PlanRow]) -> None:
    for row in rows:
        for line in plan_lines(row):
            call.say(line)
    scopes = await told_scopes(call, services)
    if call.as_json:
        plans = [plan_json(row) for row in rows]
        body = {"workspace": services.info.name, "plans": plans, "scopes": scopes}
        write_json_line(call.streams.stdout, body)


async def _import(
    call: Invocation,
    workspace: str | None,
    file: Path,
    *,
    is_dry: bool,
    is_strict: bool = True,
    accept_unchecked: bool = False,
) -> ExitCode:
    async def change(services: Services) -> Sequence[DocumentChange]:
        return await services.authoring.read_file(file)

    code = await change_documents(call, workspace, change, is_dry=is_dry, accept_unchecked=accept_unchecked)
    return code if is_strict else ExitCode.DONE


async def _export(call: Invocation, workspace: str | None, file: Path, plans: Sequence[str]) -> ExitCode:
    async with call.program.open(call.choice(workspace)) as services:
        written = await services.authoring.export(file, plans)
        counts = (counted(len(written.groups), "group"), counted(len(written.plans), "plan"))
        call.say(f"{' and '.join(counts)} written to {file}.")
        if call.as_json:
            body = {
                "workspace": services.info.name,
                "file": str(file),
                "groups": [group.group_id for group in written.groups],
                "plans": [plan.plan_id for plan in written.plans],
            }
            write_json_line(call.streams.stdout, body)
        return ExitCode.DONE
