"""Policies that arrive as JSON text."""

import json

from drs_desktop.simulator.core.policy_document import Policy, parse_policy
from drs_desktop.simulator.core.policy_errors import PolicyError


def read_policy_text(text: str) -> Policy:
    """Return the policy that the text holds, or raise PolicyError."""
    try:
        document = json.loads(text)
    except ValueError:
        raise PolicyError("", "This policy contains invalid Json") from None
    return parse_policy(document)
