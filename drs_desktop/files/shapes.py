"""What the files of people are made of: ids, texts and numbers, read strictly; wrong ones have a place."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from drs_desktop.files.yaml_text import YamlTree

STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)
MOST_PROBLEMS = 50
"""What is wrong beyond this many is only counted."""


def _quoted(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(
            f'an account number must stand in quotation marks, "{value:012d}": as a number it loses '
            "its leading zero"
        )
    return value


AccountNumber = Annotated[str, BeforeValidator(_quoted), Field(pattern=r"^[0-9]{12}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=2000)]
RegionName = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
ServerId = Annotated[str, Field(pattern=r"^s-[0-9a-zA-Z]{17}$")]
Minutes = Annotated[float, Field(gt=0, le=576_000)]


def shape_problems(error: ValidationError, tree: YamlTree) -> list[str]:
    """Return a sentence, with line and column, for each thing that is not of the shape asked for."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    sentences = [_problem(one["loc"], one["msg"], one["type"], tree) for one in found[:MOST_PROBLEMS]]
    more = len(found) - MOST_PROBLEMS
    return [*sentences, f"And {more} more problems."] if more > 0 else sentences


def _problem(place: tuple[int | str, ...], message: str, kind: str, tree: YamlTree) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    text = (
        "this word is not known here" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
    )
    return f"{tree.place(place)}, {where[:200] or 'the whole'}: {text}."
