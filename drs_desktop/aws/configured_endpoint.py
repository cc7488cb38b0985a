"""The address that the AWS configuration, not the environment, names in place of AWS's own."""

import os
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError

IGNORE_VARIABLE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


def configured_endpoint(service: str = "drs") -> str | None:
    """Return the `endpoint_url` of the profile in force for a service, as botocore would use it.

    That of the profile's `services` section comes before the profile's own. None where there is none, where
    it is to be ignored, or where the configuration cannot be read: that is said when credentials are needed.
    """
    session = botocore.session.Session()
    try:
        profile, everything = session.get_scoped_config(), session.full_config
    except BotoCoreError:
        return None
    if _is_true(profile.get("ignore_configured_endpoint_urls")) or _is_true(os.environ.get(IGNORE_VARIABLE)):
        return None
    section = everything.get("services", {}).get(profile.get("services", ""), {})
    return _text(_mapping(section).get(service), "endpoint_url") or _text(profile, "endpoint_url")


def _is_true(value: object) -> bool:
    return str(value).strip().lower() == "true"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(section: Any, name: str) -> str | None:
    value = _mapping(section).get(name)
    return value.strip() if isinstance(value, str) and value.strip() else None
