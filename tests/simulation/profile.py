"""How much a run of the proofs does: `quick` with every test run, `ci` and `night` by hand.

HYPOTHESIS_PROFILE chooses; each proof prints what it really did.
"""

import os
from typing import TypeVar

import pytest

_T = TypeVar("_T")
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
IS_QUICK = PROFILE == "quick"
_FIGURES = pytest.StashKey[list[str]]()
IS_NIGHT = PROFILE == "night"


def by_profile(quick: _T, ci: _T, night: _T) -> _T:
    """Return what belongs to the profile of this run."""
    return quick if IS_QUICK else night if IS_NIGHT else ci


def say(config: pytest.Config, line: str) -> None:
    """Note a figure of the run; conftest.py prints all of them at its end."""
    figures(config).append(line)


def figures(config: pytest.Config) -> list[str]:
    """Return the figures noted so far."""
    return config.stash.setdefault(_FIGURES, [])
