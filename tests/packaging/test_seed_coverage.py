"""The page of what became of the earlier system: no row is left out, every test it names exists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "seed-coverage.md"
PLACES = (ROOT / "tests" / "unit", ROOT / "tests")
CAPABILITIES = {str(number) for number in range(1, 112)}
ACTIONS = {str(number) for number in range(1, 45)}
PAINS = {str(number) for number in range(1, 104)} | {"43a", "43b", "43c", "43d", "43e", "43f", "54a", "54b"}
_NUMBERS = re.compile(r"\d+[a-z]?(?:(?:, | to )\d+[a-z]?)*")
_NOT_HERE = ("comes later", "come later", "does not apply")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a table of the page."""

    section: str
    cells: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The rows it is about, ranges written out."""
        found = _NUMBERS.match(self.cells[0])
        assert found is not None, self
        return tuple(one for part in found[0].split(", ") for one in _written_out(part))

    def named(self, cell: int) -> tuple[str, ...]:
        """Return what stands in back quotes in a cell."""
        return tuple(re.findall(r"`([^`]+)`", self.cells[cell]))


def _written_out(part: str) -> Iterator[str]:
    first, _, last = part.partition(" to ")
    yield from map(str, range(int(first), int(last) + 1)) if last else (first,)


@cache
def lines() -> tuple[Line, ...]:
    section, found = "", []
    for text in PAGE.read_text(encoding="utf-8").splitlines():
        if text.startswith("## "):
            section = text.removeprefix("## ").split()[0].rstrip(",")
        elif text.startswith("| ") and text[2].isdigit():
            cells = tuple(cell.strip() for cell in text.strip("|").split("|"))
            found.append(Line(section=section, cells=cells))
    return tuple(found)


def _name(line: Line) -> str:
    return f"{line.section}-{line.cells[0]}"


@pytest.mark.parametrize(("part", "rows"), [("A", CAPABILITIES), ("B", ACTIONS), ("E", PAINS)])
def test_every_row_has_one_line(part: str, rows: set[str]) -> None:
    told = [number for line in lines() if line.section.startswith(part) for number in line.numbers]
    assert set(told) == rows
    assert len(told) == len(rows), sorted(one for one in told if told.count(one) > 1)


@pytest.mark.parametrize("line", lines(), ids=_name)
def test_a_line_names_a_test_that_exists_or_says_why_there_is_none(line: Line) -> None:
    assert len(line.cells) == 3
    assert line.named(2) or any(words in line.cells[1] for words in _NOT_HERE)
    for named in line.named(2):
        path, _, function = named.partition("::")
        files = [
            place / path for place in (ROOT / "tests" / "unit", ROOT / "tests") if (place / path).is_file()
        ]
        assert files, named
        text = files[0].read_text(encoding="utf-8")
        assert not function or re.search(rf"def {re.escape(function)}\(", text), named


@pytest.mark.parametrize("line", lines(), ids=_name)
def test_a_module_that_a_line_names_exists(line: Line) -> None:
    for named in line.named(1):
        if named.endswith((".py", "/")):
            assert (ROOT / "drs_desktop" / named).exists(), named
