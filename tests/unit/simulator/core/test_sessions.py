"""Sessions and their ends."""

from datetime import timedelta

from drs_desktop.simulator.core.accounts import Role
from drs_desktop.simulator.core.sessions import Ending, Session, SessionStore
from tests.unit.simulator.builders import START

ROLE = Role(arn="arn:aws:iam::222222222222:role/path/Operator")


def a_session(key: str = "ASIA1", **changes: object) -> Session:
    members = {"token": "t", "role": ROLE, "name": key.lower(), "began_at": START, **changes}
    return Session(access_key_id=key, ends_at=START + timedelta(hours=1), **members)  # type: ignore[arg-type]


def test_arn_names_the_role_without_its_path() -> None:
    assert a_session().arn == "arn:aws:sts::222222222222:assumed-role/Operator/asia1"


def test_session_ends_to_the_second() -> None:
    session = a_session()
    assert not session.has_ended(START + timedelta(minutes=59, seconds=59))
    assert session.has_ended(START + timedelta(hours=1))


def test_only_transitive_tags_go_along() -> None:
    session = a_session(tags={"a": "1", "b": "2"}, transitive_keys=frozenset({"b"}))
    assert session.transitive_tags == {"b": "2"}


def test_ending_meets_those_that_are_meant_and_still_run() -> None:
    store, first, second = SessionStore(), a_session("ASIA1"), a_session("ASIA2")
    store.add(first)
    store.add(second)
    assert store.end(Ending.EXPIRE, START, lambda one: one is first) == [first]
    assert store.end(Ending.REVOKE, START, lambda _: True) == [second]
    assert (first.is_revoked, second.is_revoked, second.has_ended(START)) == (False, True, False)
    assert store.find("ASIA1") is first
    assert store.find("ASIA3") is None
