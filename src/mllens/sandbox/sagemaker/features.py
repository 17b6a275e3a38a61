"""Feature groups and what is known of their features."""

from __future__ import annotations

import copy

from mllens.sandbox.answer import Answer, Call, amend, create, hook, shown
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateFeatureGroup")
def create_feature_group(call: Call) -> Answer:
    """An offline store is active at once."""
    record = copy.deepcopy(call.params)
    if "OfflineStoreConfig" in record:
        record["OfflineStoreStatus"] = {"Status": "Active"}
    return create(call, given=record)


@hook("sagemaker", "UpdateFeatureGroup")
def update_feature_group(call: Call) -> Answer:
    """Features are added, settings of the online store merged."""
    record = call.find()
    changes = copy.deepcopy({n: v for n, v in call.params.items() if n != "FeatureGroupName"})
    if added := changes.pop("FeatureAdditions", None):
        changes["FeatureDefinitions"] = [*record.get("FeatureDefinitions", ()), *added]
    if "OnlineStoreConfig" in changes:
        changes["OnlineStoreConfig"] = record.get("OnlineStoreConfig", {}) | changes["OnlineStoreConfig"]
    amend(call, record, changes | {"LastUpdateStatus": {"Status": "Successful"}})
    return {"FeatureGroupArn": record["FeatureGroupArn"]}


@hook("sagemaker", "DescribeFeatureMetadata", "UpdateFeatureMetadata")
def feature_metadata(call: Call) -> Answer:
    """What is known of one feature of a group."""
    group = call.find("FeatureGroup", (call.params["FeatureGroupName"],))
    name = call.params["FeatureName"]
    feature = next((f for f in group.get("FeatureDefinitions", ()) if f["FeatureName"] == name), None)
    if feature is None:
        call.fail("NotFound", f"Feature {name} does not exist in {group['FeatureGroupName']}.")
    saved = call.table("FeatureMetadata").get((group["FeatureGroupName"], name)) or {}
    if call.operation == "DescribeFeatureMetadata":
        return shown(call, feature | feature_body(group, feature) | saved)
    parameters = {p["Key"]: p for p in [*saved.get("Parameters", ()), *call.params.get("ParameterAdditions", ())]}
    for key in call.params.get("ParameterRemovals", ()):
        parameters.pop(key, None)
    changed = saved | {"Parameters": list(parameters.values()), "LastModifiedTime": call.now}
    if "Description" in call.params:
        changed["Description"] = call.params["Description"]
    call.table("FeatureMetadata").put((group["FeatureGroupName"], name), changed)
    return {}


def feature_body(group: Record, feature: Record) -> Record:
    """What a feature shows without anybody having described it."""
    return {
        "FeatureGroupArn": group["FeatureGroupArn"],
        "FeatureGroupName": group["FeatureGroupName"],
        "FeatureName": feature["FeatureName"],
        "FeatureType": feature["FeatureType"],
        "CreationTime": group["CreationTime"],
        "LastModifiedTime": group["CreationTime"],
    }
