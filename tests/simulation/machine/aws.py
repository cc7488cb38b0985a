"""What happens in AWS and on the way to it: faults, late requests, strangers, deleted records, new words."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule, Html503, ResetAfter, ResetBefore
from drs_desktop.simulator.core.launching import StartRecovery, start_recovery
from drs_desktop.simulator.core.removing import delete_job, forget_job
from drs_desktop.simulator.core.words import Subject
from tests.helpers.engine_rig import SCOPE, Fate
from tests.simulation.machine.base import A_WHILE, Machine

FAULTS: dict[str, Any] = {
    "throttled": ErrorAnswer(code="ThrottlingException", status=429),
    "conflict": ErrorAnswer(code="ConflictException", status=409),
    "quota": ErrorAnswer(code="ServiceQuotaExceededException", status=402),
    "denied": ErrorAnswer(code="AccessDeniedException", status=403),
    "signed out": ErrorAnswer(code="ExpiredTokenException", status=403),
    "500": ErrorAnswer(code="InternalServerException", status=500),
    "reset before": ResetBefore(),
    "reset after": ResetAfter(),
    "a proxy's page": Html503(),
}
OPERATIONS = (
    "StartRecovery",
    "TerminateRecoveryInstances",
    "DescribeJobs",
    "DescribeJobLogItems",
    "DescribeSourceServers",
    "DescribeRecoveryInstances",
)
DELAYS = st.sampled_from([None, 0.5, 3.0, 4.9, 6.0])
"""Seconds that a StartRecovery takes to arrive; None: it never does."""
PLANNED = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(sorted(FAULTS)), st.integers(1, 3)), max_size=3
)
"""Faults that wait for the first calls of all."""
WORDS_OF_TOMORROW = (
    (Subject.JOB_STATUS, "REWINDING"),
    (Subject.LAUNCH_STATUS, "TELEPORTED"),
    (Subject.LOG_EVENT, "NEW_EVENT"),
    (Subject.EC2_STATE, "DREAMING"),
)


class AwsAndItsNetwork(Machine):
    """Everything that AWS, its network and other people there may do."""

    @rule(
        operation=st.sampled_from(OPERATIONS),
        fault=st.sampled_from(sorted(FAULTS)),
        times=st.integers(1, 3),
        then=A_WHILE,
    )
    def calls_fail(self, operation: str, fault: str, times: int, then: timedelta) -> None:
        self.done(f"fault {fault}")
        self.plan_fault(operation, fault, times)
        self.advance(then)

    def plan_fault(self, operation: str, fault: str, times: int) -> None:
        """Have the next calls of an operation fail."""
        faults = self.rig.simulation.faults
        name = f"{len(faults.states())} {fault}"
        faults.add(FaultRule(id=name, action=FAULTS[fault], operation=operation, times=times))

    @rule(delay=DELAYS, then=A_WHILE)
    def next_start_is_late_or_lost(self, delay: float | None, then: timedelta) -> None:
        self.plan_fate(delay)
        self.advance(then)

    def plan_fate(self, delay: float | None) -> None:
        """Have a coming StartRecovery arrive so many seconds late; None: never."""
        self.fates_planned += 1
        self.rig.fates.append(Fate(None if delay is None else timedelta(seconds=delay)))

    @rule(is_drill=st.booleans(), data=st.data(), then=A_WHILE)
    def stranger_starts_a_server(self, is_drill: bool, data: Any, then: timedelta) -> None:
        place = self.place
        server = data.draw(st.sampled_from(sorted(place.servers)), "server")
        try:
            wanted = StartRecovery(snapshot_ids={server: None}, is_drill=is_drill)
            start_recovery(self.rig.simulation, place, wanted)
        except DrsError:
            return
        self.done("foreign job")
        self.advance(then)

    @precondition(lambda self: self.place.instances)
    @rule(data=st.data())
    def instance_is_terminated_behind_our_back(self, data: Any) -> None:
        instance = data.draw(st.sampled_from(sorted(self.place.instances)), "instance")
        self.rig.simulation.compute.terminate(SCOPE.account_id, SCOPE.region, instance)
        self.done("instance terminated")

    @precondition(lambda self: self.place.jobs)
    @rule(data=st.data(), is_forced=st.sampled_from([False, False, True]))
    def job_is_deleted(self, data: Any, is_forced: bool) -> None:
        place = self.place
        job = place.jobs[data.draw(st.sampled_from(sorted(place.jobs)), "job")]
        if is_forced:
            forget_job(place, job)
        else:
            try:
                delete_job(self.rig.simulation, place, job.id)
            except DrsError:
                return
        self.done("job deleted")

    @precondition(lambda self: not self.has_lied)
    @rule(subject=st.sampled_from([Subject.INITIATED_BY, Subject.IS_DRILL]), word=st.booleans())
    def aws_tells_another_mode(self, subject: Subject, word: bool) -> None:
        told = {Subject.INITIATED_BY: ("START_RECOVERY", "START_DRILL"), Subject.IS_DRILL: ("false", "true")}
        self.rig.simulation.words.tell(subject, told[subject][word])
        self.has_lied = True
        self.done("lie about the mode")

    @rule(word=st.sampled_from(WORDS_OF_TOMORROW), then=A_WHILE)
    def aws_says_a_word_of_tomorrow(self, word: tuple[Subject, str], then: timedelta) -> None:
        self.rig.simulation.words.tell(*word)
        self.done("unknown word")
        self.advance(then)

    def tell_the_truth(self) -> None:
        for subject in Subject:
            self.rig.simulation.words.tell(subject, None)
