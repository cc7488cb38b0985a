"""Core errors as moto serialises them; the HTTP status comes from botocore's model."""

from moto.core.exceptions import ServiceException

from drs_desktop.simulator.core.errors import DrsError


class DRSClientError(ServiceException):
    """An error of the core, with its body members as attributes for moto's serialiser."""

    def __init__(self, error: DrsError) -> None:
        """Take code, sentence and members over."""
        super().__init__(error.code, error.message)
        for name, value in error.members.items():
            setattr(self, name, value)
