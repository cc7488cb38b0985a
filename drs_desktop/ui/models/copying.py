"""Lines of a table as text that goes elsewhere: tab-separated, CSV or JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_text(headers: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return the lines below their headers, tabs between the cells."""
    return "\n".join("\t".join(_one_line(cell) for cell in line) for line in (headers, *lines))


def as_csv(headers: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return the lines as CSV; a cell that a spreadsheet would take for a formula begins with a quote."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([_harmless(cell) for cell in line] for line in lines)
    return text.getvalue()


def as_json(rows: Sequence[Any]) -> str:
    """Return the rows whole, with AWS's own words and every id, as a JSON list."""
    return json.dumps([_plain(row) for row in rows], indent=2, ensure_ascii=False)


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def _harmless(cell: str) -> str:
    is_dash = cell in {"–", "-"}
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and not is_dash else cell


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value
