"""moto's side of the simulated AWS: users, roles, default networks, launch templates."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.sts.models import sts_backends

from drs_desktop.simulator.core.accounts import HUB_USER, Account, HubKeys
from drs_desktop.simulator.core.compute import Compute
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.right_sizing import make_template
from drs_desktop.simulator.wire.registration import register

_PARTITION = "aws"
_TRUST = '{"Version": "2012-10-17", "Statement": []}'


def reset(seed: int) -> None:
    """Empty all of moto and seed its ids."""
    register()
    with _without_profile():
        AccountSpecificBackend.get_session()
    BackendDict.reset()
    mock_random.seed(seed)


def settle_in(accounts: tuple[Account, ...], hub_keys: HubKeys, regions: tuple[str, ...]) -> None:
    """Make the hub's user with its keys, every role, and EC2 with its default VPC in every Region."""
    for account in accounts:
        iam = iam_backends[account.id][_PARTITION]
        for role in account.roles:
            iam.create_role(
                role_name=role.arn.rpartition("/")[2],
                assume_role_policy_document=_TRUST,
                path="/",
                permissions_boundary=None,
                description="A role of the scenario",
                tags=[],
                max_session_duration="3600",
            )
        if account.is_hub:
            _give_keys(account, hub_keys)
        for region in regions:
            ec2_backends[account.id][region].describe_subnets()


def make_templates(compute: Compute, states: Iterable[RegionState]) -> None:
    """Make one launch template for every source server."""
    for state in states:
        for server in state.servers.values():
            make_template(compute, state, server)


def account_of(accounts: tuple[Account, ...], access_key_id: str) -> str | None:
    """Return the account an access key belongs to, or None for a key nobody was given."""
    for account in accounts:
        if access_key_id in iam_backends[account.id][_PARTITION].access_keys:
            return account.id
    return None


def caller_arn(account_id: str, access_key_id: str, region: str) -> str:
    """Return the ARN that GetCallerIdentity tells this caller."""
    identity: tuple[str, str, str] = sts_backends[account_id][_PARTITION].get_caller_identity(
        access_key_id, region
    )
    return identity[1]


def _give_keys(hub: Account, keys: HubKeys) -> None:
    iam = iam_backends[hub.id][_PARTITION]
    iam.create_user("us-east-1", HUB_USER)
    key = iam.create_access_key(HUB_USER)
    del iam.access_keys[key.physical_resource_id]
    key.access_key_id, key.secret_access_key = keys.access_key_id, keys.secret_access_key
    iam.access_keys[key.physical_resource_id] = key


@contextmanager
def _without_profile() -> Iterator[None]:
    """Hide the machine's AWS profile while moto makes the session it reads Region names from."""
    hidden = {
        name: os.environ.pop(name) for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if name in os.environ
    }
    try:
        yield
    finally:
        os.environ.update(hidden)
