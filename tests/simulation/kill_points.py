"""Tell a story, kill the console at chosen points, let a successor take the story up, look at AWS's truth."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from drs_desktop.domain.execution import AttemptStatus
from tests.helpers.engine_rig import Console
from tests.simulation.stories import Story, Telling

LIMIT = timedelta(hours=30)


@dataclass
class Told:
    """One telling: the points that were met, and where it was killed."""

    telling: Telling
    points: list[str] = field(default_factory=list)
    kills: list[str] = field(default_factory=list)
    virtual: timedelta = timedelta(0)
    end: str = ""
    """The status at the end, or `asks` when only a person can go on."""


def _asks(telling: Telling) -> bool:
    return any(
        attempt.status is AttemptStatus.ASK
        for execution_id in telling.rig.execution_ids
        for attempt in telling.rig.folded(execution_id).attempts
    )


async def told(story: Story, kills: Sequence[int] = (), *, is_checked: bool = True, **options: Any) -> Told:
    """Tell a story to its end, or, unchecked, until it asks a person.

    Args:
        kills: at which points to kill, counted from the start of the console that is then running.
        is_checked: whether the story must end as if undisturbed.
    """
    rig = story.rig(**options)
    result = Told(story.telling(rig))
    waiting = list(kills)
    struck: list[Console] = []
    met = 0

    def count(console: Console, name: str) -> None:
        nonlocal met
        met += 1
        result.points.append(name)
        if waiting and met == waiting[0]:
            struck.append(console)
            result.kills.append(name)
            console.strike()

    rig.on_point = count
    began = rig.clock.local_elapsed()
    for number in range(1, len(kills) + 2):
        met = 0
        struck.clear()
        console = await rig.console(f"driver-{number}")
        result.telling.console = console
        task = rig.begin(console, story.tell(result.telling))
        await rig.clock.run_until(
            lambda task=task: (
                bool(struck)
                or task.done()
                or bool(rig.check.problems or rig.problems)
                or (not is_checked and _asks(result.telling))
            ),
            LIMIT,
        )
        rig.assert_sound()
        if not struck:
            if task.done():
                task.result()
            break
        waiting.pop(0)
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
