"""Wildcards of IAM policies: `*` stands for anything, `?` for one character."""

import re
from functools import lru_cache

_ARN_PARTS = 6


def glob_matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Return whether a value fits a pattern as a whole."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


def arn_matches(pattern: str, value: str) -> bool:
    """Return whether an ARN fits a pattern part by part, so that no wildcard reaches over a colon.

    Only the last of the six parts may contain colons itself. What is no ARN fits nothing but `*`.
    """
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    if len(wanted) != _ARN_PARTS or len(given) != _ARN_PARTS:
        return False
    return all(glob_matches(one, other) for one, other in zip(wanted, given, strict=True))


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    text = "".join(parts.get(character) or re.escape(character) for character in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
