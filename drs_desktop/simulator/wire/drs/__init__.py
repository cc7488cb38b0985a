"""The drs backend in moto's shape: urls, responses, models, exceptions."""

from drs_desktop.simulator.wire.drs.models import drs_backends

__all__ = ["drs_backends"]
