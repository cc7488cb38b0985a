"""What the shape modules share."""

from typing import Any

Shape = dict[str, Any]


def present(shape: Shape) -> Shape:
    """Return a shape without its absent members; the service leaves them out instead of sending null."""
    return {name: value for name, value in shape.items() if value is not None}
