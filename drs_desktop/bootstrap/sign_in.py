"""Put the sign-in together: Identity Center's clients, the keyring, the AWS configuration."""

import asyncio
import os
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from drs_desktop.aws.aws_config import read_aws_config
from drs_desktop.aws.code_prompt import all_of, using_code_prompt
from drs_desktop.aws.keyring_calls import UNLOCK_SECONDS
from drs_desktop.aws.keyring_store import open_secret_store
from drs_desktop.aws.own_session import SessionHook
from drs_desktop.aws.secrets import SessionKeys
from drs_desktop.aws.sso_chain import KeptTokens, using_kept_tokens, using_role_keys
from drs_desktop.aws.sso_clients import SsoClients
from drs_desktop.aws.sso_gateway import BotoSignIn
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.aws.token_cache import SharedTokenCache
from drs_desktop.aws.token_store import TokenStore
from drs_desktop.bootstrap.audit_record import recorder
from drs_desktop.bootstrap.endpoints import Place, find_place
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.credential_source import CodePrompt, nobody_to_ask
from drs_desktop.domain.errors import AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.sign_in import SsoSession
from drs_desktop.services.audited_sign_in import AuditedSignIn
from drs_desktop.services.sign_in_service import SignInService
from drs_desktop.system.clock import SystemClock
from drs_desktop.system.logging_setup import set_up_logging
from drs_desktop.system.paths import data_folder

VARIABLE = "DRS_DESKTOP_SIGN_IN"
"""Set to `sso`, it lets a simulator's workspace be reached with a sign-in only."""
_THREADS = 4


@asynccontextmanager
async def open_sign_in(choice: WorkspaceChoice) -> AsyncIterator[SignInService]:
    """Open the sign-in of the workspace that a command is about, on the running loop.

    Raises:
        DrsDesktopError: it cannot be opened; the sentence says why.
    """
    async with AsyncExitStack() as stack:
        data = data_folder()
        stack.callback(set_up_logging(data.logs).close)
        place = await find_place(choice, data)
        clock = SystemClock()
        pool = DaemonThreadPool(_THREADS, "sign-in")
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        record = recorder(place.folder, clock, stack)
        yield AuditedSignIn(sign_in_gateway(place, clock, pool), clock.local_now, record)


class SharedTokens:
    """One store of tokens for all that one workspace does, so that a sign-in kept in memory only is found."""

    def __init__(self, clock: Clock) -> None:
        """Open nothing yet: a keyring may take a while, and most workspaces need none."""
        self._clock = clock
        self._lock = threading.Lock()
        self._opened: TokenStore | None = None

    def __call__(self) -> TokenStore:
        """Return the store, opened at the first call; blocks, and any thread may call."""
        with self._lock:
            if self._opened is None:
                self._opened = _open_tokens(self._clock)
            return self._opened


def sign_in_gateway(
    place: Place, clock: Clock, pool: DaemonThreadPool, tokens: SharedTokens | None = None
) -> BotoSignIn:
    """Return the gateway of a workspace; that of a simulator knows its portal only, and no AWS profile.

    Raises:
        AwsUnreachable: the workspace belongs to a simulator, and none answers.
    """
    if place.endpoint.is_simulated and place.simulator is None:
        raise AwsUnreachable(place.absence)
    own: tuple[SsoSession, ...] | None = None
    if place.simulator is not None:
        own = (place.simulator.sign_in,) if place.simulator.sign_in else ()
    return BotoSignIn(
        clients=SsoClients(place.simulator.url if place.simulator else None),
        open_tokens=tokens or SharedTokens(clock),
        read_config=read_aws_config,
        clock=clock,
        pool=pool,
        own_sessions=own,
    )


# ---- the sign-in as the identity of a workspace


def must_sign_in(place: Place) -> bool:
    """Return whether a simulator's workspace is to be reached with a sign-in only, as was asked for."""
    return place.simulator is not None and os.environ.get(VARIABLE) == "sso"


def session_hook(
    place: Place,
    stack: AsyncExitStack,
    ask_code: CodePrompt = nobody_to_ask,
    *,
    tokens: SharedTokens | None = None,
) -> SessionHook | None:
    """Return how a workspace's AWS sessions use the sign-in; None leaves a simulator's own keys in force.

    At AWS every profile with an sso-session finds the sign-in that we keep, and `ask_code` is asked for the
    code of an MFA device. At a simulator nobody needs to sign in, unless DRS_DESKTOP_SIGN_IN=sso asks for it;
    then the first role of the signed-in person counts.
    """
    clock = SystemClock()
    if place.simulator is None:
        kept = KeptTokens(tokens or SharedTokens(clock), lambda: read_aws_config().sessions)
        return all_of(using_kept_tokens(kept), using_code_prompt(ask_code))
    if not must_sign_in(place):
        return None
    if place.simulator.sign_in is None:
        raise ValidationFailed(f"{VARIABLE} is set to sso, and this simulator's scenario has no sign_in.")
    pool = DaemonThreadPool(_THREADS, "sign-in")
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    gateway, session = sign_in_gateway(place, clock, pool, tokens), place.simulator.sign_in
    return using_role_keys(lambda: asyncio.run(_first_role_keys(gateway, session)))


async def _first_role_keys(gateway: BotoSignIn, session: SsoSession) -> SessionKeys:
    roles = await gateway.roles(session)
    if not roles:
        raise SignInNeeded(f"The person who is signed in to {session.title} has no role in any account.")
    return await gateway.role_keys(session, roles[0])


def _open_tokens(clock: Clock) -> TokenStore:
    secrets, problem = open_secret_store(unlock_seconds=UNLOCK_SECONDS if has_desktop() else None)
    if problem is not None:
        structlog.get_logger(__name__).warning("keyring not used", condition=problem.condition.name)
    return TokenStore(secrets, SharedTokenCache(), clock.local_now)


def has_desktop() -> bool:
    """Return whether a person could be asked in a window, to unlock the keyring or in a browser."""
    return not sys.platform.startswith("linux") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


# ---- the browser


def can_open_browser(environment: Mapping[str, str], *, has_display: bool) -> bool:
    """Return whether a browser could be opened here; BROWSER names one that needs no display."""
    return has_display or bool(environment.get("BROWSER"))


def open_browser(address: str) -> None:
    """Open an address, as far as that can be done; whoever asked has shown the address as well.

    Some browsers hold their caller until they are closed, so it has a thread that holds nobody.
    """
    threading.Thread(target=_open_quietly, args=(address,), name="browser", daemon=True).start()


def _open_quietly(address: str) -> None:
    try:
        webbrowser.open(address)
    except Exception as error:  # noqa: BLE001  # the address is on the screen; this was only a convenience
        structlog.get_logger(__name__).warning("browser not opened", error=type(error).__name__)
