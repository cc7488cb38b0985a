"""Sessions and clients: one loader, readers cached by account, Region and service, actors made afresh."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config

from drs_desktop import __version__
from drs_desktop.aws.call_log import CallLog
from drs_desktop.aws.errors import CallPlace, read_error
from drs_desktop.aws.iso_times import parse_time
from drs_desktop.aws.own_session import OwnSession, SessionHook, end_of
from drs_desktop.aws.read_guard import refuse_writes
from drs_desktop.aws.secrets import HubKeys, SessionKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.errors import AccessDenied, AwsError, AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope
from drs_desktop.domain.ports import Clock

SESSION_SECONDS = 3600
"""An hour: the most that AWS allows when one role assumes another."""
RENEW_BEFORE = timedelta(minutes=10)
"""A reader's session with less than this left is renewed before its next call."""
_RENEW_AGAIN_AFTER = timedelta(minutes=1)
_LAST_MINUTE = timedelta(minutes=1)
_CONNECTIONS = 16

SessionPolicies = Callable[[AccountId, bool], str]
"""Gives the session policy with which the role of an account is assumed, to read or (True) to act."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a client waits, in real time."""

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=30)
    act: timedelta = timedelta(seconds=60)


@dataclass(kw_only=True)
class _ReaderSession:
    """The assumed session of the readers of one account and Region, and their clients."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: SessionKeys | None = None
    clients: dict[str, Any] = field(default_factory=dict)
    renew_at: datetime | None = None
    failures: int = 0
    last_error: AwsError | None = None


class AwsClients:
    """Makes and keeps the clients of one workspace. Every method blocks and may be called on any thread."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        operator: str,
        clock: Clock,
        call_log: CallLog | None = None,
        hub_keys: HubKeys | None = None,
        timeouts: Timeouts | None = None,
        session_policies: SessionPolicies | None = None,
        session_hook: SessionHook | None = None,
        profile: str = "",
    ) -> None:
        """Choose the identity: a simulator's hub keys, or botocore's own chain of profiles and keys.

        `session_hook` may put another identity, or our own sign-in, into that chain; `profile` chooses a
        profile in the place of what the environment chooses.

        Raises:
            ValidationFailed: a simulated endpoint comes without an identity, or hub keys without one.
        """
        has_identity = hub_keys is not None or session_hook is not None
        if endpoint.is_simulated and (not has_identity or endpoint.url is None):
            raise ValidationFailed("A simulated workspace needs the simulator's address and its keys.")
        if hub_keys is not None and not endpoint.is_simulated:
            raise ValidationFailed("The keys of a simulator are never used anywhere else.")
        self._endpoint = endpoint
        self._hub_keys = hub_keys
        self._session_name = role_session_name(operator)
        self._clock = clock
        self._call_log = call_log
        self._timeouts = timeouts or Timeouts()
        self._session_policies = session_policies
        self._own = OwnSession(is_isolated=endpoint.is_simulated, hook=session_hook, profile=profile)
        self._lock = threading.RLock()
        self._readers: dict[tuple[Scope, str], _ReaderSession] = {}

    # ---- what the gateway asks for

    def reader(self, account: TargetAccount, region: Region, service: str = "drs") -> Any:
        """Return a client for reads; its session is assumed, and renewed before it ends.

        Raises:
            AwsError: the role could not be assumed.
        """
        scope = Scope(account_id=account.account_id, region=region)
        with self._lock:
            session = self._readers.setdefault((scope, account.role_arn), _ReaderSession())
        failures = session.failures
        with session.lock:
            if session.failures != failures and session.last_error is not None:
                raise session.last_error  # another thread has just found out, while this one waited
            self._renew_if_due(session, account, region)
            assert session.keys is not None
            if service not in session.clients:
                config = self._config(read=True)
                client = self._client(service, scope, config, keys=session.keys)
                refuse_writes(client)
                session.clients[service] = client
            return session.clients[service]

    def actor(self, account: TargetAccount, region: Region, intent_id: IntentId, service: str = "drs") -> Any:
        """Return a client on a session assumed this moment, which sends every request exactly once.

        Raises:
            AwsError: the role could not be assumed; nothing was changed.
        """
        scope = Scope(account_id=account.account_id, region=region)
        keys = self._assume(account, region, is_acting=True)
        config = self._config(read=False, intent_id=intent_id)
        return self._client(service, scope, config, keys=keys, intent_id=intent_id)

    def hub(self, region: Region, service: str = "sts") -> Any:
        """Return a client of the identity that assumes the roles."""
        scope = Scope(account_id=_HUB, region=region)
        return self._client(service, scope, self._config(read=True), keys=None)

    @property
    def own(self) -> OwnSession:
        """Return the session in which the identity that assumes the roles is found."""
        return self._own

    def own_credentials(self, region: Region) -> datetime | None:
        """Make sure that there is an identity; return when it ends. A simulator's keys need nothing.

        Raises:
            AwsError: there is none, and the sentence says why.
        """
        return None if self._hub_keys else end_of(self._own.credentials(region))

    def use_profile(self, profile: str) -> None:
        """Reach AWS with this profile from now on; empty: with what the environment chooses."""
        with self._lock:
            if self._own.use_profile(profile):
                self._readers = {}

    def forget_identity(self) -> None:
        """Find the identity afresh at the next call, and assume every role anew: somebody may be new here."""
        with self._lock:
            self._own.forget()
            self._readers = {}

    def forget_sign_in(self) -> None:
        """Find the identity afresh at the next call, if it comes from a sign-in: it may be another's then."""
        if self._own.is_from_sign_in:
            self._own.forget()

    def forget(self, scope: Scope) -> None:
        """Assume the role of the readers afresh at the next call: AWS no longer accepts the session."""
        with self._lock:
            self._readers = {key: one for key, one in self._readers.items() if key[0] != scope}

    # ---- sessions

    def _renew_if_due(self, session: _ReaderSession, account: TargetAccount, region: Region) -> None:
        now = self._clock.local_now()
        if session.keys is not None and session.renew_at is not None and now < session.renew_at:
            return
        try:
            session.keys = self._assume(account, region)
        except AwsError as error:
            if session.keys and error.is_retryable and session.keys.expires_at - now > _LAST_MINUTE:
                session.renew_at = now + _RENEW_AGAIN_AFTER  # the old session still serves
                return
            session.failures += 1
            session.last_error = error
            raise
        session.clients = {}
        session.renew_at = session.keys.expires_at - RENEW_BEFORE

    def _assume(self, account: TargetAccount, region: Region, *, is_acting: bool = False) -> SessionKeys:
        scope = Scope(account_id=account.account_id, region=region)
        place = CallPlace(
            operation="AssumeRole", scope=scope, account_name=account.name, role_arn=account.role_arn
        )
        request: dict[str, Any] = {
            "RoleArn": account.role_arn,
            "RoleSessionName": self._session_name,
            "DurationSeconds": SESSION_SECONDS,
        }
        if account.external_id is not None:
            request["ExternalId"] = account.external_id
        if self._session_policies is not None:
            request["Policy"] = self._session_policies(account.account_id, is_acting)
        try:
            return self._assume_once(request, place, scope)
        except AccessDenied:
            if self._hub_keys is not None or not self._own.is_from_sign_in:
                raise
        # The sign-in's own session may have been revoked, which looks like a role that is refused. A fresh
        # one tells: it is not to be had, it is let in, or it is refused as well.
        self._own.forget()
        return self._assume_once(request, place, scope)

    def _assume_once(self, request: dict[str, Any], place: CallPlace, scope: Scope) -> SessionKeys:
        try:
            self.own_credentials(scope.region)
            client = self._client("sts", scope, self._config(read=True), keys=None)
            return self._session_keys(client.assume_role(**request), place)
        except Exception as error:  # noqa: BLE001  # whatever it was, a sentence must come of it
            problem = read_error(error, place)
            if isinstance(problem, SignInNeeded):
                self._own.forget()
            raise problem from None

    def _session_keys(self, answer: dict[str, Any], place: CallPlace) -> SessionKeys:
        try:
            credentials = answer["Credentials"]
            expires_at = parse_time(credentials["Expiration"])
            assert expires_at is not None
            return SessionKeys(
                access_key_id=credentials["AccessKeyId"],
                secret_access_key=credentials["SecretAccessKey"],
                session_token=credentials["SessionToken"],
                expires_at=expires_at,
                assumed_role_arn=(answer.get("AssumedRoleUser") or {}).get("Arn", ""),
            )
        except (KeyError, TypeError, AssertionError):
            raise AwsUnreachable(
                f"{place}: the answer could not be read.", operation=place.operation, scope=place.scope
            ) from None

    # ---- clients

    def _client(
        self,
        service: str,
        scope: Scope,
        config: Config,
        *,
        keys: SessionKeys | None,
        intent_id: IntentId | None = None,
    ) -> Any:
        client = self._own.client(
            service,
            scope.region,
            # None lets botocore resolve AWS's address, AWS_ENDPOINT_URL_<SERVICE> included.
            endpoint_url=self._endpoint.url if self._endpoint.is_simulated else None,
            config=config,
            **self._explicit_keys(keys),
        )
        if self._call_log is not None:
            self._call_log.attach(client, scope=scope, intent_id=intent_id)
        return client

    def _explicit_keys(self, keys: SessionKeys | None) -> dict[str, str]:
        if keys is not None:
            return {
                "aws_access_key_id": keys.access_key_id,
                "aws_secret_access_key": keys.secret_access_key,
                "aws_session_token": keys.session_token,
            }
        if self._hub_keys is not None:
            return {
                "aws_access_key_id": self._hub_keys.access_key_id,
                "aws_secret_access_key": self._hub_keys.secret_access_key,
            }
        return {}  # botocore's own chain, which also renews what it finds

    def _config(self, *, read: bool, intent_id: IntentId | None = None) -> Config:
        options: dict[str, Any] = {
            "connect_timeout": self._timeouts.connect.total_seconds(),
            "read_timeout": (self._timeouts.read if read else self._timeouts.act).total_seconds(),
            "max_pool_connections": _CONNECTIONS,
            # Both words are said, so that no AWS_RETRY_MODE or AWS_MAX_ATTEMPTS changes them.
            "retries": {"mode": "standard", "total_max_attempts": 4 if read else 1},
            "user_agent_extra": f"drs-desktop/{__version__}" + (f" intent/{intent_id}" if intent_id else ""),
        }
        if self._endpoint.is_simulated:
            options["proxies"] = {}  # the simulator is on this machine
        return Config(**options)


_HUB: Any = "hub"


def role_session_name(operator: str) -> str:
    """Return the session name under which CloudTrail will show an operator (2 to 64 allowed characters)."""
    allowed = re.sub(r"[^A-Za-z0-9_+=,.@-]+", "-", operator).strip("-")
    return f"drs-desktop-{allowed or 'operator'}"[:64]
