"""Profiles and Identity Center sessions of ~/.aws/config, read as the AWS CLI reads them; never written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.configloader
from botocore.exceptions import ConfigNotFound, ConfigParseError

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import Region
from drs_desktop.domain.sign_in import SsoSession

_DEFAULT_SCOPES = ("sso:account:access",)
_PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""botocore asks the first one first."""


@dataclass(frozen=True, kw_only=True)
class SsoProfile:
    """A profile that signs in by Identity Center.

    Attributes:
        problem: why it cannot be used, as a sentence, or empty.
    """

    name: str
    session: SsoSession | None
    account_id: str = ""
    role_name: str = ""
    region: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class AwsConfig:
    """What the configuration says.

    Attributes:
        chosen_profile: the profile that the environment chooses, or `default`.
        chosen_by: the variable that chose it, or empty.
    """

    path: Path
    sessions: tuple[SsoSession, ...]
    profiles: tuple[SsoProfile, ...]
    chosen_profile: str
    chosen_by: str

    def profile(self, name: str) -> SsoProfile | None:
        """Return the profile of this name, if it signs in by Identity Center."""
        return next((one for one in self.profiles if one.name == name), None)


def read_aws_config(environment: Mapping[str, str] | None = None) -> AwsConfig:
    """Read the configuration file that the environment names; a missing one is empty.

    Raises:
        ValidationFailed: the file cannot be read as what it should be.
    """
    variables = os.environ if environment is None else environment
    path = Path(variables.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    loaded = _loaded(path)
    sections: Mapping[str, Any] = loaded.get("sso_sessions", {})
    sessions = {name: found for name, one in sections.items() if (found := _session(name, one))}
    profiles = [
        _profile(name, section, sections, sessions)
        for name, section in loaded.get("profiles", {}).items()
        if isinstance(section, dict) and ("sso_session" in section or "sso_start_url" in section)
    ]
    legacy = {one.session.start_url: one.session for one in profiles if one.session and not one.session.name}
    chosen, chosen_by = chosen_profile("", variables)
    return AwsConfig(
        path=path,
        sessions=(*sessions.values(), *legacy.values()),
        profiles=tuple(profiles),
        chosen_profile=chosen,
        chosen_by=chosen_by,
    )


def chosen_profile(named: str = "", environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return the profile in force, and the variable that chose it (empty when none had to).

    Args:
        named: a profile that was chosen by name; it comes before every variable.
        environment: the variables; None for those of this process.
    """
    variables = os.environ if environment is None else environment
    if named:
        return named, ""
    chosen_by = next((name for name in _PROFILE_VARIABLES if variables.get(name)), "")
    return variables.get(chosen_by, "") or "default", chosen_by


def _loaded(path: Path) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = botocore.configloader.load_config(str(path))
    except ConfigNotFound:
        return {}
    except (ConfigParseError, OSError):
        # The parser's own text would repeat the line, and a line may hold a secret.
        raise ValidationFailed(
            f"The AWS configuration {path} cannot be read: a line in it is wrong."
        ) from None
    return loaded


def _session(name: str, section: Any) -> SsoSession | None:
    if not isinstance(section, dict) or not all(section.get(key) for key in ("sso_start_url", "sso_region")):
        return None
    scopes = tuple(one.strip() for one in str(section.get("sso_registration_scopes", "")).split(","))
    return SsoSession(
        name=name,
        start_url=str(section["sso_start_url"]),
        region=Region(str(section["sso_region"])),
        scopes=tuple(one for one in scopes if one) or _DEFAULT_SCOPES,
    )


def _profile(
    name: str,
    section: Mapping[str, Any],
    sections: Mapping[str, Any],
    sessions: Mapping[str, SsoSession],
) -> SsoProfile:
    wanted = section.get("sso_session")
    session = sessions.get(wanted) if wanted else _session("", section)
    return SsoProfile(
        name=name,
        session=session,
        account_id=str(section.get("sso_account_id", "")),
        role_name=str(section.get("sso_role_name", "")),
        region=str(section.get("region", "")),
        problem=_problem(name, section, sections, session),
    )


def _problem(
    name: str, section: Mapping[str, Any], sections: Mapping[str, Any], session: SsoSession | None
) -> str:
    wanted = section.get("sso_session")
    if wanted and wanted not in sections:
        return f"The profile {name} names the sso-session {wanted}, which the configuration does not have."
    if session is None:
        where = f"The sso-session {wanted}" if wanted else f"The profile {name}"
        return f"{where} needs both sso_start_url and sso_region."
    for key, value in (("sso_start_url", session.start_url), ("sso_region", session.region)):
        if wanted and section.get(key, value) != value:
            return f"The profile {name} and its sso-session {wanted} do not agree on {key}."
    if bool(section.get("sso_account_id")) != bool(section.get("sso_role_name")):
        return f"The profile {name} needs both sso_account_id and sso_role_name, or neither."
    return ""
