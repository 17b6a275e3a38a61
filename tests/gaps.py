"""An account with gaps for fixes: what it has and lacks is said in a few words, and planned and carried out over and over."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from account import ACCOUNT, TRUST, US

from mllens.remediation.carry_out import Carrying, Limits, Outcome
from mllens.remediation.journal import Journal
from mllens.remediation.planfile import Plan
from mllens.remediation.send import Writer
from mllens.rules.load import ours
from mllens.sandbox import Sandbox
from mllens.sandbox.snapshot import Difference, Snapshot

FIXABLE = tuple(rule for rule in ours() if rule.repair is not None)
SENDS = {operation for rule in FIXABLE if rule.repair for operation in rule.repair.sends}
TOPIC = f"arn:aws:sns:{US}:{ACCOUNT}:on-call"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/serving"
REPOSITORY = "serving"
HALF = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "endpoint-no-error-alarm": {"topic": TOPIC},
    "capture-enabled": {"bucket": "s3://kept/calls"},
    "endpoint-autoscaling-effective": {"target": 50.0},
}

Stage = Literal["production", "test", ""]
Openness = Literal["closed", "open", "half"]
"""Of a bucket whose policy is for everybody: all is blocked, nothing is set, or only ACLs are blocked."""


@dataclass(frozen=True)
class Served:
    """An endpoint; `captures` into the bucket `captured`; `scales` has a target only, or a policy, too.

    Only its first variant, `main`, is watched and scales.
    """

    name: str
    stage: Stage = "production"
    variants: tuple[str, ...] = ("main",)
    alarm: bool = False
    captures: bool = False
    scales: Literal["no", "target", "policy"] = "no"
    card: bool = False
    owned: bool = False


@dataclass(frozen=True)
class Described:
    """An account. `owned` are buckets that a stack owns; `scanned` tells what the registry's scanning rules cover."""

    endpoints: tuple[Served, ...]
    topic: bool = True
    training: Openness = "closed"
    captured: Openness = "closed"
    rotates: bool = True
    scanned: Literal["nothing", "another", "all"] = "all"
    owned: frozenset[str] = frozenset()


def seed(sandbox: Sandbox, described: Described) -> None:
    """Fill a sandbox, as of two months before its noon."""
    with sandbox.at(datetime(2026, 9, 1, tzinfo=UTC)):
        key = sandbox.client("kms", US).create_key()["KeyMetadata"]["KeyId"]
        if described.rotates:
            sandbox.client("kms", US).enable_key_rotation(KeyId=key)
        _buckets(sandbox, described)
        _scanning(sandbox, described.scanned)
        if described.topic:
            sandbox.client("sns", US).create_topic(Name="on-call")
            sandbox.client("sns", US).subscribe(TopicArn=TOPIC, Protocol="sms", Endpoint="+12025550123")
        _role(sandbox)
        train(sandbox, "train-1", "features", key)
        for served in described.endpoints:
            _serve(sandbox, served)
    looked(sandbox)
    sandbox.calls.clear()


def _buckets(sandbox: Sandbox, described: Described) -> None:
    s3 = sandbox.client("s3", US)
    for name, how in {"features": described.training, "captured": described.captured, "kept": "closed"}.items():
        s3.create_bucket(Bucket=name)
        if how == "open":
            s3.delete_public_access_block(Bucket=name)  # AWS gives each new bucket one
        if how == "half":
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=HALF)
        if name in described.owned:
            _own(lambda tags, name=name: s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags}))
        if how != "closed":
            read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))


def _own(put: Callable[[list[dict[str, str]]], object]) -> None:
    put([{"Key": "managed-by", "Value": "terraform"}])


def _scanning(sandbox: Sandbox, scanned: str) -> None:
    ecr = sandbox.client("ecr", US)
    ecr.create_repository(repositoryName=REPOSITORY)
    if scanned != "nothing":
        filters = [{"filter": "*" if scanned == "all" else "tools/*", "filterType": "WILDCARD"}]
        rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": filters}]
        ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)


