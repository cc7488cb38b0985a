"""The file of roles that may ship with an installation, so that a fresh laptop knows its people."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping, check_mapping
from drs_desktop.domain.roles import Role

LARGEST_FILE = 100_000


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    pattern: Annotated[str, Field(min_length=1, max_length=2_048)]
    role: Annotated[Role, Field(strict=False)]
    accounts: list[str] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    rules: Annotated[list[_Rule], Field(max_length=500)]


def read_role_mapping(path: Path) -> RoleMapping | None:
    """Return the rules of a JSON file, or None when there is no such file.

    Raises:
        ValidationFailed: the file cannot be read or says what cannot be meant.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValidationFailed(f"The role file {path} is larger than {LARGEST_FILE} bytes.")
        mapping = _mapping(_File.model_validate_json(content))
        check_mapping(mapping)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValidationFailed(f"The role file {path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise ValidationFailed(f"The role file {path} cannot be used: {_first(error)}") from None
    return mapping


def _mapping(file: _File) -> RoleMapping:
    return RoleMapping(
        rules=tuple(
            MappingRule(
                pattern=rule.pattern, role=rule.role, accounts=tuple(AccountId(one) for one in rule.accounts)
            )
            for rule in file.rules
        )
    )


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}." if place else f"{problem['msg']}."
