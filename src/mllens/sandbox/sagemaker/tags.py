"""The tags of whatever has an ARN."""

from __future__ import annotations

from mllens.sandbox.answer import Answer, Call, cut, hook, tag_list
from mllens.sandbox.errors import AwsError


@hook("sagemaker", "ListTags")
def list_tags(call: Call) -> Answer:
    """Tags of anything with an ARN."""
    arn = call.params["ResourceArn"]
    if arn not in call.state.places:
        raise AwsError("ValidationException", f"Could not find resource {arn}.")
    tags = tag_list(call.state.tags.get(arn, {}))
    page, token = cut(call, tags, call.params.get("NextToken"), call.params.get("MaxResults"), 50)
    return {"Tags": page, **({"NextToken": token} if token else {})}
