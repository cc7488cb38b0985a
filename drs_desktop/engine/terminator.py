"""TerminateRecoveryInstances: ownership proved by a fresh read, intent committed, call, watching.

The call names fixed instance ids, so that repeating it after a doubt is harmless.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain import inputs
from drs_desktop.domain.effects import TerminateBatch, WatchTermination
from drs_desktop.domain.errors import AccessDenied, AwsConflict, AwsError, AwsRejected
from drs_desktop.domain.events import TerminationArmed
from drs_desktop.domain.execution import AttemptStatus, Execution, ServerLaunch, TerminationState
from drs_desktop.domain.ids import RecoveryInstanceId, Scope, ServerKey
from drs_desktop.domain.recovery_instance import GONE_STATES, RecoveryInstance
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.start_protocol import Submit

_FAILBACK_IDLE = {"", "FAILBACK_NOT_STARTED", "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"}


@dataclass(frozen=True, kw_only=True)
class _Proved:
    """A server whose instance was just proved to be ours."""

    server: ServerKey
    instance_id: RecoveryInstanceId


class Terminator:
    """Removes the recovery instances of one execution."""

    def __init__(self, context: EngineContext, state: Callable[[], Execution], submit: Submit) -> None:
        self._context = context
        self._state = state
        self._submit = submit

    # ---- one call

    async def terminate(self, effect: TerminateBatch) -> None:
        """Terminate one batch; returns with the outcome committed."""
        wait = self._wait_after_failures(effect)
        while True:
            try:
                await self._try(effect)
            except AwsError as error:
                if words := self._last_words(error):
                    await self._fail(effect, words)
                    return
                # Waited first: once it is put back in line it is due at once, in a batch of its own.
                await self._context.clock.sleep(wait)
                wait = min(wait * 2, self._context.settings.longest_termination_wait)
                await self._submit(self._repeat(effect, str(error)))
                continue
            return

    def _wait_after_failures(self, effect: TerminateBatch) -> timedelta:
        """Return how long to wait after the next failure: twice as long after each that went before."""
        settings = self._context.settings
        batches = (b for b in self._state().termination_batches if b.scope == effect.scope)
        failed = sum(b.status is AttemptStatus.NOT_SENT for b in batches)
        longest = settings.longest_termination_wait
        return min(settings.line_wait * (1 << min(failed, 10)), longest)

    def _last_words(self, error: AwsError) -> str:
        """Return why a call is not made again, or nothing: who cannot be reached now, may be later."""
        if isinstance(error, AccessDenied | AwsRejected):
            return str(error)
        request, limit = self._state().termination_request, self._context.settings.termination_limit
        if not isinstance(error, AwsConflict) or request is None:
            return ""
        if self._context.clock.service_now() - request.at < limit:
            return ""
        hours = limit.total_seconds() / 3600
        words = str(error).rstrip(". ")
        return f"{words}. It was tried for {hours:g} hours; ask again once that is over."

    async def _try(self, effect: TerminateBatch) -> None:
        proved = await self._prove(effect)
        if not proved:
            return
        intent_id = self._context.ids.new_intent_id()
        actor = await self._context.aws.actor(effect.scope, intent_id)
        events = await self._submit(
            inputs.TerminationPrepared(
                scope=effect.scope,
                batch=effect.batch,
                intent_id=intent_id,
                servers=tuple(item.server for item in proved),
            )
        )
        if not any(isinstance(event, TerminationArmed) for event in events):
            return
        job = await actor.terminate_recovery_instances([item.instance_id for item in proved])
        await self._submit(
            inputs.TerminationWasAccepted(scope=effect.scope, batch=effect.batch, job_id=job.job_id)
        )

    async def _prove(self, effect: TerminateBatch) -> tuple[_Proved, ...]:
        """Return what is ours and alive; settle what is gone or not ours."""
        instances = await self._instances(effect.scope, effect.servers)
        proved: list[_Proved] = []
        for key in effect.servers:
            server = self._server(key)
            instance = _find(server, instances)
            if server.recovery_instance_id is None and instance is not None:
                await self._submit(
                    inputs.InstanceFound(server=key, recovery_instance_id=instance.recovery_instance_id)
                )
            if server.recovery_instance_id is None and instance is None:
                await self._settle(key, *self._nothing_found(server))
            elif instance is None or instance.ec2_state in GONE_STATES:
                await self._settle(key, TerminationState.TERMINATED, "It was already gone.")
            elif reason := self._not_ours(server, instance):
                await self._settle(key, TerminationState.SKIPPED, reason)
            else:
                proved.append(_Proved(server=key, instance_id=instance.recovery_instance_id))
        return tuple(proved)

    def _nothing_found(self, server: ServerLaunch) -> tuple[TerminationState, str]:
        """Return what to say of a server that may have launched, and of which DRS lists no instance."""
        words = f"DRS lists no recovery instance of job {server.job_id}: nothing was terminated."
        is_left = any(
            a.job_id == server.job_id and a.status is AttemptStatus.ABANDONED for a in self._state().attempts
        )
        if not is_left:
            return TerminationState.SKIPPED, words
        return TerminationState.FAILED, f"{words} The job may still run: look again once it has ended."

    def _not_ours(self, server: ServerLaunch, instance: RecoveryInstance) -> str:
        state = self._state()
        if instance.job_id is None or instance.job_id not in state.accepted_job_ids:
            return (
                f"Instance {instance.recovery_instance_id} was launched by job {instance.job_id}, not by us."
            )
        if instance.is_drill is not state.mode.is_drill:
            return f"Instance {instance.recovery_instance_id} is not of this execution's mode."
        if instance.failback_state not in _FAILBACK_IDLE:
            return (
                f"Data is being replicated back from it ({instance.failback_state}): end the failback first."
            )
        return ""

    async def _instances(self, scope: Scope, servers: Sequence[ServerKey]) -> tuple[RecoveryInstance, ...]:
        reader = self._context.aws.reader(scope)
        return await reader.describe_recovery_instances([key.source_server_id for key in servers])

    def _server(self, key: ServerKey) -> ServerLaunch:
        return next(server for server in self._state().servers if server.key == key)

    async def _settle(self, key: ServerKey, state: TerminationState, reason: str = "") -> None:
        await self._submit(inputs.TerminationSeen(server=key, state=state, reason=reason))

    async def _fail(self, effect: TerminateBatch, reason: str) -> None:
        for key in effect.servers:
            await self._settle(key, TerminationState.FAILED, reason)

    @staticmethod
    def _repeat(effect: TerminateBatch | WatchTermination, reason: str) -> inputs.TerminationMustRepeat:
        return inputs.TerminationMustRepeat(scope=effect.scope, batch=effect.batch, reason=reason)

    # ---- watching it

    async def watch(self, effect: WatchTermination) -> None:
        """Watch a batch until DRS no longer lists its instances, or its job ended without removing them.

        A job that does not end in hours, by what AWS says of it, is given up: a person may ask again.
        """
        clock, limit = self._context.clock, self._context.settings.termination_limit
        give_up_at = clock.service_now() + limit
        while open_servers := self._terminating(effect):
            await self._context.clock.sleep(self._context.settings.quick_poll)
            try:
                job_is_over = await self._is_job_over(effect)
                instances = await self._instances(effect.scope, open_servers)
            except AwsError:
                continue
            hours = limit.total_seconds() / 3600
            why = "The job ended" if job_is_over else f"The job did not end within {hours:g} hours"
            is_over = job_is_over or clock.service_now() >= give_up_at
            for key in open_servers:
                await self._observe(key, instances, over=why if is_over else "")

    def _terminating(self, effect: WatchTermination) -> tuple[ServerKey, ...]:
        return tuple(
            key for key in effect.servers if self._server(key).termination is TerminationState.TERMINATING
        )

    async def _is_job_over(self, effect: WatchTermination) -> bool:
        if effect.job_id is None:
            return False
        jobs = await self._context.aws.reader(effect.scope).describe_jobs([effect.job_id])
        return any(job.job_id == effect.job_id and not job.is_active for job in jobs)

    async def _observe(self, key: ServerKey, instances: Sequence[RecoveryInstance], *, over: str) -> None:
        instance = _find(self._server(key), instances)
        if instance is None or instance.ec2_state in GONE_STATES:
            await self._settle(key, TerminationState.TERMINATED)
        elif over:
            reason = f"{over}, but EC2 still reports {instance.recovery_instance_id} {instance.ec2_state}."
            await self._settle(key, TerminationState.FAILED, reason)


def _find(server: ServerLaunch, instances: Sequence[RecoveryInstance]) -> RecoveryInstance | None:
    """Return the server's instance; where its id is not known, the one that its own job left."""
    for instance in instances:
        if server.recovery_instance_id is not None:
            if instance.recovery_instance_id == server.recovery_instance_id:
                return instance
        elif instance.server == server.key and instance.job_id and instance.job_id == server.job_id:
            return instance
    return None
