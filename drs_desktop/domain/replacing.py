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
        copy = object.__new__(type(item))
        fields = copy.__dict__
        fields.update(item.__dict__)
        count = len(fields)
        fields.update(changes)
        if len(fields) != count:
            unknown = ", ".join(sorted(changes.keys() - item.__dict__.keys()))
            raise TypeError(f"{type(item).__name__} has no field {unknown}.")
        return copy
