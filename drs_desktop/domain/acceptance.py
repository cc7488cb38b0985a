"""What a person accepted so that a start could be made in spite of it: frozen into the execution."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NOTHING_ACCEPTED: Mapping[str, str] = MappingProxyType({})
"""By the word of a finding: the reason for which it is accepted."""


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """One finding that somebody accepted.

    Attributes:
        accept: the stable word of it, such as `old-data`.
        text: what was found, as it was shown.
        reason: why it was accepted, in the person's words.
    """

    accept: str
    text: str
    reason: str
