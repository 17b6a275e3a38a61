"""Application Auto Scaling: targets of endpoints that exist, their policies and schedules."""

from __future__ import annotations

import copy

from mllens.sandbox.answer import Answer, Call, cut, hook, tag_map
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Key, Record, State

_NAME = "application-autoscaling"
_PAGE = 50
_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def _key(call: Call, *more: str) -> Key:
    return tuple(str(call.params[name]) for name in (*_TARGET, *more))


@hook(_NAME, "RegisterScalableTarget")
def register_scalable_target(call: Call) -> Answer:
    """Register or change; bounds that are not given stay."""
    _check_resource(call)
    table = call.table("ScalableTarget")
    old = table.get(_key(call))
    if old is None and not {"MinCapacity", "MaxCapacity"} <= call.params.keys():
        raise AwsError("ValidationException", "MinCapacity and MaxCapacity are required for a new scalable target.")
    record = copy.deepcopy(call.params)
    tags = record.pop("Tags", None)
    arn = call.arn(f"scalable-target/{call.uuid().replace('-', '')}")
    service = call.params["ServiceNamespace"]
    role = f"arn:aws:iam::{call.account}:role/aws-service-role/{service}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling"
    suspended = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
    )
    fresh = {"ScalableTargetARN": arn, "CreationTime": call.now, "RoleARN": role, "SuspendedState": suspended}
    record = {**fresh, **(old or {}), **record}
    call.state.put(_NAME, "ScalableTarget", _key(call), record, record["ScalableTargetARN"])
    if tags:
        call.state.tags[record["ScalableTargetARN"]] = dict(tag_map(tags))
    return {"ScalableTargetARN": record["ScalableTargetARN"]}


def _check_resource(call: Call) -> None:
    if call.params["ServiceNamespace"] != "sagemaker":
        return
    kind, _, rest = call.params["ResourceId"].partition("/")
    if kind == "endpoint":
        name, _, variant = rest.partition("/variant/")
        endpoint = call.state.table("sagemaker", "Endpoint").get((name,)) or {}
        if variant not in {v["VariantName"] for v in endpoint.get("ProductionVariants", ())}:
            message = f"No production variant found for resource ID: {call.params['ResourceId']}"
            raise AwsError("ValidationException", message)
    elif kind == "inference-component" and (rest,) not in call.state.table("sagemaker", "InferenceComponent"):
        message = f"No inference component found for resource ID: {call.params['ResourceId']}"
        raise AwsError("ValidationException", message)


def _target(call: Call) -> Record:
    record = call.table("ScalableTarget").get(_key(call))
    if record is None:
        names = ", ".join(f"{name}: {call.params[name]}" for name in _TARGET)
        raise AwsError("ObjectNotFoundException", f"No scalable target registered for {names}")
    return record


@hook(_NAME, "DeregisterScalableTarget")
def deregister_scalable_target(call: Call) -> Answer:
    """Together with its policies and scheduled actions."""
    _remove(call.state, _target(call))
    return {}


def _remove(state: State, target: Record) -> None:
    key = tuple(target[n] for n in _TARGET)
    for noun, member in (("ScalingPolicy", "PolicyARN"), ("ScheduledAction", "ScheduledActionARN")):
        for row in [r for r in state.table(_NAME, noun) if tuple(r[n] for n in _TARGET) == key]:
            state.remove(_NAME, noun, row, row[member])
    state.remove(_NAME, "ScalableTarget", target, target["ScalableTargetARN"])


def variants(state: State, endpoint: str) -> frozenset[str]:
    """The variants of an endpoint that are registered for scaling."""
    return frozenset(str(row["ResourceId"]).rpartition("/")[2] for row in _of_endpoint(state, endpoint))


def forget(state: State, endpoint: str) -> None:
    """Deregister whatever scales an endpoint, as SageMaker does when it deletes one."""
    for row in _of_endpoint(state, endpoint):
        _remove(state, row)


