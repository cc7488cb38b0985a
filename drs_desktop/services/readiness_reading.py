"""Reads what a readiness report rests on: few calls, and no failed read hides another.

Two things DRS tells of one server at a time only: its launch configuration and its points in time. The first
is read once and kept for a while; the second is read only where it decides something.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from drs_desktop.domain.compute_facts import (
    Aspect,
    ComputeAccess,
    ComputeFacts,
    ComputeReader,
    LaunchConfiguration,
    LaunchTemplate,
)
from drs_desktop.domain.errors import AwsError, DrsDesktopError, NotFound
from drs_desktop.domain.execution import FrozenWave
from drs_desktop.domain.ids import Scope, ServerKey, SourceServerId
from drs_desktop.domain.landing import landings
from drs_desktop.domain.point_in_time import PointChoice, wanted_of
from drs_desktop.domain.ports import AwsAccess, Clock
from drs_desktop.domain.readiness_data import needs_its_points
from drs_desktop.domain.readiness_finding import ScopeFacts, all_servers
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer

KEPT = timedelta(minutes=10)
"""How long a launch configuration is taken to be as it was read, in service time."""
PATIENCE = timedelta(seconds=60)
"""How long one question about EC2 is waited for, in real time: none is worth more before a recovery."""
_AT_ONCE = 16
"""As many servers are asked about side by side as there are threads for reads."""
_ENOUGH_FAILURES = 5
"""After so many nobody is asked any more: the others would fail alike, and each may take long."""
_UNREAD = (AwsError, NotFound)

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class ScopeRead:
    """What was read of one account and Region; `error` is what kept servers, jobs or instances from it."""

    facts: ScopeFacts
    error: AwsError | None = None


class ReadinessReader:
    """Reads the facts of accounts and Regions."""

    def __init__(
        self,
        aws: AwsAccess,
        clock: Clock,
        compute: ComputeAccess | None,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Take what reads AWS; without `compute` nothing is said about EC2."""
        self._aws = aws
        self._clock = clock
        self._compute = compute
        self.patience = patience
        self._kept: dict[ServerKey, tuple[datetime, LaunchConfiguration]] = {}

    def forget(self) -> None:
        """Read every launch configuration afresh at the next report: somebody has changed some."""
        self._kept.clear()

    async def servers_and_jobs(self, scope: Scope) -> ScopeRead:
        """Read all source servers and jobs of an account and Region."""
        try:
            reader = self._aws.reader(scope)
            servers, jobs = await asyncio.gather(reader.describe_source_servers(), reader.describe_jobs())
        except _UNREAD as error:
            return _unread(ScopeFacts(scope=scope), error)
        return ScopeRead(facts=ScopeFacts(scope=scope, servers=servers, jobs=jobs))

    async def rest(self, read: ScopeRead, waves: Sequence[FrozenWave], choice: PointChoice) -> ScopeRead:
        """Read what concerns the servers of the waves: instances, points in time, EC2."""
        fact = read.facts
        known = {server.key: server for server in fact.servers}
        mine = [known[one.key] for one in all_servers(waves) if one.key in known]
        if not mine or fact.problem:
            return read
        with_instances, (snapshots, unread), compute = await asyncio.gather(
            self._instances(fact, mine),
            self._snapshots(fact.scope, self._in_question(mine, waves, choice)),
            self._compute_facts(fact.scope, mine),
        )
        facts = replace(with_instances.facts, snapshots=snapshots, unread_snapshots=unread, compute=compute)
        return replace(with_instances, facts=facts)

    async def _instances(self, fact: ScopeFacts, mine: Sequence[SourceServer]) -> ScopeRead:
        ids = [server.key.source_server_id for server in mine]
        try:
            instances = await self._aws.reader(fact.scope).describe_recovery_instances(ids)
        except _UNREAD as error:
            return _unread(fact, error)
        return ScopeRead(facts=replace(fact, instances=instances))

    # ---- points in time

    def _in_question(
        self, mine: Sequence[SourceServer], waves: Sequence[FrozenWave], choice: PointChoice
    ) -> list[ServerKey]:
        wanted = wanted_of(choice, all_servers(waves))
        return [server.key for server in mine if server.key in wanted or needs_its_points(server)]

    async def _snapshots(
        self, scope: Scope, keys: Sequence[ServerKey]
    ) -> tuple[dict[ServerKey, tuple[RecoverySnapshot, ...]], dict[ServerKey, str]]:
        found = await _each(keys, lambda key: self._points_of(scope, key.source_server_id))
        return (
            {key: one for key, one in found.items() if not isinstance(one, DrsDesktopError)},
            {key: str(one) for key, one in found.items() if isinstance(one, DrsDesktopError)},
        )

    async def _points_of(self, scope: Scope, server_id: SourceServerId) -> tuple[RecoverySnapshot, ...]:
        return await self._aws.reader(scope).describe_recovery_snapshots(server_id)

    # ---- EC2

    async def _compute_facts(self, scope: Scope, mine: Sequence[SourceServer]) -> ComputeFacts | None:
        if self._compute is None:
            return None
        try:
            reader = self._compute.compute(scope)
        except _UNREAD as error:
            return ComputeFacts(scope=scope, problems=dict.fromkeys(Aspect, str(error)))
        return await _Survey(reader, scope, self).facts(mine)

    async def configurations(
        self, reader: ComputeReader, keys: Sequence[ServerKey]
    ) -> dict[ServerKey, LaunchConfiguration | DrsDesktopError]:
        """Return the launch configuration of each server, or why it could not be read."""
        now = self._clock.service_now()
        fresh = {key: one for key, (at, one) in self._kept.items() if timedelta(0) <= now - at < KEPT}
        missing = [key for key in keys if key not in fresh]
        read = await _each(missing, lambda key: reader.launch_configuration(key.source_server_id))
        for key, one in read.items():
            if not isinstance(one, DrsDesktopError):
                self._kept[key] = (now, one)
        return {**{key: fresh[key] for key in keys if key in fresh}, **read}


