"""A quicker `dataclasses.replace` for the fold, which makes four changed copies for each event."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replace  # the same for the type checker, which knows the fields
else:

    def replace(item, /, **changes):
        """Return a copy of a frozen dataclass without slots or __post_init__, with some fields changed.

        Raises:
            TypeError: a name is not one of its fields.
        """
        before = item.__dict__
        fields = before | changes
        if len(fields) != len(before):
            unknown = ", ".join(sorted(changes.keys() - before.keys()))
            raise TypeError(f"{type(item).__name__} has no field {unknown}.")
        copy = object.__new__(type(item))
        object.__setattr__(copy, "__dict__", fields)  # past the frozen class's own
        return copy
