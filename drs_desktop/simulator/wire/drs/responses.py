"""The door of drs: a request is checked against botocore's model, answered, and formatted."""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from drs_desktop.simulator.core.access import principal_of
from drs_desktop.simulator.core.errors import DrsError, ValidationError
from drs_desktop.simulator.wire.drs import (
    configuration_operations,
    extension_operations,
    instance_operations,
    job_operations,
    launch_operations,
    server_operations,
    tag_operations,
)
from drs_desktop.simulator.wire.drs.exceptions import DRSClientError
from drs_desktop.simulator.wire.drs.models import DRSBackend, drs_backends
from drs_desktop.simulator.wire.drs.operation import Operation, Request
from drs_desktop.simulator.wire.drs.validation import check_request

OPERATIONS: Mapping[str, Operation] = {
    **server_operations.OPERATIONS,
    **job_operations.OPERATIONS,
    **instance_operations.OPERATIONS,
    **launch_operations.OPERATIONS,
    **tag_operations.OPERATIONS,
    **configuration_operations.OPERATIONS,
    **extension_operations.OPERATIONS,
}
"""What is simulated; every other operation answers ValidationException with reason unknownOperation."""

_NUMBERS_IN_QUERIES = ("maxResults",)
_NUMBER = re.compile(r"-?[0-9]{1,18}")


class DRSResponse(BaseResponse):
    """Parses a drs request, lets the core answer it, and formats the answer."""

    def __init__(self) -> None:
        """Name the service whose model moto uses."""
        super().__init__(service_name="drs")

    @property
    def backend(self) -> DRSBackend:
        """Return the backend of the caller's account and Region."""
        return drs_backends[self.current_account][self.region]

    def _get_action(self) -> str:
        """Find the operation from method and path alone; a body must not choose it."""
        return self._get_action_from_method_and_request_uri(self.normalized_request)

    def call_action(self) -> Any:
        """Check the request against the model, then answer it, or answer with a modelled error.

        Answers have the model's shape already and skip moto's serialiser, which took 95 % of the time.
        """
        action = self._get_action()
        try:
            operation = OPERATIONS.get(action)
            if operation is None:
                raise _unknown_operation(action)
            members = self._members()
            check_request(action, members)
            backend = self.backend
            simulation = backend.simulation
            caller = principal_of(simulation, self.get_access_key())
            shape = operation(
                Request(simulation=simulation, place=backend.state, members=members, caller=caller)
            )
        except DrsError as error:
            status, headers, body = self.serialized(ActionResult(DRSClientError(error)))
            return status, {**headers, **_headers()}, body
        body = "" if shape is None else json.dumps(shape)
        return _status(action), {**self.response_headers, **_headers()}, body

    def _members(self) -> dict[str, Any]:
        """Return the request's members from body, path and query string."""
        members = _json_object(self.body) if self.body else {}
        query = parse_qsl(self.parsed_url.query, keep_blank_values=True)
        if "resourceArn" in self.uri_match:
            members["resourceArn"] = unquote(self.uri_match["resourceArn"])
            if keys := [value for name, value in query if name == "tagKeys"]:
                members["tagKeys"] = keys
        elif self.method == "GET":
            members.update(_typed(name, value) for name, value in query)
        return members


def _typed(name: str, value: str) -> tuple[str, Any]:
    is_number = name in _NUMBERS_IN_QUERIES and _NUMBER.fullmatch(value)
    return name, int(value) if is_number else value


def _status(action: str) -> int:
    return int(get_service_model("drs").operation_model(action).http["responseCode"])


def _headers() -> dict[str, str]:
    return {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}


def _json_object(body: str) -> dict[str, Any]:
    try:
        parsed_body = json.loads(body)
    except ValueError:
        parsed_body = None
    if not isinstance(parsed_body, dict):
        raise ValidationError("The request body is not a JSON object.", reason="cannotParse")
    return parsed_body


def _unknown_operation(action: str | None) -> ValidationError:
    return ValidationError(
        f"The simulator does not simulate {action or 'this operation'} yet.", reason="unknownOperation"
    )
