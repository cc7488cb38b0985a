"""The proofs print what they did."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.simulation.profile import PROFILE, figures


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Drop what thousands of failures on purpose would log, each with its stack."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the figures of the run."""
    lines = figures(config)
    if lines:
        terminalreporter.section(f"what the proofs did, profile {PROFILE}")
        for line in lines:
            terminalreporter.write_line(line)
