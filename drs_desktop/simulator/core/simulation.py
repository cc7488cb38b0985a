"""The whole simulated AWS: accounts, Regions, the clock and everything that falls due."""

import heapq
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from drs_desktop.simulator.core.accounts import Account, HubKeys
from drs_desktop.simulator.core.clock import ServiceClock, utc_now
from drs_desktop.simulator.core.compute import Compute
from drs_desktop.simulator.core.durations import DurationTables
from drs_desktop.simulator.core.faults import FaultPlan
from drs_desktop.simulator.core.forwarded import ForwardedDenials
from drs_desktop.simulator.core.ids import IdFactory
from drs_desktop.simulator.core.job import Job
from drs_desktop.simulator.core.planned_act import PlannedAct
from drs_desktop.simulator.core.progress import Progress
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.schedule import Step
from drs_desktop.simulator.core.sessions import SessionStore
from drs_desktop.simulator.core.sso import IdentityCenter
from drs_desktop.simulator.core.visibility import VisibilityLag
from drs_desktop.simulator.core.words import Words


@dataclass(kw_only=True)
class Simulation:
    """The state of every account and Region, advanced by `settle`.

    Nothing runs in the background: each job's steps are queued when the job is made, and `settle` lets those
    happen that are due. Callers hold `lock` for the length of one request.
    """

    name: str
    clock: ServiceClock
    ids: IdFactory
    accounts: tuple[Account, ...]
    hub_keys: HubKeys
    regions: tuple[str, ...]
    compute: Compute
    durations: DurationTables = field(default_factory=DurationTables)
    faults: FaultPlan = field(default_factory=FaultPlan)
    visibility_lag: VisibilityLag = field(default_factory=VisibilityLag)
    words: Words = field(default_factory=Words)
    staging_accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By target account: the staging accounts that trust it."""
    signing_window_seconds: float = 5.0
    sessions: SessionStore = field(default_factory=SessionStore)
    forwarded_denials: ForwardedDenials = ForwardedDenials.SILENT
    trail_delay: timedelta = timedelta(seconds=120)
    """How long cloudtrail hides an event, in service time."""
    service_quotas: dict[str, float] = field(default_factory=dict)
    """By quota code: what service-quotas tells in place of AWS's default."""
    planned_acts: list[PlannedAct] = field(default_factory=list)
    """What the scenario lets happen by itself, in its order."""
    identity_center: IdentityCenter | None = None
    """Where people sign in, if the scenario has people."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _states: dict[tuple[str, str], RegionState] = field(default_factory=dict)
    _due: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _queued: int = 0
    _acting_at: datetime | None = None

    @property
    def hub(self) -> Account:
        """Return the account whose keys a client starts with."""
        return next(account for account in self.accounts if account.is_hub)

    def account(self, account_id: str) -> Account:
        """Return an account of the scenario."""
        return next(account for account in self.accounts if account.id == account_id)

    def lifetime_now(self) -> datetime:
        """Return the time by which sessions end: the real time, and by how much the clock was turned."""
        return utc_now() + self.clock.turned

    def state(self, account_id: str, region: str) -> RegionState:
        """Return the state of DRS in an account and Region; it is empty at first."""
        key = (account_id, region)
        if key not in self._states:
            self._states[key] = RegionState(account_id=account_id, region=region)
        return self._states[key]

    def states(self) -> list[RegionState]:
        """Return every account and Region that has been looked at."""
        return list(self._states.values())

    def queue(self, job: Job, steps: Iterable[Step]) -> None:
        """Let these steps of a job happen when they fall due."""
        progress = Progress(compute=self.compute, ids=self.ids)
        state = self.state(job.account_id, job.region)
        for step in steps:
            self.queue_change(step.at, partial(progress.apply, state, job, step))

    def queue_change(self, at: datetime, change: Callable[[], None]) -> None:
        """Let a change happen when it falls due."""
        self._queued += 1
        heapq.heappush(self._due, (at, self._queued, change))

    def queue_act(self, at: datetime, act: Callable[[], None]) -> None:
        """Let something happen when it falls due that settles as a request does; its time is then `at`."""
        self.queue_change(at, partial(self._act_at, at, act))

    def settle(self) -> datetime:
        """Let everything happen that is due, in order of time; return the service time of this request."""
        with self.lock:
            if self._acting_at is not None:  # an act that fell due: what comes after it must wait for it
                return self._acting_at
            now = self.clock.now()
            while self._due and self._due[0][0] <= now:
                _, _, change = heapq.heappop(self._due)
                change()
            return now

    def _act_at(self, at: datetime, act: Callable[[], None]) -> None:
        self._acting_at = at
        try:
            act()
        finally:
            self._acting_at = None

    def next_due_at(self) -> datetime | None:
        """Return when the next step falls due, if any is queued."""
        with self.lock:
            return self._due[0][0] if self._due else None

    def run_until_idle(self) -> datetime:
        """Turn the clock forward until no step is queued; return the service time then."""
        with self.lock:
            while (due_at := self.next_due_at()) is not None:
                self.clock.advance(max(due_at - self.clock.now(), timedelta(0)))
                self.settle()
            return self.clock.now()

    def visible_from(self, now: datetime) -> datetime:
        """Return when a job made now becomes visible to reads.

        The lag is real seconds; while the clock stands still it is the seconds by which it must be turned.
        """
        lag = self.visibility_lag.describe_jobs_seconds
        return now + timedelta(seconds=lag * (self.clock.scale or 1.0))
