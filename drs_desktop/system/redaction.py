"""What must never be written down, found by the name of a field or by the look of a value."""

import re
from typing import Any

HIDDEN = "***"

_SECRET_NAME = re.compile(
    r"secret|token|passw(or)?d|passphrase|authori[sz]ation|credential|signature|access[_-]?key|private[_-]?key"
    r"|cookie|client[_-]?code|external[_-]?id",
    re.IGNORECASE,
)

_NAME_AND_VALUE = re.compile(
    r"""(?P<name>["']?[\w-]*(?:secret|token|passw(?:or)?d|passphrase|authori[sz]ation|credential|signature
        |access[_-]?key|private[_-]?key)[\w-]*["']?\s*[:=]\s*)
        (?P<value>"[^"]*"|'[^']*'|(?:Bearer|Basic|AWS4-HMAC-SHA256)\s+[^\r\n]*|[^\s,;&)}\]]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_VALUES = (
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b"),  # access keys and unique ids
    re.compile(r"\bBearer\s+[\w.~+/-]+=*", re.IGNORECASE),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # a JSON web token
    # Session tokens and secret keys have a mixture of letters and digits; a path or a word has not.
    re.compile(r"(?<![\w+/=-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{100,}={0,2}"),
    re.compile(r"(?<![\w+/=.-])(?=[\w+/]*\d)(?=[\w+/]*[a-z])(?=[\w+/]*[A-Z])[A-Za-z0-9+/]{40}(?![\w+/=.-])"),
)


def is_secret_name(name: str) -> bool:
    """Return whether a field of this name holds something that must not be written."""
    return bool(_SECRET_NAME.search(name))


def redact_text(text: str) -> str:
    """Return the text with everything that looks like a secret replaced by `***`."""
    redacted = _NAME_AND_VALUE.sub(lambda found: found["name"] + HIDDEN, text)
    for pattern in _VALUES:
        redacted = pattern.sub(HIDDEN, redacted)
    return redacted


def redact(value: Any, name: str = "") -> Any:
    """Return a copy of a value, however nested, with nothing secret in it.

    Args:
        value: anything that may be logged.
        name: the name of the field that holds it.
    """
    if name and is_secret_name(name) and value is not None and not isinstance(value, bool):
        return HIDDEN
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {redact_text(str(key)): redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))
