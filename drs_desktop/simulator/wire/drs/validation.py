"""Requests checked against botocore's model: members, types, lengths, patterns, enums."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from moto.core.utils import get_service_model

from drs_desktop.simulator.core.errors import ValidationError

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (str, int, float),
}

Problem = tuple[str, str]


def check_request(operation: str, members: dict[str, Any]) -> None:
    """Raise ValidationException with every field that the model does not allow."""
    shape = _operation(operation).input_shape
    problems = list(_structure(shape, members, "")) if shape is not None else []
    if problems:
        name, text = problems[0]
        counted = "" if len(problems) == 1 else f" (and {len(problems) - 1} more)"
        raise ValidationError(f"{name}: {text}{counted}", fields=problems)


@cache
def _operation(operation: str) -> OperationModel:
    model: OperationModel = get_service_model("drs").operation_model(operation)
    return model


def _value(shape: Shape, value: Any, place: str) -> Iterator[Problem]:
    if not _is_a(shape, value):
        yield place, f"must be a {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _structure(shape, value, place)
    elif isinstance(shape, ListShape):
        yield from _size(shape, len(value), place, "number of items")
        for index, item in enumerate(value):
            yield from _value(shape.member, item, f"{place}[{index}]")
    elif isinstance(shape, MapShape):
        for name, item in value.items():
            yield from _value(shape.key, name, f"{place} (key)")
            yield from _value(shape.value, item, f"{place}.{name}")
    elif isinstance(value, str):
        yield from _text(shape, value, place)
    elif not isinstance(value, bool):
        yield from _size(shape, value, place, "value")


def _is_a(shape: Shape, value: Any) -> bool:
    wanted = _TYPES.get(shape.type_name, (object,))
    return isinstance(value, wanted) and not (isinstance(value, bool) and bool not in wanted)


def _structure(shape: StructureShape, value: dict[str, Any], place: str) -> Iterator[Problem]:
    prefix = f"{place}." if place else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield prefix + name, "is required"
    for name, item in value.items():
        if name in shape.members and item is not None:
            yield from _value(shape.members[name], item, prefix + name)


def _text(shape: Shape, value: str, place: str) -> Iterator[Problem]:
    yield from _size(shape, len(value), place, "length")
    if (words := shape.metadata.get("enum")) and value not in words:
        yield place, f"must be one of {', '.join(words)}"
    if (pattern := shape.metadata.get("pattern")) and not _compiled(pattern).fullmatch(value):
        yield place, f"must match {pattern}"


def _size(shape: Shape, size: float, place: str, what: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield place, f"{what} must be at least {least}"
    if most is not None and size > most:
        yield place, f"{what} must be at most {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
