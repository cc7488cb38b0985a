"""The log of AWS calls as a file; its lines are proved in test_drs_gateway."""

import json
from pathlib import Path

import pytest

from drs_desktop.aws import call_log
from drs_desktop.aws.call_log import CallLog
from tests.unit.aws.fake_aws import TurnableClock


def test_a_large_file_is_moved_aside(
    tmp_path: Path, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "_LARGEST_FILE", 200)
    monkeypatch.setattr(call_log, "_FILES_KEPT", 2)
    log = CallLog(tmp_path / "calls.jsonl", clock)
    for number in range(20):
        log.write({"operation": f"Describe{number}"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["calls.jsonl", "calls.jsonl.1", "calls.jsonl.2"]
    last = json.loads((tmp_path / "calls.jsonl").read_text().splitlines()[-1])
    assert last["operation"] == "Describe19"
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in tmp_path.iterdir())


def test_a_file_that_cannot_be_written_fails_no_call_and_is_told_once(
    tmp_path: Path, clock: TurnableClock, caplog: pytest.LogCaptureFixture
) -> None:
    log = CallLog(tmp_path / "missing" / "calls.jsonl", clock)
    log.write({"operation": "DescribeJobs"})
    log.write({"operation": "DescribeJobs"})
    assert len(caplog.records) == 1
