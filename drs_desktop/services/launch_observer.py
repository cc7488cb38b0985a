"""What AWS has of launch settings: read now, or as it was seen last where that cannot be."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from drs_desktop.domain.errors import AccessDenied, AwsError, AwsUnreachable, DrsDesktopError, SignInNeeded
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.launch_documents import LaunchSettingsStore
from drs_desktop.domain.launch_ports import (
    LaunchAccess,
    LaunchConfiguration,
    LaunchReader,
    TemplateVersion,
)
from drs_desktop.domain.launch_records import ObservedLaunch
from drs_desktop.domain.launch_settings import overlaid
from drs_desktop.domain.ports import Clock

READS_AT_ONCE = 16
"""How many servers of an account and Region are read side by side."""
_OF_THE_WHOLE_SCOPE = (AccessDenied, AwsUnreachable, SignInNeeded)
"""What fails for one server of these fails for all, so the rest is not asked."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of some servers, and why not more or nothing newer."""

    observed: dict[ServerKey, ObservedLaunch] = field(default_factory=dict)
    problems: dict[ServerKey, str] = field(default_factory=dict)

    def fresh(self, key: ServerKey) -> ObservedLaunch | None:
        """Return what was seen just now, and nothing older."""
        return None if key in self.problems else self.observed.get(key)

    def but(self, newer: "Seen") -> "Seen":
        """Return what is known once some of the servers were looked at again."""
        looked = {*newer.observed, *newer.problems}
        problems = {key: text for key, text in self.problems.items() if key not in looked}
        return Seen(observed={**self.observed, **newer.observed}, problems={**problems, **newer.problems})


class LaunchObserver:
    """Looks at launch settings, and remembers what it saw."""

    def __init__(self, access: LaunchAccess, store: LaunchSettingsStore, clock: Clock) -> None:
        self._access = access
        self._store = store
        self._clock = clock

    async def stored(self) -> Seen:
        """Return what was seen last, without asking AWS."""
        return Seen(observed=await self._store.observed())

    async def look(self, keys: Iterable[ServerKey]) -> Seen:
        """Read these servers now; of one that cannot be read, the last look stands, with the reason."""
        ordered = sorted(set(keys))
        scopes = [(scope, list(found)) for scope, found in groupby(ordered, key=lambda key: key.scope)]
        looks = await asyncio.gather(*(self._look_in(scope, found) for scope, found in scopes))
        fresh = {key: one for look in looks for key, one in look.observed.items()}
        await self._store.remember(tuple(fresh.values()))
        older = {key: one for key, one in (await self._store.observed()).items() if key in set(ordered)}
        problems = {key: text for look in looks for key, text in look.problems.items()}
        return Seen(observed={**older, **fresh}, problems=problems)

    async def look_at(self, key: ServerKey) -> ObservedLaunch:
        """Read one server now.

        Raises:
            AwsError: it cannot be read.
        """
        reader = self._access.launch_reader(key.scope)
        configuration = await reader.get_launch_configuration(key.source_server_id)
        versions = await reader.describe_default_versions([configuration.template_id])
        return self._observed(key, configuration, versions.get(configuration.template_id))

    async def _look_in(self, scope: Scope, keys: Sequence[ServerKey]) -> Seen:
        try:
            reader = self._access.launch_reader(scope)
            found, problems = await self._configurations(reader, keys)
            versions = await reader.describe_default_versions({one.template_id for one in found.values()})
        except DrsDesktopError as error:
            return Seen(problems=dict.fromkeys(keys, str(error)))
        observed = {
            key: self._observed(key, one, versions.get(one.template_id)) for key, one in found.items()
        }
        return Seen(observed=observed, problems=problems)

    async def _configurations(
        self, reader: LaunchReader, keys: Sequence[ServerKey]
    ) -> tuple[dict[ServerKey, LaunchConfiguration], dict[ServerKey, str]]:
        found: dict[ServerKey, LaunchConfiguration] = {}
        problems: dict[ServerKey, str] = {}
        limit = asyncio.Semaphore(READS_AT_ONCE)
        spent: list[AwsError] = []

        async def read(key: ServerKey) -> None:
            async with limit:
                if spent:
                    problems[key] = str(spent[0])
                    return
                try:
                    found[key] = await reader.get_launch_configuration(key.source_server_id)
                except AwsError as error:
                    problems[key] = str(error)
                    if isinstance(error, _OF_THE_WHOLE_SCOPE):
                        spent.append(error)

        await asyncio.gather(*(read(key) for key in keys))
        return found, problems

    def _observed(
        self, key: ServerKey, configuration: LaunchConfiguration, version: TemplateVersion | None
    ) -> ObservedLaunch:
        settings = configuration.settings
        return ObservedLaunch(
            key=key,
            settings=overlaid(settings, version.settings) if version else settings,
            template_id=configuration.template_id,
            template_version=version.version if version else 0,
            observed_at=self._clock.service_now(),
        )
