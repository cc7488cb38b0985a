"""Checks before a start of who would make it: what the roles lack, and where the sign-in has its home."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.actions import Action
from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import AccountId, Scope
from drs_desktop.domain.permission_report import DRILL, RECOVERY, Missing, lack_of
from drs_desktop.domain.ports import WorkspaceRepository
from drs_desktop.domain.readiness import Check, Level, PlanFacts, ReadinessFinding
from drs_desktop.domain.readiness_finding import all_servers
from drs_desktop.domain.sign_in import SsoSession
from drs_desktop.domain.sign_in_readiness import sign_in_findings, source_regions
from drs_desktop.domain.target_accounts import AccountProber, RolePermissions

PATIENCE = timedelta(seconds=10)
"""IAM answers from one Region only: where that is gone, nobody waits longer for it before a recovery."""


class PermissionCheck:
    """What the target roles lack for a plan, by the table of what each action calls."""

    def __init__(
        self,
        prober: AccountProber,
        repository: WorkspaceRepository,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Ask by this prober, for as long at most as there is patience."""
        self._prober = prober
        self._repository = repository
        self._patience = patience

    async def findings(self, facts: PlanFacts) -> Sequence[ReadinessFinding]:
        """Return a line for each account of the plan; it never stands against a start: AWS itself decides."""
        accounts = {account.account_id: account for account in await self._repository.accounts()}
        actions = DRILL if facts.mode.is_drill else RECOVERY
        places = [one for one in _one_of_each(facts) if one.account_id in accounts]
        asked = (self._line(accounts[place.account_id], place, actions) for place in places)
        return list(await asyncio.gather(*asked))

    async def _line(
        self, account: TargetAccount, scope: Scope, actions: Sequence[Action]
    ) -> ReadinessFinding:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                found = await self._prober.permissions(account, scope.region, actions)
        except TimeoutError:
            found = RolePermissions(problem="IAM gave no answer in time.")
        return permission_finding(account, found)


def permission_finding(account: TargetAccount, found: RolePermissions) -> ReadinessFinding:
    """Return the line of a readiness report about one account."""
    whose = f"{account.name} ({account.account_id})"
    if found.problem:
        text = f"What the role in {whose} may do could not be checked: {found.problem}"
        return _permission(Level.NOT_CHECKED, text)
    if not found.missing:
        return _permission(Level.PASSED, f"The role in {whose} may do everything that this needs.")
    text = f"The role in {whose} lacks {lack_of(found.missing)}"
    return _permission(Level.WARNING, text, _FIX.format(account=account.account_id) + _what(found.missing))


_FIX = "`drs-desktop accounts template {account}` prints the role as it should be."


def _what(missing: Sequence[Missing]) -> str:
    first = missing[0]
    return f" {first.sentence}" if len(missing) == 1 else ""


def _permission(level: Level, text: str, fix: str = "") -> ReadinessFinding:
    return ReadinessFinding(level=level, text=text, fix=fix, check=Check.PERMISSIONS, is_essential=False)


def _one_of_each(facts: PlanFacts) -> tuple[Scope, ...]:
    """Return one account and Region for each account of the plan."""
    first: dict[AccountId, Scope] = {}
    for fact in facts.scopes:
        first.setdefault(fact.scope.account_id, fact.scope)
    return tuple(first.values())


class SignInCheck:
    """Whether somebody could still sign in if the Region were gone in which the plan's servers stand."""

    def __init__(
        self, session: Callable[[], SsoSession | None], break_glass: Callable[[], Awaitable[str]]
    ) -> None:
        """Ask which sign-in is in force, and which profile is registered for the hour without one.

        Args:
            session: reads files, so it is called off the loop.
            break_glass: returns a profile, or an empty text.
        """
        self._session = session
        self._break_glass = break_glass

    async def findings(self, facts: PlanFacts) -> Sequence[ReadinessFinding]:
        """Return the line about the home Region of the sign-in, if there is one to say."""
        try:
            session = await asyncio.to_thread(self._session)
        except DrsDesktopError as error:
            text = f"Which sign-in is in force could not be checked: {error}"
            finding = ReadinessFinding(
                level=Level.NOT_CHECKED, text=text, check=Check.SIGN_IN, is_essential=False
            )
            return (finding,)
        known = facts.servers
        servers = [known[frozen.key] for frozen in all_servers(facts.waves) if frozen.key in known]
        glass = await self._break_glass()
        return sign_in_findings(session, source_regions(servers), break_glass=glass)
