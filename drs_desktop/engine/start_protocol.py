"""StartRecovery, effectively once: look, commit the intent, check the fence, send once, commit the verdict.

The call has no client token, and a second launch deletes the instance of the first. So an outcome that is not
known is never guessed: it is put in doubt and settled from witnesses.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain import inputs
from drs_desktop.domain.effects import ReconcileStart, StartRecoveryPart
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsConflict,
    AwsError,
    AwsNotFound,
    AwsQuotaExceeded,
    AwsRejected,
    CallNotSent,
    ClaimConflict,
    SignInNeeded,
    StorageError,
    Throttled,
)
from drs_desktop.domain.events import Event, StartArmed
from drs_desktop.domain.execution import Attempt, AttemptStatus, Execution, ServerLaunch
from drs_desktop.domain.ids import IntentId, ServerKey
from drs_desktop.domain.job import Job
from drs_desktop.domain.ports import DrsActor
from drs_desktop.domain.start_checks import (
    busy_server,
    pinned_servers,
    points_gone,
    quota_in_use,
    reason_to_refuse,
)
from drs_desktop.domain.start_recovery import AttemptKey, Baseline, StartRecoveryRequest, job_tags
from drs_desktop.domain.witnesses import Finding, Judgement, Testimony, judge, known_jobs, unknown_start
from drs_desktop.engine.chosen_points import points_are_gone, read_points
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.line import Ticket

Submit = Callable[[inputs.Input], Awaitable[tuple[Event, ...]]]

_REFUSED_FOR_GOOD = (AccessDenied, AwsRejected, AwsNotFound)
_NO_JOB_TRY_LATER = (CallNotSent, SignInNeeded)
_NO_ROOM_YET = (Throttled, AwsQuotaExceeded)


@dataclass(frozen=True, kw_only=True)
class _Armed:
    """A committed intent, ready to be sent while the fence holds."""

    key: AttemptKey
    request: StartRecoveryRequest
    actor: DrsActor
    not_after: datetime
    elapsed_limit: timedelta


class StartProtocol:
    """Starts parts of one execution and settles starts in doubt."""

    def __init__(
        self,
        context: EngineContext,
        state: Callable[[], Execution],
        submit: Submit,
        may_send: Callable[[], bool],
    ) -> None:
        """Bind to one execution.

        Args:
            may_send: whether nothing stands against sending, a pause or cancel just arriving included.
        """
        self._context = context
        self._state = state
        self._submit = submit
        self._may_send = may_send
        self._doubted: dict[AttemptKey, timedelta] = {}
        """When this process began to look, by the clock that never jumps: nothing was sent after it."""

    # ---- starting

    async def start(self, effect: StartRecoveryPart) -> None:
        """Start one part, waiting in line as long as it must; returns with the verdict committed."""
        ticket = self._ticket(effect.key)
        self._context.line.come_back(ticket)
        try:
            await self._start_in_turn(effect, ticket)
        finally:
            self._context.line.leave(ticket)

    def _ticket(self, key: AttemptKey) -> Ticket:
        return Ticket(execution_id=self._state().execution_id, part=key.part)

    async def _start_in_turn(self, effect: StartRecoveryPart, ticket: Ticket) -> None:
        if effect.not_before is not None:
            await self._sleep_until(effect.not_before)
        while self._is_still_due(effect.key):
            wait = await self._try(effect, ticket)
            if not wait:
                return
            retry_at = self._context.clock.service_now() + self._context.settings.line_wait
            await self._submit(inputs.StartMustWait(part=effect.key.part, reason=wait, retry_at=retry_at))
            await self._context.clock.sleep(self._context.settings.line_wait)

    def _is_still_due(self, key: AttemptKey) -> bool:
        state = self._state()
        return state.may_start and state.wave(key.wave).is_in_flight

    async def _sleep_until(self, moment: datetime) -> None:
        while (left := moment - self._context.clock.service_now()) > timedelta(0):
            await self._context.clock.sleep(left)

    async def _try(self, effect: StartRecoveryPart, ticket: Ticket) -> str:
        """Return why the part must wait, or an empty string when this attempt is over."""
        async with self._context.line.turn(effect.key.scope):
            armed = await self._look_and_arm(effect, ticket)
        if isinstance(armed, str):
            return armed
        if armed is not None:
            await self._send(armed)
        return ""

    async def _look_and_arm(self, effect: StartRecoveryPart, ticket: Ticket) -> "_Armed | str | None":
        """Return the committed intent, or why the part must wait; None when nothing is to be sent.

        Who stands behind somebody reads nothing; who is first reads the jobs alone until there is room.
        """
        if behind := self._context.line.wait_behind(ticket, self._context.clock.service_now()):
            return behind
        try:
            if full := await self._wait_for_room(effect, ticket):
                return full
            pinned = pinned_servers(self._state().wave(effect.key.wave), effect.servers)
            testimony = await self._look(effect.key, effect.servers, pinned)
        except AccessDenied as error:
            await self._refuse(effect.key, error.code, str(error))
            return None
        except AwsError as error:
            return str(error)
        if job := unknown_start(self._state(), effect.key.part, testimony.jobs):
            await self._submit(inputs.GapNoticed(reason=_unknown_start_words(effect, job), outweighs=True))
            return None
        if reason := reason_to_refuse(self._state(), effect.servers, testimony):
            await self._refuse(effect.key, "", reason)
            return None
        if gone := points_gone(pinned, testimony):
            await self._submit(points_are_gone(effect.key.wave, gone))
            return None
        if reason := await self._reason_to_wait(effect, ticket, testimony.jobs):
            return reason
        armed = await self._assume_and_arm(effect, testimony)
        if isinstance(armed, str):  # it waits for no quota any longer, so it keeps nobody back
            self._context.line.leave(ticket)
        else:
            self._context.line.serve(ticket)
        return armed

    async def _wait_for_room(self, effect: StartRecoveryPart, ticket: Ticket) -> str:
        """Return what keeps the first in line waiting; it gets its baseline only when nothing does."""
        if not self._context.line.stands(ticket):
            return ""
        jobs = await self._context.aws.reader(effect.key.scope).describe_jobs()
        return await self._reason_to_wait(effect, ticket, jobs)

    async def _reason_to_wait(self, effect: StartRecoveryPart, ticket: Ticket, jobs: Sequence[Job]) -> str:
        """Return what a part waits for, in line if that is a quota, or an empty string."""
        wanted = [key.source_server_id for key in effect.servers]
        names = {server.key.source_server_id: server.name for server in self._state().servers}
        if reason := busy_server(jobs, wanted, names):
            self._context.line.leave(ticket)
            return reason
        try:
            claims = await self._context.journal.claims(self._context.endpoint.fingerprint, effect.key.scope)
        except StorageError as error:
            return str(error)
        if reason := quota_in_use(jobs, claims, len(wanted)):
            self._context.line.wait(ticket, reason)
        return reason

    async def _refuse(self, key: AttemptKey, code: str, message: str) -> None:
        await self._submit(inputs.StartWasRefused(key=key, code=code, message=message))

    async def _look(
        self, key: AttemptKey, servers: tuple[ServerKey, ...], pinned: Sequence[ServerLaunch] = ()
    ) -> Testimony:
        reader = self._context.aws.reader(key.scope)
        ids = [server.source_server_id for server in servers]
        jobs, found, instances, snapshots = await asyncio.gather(
            reader.describe_jobs(),
            reader.describe_source_servers(ids),
            reader.describe_recovery_instances(ids),
            read_points(reader, pinned),
        )
        return Testimony(jobs=jobs, servers=found, instances=instances, snapshots=snapshots)

    async def _assume_and_arm(self, effect: StartRecoveryPart, testimony: Testimony) -> "_Armed | str | None":
        intent_id = self._context.ids.new_intent_id()
        try:
            actor = await self._context.aws.actor(effect.key.scope, intent_id)
        except AccessDenied as error:
            await self._refuse(effect.key, error.code, str(error))
            return None
        except AwsError as error:
            return str(error)
        try:
            return await self._arm(effect, testimony, intent_id, actor)
        except ClaimConflict as error:
            return str(error)

    async def _arm(
        self, effect: StartRecoveryPart, testimony: Testimony, intent_id: IntentId, actor: DrsActor
    ) -> _Armed | None:
        clock, settings = self._context.clock, self._context.settings
        not_after = clock.local_now() + settings.arm_span_local
        elapsed_limit = clock.local_elapsed() + settings.arm_span_local
        request = self._request(effect, intent_id)
        events = await self._submit(
            inputs.StartPrepared(
                key=effect.key,
                intent_id=intent_id,
                request=request,
                baseline=Baseline(job_ids=known_jobs(testimony)),
                not_after=not_after,
                horizon_at=not_after + self._horizon(),
            )
        )
        if not any(isinstance(event, StartArmed) for event in events):
            return None
        return _Armed(
            key=effect.key, request=request, actor=actor, not_after=not_after, elapsed_limit=elapsed_limit
        )

    def _request(self, effect: StartRecoveryPart, intent_id: IntentId) -> StartRecoveryRequest:
        state, scope = self._state(), effect.key.scope
        tags = job_tags(state.execution_id, effect.key, state.mode, intent_id)
        pinned = pinned_servers(state.wave(effect.key.wave), effect.servers)
        return StartRecoveryRequest(
            scope=scope,
            source_server_ids=tuple(server.source_server_id for server in effect.servers),
            is_drill=state.mode.is_drill,
            tags=tags if self._context.tags_allowed(scope) else (),
            snapshots=tuple((s.key.source_server_id, s.snapshot_id) for s in pinned if s.snapshot_id),
        )

    def _horizon(self) -> timedelta:
        endpoint = self._context.endpoint
        return timedelta(seconds=endpoint.signing_window_seconds + endpoint.visibility_lag_seconds)

    def _fence_broken(self, armed: _Armed) -> str:
        clock = self._context.clock
        if clock.local_now() >= armed.not_after or clock.local_elapsed() >= armed.elapsed_limit:
            return "This machine was too slow (or slept) between the intent and the call; nothing was sent."
        if not self._may_send():
            return "A pause or cancel came before the call; nothing was sent."
        return ""

    async def _send(self, armed: _Armed) -> None:
        if reason := self._fence_broken(armed):
            await self._submit(self._not_sent(armed.key, reason))
            return
        await self._submit(await self._verdict(armed))

    async def _verdict(self, armed: _Armed) -> inputs.Input:
        key = armed.key
        try:
            job = await armed.actor.start_recovery(armed.request, lambda: self._fence_broken(armed))
        except _REFUSED_FOR_GOOD as error:
            return inputs.StartWasRefused(key=key, code=error.code, message=str(error))
        except _NO_ROOM_YET as error:
            return self._sent_back(key, f"AWS says: {error}")
        except _NO_JOB_TRY_LATER as error:
            return self._not_sent(key, str(error))
        except AwsConflict as error:
            # After a doubt the conflict may be our own job of an earlier attempt: look before anything else.
            if self._had_doubt(key):
                return inputs.StartIsUnknown(key=key, reason=str(error))
            return self._not_sent(key, str(error))
        except AwsError as error:
            return inputs.StartIsUnknown(key=key, reason=str(error))
        return inputs.StartWasAccepted(key=key, job=job, evidence="the answer of StartRecovery")

    def _had_doubt(self, key: AttemptKey) -> bool:
        earlier = self._state().wave(key.wave).attempts.values()
        return any(a.key.part == key.part and a.status is AttemptStatus.NOT_STARTED for a in earlier)

    def _not_sent(self, key: AttemptKey, reason: str) -> inputs.StartWasNotSent:
        retry_at = self._context.clock.service_now() + self._context.settings.line_wait
        return inputs.StartWasNotSent(key=key, reason=reason, retry_at=retry_at)

    def _sent_back(self, key: AttemptKey, reason: str) -> inputs.StartWasNotSent:
        """Return the verdict on a start that AWS had no room for; the part keeps its place in line."""
        again = self._not_sent(key, reason)
        until = again.retry_at + self._context.settings.line_wait
        self._context.line.keep(self._ticket(key), reason, until)
        return again

    # ---- settling doubt

    async def reconcile(self, effect: ReconcileStart) -> None:
        """Read the witnesses until they settle an attempt in doubt, or until only a person can."""
        looks = _LooksAfterFence(self._context)
        self._doubted.setdefault(effect.key, self._context.clock.local_elapsed())
        while (attempt := self._in_doubt(effect.key)) is not None:
            judgement = await self._look_once(attempt, looks)
            if judgement.finding is not Finding.KEEP_LOOKING:
                await self._submit(_conclusion(effect.key, judgement))
                return
            await self._context.clock.sleep(self._context.settings.quick_poll)

    def may_still_arrive(self, key: AttemptKey) -> bool:
        """Return whether an attempt being looked for may still begin, whatever the wall clock says.

        The wall clock may have been set since the call was sent, so that the horizon in the journal alone
        proves nothing: this process has to have looked for as long itself.
        """
        attempt = self._state().attempt(key)
        began = self._doubted.get(key, self._context.clock.local_elapsed())
        has_looked = self._context.clock.local_elapsed() - began
        return attempt.status is AttemptStatus.UNKNOWN and has_looked < self._horizon()

    def _in_doubt(self, key: AttemptKey) -> Attempt | None:
        attempt = self._state().attempt(key)
        return attempt if attempt.status is AttemptStatus.UNKNOWN else None

    async def _look_once(self, attempt: Attempt, looks: "_LooksAfterFence") -> Judgement:
        wave = self._state().wave(attempt.key.wave)
        servers = next(part.servers for part in wave.parts if part.key == attempt.key.part)
        try:
            testimony = await self._look(attempt.key, servers)
        except AwsError:
            looks.forget()  # a failed read never counts as "nothing"
            return Judgement(finding=Finding.KEEP_LOOKING)
        is_past = looks.count(attempt) and not self.may_still_arrive(attempt.key)
        return judge(attempt, self._state().execution_id, testimony, is_past_horizon=is_past)


class _LooksAfterFence:
    """Counts complete looks taken once the request could no longer begin: three, spread over the lag."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._first: datetime | None = None
        self._count = 0

    def forget(self) -> None:
        self._first, self._count = None, 0

    def count(self, attempt: Attempt) -> bool:
        """Count a look just taken; return whether looking has been long enough."""
        now = self._context.clock.local_now()
        lag = timedelta(seconds=self._context.endpoint.visibility_lag_seconds)
        if now < attempt.horizon_at - lag:
            return False
        self._first = self._first or now
        self._count += 1
        return self._count >= 3 and now >= attempt.horizon_at and now - self._first >= lag


def _unknown_start_words(effect: StartRecoveryPart, job: Job) -> str:
    return (
        f"AWS has job {job.job_id} with tags of this execution for {effect.key.part}, and the journal does "
        "not know it: a backup may have been put back. Starting again would delete what it launched. Look at "
        "it in AWS, then cancel, and start the plan anew; resume only looks again."
    )


def _conclusion(key: AttemptKey, judgement: Judgement) -> inputs.Input:
    if judgement.finding is Finding.OURS and judgement.job is not None:
        return inputs.StartWasAccepted(key=key, job=judgement.job, evidence=judgement.evidence)
    if judgement.finding is Finding.NOTHING:
        return inputs.NothingWasStarted(key=key, evidence=judgement.evidence)
    return inputs.StartIsUndecidable(key=key, candidates=judgement.candidates, reason=judgement.evidence)


def is_our_job(job: Job, attempt: Attempt) -> bool:
    """Return whether a job that a person names could be this attempt's: it launches some of its servers."""
    return bool(job.source_server_ids & set(attempt.source_server_ids))
