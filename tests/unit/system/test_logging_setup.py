"""The log file: JSON lines, private, and without the canaries planted here."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from drs_desktop.system import logging_setup
from drs_desktop.system.logging_setup import LogSetup, set_up_logging

CANARY = "canary-that-must-not-be-written"
KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogSetup]:
    """Logging into a folder of the test's own, taken away afterwards."""
    root = logging.getLogger()
    level = root.level
    setup = set_up_logging(tmp_path)
    yield setup
    setup.close()
    root.setLevel(level)
    structlog.reset_defaults()


def lines(log: LogSetup) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.path.read_text().splitlines()]


def test_records_of_both_kinds_become_json_lines(log: LogSetup) -> None:
    structlog.get_logger("ours").info("wave started", wave=2, execution="demo-1")
    logging.getLogger("theirs").warning("disk %s is slow", "sda", extra={"seconds": 3})
    ours, theirs = lines(log)
    assert (ours["event"], ours["wave"], ours["level"], ours["logger"]) == ("wave started", 2, "info", "ours")
    assert (theirs["event"], theirs["seconds"], theirs["logger"]) == ("disk sda is slow", 3, "theirs")
    assert ours["at"].endswith("Z")


def test_the_file_is_private(log: LogSetup) -> None:
    logging.getLogger("theirs").warning("hello")
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_no_planted_secret_reaches_the_file(log: LogSetup) -> None:
    logger = structlog.get_logger("ours")
    logger.info("signed in", session_token=CANARY, nested={"SecretAccessKey": CANARY}, note=f"key {KEY}")
    header = f"Authorization: Bearer {CANARY}"
    logger.info(header)
    logging.getLogger("theirs").warning("password=%s", CANARY)
    logging.getLogger("theirs").warning("extra", extra={"signature": CANARY})
    try:
        raise ValueError(f"aws_secret_access_key={CANARY} {KEY}")
    except ValueError:
        logger.exception("failed")
        logging.getLogger("theirs").exception("failed too")
    structlog.contextvars.bind_contextvars(token=CANARY)
    logger.info("with context")
    structlog.contextvars.clear_contextvars()
    written = log.path.read_text()
    assert CANARY not in written
    assert "IOSFODNN7" not in written
    assert len(lines(log)) == 7
    assert "ValueError" in written


def test_botocore_never_chats(tmp_path: Path) -> None:
    setup = set_up_logging(tmp_path, level=logging.DEBUG)
    logging.getLogger("botocore.auth").debug("StringToSign: %s", CANARY)
    logging.getLogger("ours").debug("seen")
    setup.close()
    logging.getLogger().setLevel(logging.WARNING)
    structlog.reset_defaults()
    assert CANARY not in setup.path.read_text()
    assert "seen" in setup.path.read_text()


def test_large_files_rotate_and_stay_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: LogSetup
) -> None:
    monkeypatch.setattr(logging_setup, "_LARGEST_FILE", 500)
    folder = tmp_path / "small"
    folder.mkdir()
    small = set_up_logging(folder)
    for number in range(20):
        logging.getLogger("theirs").warning("line %d", number)
    small.close()
    assert len(list(folder.iterdir())) > 2
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in folder.iterdir())


def test_closing_twice_is_harmless(log: LogSetup) -> None:
    log.close()
    log.close()


@pytest.mark.parametrize(("word", "written"), [("debug", 2), ("WARNING", 0), ("loudly", 1), ("", 1)])
def test_least_level_is_the_one_that_the_environment_names(
    word: str, written: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    level = root.level
    monkeypatch.setenv(logging_setup.LEVEL_VARIABLE, word)
    setup = set_up_logging(tmp_path)
    structlog.get_logger("ours").debug("details")
    structlog.get_logger("ours").info("news")
    setup.close()
    root.setLevel(level)
    structlog.reset_defaults()
    assert (len(lines(setup)) if setup.path.exists() else 0) == written
