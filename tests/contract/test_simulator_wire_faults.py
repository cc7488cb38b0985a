"""Faults over the control endpoint, as plain boto3 meets them."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, SimControl


@pytest.fixture
def server_id(simulator: SimulatorServer) -> str:
    """The id of one source server."""
    return next(iter(simulator.simulation.state(TARGET, REGION).servers))


def start(drs: Any, server_id: str, **tags: str) -> Any:
    return drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True, tags=tags)


class Background:
    """A call on a thread of its own."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.result: Any = None
        self._call = call
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._call()
        except Exception as error:  # noqa: BLE001 - handed to the test, whatever it is
            self.result = error

    def join(self) -> Any:
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.result


def test_error_answer_has_code_status_and_retry_after(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    control.add_fault(
        operation="StartRecovery",
        action={"kind": "error", "code": "ThrottlingException", "status": 429, "retry_after": 3},
    )
    drs = aws.as_role("drs")
    with pytest.raises(drs.exceptions.ThrottlingException) as caught:
        start(drs, server_id)
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "3"
    assert drs.describe_jobs()["items"] == []
    assert start(drs, server_id)["job"]["status"] == "PENDING"


def test_query_service_gets_its_error_as_xml(aws: AwsClients, control: SimControl) -> None:
    action = {"kind": "error", "code": "Throttling", "status": 400}
    control.add_fault(service="sts", operation="GetCallerIdentity", action=action)
    with pytest.raises(ClientError) as caught:
        aws.hub("sts", retries={"total_max_attempts": 1}).get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "Throttling"


def test_held_answer_goes_out_when_the_fault_is_deleted(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    drs = aws.as_role("drs")
    rule = control.add_fault(operation="StartRecovery", action={"kind": "hold_answer", "seconds": 600})
    call = Background(lambda: start(drs, server_id, wave="2"))
    (logged,) = control.until(lambda: [one for one in control.calls("StartRecovery") if one["status"]])
    assert (logged["status"], logged["is_done"], logged["fault"]) == (202, False, rule)
    (job,) = drs.describe_jobs()["items"]
    control.remove_fault(rule)
    assert call.join()["job"]["jobID"] == job["jobID"]


def test_reset_after_makes_the_job_and_loses_the_answer(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    drs = aws.as_role("drs")
    control.add_fault(operation="StartRecovery", action="reset_after")
    with pytest.raises(ConnectionClosedError):
        start(drs, server_id, intent="one")
    (job,) = drs.describe_jobs()["items"]
    assert job["tags"] == {"intent": "one"}


def test_reset_before_makes_nothing(aws: AwsClients, control: SimControl, server_id: str) -> None:
    drs = aws.as_role("drs")
    control.add_fault(operation="StartRecovery", action="reset_before")
    with pytest.raises(ConnectionClosedError):
        start(drs, server_id)
    assert drs.describe_jobs()["items"] == []


def test_default_client_resends_after_a_lost_answer_and_sees_a_conflict(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    drs = aws.as_role("drs", retries={"mode": "standard"})
    control.add_fault(operation="StartRecovery", action="reset_after")
    with pytest.raises(drs.exceptions.ConflictException):
        start(drs, server_id)
    assert len(drs.describe_jobs()["items"]) == 1


def test_proxy_page_is_an_error_with_the_bare_number(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    drs = aws.as_role("drs")
    control.add_fault(operation="StartRecovery", action="html_503")
    with pytest.raises(ClientError) as caught:
        start(drs, server_id)
    assert caught.value.response["Error"]["Code"] == "503"


def test_late_request_is_carried_out_when_it_arrives(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    drs = aws.as_role("drs")
    rule = control.add_fault(operation="StartRecovery", action={"kind": "delay_before", "seconds": 600})
    call = Background(lambda: start(drs, server_id))
    control.until(lambda: control.calls("StartRecovery"))
    assert drs.describe_jobs()["items"] == []
    control.remove_fault(rule)
    assert call.join()["ResponseMetadata"]["HTTPStatusCode"] == 202


def test_request_that_arrives_after_its_signature_expired_does_nothing(
    aws: AwsClients, control: SimControl, simulator: SimulatorServer, server_id: str
) -> None:
    drs = aws.as_role("drs")
    rule = control.add_fault(operation="StartRecovery", action={"kind": "delay_before", "seconds": 600})
    call = Background(lambda: start(drs, server_id))
    control.until(lambda: control.calls("StartRecovery"))
    simulator.simulation.signing_window_seconds = -60.0
    control.remove_fault(rule)
    refused = call.join()
    simulator.simulation.signing_window_seconds = 60.0
    assert refused.response["Error"]["Code"] == "InvalidSignatureException"
    assert drs.describe_jobs()["items"] == []


def test_rule_meets_only_the_nth_call_with_its_tags(
    aws: AwsClients, control: SimControl, simulator: SimulatorServer
) -> None:
    drs = aws.as_role("drs")
    first, second, third = simulator.simulation.state(TARGET, REGION).servers
    control.add_fault(
        id="second-of-wave-2",
        operation="StartRecovery",
        account=TARGET,
        region=REGION,
        match_tags={"wave": "2"},
        nth=2,
        action="reset_before",
    )
    start(drs, first, wave="1")
    start(drs, second, wave="2")
    with pytest.raises(ConnectionClosedError):
        start(drs, third, wave="2")
    (fault,) = control.ask("GET", "/sim/faults")[1]["faults"]
    assert (fault["matched"], fault["fired"]) == (2, 1)
    assert start(drs, third, wave="2")["job"]["status"] == "PENDING"


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "explode"},
        {"action": {"kind": "hold_answer"}},
        {"action": "reset_after", "colour": "red"},
        {"action": "reset_after", "nth": 0},
    ],
)
def test_rule_that_cannot_be_is_refused(control: SimControl, rule: dict[str, Any]) -> None:
    assert control.ask("POST", "/sim/faults", rule)[0] == 400


def test_new_job_stays_invisible_for_the_stated_lag(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    drs = aws.as_role("drs")
    control.ask("POST", "/sim/visibility", {"describe_jobs_seconds": 30})
    assert control.ask("GET", "/sim/identity")[1]["visibility_lag_seconds"] == 30
    job = start(drs, server_id)["job"]
    control.advance(29)
    assert drs.describe_jobs()["items"] == []
    assert drs.describe_job_log_items(jobID=job["jobID"])["items"] == []
    control.advance(1)
    assert [one["jobID"] for one in drs.describe_jobs()["items"]] == [job["jobID"]]


def test_call_log_tells_who_asked_what(aws: AwsClients, control: SimControl, server_id: str) -> None:
    drs = aws.as_role("drs", user_agent_extra="intent#01ABC")
    start(drs, server_id, wave="1")
    (call,) = control.calls("StartRecovery")
    assert (call["service"], call["account"], call["region"]) == ("drs", TARGET, REGION)
    assert (call["status"], call["is_done"]) == (202, True)
    assert call["request"]["tags"] == {"wave": "1"}
    assert "intent#01ABC" in call["user_agent"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 429),
        ("ConflictException", 409),
        ("ServiceQuotaExceededException", 402),
        ("InternalServerException", 500),
        ("UninitializedAccountException", 400),
    ],
)
def test_modelled_error_by_rule_is_the_modelled_exception(
    aws: AwsClients, control: SimControl, server_id: str, code: str, status: int
) -> None:
    drs = aws.as_role("drs")
    control.add_fault(operation="StartRecovery", action={"kind": "error", "code": code, "status": status})
    with pytest.raises(getattr(drs.exceptions, code)) as caught:
        start(drs, server_id)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert drs.describe_jobs()["items"] == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_burst_of_5xx_is_survived_by_a_client_that_retries(
    aws: AwsClients, control: SimControl, status: int
) -> None:
    drs = aws.as_role("drs", retries={"mode": "standard", "total_max_attempts": 3})
    action = {"kind": "error", "code": "InternalFailure", "status": status}
    control.add_fault(operation="DescribeSourceServers", times=2, action=action)
    answer = drs.describe_source_servers()
    assert (len(answer["items"]), answer["ResponseMetadata"]["RetryAttempts"]) == (3, 2)


def test_slow_answer_runs_into_the_clients_time_out(
    aws: AwsClients, control: SimControl, server_id: str
) -> None:
    impatient = aws.as_role("drs", read_timeout=0.3)
    rule = control.add_fault(operation="StartRecovery", action={"kind": "hold_answer", "seconds": 600})
    with pytest.raises(ReadTimeoutError):
        start(impatient, server_id)
    control.until(lambda: [one for one in control.calls("StartRecovery") if one["status"]])
    control.remove_fault(rule)
    assert len(aws.as_role("drs").describe_jobs()["items"]) == 1
