"""The roles that our models answer beside Qt's own."""

from enum import IntEnum

from PySide6.QtCore import Qt

_FIRST = int(Qt.ItemDataRole.UserRole) + 1


class Role(IntEnum):
    """What a view may ask of a cell."""

    SORT = _FIRST
    """The value that the cell sorts by, of its own type."""
    LOOK = _FIRST + 1
    """The `Look` of a status cell, or None."""
    ROW = _FIRST + 2
    """The row's frozen dataclass."""
    KEY = _FIRST + 3
    """What the row is known by."""
    CELL = _FIRST + 4
    """The whole `Cell`, so that painting asks once: every question costs more than its answer."""
