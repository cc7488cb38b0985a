"""Copies of frozen dataclasses with some fields changed, as the fold makes them."""

from dataclasses import dataclass
from typing import Any

import pytest

from drs_desktop.domain.replacing import replace


@dataclass(frozen=True, kw_only=True)
class _Seat:
    owner: str
    epoch: int = 1


def test_copy_has_the_changed_fields_and_keeps_the_others() -> None:
    before = _Seat(owner="anna", epoch=3)
    assert replace(before, epoch=4) == _Seat(owner="anna", epoch=4)
    assert before == _Seat(owner="anna", epoch=3)


def test_name_that_is_no_field_is_refused_and_named() -> None:
    wrong: dict[str, Any] = {"ownr": "ben", "epoch": 2, "age": 7}
    with pytest.raises(TypeError, match=r"_Seat has no field age, ownr\."):
        replace(_Seat(owner="anna"), **wrong)
