"""HyperPod clusters: instance groups and the nodes that they count."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, amend, create, cut, hook
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateCluster")
def create_cluster(call: Call) -> Answer:
    """Instance groups count what was asked for."""
    record = copy.deepcopy(call.params)
    record["InstanceGroups"] = _groups(record.get("InstanceGroups", ()))
    return create(call, name=identity.letters(12, call.fingerprint, call.ordinal), given=record)


def _groups(groups: Iterable[Record]) -> list[Record]:
    shown = []
    for group in groups:
        count = group.get("InstanceCount", 0)
        shown.append(
            {n: v for n, v in group.items() if n != "InstanceCount"}
            | {"CurrentCount": count, "TargetCount": count, "Status": "InService"}
        )
    return shown


@hook("sagemaker", "UpdateCluster")
def update_cluster(call: Call) -> Answer:
    """Groups are changed by name; those not named stay."""
    record = call.find()
    changes = copy.deepcopy({n: v for n, v in call.params.items() if n != "ClusterName"})
    groups = {g["InstanceGroupName"]: g for g in record.get("InstanceGroups", ())}
    groups |= {g["InstanceGroupName"]: g for g in _groups(changes.get("InstanceGroups", ()))}
    for name in changes.pop("InstanceGroupsToDelete", ()):
        groups.pop(name, None)
    amend(call, record, changes | {"InstanceGroups": list(groups.values())})
    return {"ClusterArn": record["ClusterArn"]}


@hook("sagemaker", "ListClusterNodes")
def list_cluster_nodes(call: Call) -> Answer:
    """One node for each instance counted in the groups."""
    cluster = call.find("Cluster", (call.params["ClusterName"],))
    nodes = [
        {
            "InstanceGroupName": group["InstanceGroupName"],
            "InstanceId": f"i-{identity.digest(cluster['ClusterArn'], group['InstanceGroupName'], number)[:17]}",
            "InstanceType": group.get("InstanceType", "ml.m5.large"),
            "LaunchTime": cluster["CreationTime"],
            "InstanceStatus": {"Status": "Running"},
        }
        for group in cluster["InstanceGroups"]
        for number in range(group["CurrentCount"])
    ]
    page, token = cut(call, nodes, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"ClusterNodeSummaries": page, **({"NextToken": token} if token else {})}
