"""DescribeLaunchTemplateVersions of all templates at once, page by page: moto cuts the list off silently."""

import sys
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidParameterValueError
from moto.ec2.responses.launch_templates import LaunchTemplates

_MOST = 200
"""As many versions as EC2 puts on one page."""
_of_one_template = LaunchTemplates.describe_launch_template_versions


def install() -> None:
    """Let moto's server page; repeating it is harmless."""
    LaunchTemplates.describe_launch_template_versions = _describe  # type: ignore[method-assign]


def _describe(self: Any) -> Any:
    if self._get_param("LaunchTemplateId") or self._get_param("LaunchTemplateName"):
        return _of_one_template(self)
    pairs = self.ec2_backend.describe_launch_template_versions(
        template_name=None,
        template_id=None,
        versions=self._get_param("Versions", []),
        min_version=None,
        max_version=None,
        max_results=sys.maxsize,
    )
    unique = list(
        {(template.id, version.number): (template, version) for template, version in pairs}.values()
    )
    start, size = _page(self)
    shown = [_shape(self, *pair) for pair in unique[start : start + size]]
    end = start + size
    return ActionResult(
        {"LaunchTemplateVersions": shown, "NextToken": str(end) if end < len(unique) else None}
    )


def _page(response: Any) -> tuple[int, int]:
    token, size = str(response._get_param("NextToken") or "0"), response._get_int_param("MaxResults", _MOST)
    if not token.isdecimal():
        raise InvalidParameterValueError(token)
    return int(token), max(1, min(size, _MOST))


def _shape(response: Any, template: Any, version: Any) -> dict[str, Any]:
    return {
        "CreateTime": version.create_time,
        "CreatedBy": f"arn:{response.partition}:iam::{response.current_account}:root",
        "DefaultVersion": template.is_default(version),
        "LaunchTemplateData": version.data,
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionDescription": version.description,
        "VersionNumber": version.number,
    }
