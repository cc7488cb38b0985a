"""Put the guard around a workspace: who is at the console, what they may do, what is written down of it."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.break_glass import BotoGlassDoor
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.ids import Region
from drs_desktop.domain.ports import AwsAccess, Clock, ExecutionJournal, WorkspaceInfo, WorkspaceRepository
from drs_desktop.domain.remembered_identity import WhoIs
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.files.role_mapping_file import read_role_mapping
from drs_desktop.services.access_service import DEMO_ACCESS, AccessParts, AccessService, KnownAccess
from drs_desktop.services.account_service import AccountParts, AccountService
from drs_desktop.services.administration import Administration
from drs_desktop.services.api import Services
from drs_desktop.services.audit_service import AuditedAws, AuditService
from drs_desktop.services.break_glass_service import BreakGlassService, GlassParts
from drs_desktop.services.console_lock import ConsoleLock
from drs_desktop.services.guarded import guarded
from drs_desktop.storage.access_store import SqlAccessStore
from drs_desktop.storage.account_store import SqlAccountStore
from drs_desktop.storage.audit_trail import SqlAuditTrail
from drs_desktop.storage.database import Database

ROLES_FILE = "roles.json"
"""In the data folder: the rules that come with an installation, until an administrator keeps others."""
SIMULATED_MAPPING = RoleMapping(
    rules=tuple(MappingRule(pattern=one.value, role=one) for one in Role if one is not Role.CROSS_ACCOUNT)
)
"""At a simulator to which people sign in: whose permission set is called as a role is, has the role."""
_SOME_REGION = Region("us-east-1")


class HubIdentity:
    """Whoever AWS says the credentials of this machine belong to."""

    def __init__(self, aws: BotoAwsAccess, region: Region) -> None:
        self._aws = aws
        self._region = region

    @property
    def label(self) -> str:
        """Return by what AWS is asked; see the port."""
        return self._aws.identity_label

    async def who(self) -> WhoIs:
        """Return who it is; see the port."""
        caller = await self._aws.whoami(self._region)
        return WhoIs(principal=caller.arn, ends_at=caller.ends_at)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a workspace keeps of its own."""

    repository: WorkspaceRepository
    journal: ExecutionJournal


@dataclass(frozen=True, kw_only=True)
class Guarding:
    """Everything about who may do what in one workspace.

    Attributes:
        asks_aws: whether AWS says who it is; a simulation that nobody signs in to has everybody alike.
    """

    database: Database
    clock: Clock
    info: WorkspaceInfo
    lock: ConsoleLock
    known: KnownAccess
    trail: SqlAuditTrail
    asks_aws: bool

    async def access(self, aws: AwsAccess, kept: Kept, folder: Path) -> AccessService:
        """Return what says who may do what.

        Args:
            folder: where the shipped rules may lie.

        Raises:
            ValidationFailed: the shipped rules cannot be used.
        """
        access = AccessService(
            AccessParts(
                store=SqlAccessStore(self.database, self.clock),
                audit=self.trail,
                clock=self.clock,
                operator=self.info.operator,
                known=self.known,
                identity=self._identity(aws, await kept.repository.accounts()),
                everybody=DEMO_ACCESS,
                shipped=await self._shipped(folder),
            )
        )
        await self.glass(access, aws).restore()
        await self._settle(access)
        return access

    def audited(self, aws: AwsAccess, access: AccessService) -> AuditedAws:
        """Return AWS access that writes down each session with which something may be changed."""
        forget = aws.forget_sign_in if isinstance(aws, BotoAwsAccess) else _forget_nothing
        return AuditedAws(aws, self.trail, access, self.info.operator, forget)

    def around(self, services: Services, aws: AwsAccess, kept: Kept, access: AccessService) -> Services:
        """Return the services behind their guard, with those that administer beside them."""
        return guarded(services, access, self.known, self._administration(services, access, aws, kept))

    @property
    def notices(self) -> tuple[str, ...]:
        """Return what everybody at this console is to be told: that an emergency role is in force."""
        elevation = self.known.access.elevation
        if elevation is None:
            return ()
        until = f"{elevation.until:%Y-%m-%d %H:%M} UTC"
        return (f"EMERGENCY: the role {elevation.role} was taken until {until}: {elevation.reason}",)

    async def _shipped(self, folder: Path) -> RoleMapping | None:
        mapping = await asyncio.to_thread(read_role_mapping, folder / ROLES_FILE)
        return SIMULATED_MAPPING if mapping is None and self.info.endpoint.is_simulated else mapping

    async def _settle(self, access: AccessService) -> None:
        """Find out who it is where that asks nobody, so that the first screen shows what may be done."""
        if not self.asks_aws:
            await access.current()

    def _administration(
        self, services: Services, access: AccessService, aws: AwsAccess, kept: Kept
    ) -> Administration:
        boto = aws if isinstance(aws, BotoAwsAccess) else None
        accounts = AccountService(
            AccountParts(
                access=access,
                repository=kept.repository,
                store=SqlAccountStore(self.database, self.clock),
                journal=kept.journal,
                executions=services.executions,
                aws=aws,
                prober=boto.prober if boto else None,
                reach=boto.set_accounts if boto else _reach_nothing,
                staging=boto,
                operator=self.info.operator,
            )
        )
        return Administration(
            access=access,
            accounts=accounts,
            audit=AuditService(self.trail, access),
            glass=self.glass(access, aws),
        )

    def glass(self, access: AccessService, aws: AwsAccess) -> BreakGlassService:
        """Return the way to AWS for the hour when nobody can sign in; there is none in a simulation."""
        can_break = isinstance(aws, BotoAwsAccess) and not self.info.endpoint.is_simulated
        return BreakGlassService(
            GlassParts(
                access=access,
                store=SqlAccessStore(self.database, self.clock),
                audit=self.trail,
                clock=self.clock,
                operator=self.info.operator,
                door=BotoGlassDoor(aws) if can_break and isinstance(aws, BotoAwsAccess) else None,
            )
        )

    def _identity(self, aws: AwsAccess, accounts: tuple[TargetAccount, ...]) -> HubIdentity | None:
        if not self.asks_aws or not isinstance(aws, BotoAwsAccess):
            return None
        return HubIdentity(aws, _region(accounts))


def guarding(database: Database, clock: Clock, info: WorkspaceInfo, *, is_signed_in_to: bool) -> Guarding:
    """Return what guards a workspace; nobody is known yet.

    Args:
        is_signed_in_to: whether a person has to sign in, also at a simulator.
    """
    lock = ConsoleLock(clock.local_elapsed)
    return Guarding(
        database=database,
        clock=clock,
        info=info,
        lock=lock,
        known=KnownAccess(lock),
        trail=SqlAuditTrail(database, clock),
        asks_aws=is_signed_in_to or not info.endpoint.is_simulated,
    )


def _forget_nothing() -> None:
    """Forget nobody: nobody signs in here."""


def _reach_nothing(accounts: tuple[TargetAccount, ...]) -> None:
    """Reach no account: there is no AWS here."""


def _region(accounts: tuple[TargetAccount, ...]) -> Region:
    regions = (region for account in accounts for region in account.regions)
    return next(regions, Region(os.environ.get("AWS_REGION") or _SOME_REGION))
