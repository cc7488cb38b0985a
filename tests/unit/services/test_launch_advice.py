"""AWS's texts about failed launches get a cause and a remedy."""

import pytest

from drs_desktop.domain.job import LaunchStatus
from drs_desktop.services.launch_advice import launch_advice


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("InsufficientInstanceCapacity when calling RunInstances: none left", "no room left"),
        (
            "VcpuLimitExceeded: You have requested more vCPU capacity than your limit",
            "quota of running vCPUs",
        ),
        ("InsufficientFreeAddressesInSubnet when calling RunInstances", "no free address"),
        ("InvalidSubnetID.NotFound when calling RunInstances", "does not exist"),
        ("UnauthorizedOperation when calling CreateLaunchTemplateVersion", "lacks a permission"),
        ("UnauthorizedOperation: explicit deny in a service control policy", "organisation forbids"),
        ("Client.InternalError: Client error on launch", "key that encrypts"),
        ("The conversion server could not be launched", "conversion server did not start"),
    ],
)
def test_a_known_text_is_explained(text: str, cause: str) -> None:
    advice = launch_advice(LaunchStatus.FAILED, text)
    assert cause in advice.cause
    assert "retry" in advice.remedy.casefold()


def test_a_failure_without_text_points_at_permissions() -> None:
    assert "permission" in launch_advice(LaunchStatus.FAILED, "").cause


def test_an_unknown_text_is_not_guessed_at() -> None:
    advice = launch_advice(LaunchStatus.FAILED, "Blue smoke.")
    assert advice.cause == ""
    assert "AWS's text" in advice.remedy


def test_what_launched_well_needs_no_advice() -> None:
    assert launch_advice(LaunchStatus.LAUNCHED, "") == launch_advice(None, "")
    assert launch_advice(LaunchStatus.LAUNCHED, "").remedy == ""


def test_an_instance_that_is_not_healthy_is_no_failed_launch() -> None:
    assert "check did not pass" in launch_advice(LaunchStatus.LAUNCHED, "impaired").cause
