"""How far endpoints and components scale, and what moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mllens.sandbox.seeding.account import Account

_QUEUE = "ApproximateBacklogSizePerInstance"
_VARIANT, _COPIES = "sagemaker:variant:DesiredInstanceCount", "sagemaker:inference-component:DesiredCopyCount"


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How far something scales, and by what; `of` is an endpoint, whose variant main scales, or `component`s do.

    `tracks` is a target for calls per instance, `wakes` the alarm of a step policy; with neither nothing moves.
    """

    region: str
    on: datetime
    of: str
    least: int
    most: int
    component: bool = False
    tracks: float | None = None
    queued: bool = False  # the target is for the queue of an asynchronous endpoint
    wakes: str | None = None
    suspended: bool = False


def make_scaling(account: Account, scaling: Scaling) -> None:
    """A scalable target and the policy that moves it."""
    what = f"inference-component/{scaling.of}" if scaling.component else f"endpoint/{scaling.of}/variant/main"
    dimension = _COPIES if scaling.component else _VARIANT
    target = {"ServiceNamespace": "sagemaker", "ResourceId": what, "ScalableDimension": dimension}

    def ask(operation: str, **parameters: Any) -> Any:
        return account.ask(scaling.on, "application-autoscaling", scaling.region, operation, **target, **parameters)

    paused = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True, "ScheduledScalingSuspended": True}
    suspended = {"SuspendedState": paused} if scaling.suspended else {}
    ask("register_scalable_target", MinCapacity=scaling.least, MaxCapacity=scaling.most, **suspended)
    if scaling.tracks is not None:
        follow = {"TargetValue": scaling.tracks, **_followed(scaling), "ScaleInCooldown": 300}
        ask(
            "put_scaling_policy", PolicyName=f"{scaling.of}-calls", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=follow,
        )  # fmt: skip
        _tie(account, scaling, target, f"{scaling.of}-calls", ("High", "Low"))
    if scaling.wakes is not None:
        steps = {
            "AdjustmentType": "ChangeInCapacity", "Cooldown": 60,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        }  # fmt: skip
        ask(
            "put_scaling_policy",
            PolicyName=f"{scaling.of}-wake",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration=steps,
        )
        _tie(account, scaling, target, f"{scaling.of}-wake", ())


def _followed(scaling: Scaling) -> dict[str, Any]:
    if scaling.queued:
        dimensions = [{"Name": "EndpointName", "Value": scaling.of}]
        backlog = {"MetricName": _QUEUE, "Namespace": "AWS/SageMaker", "Dimensions": dimensions, "Statistic": "Average"}
        return {"CustomizedMetricSpecification": backlog}
    per = "InferenceComponentInvocationsPerCopy" if scaling.component else "VariantInvocationsPerInstance"
    return {"PredefinedMetricSpecification": {"PredefinedMetricType": f"SageMaker{per}"}}


def _tie(account: Account, scaling: Scaling, target: Mapping[str, str], name: str, made: Sequence[str]) -> None:
    """The alarms of a policy: those that target tracking makes for itself, or the one that people made for a step."""
    key = (target["ServiceNamespace"], target["ResourceId"], target["ScalableDimension"], name)
    policy = account.sandbox.record("application-autoscaling", "ScalingPolicy", *key, region=scaling.region)
    names = [
        f"TargetTracking-{target['ResourceId']}-Alarm{side}-{uuid5(NAMESPACE_URL, target['ResourceId'] + side)}"
        for side in made
    ] or [str(scaling.wakes)]
    policy["Alarms"] = [
        {"AlarmName": n, "AlarmARN": account.arn("cloudwatch", scaling.region, f"alarm:{n}")} for n in names
    ]
    metric = "InvocationsPerCopy" if scaling.component else _QUEUE if scaling.queued else "InvocationsPerInstance"
    for side, alarm in zip(made, names, strict=False):
        by = "InferenceComponentName" if scaling.component else "EndpointName"
        dimensions = [{"Name": by, "Value": scaling.of}] + (
            [] if scaling.component or scaling.queued else [{"Name": "VariantName", "Value": "main"}]
        )
        account.ask(
            scaling.on, "cloudwatch", scaling.region, "put_metric_alarm", AlarmName=alarm, Namespace="AWS/SageMaker",
            MetricName=metric, Dimensions=dimensions,
            Statistic="Sum", Period=60, EvaluationPeriods=3 if side == "High" else 15, Threshold=scaling.tracks,
            ComparisonOperator="GreaterThanThreshold" if side == "High" else "LessThanThreshold",
            AlarmActions=[policy["PolicyARN"]],
        )  # fmt: skip
        account.ask(
            scaling.on, "cloudwatch", scaling.region, "set_alarm_state", AlarmName=alarm, StateValue="OK",
            StateReason="Threshold not crossed",
        )  # fmt: skip
