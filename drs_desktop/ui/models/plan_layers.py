"""Where the waves of a plan stand in a picture: columns by what they wait for, and the critical path."""

from dataclasses import dataclass

from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave


@dataclass(frozen=True, kw_only=True)
class Place:
    """A wave in the picture.

    Attributes:
        column: how many waves, one after the other, go before it.
        row: its place below the others of the column.
        is_critical: whether it is on the longest way through the plan.
    """

    wave: Wave
    column: int
    row: int
    is_critical: bool


def places(plan: RecoveryPlan) -> tuple[Place, ...]:
    """Return the waves placed from left to right; one that waits in a circle stands as far left as it can."""
    waves = sorted(plan.waves, key=lambda wave: wave.number)
    columns: dict[int, int] = {}
    for wave in waves:
        _column(plan, wave, columns, ())
    critical = _critical(plan, columns)
    rows: dict[int, int] = {}
    placed = []
    for wave in waves:
        column = columns[wave.number]
        rows[column] = rows.get(column, -1) + 1
        is_critical = wave.number in critical
        placed.append(Place(wave=wave, column=column, row=rows[column], is_critical=is_critical))
    return tuple(placed)


def _column(plan: RecoveryPlan, wave: Wave, columns: dict[int, int], above: tuple[int, ...]) -> int:
    if wave.number in columns:
        return columns[wave.number]
    by_number = {each.number: each for each in plan.waves}
    way = (*above, wave.number)
    before = [
        _column(plan, by_number[number], columns, way)
        for number in plan.predecessors(wave)
        if number in by_number and number not in way
    ]
    columns[wave.number] = max(before, default=-1) + 1
    return columns[wave.number]


def _critical(plan: RecoveryPlan, columns: dict[int, int]) -> set[int]:
    """Return the longest chain of waves, from its end back to its beginning."""
    by_number = {wave.number: wave for wave in plan.waves}
    chain: set[int] = set()
    number = max(columns, key=lambda each: (columns[each], -each), default=None)
    while number is not None and number not in chain:
        chain.add(number)
        before = [each for each in plan.predecessors(by_number[number]) if each in columns]
        number = max(before, key=lambda each: columns[each], default=None)
    return chain
