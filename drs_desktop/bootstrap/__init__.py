"""The composition root: the only place that knows every part. Heavy parts are imported when first needed."""

from drs_desktop.bootstrap.program import build_program

__all__ = ["build_program"]
