"""Requests of drs checked against botocore's model."""

from typing import Any

from drs_desktop.simulator.core.errors import ValidationError
from drs_desktop.simulator.wire.model_validation import find_problems


def check_request(operation: str, members: dict[str, Any]) -> None:
    """Raise ValidationException with every field that the model does not allow."""
    problems = find_problems("drs", operation, members)
    if problems:
        name, text = problems[0]
        counted = "" if len(problems) == 1 else f" (and {len(problems) - 1} more)"
        raise ValidationError(f"{name}: {text}{counted}", fields=problems)
