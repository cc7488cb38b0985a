"""Our sign-in inside botocore: its own SSO provider, reading and renewing tokens where we keep them.

botocore offers no public way to say where its SSO provider finds tokens, so this sets what its constructors
set; tests/contract/test_sso_chain.py notices when that changes.
"""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from botocore.tokens import SSOTokenProvider

from drs_desktop.aws.own_session import SessionHook
from drs_desktop.aws.secrets import SessionKeys
from drs_desktop.aws.sso_token import SsoToken, token_from_json, token_key, token_to_json
from drs_desktop.aws.token_store import TokenStore
from drs_desktop.domain.sign_in import SsoSession

_PROVIDER = "drs-desktop-sign-in"


class KeptTokens(MutableMapping[str, dict[str, Any]]):
    """The tokens by the names under which botocore asks for them, in botocore's form.

    The store is opened at the first question, because a keyring may take a while and most profiles need none.
    """

    def __init__(
        self, open_tokens: Callable[[], TokenStore], sessions: Callable[[], tuple[SsoSession, ...]]
    ) -> None:
        """Answer for these sessions, as the configuration names them at each question."""
        self._open_tokens = open_tokens
        self._sessions = sessions
        self._opened: TokenStore | None = None

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return the token of a session."""
        session = self._session(key)
        kept = self._tokens().find(session)
        if kept is None:
            raise KeyError(key)
        members: dict[str, Any] = json.loads(token_to_json(kept.token))
        return members

    def __setitem__(self, key: str, members: Mapping[str, Any]) -> None:
        """Keep a token that botocore has renewed where the earlier one lives."""
        session, token = self._session(key), _token(members)
        earlier = self._tokens().find(session)
        if earlier is None:
            self._tokens().save(session, token)
        else:
            self._tokens().save_renewed(session, earlier, token)

    def __delitem__(self, key: str) -> None:
        """Forget a token of ours."""
        self._tokens().forget(self._session(key))

    def __iter__(self) -> Iterator[str]:
        """Name every session that has a token."""
        return (key for key in map(token_key, self._sessions()) if key in self)

    def __len__(self) -> int:
        """Count the sessions that have a token."""
        return sum(1 for _ in self)

    def _session(self, key: str) -> SsoSession:
        found = next((one for one in self._sessions() if token_key(one) == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def _tokens(self) -> TokenStore:
        if self._opened is None:
            self._opened = self._open_tokens()
        return self._opened


def using_kept_tokens(tokens: KeptTokens) -> SessionHook:
    """Return the hook that lets every profile with an sso-session use our sign-in, source profiles too."""

    def use(session: botocore.session.Session) -> None:
        cache: Any = tokens  # the stubs know the class of the file cache only
        resolver = session.get_component("credential_provider")
        for provider in resolver.providers:
            if provider.METHOD == "sso":
                name = provider._profile_name
                provider._token_cache = tokens
                provider._token_provider = SSOTokenProvider(session, cache=cache, profile_name=name)
            if provider.METHOD == "assume-role":
                provider._profile_provider_builder._sso_token_cache = tokens

    return use


def using_role_keys(fetch: Callable[[], SessionKeys]) -> SessionHook:
    """Return the hook that makes a role of the signed-in person the only identity of the session.

    Args:
        fetch: returns fresh keys of the role; called when the old ones are about to end. It may block.
    """

    def use(session: botocore.session.Session) -> None:
        session.register_component("credential_provider", CredentialResolver([_RoleProvider(fetch)]))

    return use


class _RoleProvider(CredentialProvider):
    METHOD = _PROVIDER

    def __init__(self, fetch: Callable[[], SessionKeys]) -> None:
        super().__init__()
        self._fetch = fetch

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(method=self.METHOD, refresh_using=self._metadata)

    def _metadata(self) -> dict[str, str]:
        keys = self._fetch()
        return {
            "access_key": keys.access_key_id,
            "secret_key": keys.secret_access_key,
            "token": keys.session_token,
            "expiry_time": keys.expires_at.isoformat(),
        }


def _token(members: Mapping[str, Any]) -> SsoToken:
    text = json.dumps({name: _written(value) for name, value in members.items()})
    token = token_from_json(text)
    if token is None:
        raise ValueError("botocore gave a token that is none")
    return token


def _written(value: Any) -> Any:
    return value if isinstance(value, str) else value.isoformat()
