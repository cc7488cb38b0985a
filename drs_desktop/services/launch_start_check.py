"""At a start, launch settings are only compared with AWS: nothing is written unasked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.launch_settings import settings_differences
from drs_desktop.domain.readiness import Check, Level, PlanFacts, ReadinessFinding
from drs_desktop.domain.readiness_finding import all_servers, servers_counted, some
from drs_desktop.services.launch_observer import LaunchObserver, Seen
from drs_desktop.services.launch_shelf import LaunchShelf, ShelfServer

LONGEST = timedelta(seconds=30)
"""How long a start waits for this comparison, in real time; what it did not see then is not checked."""
_AT_ONCE = 50


@dataclass(frozen=True, kw_only=True)
class LaunchStartCheck:
    """Compares what is kept for the servers of a plan with what a launch would follow."""

    shelf: LaunchShelf
    observer: LaunchObserver
    longest: timedelta = LONGEST

    async def findings(self, facts: PlanFacts) -> Sequence[ReadinessFinding]:
        """Return a line for the servers that are as wanted, are not, or could not be compared."""
        keys = {server.key for server in all_servers(facts.waves)}
        shelf = await self.shelf.read()
        servers = [one for one in shelf.of_keys(keys) if one.is_configured]
        if not servers:
            return ()
        return _findings(servers, await self._look(servers))

    async def _look(self, servers: Sequence[ShelfServer]) -> Seen:
        """Look at the servers some at a time, so that what was seen in time counts."""
        text = f"AWS took longer than {self.longest.total_seconds():g} s."
        keys = [one.key for one in servers]
        seen = Seen(problems=dict.fromkeys(keys, text))
        try:
            async with asyncio.timeout(self.longest.total_seconds()):
                for start in range(0, len(keys), _AT_ONCE):
                    seen = seen.but(await self.observer.look(keys[start : start + _AT_ONCE]))
        except TimeoutError:
            pass
        return seen


def _findings(servers: Sequence[ShelfServer], seen: Seen) -> tuple[ReadinessFinding, ...]:
    unseen = [one for one in servers if seen.fresh(one.key) is None]
    differing = {one: told for one in servers if (told := _differences(one, seen))}
    well = len(servers) - len(unseen) - len(differing)
    return (
        *((_unlike(differing),) if differing else ()),
        *((_not_compared(unseen, seen),) if unseen else ()),
        *((_as_kept(well),) if well else ()),
    )


def _differences(server: ShelfServer, seen: Seen) -> tuple[str, ...]:
    observed = seen.fresh(server.key)
    return settings_differences(observed.settings, server.wanted) if observed else ()


def _unlike(differing: Mapping[ShelfServer, tuple[str, ...]]) -> ReadinessFinding:
    first, told = min(differing.items(), key=lambda pair: pair[0].name)
    names = some(sorted(one.name for one in differing))
    return ReadinessFinding(
        level=Level.WARNING,
        text=f"In AWS the launch settings of {servers_counted(len(differing))} are not those kept here: "
        f"{names}. {first.name}: {' '.join(told)}",
        fix="They launch as AWS has it. `launch-settings apply` writes what is kept; a start writes nothing.",
        check=Check.TEMPLATES,
    )


def _not_compared(unseen: Sequence[ShelfServer], seen: Seen) -> ReadinessFinding:
    reason = seen.problems.get(unseen[0].key, "AWS gave no answer.")
    return ReadinessFinding(
        level=Level.NOT_CHECKED,
        text=f"The launch settings of {servers_counted(len(unseen))} could not be compared with those kept "
        f"here: {some(sorted(one.name for one in unseen))}. {reason}",
        check=Check.TEMPLATES,
        is_essential=False,
    )


def _as_kept(count: int) -> ReadinessFinding:
    text = f"In AWS the launch settings of {servers_counted(count)} are those kept here."
    return ReadinessFinding(level=Level.PASSED, text=text, check=Check.TEMPLATES)
