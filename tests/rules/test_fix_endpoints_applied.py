"""Fixes around endpoints on the simulated AWS: planned, carried out, proven by a scan, and taken back."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from account import ACCOUNT, TRUST, US
from scans import Scanner

from mllens.assess import assess
from mllens.remediation.carry_out import Carrying, Limits
from mllens.remediation.journal import Journal
from mllens.remediation.planfile import Plan
from mllens.remediation.planning import Wanted, plan
from mllens.remediation.send import Writer
from mllens.rules import Rule
from mllens.rules.operational_excellence.endpoint_no_error_alarm import endpoint_no_error_alarm
from mllens.rules.performance.capture_enabled import capture_enabled
from mllens.rules.reliability.endpoint_autoscaling_effective import endpoint_autoscaling_effective
from mllens.sandbox import Sandbox
from mllens.scanner import Inventory
from mllens.scanner.plan import plan as reading_of

RULES: tuple[Rule, ...] = (endpoint_no_error_alarm, capture_enabled, endpoint_autoscaling_effective)
READS = [read for rule in RULES if rule.repair for read in (*rule.reads, *rule.repair.reads)]
SENDS = {operation for rule in RULES if rule.repair for operation in rule.repair.sends}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made, made.at(datetime(2026, 9, 1, tzinfo=UTC)):
        _seed(made)
        yield made


def _seed(sandbox: Sandbox) -> None:
    iam, sagemaker = sandbox.client("iam", US), sandbox.client("sagemaker", US)
    iam.create_role(RoleName="serving", AssumeRolePolicyDocument=json.dumps(TRUST))
    statement = {"Effect": "Allow", "Action": ["s3:PutObject", "cloudwatch:DescribeAlarms"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="serving", PolicyName="serve", PolicyDocument=document)
    sandbox.client("s3", US).create_bucket(Bucket="captured")
    sns = sandbox.client("sns", US)
    topic = sns.create_topic(Name="on-call")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+12025550123")
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/serving:1"
    role = f"arn:aws:iam::{ACCOUNT}:role/serving"
    sagemaker.create_model(ModelName="churn", ExecutionRoleArn=role, PrimaryContainer={"Image": image})
    variant = {"VariantName": "main", "ModelName": "churn", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    sagemaker.create_endpoint_config(EndpointConfigName="churn-1", ProductionVariants=[variant])
    tags = [{"Key": "environment", "Value": "production"}]
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="churn-1", Tags=tags)
    points = {datetime(2026, 10, day, tzinfo=UTC): 144_000.0 for day in range(18, 32)}
    which = {"EndpointName": "churn", "VariantName": "main"}
    sandbox.metric("AWS/SageMaker", "Invocations", which, points, region=US)


def _carry(sandbox: Sandbox, made: Plan, folder: Path, way: Callable[[Carrying], Any]) -> list[str]:
    writer = Writer(made, SENDS, session=sandbox.session(), sleep=lambda _: None)
    with Journal(folder / "journal.jsonl", made.id) as journal:
        return [outcome.word for outcome in way(Carrying(made, writer, journal, Limits(share=1.0)))]


def _found(inventory: Inventory) -> dict[str, str]:
    return {finding.rule: finding.status for finding in assess(inventory, RULES).findings}


def _there(sandbox: Sandbox) -> dict[str, Any]:
    """The endpoint as it serves and what stands around it, without what the fixes call history."""
    scaling = sandbox.client("application-autoscaling", US)
    endpoint = sandbox.client("sagemaker", US).describe_endpoint(EndpointName="churn")
    history = ("LastModifiedTime", "LastDeploymentConfig", "ResponseMetadata")
    return {
        "endpoint": {name: value for name, value in endpoint.items() if name not in history},
        "configs": [
            c["EndpointConfigName"] for c in sandbox.client("sagemaker", US).list_endpoint_configs()["EndpointConfigs"]
        ],
        "alarms": sandbox.client("cloudwatch", US).describe_alarms()["MetricAlarms"],
        "targets": scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"],
        "policies": scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"],
    }


def test_the_gaps_of_an_endpoint_close_in_order_and_open_again(sandbox: Sandbox, tmp_path: Path) -> None:
    scanner = Scanner(sandbox, reading_of(READS, {rule.subject for rule in RULES}))
    before = scanner(regions=[US])
    assert set(_found(before).values()) == {"fail"}
    start = _there(sandbox)
    made, _ = plan(before, Wanted(RULES, choices={"capture-enabled": {"bucket": "s3://captured/live"}}))
    assert made.left == []
    assert [step.operation for action in made.actions for step in action.steps] == [
        "PutMetricAlarm",
        *("CreateEndpointConfig", "UpdateEndpoint"),
        *("RegisterScalableTarget", "PutScalingPolicy"),
    ]
    # 144,000 calls on each day, by two instances
    assert made.actions[2].steps[1].params["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0

    assert _carry(sandbox, made, tmp_path, lambda carrying: carrying.apply()) == ["done", "done", "done"]
    assert set(_found(scanner(regions=[US])).values()) == {"pass"}
    assert _carry(sandbox, made, tmp_path, lambda carrying: carrying.undo()) == ["done", "done", "done"]
    assert _there(sandbox) == start
