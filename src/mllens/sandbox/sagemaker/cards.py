"""Model cards: every save of one is a version."""

from __future__ import annotations

import copy

from mllens.sandbox.answer import Answer, Call, create, cut, hook, shown
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateModelCard", "UpdateModelCard")
def save_model_card(call: Call) -> Answer:
    """Every save of a card is a version."""
    creating = call.operation == "CreateModelCard"
    if not creating and {"Content", "ModelCardStatus"} <= call.params.keys():
        raise AwsError("ValidationException", "Content and ModelCardStatus cannot be updated in one call.")
    answer = create(call) if creating else call.generic()
    record = call.find()
    record["ModelCardVersion"] = record.get("ModelCardVersion", 0) + 1
    record.setdefault("ModelCardStatus", "Draft")
    key = (record["ModelCardName"], str(record["ModelCardVersion"]))
    call.table("ModelCardVersion").put(key, copy.deepcopy(record))
    return answer


@hook("sagemaker", "DeleteModelCard")
def delete_model_card(call: Call) -> Answer:
    """With all its versions."""
    name = call.find()["ModelCardName"]
    versions = call.table("ModelCardVersion")
    for row in [row for row in versions if row["ModelCardName"] == name]:
        versions.remove(row)
    return call.generic()


@hook("sagemaker", "DescribeModelCard")
def describe_model_card(call: Call) -> Answer:
    """By name or ARN, and by version on request."""
    record = call.find()
    version = call.params.get("ModelCardVersion")
    if version is not None:
        record = _old_card(call, record, version)
    return shown(call, record)


def _old_card(call: Call, record: Record, version: int) -> Record:
    old = call.table("ModelCardVersion").get((record["ModelCardName"], str(version)))
    if old is None:
        call.fail("NotFound", f"Model card {record['ModelCardName']} has no version {version}.")
    return old


@hook("sagemaker", "ListModelCardVersions")
def list_model_card_versions(call: Call) -> Answer:
    """All versions of one card."""
    card = call.find("ModelCard", (call.params["ModelCardName"],))
    rows = [row for row in call.table("ModelCardVersion") if row["ModelCardName"] == card["ModelCardName"]]
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"ModelCardVersionSummaryList": page, **({"NextToken": token} if token else {})}
