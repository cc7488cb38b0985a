"""The session in which botocore finds the console's own identity: by profile, keys, role or sign-in."""

import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError, RefreshWithMFAUnsupportedError

from drs_desktop.aws.identity_errors import identity_error

SessionHook = Callable[[botocore.session.Session], None]
"""What is done to a botocore session before its first client is made."""

_SIGN_IN_METHODS = frozenset({"sso", "drs-desktop-sign-in"})
"""How botocore calls credentials that come from a sign-in, its own and ours."""


class OwnSession:
    """Botocore's own chain, made at its first use and again after it was forgotten. Any thread may ask.

    The chain takes its own roles at the STS of the Region that is asked for first, never at a global one: the
    Region of recovery, not the one that may be gone. When that STS gives no answer, the next Region asked for
    has its turn.
    """

    def __init__(self, *, is_isolated: bool, hook: SessionHook | None = None, profile: str = "") -> None:
        """Choose the chain; nothing is read yet.

        Args:
            is_isolated: whether neither AWS_* nor any file of the machine counts.
            hook: puts a sign-in or a prompt into the chain.
            profile: a profile of the configuration; empty for what the environment chooses.
        """
        self._is_isolated = is_isolated
        self._hook = hook
        self._profile = profile
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._session: boto3.Session | None = None
        self._method = ""

    @property
    def profile(self) -> str:
        """Return the profile that was chosen here, or an empty text."""
        return self._profile

    def use_profile(self, profile: str) -> bool:
        """Find the identity by this profile from now on; return whether that is a change."""
        with self._lock:
            is_change = profile != self._profile
            if is_change:
                self._profile, self._session = profile, None
            return is_change

    @property
    def is_from_sign_in(self) -> bool:
        """Return whether the identity found last came from a sign-in: asking for it anew asks nobody."""
        return self._method in _SIGN_IN_METHODS

    def forget(self) -> None:
        """Look for credentials afresh at the next call: somebody may sign in again before it."""
        with self._lock:
            self._session = None

    def client(self, service: str, region: str, **options: Any) -> Any:
        """Return a client of a service."""
        with self._lock:
            make: Any = self._boto(region).client  # its overloads know the literal names of services only
            return make(service, region_name=region, **options)

    def profiles(self, region: str) -> Mapping[str, Any]:
        """Return the profiles of the configuration by name.

        Raises:
            AwsError: the chosen profile does not exist, or the configuration cannot be read.
        """
        try:
            with self._lock:
                core: Any = self._boto(region)._session
                profiles: Mapping[str, Any] = core.full_config.get("profiles", {})
                core.get_scoped_config()
                return profiles
        except Exception as error:  # noqa: BLE001  # whatever it was, a sentence must come of it
            raise identity_error(error, self._profile) from None

    def credentials(self, region: str) -> Credentials:
        """Return usable credentials: a role is assumed and a person is asked where that is due.

        One thread at a time, so that nobody is asked twice for one code.

        Args:
            region: the Region that something is wanted in.

        Raises:
            SignInNeeded: there are none, or they cannot be had; the sentence says why.
            AwsError: AWS could not be reached, or refused.
        """
        with self._asking:
            try:
                return self._usable_or_asked_anew(region)
            except Exception as error:  # noqa: BLE001  # whatever it was, a sentence must come of it
                problem = identity_error(error, self._profile)
                if problem.is_retryable:
                    self.forget()  # another Region may answer
                raise problem from None

    def _usable_or_asked_anew(self, region: str) -> Credentials:
        try:
            return self._usable(region)
        except RefreshWithMFAUnsupportedError:
            self.forget()  # botocore asks for a code only once in the life of a session
            return self._usable(region)

    def _usable(self, region: str) -> Credentials:
        with self._lock:
            session = self._boto(region)
        found: Credentials | None = session.get_credentials()
        if found is None:
            raise NoCredentialsError
        found.get_frozen_credentials()
        self._method = str(found.method)
        return found

    def _boto(self, region: str) -> boto3.Session:
        if self._session is None:
            variables = isolated_variables() if self._is_isolated else None
            core = botocore.session.Session(session_vars=variables, profile=self._profile or None)
            data_path = None if self._is_isolated else os.environ.get("AWS_DATA_PATH")
            core.register_component("data_loader", _shared_loader(data_path))
            core.set_config_variable("region", region)
            core.set_config_variable("sts_regional_endpoints", "regional")
            if self._hook is not None:
                self._hook(core)
            self._session = boto3.Session(botocore_session=core)
        return self._session


def end_of(credentials: Credentials) -> datetime | None:
    """Return when credentials end; botocore tells it in no public way."""
    ends_at = getattr(credentials, "_expiry_time", None)
    return ends_at if isinstance(ends_at, datetime) else None


_loaders: dict[str | None, botocore.loaders.Loader] = {}
_loaders_lock = threading.Lock()


def _shared_loader(data_path: str | None) -> botocore.loaders.Loader:
    """Return the one loader of this process: parsed service models are large."""
    with _loaders_lock:
        if data_path not in _loaders:
            _loaders[data_path] = botocore.loaders.create_loader(data_path)
        return _loaders[data_path]


def isolated_variables() -> dict[str, Any]:
    """Return session variables by which botocore reads neither AWS_* nor any file of the machine."""
    variables = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in botocore.session.Session.SESSION_VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        variables[name] = (None, None, os.devnull, None)
    return variables