class _Survey:
    """One look at EC2 in one account and Region."""

    def __init__(self, reader: ComputeReader, scope: Scope, owner: ReadinessReader) -> None:
        self._reader = reader
        self._scope = scope
        self._owner = owner
        self._problems: dict[Aspect, str] = {}

    async def facts(self, mine: Sequence[SourceServer]) -> ComputeFacts:
        """Read it all: what does not depend on each other side by side."""
        settings, templates, quotas, running, profiles = await asyncio.gather(
            self._settings([server.key for server in mine]),
            self._tried(Aspect.TEMPLATES, self._reader.default_templates(), {}),
            self._tried(Aspect.QUOTAS, self._reader.vcpu_quotas(), {}),
            self._tried(Aspect.RUNNING, self._reader.running_types(), {}),
            self._tried(Aspect.PROFILES, self._reader.instance_profiles(), frozenset[str]()),
        )
        begun = ComputeFacts(
            scope=self._scope,
            settings=settings,
            templates=templates,
            profiles=profiles,
            running=running,
            quotas=quotas,
            problems=self._problems,
        )
        return await self._with_what_templates_name(begun, mine)

    async def _with_what_templates_name(
        self, begun: ComputeFacts, mine: Sequence[SourceServer]
    ) -> ComputeFacts:
        used = _templates_used(begun)
        types = {one.instance_type for one in landings(begun, mine) if one.instance_type} | set(begun.running)
        subnets, groups, vcpus = await asyncio.gather(
            self._tried(
                Aspect.SUBNETS, self._reader.subnets(sorted({t.subnet_id for t in used if t.subnet_id})), {}
            ),
            self._tried(
                Aspect.SECURITY_GROUPS,
                self._reader.security_groups(sorted({g for t in used for g in t.security_group_ids})),
                {},
            ),
            self._tried(Aspect.TYPES, self._reader.vcpus_of(sorted(types)), {}),
        )
        return replace(begun, subnets=subnets, security_groups=groups, vcpus=vcpus, problems=self._problems)

    async def _settings(self, keys: Sequence[ServerKey]) -> dict[ServerKey, LaunchConfiguration]:
        found = await self._owner.configurations(self._reader, keys)
        failed = [one for one in found.values() if isinstance(one, DrsDesktopError)]
        if failed:
            of = "" if len(failed) == len(keys) else f" ({len(failed)} of {len(keys)} servers)"
            self._problems[Aspect.SETTINGS] = f"{failed[0]}{of}"
        return {key: one for key, one in found.items() if not isinstance(one, DrsDesktopError)}

    async def _tried(self, aspect: Aspect, read: Awaitable[_T], nothing: _T) -> _T:
        try:
            async with asyncio.timeout(self._owner.patience.total_seconds()):
                return await read
        except TimeoutError:
            self._problems[aspect] = "No answer came in time."
        except _UNREAD as error:
            self._problems[aspect] = str(error)
        return nothing


def _templates_used(facts: ComputeFacts) -> list[LaunchTemplate]:
    ids: Iterable[str] = {one.template_id for one in facts.settings.values()}
    return [facts.templates[one] for one in sorted(ids) if one in facts.templates]


async def _each(
    keys: Sequence[ServerKey], read: Callable[[ServerKey], Awaitable[_T]]
) -> Mapping[ServerKey, _T | DrsDesktopError]:
    """Return what was read of each server, or why it could not be."""
    turns = asyncio.Semaphore(_AT_ONCE)
    failures: list[DrsDesktopError] = []

    async def one(key: ServerKey) -> _T | DrsDesktopError:
        async with turns:
            if len(failures) >= _ENOUGH_FAILURES:
                return failures[-1]
            try:
                return await read(key)
            except _UNREAD as error:
                failures.append(error)
                return error

    answers = await asyncio.gather(*(one(key) for key in keys))
    return dict(zip(keys, answers, strict=True))


def _unread(fact: ScopeFacts, error: DrsDesktopError) -> ScopeRead:
    found = replace(fact, problem=str(error))
    return ScopeRead(facts=found, error=error if isinstance(error, AwsError) else None)
