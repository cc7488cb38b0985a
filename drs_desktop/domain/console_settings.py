"""What an administrator decides for every console of a workspace."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.idle_lock import IDLE_MINUTES, MOST_IDLE_MINUTES


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings:
    """The settings; a new one gets a default.

    Attributes:
        idle_minutes: after so many minutes without input a window locks; 0 never locks it.
    """

    idle_minutes: int = IDLE_MINUTES

    @property
    def idle_limit(self) -> timedelta | None:
        return timedelta(minutes=self.idle_minutes) if self.idle_minutes else None


def check_settings(settings: ConsoleSettings) -> None:
    """Refuse what cannot be meant.

    Raises:
        ValidationFailed: the sentence says what.
    """
    if not 0 <= settings.idle_minutes <= MOST_IDLE_MINUTES:
        raise ValidationFailed(
            f"The console locks after 1 to {MOST_IDLE_MINUTES} minutes without input, or never with 0; "
            f"{settings.idle_minutes} is neither."
        )


class ConsoleSettingsStore(Protocol):
    """Keeps every version of the settings of one workspace."""

    async def settings(self) -> ConsoleSettings:
        """Return the settings in force; the defaults while nobody ever kept any."""

    async def save_settings(self, settings: ConsoleSettings, *, by: str) -> None: ...
