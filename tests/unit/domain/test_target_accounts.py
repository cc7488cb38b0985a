"""What an entry of a target account must be, and when it may go."""

from dataclasses import replace
from typing import Any

import pytest

from drs_desktop.domain.accounts import StagingAccount, TargetAccount
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId, ExecutionId, Region
from drs_desktop.domain.target_accounts import (
    AccountUse,
    account_problems,
    check_account,
    check_removable,
)


def staging(number: str = "4" * 12, **changes: Any) -> StagingAccount:
    role_arn = f"arn:aws:iam::{number}:role/ReadServers"
    return replace(StagingAccount(account_id=AccountId(number), role_arn=role_arn), **changes)


GOOD = TargetAccount(
    account_id=AccountId("012345678901"),
    name="payroll-dr",
    role_arn="arn:aws:iam::012345678901:role/dr/DrsDesktop",
    external_id="between-us",
    regions=(Region("eu-west-1"), Region("us-gov-west-1")),
    colour="#b45309",
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"external_id": None},
        {"staging": (staging(), staging("6" * 12, external_id="between-us"))},
        {"colour": ""},
        {"role_arn": "arn:aws-us-gov:iam::012345678901:role/DrsDesktop"},
    ],
)
def test_entry_that_can_be_meant_has_no_problem(changes: dict[str, Any]) -> None:
    assert account_problems(replace(GOOD, **changes)) == ()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"account_id": AccountId("12345678901")}, "twelve digits"),
        ({"account_id": AccountId("٠١٢٣٤٥٦٧٨٩٠١")}, "twelve digits"),
        ({"name": "  "}, "needs a name"),
        ({"name": "x" * 65}, "at most 64"),
        ({"role_arn": "DrsDesktop"}, "is not the ARN of a role"),
        ({"role_arn": "arn:aws:iam::012345678901:user/DrsDesktop"}, "is not the ARN of a role"),
        ({"role_arn": "arn:aws:iam::999999999999:role/DrsDesktop"}, "in account 999999999999"),
        ({"source_role_arn": "arn:aws:iam::999999999999:role/Reader"}, "in account 999999999999"),
        ({"external_id": "x"}, "2 to 1,224"),
        ({"external_id": "with space"}, "2 to 1,224"),
        ({"regions": ()}, "at least one Region"),
        ({"regions": (Region("Frankfurt"),)}, "looks like eu-west-1"),
        ({"colour": "red"}, "is not a colour"),
        ({"staging": (staging(),) * 2}, "named twice"),
        ({"staging": (staging("012345678901"),)}, "cannot be its own staging account"),
        ({"staging": (staging(role_arn="ReadServers"),)}, "role in a staging account"),
        ({"staging": (replace(staging(), account_id=AccountId("5" * 12)),)}, "role in a staging account"),
        ({"staging": (staging(external_id="with space"),)}, "2 to 1,224"),
    ],
)
def test_entry_that_cannot_be_meant_is_told_why(changes: dict[str, Any], problem: str) -> None:
    assert any(problem in one for one in account_problems(replace(GOOD, **changes)))


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(ValidationFailed, match=r"needs a name.*at least one Region"):
        check_account(replace(GOOD, name="", regions=()), [])


def test_name_of_another_account_is_refused_whatever_its_case() -> None:
    with pytest.raises(ValidationFailed, match="is called PAYROLL-DR already"):
        check_account(replace(GOOD, name="PAYROLL-DR"), [GOOD])


def test_account_that_is_used_stays_and_the_sentence_names_what_uses_it() -> None:
    use = AccountUse(group_names=("web", "db"), execution_ids=(ExecutionId("demo-1"),))
    with pytest.raises(ValidationFailed, match="protection group web, db; execution demo-1"):
        check_removable(GOOD, use)


def test_account_that_nothing_uses_may_go() -> None:
    check_removable(GOOD, AccountUse())
