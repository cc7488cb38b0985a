"""Why an account and Region cannot be read: a state with a title and a next step, whatever AWS said."""

import pytest

from drs_desktop.domain.errors import (
    AccessDenied,
    AwsError,
    AwsRejected,
    AwsUnreachable,
    SignInNeeded,
    Throttled,
)
from drs_desktop.domain.scope_trouble import ScopeCondition, trouble_of

STRANGE_KEYS = SignInNeeded("AWS does not accept the credentials.", code="UnrecognizedClientException")
BY_ORGANISATION = AccessDenied("… with an explicit deny in a service control policy")


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (AwsRejected("Never.", code="UninitializedAccountException"), ScopeCondition.NOT_INITIALISED),
        (SignInNeeded("Expired.", code="ExpiredTokenException"), ScopeCondition.SIGN_IN_NEEDED),
        (STRANGE_KEYS, ScopeCondition.SIGN_IN_NEEDED),
        (AccessDenied("No.", operation="AssumeRole"), ScopeCondition.ROLE_REFUSED),
        (AccessDenied("No.", operation="DescribeSourceServers"), ScopeCondition.ACCESS_DENIED),
        (BY_ORGANISATION, ScopeCondition.DENIED_BY_POLICY),
        (Throttled("Slower."), ScopeCondition.THROTTLED),
        (AwsUnreachable("No network."), ScopeCondition.UNREACHABLE),
        (AwsError("Odd."), ScopeCondition.FAILED),
    ],
)
def test_each_failure_is_a_state_with_a_title_and_a_next_step(
    error: AwsError, condition: ScopeCondition
) -> None:
    trouble = trouble_of(error)
    assert trouble.condition is condition
    assert trouble.title
    assert trouble.next_step.endswith(".")


def test_credentials_that_work_elsewhere_tell_of_a_region_that_is_not_enabled() -> None:
    assert trouble_of(STRANGE_KEYS, is_signed_in=True).condition is ScopeCondition.REGION_NOT_ENABLED
    expired = SignInNeeded("Expired.", code="ExpiredTokenException")
    assert trouble_of(expired, is_signed_in=True).condition is ScopeCondition.SIGN_IN_NEEDED


def test_a_region_that_alone_does_not_answer_is_not_blamed_on_the_network() -> None:
    alone = trouble_of(AwsUnreachable("No answer."), is_signed_in=True)
    assert alone.condition is ScopeCondition.UNREACHABLE
    assert "Others answer" in alone.next_step
