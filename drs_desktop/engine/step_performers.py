"""How steps are carried out: one performer per kind, an open set behind one interface.

A performer only looks: it changes nothing in AWS, so that an attempt may be repeated after a crash.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.execution import Execution, ServerLaunch
from drs_desktop.domain.ids import RecoveryInstanceId, ServerKey
from drs_desktop.domain.ports import AwsAccess, Clock, Prober
from drs_desktop.domain.steps import STATUS_CHECKS, TCP_PROBE, StepExecution
from drs_desktop.engine.settings import EngineSettings


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """How an attempt of a step ended; `failed_servers` did not pass."""

    is_done: bool
    evidence: str
    failed_servers: tuple[ServerKey, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StepTools:
    """What performers work with."""

    aws: AwsAccess
    clock: Clock
    prober: Prober
    settings: EngineSettings


class StepPerformer(Protocol):
    """Carries out one attempt of a step."""

    async def perform(self, step: StepExecution, state: Execution, tools: StepTools) -> StepOutcome:
        """Return how the attempt ended.

        Raises:
            AwsError: AWS could not be asked; the attempt is repeated, it did not fail.
        """


def launched_servers(step: StepExecution, state: Execution) -> tuple[ServerLaunch, ...]:
    """Return the servers of the step's wave that launched and have an instance."""
    servers = state.wave(step.key.wave).servers.values()
    return tuple(server for server in servers if server.is_launched and server.recovery_instance_id)


class Ec2StatusChecks:
    """Waits until both EC2 status checks of every launched server are ok, or one is impaired."""

    async def perform(self, step: StepExecution, state: Execution, tools: StepTools) -> StepOutcome:
        """Look again and again; the step's time limit ends a wait that is too long."""
        servers = launched_servers(step, state)
        while True:
            checks = await self._checks(servers, tools)
            impaired = tuple(s.key for s in servers if _word(checks, s) == "impaired")
            if impaired:
                names = ", ".join(s.name for s in servers if s.key in impaired)
                return StepOutcome(
                    is_done=False, evidence=f"EC2 status checks failed on {names}", failed_servers=impaired
                )
            if all(_word(checks, server) == "ok" for server in servers):
                return StepOutcome(is_done=True, evidence=f"{len(servers)} passed their status checks")
            await tools.clock.sleep(tools.settings.slow_poll)

    async def _checks(
        self, servers: tuple[ServerLaunch, ...], tools: StepTools
    ) -> Mapping[RecoveryInstanceId, str]:
        found: dict[RecoveryInstanceId, str] = {}
        for scope in sorted({server.key.scope for server in servers}):
            ids = [s.recovery_instance_id for s in servers if s.key.scope == scope and s.recovery_instance_id]
            found |= await tools.aws.reader(scope).describe_instance_checks(ids)
        return found


def _word(checks: Mapping[RecoveryInstanceId, str], server: ServerLaunch) -> str:
    return checks.get(server.recovery_instance_id, "") if server.recovery_instance_id else ""


class TcpProbe:
    """Connects to a port of every launched server's private address."""

    async def perform(self, step: StepExecution, state: Execution, tools: StepTools) -> StepOutcome:
        """Try each server once; the step's retries and time limit do the rest."""
        servers = launched_servers(step, state)
        port = int(step.spec.setting("port"))
        addresses = await self._addresses(servers, tools)
        answers = await asyncio.gather(
            *(tools.prober.can_connect(addresses.get(s.key, ""), port) for s in servers)
        )
        deaf = tuple(s.key for s, answered in zip(servers, answers, strict=True) if not answered)
        if not deaf:
            return StepOutcome(is_done=True, evidence=f"port {port} answers on {len(servers)} servers")
        names = ", ".join(s.name for s in servers if s.key in deaf)
        return StepOutcome(
            is_done=False, evidence=f"port {port} does not answer on {names}", failed_servers=deaf
        )

    async def _addresses(self, servers: tuple[ServerLaunch, ...], tools: StepTools) -> dict[ServerKey, str]:
        found: dict[ServerKey, str] = {}
        own = {server.recovery_instance_id for server in servers}
        for scope in sorted({server.key.scope for server in servers}):
            ids = [s.key.source_server_id for s in servers if s.key.scope == scope]
            instances = await tools.aws.reader(scope).describe_recovery_instances(ids)
            # A server may have a second instance, an earlier one or somebody else's: not ours.
            found |= {i.server: i.private_ip for i in instances if i.recovery_instance_id in own}
        return found


STANDARD_PERFORMERS: Mapping[str, StepPerformer] = {STATUS_CHECKS: Ec2StatusChecks(), TCP_PROBE: TcpProbe()}


async def perform_step(
    performers: Mapping[str, StepPerformer], step: StepExecution, state: Execution, tools: StepTools
) -> StepOutcome:
    """Return the outcome of one attempt; while AWS cannot be asked, go on asking."""
    performer = performers.get(step.spec.kind)
    if performer is None:
        return StepOutcome(is_done=False, evidence=f"Nothing here can carry out a step {step.spec.kind!r}.")
    if step.attempt > 1:  # the same moment would give the same answer
        await tools.clock.sleep(tools.settings.slow_poll)
    while True:
        try:
            return await performer.perform(step, state, tools)
        except AwsError:
            await tools.clock.sleep(tools.settings.line_wait)
