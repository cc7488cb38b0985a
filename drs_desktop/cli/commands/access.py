"""Commands about who may do what: my access, the rules of roles, emergencies."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from drs_desktop.cli import options
from drs_desktop.cli.administering import opened
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, moment
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.role_mapping import MappingRule
from drs_desktop.domain.roles import Access, Role
from drs_desktop.services.access_service import AccessService
from drs_desktop.services.access_views import AccessView
from drs_desktop.services.administration import Administration

_Ask = Callable[[AccessService], Awaitable[object]]
_Act = Callable[[Administration], Awaitable[object]]

_Pattern = Annotated[
    str,
    typer.Argument(
        metavar="PATTERN", help="A permission set, a role or user name, or a whole ARN; * fits anything."
    ),
]
_Role = Annotated[Role, typer.Argument(metavar="ROLE", help=f"One of {', '.join(Role)}.")]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    access = typer.Typer(invoke_without_command=True)
    app.add_typer(access, name="access")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    @access.callback()
    def show(
        context: typer.Context, as_json: options.Json = False, workspace: options.Workspace = None
    ) -> None:
        """Show what you may do here, why, and what AWS itself would refuse you.

        \b
        Examples:
          drs-desktop access --workspace demo
          drs-desktop access --json
        """
        if context.invoked_subcommand is None:
            new_call(as_json).perform(lambda call: _show(call, workspace))

    _register_rules(access, new_call)
    _register_emergencies(access, new_call)


def _register_rules(access: typer.Typer, new_call: Callable[[bool], Invocation]) -> None:
    @access.command()
    def assign(
        pattern: _Pattern,
        role: _Role,
        account: Annotated[
            list[str] | None,
            typer.Option("--account", metavar="NUMBER", help="What DRSCrossAccount is bound to; repeat it."),
        ] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Say which role somebody has; for administrators, and written down.

        The first rule that fits decides. Who fits none may only look.

        \b
        Examples:
          drs-desktop access assign DrOperators DRSOperator
          drs-desktop access assign Partner DRSCrossAccount --account 012345678901
        """
        accounts = tuple(AccountId(one) for one in account or ())
        rule = MappingRule(pattern=pattern, role=role, accounts=accounts)
        new_call(as_json).perform(lambda call: _ask_then_show(call, workspace, lambda s: s.assign(rule)))

    @access.command()
    def unassign(
        pattern: _Pattern, as_json: options.Json = False, workspace: options.Workspace = None
    ) -> None:
        """Take a rule away; for administrators, and written down.

        \b
        Example:
          drs-desktop access unassign DrOperators
        """
        new_call(as_json).perform(lambda call: _ask_then_show(call, workspace, lambda s: s.unassign(pattern)))

    @access.command()
    def claim(as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Become the first administrator of a workspace that has no rules yet.

        \b
        Example:
          drs-desktop access claim
        """
        new_call(as_json).perform(lambda call: _ask_then_show(call, workspace, lambda s: s.claim()))


def _register_emergencies(access: typer.Typer, new_call: Callable[[bool], Invocation]) -> None:
    @access.command()
    def elevate(
        reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is written down.")],
        role: Annotated[Role, typer.Option("--role", help="DRSOperator or DRSAdmin.")] = Role.OPERATOR,
        break_glass: Annotated[
            bool,
            typer.Option("--break-glass", help="Reach AWS with the profile registered for emergencies."),
        ] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Take a role in an emergency, for four hours; it goes as far as AWS itself lets you.

        \b
        Examples:
          drs-desktop access elevate --reason "Frankfurt is gone and nobody answers"
          drs-desktop access elevate --break-glass --reason "Nobody can sign in: Frankfurt is gone"
        """

        async def ask(administration: Administration) -> None:
            if break_glass:
                await administration.glass.use(role, reason)
            else:
                await administration.access.elevate(role, reason)

        new_call(as_json).perform(lambda call: _act_then_show(call, workspace, ask))

    @access.command("break-glass")
    def register_break_glass(
        profile: Annotated[
            str | None, typer.Argument(metavar="PROFILE", help="A profile of the AWS configuration.")
        ] = None,
        forget: Annotated[bool, typer.Option("--forget", help="Register none any more.")] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Register a profile for the hour when nobody can sign in; for administrators, and written down.

        It is used by `access elevate --break-glass` alone. Without PROFILE the registered one is shown.

        \b
        Example:
          drs-desktop access break-glass emergency-keys
        """
        wanted = "" if forget else profile
        new_call(as_json).perform(lambda call: _break_glass(call, workspace, wanted))

    @access.command("give-up")
    def give_up(as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Give an emergency role back before its time.

        \b
        Example:
          drs-desktop access give-up
        """
        new_call(as_json).perform(lambda call: _act_then_show(call, workspace, lambda a: a.glass.give_up()))


async def _break_glass(call: Invocation, workspace: str | None, wanted: str | None) -> ExitCode:
    async with opened(call, workspace) as administration:
        if wanted is not None:
            await administration.glass.register(wanted)
        profile = await administration.glass.registered()
    call.say(f"Registered for emergencies: {profile or 'none'}.")
    if call.as_json:
        write_json_line(call.streams.stdout, {"break_glass_profile": profile or None})
    return ExitCode.DONE


async def _show(call: Invocation, workspace: str | None) -> ExitCode:
    async with opened(call, workspace) as administration:
        return _report(call, await administration.access.view())


async def _ask_then_show(call: Invocation, workspace: str | None, ask: _Ask) -> ExitCode:
    async with opened(call, workspace) as administration:
        await ask(administration.access)
        return _report(call, await administration.access.view())


async def _act_then_show(call: Invocation, workspace: str | None, act: _Act) -> ExitCode:
    async with opened(call, workspace) as administration:
        await act(administration)
        return _report(call, await administration.access.view())


def _report(call: Invocation, view: AccessView) -> ExitCode:
    for line in _lines(view):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, _json(view))
    return ExitCode.DONE


def _lines(view: AccessView) -> list[str]:
    access = view.access
    lines = [f"{access.principal or view.operator} is {access.role}. {access.source}"]
    lines += [view.problem] if view.problem else []
    lines += _emergency(access)
    lines += [view.sessions, ""]
    lines += aligned(
        [(one.permission.value, "yes" if one.is_granted else "no") for one in view.permissions], indent="  "
    )
    refused = [(row.words, row.reason) for row in view.actions if not row.is_allowed]
    lines += ["", "Not for this role:", *aligned(refused, indent="  ")] if refused else []
    rules = [(rule.pattern, rule.role.value, *rule.accounts) for rule in view.rules]
    return lines + (
        ["", "Rules, the first that fits decides:", *aligned(rules, indent="  ")] if rules else []
    )


def _emergency(access: Access) -> list[str]:
    if access.elevation is None:
        return []
    return [f"EMERGENCY until {moment(access.elevation.until)}: {access.elevation.reason}"]


def _json(view: AccessView) -> dict[str, Any]:
    access, elevation = view.access, view.access.elevation
    return {
        "operator": view.operator,
        "principal": access.principal,
        "role": access.role.value,
        "source": access.source,
        "problem": view.problem,
        "accounts": sorted(access.accounts),
        "elevation": None
        if elevation is None
        else {"reason": elevation.reason, "until": elevation.until.isoformat()},
        "sessions": view.sessions,
        "permissions": {one.permission.value: one.is_granted for one in view.permissions},
        "actions": [
            {"action": row.action.value, "is_allowed": row.is_allowed, "reason": row.reason}
            for row in view.actions
        ],
        "rules": [
            {"pattern": rule.pattern, "role": rule.role.value, "accounts": list(rule.accounts)}
            for rule in view.rules
        ],
    }
