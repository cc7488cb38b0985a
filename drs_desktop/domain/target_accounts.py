"""Registering target accounts: what an entry must be, what still uses one, and what a test of it found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.actions import Action
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId, ExecutionId, Region
from drs_desktop.domain.permission_report import DRILL, Missing

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):role/(?:[\x21-\x7e]+/)?[\w+=,.@-]{1,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LONGEST_NAME = 64


def account_problems(account: TargetAccount) -> tuple[str, ...]:
    """Return a sentence for each thing that is wrong with an entry; none means that it can be tried."""
    return tuple(
        problem
        for problem in (
            _number_problem(account),
            _name_problem(account),
            _role_problem(account, account.role_arn),
            _role_problem(account, account.source_role_arn) if account.source_role_arn else "",
            _external_id_problem(account.external_id),
            *_staging_problems(account),
            _region_problem(account),
            _colour_problem(account),
        )
        if problem
    )


def check_account(account: TargetAccount, others: Sequence[TargetAccount]) -> None:
    """Refuse an entry that cannot be meant, or whose name another account has.

    Raises:
        ValidationFailed: with a sentence for each problem.
    """
    problems = list(account_problems(account))
    if any(other.name.casefold() == account.name.casefold() for other in others):
        problems.append(f"Another account is called {account.name} already.")
    if problems:
        raise ValidationFailed(" ".join(problems))


def _number_problem(account: TargetAccount) -> str:
    if _ACCOUNT.fullmatch(account.account_id):
        return ""
    return f"{account.account_id!r} is not an account number: it should have twelve digits."


def _name_problem(account: TargetAccount) -> str:
    if not account.name.strip():
        return "An account needs a name."
    too_long = len(account.name) > LONGEST_NAME
    return f"An account's name has at most {LONGEST_NAME} characters." if too_long else ""


def _role_problem(account: TargetAccount, role_arn: str) -> str:
    found = _ROLE_ARN.fullmatch(role_arn)
    if found is None:
        return (
            f"{role_arn!r} is not the ARN of a role: it should look like "
            f"arn:aws:iam::{account.account_id}:role/NAME."
        )
    if found["account"] != account.account_id:
        return f"The role is in account {found['account']}, not in {account.account_id}."
    return ""


def _staging_problems(account: TargetAccount) -> Iterator[str]:
    numbers = [one.account_id for one in account.staging]
    for staging in account.staging:
        found = _ROLE_ARN.fullmatch(staging.role_arn)
        if found is None or found["account"] != staging.account_id:
            yield f"{staging.role_arn!r} is not the ARN of a role in a staging account."
        elif staging.account_id == account.account_id:
            yield f"{account.account_id} cannot be its own staging account; --source-role-arn is for its own."
        yield _external_id_problem(staging.external_id)
    if len(set(numbers)) < len(numbers):
        yield "A staging account is named twice."


def _external_id_problem(external_id: str | None) -> str:
    if external_id is None or _EXTERNAL_ID.fullmatch(external_id):
        return ""
    return "An external id has 2 to 1,224 letters, digits and signs of + = , . @ : / -."


def _region_problem(account: TargetAccount) -> str:
    if not account.regions:
        return "An account needs at least one Region."
    odd = [region for region in account.regions if not _REGION.fullmatch(region)]
    return f"{', '.join(odd)}: a Region looks like eu-west-1." if odd else ""


def _colour_problem(account: TargetAccount) -> str:
    if not account.colour or _COLOUR.fullmatch(account.colour):
        return ""
    return f"{account.colour!r} is not a colour: it should look like #b45309."


# ---- removing


@dataclass(frozen=True, kw_only=True)
class AccountUse:
    """What in this workspace uses an account."""

    group_names: tuple[str, ...] = ()
    plan_names: tuple[str, ...] = ()
    execution_ids: tuple[ExecutionId, ...] = ()
    """Live executions, and ended ones that left recovery instances."""

    @property
    def words(self) -> str:
        """Return what uses it, or an empty string."""
        parts = [
            f"{noun} {', '.join(names)}"
            for noun, names in (
                ("protection group", self.group_names),
                ("recovery plan", self.plan_names),
                ("execution", self.execution_ids),
            )
            if names
        ]
        return "; ".join(parts)


def check_removable(account: TargetAccount, use: AccountUse) -> None:
    """Refuse to remove an account that something uses.

    Raises:
        ValidationFailed: the sentence names what uses it.
    """
    if use.words:
        raise ValidationFailed(
            f"Account {account.account_id} ({account.name}) is still used by {use.words}. It was not removed."
        )


# ---- testing


class ProbeLevel(StrEnum):
    """How one test came out."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, kw_only=True)
class ProbeFinding:
    """One test of an account, as a sentence."""

    level: ProbeLevel
    text: str


@dataclass(frozen=True, kw_only=True)
class RolePermissions:
    """What AWS's policy simulator says of a role; `problem` says why nothing could be asked."""

    missing: tuple[Missing, ...] = ()
    problem: str = ""


class AccountProber(Protocol):
    """Tries an account's role.

    Raises:
        AwsError: nothing could be asked; the sentence says why.
    """

    async def opens_without_external_id(self, account: TargetAccount, region: Region) -> bool:
        """Return whether the role can be assumed by who does not know the external id."""

    async def permissions(
        self, account: TargetAccount, region: Region, actions: Sequence[Action] = DRILL
    ) -> RolePermissions:
        """Return what the role lacks for these actions, or why that could not be asked."""


class AccountStore(Protocol):
    """Keeps every version of every account."""

    async def save(self, account: TargetAccount, *, by: str) -> None: ...

    async def remove(self, account_id: AccountId, *, by: str) -> None: ...
