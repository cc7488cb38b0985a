"""A database in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drs_desktop.storage.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "workspace.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(path)
    opened.open()
    yield opened
    opened.close()
