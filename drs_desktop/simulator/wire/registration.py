"""How moto learns of the drs backend, an alias in sys.modules and a host pattern, and of what it lacks."""

import re
import sys

import moto.backend_index

import drs_desktop.simulator.wire.drs.urls  # noqa: F401 - moto imports it by name; a frozen build must see it
from drs_desktop.simulator.wire import drs, template_pages

_ALIAS = "moto.drs"
_HOST = r"https?://drs(-fips)?\.(.+)\.amazonaws\.com"


def register() -> None:
    """Make `moto.drs` importable and let moto's server find it by host name; repeating it is harmless."""
    sys.modules.setdefault(_ALIAS, drs)
    template_pages.install()
    patterns = moto.backend_index.backend_url_patterns
    if not any(name == "drs" for name, _ in patterns):
        patterns.insert(0, ("drs", re.compile(_HOST)))
