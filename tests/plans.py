"""Plans for tests, written by hand: an alarm, a bucket's block, a deployment."""

from typing import Any

from mllens.remediation.planfile import Action, Gap, Look, Owner, Plan, Step, Target, Undo, Wait

ACCOUNT, REGION = "123456789012", "us-east-1"
DECLARED = {
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:DeleteAlarms",
    "s3:PutPublicAccessBlock",
    "s3:DeletePublicAccessBlock",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:UpdateEndpoint",
}
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OPEN = dict.fromkeys(CLOSED, False)
ALARM = {
    "AlarmName": "fraud-errors",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation5XXErrors",
    "Dimensions": [{"Name": "EndpointName", "Value": "fraud"}, {"Name": "VariantName", "Value": "main"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def target(type_: str, name: str, region: str = REGION, arn: str = "") -> Target:
    return Target(type=type_, account=ACCOUNT, region=region, name=name, arn=arn)


def alarm_step(**changes: Any) -> Step:
    which = {"AlarmNames": ["fraud-errors"]}
    values: dict[str, Any] = {
        "id": "alarm",
        "service": "cloudwatch",
        "operation": "PutMetricAlarm",
        "region": REGION,
        "params": ALARM,
        "target": target("AWS::CloudWatch::Alarm", "fraud-errors"),
        "look": Look(
            service="cloudwatch",
            operation="DescribeAlarms",
            params=which,
            at="MetricAlarms",
            action="cloudwatch:DescribeAlarms",
            on=["*"],
        ),
        "before": None,
        "after": ALARM,
        "undo": Undo(operation="DeleteAlarms", params=which, action="cloudwatch:DeleteAlarms", on=["*"]),
        "action": "cloudwatch:PutMetricAlarm",
        "on": ["*"],
    }
    return Step(**{**values, **changes})


def block_step(bucket: str = "features", **changes: Any) -> Step:
    values: dict[str, Any] = {
        "id": "block",
        "service": "s3",
        "operation": "PutPublicAccessBlock",
        "region": REGION,
        "params": {"Bucket": bucket, "PublicAccessBlockConfiguration": CLOSED},
        "target": target("AWS::S3::Bucket", bucket, "", f"arn:aws:s3:::{bucket}"),
        "look": Look(
            service="s3",
            operation="GetPublicAccessBlock",
            params={"Bucket": bucket},
            at="PublicAccessBlockConfiguration",
            none=["NoSuchPublicAccessBlockConfiguration"],
            action="s3:GetBucketPublicAccessBlock",
            on=[f"arn:aws:s3:::{bucket}"],
        ),
        "before": OPEN,
        "after": CLOSED,
        "undo": Undo(
            operation="PutPublicAccessBlock",
            params={"Bucket": bucket, "PublicAccessBlockConfiguration": OPEN},
            action="s3:PutBucketPublicAccessBlock",
            on=[f"arn:aws:s3:::{bucket}"],
        ),
        "action": "s3:PutBucketPublicAccessBlock",
        "on": [f"arn:aws:s3:::{bucket}"],
    }
    return Step(**{**values, **changes})


def deploy_steps() -> list[Step]:
    """Another configuration for the endpoint `fraud`, and the update to it."""
    config = {
        "EndpointConfigName": "fraud-2",
        "ProductionVariants": [
            {"VariantName": "main", "ModelName": "fraud", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
        ],
    }
    which = {"EndpointConfigName": "fraud-2"}

    def update(name: str) -> dict[str, Any]:
        return {"EndpointName": "fraud", "EndpointConfigName": name, "RetainAllVariantProperties": True}

    def look(operation: str, params: dict[str, Any], members: list[str]) -> Look:
        return Look(
            service="sagemaker",
            operation=operation,
            params=params,
            members=members,
            action=f"sagemaker:{operation}",
            on=["*"],
        )

    return [
        Step(
            id="config",
            service="sagemaker",
            operation="CreateEndpointConfig",
            region=REGION,
            params=config,
            target=target("AWS::SageMaker::EndpointConfig", "fraud-2"),
            look=look("DescribeEndpointConfig", which, []),
            before=None,
            after=config,
            undo=Undo(
                operation="DeleteEndpointConfig", params=which, action="sagemaker:DeleteEndpointConfig", on=["*"]
            ),
            action="sagemaker:CreateEndpointConfig",
            on=["*"],
        ),
        Step(
            id="update",
            service="sagemaker",
            operation="UpdateEndpoint",
            region=REGION,
            params=update("fraud-2"),
            target=target("AWS::SageMaker::Endpoint", "fraud"),
            look=look("DescribeEndpoint", {"EndpointName": "fraud"}, ["EndpointConfigName", "EndpointStatus"]),
            before={"EndpointConfigName": "fraud-1", "EndpointStatus": "InService"},
            after={"EndpointConfigName": "fraud-2", "EndpointStatus": "InService"},
            undo=Undo(
                operation="UpdateEndpoint", params=update("fraud-1"), action="sagemaker:UpdateEndpoint", on=["*"]
            ),
            wait=Wait(member="EndpointStatus", busy=["Updating", "RollingBack"], seconds=3600),
            action="sagemaker:UpdateEndpoint",
            on=["*"],
        ),
    ]


def action(id_: str, *steps: Step, waits_for: tuple[str, ...] = (), **changes: Any) -> Action:
    changed = [step.target for step in steps if step.before is not None]
    gap = Gap(
        finding=f"finding-{id_}",
        rule=f"rule-{id_}",
        severity="high",
        target=changed[0] if changed else target("AWS::SageMaker::Endpoint", "fraud"),
        message="lacks something",
    )
    values: dict[str, Any] = {"owner": Owner(kind="none"), "confidence": "high", "title": f"Do {id_}"}
    values |= {"id": id_, "closes": [gap], "targets": changed, "steps": list(steps), "waits_for": list(waits_for)}
    return Action(**values | changes)


def plan(*actions: Action, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "mllens_version": "0",
        "id": "abc",
        "account": ACCOUNT,
        "partition": "aws",
        "home": REGION,
        "scanned_at": "2026-11-01T12:00:00Z",
        "inventory_sha256": "",
        "resources": {"AWS::S3::Bucket": 40, "AWS::SageMaker::Endpoint": 1},
        "left": [],
    }
    return Plan(actions=list(actions), **values | changes)
