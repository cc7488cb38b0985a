"""What is to be written to AWS for one server: the settings that change, and the values they get."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from drs_desktop.domain.launch_settings import (
    CONFIGURATION_FIELDS,
    FIELD_WORDS,
    FIELDS,
    NOTHING_SET,
    LaunchSettings,
    canonical,
    completed,
    differing,
    overlaid,
    said,
    set_fields,
)


@dataclass(frozen=True, kw_only=True)
class LaunchChange:
    """The settings that change, and their new values; None takes a value out of the launch template.

    Attributes:
        names: the fields that change; what `values` says of any other counts for nothing.
    """

    names: tuple[str, ...] = ()
    values: LaunchSettings = NOTHING_SET

    @property
    def is_empty(self) -> bool:
        return not self.names

    @property
    def configuration(self) -> "LaunchChange":
        """Return the part that is written to the DRS launch configuration."""
        return self.only(CONFIGURATION_FIELDS)

    @property
    def template(self) -> "LaunchChange":
        """Return the part that is written to the EC2 launch template."""
        return self.only(frozenset(FIELDS) - CONFIGURATION_FIELDS)

    @property
    def words(self) -> str:
        """Return what changes, as a list in words."""
        return ", ".join(FIELD_WORDS[name] for name in self.names)

    def only(self, names: Iterable[str]) -> "LaunchChange":
        """Return the change of these fields."""
        wanted = set(names)
        return LaunchChange(names=tuple(name for name in self.names if name in wanted), values=self.values)

    def applied_to(self, settings: LaunchSettings) -> LaunchSettings:
        """Return what the settings become."""
        return replace(settings, **{name: getattr(self.values, name) for name in self.names})

    def is_in_force(self, settings: LaunchSettings) -> bool:
        """Return whether every changed field has its new value."""
        return not self.missed(settings)

    def missed(self, settings: LaunchSettings) -> tuple[str, ...]:
        """Return a sentence for each field that does not have its new value."""
        have, want = canonical(settings), canonical(self.values)
        return tuple(
            f"The {FIELD_WORDS[name]} is {said(getattr(settings, name))}, "
            f"not {said(getattr(self.values, name))}."
            for name in self.names
            if have[name] != want[name]
        )

    def sentences(self, before: LaunchSettings) -> tuple[str, ...]:
        """Return a sentence for each field: what it is, and what it becomes."""
        return tuple(
            f"The {FIELD_WORDS[name]} is {said(getattr(before, name))} and becomes "
            f"{said(getattr(self.values, name))}."
            for name in self.names
        )


NO_CHANGE = LaunchChange()


def change_to(observed: LaunchSettings, wanted: LaunchSettings) -> LaunchChange:
    """Return what has to be written so that everything wanted is in force; what is not wanted stays."""
    goal = completed(wanted, observed)
    wished = set_fields(goal)
    names = tuple(name for name in differing(observed, goal) if name in wished)
    return LaunchChange(names=names, values=goal)


def undoing(change: LaunchChange, before: LaunchSettings, observed: LaunchSettings) -> LaunchChange:
    """Return what has to be written so that the changed fields are again as they were before.

    The DRS launch configuration always says something, so what it did not say cannot be put back.
    """
    names = (
        name
        for name in differing(observed, before)
        if name in change.names and not (name in CONFIGURATION_FIELDS and getattr(before, name) is None)
    )
    return LaunchChange(names=tuple(names), values=before)


def resulting(observed: LaunchSettings | None, wanted: LaunchSettings) -> LaunchSettings:
    """Return what a launch would follow once the wanted settings are in force."""
    return wanted if observed is None else overlaid(observed, wanted)
