"""Words that AWS says: enums that stay open, because the service adds words without asking."""

from enum import StrEnum
from typing import Any, Self


class AwsWord(StrEnum):
    """A word of the AWS API; one not yet met reads as UNKNOWN instead of failing.

    Every subclass has a member UNKNOWN, whose value AWS never sends. Unknown words are never success.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        members: dict[str, Any] = dict(cls.__members__)
        unknown = members.get("UNKNOWN")
        return unknown if isinstance(value, str) else None
