"""Tell a story, kill the console at chosen moments, let a successor take the story up, look at AWS's truth.

A moment is a port call (before it, and after its effect but before its answer) or, when asked for, a pass of
an `await`. Memory dies with the console: two moments at which the database, AWS, the clock and what the
operator knows are the same are one and the same kill. `World` is all of that, so that kills can be counted.
"""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from drs_desktop.domain.execution import AttemptStatus
from tests.helpers.engine_rig import Console
from tests.simulation.await_sites import Site, passing
from tests.simulation.stories import Story, Telling

LIMIT = timedelta(hours=30)
World = Hashable


@dataclass
class Told:
    """One telling: the moments that were met, console by console, and where it was killed."""

    telling: Telling
    points: list[str] = field(default_factory=list)
    legs: list[list[World]] = field(default_factory=list)
    """For each console, the world at each of its moments."""
    kills: list[str] = field(default_factory=list)
    virtual: timedelta = timedelta(0)
    end: str = ""
    """The status at the end, or `asks` when only a person can go on."""


def world_of(telling: Telling) -> World:
    """Return what outlives a kill at this moment; nothing in it ever shrinks, so counting tells it apart."""
    rig, store = telling.rig, telling.rig.store
    return (
        rig.clock.local_elapsed(),
        len(store.events),
        tuple((row.owner, row.epoch, row.expires_at) for row in store.leases.values()),
        sum(1 + (row.answer is not None) for row in store.commands.values()),
        (len(rig.calls), sum(map(len, rig.made.values())), len(rig.prober.asked)),
        frozenset(telling.done),
    )


def distinct(worlds: Sequence[World], known: Sequence[World] = ()) -> list[int]:
    """Return the numbers, from 1, of the first moment in each world that is not known."""
    seen = set(known)
    found = []
    for number, world in enumerate(worlds, start=1):
        if world not in seen:
            seen.add(world)
            found.append(number)
    return found


def _asks(telling: Telling) -> bool:
    return any(
        attempt.status is AttemptStatus.ASK
        for execution_id in telling.rig.execution_ids
        for attempt in telling.rig.folded(execution_id).attempts
    )


class _Narrator:
    """Counts the moments of the console that runs, and strikes it at the chosen one."""

    def __init__(self, result: Told, kills: Sequence[int]) -> None:
        self._result, self._waiting = result, list(kills)
        self.console: Console
        self.has_struck = False

    def sit_down(self, console: Console) -> None:
        self.console, self.has_struck = console, False
        self._result.legs.append([])

    def meet_point(self, console: Console, name: str) -> None:
        if console is self.console:
            self.meet(name)

    def meet_site(self, site: Site) -> None:
        if self.console.is_alive:
            self.meet(site.name)

    def meet(self, name: str) -> None:
        leg = self._result.legs[-1]
        leg.append(world_of(self._result.telling))
        self._result.points.append(name)
        if self._waiting and len(leg) == self._waiting[0]:
            self._waiting.pop(0)
            self._result.kills.append(name)
            self.has_struck = True
            self.console.strike()


@contextmanager
def _narrated(result: Told, kills: Sequence[int], *, awaits: bool) -> Iterator[_Narrator]:
    narrator = _Narrator(result, kills)
    result.telling.rig.on_point = narrator.meet_point
    with passing(narrator.meet_site) if awaits else nullcontext():
        yield narrator


async def told(
    story: Story, kills: Sequence[int] = (), *, is_checked: bool = True, awaits: bool = False, **options: Any
) -> Told:
    """Tell a story to its end, or, unchecked, until it asks a person.

    Args:
        kills: at which moments to kill, counted from the start of the console that is then running.
        is_checked: whether the story must end as if undisturbed.
        awaits: whether each pass of an `await` of the engine and the journal is a moment too.
    """
    rig = story.rig(**options)
    result = Told(story.telling(rig))
    began = rig.clock.local_elapsed()
    with _narrated(result, kills, awaits=awaits) as narrator:
        for number in range(1, len(kills) + 2):
            console = await rig.console(f"driver-{number}")
            narrator.sit_down(console)
            await _one_console(story, result, narrator, is_checked=is_checked)
            if not narrator.has_struck:
                break
            await console.kill()
            rig.assert_sound()
    rig.assert_sound()
    if is_checked:
        story.check(result.telling)
    end = result.telling.state.end_status
    result.end = end.value if end else "asks"
    result.virtual = rig.clock.local_elapsed() - began
    await rig.close()
    return result


async def _one_console(story: Story, result: Told, narrator: _Narrator, *, is_checked: bool) -> None:
    """Let a console tell until the end, or until it is struck or anything is wrong."""
    rig = result.telling.rig
    result.telling.console = narrator.console
    task = rig.begin(narrator.console, story.tell(result.telling))
    await rig.clock.run_until(
        lambda: (
            narrator.has_struck
            or task.done()
            or bool(rig.check.problems or rig.problems)
            or (not is_checked and _asks(result.telling))
        ),
        LIMIT,
    )
    rig.assert_sound()
    if task.done() and not narrator.has_struck:
        task.result()
