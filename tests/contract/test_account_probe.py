"""What `accounts validate` finds of roles in a simulated AWS: the real gateways over HTTP."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.account_template import RoleToMake, trust_policy
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.ids import AccountId, Region
from drs_desktop.domain.permission_report import granted_by, missing_permissions
from drs_desktop.domain.role_policies import role_policy
from drs_desktop.domain.roles import Access, Role
from drs_desktop.domain.session_policy import session_policy
from drs_desktop.domain.target_accounts import RolePermissions
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.identity_scenario import deny, policy, role, role_arn, scenario_with
from tests.helpers.simulator_process import EXTERNAL_ID, HUB, REGION, TARGET
from tests.unit.domain.test_permission_report import (
    SEED_GRANTS_OF_FORWARDED,
    SEED_SOURCE_ROLE,
    SEED_TARGET_ROLE,
)

ACCOUNT = TargetAccount(
    account_id=AccountId(TARGET),
    name="target",
    role_arn=role_arn(),
    external_id=EXTERNAL_ID,
    regions=(Region(REGION),),
)
TRUST = trust_policy(
    RoleToMake(
        side=RoleSide.TARGET,
        role_arn=role_arn(),
        external_id=EXTERNAL_ID,
        hub_account_id=AccountId(HUB),
        principal_pattern="*",
        is_alone=True,
    )
)
LEAST = role_policy(RoleSide.TARGET, is_alone=True)


def with_policies(*policies: dict[str, Any]) -> dict[str, Any]:
    return scenario_with(role(policies=list(policies), trust=TRUST))


@pytest.fixture
def access(simulator: SimulatorServer) -> Iterator[BotoAwsAccess]:
    """The gateways of an administrator."""
    hub, admin = simulator.described()["hub"], Access(role=Role.ADMIN)
    one = BotoAwsAccess(
        accounts=[ACCOUNT],
        endpoint=Endpoint(fingerprint="sim", url=simulator.endpoint_url, is_simulated=True),
        operator="tester",
        clock=SystemClock(),
        hub_keys=HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"]),
        session_policies=lambda account, is_acting: session_policy(admin, account, is_acting=is_acting),
    )
    yield one
    one.close()


def permissions(access: BotoAwsAccess) -> RolePermissions:
    return asyncio.run(access.prober.permissions(ACCOUNT, Region(REGION)))


def opens(access: BotoAwsAccess, account: TargetAccount = ACCOUNT) -> bool:
    return asyncio.run(access.prober.opens_without_external_id(account, Region(REGION)))


@pytest.mark.parametrize("scenario_data", [with_policies(LEAST)])
def test_role_of_our_template_lacks_nothing_and_asks_for_the_external_id(access: BotoAwsAccess) -> None:
    assert permissions(access) == RolePermissions()
    assert not opens(access)


@pytest.mark.parametrize("scenario_data", [with_policies(LEAST, policy(deny("ec2:CreateVolume")))])
def test_one_missing_right_is_named(access: BotoAwsAccess) -> None:
    (missing,) = permissions(access).missing
    assert (missing.permission, missing.is_forwarded) == ("ec2:CreateVolume", True)


@pytest.mark.parametrize("scenario_data", [with_policies(LEAST, policy(deny("iam:PassRole")))])
def test_role_that_cannot_hand_on_roles_is_found(access: BotoAwsAccess) -> None:
    assert [one.permission for one in permissions(access).missing] == ["iam:PassRole"]


ASKING = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}


@pytest.mark.parametrize("scenario_data", [with_policies(SEED_TARGET_ROLE, policy(ASKING))])
def test_target_role_of_the_earlier_system_lacks_exactly_what_its_text_lacks(access: BotoAwsAccess) -> None:
    missing = permissions(access).missing
    granted = granted_by(SEED_TARGET_ROLE, policy(ASKING))
    assert missing == missing_permissions(granted, RoleSide.TARGET, is_alone=True)
    assert "drs:TerminateRecoveryInstances" in {one.permission for one in missing}
    assert {one.permission for one in missing if one.is_forwarded}.isdisjoint(SEED_GRANTS_OF_FORWARDED)


@pytest.mark.parametrize("scenario_data", [with_policies(SEED_SOURCE_ROLE, policy(ASKING))])
def test_source_role_of_the_earlier_system_could_not_start_anything(access: BotoAwsAccess) -> None:
    missing = permissions(access).missing
    granted = granted_by(SEED_SOURCE_ROLE, policy(ASKING))
    assert missing == missing_permissions(granted, RoleSide.TARGET, is_alone=True)
    assert "drs:StartRecovery" in {one.permission for one in missing}


@pytest.mark.parametrize("scenario_data", [with_policies(SEED_TARGET_ROLE)])
def test_role_that_may_not_ask_is_not_said_to_be_well(access: BotoAwsAccess) -> None:
    found = permissions(access)
    assert "SimulatePrincipalPolicy" in found.problem


@pytest.mark.parametrize("scenario_data", [scenario_with(role(external_id=None))])
def test_role_that_opens_to_everybody_is_found(access: BotoAwsAccess) -> None:
    assert opens(access)
    assert opens(access, replace(ACCOUNT, external_id=None))
