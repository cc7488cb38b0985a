"""Drafts of plans are kept one for each plan, come back whole, and a damaged one harms no other."""

from asyncio import run
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from drs_desktop.domain.draft_ports import PlanDraft
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ids import PlanId
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.storage.plan_drafts import PlanDrafts
from tests.helpers.plan_strategies import plan_documents

NOW = datetime(2026, 3, 23, 14, 10, tzinfo=UTC)


def a_draft(plan_id: str = "payroll", minutes: int = 0) -> PlanDraft:
    plan = RecoveryPlan(plan_id=PlanId(plan_id), name=plan_id, waves=())
    return PlanDraft(plan=plan, based_on=3, kept_at=NOW + timedelta(minutes=minutes))


def test_a_draft_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    store = PlanDrafts(tmp_path / "drafts")
    newer = replace(a_draft(minutes=1), plan=replace(a_draft().plan, name="other"))
    run(store.keep(a_draft()))
    run(store.keep(newer))
    assert run(store.drafts()) == (newer,)


def test_the_newest_draft_comes_first(tmp_path: Path) -> None:
    store = PlanDrafts(tmp_path)
    for each in (a_draft("a", 1), a_draft("b", 2)):
        run(store.keep(each))
    assert [draft.plan.plan_id for draft in run(PlanDrafts(tmp_path).drafts())] == ["b", "a"]


def test_a_dropped_draft_is_gone_and_dropping_again_is_no_error(tmp_path: Path) -> None:
    store = PlanDrafts(tmp_path)
    run(store.keep(a_draft()))
    run(store.drop(PlanId("payroll")))
    run(store.drop(PlanId("payroll")))
    assert run(store.drafts()) == ()


@pytest.mark.parametrize("plan_id", ["../../etc/passwd", "a/b", "CON", "x" * 900, "ä\n"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, plan_id: str) -> None:
    store = PlanDrafts(tmp_path / "drafts")
    run(store.keep(a_draft(plan_id)))
    (kept,) = run(store.drafts())
    assert kept.plan.plan_id == plan_id
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "drafts"]


def test_a_damaged_draft_harms_no_other(tmp_path: Path) -> None:
    store = PlanDrafts(tmp_path)
    run(store.keep(a_draft()))
    (tmp_path / "broken.json").write_text('{"plan": 7')
    assert run(store.drafts()) == (a_draft(),)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="The draft of plan payroll could not be kept"):
        run(PlanDrafts(tmp_path / "file" / "drafts").keep(a_draft()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(document=plan_documents())
def test_every_plan_comes_back_as_it_was(tmp_path: Path, document: PlanDocument) -> None:
    store = PlanDrafts(tmp_path / "drafts")
    for plan in document.plans:
        draft = PlanDraft(plan=plan, based_on=plan.revision, kept_at=NOW)
        run(store.keep(draft))
        assert draft in run(store.drafts())
        run(store.drop(plan.plan_id))
