"""The AWS of a sample workspace whose simulator does not run: nothing is reached, least of all AWS."""

from typing import NoReturn

from drs_desktop.domain.errors import AwsUnreachable
from drs_desktop.domain.ids import IntentId, Scope


class NoAws:
    """Refuses every reader and actor with a sentence: why there is none, and the way on."""

    def __init__(self, absence: str) -> None:
        self._absence = absence

    def reader(self, scope: Scope) -> NoReturn:
        """Refuse."""
        raise AwsUnreachable(self._absence, scope=scope)

    def compute(self, scope: Scope) -> NoReturn:
        """Refuse."""
        raise AwsUnreachable(self._absence, scope=scope)

    @property
    def launch(self) -> "NoAws":
        """Return what refuses to read and to write launch settings."""
        return self

    def launch_reader(self, scope: Scope) -> NoReturn:
        """Refuse."""
        raise AwsUnreachable(self._absence, scope=scope)

    async def launch_actor(self, scope: Scope, intent_id: IntentId) -> NoReturn:
        """Refuse."""
        raise AwsUnreachable(self._absence, scope=scope)

    async def actor(self, scope: Scope, intent_id: IntentId) -> NoReturn:
        """Refuse."""
        raise AwsUnreachable(self._absence, scope=scope)

    def close(self) -> None:
        """Do nothing: nothing was opened."""
