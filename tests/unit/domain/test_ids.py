"""What an execution's id tells by itself."""

from datetime import UTC, datetime

import pytest

from drs_desktop.domain.ids import ExecutionId, begun_at, workspace_of

KNOWN = ExecutionId("payroll-dr-01ARZ3NDEKTSV4RRFFQ69G5FAV")  # the example of the ULID specification


def test_id_names_its_workspace() -> None:
    assert workspace_of(KNOWN) == "payroll-dr"


def test_id_tells_when_the_execution_was_begun() -> None:
    assert begun_at(KNOWN) == datetime(2016, 7, 30, 23, 54, 10, 259000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "demo", "demo-1", "demo-ILOU0000000000000000000000"])
def test_text_that_is_no_id_tells_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r"execution id|substring"):
        begun_at(ExecutionId(text))
