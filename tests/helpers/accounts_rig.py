"""An account service on a real database, with an AWS that answers as the test says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from drs_desktop.domain.accounts import StagingAccount, TargetAccount
from drs_desktop.domain.actions import Action
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import AccountId, ExecutionId, Region, Scope
from drs_desktop.domain.permission_report import DRILL
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.domain.target_accounts import ProbeLevel, RolePermissions
from drs_desktop.services.account_service import AccountParts, AccountService
from drs_desktop.services.views import ExecutionView
from drs_desktop.storage.account_store import SqlAccountStore
from drs_desktop.storage.database import Database
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from tests.helpers.access_rig import AccessRig, FakeIdentity
from tests.helpers.fake_services import a_row
from tests.helpers.fakes import FakeClock

NUMBER = AccountId("012345678901")
PAYROLL = TargetAccount(
    account_id=NUMBER,
    name="payroll-dr",
    role_arn=f"arn:aws:iam::{NUMBER}:role/DrsDesktop",
    external_id="between-us",
    regions=(Region("eu-west-1"), Region("eu-central-1")),
)
ADMINS = RoleMapping(rules=(MappingRule(pattern="*", role=Role.ADMIN),))


@dataclass
class FakeReader:
    """Source servers, or why not."""

    error: AwsError | None = None

    async def describe_source_servers(self) -> tuple[str, ...]:
        if self.error is not None:
            raise self.error
        return ("one", "two")

    async def describe_jobs(self) -> tuple[str, ...]:
        return ()


@dataclass
class FakeAws:
    """A reader for each Region, and the accounts that it was told of."""

    readers: dict[Region, FakeReader] = field(default_factory=dict)
    staging: dict[AccountId, FakeReader] = field(default_factory=dict)
    reached: list[tuple[TargetAccount, ...]] = field(default_factory=list)

    def reader(self, scope: Scope) -> Any:
        return self.readers.get(scope.region, FakeReader())

    def staging_reader(self, staging: StagingAccount, region: Region) -> Any:
        return self.staging.get(staging.account_id, FakeReader())

    def reach(self, accounts: tuple[TargetAccount, ...]) -> None:
        self.reached.append(accounts)


@dataclass
class FakeProber:
    """Answers as the test says."""

    is_open: bool = False
    error: AwsError | None = None
    found: RolePermissions = field(default_factory=RolePermissions)
    asked: list[tuple[Action, ...]] = field(default_factory=list)

    async def opens_without_external_id(self, account: TargetAccount, region: Region) -> bool:
        if self.error is not None:
            raise self.error
        return self.is_open

    async def permissions(
        self, account: TargetAccount, region: Region, actions: Sequence[Action] = DRILL
    ) -> RolePermissions:
        self.asked.append(tuple(actions))
        return self.found


@dataclass
class FakeHistory:
    """Executions, as the journal lists them and as a view shows them."""

    views: list[ExecutionView] = field(default_factory=list)

    async def summaries(self) -> Sequence[Any]:
        return [a_row(view) for view in self.views]

    async def view(self, execution_id: ExecutionId) -> ExecutionView:
        return next(view for view in self.views if view.execution_id == execution_id)


class Desk:
    """The service and everything around it."""

    def __init__(self, database: Database) -> None:
        self.rig = AccessRig(identity=FakeIdentity(), shipped=ADMINS)
        self.aws, self.prober, self.history = FakeAws(), FakeProber(), FakeHistory()
        self.repository = SqlWorkspaceRepository(database, FakeClock())
        self._store = SqlAccountStore(database, FakeClock())

    @property
    def service(self) -> AccountService:
        history: Any = self.history
        aws: Any = self.aws
        return AccountService(
            AccountParts(
                access=self.rig.service,
                repository=self.repository,
                store=self._store,
                journal=history,
                executions=history,
                aws=aws,
                prober=self.prober,
                reach=self.aws.reach,
                staging=aws,
                operator="anna@desk",
            )
        )

    async def validated(self) -> list[tuple[ProbeLevel, str]]:
        await self.service.add(PAYROLL)
        return [(one.level, one.text) for one in await self.service.validate(NUMBER)]
