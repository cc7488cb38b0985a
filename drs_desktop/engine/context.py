"""What every part of the engine works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.ports import AwsAccess, Clock, EventHub, ExecutionJournal, Ids, Prober
from drs_desktop.domain.times import Now
from drs_desktop.engine.line import StartLine
from drs_desktop.engine.settings import EngineSettings
from drs_desktop.engine.step_performers import STANDARD_PERFORMERS, StepPerformer


class NoProber:
    """Reaches nothing: for engines that were given no way into the recovery network."""

    async def can_connect(self, address: str, port: int) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True, kw_only=True)
class EngineContext:
    """The ports and settings of one workspace's engine."""

    journal: ExecutionJournal
    aws: AwsAccess
    clock: Clock
    ids: Ids
    hub: EventHub
    endpoint: Endpoint
    operator: str
    tags_allowed: Callable[[Scope], bool] = field(default=lambda _scope: True)
    prober: Prober = field(default_factory=NoProber)
    performers: Mapping[str, StepPerformer] = field(default_factory=lambda: STANDARD_PERFORMERS)
    line: StartLine = field(default_factory=StartLine)
    settings: EngineSettings = field(default_factory=EngineSettings)

    def now(self) -> Now:
        """Return both times of this moment."""
        return Now(service=self.clock.service_now(), local=self.clock.local_now())
