import re

from drs_desktop.simulator.core.ids import IdFactory


def test_same_seed_makes_the_same_ids() -> None:
    one, other = IdFactory(1), IdFactory(1)
    assert [one.fresh("drsjob-") for _ in range(3)] == [other.fresh("drsjob-") for _ in range(3)]
    assert one.stable("s-", "a", "b") == other.stable("s-", "a", "b")
    assert one.stream("x").random() == other.stream("x").random()


def test_ids_have_the_models_shape() -> None:
    ids = IdFactory(1)
    assert re.fullmatch(r"s-[0-9a-zA-Z]{17}", ids.stable("s-", "name"))
    assert re.fullmatch(r"drsjob-[0-9a-zA-Z]{17}", ids.fresh("drsjob-"))


def test_names_and_seeds_tell_ids_apart() -> None:
    ids = IdFactory(1)
    assert ids.stable("s-", "ab", "c") != ids.stable("s-", "a", "bc")
    assert ids.stable("s-", "a") != IdFactory(2).stable("s-", "a")
