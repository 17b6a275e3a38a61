"""Scaling of a variant's instances: its target and its policy, as steps of a fix with their effects."""

from typing import Any

from mllens.rules.arns import beside
from mllens.rules.fix import Effect, Look, NeedsPerson, Step, Undo, changed, created
from mllens.scanner import Ref
from mllens.scanner.autoscaling import ScalableTarget, ScalingPolicy
from mllens.scanner.sagemaker import Endpoint

SERVICE = "application-autoscaling"
SENDS = (
    *(f"{SERVICE}:RegisterScalableTarget", f"{SERVICE}:DeregisterScalableTarget"),
    *(f"{SERVICE}:PutScalingPolicy", f"{SERVICE}:DeleteScalingPolicy"),
)
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
PER_INSTANCE = "SageMakerVariantInvocationsPerInstance"


def resource_of(endpoint: Endpoint, variant: str) -> str:
    """What Application Auto Scaling calls a variant."""
    return f"endpoint/{endpoint.name}/variant/{variant}"


def bounded(
    endpoint: Endpoint, variant: str, least: int, most: int, *, present: ScalableTarget | None
) -> tuple[Step, Effect]:
    """The step that gives a variant a target with bounds, or its present one others.

    Raises:
        NeedsPerson: the bounds leave no room to grow.
    """
    if not 0 < least < most:
        raise NeedsPerson(f"{variant} cannot scale from {least} to {most}; choose least= and most= anew")
    which, on = _which(endpoint, variant), _on(endpoint)
    after = {"MinCapacity": least, "MaxCapacity": most}
    if present is not None:
        effect: Effect = changed(present, min_capacity=least, max_capacity=most)
        before = {"MinCapacity": present.min_capacity, "MaxCapacity": present.max_capacity}
        undo = Undo("RegisterScalableTarget", {**which, **before}, on=on)
    else:
        target = ScalableTarget(
            name=which["ResourceId"],
            account=endpoint.account,
            region=endpoint.region,
            endpoint=Ref(Endpoint, which["ResourceId"], endpoint.account, endpoint.region),
            dimension=INSTANCES,
            min_capacity=least,
            max_capacity=most,
        )
        alone = tuple(Look(SERVICE, f"Describe{what}", which, what) for what in ("ScalingPolicies", "ScheduledActions"))
        effect, undo = created(target), Undo("DeregisterScalableTarget", which, on=on, alone=alone)
    asked = {"ServiceNamespace": "sagemaker", "ResourceIds": [which["ResourceId"]], "ScalableDimension": INSTANCES}
    step = Step(
        id=f"target-{variant}",
        service=SERVICE,
        operation="RegisterScalableTarget",
        params={**which, **after},
        subject=effect.resource.key,
        look=Look(SERVICE, "DescribeScalableTargets", asked, "ScalableTargets", members=tuple(after)),
        after=after,
        undo=undo,
        on=on,
        also=_also(endpoint),
        template={"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": {**which, **after}},
    )
    return step, effect


def tracked(endpoint: Endpoint, variant: str, name: str, calls: float) -> tuple[Step, Effect]:
    """The step that lets a variant's target follow calls a minute for each instance.

    The policy's ARN, which is its name here, holds an id that AWS gives; a stand-in names it until the next scan.
    """
    which, on = _which(endpoint, variant), _on(endpoint)
    tracking: dict[str, Any] = {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": calls,
            "PredefinedMetricSpecification": {"PredefinedMetricType": PER_INSTANCE},
        },
    }
    policy = ScalingPolicy(
        name=f"planned:resource/sagemaker/{which['ResourceId']}:policyName/{name}",
        account=endpoint.account,
        region=endpoint.region,
        target=Ref(ScalableTarget, which["ResourceId"], endpoint.account, endpoint.region),
        policy_name=name,
        policy_type="TargetTrackingScaling",
        target_value=calls,
        predefined_metric=PER_INSTANCE,
    )
    step = Step(
        id=f"policy-{variant}",
        service=SERVICE,
        operation="PutScalingPolicy",
        params={**which, "PolicyName": name, **tracking},
        subject=policy.key,
        look=Look(
            *(SERVICE, "DescribeScalingPolicies", {**which, "PolicyNames": [name]}, "ScalingPolicies"),
            members=tuple(tracking),
        ),
        after=tracking,
        undo=Undo("DeleteScalingPolicy", {**which, "PolicyName": name}, on=on),
        on=on,
        also=_also(endpoint),
        template={
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {**which, "PolicyName": name, **tracking},
        },
    )
    return step, created(policy)


def _which(endpoint: Endpoint, variant: str) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource_of(endpoint, variant),
        "ScalableDimension": INSTANCES,
    }


def _on(endpoint: Endpoint) -> tuple[str, ...]:
    return (beside(endpoint, SERVICE, "scalable-target/*"),)  # the ARN of a target ends with an id that AWS gives


def _also(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    """What scaling asks of the caller beside its own actions; the service's role is made with an account's first target.

    As AWS lists it: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
    """
    if not endpoint.arn:
        return ()
    partition = endpoint.arn.split(":")[1]
    role = (
        f"aws-service-role/sagemaker.{SERVICE}.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    )
    return (
        ("sagemaker:DescribeEndpoint", endpoint.arn),
        ("sagemaker:DescribeEndpointConfig", beside(endpoint, "sagemaker", "endpoint-config/*")),
        ("sagemaker:UpdateEndpointWeightsAndCapacities", endpoint.arn),
        ("iam:CreateServiceLinkedRole", f"arn:{partition}:iam::{endpoint.account}:role/{role}"),
    )
