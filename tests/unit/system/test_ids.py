"""Fresh identifiers."""

from drs_desktop.domain.ids import workspace_of
from drs_desktop.system.ids import UlidIds


def test_an_execution_id_names_its_workspace() -> None:
    assert workspace_of(UlidIds("my-demo").new_execution_id()) == "my-demo"


def test_ids_are_never_the_same() -> None:
    ids = UlidIds("demo")
    assert len({ids.new_intent_id() for _ in range(1000)}) == 1000
    assert len(ids.new_intent_id()) == 26
