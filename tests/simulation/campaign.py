"""A campaign: one story told again and again, each time killed elsewhere."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from tests.simulation.kill_points import Told, World, distinct, told
from tests.simulation.stories import Story


def on_new_loop(work: Callable[[], Any]) -> Any:
    """Run one telling on a loop of its own."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(work())


def _moments(leg: Sequence[World], every_point: bool) -> Sequence[int]:
    return range(1, len(leg) + 1) if every_point else distinct(leg)


class Campaign:
    """Many tellings of a story, each killed elsewhere, and what they were."""

    def __init__(self, story: Story, **options: Any) -> None:
        self.story, self.options = story, options
        self.kinds: Counter[str] = Counter()
        self.tellings = self.kills = 0
        self.virtual = timedelta(0)

    def undisturbed(self, **how: Any) -> Told:
        """Tell it once, without a kill."""
        result: Told = on_new_loop(lambda: told(self.story, **how, **self._options()))
        return result

    def pairs(self, *, every_point: bool = False) -> list[tuple[int, int]]:
        """Return where to kill twice: the successor in each of its own worlds, for each world of the first.

        Args:
            every_point: count every point, also where nothing has changed since the one before.
        """
        found: list[tuple[int, int]] = []
        for first in _moments(self.undisturbed().legs[0], every_point):
            successor = on_new_loop(lambda first=first: told(self.story, (first,), **self._options()))
            found += [(first, second) for second in _moments(successor.legs[1], every_point)]
        return found

    def kill_at(self, kills: Iterable[tuple[int, ...]], **how: Any) -> None:
        """Tell it once for each tuple of moments."""
        for where in kills:
            try:
                result = on_new_loop(lambda where=where: told(self.story, where, **how, **self._options()))
            except AssertionError as error:
                raise AssertionError(f"{self.story.name!r}, killed at {where}: {error}") from error
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
