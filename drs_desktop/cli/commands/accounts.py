"""Commands about target accounts: list, show, add, edit, validate, remove, template."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

import typer

from drs_desktop.cli import options
from drs_desktop.cli.administering import opened
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.accounts import StagingAccount, TargetAccount
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.ids import AccountId, Region
from drs_desktop.domain.target_accounts import ProbeFinding, ProbeLevel
from drs_desktop.services.account_service import AccountRow, AccountService

_NewCall = Callable[[bool], Invocation]
_Work = Callable[[Invocation, AccountService], Awaitable[ExitCode]]

_Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's number, or its name here.")]
_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The account's twelve digits.")]
_Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="What people call it.")]
_RoleArn = Annotated[str | None, typer.Option("--role-arn", metavar="ARN", help="The role assumed in it.")]
_SourceRoleArn = Annotated[
    str | None,
    typer.Option("--source-role-arn", metavar="ARN", help="A role that only reads source servers; optional."),
]
_ExternalId = Annotated[
    str | None, typer.Option("--external-id", metavar="ID", help="What the role's trust asks for.")
]
_Staging = Annotated[
    list[str] | None,
    typer.Option(
        "--staging",
        metavar="'ARN [ID]'",
        help="Role and external id that read an account from which servers are extended; repeat it.",
    ),
]
_Regions = Annotated[
    list[str] | None, typer.Option("--region", metavar="REGION", help="Where it recovers; repeat it.")
]
_Environment = Annotated[
    str | None, typer.Option("--environment", metavar="TEXT", help="What it is for, such as production.")
]
_Colour = Annotated[
    str | None, typer.Option("--colour", metavar="#RRGGBB", help="Frames every window that can change it.")
]
_Tags = Annotated[
    bool | None,
    typer.Option("--tags/--no-tags", help="Whether starts may carry our job tags (drs:TagResource)."),
]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    accounts = typer.Typer(help="Register and test the accounts in which is recovered.", no_args_is_help=True)
    app.add_typer(accounts, name="accounts")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    _register_looking(accounts, new_call)
    _register_changing(accounts, new_call)
    _register_template(accounts, new_call)


def _register_looking(accounts: typer.Typer, new_call: _NewCall) -> None:
    @accounts.command("list")
    def list_accounts(as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """List the target accounts and what uses them.

        \b
        Example:
          drs-desktop accounts list --json
        """
        _perform(new_call(as_json), workspace, _list)

    @accounts.command()
    def show(account: _Account, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Show one target account.

        \b
        Example:
          drs-desktop accounts show payroll-dr
        """
        _perform(new_call(as_json), workspace, lambda call, service: _show(call, service, account))

    @accounts.command()
    def validate(
        account: _Account, as_json: options.Json = False, workspace: options.Workspace = None
    ) -> None:
        """Try role, external id, DRS in every Region, and what the role may do; nothing is changed.

        \b
        Exit codes: 0 all is well (warnings included), 3 something failed or could not be checked.

        \b
        Example:
          drs-desktop accounts validate payroll-dr
        """
        _perform(new_call(as_json), workspace, lambda call, service: _validate(call, service, account))


