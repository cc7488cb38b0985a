"""The errors of the simulated DRS, by their AWS codes; the HTTP status is the model's."""

from collections.abc import Sequence


class DrsError(Exception):
    """An error that a client of DRS would see.

    Attributes:
        code: The name of the model's error shape.
        message: The sentence in the body.
        members: Further members of the body (`quotaCode`, `resourceId`, …).
    """

    code = "InternalServerException"

    def __init__(self, message: str, **members: object) -> None:
        """Compose the error from its sentence and further body members."""
        super().__init__(message)
        self.message = message
        self.members = members


class ValidationError(DrsError):
    """The request is not what the model allows."""

    code = "ValidationException"

    def __init__(
        self,
        message: str,
        *,
        reason: str = "fieldValidationFailed",
        fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Name the fields that are wrong, each with what is wrong about it."""
        listed = [{"name": name, "message": text} for name, text in fields]
        super().__init__(message, reason=reason, **({"fieldList": listed} if listed else {}))


class ResourceNotFoundError(DrsError):
    """The named resource does not exist here."""

    code = "ResourceNotFoundException"

    def __init__(self, resource_type: str, resource_id: str) -> None:
        """Name the resource that was looked for."""
        super().__init__(
            f"{resource_type} with ID {resource_id} does not exist.",
            resourceType=resource_type,
            resourceId=resource_id,
        )


class AccessDeniedError(DrsError):
    """The caller may not do this (HTTP 403)."""

    code = "AccessDeniedException"


class ConflictError(DrsError):
    """The resource is busy."""

    code = "ConflictException"


class ServiceQuotaError(DrsError):
    """A quota of DRS would be exceeded (HTTP 402)."""

    code = "ServiceQuotaExceededException"

    def __init__(self, message: str, *, quota_code: str, resource_type: str) -> None:
        """Name the quota by its Service Quotas code."""
        super().__init__(message, quotaCode=quota_code, serviceCode="drs", resourceType=resource_type)


class UninitializedAccountError(DrsError):
    """DRS was never initialised in this account and Region."""

    code = "UninitializedAccountException"

    def __init__(self) -> None:
        """Compose the sentence."""
        super().__init__("Account is not initialized for Elastic Disaster Recovery in this Region.")
