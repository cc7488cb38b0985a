"""The wrapper of secrets, and the store that forgets at the end."""

import pickle

import pytest

from drs_desktop.aws.secret_store import MemoryStore, Secret


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{:>20}".format, lambda one: repr([one])])
def test_secret_is_never_shown(shown: object) -> None:
    assert callable(shown)
    assert "canary" not in shown(Secret("canary"))


def test_secret_is_never_pickled() -> None:
    with pytest.raises(TypeError, match="never written down"):
        pickle.dumps(Secret("canary"))


def test_secrets_are_compared_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")


def test_secret_is_not_equal_to_its_text() -> None:
    assert Secret("a") != "a"


def test_memory_gives_back_what_was_written_last() -> None:
    store = MemoryStore()
    store.write("name", Secret("first"))
    store.write("name", Secret("second"))
    assert store.read("name") == Secret("second")


def test_memory_forgets_what_was_deleted() -> None:
    store = MemoryStore()
    store.write("name", Secret("text"))
    assert (store.delete("name"), store.delete("name"), store.read("name")) == (True, False, None)
