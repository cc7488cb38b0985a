"""Whether what is wanted would launch: the network is read, and every server is put to all checks."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from drs_desktop.domain.address_checks import (
    NetworkFacts,
    SettingFinding,
    SettingProblem,
    Subnet,
    check_settings,
    duplicate_addresses,
    overwritten_type,
)
from drs_desktop.domain.errors import AwsError, DrsDesktopError
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.launch_changes import resulting
from drs_desktop.domain.launch_ports import LaunchAccess, LaunchReader
from drs_desktop.domain.launch_records import ObservedLaunch
from drs_desktop.domain.launch_settings import LaunchSettings
from drs_desktop.services.launch_shelf import ShelfServer

_T = TypeVar("_T")
Findings = dict[ServerKey, tuple[SettingFinding, ...]]


class LaunchChecker:
    """Checks launch settings against the network of their account and Region."""

    def __init__(self, access: LaunchAccess) -> None:
        self._access = access

    async def facts(self, scope: Scope, settings: Sequence[LaunchSettings]) -> NetworkFacts:
        """Read what these settings are checked against; what could not be read is None."""
        try:
            reader = self._access.launch_reader(scope)
        except DrsDesktopError:
            return NetworkFacts()
        subnets, groups, types, profiles = await asyncio.gather(
            _subnets(reader, settings),
            _tried(reader.describe_security_group_vpcs()),
            _types(reader, settings),
            _tried(reader.list_instance_profiles()),
        )
        return NetworkFacts(
            subnets=subnets, security_group_vpcs=groups, instance_types=types, instance_profiles=profiles
        )

    async def findings(
        self,
        servers: Sequence[ShelfServer],
        everybody: Sequence[ShelfServer],
        observed: Mapping[ServerKey, ObservedLaunch],
        *,
        ask_aws: bool = True,
    ) -> Findings:
        """Return what is wrong with each of these servers, or could not be checked.

        Args:
            everybody: all servers known, among whose addresses none may stand twice.
            observed: what stands in AWS where nothing else is wanted.
            ask_aws: whether the network is read; it counts as not looked up otherwise.
        """
        ordered = sorted(servers, key=lambda one: one.key)
        scopes = [(scope, list(found)) for scope, found in groupby(ordered, key=lambda one: one.key.scope)]
        after = {one.key: _after(one, observed) for one in (*everybody, *servers)}
        unseen = {one.key for one in servers if one.key not in observed}
        own = {one.key: one.machine.private_ip for one in (*everybody, *servers)}
        found = await asyncio.gather(
            *(self._in_scope(scope, some, after, ask_aws=ask_aws) for scope, some in scopes)
        )
        doubled = _doubled([scope for scope, _ in scopes], after, own)
        return {
            key: (
                *(without_type_unknown(told) if key in unseen else told),
                *((doubled[key],) if key in doubled else ()),
            )
            for part in found
            for key, told in part.items()
        }

    async def _in_scope(
        self,
        scope: Scope,
        servers: Sequence[ShelfServer],
        after: Mapping[ServerKey, LaunchSettings],
        *,
        ask_aws: bool,
    ) -> Findings:
        settings = [after[one.key] for one in servers]
        facts = await self.facts(scope, settings) if ask_aws else NetworkFacts()
        return {one.key: _of_server(one, after[one.key], facts) for one in servers}


def without_type_unknown(findings: Iterable[SettingFinding]) -> tuple[SettingFinding, ...]:
    """Return the findings without that of a missing type: a template that was not seen may name one."""
    return tuple(one for one in findings if one.problem is not SettingProblem.NO_INSTANCE_TYPE)


def _after(server: ShelfServer, observed: Mapping[ServerKey, ObservedLaunch]) -> LaunchSettings:
    seen = observed.get(server.key)
    return resulting(seen.settings if seen else None, server.wanted)


def _of_server(server: ShelfServer, after: LaunchSettings, facts: NetworkFacts) -> tuple[SettingFinding, ...]:
    overwritten = overwritten_type(server.wanted, after)
    return (*check_settings(after, facts, server.machine), *((overwritten,) if overwritten else ()))


def _doubled(
    scopes: Iterable[Scope], after: Mapping[ServerKey, LaunchSettings], own: Mapping[ServerKey, str]
) -> dict[ServerKey, SettingFinding]:
    found: dict[ServerKey, SettingFinding] = {}
    for scope in scopes:
        found |= duplicate_addresses({key: one for key, one in after.items() if key.scope == scope}, own)
    return found


async def _tried(read: Awaitable[_T]) -> _T | None:
    try:
        return await read
    except AwsError:
        return None


async def _subnets(reader: LaunchReader, settings: Sequence[LaunchSettings]) -> dict[str, Subnet] | None:
    """Return all subnets, and the holders of addresses in those that static addresses lie in."""
    found = await _tried(reader.describe_subnets())
    if found is None:
        return None
    crowded = {one.subnet_id for one in settings if one.static_private_ip and one.subnet_id in found}
    holders = await _tried(reader.describe_address_holders([one for one in crowded if one]))
    return {
        subnet_id: replace(subnet, held=None if holders is None else holders.get(subnet_id, {}))
        for subnet_id, subnet in found.items()
    }


async def _types(reader: LaunchReader, settings: Sequence[LaunchSettings]) -> frozenset[str] | None:
    asked = {one.instance_type for one in settings if one.instance_type}
    return await _tried(reader.describe_offered_types(asked)) if asked else frozenset()
