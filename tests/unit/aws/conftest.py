"""Fixtures of the AWS tests: real boto3 against a server that says what a test wrote down."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.call_log import CallLog
from drs_desktop.aws.clients import Timeouts
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint
from tests.unit.aws.fake_aws import ACCOUNT, SECRET_CANARY, FakeAws, TurnableClock


@pytest.fixture
def fake_aws() -> Iterator[FakeAws]:
    """An AWS that says what the test wrote down."""
    server = FakeAws()
    yield server
    server.close()


@pytest.fixture
def clock() -> TurnableClock:
    """A clock that a test turns."""
    return TurnableClock()


@pytest.fixture
def calls_file(tmp_path: Path) -> Path:
    """Where AWS calls are logged."""
    return tmp_path / "aws-calls.jsonl"


@pytest.fixture
def access(fake_aws: FakeAws, clock: TurnableClock, calls_file: Path) -> Iterator[BotoAwsAccess]:
    """Access to the fake AWS, impatient so that a silent server costs little."""
    one = BotoAwsAccess(
        accounts=[ACCOUNT],
        endpoint=Endpoint(fingerprint="sim-1", url=fake_aws.url, is_simulated=True),
        operator="tester",
        clock=clock,
        call_log=CallLog(calls_file, clock),
        hub_keys=HubKeys(access_key_id="AKIADRSDEMOHUB000001", secret_access_key=SECRET_CANARY),
        timeouts=Timeouts(
            connect=timedelta(seconds=2), read=timedelta(seconds=2), act=timedelta(seconds=0.4)
        ),
    )
    yield one
    fake_aws.close()
    one.close()
