"""Text for a terminal: no markup, no control characters, aligned by how wide it is shown."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len

_ESCAPE_SEQUENCES = re.compile(
    r"""(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]                        # colours, cursor, screen
      | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)  # titles, links, device strings
      | \x1b[ -/]*[0-~]""",
    re.VERBOSE | re.DOTALL,
)
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
"""Control characters, invisible ones (among them those that turn the reading direction), half characters."""


def plain(text: str) -> str:
    """Return untrusted text as one line that a terminal only prints, never obeys."""
    spaced = re.sub(r"[\r\n\t]+", " ", _ESCAPE_SEQUENCES.sub("", text))
    return "".join(char for char in spaced if unicodedata.category(char) not in _DROPPED)


def aligned(rows: Sequence[Sequence[str]], *, indent: str = "") -> list[str]:
    """Return the rows as lines whose columns begin below each other; every cell is made plain."""
    cells = [[plain(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [max((cell_len(row[i]) for row in cells if i < len(row)), default=0) for i in range(count)]
    return [indent + _padded(row, widths) for row in cells]


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=False)]
    return "  ".join(padded).rstrip()


def span(length: timedelta) -> str:
    """Return a duration as h:mm:ss."""
    seconds = max(0, int(length.total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def moment(at: datetime) -> str:
    """Return a time as a person reads it, in UTC and saying so."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def counted(number: int, singular: str) -> str:
    """Return the number and the noun, with a plural s where it needs one."""
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"
