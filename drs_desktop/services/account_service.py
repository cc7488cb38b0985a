"""Target accounts: register, edit, test and remove them, and write the template of their role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drs_desktop.domain.account_template import RoleToMake, account_template
from drs_desktop.domain.accounts import StagingAccount, TargetAccount
from drs_desktop.domain.actions import Action
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.errors import AwsError, NotFound, ValidationFailed
from drs_desktop.domain.ids import AccountId, ExecutionId, Region, Scope
from drs_desktop.domain.permission_report import readiness_line
from drs_desktop.domain.ports import AwsAccess, DrsReader, ExecutionJournal, WorkspaceRepository
from drs_desktop.domain.staging_ports import StagingAccess
from drs_desktop.domain.target_accounts import (
    AccountProber,
    AccountStore,
    AccountUse,
    ProbeFinding,
    ProbeLevel,
    check_account,
    check_removable,
)
from drs_desktop.services.access_service import AccessService
from drs_desktop.services.views import ExecutionView

_NOT_INITIALISED = "UninitializedAccountException"


class ExecutionViews(Protocol):
    """Shows executions."""

    async def view(self, execution_id: ExecutionId) -> ExecutionView: ...


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """A target account and what uses it."""

    account: TargetAccount
    use: AccountUse


@dataclass(frozen=True, kw_only=True)
class AccountParts:
    """What the account service is made of.

    Attributes:
        prober: None where no AWS answers.
        reach: tells AWS access which accounts there are from now on.
    """

    access: AccessService
    repository: WorkspaceRepository
    store: AccountStore
    journal: ExecutionJournal
    executions: ExecutionViews
    aws: AwsAccess
    prober: AccountProber | None
    reach: Callable[[tuple[TargetAccount, ...]], None]
    operator: str
    staging: StagingAccess | None = None


class AccountService:
    """Everything an administrator does with target accounts."""

    def __init__(self, parts: AccountParts) -> None:
        self._parts = parts

    async def list_accounts(self) -> tuple[AccountRow, ...]:
        """Return every account with what uses it."""
        await self._parts.access.require(Action.LIST_ACCOUNTS)
        return tuple([await self._row(account) for account in await self._parts.repository.accounts()])

    async def show(self, account_id: AccountId) -> AccountRow:
        """Return one account.

        Raises:
            NotFound: there is none with this number.
        """
        await self._require(Action.SHOW_ACCOUNT, account_id)
        return await self._row(await self._account(account_id))

    # ---- changing

    async def add(self, account: TargetAccount) -> None:
        """Register an account.

        Raises:
            ValidationFailed: it is registered already, or says what cannot be meant.
        """
        await self._require(Action.ADD_ACCOUNT, account.account_id)
        known = await self._parts.repository.accounts()
        if any(one.account_id == account.account_id for one in known):
            raise ValidationFailed(f"Account {account.account_id} is registered already; edit it instead.")
        check_account(account, known)
        await self._save(account)

    async def edit(self, account: TargetAccount) -> None:
        """Put an account in the place of the one with its number.

        Raises:
            NotFound: there is none with this number.
            ValidationFailed: it says what cannot be meant.
        """
        await self._require(Action.EDIT_ACCOUNT, account.account_id)
        await self._account(account.account_id)
        known = await self._parts.repository.accounts()
        check_account(account, [one for one in known if one.account_id != account.account_id])
        await self._save(account)

    async def remove(self, account_id: AccountId) -> None:
        """Remove an account that nothing uses.

        Raises:
            NotFound: there is none with this number.
            ValidationFailed: something uses it; the sentence says what.
        """
        await self._require(Action.REMOVE_ACCOUNT, account_id)
        row = await self._row(await self._account(account_id))
        check_removable(row.account, row.use)
        await self._parts.store.remove(account_id, by=self._parts.operator)
        self._parts.reach(await self._parts.repository.accounts())

    async def _save(self, account: TargetAccount) -> None:
        await self._parts.store.save(account, by=self._parts.operator)
        self._parts.reach(await self._parts.repository.accounts())

    # ---- testing

    async def validate(self, account_id: AccountId) -> tuple[ProbeFinding, ...]:
        """Try the role, the external id, DRS in every Region and the permissions; nothing is changed.

        Raises:
            NotFound: there is none with this number.
        """
        await self._require(Action.VALIDATE_ACCOUNT, account_id)
        account = await self._account(account_id)
        findings = [await self._try_region(account, region) for region in account.regions]
        staging = self._parts.staging
        if staging is not None:
            findings += [
                await _try_staging(staging.staging_reader(one, region), one, region)
                for one in account.staging
                for region in account.regions
            ]
        prober = self._parts.prober
        if prober is None:
            return tuple(findings)
        region = account.regions[0]
        return (
            *findings,
            await _try_external_id(prober, account, region),
            await _try_permissions(prober, account, region),
        )

    async def _try_region(self, account: TargetAccount, region: Region) -> ProbeFinding:
        scope = Scope(account_id=account.account_id, region=region)
        try:
            reader = self._parts.aws.reader(scope)
            servers = await reader.describe_source_servers()
            await reader.describe_jobs()  # the other role, where there are two
        except AwsError as error:
            return _failure(region, error)
        text = f"{region}: the role can be assumed and DRS answers; source servers: {len(servers)}."
        return ProbeFinding(level=ProbeLevel.PASSED, text=text)

    # ---- templates

    async def template(
        self,
        account_id: AccountId,
        *,
        hub_account_id: AccountId,
        principal_pattern: str,
        side: RoleSide = RoleSide.TARGET,
        staging_id: AccountId | None = None,
    ) -> str:
        """Return the CloudFormation template of an account's role; nothing is asked of AWS.

        Args:
            hub_account_id: the account whose identities may assume the role.
            principal_pattern: which of them, as an ARN with `*`.
            side: the target role, which stands for the source role too where there is none, or that one.
            staging_id: a staging account of it, whose role is written instead.

        Raises:
            NotFound: there is none with this number.
            ValidationFailed: it has no external id, or no role of that side.
        """
        await self._require(Action.WRITE_TEMPLATE, account_id)
        account = await self._account(account_id)
        if staging_id is not None:
            staging = account.staging_account(staging_id)
            if staging is None:
                raise NotFound(f"Account {account.account_id} has no staging account {staging_id}.")
            return account_template(
                RoleToMake(
                    side=RoleSide.SOURCE,
                    role_arn=staging.role_arn,
                    external_id=staging.external_id or "",
                    hub_account_id=hub_account_id,
                    principal_pattern=principal_pattern,
                )
            )
        if side is RoleSide.SOURCE and account.source_role_arn is None:
            raise ValidationFailed(f"Account {account.account_id} has no source role: give it one first.")
        return account_template(
            RoleToMake(
                side=side,
                role_arn=account.as_source.role_arn if side is RoleSide.SOURCE else account.role_arn,
                external_id=account.external_id or "",
                hub_account_id=hub_account_id,
                principal_pattern=principal_pattern,
                is_alone=account.source_role_arn is None,
            )
        )

    # ---- finding

    async def _require(self, action: Action, account_id: AccountId) -> None:
        await self._parts.access.require(action, [account_id], (("account", account_id),))

    async def _account(self, account_id: AccountId) -> TargetAccount:
        known = await self._parts.repository.accounts()
        for account in known:
            if account_id in {account.account_id, account.name}:
                return account
        listed = ", ".join(f"{one.account_id} ({one.name})" for one in known) or "none"
        raise NotFound(f"There is no target account {account_id} here. There are: {listed}.")

    async def _row(self, account: TargetAccount) -> AccountRow:
        groups = [
            group
            for group in await self._parts.repository.groups()
            if any(scope.account_id == account.account_id for scope in group.scopes)
        ]
        ids = {group.group_id for group in groups}
        plans = [
            plan
            for plan in await self._parts.repository.plans()
            if any(ids.intersection(wave.group_ids) for wave in plan.waves)
        ]
        return AccountRow(
            account=account,
            use=AccountUse(
                group_names=tuple(group.name for group in groups),
                plan_names=tuple(plan.name for plan in plans),
                execution_ids=await self._executions(account.account_id),
            ),
        )

    async def _executions(self, account_id: AccountId) -> tuple[ExecutionId, ...]:
        """Return the executions that still need the account: live ones, and those that left instances."""
        found = []
        for summary in await self._parts.journal.summaries():
            view = await self._parts.executions.view(summary.execution_id)
            is_over = summary.ended_at is not None and not view.instances_left
            if not is_over and any(server.account_id == account_id for server in view.servers):
                found.append(summary.execution_id)
        return tuple(found)


async def _try_staging(reader: DrsReader, staging: StagingAccount, region: Region) -> ProbeFinding:
    where = f"staging account {staging.account_id}"
    try:
        servers = await reader.describe_source_servers()
    except AwsError as error:
        return _failure(region, error, f"{where}: ")
    text = f"{region}, {where}: the role can be assumed and DRS answers; source servers: {len(servers)}."
    return ProbeFinding(level=ProbeLevel.PASSED, text=text)


def _failure(region: Region, error: AwsError, where: str = "") -> ProbeFinding:
    if error.code == _NOT_INITIALISED:
        text = f"{region}: {where}DRS is not initialised there; open its console once, or drop the Region."
        return ProbeFinding(level=ProbeLevel.FAILED, text=text)
    level = ProbeLevel.NOT_CHECKED if error.is_retryable else ProbeLevel.FAILED
    return ProbeFinding(level=level, text=f"{region}: {where}{error}")


async def _try_external_id(prober: AccountProber, account: TargetAccount, region: Region) -> ProbeFinding:
    if account.external_id is None:
        text = "The account has no external id, so that its role opens to whoever may assume it."
        return ProbeFinding(level=ProbeLevel.WARNING, text=text)
    try:
        is_open = await prober.opens_without_external_id(account, region)
    except AwsError as error:
        text = f"Whether the role asks for the external id could not be checked: {error}"
        return ProbeFinding(level=ProbeLevel.NOT_CHECKED, text=text)
    if is_open:
        text = "The role opens without the external id: add the condition on sts:ExternalId to its trust."
        return ProbeFinding(level=ProbeLevel.WARNING, text=text)
    return ProbeFinding(level=ProbeLevel.PASSED, text="The role asks for the external id.")


async def _try_permissions(prober: AccountProber, account: TargetAccount, region: Region) -> ProbeFinding:
    found = await prober.permissions(account, region)
    if found.problem:
        text = f"What the role may do could not be checked: {found.problem}"
        return ProbeFinding(level=ProbeLevel.NOT_CHECKED, text=text)
    level = ProbeLevel.FAILED if found.missing else ProbeLevel.PASSED
    return ProbeFinding(level=level, text=readiness_line(found.missing))
