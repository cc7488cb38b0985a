"""Holds a coverage report against the floors of each file; .ci/coverage runs it.

Run with: python -m tests.simulation.coverage_floors REPORT.json
"""

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

WHOLE = (
    "domain/decider.py",
    "domain/decide_*.py",
    "domain/transitions.py",
    "domain/witnesses.py",
    "engine/start_protocol.py",
)
"""What decides, the start protocol with its judgement, and the tables: every line and branch."""
FLOOR = 95.0


def floor_of(file: str) -> float:
    """Return how much of a file must be covered, in per cent."""
    return 100.0 if any(fnmatch(file, f"*/{pattern}") for pattern in WHOLE) else FLOOR


def below(report: dict[str, Any]) -> list[str]:
    """Return a sentence for each file that is below its floor."""
    return [
        f"{file}: {covered:.1f} %, not {floor_of(file):g} %; lines {about['missing_lines']}, "
        f"branches {about['missing_branches']}"
        for file, about in sorted(report["files"].items())
        if (covered := about["summary"]["percent_covered"]) < floor_of(file)
    ]


def main(arguments: list[str]) -> int:
    """Print the figures; return 1 where a file is below its floor."""
    report = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    totals = report["totals"]
    whole = [file for file in report["files"] if floor_of(file) == 100.0]
    print(
        f"{len(report['files'])} files, {totals['percent_covered']:.1f} % of {totals['num_statements']} "
        f"statements and {totals['num_branches']} branches; {len(whole)} of them are to be covered whole"
    )
    found = below(report)
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
