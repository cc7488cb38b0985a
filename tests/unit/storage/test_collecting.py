"""The collector rests while a long history is read, and works again afterwards."""

import gc
from collections.abc import Iterator

import pytest

from drs_desktop.storage.collecting import CollectionPause


@pytest.fixture(autouse=True)
def _collector_on() -> Iterator[None]:
    """Leave the collector on, whatever a test did to it."""
    gc.enable()
    yield
    gc.enable()


def test_the_collector_is_off_inside_and_on_afterwards() -> None:
    with CollectionPause():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_only_when_the_last_one_has_left() -> None:
    pause = CollectionPause()
    with pause:
        with pause:
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="damaged"), CollectionPause():
        raise ValueError("damaged")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with CollectionPause():
        pass
    assert not gc.isenabled()
