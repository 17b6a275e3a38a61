"""The tagging API over our records and moto's: only what bears (or once bore) tags, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, change_tags, cut, hook, tag_list

_SERVICE = "resourcegroupstaggingapi"
_DEFAULT_PAGE = 50


def _tagged(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    yield from call.state.tags.items()
    for resource in motoland.tagged(call.account, call.region):
        if resource.tags and resource.arn not in call.state.tags:
            yield resource.arn, dict(resource.tags)


@hook(_SERVICE, "GetResources")
def get_resources(call: Call) -> Answer:
    """ARNs with their tags; what was never tagged is not among them."""
    rows = [
        {"ResourceARN": arn, "Tags": tag_list(tags)}
        for arn, tags in sorted(_tagged(call))
        if _asked(call.params, arn, tags)
    ]
    size = call.params.get("ResourcesPerPage")
    page, token = cut(call, rows, call.params.get("PaginationToken") or None, size, _DEFAULT_PAGE)
    return {"ResourceTagMappingList": page, "PaginationToken": token or ""}


def _asked(params: dict[str, Any], arn: str, tags: dict[str, str]) -> bool:
    if "ResourceARNList" in params and arn not in params["ResourceARNList"]:
        return False
    if kinds := params.get("ResourceTypeFilters"):
        parts = arn.split(":", 5)
        service, path = parts[2], parts[5]
        kind = path.replace(":", "/").split("/")[0]
        if not any(wanted in (service, f"{service}:{kind}") for wanted in kinds):
            return False
    for wanted in params.get("TagFilters", ()):
        values = wanted.get("Values") or ()
        if wanted["Key"] not in tags or (values and tags[wanted["Key"]] not in values):
            return False
    return True


@hook(_SERVICE, "GetTagKeys")
def get_tag_keys(call: Call) -> Answer:
    """All keys in use."""
    keys = sorted({key for _, tags in _tagged(call) for key in tags})
    page, token = cut(call, keys, call.params.get("PaginationToken") or None, None)
    return {"TagKeys": page, "PaginationToken": token or ""}


@hook(_SERVICE, "GetTagValues")
def get_tag_values(call: Call) -> Answer:
    """All values of one key."""
    key = call.params["Key"]
    values = sorted({tags[key] for _, tags in _tagged(call) if key in tags})
    page, token = cut(call, values, call.params.get("PaginationToken") or None, None)
    return {"TagValues": page, "PaginationToken": token or ""}


@hook(_SERVICE, "TagResources", "UntagResources")
def tag_resources(call: Call) -> Answer:
    """Our records here, the rest in moto; what is nowhere fails by itself."""
    failed: Answer = {}
    others = []
    for arn in call.params["ResourceARNList"]:
        if arn in call.state.places:
            change_tags(call.state, arn, call.params.get("Tags"), call.params.get("TagKeys", ()))
        elif arn.split(":")[2] in {"sagemaker", "wellarchitected"}:
            failed[arn] = {
                "StatusCode": 404,
                "ErrorCode": "InvalidParameterException",
                "ErrorMessage": f"{arn} does not exist.",
            }
        else:
            others.append(arn)
    if others:
        backend = motoland.backend(_SERVICE, call.account, call.region)
        change = backend.tag_resources if call.operation == "TagResources" else backend.untag_resources
        failed |= change(others, call.params.get("Tags") or call.params.get("TagKeys")) or {}
    return {"FailedResourcesMap": failed}