def _register_changing(accounts: typer.Typer, new_call: _NewCall) -> None:
    @accounts.command()
    def add(
        number: _Number,
        name: Annotated[str, typer.Option("--name", metavar="NAME", help="What people call it.")],
        role_arn: Annotated[
            str, typer.Option("--role-arn", metavar="ARN", help="The role assumed in the account.")
        ],
        region: Annotated[
            list[str], typer.Option("--region", metavar="REGION", help="Where it recovers; repeat it.")
        ],
        source_role_arn: _SourceRoleArn = None,
        external_id: _ExternalId = None,
        staging: _Staging = None,
        environment: _Environment = None,
        colour: _Colour = None,
        tags: _Tags = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Register a target account. `accounts template` then writes the role that it needs.

        \b
        Example:
          drs-desktop accounts add 012345678901 --name payroll-dr --region eu-west-1 \\
            --role-arn arn:aws:iam::012345678901:role/DrsDesktop --external-id between-us
        """
        made = _changed(
            TargetAccount(account_id=AccountId(number), name=name, role_arn=role_arn, regions=()),
            regions=region,
            source_role_arn=source_role_arn,
            external_id=external_id,
            staging=staging,
            environment=environment,
            colour=colour,
            tags_allowed=tags,
        )

        async def work(call: Invocation, service: AccountService) -> ExitCode:
            await service.add(made)
            return await _show(call, service, number)

        _perform(new_call(as_json), workspace, work)

    @accounts.command()
    def edit(
        account: _Account,
        name: _Name = None,
        role_arn: _RoleArn = None,
        region: _Regions = None,
        source_role_arn: _SourceRoleArn = None,
        external_id: _ExternalId = None,
        staging: _Staging = None,
        environment: _Environment = None,
        colour: _Colour = None,
        tags: _Tags = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Change a target account; what is not given stays. Its number cannot change.

        \b
        Example:
          drs-desktop accounts edit payroll-dr --region eu-west-1 --region eu-central-1
        """
        changes = {
            "name": name,
            "role_arn": role_arn,
            "regions": region,
            "source_role_arn": source_role_arn,
            "external_id": external_id,
            "staging": staging,
            "environment": environment,
            "colour": colour,
            "tags_allowed": tags,
        }

        async def work(call: Invocation, service: AccountService) -> ExitCode:
            row = await service.show(AccountId(account))
            await service.edit(_changed(row.account, **changes))
            return await _show(call, service, row.account.account_id)

        _perform(new_call(as_json), workspace, work)

    @accounts.command()
    def remove(account: _Account, as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Remove a target account that no group, plan or execution uses; nothing is changed in AWS.

        \b
        Example:
          drs-desktop accounts remove payroll-dr
        """

        async def work(call: Invocation, service: AccountService) -> ExitCode:
            row = await service.show(AccountId(account))
            await service.remove(row.account.account_id)
            call.say(f"Account {row.account.account_id} ({row.account.name}) is no longer a target account.")
            if call.as_json:
                write_json_line(call.streams.stdout, {"removed": row.account.account_id})
            return ExitCode.DONE

        _perform(new_call(as_json), workspace, work)


def _register_template(accounts: typer.Typer, new_call: _NewCall) -> None:
    @accounts.command()
    def template(
        account: _Account,
        hub: Annotated[
            str, typer.Option("--hub", metavar="NUMBER", help="The account whose people may assume the role.")
        ],
        principal: Annotated[
            str,
            typer.Option(
                "--principal", metavar="PATTERN", help="Which of them, as an ARN; * fits what changes in it."
            ),
        ],
        side: Annotated[RoleSide, typer.Option("--side", help="source: a role that only reads.")] = (
            RoleSide.TARGET
        ),
        staging: Annotated[
            str | None,
            typer.Option("--staging", metavar="NUMBER", help="The role in this staging account instead."),
        ] = None,
        workspace: options.Workspace = None,
    ) -> None:
        """Print a CloudFormation template of the role: trust, external id, and no right too many.

        \b
        Example:
          drs-desktop accounts template payroll-dr --hub 111111111111 \\
            --principal "arn:aws:iam::111111111111:role/aws-reserved/*/AWSReservedSSO_DrOperators_*"
        """

        async def work(call: Invocation, service: AccountService) -> ExitCode:
            text = await service.template(
                AccountId(account),
                hub_account_id=AccountId(hub),
                principal_pattern=principal,
                side=side,
                staging_id=AccountId(staging) if staging else None,
            )
            call.streams.stdout.write(text)
            return ExitCode.DONE

        _perform(new_call(False), workspace, work)


# ---- the work


def _perform(call: Invocation, workspace: str | None, work: _Work) -> None:
    async def main(call: Invocation) -> ExitCode:
        async with opened(call, workspace) as administration:
            return await work(call, administration.accounts)

    call.perform(main)


async def _list(call: Invocation, service: AccountService) -> ExitCode:
    rows = await service.list_accounts()
    for line in aligned([_cells(row) for row in rows]):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, {"accounts": [_json(row) for row in rows]})
    return ExitCode.DONE


async def _show(call: Invocation, service: AccountService, account: str) -> ExitCode:
    row = await service.show(AccountId(account))
    for line in aligned([(name, str(value)) for name, value in _facts(row)]):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, {"account": _json(row)})
    return ExitCode.DONE


async def _validate(call: Invocation, service: AccountService, account: str) -> ExitCode:
    findings = await service.validate(AccountId(account))
    for line in aligned([(finding.level.value, finding.text) for finding in findings]):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, {"findings": [_finding(one) for one in findings]})
    is_well = all(one.level in {ProbeLevel.PASSED, ProbeLevel.WARNING} for one in findings)
    return ExitCode.DONE if is_well else ExitCode.INVALID


def _changed(account: TargetAccount, **changes: Any) -> TargetAccount:
    """Return the account with what was given; an empty text takes an optional value away."""
    given = {name: value for name, value in changes.items() if value is not None}
    if "regions" in given:
        given["regions"] = tuple(Region(one) for one in given["regions"])
    if "staging" in given:
        given["staging"] = tuple(_staging(text) for text in given["staging"] if text.strip())
    for optional in ("external_id", "source_role_arn"):
        if given.get(optional) == "":
            given[optional] = None
    return replace(account, **given)


def _staging(text: str) -> StagingAccount:
    """Return a staging account of what was typed: a role's ARN, and its external id after a blank."""
    role_arn, _, external_id = text.strip().partition(" ")
    number = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
    return StagingAccount(
        account_id=AccountId(number), role_arn=role_arn, external_id=external_id.strip() or None
    )


def _cells(row: AccountRow) -> tuple[str, ...]:
    account = row.account
    return (account.account_id, account.name, ", ".join(account.regions), account.environment, row.use.words)


def _facts(row: AccountRow) -> list[tuple[str, object]]:
    account = row.account
    return [
        ("Account", account.account_id),
        ("Name", account.name),
        ("Regions", ", ".join(account.regions)),
        ("Role", account.role_arn),
        ("Source role", account.source_role_arn or "the same"),
        ("External id", "set" if account.external_id else "none"),
        ("Staging accounts", ", ".join(one.account_id for one in account.staging) or "none"),
        ("Environment", account.environment),
        ("Colour", account.colour),
        ("Job tags", "yes" if account.tags_allowed else "no: a start in doubt asks a person"),
        ("Used by", row.use.words or "nothing"),
    ]


def _json(row: AccountRow) -> dict[str, Any]:
    account = row.account
    return {
        "account_id": account.account_id,
        "name": account.name,
        "role_arn": account.role_arn,
        "source_role_arn": account.source_role_arn,
        "has_external_id": account.external_id is not None,
        "staging": [
            {
                "account_id": one.account_id,
                "role_arn": one.role_arn,
                "has_external_id": one.external_id is not None,
            }
            for one in account.staging
        ],
        "regions": list(account.regions),
        "environment": account.environment,
        "colour": account.colour,
        "tags_allowed": account.tags_allowed,
        "groups": list(row.use.group_names),
        "plans": list(row.use.plan_names),
        "executions": list(row.use.execution_ids),
    }


def _finding(finding: ProbeFinding) -> dict[str, str]:
    return {"level": finding.level.value, "text": finding.text}
