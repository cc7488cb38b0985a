"""A campaign: one story told again and again, each time killed elsewhere."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from tests.simulation.kill_points import told
from tests.simulation.stories import Story

_DECISIVE = ("StartRecovery", "TerminateRecoveryInstances", "actor")


def decisive(points: Sequence[str]) -> list[int]:
    """Return the numbers of the points around calls that change AWS, and of the first of every other kind."""
    first = {name: number for number, name in reversed(list(enumerate(points, start=1)))}
    around = {number for number, name in enumerate(points, start=1) if name.startswith(_DECISIVE)}
    return sorted(around | set(first.values()))


def on_new_loop(work: Callable[[], Any]) -> Any:
    """Run one telling on a loop of its own."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(work())


class Campaign:
    """Many tellings of a story, each killed elsewhere, and what they were."""

    def __init__(self, story: Story, **options: Any) -> None:
        self.story, self.options = story, options
        self.kinds: Counter[str] = Counter()
        self.tellings = self.kills = 0
        self.virtual = timedelta(0)

    def points(self) -> list[str]:
        """Return the points of the undisturbed story."""
        return list(on_new_loop(lambda: told(self.story, **self._options())).points)

    def kill_at(self, kills: Iterable[tuple[int, ...]]) -> None:
        """Tell it once for each tuple of points."""
        for where in kills:
            try:
                result = on_new_loop(lambda where=where: told(self.story, where, **self._options()))
            except AssertionError as error:
                raise AssertionError(f"{self.story.name!r}, killed at points {where}: {error}") from error
            self.tellings += 1
            self.kills += len(result.kills)
            self.kinds.update(result.kills)
            self.virtual += result.virtual

    def _options(self) -> dict[str, Any]:
        return {name: make() for name, make in self.options.items()}

    def __str__(self) -> str:
        hours = self.virtual.total_seconds() / 3600
        return (
            f"{self.tellings} tellings, {self.kills} kills of {len(self.kinds)} kinds, "
            f"{hours:.0f} virtual hours"
        )
