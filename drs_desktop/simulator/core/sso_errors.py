"""How sso-oidc and the portal say no: their error codes and HTTP statuses."""


class SsoError(Exception):
    """A refusal of the portal, or the root of those of sso-oidc.

    Attributes:
        code: the name of the model's error shape.
        status: the HTTP status.
    """

    def __init__(self, code: str, status: int, message: str) -> None:
        """Compose the refusal."""
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message


class OidcError(SsoError):
    """A refusal of sso-oidc; `error` is the word of OAuth that goes into the body."""

    def __init__(self, error: str, message: str) -> None:
        """Look the shape and the status up by the word."""
        code, status = _SHAPES[error]
        super().__init__(code, status, message)
        self.error = error


_SHAPES = {
    "authorization_pending": ("AuthorizationPendingException", 400),
    "slow_down": ("SlowDownException", 400),
    "expired_token": ("ExpiredTokenException", 400),
    "access_denied": ("AccessDeniedException", 400),
    "invalid_grant": ("InvalidGrantException", 400),
    "invalid_client": ("InvalidClientException", 401),
    "unauthorized_client": ("UnauthorizedClientException", 400),
    "unsupported_grant_type": ("UnsupportedGrantTypeException", 400),
    "invalid_scope": ("InvalidScopeException", 400),
    "invalid_request": ("InvalidRequestException", 400),
    "invalid_client_metadata": ("InvalidClientMetadataException", 400),
    "invalid_redirect_uri": ("InvalidRedirectUriException", 400),
}


def unauthorized() -> SsoError:
    """Return the portal's refusal of a token that is unknown, over or signed out."""
    return SsoError("UnauthorizedException", 401, "Session token not found or invalid")


def not_assigned() -> SsoError:
    """Return the portal's refusal of an account or role that was not given to the user."""
    return SsoError("ForbiddenException", 403, "No access")
