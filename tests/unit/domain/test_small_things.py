"""Identifiers, accounts, endpoints and errors."""

import pytest

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.errors import AnotherDriver, ClaimConflict, SignInNeeded, Throttled
from drs_desktop.domain.ids import ExecutionId, Region, workspace_of
from drs_desktop.domain.start_recovery import AttemptKey, PartKey
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_key, an_account

ULID = "01J9Z3NDEKTSV4RRFFQ69G5FAV"


def test_an_execution_id_names_its_workspace_even_one_with_a_dash() -> None:
    assert workspace_of(ExecutionId(f"demo-{ULID}")) == "demo"
    assert workspace_of(ExecutionId(f"my-team-{ULID}")) == "my-team"


@pytest.mark.parametrize("text", ["", "demo", ULID, f"-{ULID}", "demo-short"])
def test_something_else_is_no_execution_id_and_the_sentence_shows_one(text: str) -> None:
    with pytest.raises(ValueError, match="should look like demo-"):
        workspace_of(ExecutionId(text))


def test_keys_name_what_they_are_for() -> None:
    part = PartKey(wave=2, scope=SCOPE, index=1)
    key = AttemptKey(part=part, attempt=3)
    assert str(key) == f"wave 2, part 1 in account {SCOPE.account_id}, {SCOPE.region}, attempt 3"
    assert (key.wave, key.scope) == (2, SCOPE)
    assert str(a_key(1)) == "012345678901/eu-central-1/s-00000000000000001"


def test_an_account_is_reached_in_each_of_its_regions() -> None:
    account = an_account(SCOPE, regions=(SCOPE.region, Region("eu-west-3")))
    assert [scope.region for scope in account.scopes] == [SCOPE.region, "eu-west-3"]
    assert OTHER_SCOPE not in account.scopes


@pytest.mark.parametrize(
    ("endpoint", "title"),
    [
        (Endpoint(fingerprint="aws"), "AWS"),
        (Endpoint(fingerprint="host", url="https://proxy.example/"), "not AWS: proxy.example"),
        (
            Endpoint(fingerprint="sim", url="http://127.0.0.1:5000", is_simulated=True),
            "SIMULATION · 127.0.0.1:5000",
        ),
    ],
)
def test_a_banner_cannot_take_a_simulation_or_an_override_for_aws(endpoint: Endpoint, title: str) -> None:
    assert endpoint.title == title


def test_errors_compose_their_sentence_from_facts_and_say_whether_to_repeat() -> None:
    assert "driven by another process (anna on host)" in str(AnotherDriver("demo-1", "anna on host"))
    conflict = ClaimConflict("s-1", "demo-1")
    assert (conflict.server, conflict.holder) == ("s-1", "demo-1")
    throttled = Throttled("Slow down.", operation="DescribeJobs", scope=SCOPE, code="ThrottlingException")
    assert (throttled.operation, throttled.scope, throttled.is_retryable) == ("DescribeJobs", SCOPE, True)
    assert not SignInNeeded("Sign in.").is_retryable
