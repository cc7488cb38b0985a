"""Acts as people write them: over the control endpoint, `POST /sim/act`, and in scenario files."""

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from drs_desktop.simulator.core import acts
from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.planned_act import Outcome, PlannedAct
from drs_desktop.simulator.core.replication import ReplicationState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from drs_desktop.simulator.core.words import ANY, Subject
from drs_desktop.simulator.scenario_values import BacklogGib, LagMinutes

_LOG = logging.getLogger(__name__)
_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
_GIB = 1024**3
_FAILURES = {
    "snapshot": LaunchFailure.SNAPSHOT_FAIL,
    "conversion": LaunchFailure.CONVERSION_FAIL,
    "launch": LaunchFailure.LAUNCH_FAILED,
    "launch_end": LaunchFailure.LAUNCH_END,
    "silent": LaunchFailure.SILENT,
    "skipped": LaunchFailure.SERVER_SKIPPED,
    "previous_snapshot": LaunchFailure.PREVIOUS_SNAPSHOT,
    "never_ends": LaunchFailure.NEVER_ENDS,
}

Result = Mapping[str, object]
Attempts = Annotated[int, Field(ge=0, le=9)]


class FailLaunch(BaseModel):
    """The next launch of a server goes wrong in a phase."""

    model_config = _STRICT
    act: Literal["fail_launch"]
    server: str
    phase: Literal[tuple(_FAILURES)]  # type: ignore[valid-type]
    raw_error: str | None = None
    """Absent: the recorded text of the phase."""
    attempt: Attempts | None = None
    most_attempts: Attempts | None = None

    def carry_out(self, simulation: Simulation) -> Result:
        """Plan the failure."""
        kind = _FAILURES[self.phase]
        failure = PlannedFailure(
            kind=kind,
            raw_error=self.raw_error or acts.RAW_ERRORS.get(kind),
            attempt=self.attempt,
            most_attempts=self.most_attempts,
        )
        acts.fail_next_launch(simulation, self.server, failure)
        return {}


class SetReplication(BaseModel):
    """The replication of a server stands otherwise."""

    model_config = _STRICT
    act: Literal["replication"]
    server: str
    state: Literal[tuple(state.value for state in ReplicationState)]  # type: ignore[valid-type]
    lag_minutes: LagMinutes = 0
    backlog_gib: BacklogGib = 0
    error: str | None = None

    def carry_out(self, simulation: Simulation) -> Result:
        """Change the replication."""
        acts.set_replication(
            simulation,
            self.server,
            ReplicationState(self.state),
            lag=timedelta(minutes=self.lag_minutes),
            backlog_bytes=int(self.backlog_gib * _GIB),
            error=self.error,
        )
        return {}


class StatusChecks(BaseModel):
    """EC2's status checks of an instance say something else."""

    model_config = _STRICT
    act: Literal["status_checks"]
    instance: str
    word: Literal["ok", "impaired", "insufficient-data"]

    def carry_out(self, simulation: Simulation) -> Result:
        """Change the word."""
        acts.set_status_checks(simulation, self.instance, self.word)
        return {}


class ForeignJob(BaseModel):
    """Another operator drills or recovers servers."""

    model_config = _STRICT
    act: Literal["foreign_job"]
    servers: list[str] = Field(min_length=1)
    is_drill: bool

    def carry_out(self, simulation: Simulation) -> Result:
        """Start the job."""
        return {"job": acts.start_foreign_job(simulation, self.servers, is_drill=self.is_drill).id}


class ForeignTermination(BaseModel):
    """Another operator terminates recovery instances."""

    model_config = _STRICT
    act: Literal["foreign_termination"]
    instances: list[str] = Field(min_length=1)

    def carry_out(self, simulation: Simulation) -> Result:
        """Start the job."""
        return {"job": acts.start_foreign_termination(simulation, self.instances).id}


class DeleteJob(BaseModel):
    """A job vanishes, even a running one."""

    model_config = _STRICT
    act: Literal["delete_job"]
    job: str

    def carry_out(self, simulation: Simulation) -> Result:
        """Forget the job."""
        acts.delete_job(simulation, self.job)
        return {}


class TerminateInstance(BaseModel):
    """An instance is terminated in EC2 behind the back of DRS."""

    model_config = _STRICT
    act: Literal["terminate_instance"]
    instance: str

    def carry_out(self, simulation: Simulation) -> Result:
        """Terminate the instance."""
        acts.terminate_instance(simulation, self.instance)
        return {}


class Say(BaseModel):
    """DRS says a word instead of the truth, about one id or about all; null returns to the truth."""

    model_config = _STRICT
    act: Literal["say"]
    subject: Literal[tuple(subject.value for subject in Subject)]  # type: ignore[valid-type]
    word: str | None
    about: str = ANY

    def carry_out(self, simulation: Simulation) -> Result:
        """Put the word in force."""
        simulation.words.tell(Subject(self.subject), self.word, self.about)
        return {}


Act = Annotated[
    FailLaunch
    | SetReplication
    | StatusChecks
    | ForeignJob
    | ForeignTermination
    | DeleteJob
    | TerminateInstance
    | Say,
    Field(discriminator="act"),
]
_ADAPTER: TypeAdapter[Act] = TypeAdapter(Act)


class TimedAct(BaseModel):
    """An act of a scenario, with when it happens; see `TimedActModel` for how it is written."""

    model_config = _STRICT
    after_seconds: float = Field(ge=0, le=10 * 365 * 86_400)
    act: Act

    def servers(self) -> tuple[str, ...]:
        """Return the source servers that it names."""
        if isinstance(self.act, FailLaunch | SetReplication):
            return (self.act.server,)
        return tuple(self.act.servers) if isinstance(self.act, ForeignJob) else ()


def _apart(value: object) -> object:
    """Put the time on one side and the act, as POST /sim/act takes it, on the other."""
    if not isinstance(value, dict):
        return value
    return {
        **{name: one for name, one in value.items() if name == "after_seconds"},
        "act": {name: one for name, one in value.items() if name != "after_seconds"},
    }


TimedActModel = Annotated[TimedAct, BeforeValidator(_apart)]
"""`{after_seconds: …}` and beside it the members of the act."""


def carry_out(simulation: Simulation, body: bytes) -> Result:
    """Carry out an act given as JSON.

    Raises:
        ValueError: it is not an act.
        LookupError: it names something that does not exist.
        DrsError: DRS refuses it, as it would refuse the other operator.
    """
    act = _ADAPTER.validate_json(body)
    with simulation.lock:
        return act.carry_out(simulation)


def plan_acts(simulation: Simulation, timed_acts: Iterable[TimedAct]) -> None:
    """Let acts happen by themselves, so many seconds of service time from now."""
    with simulation.lock:
        now = simulation.clock.now()
        for timed in timed_acts:
            planned = PlannedAct(word=timed.act.act, due_at=now + timedelta(seconds=timed.after_seconds))
            simulation.planned_acts.append(planned)
            simulation.queue_act(planned.due_at, partial(_fall_due, simulation, timed.act, planned))


def _fall_due(simulation: Simulation, act: Act, planned: PlannedAct) -> None:
    """Carry out a planned act; one that cannot be must not be the failure of whoever happens to call."""
    try:
        planned.result = act.carry_out(simulation)
        planned.outcome = Outcome.DONE
    except (LookupError, DrsError) as error:
        text = f"{error.code}: {error.message}" if isinstance(error, DrsError) else str(error)
        planned.result = {"error": text}
        planned.outcome = Outcome.REFUSED
        _LOG.warning("the scenario's act %s was refused: %s", planned.word, text)