def _of_endpoint(state: State, endpoint: str) -> list[Record]:
    start = f"endpoint/{endpoint}/variant/"
    return [row for row in state.table(_NAME, "ScalableTarget") if str(row["ResourceId"]).startswith(start)]


@hook(_NAME, "PutScalingPolicy")
def put_scaling_policy(call: Call) -> Answer:
    """Create or change."""
    _target(call)
    name, key = call.params["PolicyName"], _key(call, "PolicyName")
    old = call.table("ScalingPolicy").get(key) or {}
    path = f"resource/{call.params['ServiceNamespace']}/{call.params['ResourceId']}:policyName/{name}"
    arn = old.get("PolicyARN") or call.arn(f"scalingPolicy:{call.uuid()}:{path}", "autoscaling")
    record = {
        "PolicyType": "StepScaling",
        "Alarms": [],
        "CreationTime": call.now,
        **old,
        **copy.deepcopy(call.params),
        "PolicyARN": arn,
    }
    call.state.put(_NAME, "ScalingPolicy", key, record, arn)
    return {"PolicyARN": arn, "Alarms": record["Alarms"]}


@hook(_NAME, "PutScheduledAction")
def put_scheduled_action(call: Call) -> Answer:
    """Create or change."""
    _target(call)
    key = _key(call, "ScheduledActionName")
    old = call.table("ScheduledAction").get(key) or {}
    path = f"resource/{call.params['ServiceNamespace']}/{call.params['ResourceId']}:scheduledActionName/{key[-1]}"
    arn = old.get("ScheduledActionARN") or call.arn(f"scheduledAction:{call.uuid()}:{path}", "autoscaling")
    record = {"CreationTime": call.now, **old, **copy.deepcopy(call.params), "ScheduledActionARN": arn}
    call.state.put(_NAME, "ScheduledAction", key, record, arn)
    return {}


@hook(_NAME, "DeleteScalingPolicy", "DeleteScheduledAction")
def delete_child(call: Call) -> Answer:
    """By name, within its target."""
    noun = call.operation.removeprefix("Delete")
    name = {"ScalingPolicy": "PolicyName", "ScheduledAction": "ScheduledActionName"}[noun]
    row = call.table(noun).get(_key(call, name))
    if row is None:
        raise AwsError("ObjectNotFoundException", f"No {noun} found for {name}: {call.params[name]}")
    call.state.remove(_NAME, noun, row, row.get("PolicyARN") or row.get("ScheduledActionARN"))
    return {}


def _page(call: Call, noun: str, member: str, names: str | None, key: str) -> Answer:
    rows = [row for row in call.table(noun) if row["ServiceNamespace"] == call.params["ServiceNamespace"]]
    for name in ("ResourceId", "ScalableDimension"):
        rows = [row for row in rows if call.params.get(name, row[name]) == row[name]]
    if names and call.params.get(names):
        rows = [row for row in rows if row[key] in call.params[names]]
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"), _PAGE)
    return {member: page, **({"NextToken": token} if token else {})}


@hook(_NAME, "DescribeScalableTargets")
def describe_scalable_targets(call: Call) -> Answer:
    """By namespace, and by resources on request."""
    return _page(call, "ScalableTarget", "ScalableTargets", "ResourceIds", "ResourceId")


@hook(_NAME, "DescribeScalingPolicies")
def describe_scaling_policies(call: Call) -> Answer:
    """By namespace, and by names on request."""
    return _page(call, "ScalingPolicy", "ScalingPolicies", "PolicyNames", "PolicyName")


@hook(_NAME, "DescribeScheduledActions")
def describe_scheduled_actions(call: Call) -> Answer:
    """By namespace, and by names on request."""
    return _page(call, "ScheduledAction", "ScheduledActions", "ScheduledActionNames", "ScheduledActionName")


@hook(_NAME, "DescribeScalingActivities")
def describe_scaling_activities(call: Call) -> Answer:
    """What was added as `ScalingActivity` records: nothing scales by itself here."""
    return _page(call, "ScalingActivity", "ScalingActivities", None, "")
