"""The token files that the AWS CLI and the SDKs share: read, and written only where a person chose that."""

import os
import secrets
from pathlib import Path

from filelock import FileLock, Timeout

from drs_desktop.aws.sso_token import SsoToken, token_from_json, token_key, token_to_json
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.sign_in import SsoSession

LOCK_SECONDS = 10.0
_LARGEST = 1_000_000


def shared_cache_folder() -> Path:
    """Return where the CLI keeps its tokens; it does not follow AWS_CONFIG_FILE."""
    return Path("~/.aws/sso/cache").expanduser()


class SharedTokenCache:
    """One folder of token files, as the AWS CLI keeps it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the CLI's own folder, or another for a test; nothing is made before something is written."""
        self._folder = folder or shared_cache_folder()

    def read(self, session: SsoSession) -> SsoToken | None:
        """Return the token of a session; a file that is missing, torn or of another portal is none."""
        try:
            with self._path(session).open(encoding="utf-8") as file:
                token = token_from_json(file.read(_LARGEST))
        except (OSError, UnicodeDecodeError):
            return None
        return token if token and token.belongs_to(session) else None

    def write(self, session: SsoSession, token: SsoToken) -> bool:
        """Write a token, unless a newer one lies there already; return whether it was written.

        Raises:
            StorageError: the file could not be written.
        """
        path = self._path(session)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".drs-desktop.lock"), timeout=LOCK_SECONDS, mode=0o600):
                there = self.read(session)
                if there is not None and there.expires_at > token.expires_at:
                    return False
                _replace(path, token_to_json(token))
        except (OSError, Timeout) as error:
            raise StorageError(
                f"The sign-in could not be shared with the AWS CLI: {path} cannot be written "
                f"({type(error).__name__}). It is kept in this program only."
            ) from error
        return True

    def delete(self, session: SsoSession, token: SsoToken) -> bool:
        """Delete the file if it holds this very token; return whether it did."""
        there = self.read(session)
        if there is None or there.access_token != token.access_token:
            return False
        self._path(session).unlink(missing_ok=True)
        return True

    def _path(self, session: SsoSession) -> Path:
        return self._folder / f"{token_key(session)}.json"


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:  # also when interrupted: no half-written file stays behind
        partial.unlink(missing_ok=True)
        raise
