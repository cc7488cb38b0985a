"""What goes wrong at AWS without any call of ours, as plain boto3 reads it."""

from typing import Any

import pytest

from drs_desktop.simulator.core.acts import RAW_ERRORS
from drs_desktop.simulator.core.source_server import LaunchFailure
from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, SimControl

LAUNCH = 9 * 60 + 30


@pytest.fixture
def drs(aws: AwsClients) -> Any:
    """DRS as the target account's role."""
    return aws.as_role("drs")


@pytest.fixture
def ids(simulator: SimulatorServer) -> list[str]:
    """The ids of the three source servers."""
    return list(simulator.simulation.state(TARGET, REGION).servers)


def act(control: SimControl, name: str, **members: Any) -> dict[str, Any]:
    status, answer = control.ask("POST", "/sim/act", {"act": name, **members})
    assert status == 200, answer
    return dict(answer)


def start(drs: Any, *ids: str, is_drill: bool = True, **members: Any) -> dict[str, Any]:
    servers = [{"sourceServerID": one} for one in ids]
    return dict(drs.start_recovery(sourceServers=servers, isDrill=is_drill, **members)["job"])


def job_of(drs: Any, job_id: str) -> dict[str, Any]:
    return dict(drs.describe_jobs(filters={"jobIDs": [job_id]})["items"][0])


