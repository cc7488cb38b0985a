"""What a start would do and whether it may: read from AWS just now, changed nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from drs_desktop.domain.acceptance import Acceptance
from drs_desktop.domain.compute_facts import ComputeAccess
from drs_desktop.domain.errors import AwsError, DrsDesktopError, ValidationFailed
from drs_desktop.domain.execution import FrozenServer, FrozenWave, split_into_parts
from drs_desktop.domain.freeze import freeze_waves, scopes_of
from drs_desktop.domain.ids import AccountId, PlanId, ServerKey
from drs_desktop.domain.landing import Landing
from drs_desktop.domain.plan_forecast import expected_length
from drs_desktop.domain.point_in_time import LATEST, ChosenPoints, PointChoice
from drs_desktop.domain.ports import AwsAccess, Clock, WorkspaceRepository
from drs_desktop.domain.readiness import (
    Check,
    Level,
    PlanFacts,
    ReadinessFinding,
    check_plan,
    landed_servers,
    newest_points,
    replaced_servers,
)
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import DataReplicationState, SourceServer
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.plan_service import PlanService
from drs_desktop.services.readiness_reading import ReadinessReader
from drs_desktop.services.views import Finding, PlannedCall, PlannedServer, StartPreview

MoreChecks = Callable[[PlanFacts], Awaitable[Sequence[ReadinessFinding]]]
"""Checks of what is neither data nor EC2: permissions, other executions, the sign-in."""


@dataclass(frozen=True, kw_only=True)
class PreparedStart:
    """A checked start; `problem` is the AWS error that kept an essential check from being made."""

    preview: StartPreview
    waves: tuple[FrozenWave, ...]
    findings: tuple[ReadinessFinding, ...] = ()
    problem: AwsError | None = None


@dataclass(frozen=True, kw_only=True)
class PlannerParts:
    """What reads the facts beside DRS.

    Attributes:
        compute: what reads EC2; None where nothing is said about it.
        more: further checks, each made side by side with the others.
    """

    clock: Clock
    compute: ComputeAccess | None = None
    more: tuple[MoreChecks, ...] = field(default_factory=tuple)


class StartPlanner:
    """Prepares starts."""

    def __init__(
        self, aws: AwsAccess, repository: WorkspaceRepository, plans: PlanService, parts: PlannerParts
    ) -> None:
        self._repository = repository
        self._plans = plans
        self._parts = parts
        self._more = list(parts.more)
        self._last: dict[tuple[PlanId, ExecutionMode], StartPreview] = {}
        self.reader = ReadinessReader(aws, parts.clock, parts.compute)

    def also_check(self, check: MoreChecks) -> None:
        """Make one more check from now on."""
        self._more.append(check)

    def last(self, plan_id: PlanId, mode: ExecutionMode) -> StartPreview | None:
        """Return the newest report on a start from the newest data, if one was made."""
        return self._last.get((plan_id, mode))

    async def plan(self, plan_id: PlanId) -> RecoveryPlan:
        """Return a plan.

        Raises:
            NotFound: there is none with this id.
        """
        return await self._repository.plan(plan_id)

    async def plan_start(
        self, plan_id: PlanId, mode: ExecutionMode, *, attended: bool, choice: PointChoice = LATEST
    ) -> PreparedStart:
        """Resolve the plan's servers, read what stands in the way, and return it all."""
        plan = await self.plan(plan_id)
        groups = {group.group_id: group for group in await self._repository.groups()}
        reads = await asyncio.gather(*map(self.reader.servers_and_jobs, scopes_of(plan, groups)))
        servers = [server for read in reads for server in read.facts.servers]
        waves = freeze_waves(plan, groups, servers, attended=attended)
        reads = await asyncio.gather(*(self.reader.rest(read, waves, choice) for read in reads))
        facts = PlanFacts(
            plan=plan,
            groups=groups,
            waves=waves,
            mode=mode,
            scopes=[read.facts for read in reads],
            now=self._parts.clock.service_now(),
            choice=choice,
        )
        return await self._prepared(facts, next((read.error for read in reads if read.error), None))

    async def _prepared(self, facts: PlanFacts, problem: AwsError | None) -> PreparedStart:
        more = [*await self._own_checks(facts), *await self._further_checks(facts)]
        findings = check_plan(replace(facts, more=more))
        waves = pinned_waves(facts.waves, facts.chosen)
        accounts = {account.account_id: account.name for account in await self._repository.accounts()}
        preview = StartPreview(
            plan_id=facts.plan.plan_id,
            plan_name=facts.plan.name,
            plan_revision=facts.plan.revision,
            mode=facts.mode,
            findings=tuple(map(finding_view, findings)),
            calls=planned_calls(waves, accounts),
            replaced_instances=replaced_servers(waves, facts.scopes),
            servers=planned_servers(facts),
            made_at=facts.now,
            expected=expected_length(facts.waves, facts.servers),
        )
        if facts.choice.is_latest:
            self._last[facts.plan.plan_id, facts.mode] = preview
        return PreparedStart(preview=preview, waves=waves, findings=findings, problem=problem)

    async def _own_checks(self, facts: PlanFacts) -> tuple[ReadinessFinding, ...]:
        live = (await self._plans.live_executions()).get(facts.plan.name)
        if live is None:
            return ()
        text = f"Execution {live} of this plan is live."
        return (ReadinessFinding(level=Level.FAILED, text=text, fix="End it first.", check=Check.OVERLAP),)

    async def _further_checks(self, facts: PlanFacts) -> list[ReadinessFinding]:
        answers = await asyncio.gather(*(_tried(check, facts) for check in self._more))
        return [finding for answer in answers for finding in answer]


