"""Application Auto Scaling: how many instances and copies SageMaker's endpoints may have, and what moves them."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.model import Ref, Resource, Struct, api, ref

if TYPE_CHECKING:
    from mllens.scanner.sagemaker import Endpoint
    from mllens.scanner.sagemaker_inference import InferenceComponent

OF_SAGEMAKER = {"ServiceNamespace": "sagemaker"}
OF_VARIANT = r"endpoint/([^/]+)/variant/.+"
OF_COMPONENT = r"inference-component/(.+)"


class ScalableTarget(
    Resource, type="AWS::ApplicationAutoScaling::ScalableTarget", name="ResourceId", arn="ScalableTargetARN"
):
    """What may be scaled, and how far: the instances or the provisioned concurrency of a variant, or a component's copies.

    A variant has either of the two and a component has copies, so the resource's id names the target.
    """

    endpoint: "Ref[Endpoint] | None" = ref("ResourceId", local=True, pattern=OF_VARIANT)
    component: "Ref[InferenceComponent] | None" = ref("ResourceId", local=True, pattern=OF_COMPONENT)
    dimension: str = api("ScalableDimension")
    min_capacity: int = api("MinCapacity")
    max_capacity: int = api("MaxCapacity")
    # A target that nobody suspended may come without the state.
    scaling_in_suspended: bool = api("SuspendedState.DynamicScalingInSuspended", absent=False)
    scaling_out_suspended: bool = api("SuspendedState.DynamicScalingOutSuspended", absent=False)
    schedule_suspended: bool = api("SuspendedState.ScheduledScalingSuspended", absent=False)
    created: datetime = api("CreationTime")


class StepAdjustment(Struct):
    """One step: how far to move while the metric lies between two bounds, counted from the alarm's threshold."""

    # The outermost steps are open to one side.
    lower_bound: float | None = api("MetricIntervalLowerBound")
    upper_bound: float | None = api("MetricIntervalUpperBound")
    adjustment: int = api("ScalingAdjustment")


class ScalingPolicy(Resource, type="AWS::ApplicationAutoScaling::ScalingPolicy", name="PolicyARN", arn="PolicyARN"):
    """What moves a target: its name is the ARN's, for policies of different targets share names."""

    policy_name: str = api("PolicyName")
    target: Ref[ScalableTarget] = ref("ResourceId", local=True)
    endpoint: "Ref[Endpoint] | None" = ref("ResourceId", local=True, pattern=OF_VARIANT)
    component: "Ref[InferenceComponent] | None" = ref("ResourceId", local=True, pattern=OF_COMPONENT)
    policy_type: Literal["StepScaling", "TargetTrackingScaling", "PredictiveScaling"] = api("PolicyType")
    # Step scaling's alarms are made and tied by people; until then there are none.
    alarms: tuple[Ref[Alarm], ...] = ref("Alarms[].AlarmARN", absent=())
    # A policy has the settings of its own type only.
    adjustment_type: Literal["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"] | None = api(
        "StepScalingPolicyConfiguration.AdjustmentType"
    )
    steps: tuple[StepAdjustment, ...] = api("StepScalingPolicyConfiguration.StepAdjustments", absent=())
    target_value: float | None = api("TargetTrackingScalingPolicyConfiguration.TargetValue")
    # Target tracking follows a predefined metric or one of the account's own.
    predefined_metric: str | None = api(
        "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType"
    )
    custom_metric: str | None = api("TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.MetricName")
    # Scaling in is on unless it was turned off.
    scale_in_disabled: bool = api("TargetTrackingScalingPolicyConfiguration.DisableScaleIn", absent=False)
    # Without cooldowns the service's own hold.
    scale_in_cooldown: int | None = api("TargetTrackingScalingPolicyConfiguration.ScaleInCooldown")
    scale_out_cooldown: int | None = api("TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown")


class ScheduledAction(
    Resource,
    type="AWS::ApplicationAutoScaling::ScheduledAction",
    name="{ResourceId}/{ScheduledActionName}",
    arn="ScheduledActionARN",
):
    """A change of a target's bounds at set times."""

    target: Ref[ScalableTarget] = ref("ResourceId", local=True)
    schedule: str = api("Schedule")
    # An action changes either bound or both.
    min_capacity: int | None = api("ScalableTargetAction.MinCapacity")
    max_capacity: int | None = api("ScalableTargetAction.MaxCapacity")
    # Without an end it goes on for ever.
    end: datetime | None = api("EndTime")


COLLECTORS = (
    Collector(
        ScalableTarget,
        Listed(Call("application-autoscaling", "DescribeScalableTargets", items="ScalableTargets", fixed=OF_SAGEMAKER)),
    ),
    Collector(
        ScalingPolicy,
        Listed(Call("application-autoscaling", "DescribeScalingPolicies", items="ScalingPolicies", fixed=OF_SAGEMAKER)),
    ),
    Collector(
        ScheduledAction,
        Listed(
            Call("application-autoscaling", "DescribeScheduledActions", items="ScheduledActions", fixed=OF_SAGEMAKER)
        ),
    ),
)
