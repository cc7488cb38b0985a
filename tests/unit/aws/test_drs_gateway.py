"""The gateway: complete reads, and calls that are sent exactly once."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.drs_gateway import on_pool
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsConflict,
    AwsError,
    AwsNotFound,
    AwsQuotaExceeded,
    AwsRejected,
    AwsUnreachable,
    CallNotSent,
    OutcomeUnknown,
    SignInNeeded,
    Throttled,
)
from drs_desktop.domain.ids import IntentId, JobId, RecoveryInstanceId, SourceServerId
from drs_desktop.domain.job import InitiatedBy, Job, LaunchStatus
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from tests.unit.aws.fake_aws import ACCOUNT, SCOPE, SECRET_CANARY, TOKEN_CANARY, FakeAws, Say, aws_error

INTENT = IntentId("01M83SM9Z4CDV6PC50H80T829S")
SERVER = SourceServerId("s-0a1b2c3d4e5f60718")
JOB: dict[str, Any] = {
    "jobID": "drsjob-0f1e2d3c4b5a69788",
    "arn": "arn:aws:drs:eu-central-1:012345678901:job/drsjob-0f1e2d3c4b5a69788",
    "type": "LAUNCH",
    "initiatedBy": "START_DRILL",
    "creationDateTime": "2026-03-16T11:30:00.120000+00:00",
    "status": "PENDING",
    "tags": {"drs-desktop:attempt": "1"},
    "participatingServers": [{"sourceServerID": SERVER, "launchStatus": "PENDING"}],
}
REQUEST = StartRecoveryRequest(
    scope=SCOPE, source_server_ids=(SERVER,), is_drill=True, tags=(("drs-desktop:attempt", "1"),)
)
HTML = b"<html><body>Service Unavailable</body></html>"


def start(access: BotoAwsAccess, fake_aws: FakeAws, say: Say) -> Job:
    """Start a drill; the script holds from the moment at which the session exists."""

    async def drill() -> Job:
        actor = await access.actor(SCOPE, INTENT)
        fake_aws.script = [say]
        return await actor.start_recovery(REQUEST)

    return asyncio.run(drill())


# ---- calls that change something


def test_start_recovery_returns_the_job_and_says_drill_explicitly(
    access: BotoAwsAccess, fake_aws: FakeAws
) -> None:
    job = start(access, fake_aws, Say(status=202, body={"job": JOB}))
    assert job.initiated_by is InitiatedBy.START_DRILL
    assert job.servers[0].launch_status is LaunchStatus.PENDING
    [heard] = fake_aws.heard
    assert heard.path == "/StartRecovery"
    assert heard.json == {
        "sourceServers": [{"sourceServerID": SERVER}],
        "isDrill": True,
        "tags": {"drs-desktop:attempt": "1"},
    }


def test_a_start_that_the_fence_forbids_at_the_last_moment_is_not_sent(
    access: BotoAwsAccess, fake_aws: FakeAws
) -> None:
    """It may have stood in the queue of the threads while a pause came, or until its time was over."""

    async def drill() -> None:
        actor = await access.actor(SCOPE, INTENT)
        fake_aws.heard.clear()
        await actor.start_recovery(REQUEST, lambda: "A pause came.")

    with pytest.raises(CallNotSent, match="A pause came"):
        asyncio.run(drill())
    assert fake_aws.heard == []


def test_a_recovery_says_so_instead_of_leaving_the_word_out(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def recover() -> None:
        actor = await access.actor(SCOPE, INTENT)
        fake_aws.script = [Say(status=202, body={"job": {**JOB, "initiatedBy": "START_RECOVERY"}})]
        await actor.start_recovery(
            StartRecoveryRequest(scope=SCOPE, source_server_ids=(SERVER,), is_drill=False)
        )

    asyncio.run(recover())
    assert fake_aws.heard[0].json == {"sourceServers": [{"sourceServerID": SERVER}], "isDrill": False}


def test_the_user_agent_carries_the_intent(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    start(access, fake_aws, Say(status=202, body={"job": JOB}))
    assert f"intent/{INTENT}" in fake_aws.heard[0].headers["user-agent"]
    assert "drs-desktop/" in fake_aws.heard[0].headers["user-agent"]


FAILURES: list[tuple[str, Say, type[AwsError]]] = [
    ("conflict", aws_error(409, "ConflictException"), AwsConflict),
    ("quota", aws_error(402, "ServiceQuotaExceededException", quotaCode="L-B827C881"), AwsQuotaExceeded),
    ("throttled", aws_error(429, "ThrottlingException"), Throttled),
    ("denied", aws_error(403, "AccessDeniedException"), AccessDenied),
    ("expired", aws_error(403, "ExpiredTokenException"), SignInNeeded),
    ("bad keys", aws_error(403, "UnrecognizedClientException"), SignInNeeded),
    ("bad signature", aws_error(403, "InvalidSignatureException"), SignInNeeded),
    ("validation", aws_error(400, "ValidationException"), AwsRejected),
    ("uninitialised", aws_error(400, "UninitializedAccountException"), AwsRejected),
    ("not found", aws_error(404, "ResourceNotFoundException"), AwsNotFound),
    ("a word of tomorrow", aws_error(400, "SomethingNewException"), AwsRejected),
    ("internal", aws_error(500, "InternalServerException"), OutcomeUnknown),
    ("unavailable", aws_error(503, "ServiceUnavailableException"), OutcomeUnknown),
    ("request time-out", aws_error(408, "RequestTimeoutException"), OutcomeUnknown),
    ("html 503", Say(status=503, body=HTML), OutcomeUnknown),
    ("html 403", Say(status=403, body=HTML), OutcomeUnknown),
    ("html 429", Say(status=429, body=HTML), OutcomeUnknown),
    ("json 403 of a proxy", Say(status=403, body={"code": "Blocked"}), OutcomeUnknown),
    ("redirect", Say(status=302, headers=(("Location", "http://127.0.0.1:1/"),)), OutcomeUnknown),
    ("html 200", Say(status=200, body=HTML), OutcomeUnknown),
    ("empty 202", Say(status=202, body=b""), OutcomeUnknown),
    ("list for an object", Say(status=202, body=[1]), OutcomeUnknown),
    ("job without id", Say(status=202, body={"job": {"status": "PENDING"}}), OutcomeUnknown),
    ("half a body", Say(status=202, body={"job": JOB}, cut=30), OutcomeUnknown),
    # The reset may overtake the client before its first byte: then it is known that none was sent.
    ("reset before reading", Say(reset="unread"), (OutcomeUnknown, CallNotSent)),
    ("reset after reading", Say(reset="read"), OutcomeUnknown),
    ("silence", Say(silent=True), OutcomeUnknown),
]


@pytest.mark.parametrize(("say", "kind"), [one[1:] for one in FAILURES], ids=[one[0] for one in FAILURES])
def test_a_failing_start_is_sent_once_and_judged(
    access: BotoAwsAccess, fake_aws: FakeAws, say: Say, kind: type[AwsError] | tuple[type[AwsError], ...]
) -> None:
    with pytest.raises(AwsError) as caught:
        start(access, fake_aws, say)
    assert type(caught.value) in (kind if isinstance(kind, tuple) else (kind,))
    assert fake_aws.drs_connections == 1
    assert caught.value.operation == "StartRecovery"
    assert caught.value.scope == SCOPE
    for part in ("StartRecovery", ACCOUNT.account_id, "payroll-dr", "eu-central-1", "DRSDesktopTarget"):
        assert part in str(caught.value)


def test_a_refused_connection_means_that_nothing_was_sent(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def drill() -> None:
        actor = await access.actor(SCOPE, INTENT)
        fake_aws.close()
        await actor.start_recovery(REQUEST)

    with pytest.raises(CallNotSent):
        asyncio.run(drill())
    assert fake_aws.heard == []


def test_a_request_that_botocore_refuses_was_not_sent(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def drill() -> None:
        actor = await access.actor(SCOPE, INTENT)
        await actor.start_recovery(
            StartRecoveryRequest(scope=SCOPE, source_server_ids=(), is_drill=True, tags=(("a", "b"),))
        )

    with pytest.raises(CallNotSent):
        asyncio.run(drill())
    assert fake_aws.heard == []


def test_a_request_for_another_region_is_not_sent(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def drill() -> None:
        actor = await access.actor(SCOPE, INTENT)
        other = type(SCOPE)(account_id=SCOPE.account_id, region=ACCOUNT.regions[1])
        await actor.start_recovery(
            StartRecoveryRequest(scope=other, source_server_ids=(SERVER,), is_drill=True)
        )

    with pytest.raises(CallNotSent):
        asyncio.run(drill())
    assert fake_aws.heard == []


def test_a_closed_pool_sends_nothing(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def drill() -> None:
        actor = await access.actor(SCOPE, INTENT)
        access.close()
        await actor.start_recovery(REQUEST)

    with pytest.raises(CallNotSent):
        asyncio.run(drill())
    assert fake_aws.heard == []


def test_a_call_whose_turn_never_came_was_not_sent() -> None:
    """Its caller was not cancelled, so it is told what became of the call."""
    pool, go, began = DaemonThreadPool(1, "test"), threading.Event(), threading.Event()

    def keep_busy() -> None:
        began.set()
        go.wait(60)

    async def drill() -> None:
        running = asyncio.get_running_loop().create_task(on_pool(pool, keep_busy))
        queued = asyncio.get_running_loop().create_task(on_pool(pool, int))
        assert await asyncio.to_thread(began.wait, 30)
        pool.shutdown(wait=False, cancel_futures=True)
        with pytest.raises(CallNotSent, match="before the call's turn"):
            await queued
        go.set()
        await running

    asyncio.run(drill())
    pool.shutdown()


def test_a_cancelled_caller_stays_cancelled() -> None:
    pool, go = DaemonThreadPool(1, "test"), threading.Event()

    async def drill() -> None:
        waiting = asyncio.get_running_loop().create_task(on_pool(pool, lambda: go.wait(60)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go.set()

    asyncio.run(drill())
    pool.shutdown()


def test_terminating_sends_the_ids_once(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def terminate() -> Job:
        actor = await access.actor(SCOPE, INTENT)
        fake_aws.script = [Say(body={"job": {**JOB, "type": "TERMINATE"}})]
        return await actor.terminate_recovery_instances([RecoveryInstanceId("i-0aa11bb22cc33dd44")])

    assert asyncio.run(terminate()).job_type == "TERMINATE"
    [heard] = fake_aws.heard
    assert heard.json == {"recoveryInstanceIDs": ["i-0aa11bb22cc33dd44"]}


def test_no_error_and_no_log_line_holds_a_secret(
    access: BotoAwsAccess, fake_aws: FakeAws, calls_file: Path
) -> None:
    told = (
        f"The Canonical String should have been x-amz-security-token:{TOKEN_CANARY} Credential=ASIA{'0' * 16}"
    )
    for code in ("InvalidSignatureException", "AccessDeniedException", "ValidationException"):
        with pytest.raises(AwsError) as caught:
            start(access, fake_aws, aws_error(403, code, told))
        shown = str(caught.value) + repr(caught.value)
        assert "CanaryToken0" not in shown
        assert "ASIA0" not in shown
        assert caught.value.__suppress_context__
    written = calls_file.read_text()
    assert "CanaryToken0" not in written
    assert SECRET_CANARY not in written
    assert "ASIA" not in written


# ---- reads


def read_jobs(access: BotoAwsAccess, ids: list[str] | None = None) -> tuple[Job, ...]:
    wanted = None if ids is None else [JobId(one) for one in ids]
    return asyncio.run(access.reader(SCOPE).describe_jobs(wanted))


def test_every_page_is_read_even_after_an_empty_one(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [
        Say(body={"items": [JOB], "nextToken": "a"}),
        Say(body={"items": [], "nextToken": "b"}),
        Say(body={"items": [{**JOB, "jobID": "drsjob-2"}]}),
    ]
    assert [job.job_id for job in read_jobs(access)] == [JOB["jobID"], "drsjob-2"]
    assert [heard.json.get("nextToken") for heard in fake_aws.heard] == [None, "a", "b"]
    assert fake_aws.heard[0].json["maxResults"] == 200


def test_a_job_on_two_pages_is_one_job(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [
        Say(body={"items": [JOB], "nextToken": "a"}),
        Say(body={"items": [{**JOB, "status": "STARTED"}]}),
    ]
    [job] = read_jobs(access)
    assert job.status == "STARTED"


def test_many_ids_are_asked_for_in_parts(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    read_jobs(access, [f"drsjob-{number:017d}" for number in range(401)])
    sizes = [len(heard.json["filters"]["jobIDs"]) for heard in fake_aws.heard]
    assert sizes == [200, 200, 1]


def test_asking_for_no_id_asks_nothing(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    assert read_jobs(access, []) == ()
    assert fake_aws.heard == []


def test_servers_and_instances_are_read(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def read() -> None:
        reader = access.reader(SCOPE)
        fake_aws.script = [Say(body={"items": [{"sourceServerID": SERVER, "tags": {"Name": "db-01"}}]})]
        [server] = await reader.describe_source_servers([SERVER])
        assert (server.name, server.key.scope) == ("db-01", SCOPE)
        fake_aws.script = [Say(body={"items": [{"recoveryInstanceID": "i-1", "sourceServerID": SERVER}]})]
        [instance] = await reader.describe_recovery_instances([SERVER])
        assert instance.is_drill is False
        fake_aws.script = [Say(body={"items": [{"event": "JOB_START", "eventData": {}}]})]
        [item] = await reader.describe_job_log_items(JobId("drsjob-0f1e2d3c4b5a69788"))
        assert item.event == "JOB_START"

    asyncio.run(read())
    assert [heard.json.get("filters") for heard in fake_aws.heard] == [
        {"sourceServerIDs": [SERVER]},
        {"sourceServerIDs": [SERVER]},
        None,
    ]


@pytest.mark.parametrize(
    "say",
    [
        Say(status=200, body=HTML),
        Say(status=200, body={"items": [JOB]}, cut=40),
        Say(status=200, body={}),
        Say(status=200, body={"items": None}),
        Say(status=200, body=[]),
        Say(status=403, body=HTML),
    ],
    ids=["html", "half", "no items", "null items", "a list", "html 403"],
)
def test_an_answer_that_is_not_whole_never_means_nothing(
    access: BotoAwsAccess, fake_aws: FakeAws, say: Say
) -> None:
    fake_aws.script = [say]
    with pytest.raises(AwsUnreachable):
        read_jobs(access)


def test_a_second_page_that_fails_fails_the_read(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [Say(body={"items": [JOB], "nextToken": "a"}), aws_error(403, "AccessDeniedException")]
    with pytest.raises(AccessDenied):
        read_jobs(access)


def test_pages_in_a_circle_are_refused(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [Say(body={"items": [JOB], "nextToken": "a"})]
    with pytest.raises(AwsUnreachable):
        read_jobs(access)


def test_a_read_is_repeated_after_a_fault(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [
        Say(reset="read"),
        aws_error(500, "InternalServerException"),
        Say(body={"items": [JOB]}),
    ]
    assert len(read_jobs(access)) == 1
    assert len(fake_aws.heard) == 3


def test_a_read_gives_up_after_four_attempts(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [aws_error(500, "InternalServerException")]
    with pytest.raises(AwsUnreachable) as caught:
        read_jobs(access)
    assert len(fake_aws.heard) == 4
    assert caught.value.is_retryable


def test_an_expired_session_is_assumed_again_once(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [aws_error(403, "ExpiredTokenException"), Say(body={"items": [JOB]})]
    assert len(read_jobs(access)) == 1
    assert len(fake_aws.assumed) == 2


def test_a_session_that_stays_expired_asks_for_a_sign_in(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [aws_error(403, "ExpiredTokenException")]
    with pytest.raises(SignInNeeded):
        read_jobs(access)
    assert len(fake_aws.heard) == 2


# ---- the log of calls


def test_calls_are_logged_with_both_clocks(
    access: BotoAwsAccess, fake_aws: FakeAws, calls_file: Path
) -> None:
    with pytest.raises(AwsConflict):
        start(access, fake_aws, aws_error(409, "ConflictException"))
    lines = [json.loads(line) for line in calls_file.read_text().splitlines()]
    assert [(one["operation"], one["phase"]) for one in lines] == [
        ("AssumeRole", "end"),
        ("StartRecovery", "start"),
        ("StartRecovery", "end"),
    ]
    end = lines[-1]
    assert end["outcome"] == "ConflictException"
    assert (end["account"], end["region"], end["intent_id"]) == (SCOPE.account_id, SCOPE.region, INTENT)
    assert (end["http_status"], end["attempts"], end["service"]) == (409, 1, "drs")
    assert {"at", "service_at", "request_id", "duration_ms"} <= set(end)
    assert calls_file.stat().st_mode & 0o777 == 0o600


def test_lines_of_a_start_name_its_servers_its_mode_and_its_job(
    access: BotoAwsAccess, fake_aws: FakeAws, calls_file: Path
) -> None:
    start(access, fake_aws, Say(status=202, body={"job": JOB}))
    before, after = (json.loads(line) for line in calls_file.read_text().splitlines()[-2:])
    assert (before["server_ids"], before["is_drill"]) == ([SERVER], True)
    assert after["job_id"] == JOB["jobID"]


def test_line_before_a_termination_names_the_instances(
    access: BotoAwsAccess, fake_aws: FakeAws, calls_file: Path
) -> None:
    async def terminate() -> None:
        actor = await access.actor(SCOPE, INTENT)
        fake_aws.script = [Say(status=202, body={"job": {**JOB, "type": "TERMINATE"}})]
        await actor.terminate_recovery_instances([RecoveryInstanceId("i-0aa11bb22cc33dd44")])

    asyncio.run(terminate())
    before = json.loads(calls_file.read_text().splitlines()[-2])
    assert (before["phase"], before["instance_ids"]) == ("start", ["i-0aa11bb22cc33dd44"])


def test_nothing_of_a_request_is_logged_but_its_ids_and_its_mode(
    access: BotoAwsAccess, fake_aws: FakeAws, calls_file: Path
) -> None:
    start(access, fake_aws, Say(status=202, body={"job": JOB}))
    assert "drs-desktop:attempt" not in calls_file.read_text()


def test_a_call_without_answer_is_logged_by_its_error(
    access: BotoAwsAccess, fake_aws: FakeAws, calls_file: Path
) -> None:
    with pytest.raises(OutcomeUnknown):
        start(access, fake_aws, Say(silent=True))
    assert json.loads(calls_file.read_text().splitlines()[-1])["outcome"] == "ReadTimeoutError"