async def _tried(check: MoreChecks, facts: PlanFacts) -> Sequence[ReadinessFinding]:
    """Return what a check found, or that it could not be made: none of these is essential for a start."""
    try:
        return await check(facts)
    except DrsDesktopError as error:
        text = f"A check could not be made: {error}"
        return (ReadinessFinding(level=Level.NOT_CHECKED, text=text, is_essential=False),)


# ---- what a person accepted


def acceptances(
    findings: Sequence[ReadinessFinding], accepted: Mapping[str, str], refusal: str
) -> tuple[Acceptance, ...]:
    """Return what a person accepted of these findings, with the reasons.

    Args:
        accepted: by the word of a finding: the reason.
        refusal: how a sentence begins that says why nothing was started.

    Raises:
        ValidationFailed: something stands against the start, or waits for a reason.
    """
    reasons = {word: reason.strip() for word, reason in accepted.items() if reason.strip()}
    standing = [finding for finding in findings if finding.hinders(reasons)]
    if standing:
        raise ValidationFailed(f"{refusal} {' '.join(_refused(finding) for finding in standing)}")
    return tuple(
        Acceptance(accept=one.accept.value, text=one.text, reason=reasons[one.accept])
        for one in findings
        if one.accept is not None
    )


def _refused(finding: ReadinessFinding) -> str:
    if finding.accept is None:
        return finding.sentence
    return f"{finding.sentence} (Nobody has accepted {finding.accept} with a reason.)"


# ---- what is shown


def finding_view(finding: ReadinessFinding) -> Finding:
    """Return a finding as it is shown."""
    return Finding(
        level=finding.level.value,
        text=finding.text,
        fix=finding.fix,
        check=finding.check.value,
        accept=finding.accept.value if finding.accept else "",
        is_essential=finding.is_essential,
    )


def pinned_waves(waves: Sequence[FrozenWave], chosen: ChosenPoints) -> tuple[FrozenWave, ...]:
    """Return the waves with the chosen points in time frozen into their servers."""
    return tuple(replace(wave, servers=tuple(_pinned(s, chosen) for s in wave.servers)) for wave in waves)


def _pinned(server: FrozenServer, chosen: ChosenPoints) -> FrozenServer:
    point = chosen.points.get(server.key)
    if point is None:
        return server
    return replace(server, snapshot_id=point.snapshot_id, data_at=point.taken_at)


def planned_servers(facts: PlanFacts) -> tuple[PlannedServer, ...]:
    """Return every server of a start with what it would be made from and where it would land."""
    known, landed, chosen = facts.servers, landed_servers(facts), facts.chosen
    newest = newest_points(facts)
    return tuple(
        _planned(
            PlannedServer(
                key=server.key,
                name=server.name,
                wave=wave.number,
                replication_state=DataReplicationState.UNKNOWN,
                data_at=newest.get(server.key),
            ),
            known.get(server.key),
            landed.get(server.key),
            chosen.points.get(server.key),
        )
        for wave in facts.waves
        for server in wave.servers
    )


def _planned(
    begun: PlannedServer,
    server: SourceServer | None,
    landing: Landing | None,
    point: RecoverySnapshot | None,
) -> PlannedServer:
    if server is not None:
        begun = replace(begun, replication_state=server.replication_state, lag=server.lag)
    if landing is not None:
        subnet = landing.subnet
        begun = replace(
            begun,
            instance_type=landing.instance_type,
            vpc_id=subnet.vpc_id if subnet else "",
            subnet_id=subnet.subnet_id if subnet else "",
            private_ip=landing.private_ip,
        )
    return begun if point is None else replace(begun, snapshot_id=point.snapshot_id, data_at=point.taken_at)


def planned_calls(
    waves: tuple[FrozenWave, ...], accounts: Mapping[AccountId, str]
) -> tuple[PlannedCall, ...]:
    """Return the StartRecovery calls that a start would make, in the order of the waves."""
    calls: list[PlannedCall] = []
    for wave in waves:
        names: dict[ServerKey, str] = {server.key: server.name for server in wave.servers}
        for part in split_into_parts(wave.number, tuple(names)):
            scope = part.key.scope
            calls.append(
                PlannedCall(
                    wave=wave.number,
                    wave_name=wave.name,
                    scope=scope,
                    account_name=accounts.get(scope.account_id, scope.account_id),
                    server_names=tuple(sorted(names[key] for key in part.servers)),
                )
            )
    return tuple(calls)
