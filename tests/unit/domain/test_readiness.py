"""Will it launch? One finding a subject, what could not be checked never looks good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.freeze import freeze_waves, scopes_of
from drs_desktop.domain.ids import GroupId, JobId
from drs_desktop.domain.protection_group import (
    ProtectionGroup,
    SelectionKind,
    members,
    missing_members,
)
from drs_desktop.domain.readiness import (
    Accept,
    Check,
    Level,
    PlanFacts,
    ReadinessFinding,
    ScopeFacts,
    check_plan,
    replaced_servers,
)
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, plan_problems
from drs_desktop.domain.source_server import BLOCKING_STATES, DataReplicationState, StagingStatus
from drs_desktop.domain.start_recovery import ExecutionMode
from tests.helpers.builders import (
    OTHER_SCOPE,
    SCOPE,
    START,
    a_group,
    a_job,
    a_key,
    a_plan,
    a_plan_wave,
    a_server,
    a_snapshot,
    an_instance,
)


def _check(
    facts: ScopeFacts | Sequence[ScopeFacts],
    plan: RecoveryPlan | None = None,
    groups: Sequence[ProtectionGroup] = (),
    mode: ExecutionMode = ExecutionMode.DRILL,
) -> list[tuple[Level, str]]:
    facts = [facts] if isinstance(facts, ScopeFacts) else facts
    found: tuple[ReadinessFinding, ...] = check_plan(_about(facts, plan, groups, mode))
    return [(finding.level, finding.sentence) for finding in found]


def _about(
    facts: Sequence[ScopeFacts],
    plan: RecoveryPlan | None = None,
    groups: Sequence[ProtectionGroup] = (),
    mode: ExecutionMode = ExecutionMode.DRILL,
    **changes: Any,
) -> PlanFacts:
    plan = plan or a_plan(1)
    servers = [server for fact in facts for server in fact.servers]
    by_id = {g.group_id: g for g in groups or [a_group(1, [server.key for server in servers])]}
    waves = freeze_waves(plan, by_id, servers, attended=True)
    about = PlanFacts(plan=plan, groups=by_id, waves=waves, mode=mode, scopes=facts, now=START)
    return replace(about, **changes)


def _findings(
    facts: ScopeFacts, level: Level, mode: ExecutionMode = ExecutionMode.DRILL
) -> list[ReadinessFinding]:
    return [finding for finding in check_plan(_about([facts], mode=mode)) if finding.level is level]


def _texts(findings: list[tuple[Level, str]], level: Level) -> list[str]:
    return [text for found, text in findings if found is level]


def _facts(count: int = 2, **changes: object) -> ScopeFacts:
    servers = tuple(a_server(n) for n in range(1, count + 1))
    return replace(ScopeFacts(scope=SCOPE, servers=servers), **changes)  # type: ignore[arg-type]


def test_a_plan_that_may_start_says_what_was_checked() -> None:
    assert _check(_facts()) == [
        (Level.PASSED, "Wave 1 (Wave 1): 2 servers."),
        (Level.PASSED, "Every server read is in continuous replication."),
    ]


def test_failures_come_first_then_what_was_not_checked_then_warnings() -> None:
    problem = ScopeFacts(scope=OTHER_SCOPE, problem="Access denied.")
    busy = _facts(jobs=(a_job([a_key(1)]),), instances=(an_instance(a_key(1), is_drill=False),))
    levels = [level for level, _ in _check([busy, problem])]
    assert levels == [
        Level.FAILED,
        Level.NOT_CHECKED,
        Level.WARNING,
        Level.PASSED,
        Level.PASSED,
    ]


def test_an_account_that_could_not_be_read_is_never_called_good() -> None:
    findings = _check(ScopeFacts(scope=SCOPE, problem="Sign in again."))
    assert findings == [
        (Level.NOT_CHECKED, f"Nothing could be checked in account {SCOPE.account_id}, "
         f"{SCOPE.region}: Sign in again.")
    ]  # fmt: skip


def test_an_empty_wave_fails_the_check() -> None:
    findings = _check(ScopeFacts(scope=SCOPE))
    assert _texts(findings, Level.FAILED) == [
        "Wave 1 (Wave 1) has no server. An empty wave is never done. Mend its groups, or take the wave out."
    ]
    assert _texts(findings, Level.PASSED) == []


def test_a_group_that_does_not_exist_fails_the_check() -> None:
    findings = _check(_facts(), groups=[a_group(7)])
    assert "Wave 1 (Wave 1) names the group group-1, which does not exist. Edit the plan." in _texts(
        findings, Level.FAILED
    )


def test_a_listed_server_that_is_gone_fails_the_check_unless_something_could_not_be_read() -> None:
    group = a_group(1, [a_key(1), a_key(9)])
    complete = _check(_facts(1), groups=[group])
    assert _texts(complete, Level.FAILED) == [
        f"Group Group 1 lists {a_key(9)}, which DRS no longer has. Take that off the list."
    ]
    partly = _check([_facts(1), ScopeFacts(scope=OTHER_SCOPE, problem="no network")], groups=[group])
    assert _texts(partly, Level.FAILED) == []


def test_a_server_in_two_waves_fails_the_check() -> None:
    groups = [a_group(1, [a_key(1), a_key(2)]), a_group(2, [a_key(2)])]
    findings = _check(_facts(), a_plan(2), groups)
    assert _texts(findings, Level.FAILED) == [
        "srv-2 falls into wave 1 and into wave 2. Leave each server in one group only."
    ]


def test_a_server_in_two_groups_of_one_wave_is_started_once() -> None:
    plan = a_plan([a_plan_wave(1, group_ids=(GroupId("group-1"), GroupId("group-2")))])
    groups = [a_group(1, [a_key(1), a_key(2)]), a_group(2, [a_key(2)])]
    findings = _check(_facts(), plan, groups)
    assert _texts(findings, Level.FAILED) == []
    assert "Wave 1 (Wave 1): 2 servers." in _texts(findings, Level.PASSED)
    (wave,) = freeze_waves(plan, {g.group_id: g for g in groups}, _facts().servers, attended=True)
    assert [server.group_name for server in wave.servers] == ["Group 1", "Group 1"]


# ---- replication


def _points(facts: ScopeFacts, *ages: timedelta) -> ScopeFacts:
    """Return the facts with points in time of these ages for every server; without any, there are none."""
    found = {
        server.key: tuple(a_snapshot(server.key, START - age) for age in ages) for server in facts.servers
    }
    return replace(facts, snapshots=found)


def _in_state(state: DataReplicationState, count: int) -> ScopeFacts:
    return _facts(servers=tuple(a_server(n, replication_state=state) for n in range(1, count + 1)))


@pytest.mark.parametrize("state", sorted(BLOCKING_STATES))
def test_servers_without_a_point_in_time_are_one_failure_of_a_drill(state: DataReplicationState) -> None:
    findings = _check(_in_state(state, 7))
    assert _texts(findings, Level.FAILED) == [
        f"7 servers without a usable point in time: srv-1 ({state}), srv-2 ({state}), srv-3 ({state}), "
        f"srv-4 ({state}), srv-5 ({state}) and 2 more. "
        "Mend the replication, or take them out of their groups."
    ]
    assert _texts(findings, Level.PASSED) == ["Wave 1 (Wave 1): 7 servers."]


def test_a_drill_of_servers_that_lag_behind_is_warned() -> None:
    findings = _check(_points(_in_state(DataReplicationState.BACKLOG, 2), timedelta(minutes=40)))
    assert _texts(findings, Level.WARNING) == [
        "2 servers with older data than continuous replication: srv-1 (BACKLOG), srv-2 (BACKLOG). "
        "The newest point in time is of 2026-11-02 02:20 UTC, 40 min old."
    ]
    assert "Every server read is in continuous replication." not in _texts(findings, Level.PASSED)


def test_a_drill_of_a_stalled_server_without_any_point_fails() -> None:
    [failed] = _texts(_check(_points(_in_state(DataReplicationState.STALLED, 1))), Level.FAILED)
    assert failed.startswith("1 server without a usable point in time: srv-1 (STALLED).")


def test_a_drill_of_servers_whose_points_could_not_be_read_may_not_start() -> None:
    [finding] = _findings(_in_state(DataReplicationState.STALLED, 1), Level.NOT_CHECKED)
    assert finding.hinders()
    assert finding.accept is None


def test_servers_whose_extension_is_broken_are_one_warning_in_awss_words() -> None:
    broken = {"staging_status": StagingStatus.EXTENSION_ERROR, "staging_account_id": "333333333333"}
    servers = (a_server(1, **broken, staging_error="The key is not shared."), a_server(2, **broken))
    [text] = _texts(_check(_facts(servers=servers)), Level.WARNING)
    assert text == (
        "2 servers no longer extended from a staging account: srv-1 (333333333333), srv-2 (333333333333). "
        "DRS says: The key is not shared. Look at the staging account's role and at the key that it shares."
    )


# ---- a recovery from a source that is gone


def test_a_dead_source_is_one_warning_with_the_data_that_is_lost_and_one_word_accepts_it() -> None:
    facts = _points(_in_state(DataReplicationState.STALLED, 300), timedelta(hours=2), timedelta(hours=4))
    [finding] = _findings(facts, Level.WARNING, mode=ExecutionMode.RECOVERY)
    assert finding.text == (
        "300 servers not replicating any more: srv-1 (STALLED), srv-10 (STALLED), srv-100 (STALLED), "
        "srv-101 (STALLED), srv-102 (STALLED) and 295 more. "
        "The newest point in time is of 2026-11-02 01:00 UTC, 2 h 0 min old. What was written later is lost."
    )
    assert finding.accept is Accept.OLD_DATA
    assert finding.hinders()
    assert not finding.hinders({Accept.OLD_DATA})


def test_points_of_different_ages_are_told_as_a_range_that_names_the_oldest() -> None:
    facts = _in_state(DataReplicationState.DISCONNECTED, 2)
    first, second = (server.key for server in facts.servers)
    points = {
        first: (a_snapshot(first, START - timedelta(minutes=10)),),
        second: (a_snapshot(second, START - timedelta(days=1, hours=2)),),
    }
    [text] = _texts(_check(replace(facts, snapshots=points), mode=ExecutionMode.RECOVERY), Level.WARNING)
    assert "of 2026-11-01 01:00 UTC (srv-2, 1 d 2 h old) to 2026-11-02 02:50 UTC." in text


def test_a_recovery_without_any_point_in_time_fails_and_nothing_accepts_it() -> None:
    facts = _points(_in_state(DataReplicationState.DISCONNECTED, 2))
    [finding] = _findings(facts, Level.FAILED, mode=ExecutionMode.RECOVERY)
    assert finding.check is Check.POINT_IN_TIME
    assert finding.accept is None


def test_a_point_that_is_still_made_is_no_point() -> None:
    facts = _in_state(DataReplicationState.STALLED, 1)
    key = facts.servers[0].key
    unready = replace(facts, snapshots={key: (a_snapshot(key, None),)})
    [finding] = _findings(unready, Level.FAILED, mode=ExecutionMode.RECOVERY)
    assert finding.check is Check.POINT_IN_TIME


def test_a_recovery_of_servers_that_catch_up_is_only_warned() -> None:
    facts = _points(_in_state(DataReplicationState.BACKLOG, 1), timedelta(minutes=10))
    [finding] = _findings(facts, Level.WARNING, mode=ExecutionMode.RECOVERY)
    assert "1 server still catching up: srv-1 (BACKLOG)." in finding.text
    assert not finding.hinders()


def test_points_that_could_not_be_read_are_not_checked_and_can_be_accepted_in_a_recovery() -> None:
    facts = _in_state(DataReplicationState.STALLED, 2)
    unread = replace(facts, unread_snapshots={server.key: "Denied." for server in facts.servers})
    [finding] = _findings(unread, Level.NOT_CHECKED, mode=ExecutionMode.RECOVERY)
    assert finding.text.endswith("srv-1 (STALLED), srv-2 (STALLED). Denied.")
    assert finding.accept is Accept.UNKNOWN_DATA


# ---- targets and quotas


def _with_lags(*minutes: int | None) -> ScopeFacts:
    servers = tuple(
        a_server(number, lag=None if lag is None else timedelta(minutes=lag))
        for number, lag in enumerate(minutes, start=1)
    )
    return ScopeFacts(scope=SCOPE, servers=servers)


def test_servers_further_behind_than_the_recovery_point_target_are_one_warning() -> None:
    plan = a_plan(1, recovery_point=timedelta(minutes=15))
    [warning] = _texts(_check(_with_lags(14, 16, 20), plan), Level.WARNING)
    assert warning.startswith("2 servers further behind than the recovery point target of 15 minutes: srv-2")


def test_a_lag_that_is_not_known_meets_no_target() -> None:
    plan = a_plan(1, recovery_point=timedelta(minutes=15))
    findings = _check(_with_lags(1, None), plan)
    [warning] = _texts(findings, Level.WARNING)
    assert "DRS tells no lag of srv-2" in warning
    assert not any("within the recovery point" in text for text in _texts(findings, Level.PASSED))


def test_a_plan_whose_servers_meet_the_target_says_so_and_one_without_a_target_says_nothing() -> None:
    plan = a_plan(1, recovery_point=timedelta(minutes=15))
    assert any(
        "within the recovery point" in text for text in _texts(_check(_with_lags(15), plan), Level.PASSED)
    )
    assert not any("recovery point" in text for _, text in _check(_with_lags(900)))


def test_job_limits_that_are_used_up_are_a_warning_where_servers_would_start() -> None:
    jobs = tuple(a_job([a_key(number)], job_id=JobId(f"drsjob-{number}")) for number in range(50, 70))
    elsewhere = ScopeFacts(scope=OTHER_SCOPE, jobs=jobs)
    [warning] = _texts(_check([_facts(jobs=jobs), elsewhere]), Level.WARNING)
    assert warning.startswith(f"The limit of 20 jobs under way is used up in {SCOPE}")
    assert _texts(_check([_facts(jobs=jobs[:19]), elsewhere]), Level.WARNING) == []


# ---- jobs and instances


def test_a_busy_server_is_a_warning_that_names_the_job() -> None:
    job = a_job([a_key(1), a_key(9)], job_id=JobId("drsjob-7"))
    elsewhere = ScopeFacts(scope=OTHER_SCOPE, jobs=(a_job([a_key(1)], job_id=JobId("other")),))
    findings = _check([_facts(jobs=(job,)), elsewhere])
    assert _texts(findings, Level.WARNING) == ["Job drsjob-7 is processing srv-1: their wave waits in line."]


def test_many_jobs_that_hold_servers_are_one_line() -> None:
    jobs = tuple(a_job([a_key(n)], job_id=JobId(f"drsjob-{n}")) for n in range(1, 8))
    [text] = _texts(_check(_facts(7, jobs=jobs)), Level.WARNING)
    assert text == (
        "Jobs drsjob-1, drsjob-2, drsjob-3, drsjob-4, drsjob-5 and 2 more are processing "
        "srv-1, srv-2, srv-3, srv-4, srv-5 and 2 more: their wave waits in line."
    )


@pytest.mark.parametrize("mode", ExecutionMode)
def test_real_recoverys_instances_are_one_failure_that_counts_and_names_five(mode: ExecutionMode) -> None:
    instances = tuple(an_instance(a_key(n), is_drill=False) for n in range(1, 19))
    findings = _check(_facts(18, instances=instances), mode=mode)
    failed = _texts(findings, Level.FAILED)
    assert len(failed) == 1
    assert failed[0].startswith(
        f"18 servers with a real recovery's instance, which a {mode} would delete: "
        "srv-1 (i-00000000000000001), srv-2 ("
    )
    assert failed[0].endswith(" and 13 more. Terminate or fail back that recovery first.")
    assert failed[0].count("(i-") == 5


def test_a_single_real_recoverys_instance_is_named() -> None:
    findings = _check(_facts(instances=(an_instance(a_key(2), is_drill=False),)))
    assert _texts(findings, Level.FAILED) == [
        "1 server with a real recovery's instance, which a drill would delete: srv-2 (i-00000000000000002). "
        "Terminate or fail back that recovery first."
    ]


def test_earlier_drill_instances_are_a_warning() -> None:
    one = _check(_facts(instances=(an_instance(a_key(1)),)))
    assert _texts(one, Level.WARNING) == ["1 earlier drill instance will be deleted: srv-1."]
    many = _check(_facts(7, instances=tuple(an_instance(a_key(n)) for n in range(1, 8))))
    assert _texts(many, Level.WARNING) == [
        "7 earlier drill instances will be deleted: srv-1, srv-2, srv-3, srv-4, srv-5 and 2 more."
    ]


def test_instances_of_servers_that_are_not_in_the_plan_say_nothing() -> None:
    waves = freeze_waves(a_plan(1), {}, [], attended=True)
    assert replaced_servers(waves, [_facts(instances=(an_instance(a_key(1)),))]) == ()


# ---- freezing


def test_members_are_frozen_in_the_order_of_groups_and_names_with_what_makes_them_optional() -> None:
    plan = a_plan([
        a_plan_wave(2, failure_policy=FailurePolicy.CONTINUE),
        a_plan_wave(1, optional_servers=frozenset({a_key(1)}), pause_before=True, instruction="Look."),
    ])  # fmt: skip
    groups = {g.group_id: g for g in (a_group(1, [a_key(2), a_key(1)]), a_group(2, [a_key(3)]))}
    waves = freeze_waves(plan, groups, [a_server(n) for n in (3, 2, 1)], attended=True)
    assert [(w.number, w.depends_on, [s.name for s in w.servers]) for w in waves] == [
        (1, (), ["srv-1", "srv-2"]),
        (2, (1,), ["srv-3"]),
    ]
    assert [s.is_critical for s in waves[0].servers] == [False, True]
    assert (waves[0].pause_before, waves[0].instruction) == (True, "Look.")
    assert waves[1].failure_policy is FailurePolicy.CONTINUE


@pytest.mark.parametrize(
    ("policy", "attended", "frozen"),
    [
        (FailurePolicy.ASK, True, FailurePolicy.ASK),
        (FailurePolicy.ASK, False, FailurePolicy.STOP),
        (FailurePolicy.CONTINUE, False, FailurePolicy.CONTINUE),
    ],
)
def test_nobody_is_asked_where_nobody_watches(
    policy: FailurePolicy, attended: bool, frozen: FailurePolicy
) -> None:
    plan = a_plan([a_plan_wave(1, failure_policy=policy)])
    assert freeze_waves(plan, {}, [], attended=attended)[0].failure_policy is frozen


def test_a_group_is_looked_for_in_its_own_accounts_and_regions_only() -> None:
    groups = {g.group_id: g for g in (a_group(1, scopes=(OTHER_SCOPE, SCOPE)), a_group(2), a_group(9))}
    assert scopes_of(a_plan(2), groups) == (SCOPE, OTHER_SCOPE)
    assert scopes_of(a_plan(2), {}) == ()


# ---- groups


def test_tags_must_all_match_exactly_and_no_tags_select_nothing() -> None:
    group = a_group(1, selection=SelectionKind.TAGS, tags=(("App", "pay"), ("Tier", "web")))
    both = a_server(1, tags=(("Tier", "web"), ("App", "pay"), ("Owner", "anna")))
    one = a_server(2, tags=(("App", "pay"),))
    case = a_server(3, tags=(("App", "Pay"), ("Tier", "web")))
    elsewhere = a_server(4, OTHER_SCOPE, tags=both.tags)
    assert members(group, [both, one, case, elsewhere]) == (both,)
    assert members(replace(group, tags=()), [both]) == ()


def test_a_listed_server_outside_the_groups_scopes_is_no_member_and_counts_as_missing() -> None:
    group = a_group(1, [a_key(1), a_key(2)])
    assert members(group, [a_server(2), a_server(1), a_server(1, OTHER_SCOPE)]) == (a_server(1), a_server(2))
    assert missing_members(group, [a_server(2)]) == (a_key(1),)


# ---- plans as written


def test_a_sound_plan_has_no_problem_and_each_mistake_has_its_sentence() -> None:
    assert plan_problems(a_plan(3)) == ()
    assert plan_problems(a_plan(0)) == ("Plan payroll has no wave.",)
    twice = a_plan([a_plan_wave(1), a_plan_wave(1, group_ids=(GroupId("group-2"),))])
    assert "Plan payroll uses a wave number twice." in plan_problems(twice)
    assert plan_problems(a_plan([a_plan_wave(1, group_ids=())])) == (
        "Wave 1 (Wave 1) has no protection group.",
    )
    assert plan_problems(a_plan([a_plan_wave(1, depends_on=(7,))])) == (
        "Wave 1 (Wave 1) depends on wave 7, which does not exist.",
    )
    circle = a_plan([a_plan_wave(1, depends_on=(2,)), a_plan_wave(2, depends_on=(1,))])
    assert any("wait for each other in a circle" in problem for problem in plan_problems(circle))
    shared = a_plan([a_plan_wave(1), a_plan_wave(2, group_ids=(GroupId("group-1"),))])
    assert plan_problems(shared) == ("Group group-1 stands in more than one wave.",)


def test_a_wave_follows_the_highest_number_below_it_unless_it_says_otherwise() -> None:
    plan = a_plan([a_plan_wave(n) for n in (5, 1, 3)] + [a_plan_wave(9, depends_on=())])
    predecessors = {wave.number: plan.predecessors(wave) for wave in plan.waves}
    assert predecessors == {1: (), 3: (1,), 5: (3,), 9: ()}
