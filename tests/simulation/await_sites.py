"""Every place where the engine or the journal waits, in the syntax tree, and which of them a run reached."""

import ast
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import drs_desktop

ROOT = Path(drs_desktop.__file__).parent
FILES = (*sorted((ROOT / "engine").glob("*.py")), ROOT / "storage" / "execution_journal.py")
_WAITS = (ast.Await, ast.AsyncWith, ast.AsyncFor)


@dataclass(frozen=True, order=True)
class Site:
    """One `await`, `async with` or `async for`."""

    file: str
    function: str
    text: str
    """The first line of it, which outlives changes of line numbers."""
    line: int
    end: int

    @property
    def name(self) -> str:
        return f"{self.file} {self.function}: {self.text}"


class _Walk(ast.NodeVisitor):
    def __init__(self, file: Path, source: str) -> None:
        self._file, self._source = file, source
        self._names: list[str] = []
        self.sites: list[Site] = []

    def generic_visit(self, node: ast.AST) -> None:
        named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if named:
            self._names.append(node.name)  # type: ignore[attr-defined]  # all three have a name
        if isinstance(node, _WAITS):
            text = (ast.get_source_segment(self._source, node) or "").splitlines()[0].strip()
            end = node.end_lineno if isinstance(node, ast.Await) else node.lineno
            function = ".".join(self._names)
            self.sites.append(Site(self._file.name, function, text, node.lineno, end or node.lineno))
        super().generic_visit(node)
        if named:
            self._names.pop()


@functools.cache
def sites() -> list[Site]:
    """Return every site, in order."""
    found: list[Site] = []
    for file in FILES:
        source = file.read_text(encoding="utf-8")
        walk = _Walk(file, source)
        walk.visit(ast.parse(source))
        found += walk.sites
    return sorted(found)


@contextmanager
def _tracing(on_line: Callable[[str, int], None]) -> Iterator[None]:
    """Call back with each line of the engine and the journal that runs meanwhile, on this thread."""
    names = {str(file): file.name for file in FILES}

    def local(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            on_line(names[frame.f_code.co_filename], frame.f_lineno)
        return local

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        return local if frame.f_code.co_filename in names else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def reached() -> Iterator[set[tuple[str, int]]]:
    """Collect which lines of the engine and the journal run meanwhile."""
    lines: set[tuple[str, int]] = set()
    with _tracing(lambda file, line: lines.add((file, line))):
        yield lines


@contextmanager
def passing(meet: Callable[[Site], None]) -> Iterator[None]:
    """Call back at each pass of an `await`, as it begins."""
    first_lines = {(site.file, site.line): site for site in sites()}

    def on_line(file: str, line: int) -> None:
        site = first_lines.get((file, line))
        if site is not None:
            meet(site)

    with _tracing(on_line):
        yield


def missing(lines: set[tuple[str, int]]) -> list[Site]:
    """Return the sites of which no line ran."""
    return [
        site
        for site in sites()
        if not any((site.file, line) in lines for line in range(site.line, site.end + 1))
    ]