def _role(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", US)
    iam.create_role(RoleName="serving", AssumeRolePolicyDocument=json.dumps(TRUST))
    statement = {"Effect": "Allow", "Action": ["s3:*", "cloudwatch:DescribeAlarms"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="serving", PolicyName="serve", PolicyDocument=document)


def train(sandbox: Sandbox, name: str, bucket: str, key: str) -> None:
    """A training job on a bucket, not long ago; its output is encrypted under a key, if there is one."""
    data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/", "S3DataDistributionType": "FullyReplicated"}
    output = {"S3OutputPath": "s3://kept/models/", **({"KmsKeyId": key} if key else {})}
    with sandbox.at(datetime(2026, 10, 20, tzinfo=UTC)):
        sandbox.client("sagemaker", US, fast=True).create_training_job(
            TrainingJobName=name,
            RoleArn=ROLE,
            AlgorithmSpecification={"TrainingImage": _IMAGE, "TrainingInputMode": "File"},
            InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": data}}],
            OutputDataConfig=output,
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            StoppingCondition={"MaxRuntimeInSeconds": 3600},
        )


_IMAGE = f"{ACCOUNT}.dkr.ecr.{US}.amazonaws.com/{REPOSITORY}:1"


def _serve(sandbox: Sandbox, served: Served) -> None:
    sagemaker, name = sandbox.client("sagemaker", US, fast=True), served.name
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": _IMAGE})
    variants = [
        {"VariantName": variant, "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
        for variant in served.variants
    ]
    capture: dict[str, Any] = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://captured/calls",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    more = {"DataCaptureConfig": capture} if served.captures else {}
    sagemaker.create_endpoint_config(EndpointConfigName=f"{name}-1", ProductionVariants=variants, **more)
    tags = [{"Key": "environment", "Value": served.stage}] if served.stage else []
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-1", Tags=tags)
    if served.owned:
        arn = f"arn:aws:sagemaker:{US}:{ACCOUNT}:endpoint/{name}"
        _own(lambda tags: sagemaker.add_tags(ResourceArn=arn, Tags=tags))
    if served.card:
        content = {"model_overview": {"model_id": f"arn:aws:sagemaker:{US}:{ACCOUNT}:model/{name}"}}
        sagemaker.create_model_card(ModelCardName=name, ModelCardStatus="Draft", Content=json.dumps(content))
    if served.alarm:
        _watch(sandbox, name)
    if served.scales != "no":
        _scale(sandbox, name, policy=served.scales == "policy")


def _watch(sandbox: Sandbox, name: str) -> None:
    sandbox.client("cloudwatch", US, fast=True).put_metric_alarm(
        AlarmName=f"{name}-errors",
        AlarmActions=[TOPIC],
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "main"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def _scale(sandbox: Sandbox, name: str, *, policy: bool) -> None:
    scaling = sandbox.client("application-autoscaling", US, fast=True)
    which = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{name}/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**which, MinCapacity=1, MaxCapacity=5)
    if policy:
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        tracking = {"TargetValue": 40.0, "PredefinedMetricSpecification": metric}
        scaling.put_scaling_policy(
            **which,
            PolicyName=f"{name}-calls",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )


def looked(sandbox: Sandbox) -> None:
    """Let CloudWatch evaluate all alarms: where no data counts as good, none rings."""
    cloudwatch = sandbox.client("cloudwatch", US, fast=True)
    for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
        cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="no data")


@dataclass
class Carried:
    """A plan and its journal in a folder; each way is a process of its own as far as the journal knows."""

    sandbox: Sandbox
    plan: Plan
    folder: Path
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = self.folder / "journal.jsonl"
        session = self.sandbox.session(fast=True)
        self._writer = Writer(self.plan, SENDS, session=session, sleep=self.slept.append)

    def apply(self, **limits: Any) -> dict[str, str]:
        """Apply it; what came of each action, by its id."""
        return words(self.outcomes(lambda carrying: carrying.apply(), **limits))

    def undo(self) -> dict[str, str]:
        """Take it back; the same."""
        return words(self.outcomes(lambda carrying: carrying.undo()))

    def outcomes(self, way: Callable[[Carrying], Iterator[Outcome]], **limits: Any) -> list[Outcome]:
        chosen = Limits(**{"share": 1.0, **limits})
        with Journal(self.journal, self.plan.id) as journal:
            return list(way(Carrying(self.plan, self._writer, journal, chosen)))

    def left(self, before: Snapshot) -> list[Difference]:
        """What differs from before, and no action listed as history; of fleets, only that they began later is history."""
        history = {member for action in self.plan.actions for member in action.history}
        return [
            d
            for d in before.differences(self.sandbox.snapshot())
            if f"{d.service}:{d.noun}.{d.member}" not in history
            or (d.member == "ProductionVariants" and _fleets(d.before) != _fleets(d.after))
        ]


def _fleets(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**variant, "DeployedImages": [image["ResolvedImage"] for image in variant["DeployedImages"]]}
        for variant in variants
    ]


def words(outcomes: Collection[Outcome]) -> dict[str, str]:
    """What came of each action, by its id."""
    return {outcome.action.id: outcome.word for outcome in outcomes}


def written(sandbox: Sandbox) -> list[str]:
    """The writes that a sandbox was asked for, in order."""
    return [label for made in sandbox.calls if (label := f"{made.service}:{made.operation}") in SENDS]