def log_of(drs: Any, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    items = drs.describe_job_log_items(jobID=job_id)["items"]
    return [(item["event"], item["eventData"]) for item in items]


def server_of(drs: Any, server_id: str) -> dict[str, Any]:
    return dict(drs.describe_source_servers(filters={"sourceServerIDs": [server_id]})["items"][0])


class TestNextLaunch:
    @pytest.mark.parametrize(
        ("phase", "event", "kind"),
        [
            ("snapshot", "SNAPSHOT_FAIL", LaunchFailure.SNAPSHOT_FAIL),
            ("conversion", "CONVERSION_FAIL", LaunchFailure.CONVERSION_FAIL),
            ("launch", "LAUNCH_FAILED", LaunchFailure.LAUNCH_FAILED),
            ("launch_end", "LAUNCH_END", LaunchFailure.LAUNCH_END),
        ],
    )
    def test_fails_once_in_its_phase_with_the_recorded_text(
        self, drs: Any, control: SimControl, ids: list[str], phase: str, event: str, kind: LaunchFailure
    ) -> None:
        act(control, "fail_launch", server=ids[0], phase=phase, attempt=3, most_attempts=3)
        job = start(drs, ids[0])["jobID"]
        control.advance(LAUNCH)
        ended = job_of(drs, job)
        assert (ended["status"], ended["participatingServers"][0]["launchStatus"]) == ("COMPLETED", "FAILED")
        assert "recoveryInstanceID" not in ended["participatingServers"][0]
        (failed,) = [data for name, data in log_of(drs, job) if name == event]
        assert failed == {
            "sourceServerID": ids[0],
            "rawError": RAW_ERRORS[kind],
            "attemptCount": 3,
            "maxAttemptsCount": 3,
        }
        assert drs.describe_recovery_instances()["items"] == []
        again = start(drs, ids[0])["jobID"]
        control.advance(LAUNCH)
        assert job_of(drs, again)["participatingServers"][0]["launchStatus"] == "LAUNCHED"

    def test_fails_in_silence_within_about_a_second(
        self, drs: Any, control: SimControl, ids: list[str]
    ) -> None:
        act(control, "fail_launch", server=ids[0], phase="silent")
        job = start(drs, ids[0])["jobID"]
        control.advance(1.2)
        assert job_of(drs, job)["status"] == "COMPLETED"
        assert not any("rawError" in data for _, data in log_of(drs, job))

    def test_tells_another_text_when_given_one(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        act(control, "fail_launch", server=ids[0], phase="launch", raw_error="VcpuLimitExceeded")
        job = start(drs, *ids)["jobID"]
        control.advance(LAUNCH)
        statuses = [one["launchStatus"] for one in job_of(drs, job)["participatingServers"]]
        assert sorted(statuses) == ["FAILED", "LAUNCHED", "LAUNCHED"]
        assert ("LAUNCH_FAILED", {"sourceServerID": ids[0], "rawError": "VcpuLimitExceeded"}) in log_of(
            drs, job
        )

    def test_drops_the_server_from_the_job(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        act(control, "fail_launch", server=ids[0], phase="skipped")
        job = start(drs, ids[0], ids[1])["jobID"]
        control.advance(LAUNCH)
        assert ("SERVER_SKIPPED", {"sourceServerID": ids[0]}) in log_of(drs, job)
        found = {
            one["sourceServerID"]: one["launchStatus"] for one in job_of(drs, job)["participatingServers"]
        }
        assert found == {ids[0]: "FAILED", ids[1]: "LAUNCHED"}

    def test_uses_the_previous_snapshot(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        newest = drs.describe_recovery_snapshots(sourceServerID=ids[0], order="DESC")["items"][0]
        act(control, "fail_launch", server=ids[0], phase="previous_snapshot")
        job = start(drs, ids[0])["jobID"]
        control.advance(LAUNCH)
        events = [name for name, _ in log_of(drs, job)]
        assert events[1:4] == ["SNAPSHOT_START", "SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT"]
        (instance,) = drs.describe_recovery_instances()["items"]
        assert instance["pointInTimeSnapshotDateTime"] == newest["timestamp"]
        assert job_of(drs, job)["participatingServers"][0]["launchStatus"] == "LAUNCHED"

    def test_never_ends(self, aws: AwsClients, drs: Any, control: SimControl, ids: list[str]) -> None:
        act(control, "fail_launch", server=ids[0], phase="never_ends")
        job = start(drs, ids[0], ids[1])["jobID"]
        control.advance(3 * 86_400)
        fresh = job_of(aws.as_role("drs"), job)
        assert fresh["status"] == "STARTED"
        assert "endDateTime" not in fresh
        found = {one["sourceServerID"]: one["launchStatus"] for one in fresh["participatingServers"]}
        assert found == {ids[0]: "IN_PROGRESS", ids[1]: "LAUNCHED"}


def test_stalled_replication_grows_its_lag(drs: Any, control: SimControl, ids: list[str]) -> None:
    act(
        control,
        "replication",
        server=ids[0],
        state="STALLED",
        lag_minutes=10,
        backlog_gib=1.5,
        error="AGENT_NOT_SEEN",
    )
    control.advance(600)
    info = server_of(drs, ids[0])["dataReplicationInfo"]
    assert (info["dataReplicationState"], info["lagDuration"]) == ("STALLED", "PT20M")
    assert info["dataReplicationError"] == {"error": "AGENT_NOT_SEEN"}
    assert info["replicatedDisks"][0]["backloggedStorageBytes"] == 3 * 2**29


@pytest.mark.parametrize("word", ["impaired", "insufficient-data"])
def test_status_checks_begin_to_fail(
    aws: AwsClients, drs: Any, control: SimControl, ids: list[str], word: str
) -> None:
    start(drs, ids[0])
    control.advance(LAUNCH + 60)
    (record,) = drs.describe_recovery_instances()["items"]
    act(control, "status_checks", instance=record["ec2InstanceID"], word=word)
    (found,) = aws.as_role("ec2").describe_instance_status(InstanceIds=[record["ec2InstanceID"]])[
        "InstanceStatuses"
    ]
    assert (found["InstanceStatus"]["Status"], found["SystemStatus"]["Status"]) == (word, word)


@pytest.mark.parametrize(("is_drill", "word"), [(True, "START_DRILL"), (False, "START_RECOVERY")])
def test_foreign_operators_job_takes_our_servers(
    drs: Any, control: SimControl, ids: list[str], is_drill: bool, word: str
) -> None:
    ours = start(drs, ids[0], tags={"wave": "1"})["jobID"]
    control.advance(LAUNCH)
    foreign = act(control, "foreign_job", servers=ids[:2], is_drill=is_drill)["job"]
    job = job_of(drs, foreign)
    assert (job["initiatedBy"], job["tags"], job["status"]) == (word, {}, "PENDING")
    with pytest.raises(drs.exceptions.ConflictException):
        start(drs, ids[1])
    control.advance(LAUNCH + 90)
    assert {one["jobID"] for one in drs.describe_recovery_instances()["items"]} == {foreign}
    assert server_of(drs, ids[0])["lifeCycle"]["lastLaunch"]["initiated"]["jobID"] == foreign != ours


def test_foreign_operators_job_obeys_the_rules(drs: Any, control: SimControl, ids: list[str]) -> None:
    start(drs, ids[0])
    wanted = {"act": "foreign_job", "servers": ids, "is_drill": True}
    status, answer = control.ask("POST", "/sim/act", wanted)
    assert (status, answer["error"].split(":")[0]) == (409, "ConflictException")


def test_foreign_operator_terminates_our_instance(drs: Any, control: SimControl, ids: list[str]) -> None:
    start(drs, ids[0])
    control.advance(LAUNCH)
    (record,) = drs.describe_recovery_instances()["items"]
    job = act(control, "foreign_termination", instances=[record["recoveryInstanceID"]])["job"]
    assert job_of(drs, job)["type"] == "TERMINATE"
    control.advance(180)
    assert drs.describe_recovery_instances()["items"] == []


def test_job_deleted_while_it_runs_leaves_its_instances(
    drs: Any, control: SimControl, ids: list[str]
) -> None:
    job = start(drs, ids[0])["jobID"]
    control.advance(60)
    act(control, "delete_job", job=job)
    assert drs.describe_jobs(filters={"jobIDs": [job]})["items"] == []
    assert drs.describe_job_log_items(jobID=job)["items"] == []
    control.advance(LAUNCH)
    (record,) = drs.describe_recovery_instances()["items"]
    assert record["jobID"] == job


def test_instance_terminated_behind_our_back(drs: Any, control: SimControl, ids: list[str]) -> None:
    start(drs, ids[0])
    control.advance(LAUNCH)
    (record,) = drs.describe_recovery_instances()["items"]
    act(control, "terminate_instance", instance=record["recoveryInstanceID"])
    (record,) = drs.describe_recovery_instances()["items"]
    assert record["ec2InstanceState"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("job_status", lambda drs, job, one: job_of(drs, job)["status"]),
        ("launch_status", lambda drs, job, one: job_of(drs, job)["participatingServers"][0]["launchStatus"]),
        ("log_event", lambda drs, job, one: log_of(drs, job)[0][0]),
        (
            "replication_state",
            lambda drs, job, one: server_of(drs, one)["dataReplicationInfo"]["dataReplicationState"],
        ),
        ("last_launch_result", lambda drs, job, one: server_of(drs, one)["lastLaunchResult"]),
        (
            "ec2_state",
            lambda drs, job, one: drs.describe_recovery_instances()["items"][0]["ec2InstanceState"],
        ),
    ],
)
def test_unknown_word_passes_through_boto3_until_the_truth_returns(
    drs: Any, control: SimControl, ids: list[str], subject: str, read: Any
) -> None:
    job = start(drs, ids[0])["jobID"]
    control.advance(LAUNCH)
    truth = read(drs, job, ids[0])
    act(control, "say", subject=subject, word="FUTURE_WORD")
    assert read(drs, job, ids[0]) == "FUTURE_WORD"
    act(control, "say", subject=subject, word=None)
    assert read(drs, job, ids[0]) == truth != "FUTURE_WORD"


def test_job_lies_about_the_drill_flag(drs: Any, control: SimControl, ids: list[str]) -> None:
    act(control, "say", subject="initiated_by", word="START_RECOVERY")
    job = start(drs, ids[0], is_drill=True)
    assert job["initiatedBy"] == "START_RECOVERY"
    assert job_of(drs, job["jobID"])["initiatedBy"] == "START_RECOVERY"


def test_instance_lies_about_the_drill_flag(drs: Any, control: SimControl, ids: list[str]) -> None:
    start(drs, ids[0], ids[1])
    control.advance(LAUNCH)
    first, second = drs.describe_recovery_instances()["items"]
    act(control, "say", subject="is_drill", about=first["recoveryInstanceID"], word="false")
    told = {one["recoveryInstanceID"]: one["isDrill"] for one in drs.describe_recovery_instances()["items"]}
    assert told == {first["recoveryInstanceID"]: False, second["recoveryInstanceID"]: True}


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"act": "explode"}, 400),
        ({"act": "fail_launch", "server": "s-1", "phase": "lunch"}, 400),
        ({"act": "fail_launch", "server": "s-1", "phase": "launch"}, 404),
        ({"act": "delete_job", "job": "drsjob-1"}, 404),
        ({"act": "terminate_instance", "instance": "i-1"}, 404),
        ({"act": "say", "subject": "weather", "word": "rain"}, 400),
    ],
)
def test_act_that_cannot_be_is_refused(control: SimControl, wanted: dict[str, Any], status: int) -> None:
    assert control.ask("POST", "/sim/act", wanted)[0] == status


