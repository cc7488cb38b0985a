"""Acts of a scenario file: what goes wrong by itself at its time, as plain boto3 reads it."""

import logging
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.simulator.core.ids import IdFactory, source_server_id
from drs_desktop.simulator.scenario import parse_scenario
from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, SimControl, small_scenario

LAUNCH = 9 * 60 + 30
IDS = [source_server_id(IdFactory(7), TARGET, REGION, f"srv-{number:02d}") for number in (1, 2, 3)]
FIRST_JOB = IdFactory(7).fresh("drsjob-")
"""Same seed, same ids: what a scenario can name before it is played."""


@pytest.fixture
def scenario_data(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The small scenario with the acts of the test."""
    return small_scenario(acts=request.param)


@pytest.fixture
def drs(aws: AwsClients) -> Any:
    """DRS as the target account's role."""
    return aws.as_role("drs")


def start(drs: Any, *ids: str) -> dict[str, Any]:
    servers = [{"sourceServerID": one} for one in ids]
    return dict(drs.start_recovery(sourceServers=servers, isDrill=True)["job"])


def acts(*listed: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("scenario_data", [list(listed)], indirect=True, ids=["acts"])


@acts({"after_seconds": 60, "act": "foreign_job", "servers": IDS[:2], "is_drill": False})
def test_foreign_operators_job_begins_at_its_own_time(drs: Any, control: SimControl) -> None:
    control.advance(59)
    assert drs.describe_jobs()["items"] == []
    before = control.ask("GET", "/sim/identity")[1]["service_now"]
    control.advance(LAUNCH + 1)  # far beyond its beginning: it began when it fell due, and has ended
    (job,) = drs.describe_jobs()["items"]
    assert (job["initiatedBy"], job["tags"], job["status"]) == ("START_RECOVERY", {}, "COMPLETED")
    began = drs.describe_job_log_items(jobID=job["jobID"])["items"][0]["logDateTime"]
    assert before < job["creationDateTime"] < began < control.ask("GET", "/sim/identity")[1]["service_now"]
    assert {one["launchStatus"] for one in job["participatingServers"]} == {"LAUNCHED"}
    assert len(drs.describe_recovery_instances()["items"]) == 2


@acts(
    {"after_seconds": 300, "act": "delete_job", "job": FIRST_JOB},
    {"after_seconds": 10, "act": "foreign_job", "servers": [IDS[1]], "is_drill": True},
)
def test_acts_come_in_the_order_of_their_times(drs: Any, control: SimControl) -> None:
    control.advance(LAUNCH)
    told = control.ask("GET", "/sim/acts")[1]["acts"]
    assert [(one["act"], one["outcome"]) for one in told] == [("delete_job", "done"), ("foreign_job", "done")]
    assert told[1]["job"] == FIRST_JOB
    assert drs.describe_jobs()["items"] == []
    assert [one["jobID"] for one in drs.describe_recovery_instances()["items"]] == [FIRST_JOB]


@acts({"after_seconds": 60, "act": "delete_job", "job": FIRST_JOB})
def test_job_vanishes_while_it_runs(drs: Any, control: SimControl) -> None:
    assert start(drs, IDS[0])["jobID"] == FIRST_JOB
    control.advance(59)
    assert len(drs.describe_jobs()["items"]) == 1
    control.advance(1)
    assert drs.describe_jobs()["items"] == []
    control.advance(LAUNCH)
    assert len(drs.describe_recovery_instances()["items"]) == 1


def test_instance_is_terminated_by_its_id_of_an_earlier_run() -> None:
    """Whoever writes an act about an instance plays the scenario once and reads its id."""
    found: list[dict[str, Any]] = []
    planned: list[dict[str, Any]] = []
    for _ in ("to read the id", "to lose the instance"):
        data = small_scenario(acts=planned, signing_window_seconds=60.0)
        with SimulatorServer(parse_scenario(Path("test.yaml"), data), speed=0) as server:
            control = SimControl(server.endpoint_url, server.control_token)
            drs = AwsClients(server.endpoint_url, server.described()["hub"]).as_role("drs")
            start(drs, IDS[0])
            control.advance(LAUNCH + 100)
            found += drs.describe_recovery_instances()["items"]
        instance = found[0]["recoveryInstanceID"]
        planned = [{"after_seconds": LAUNCH + 50, "act": "terminate_instance", "instance": instance}]
    assert [one["ec2InstanceState"] for one in found] == ["RUNNING", "NOT_FOUND"]
    assert found[0]["recoveryInstanceID"] == found[1]["recoveryInstanceID"]


@acts(
    {"after_seconds": 0, "act": "say", "subject": "job_status", "word": "TIMED_OUT"},
    {"after_seconds": 100, "act": "say", "subject": "job_status", "word": None},
)
def test_unknown_word_is_said_until_the_truth_returns(drs: Any, control: SimControl) -> None:
    assert start(drs, IDS[0])["status"] == "TIMED_OUT"
    control.advance(100)
    assert drs.describe_jobs()["items"][0]["status"] == "STARTED"


@acts({"after_seconds": 0, "act": "say", "subject": "initiated_by", "word": "START_RECOVERY"})
def test_answer_lies_about_the_drill_flag(drs: Any) -> None:
    assert start(drs, IDS[0])["initiatedBy"] == "START_RECOVERY"


@acts(
    {"after_seconds": 0, "act": "fail_launch", "server": IDS[0], "phase": "silent"},
    {"after_seconds": 30, "act": "replication", "server": IDS[1], "state": "STALLED", "lag_minutes": 10},
)
def test_server_fails_once_and_another_stalls_from_its_time_on(drs: Any, control: SimControl) -> None:
    job = start(drs, IDS[0])["jobID"]
    control.advance(630)
    (found,) = drs.describe_jobs(filters={"jobIDs": [job]})["items"]
    assert found["participatingServers"][0]["launchStatus"] == "FAILED"
    (server,) = drs.describe_source_servers(filters={"sourceServerIDs": [IDS[1]]})["items"]
    assert server["dataReplicationInfo"]["lagDuration"] == "PT20M"


@acts(
    {"after_seconds": 30, "act": "delete_job", "job": "drsjob-00000000000000000"},
    {"after_seconds": 30, "act": "foreign_job", "servers": [IDS[0]], "is_drill": True},
)
def test_act_that_cannot_be_when_it_falls_due_is_told_and_hurts_no_caller(
    drs: Any, control: SimControl, caplog: pytest.LogCaptureFixture
) -> None:
    start(drs, IDS[0])
    waiting = control.ask("GET", "/sim/acts")[1]["acts"]
    assert {one["outcome"] for one in waiting} == {"waiting"}
    with caplog.at_level(logging.WARNING):
        control.advance(30)
    assert len(drs.describe_jobs()["items"]) == 1
    gone, busy = control.ask("GET", "/sim/acts")[1]["acts"]
    assert (gone["outcome"], gone["error"]) == ("refused", "there is no job drsjob-00000000000000000")
    assert (busy["outcome"], busy["error"].split(":")[0]) == ("refused", "ConflictException")
    assert "delete_job was refused" in caplog.text
