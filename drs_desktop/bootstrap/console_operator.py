"""Put together the person at a console: how they sign in, and the lock of what they left alone."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.bootstrap.endpoints import Place
from drs_desktop.bootstrap.guarding import Guarding
from drs_desktop.bootstrap.identity_choice import AwsIdentityChoice, SimulatedIdentityChoice
from drs_desktop.bootstrap.sign_in import SharedTokens, must_sign_in, sign_in_gateway
from drs_desktop.domain.identity_choice import IdentityChoice
from drs_desktop.domain.ports import AwsAccess
from drs_desktop.services.access_service import AccessService
from drs_desktop.services.operator_service import OperatorParts, OperatorService
from drs_desktop.services.sign_in_service import SignInService
from drs_desktop.storage.console_settings_store import SqlConsoleSettingsStore
from drs_desktop.system.clock import SystemClock

_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class Door:
    """How somebody comes to be known to AWS; empty where nobody needs to."""

    sign_in: SignInService | None = None
    identity: IdentityChoice | None = None


def door_to_aws(place: Place, aws: AwsAccess, tokens: SharedTokens, stack: AsyncExitStack) -> Door:
    """Return how somebody signs in to a workspace."""
    if not isinstance(aws, BotoAwsAccess) or (place.endpoint.is_simulated and not must_sign_in(place)):
        return Door()
    clock = SystemClock()
    pool = DaemonThreadPool(_THREADS, "sign-in")
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    service = SignInService(sign_in_gateway(place, clock, pool, tokens), clock.local_now)
    return Door(sign_in=service, identity=_identity(place, aws))


def _identity(place: Place, aws: BotoAwsAccess) -> IdentityChoice:
    if place.simulator is not None and place.simulator.sign_in is not None:
        return SimulatedIdentityChoice(aws, place.simulator.sign_in)
    return AwsIdentityChoice(aws)


def console_operator(
    guard: Guarding, access: AccessService, door: Door, signed_in_as: Callable[[str], Awaitable[None]]
) -> OperatorService:
    """Return the person at the console of a workspace; nobody is looked for yet.

    Args:
        signed_in_as: tells the engine who is signed in.
    """
    return OperatorService(
        OperatorParts(
            access=access,
            audit=guard.trail,
            lock=guard.lock,
            settings=SqlConsoleSettingsStore(guard.database, guard.clock),
            clock=guard.clock,
            operator=guard.info.operator,
            signed_in_as=signed_in_as,
            sign_in=door.sign_in,
            identity=door.identity,
        )
    )