def test_act_needs_the_control_token(simulator: SimulatorServer) -> None:
    stranger = SimControl(simulator.endpoint_url, None)
    assert stranger.ask("POST", "/sim/act", {"act": "delete_job", "job": "x"})[0] == 403


class TestLags:
    @staticmethod
    def lag(control: SimControl, **seconds: float | None) -> None:
        assert control.ask("POST", "/sim/visibility", seconds)[0] == 200

    def test_largest_is_stated(self, control: SimControl) -> None:
        self.lag(control, job_log_seconds=7, launch_status_seconds=12, instance_ids_in_jobs_seconds=None)
        assert control.ask("GET", "/sim/identity")[1]["visibility_lag_seconds"] == 12

    def test_job_log_comes_late(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        self.lag(control, job_log_seconds=20)
        job = start(drs, ids[0])["jobID"]
        control.advance(5)
        assert log_of(drs, job) == []
        control.advance(20)
        assert [name for name, _ in log_of(drs, job)] == ["JOB_START", "SNAPSHOT_START", "SNAPSHOT_END"]

    def test_launch_status_comes_late(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        self.lag(control, launch_status_seconds=30)
        act(control, "fail_launch", server=ids[0], phase="silent")
        job = start(drs, ids[0])["jobID"]
        control.advance(5)
        ended = job_of(drs, job)
        assert (ended["status"], ended["participatingServers"][0]["launchStatus"]) == ("COMPLETED", "PENDING")
        control.advance(30)
        assert job_of(drs, job)["participatingServers"][0]["launchStatus"] == "FAILED"

    def test_recovery_instance_comes_late(
        self, drs: Any, control: SimControl, simulator: SimulatorServer, ids: list[str]
    ) -> None:
        self.lag(control, recovery_instances_seconds=900)
        start(drs, ids[0])
        control.advance(LAUNCH)
        assert simulator.simulation.state(TARGET, REGION).instances
        assert drs.describe_recovery_instances()["items"] == []
        assert "recoveryInstanceId" not in server_of(drs, ids[0])
        control.advance(900)
        assert len(drs.describe_recovery_instances()["items"]) == 1
        assert "recoveryInstanceId" in server_of(drs, ids[0])

    def test_last_launch_comes_late(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        self.lag(control, last_launch_seconds=30)
        act(control, "fail_launch", server=ids[0], phase="silent")
        first = start(drs, ids[0])["jobID"]
        assert server_of(drs, ids[0])["lastLaunchResult"] == "NOT_STARTED"
        assert server_of(drs, ids[0])["lifeCycle"]["lastLaunch"] == {}
        control.advance(60)
        assert server_of(drs, ids[0])["lastLaunchResult"] == "FAILED"
        start(drs, ids[0])
        last = server_of(drs, ids[0])["lifeCycle"]["lastLaunch"]
        assert (last["initiated"]["jobID"], last["status"]) == (first, "FAILED")

    def test_snapshot_comes_late(self, drs: Any, control: SimControl, ids: list[str]) -> None:
        def newest() -> str:
            found = drs.describe_recovery_snapshots(sourceServerID=ids[0], order="DESC")["items"][0]
            return str(found["snapshotID"])

        control.advance(600)
        seen = newest()
        control.ask("POST", "/sim/visibility", {"snapshots_seconds": 800})
        assert newest() != seen

    @pytest.mark.parametrize(("seconds", "is_told"), [(200, True), (None, False)])
    def test_instance_id_in_the_job_comes_late_or_never(
        self, drs: Any, control: SimControl, ids: list[str], seconds: float | None, is_told: bool
    ) -> None:
        self.lag(control, instance_ids_in_jobs_seconds=seconds)
        job = start(drs, ids[0])["jobID"]
        control.advance(LAUNCH)
        if seconds is not None:
            assert "recoveryInstanceID" not in job_of(drs, job)["participatingServers"][0]
        control.advance(400)
        assert ("recoveryInstanceID" in job_of(drs, job)["participatingServers"][0]) is is_told
        (ended,) = [data for name, data in log_of(drs, job) if name == "LAUNCH_END"]
        assert (
            ended["targetInstanceID"] == drs.describe_recovery_instances()["items"][0]["recoveryInstanceID"]
        )
