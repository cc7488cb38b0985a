"""Where the tokens of a sign-in are: our own in the secret store, the AWS CLI's accepted as they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.aws.secret_store import MemoryStore, Secret, SecretStore
from drs_desktop.aws.sso_token import SsoToken, token_from_json, token_key, token_to_json
from drs_desktop.aws.token_cache import SharedTokenCache
from drs_desktop.domain.sign_in import SsoSession

SHARED_TITLE = "the AWS CLI's token cache"


@dataclass(frozen=True, kw_only=True)
class KeptToken:
    """A token and where it lives; a renewed one goes there too, because renewing uses the old one up."""

    token: SsoToken
    is_ours: bool
    kept_in: str


class TokenStore:
    """Finds, keeps and forgets the token of each session. Every method blocks."""

    def __init__(self, secrets: SecretStore, shared: SharedTokenCache, now: Callable[[], datetime]) -> None:
        """Keep our own tokens in `secrets`; `shared` is the CLI's cache."""
        self._secrets = secrets
        self._shared = shared
        self._now = now

    @property
    def is_lasting(self) -> bool:
        """Return whether our tokens are still there after this process has ended."""
        return not isinstance(self._secrets, MemoryStore)

    def find(self, session: SsoSession) -> KeptToken | None:
        """Return our token if it is valid or can be renewed, else the CLI's if that is."""
        own = self._own(session)
        if own is not None and self._is_good(own):
            return self._kept(own)
        shared = self._shared.read(session)
        if shared is not None and self._is_good(shared):
            return _theirs(shared)
        return self._kept(own) if own is not None else None

    def save(self, session: SsoSession, token: SsoToken, *, share: bool = False) -> KeptToken:
        """Keep our token; a copy that was shared before stays in step with it.

        Raises:
            DrsDesktopError: it could not be kept.
        """
        earlier = self._own(session)
        self._secrets.write(_name(session), Secret(token_to_json(token)))
        if share or (earlier is not None and self._is_shared(session, earlier)):
            self._shared.write(session, token)
        return self._kept(token)

    def save_renewed(self, session: SsoSession, earlier: KeptToken, token: SsoToken) -> KeptToken:
        """Keep a renewed token where the earlier one lives, as every SDK does with the CLI's.

        Raises:
            DrsDesktopError: it could not be kept.
        """
        if earlier.is_ours:
            return self.save(session, token)
        self._shared.write(session, token)
        return _theirs(token)

    def forget(self, session: SsoSession) -> SsoToken | None:
        """Forget our own token, and its shared copy; the CLI's own sign-in stays. Return what there was."""
        own = self._own(session)
        self._secrets.delete(_name(session))
        if own is not None:
            self._shared.delete(session, own)
        return own

    def _own(self, session: SsoSession) -> SsoToken | None:
        secret = self._secrets.read(_name(session))
        token = token_from_json(secret.reveal()) if secret else None
        return token if token and token.belongs_to(session) else None

    def _is_good(self, token: SsoToken) -> bool:
        return token.is_valid(self._now()) or token.can_renew(self._now())

    def _is_shared(self, session: SsoSession, token: SsoToken) -> bool:
        there = self._shared.read(session)
        return there is not None and there.access_token == token.access_token

    def _kept(self, token: SsoToken) -> KeptToken:
        return KeptToken(token=token, is_ours=True, kept_in=self._secrets.title)


def _theirs(token: SsoToken) -> KeptToken:
    return KeptToken(token=token, is_ours=False, kept_in=SHARED_TITLE)


def _name(session: SsoSession) -> str:
    return f"sign-in/{token_key(session)}"
