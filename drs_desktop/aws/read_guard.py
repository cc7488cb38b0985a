"""A client for reads refuses, before a byte leaves, every operation that is not known to change nothing."""

from typing import Any

from drs_desktop.domain.aws_operations import CallClass, call_class
from drs_desktop.domain.errors import AwsRejected


class WriteRefused(AwsRejected):
    """A client made for reads was asked to change something; nothing was sent."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            f"{service}:{operation} could change something, so it is never sent by a client for reads.",
            operation=operation,
        )


def refuse_writes(client: Any) -> None:
    """Let a client make reads only, from now on."""
    client.meta.events.register_first("provide-client-params", _refuse_if_write)


def _refuse_if_write(model: Any, **_: Any) -> None:
    service = model.service_model.service_name
    if call_class(service, model.name) is not CallClass.READ:
        raise WriteRefused(service, model.name)
