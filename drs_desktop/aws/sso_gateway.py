"""Sign-in over boto3: the SignInGateway port."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from drs_desktop.aws.aws_config import AwsConfig
from drs_desktop.aws.drs_gateway import on_pool
from drs_desktop.aws.errors import CallPlace, read_error
from drs_desktop.aws.secret_store import Secret
from drs_desktop.aws.secrets import SessionKeys
from drs_desktop.aws.sso_clients import SsoClients
from drs_desktop.aws.sso_flows import SsoFlows
from drs_desktop.aws.sso_token import SsoToken
from drs_desktop.aws.token_store import KeptToken, TokenStore
from drs_desktop.domain.errors import AwsError, AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.sign_in import Flow, Invitation, RoleSession, SignIn, SsoSession

RENEW_BEFORE = timedelta(minutes=15)
"""A token with less than this left is renewed, as every SDK does."""
T = TypeVar("T")


class BotoSignIn:
    """Signs in and out, renews tokens, and tells what a sign-in gives."""

    def __init__(
        self,
        *,
        clients: SsoClients,
        open_tokens: Callable[[], TokenStore],
        read_config: Callable[[], AwsConfig],
        clock: Clock,
        pool: Executor,
        own_sessions: tuple[SsoSession, ...] | None = None,
    ) -> None:
        """Prepare; nothing is read or called yet.

        Args:
            clients: how Identity Center is reached.
            open_tokens: opens the store of tokens, which may take a while; called once, on the pool.
            read_config: reads the AWS configuration.
            clock: the local time ends sign-ins.
            pool: where blocking calls are made.
            own_sessions: a simulator's sessions, which take the place of the configuration's.
        """
        self._clients = clients
        self._open_tokens = open_tokens
        self._read_config = read_config
        self._clock = clock
        self._pool = pool
        self._own_sessions = own_sessions
        self._opened: TokenStore | None = None
        self._not_renewed: set[Secret] = set()
        """Tokens whose renewal AWS has refused for certain."""
        self._flows = SsoFlows(clients, clock, self._blocking)

    # ---- the configuration

    def sessions(self) -> tuple[SsoSession, ...]:
        """Return the sessions that can be signed in to; reads files."""
        return self._own_sessions if self._own_sessions is not None else self._read_config().sessions

    def profile_session(self, name: str | None = None) -> SsoSession | None:
        """Return the session of a profile, or of the one in force; None when it has none.

        Raises:
            ValidationFailed: the profile cannot be used; the sentence says why.
        """
        if self._own_sessions is not None:
            return None
        config = self._read_config()
        profile = config.profile(name or config.chosen_profile)
        if profile is not None and profile.problem:
            raise ValidationFailed(profile.problem)
        return profile.session if profile else None

    # ---- the sign-in

    async def current(self, session: SsoSession) -> SignIn:
        """Return how a sign-in stands; a token that is about to end is renewed if that can be done."""
        return self._described(session, await self._kept(session))

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> SignIn:
        """Sign in; `show` is called once there is something to show a person.

        Args:
            session: where to.
            flow: how a person is asked.
            show: called on the loop with what to show.
            share: also write the token where the AWS CLI reads it.

        Raises:
            SignInDenied: a person refused.
            SignInTimedOut: nobody decided in time.
            AwsError: Identity Center could not be reached or refused the request.
        """
        tokens = await self._tokens()
        way = self._flows.by_browser if flow is Flow.BROWSER else self._flows.by_device
        token = await way(session, show)
        kept = await self._blocking(lambda: tokens.save(session, token, share=share))
        return self._described(session, kept)

    async def sign_out(self, session: SsoSession, *, revoke: bool) -> bool:
        """Forget our token; `revoke` also ends it at AWS, as far as AWS can be reached.

        Returns:
            Whether there was one. The AWS CLI's own sign-in is never touched.
        """
        tokens = await self._tokens()
        token = await self._blocking(lambda: tokens.forget(session))
        if token is None:
            return False
        if revoke:
            await self._revoke(session, token)
        return True

    async def is_lasting(self) -> bool:
        """Return whether a sign-in is still known after this process has ended."""
        return (await self._tokens()).is_lasting

    # ---- what it gives

    async def roles(self, session: SsoSession) -> tuple[RoleSession, ...]:
        """Return every role of the signed-in person, over all accounts.

        Raises:
            SignInNeeded: nobody is signed in.
            AwsError: the portal could not be reached.
        """
        token = await self._token(session)
        return await self._blocking(lambda: self._listed(session, token))

    async def role_keys(self, session: SsoSession, role: RoleSession) -> SessionKeys:
        """Return fresh credentials of a role.

        Raises:
            SignInNeeded: nobody is signed in.
            AccessDenied: the role is not the person's.
        """
        token = await self._token(session)
        members = {"accountId": role.account_id, "roleName": role.role_name}
        answer = await self._blocking(
            lambda: self._clients.portal(session, token, "GetRoleCredentials", **members)
        )
        return _keys(answer)

    async def identity(self, session: SsoSession, role: RoleSession) -> str:
        """Return the ARN under which AWS knows the person in a role.

        Raises:
            AwsError: it could not be asked.
        """
        keys = await self.role_keys(session, role)
        return await self._blocking(lambda: self._arn(session, keys))

    # ---- parts

    async def _kept(self, session: SsoSession) -> KeptToken | None:
        tokens = await self._tokens()
        kept = await self._blocking(lambda: tokens.find(session))
        now = self._clock.local_now()
        if kept is None or not kept.token.can_renew(now):
            return kept
        if kept.token.expires_at - now > RENEW_BEFORE or kept.token.access_token in self._not_renewed:
            return kept
        return await self._renewed(session, kept)

    async def _renewed(self, session: SsoSession, kept: KeptToken) -> KeptToken:
        """Renew a token; when that fails, what is there counts: another process may have been first."""
        tokens = await self._tokens()
        try:
            token = await self._flows.renewed(session, kept.token)
        except AwsError as error:
            if not error.is_retryable:
                self._not_renewed.add(kept.token.access_token)
            again = await self._blocking(lambda: tokens.find(session))
            return again or kept
        return await self._blocking(lambda: tokens.save_renewed(session, kept, token))

    async def _token(self, session: SsoSession) -> SsoToken:
        kept = await self._kept(session)
        if kept is None or not kept.token.is_valid(self._clock.local_now()):
            raise SignInNeeded(f"Nobody is signed in to {session.title}. Sign in with `drs-desktop login`.")
        return kept.token

    async def _revoke(self, session: SsoSession, token: SsoToken) -> None:
        try:
            await self._blocking(lambda: self._clients.portal(session, token, "Logout"))
        except SignInNeeded:
            return  # it had ended already

    def _listed(self, session: SsoSession, token: SsoToken) -> tuple[RoleSession, ...]:
        accounts = self._clients.paged(session, token, "ListAccounts", "accountList")
        return tuple(
            RoleSession(
                account_id=AccountId(str(account["accountId"])),
                account_name=str(account.get("accountName", "")),
                role_name=str(role["roleName"]),
            )
            for account in accounts
            for role in self._clients.paged(
                session, token, "ListAccountRoles", "roleList", accountId=account["accountId"]
            )
        )

    def _arn(self, session: SsoSession, keys: SessionKeys) -> str:
        try:
            client = self._clients.sts(
                session.region,
                {
                    "aws_access_key_id": keys.access_key_id,
                    "aws_secret_access_key": keys.secret_access_key,
                    "aws_session_token": keys.session_token,
                },
            )
            return str(client.get_caller_identity()["Arn"])
        except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
            raise read_error(error, CallPlace(operation="GetCallerIdentity")) from None

    def _described(self, session: SsoSession, kept: KeptToken | None) -> SignIn:
        if kept is None:
            return SignIn(session=session)
        can_renew = kept.token.can_renew(self._clock.local_now())
        return SignIn(
            session=session,
            ends_at=kept.token.expires_at,
            renews_itself=can_renew and kept.token.access_token not in self._not_renewed,
            kept_in=kept.kept_in,
        )

    async def _tokens(self) -> TokenStore:
        if self._opened is None:
            self._opened = await self._blocking(self._open_tokens)
        return self._opened

    async def _blocking(self, call: Callable[[], T]) -> T:
        return await on_pool(self._pool, call)


def _keys(answer: Mapping[str, Any]) -> SessionKeys:
    try:
        given = answer["roleCredentials"]
        return SessionKeys(
            access_key_id=str(given["accessKeyId"]),
            secret_access_key=str(given["secretAccessKey"]),
            session_token=str(given["sessionToken"]),
            expires_at=datetime.fromtimestamp(int(given["expiration"]) / 1_000, UTC),
        )
    except (KeyError, TypeError, ValueError):
        raise AwsUnreachable("GetRoleCredentials: the answer could not be read.") from None
