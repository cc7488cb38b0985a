"""Tags of every resource that has an ARN."""

from drs_desktop.simulator.core.tagging import check_tags, tags_of
from drs_desktop.simulator.wire.drs.operation import Operation, Request
from drs_desktop.simulator.wire.drs.shape import Shape


def tag_resource(request: Request) -> None:
    """Add tags to a resource, or change them."""
    tags = _tags(request)
    check_tags(request.members["tags"], tags)
    tags.update(request.members["tags"])


def untag_resource(request: Request) -> None:
    """Remove tags from a resource."""
    tags = _tags(request)
    for key in request.members["tagKeys"]:
        tags.pop(key, None)


def list_tags_for_resource(request: Request) -> Shape:
    """Tell the tags of a resource."""
    return {"tags": _tags(request)}


def _tags(request: Request) -> dict[str, str]:
    return tags_of(request.state, request.members["resourceArn"])


OPERATIONS: dict[str, Operation] = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
