"""The demo account: the ML platform of an insurer, with good parts, bad parts and a forgotten corner."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mllens.sandbox.faults import Fault, Faults
from mllens.sandbox.sandbox import Sandbox

US, EU = "us-east-1", "eu-west-1"
REGISTRY = "763104351884.dkr.ecr"  # AWS's own framework images
DEMO_FAULTS = Faults(Fault("deny", calls="cloudwatch:DescribeAlarms", region=EU))
"""What the demo's reader may not read, so that a report shows what that looks like."""

# What people write into free text, and what a report must not obey.
SCRIPT = "<script>alert(document.domain)</script>"
FORMULA = "=cmd|' /C calc'!A0"
COLOURS = "\x1b[2J\x1b[31mowned\x1b[0m"


def day(month: int, number: int, hour: int = 9) -> datetime:
    """A moment of the year that the demo plays in."""
    return datetime(2026, month, number, hour, tzinfo=UTC)


# ----------------------------------------------------------------------------------------------------------------- data


@dataclass(frozen=True)
class Bucket:
    """A bucket; `versioning` is None where it was never turned on."""

    name: str
    region: str
    versioning: str | None


@dataclass(frozen=True)
class Role:
    """A role, AWS's policies that it carries, and the service that takes it on."""

    name: str
    managed: tuple[str, ...] = ()
    service: str = "sagemaker"


@dataclass(frozen=True)
class Group:
    """A model in the registry: the approval of each version, oldest first."""

    name: str
    region: str
    versions: tuple[str, ...]
    description: str
    created: datetime


@dataclass(frozen=True)
class Model:
    """A model; `package` is group and version, None for one that was uploaded by hand."""

    name: str
    region: str
    role: str
    package: tuple[str, int] | None
    isolated: bool
    created: datetime
    preprocessing: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Release:
    """One deployment of an endpoint: what it serves from then on."""

    on: datetime
    models: tuple[str, ...]
    shadows: tuple[str, ...] = ()
    instances: int = 2
    instance_type: str = "ml.m5.xlarge"
    serverless: int | None = None
    canary: tuple[str, int] | None = None
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint through its releases; `calls` is a typical day's, None if nothing was recorded at all."""

    name: str
    region: str
    releases: tuple[Release, ...]
    calls: int | None
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "InService"
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Family:
    """Training jobs that are runs of one thing."""

    name: str
    region: str
    role: str
    bucket: str | None
    runs: tuple[datetime, ...]
    isolated: bool
    spot: bool = False
    instance_type: str = "ml.m5.4xlarge"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """A monitoring schedule and how its runs ended, one a day, the last one yesterday."""

    name: str
    region: str
    endpoint: str
    created: datetime
    runs: tuple[str, ...]
    isolated: bool = True
    definition: str | None = None
    stopped: bool = False


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm on endpoints: one metric of one, an error rate of one (`rate`), or others' states (`rule`)."""

    name: str
    region: str
    endpoint: str = ""
    metric: str = ""
    threshold: float = 1.0
    rate: bool = False
    rule: str = ""


BUCKETS = (
    Bucket("meridian-ml-features", US, "Enabled"),
    Bucket("meridian-ml-artifacts", US, "Enabled"),
    Bucket("meridian-claims-landing", US, None),
    Bucket("meridian-ml-features-eu", EU, "Suspended"),
)

ROLES = (
    Role("meridian-ml-serving"),
    Role("meridian-ml-training"),
    Role("meridian-ml-monitoring"),
    Role("meridian-claims-datascience", ("AmazonSageMakerFullAccess",)),
    Role("meridian-studio-trial", ("AmazonSageMakerFullAccess", "AmazonS3ReadOnlyAccess")),
    Role("meridian-claims-intake", ("AmazonSageMakerFullAccess",), service="lambda"),
)

GROUPS = (
    Group(
        "fraud-scoring",
        US,
        ("Approved", "Approved", "PendingManualApproval"),
        "Scores card payments for fraud before they settle",
        day(2, 3),
    ),
    Group("claims-triage", US, ("Approved", "Rejected"), f"Sorts incoming claims. Owner: {SCRIPT}", day(4, 14)),
    Group("claims-triage", EU, ("Approved",), "Copy of the model approved in us-east-1", day(6, 2)),
)

MODELS = (
    Model("fraud-scoring-v1", US, "meridian-ml-serving", ("fraud-scoring", 1), isolated=True, created=day(3, 2)),
    Model("fraud-scoring-v2", US, "meridian-ml-serving", ("fraud-scoring", 2), isolated=True, created=day(8, 17)),
    Model("fraud-scoring-v3", US, "meridian-ml-serving", ("fraud-scoring", 3), isolated=True, created=day(10, 20)),
    Model(
        "claims-triage-v2",
        US,
        "meridian-claims-datascience",
        ("claims-triage", 2),
        isolated=False,
        created=day(9, 8),
        preprocessing=True,
        environment={"LOG_LEVEL": "info", "REPORT_TITLE": FORMULA, "DB_PASSWORD": "not-a-real-one"},
    ),
    Model("claims-triage-v1", EU, "meridian-ml-serving", ("claims-triage", 1), isolated=True, created=day(6, 3)),
    Model("document-reader", US, "meridian-ml-serving", None, isolated=False, created=day(5, 19)),
    Model("churn-2024", US, "meridian-claims-datascience", None, isolated=False, created=day(1, 12)),
    Model("churn-2025", US, "meridian-claims-datascience", None, isolated=False, created=day(2, 9)),
)

ENDPOINTS = (
    Endpoint(
        name="fraud-scoring-prod",
        region=US,
        tags={"environment": "production", "owner": "payments-risk", "cost-center": "4410"},
        calls=182_000,
        releases=(
            Release(on=day(3, 3), models=("fraud-scoring-v1",), instances=3),
            Release(
                on=day(8, 18),
                models=("fraud-scoring-v2",),
                instances=4,
                canary=("CAPACITY_PERCENT", 10),
                guards=("fraud-scoring-5xx", "fraud-scoring-latency"),
            ),
        ),
    ),
    Endpoint(
        name="claims-triage-prod",
        region=US,
        tags={"environment": "production", "owner": f"claims {SCRIPT}", "note": FORMULA, "banner": COLOURS},
        calls=9_400,
        releases=(
            Release(
                on=day(9, 9),
                models=("claims-triage-v2",),
                canary=("INSTANCE_COUNT", 1),
                guards=("claims-triage-5xx-old",),
            ),
        ),
    ),
    Endpoint(
        name="document-reader-prod",
        region=US,
        tags={"environment": "production", "owner": "intake"},
        calls=310,
        releases=(Release(on=day(5, 20), models=("document-reader",), serverless=20),),
    ),
    Endpoint(
        name="churn-scores",
        region=US,
        calls=0,
        releases=(Release(on=day(1, 13), models=("churn-2024",), instances=1, instance_type="ml.g4dn.xlarge"),),
    ),
    Endpoint(
        name="fraud-scoring-dev",
        region=US,
        tags={"environment": "development", "owner": "payments-risk"},
        calls=40,
        releases=(Release(on=day(10, 21), models=("fraud-scoring-v2",), shadows=("fraud-scoring-v3",), instances=1),),
    ),
    Endpoint(
        name="churn-staging",
        region=US,
        tags={"stage": "staging"},
        calls=None,
        releases=(Release(on=day(2, 10), models=("churn-2025",), instances=1),),
        status="Failed",
        reason="The primary container for production variant main did not pass the ping health check.",
    ),
    Endpoint(
        name="claims-triage-eu-prod",
        region=EU,
        tags={"environment": "production", "owner": "claims"},
        calls=2_100,
        releases=(Release(on=day(6, 4), models=("claims-triage-v1",), guards=("claims-triage-eu-5xx",)),),
    ),
)

FAMILIES = (
    Family(
        name="fraud-scoring-train",
        region=US,
        role="meridian-ml-training",
        bucket="meridian-ml-features",
        runs=(day(8, 15, 3), day(9, 19, 3), day(10, 17, 3)),
        isolated=True,
    ),
    Family(
        name="claims-triage-train",
        region=US,
        role="meridian-claims-datascience",
        bucket="meridian-claims-landing",
        runs=(day(9, 5, 14), day(10, 24, 16)),
        isolated=False,
        environment={"MLFLOW_TRACKING_TOKEN": "not-a-real-one", "EXPERIMENT": f"{COLOURS} retry"},
    ),
    Family(
        name="claims-triage-eu-train",
        region=EU,
        role="meridian-ml-training",
        bucket="meridian-ml-features-eu",
        runs=(day(9, 27, 2), day(10, 25, 2)),
        isolated=True,
    ),
    Family(
        name="document-reader-tune",
        region=US,
        role="meridian-ml-training",
        bucket=None,
        runs=(day(10, 12, 20),),
        isolated=True,
        instance_type="ml.g5.2xlarge",
    ),
)

MONITORS = (
    Monitor(
        name="fraud-scoring-data-quality",
        region=US,
        endpoint="fraud-scoring-prod",
        created=day(3, 4),
        runs=("Completed", "CompletedWithViolations", "Completed"),
    ),
    Monitor(
        name="claims-triage-data-quality",
        region=US,
        endpoint="claims-triage-prod",
        created=day(9, 10),
        runs=("Failed", "Failed"),
        isolated=False,
    ),
    Monitor(
        name="churn-data-quality",
        region=US,
        endpoint="churn-scores",
        created=day(2, 1),
        runs=(),
        definition="churn-data-quality-definition",
        stopped=True,
    ),
    Monitor(
        name="claims-triage-eu-data-quality", region=EU, endpoint="claims-triage-eu-prod", created=day(10, 31), runs=()
    ),
)

ALARMS = (
    Alarm(
        name="fraud-scoring-5xx", region=US, endpoint="fraud-scoring-prod", metric="Invocation5XXErrors", threshold=5
    ),
    Alarm(
        name="fraud-scoring-latency", region=US, endpoint="fraud-scoring-prod", metric="ModelLatency", threshold=80_000
    ),
    Alarm(name="fraud-scoring-any", region=US, rule='ALARM("fraud-scoring-5xx") OR ALARM("fraud-scoring-latency")'),
    Alarm(name="document-reader-error-rate", region=US, endpoint="document-reader-prod", rate=True, threshold=0.02),
    Alarm(
        name="claims-triage-latency", region=US, endpoint="claims-triage-prod", metric="ModelLatency", threshold=900_000
    ),
    Alarm(
        name="claims-triage-eu-5xx",
        region=EU,
        endpoint="claims-triage-eu-prod",
        metric="Invocation5XXErrors",
        threshold=5,
    ),
)


# -------------------------------------------------------------------------------------------------------------- seeding


def seed(sandbox: Sandbox) -> None:
    """Fill a sandbox with the demo account: through AWS's own operations, each at its time."""
    with ExitStack() as stack:
        stack.enter_context(sandbox.lenient())  # AWS would refuse some of the hostile texts
        account = _Account(sandbox)
        account.buckets(BUCKETS)
        account.roles(ROLES)
        account.registry(GROUPS)
        for model in MODELS:
            account.model(model)
        for endpoint in ENDPOINTS:
            account.endpoint(endpoint)
        for family in FAMILIES:
            account.training(family)
        for monitor in MONITORS:
            account.monitor(monitor)
        for alarm in ALARMS:
            account.alarm(alarm)


class _Account:
    """Small functions from data to calls, over one client for each service and region."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = self.sandbox.client(service, region)
        return self._clients[service, region]

    def role_arn(self, name: str) -> str:
        return f"arn:aws:iam::{self.sandbox.account}:role/{name}"

    def package_arn(self, region: str, package: tuple[str, int]) -> str:
        return f"arn:aws:sagemaker:{region}:{self.sandbox.account}:model-package/{package[0]}/{package[1]}"

    def buckets(self, buckets: Iterable[Bucket]) -> None:
        for bucket in buckets:
            s3 = self.client("s3", bucket.region)
            where = {} if bucket.region == US else {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
            with self.sandbox.at(day(1, 5)):
                s3.create_bucket(Bucket=bucket.name, **where)
            if bucket.versioning:
                s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": bucket.versioning})

    def roles(self, roles: Iterable[Role]) -> None:
        iam = self.client("iam", US)
        own = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": "arn:aws:s3:::meridian-ml-*/*",
                },
                {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"},
            ],
        }
        with self.sandbox.at(day(1, 5)):
            for role in roles:
                iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=json.dumps(_trust(role.service)))
                iam.put_role_policy(RoleName=role.name, PolicyName="containers", PolicyDocument=json.dumps(own))
                for policy in role.managed:
                    iam.attach_role_policy(RoleName=role.name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")

    def registry(self, groups: Iterable[Group]) -> None:
        for group in groups:
            sagemaker = self.client("sagemaker", group.region)
            with self.sandbox.at(group.created):
                sagemaker.create_model_package_group(
                    ModelPackageGroupName=group.name, ModelPackageGroupDescription=group.description
                )
            for number, approval in enumerate(group.versions, 1):
                with self.sandbox.at(group.created + timedelta(days=80 * (number - 1), hours=2)):
                    sagemaker.create_model_package(
                        ModelPackageGroupName=group.name,
                        ModelApprovalStatus=approval,
                        InferenceSpecification={
                            "Containers": [
                                {"Image": _image(group.region), "ModelDataUrl": _artifact(f"{group.name}-v{number}")}
                            ],
                            "SupportedContentTypes": ["application/json"],
                            "SupportedResponseMIMETypes": ["application/json"],
                        },
                    )

    def model(self, model: Model) -> None:
        if model.package:
            main: dict[str, Any] = {"ModelPackageName": self.package_arn(model.region, model.package)}
        else:
            main = {"Image": _image(model.region), "ModelDataUrl": _artifact(model.name)}
        if model.environment:
            main["Environment"] = dict(model.environment)
        first = {"Image": _image(model.region, "sklearn-inference"), "ModelDataUrl": _artifact(f"{model.name}-encoder")}
        with self.sandbox.at(model.created):
            self.client("sagemaker", model.region).create_model(
                ModelName=model.name,
                ExecutionRoleArn=self.role_arn(model.role),
                EnableNetworkIsolation=model.isolated,
                **({"Containers": [first, main]} if model.preprocessing else {"PrimaryContainer": main}),
            )

    def endpoint(self, endpoint: Endpoint) -> None:
        sagemaker = self.client("sagemaker", endpoint.region)
        for number, release in enumerate(endpoint.releases):
            config = f"{endpoint.name}-{release.on:%Y%m%d}"
            shadows = {"ShadowProductionVariants": _variants(release, release.shadows)} if release.shadows else {}
            deployment = {"DeploymentConfig": _deployment(release)} if release.canary or release.guards else {}
            with self.sandbox.at(release.on):
                sagemaker.create_endpoint_config(
                    EndpointConfigName=config, ProductionVariants=_variants(release, release.models), **shadows
                )
                if number:
                    sagemaker.update_endpoint(EndpointName=endpoint.name, EndpointConfigName=config, **deployment)
                else:
                    sagemaker.create_endpoint(
                        EndpointName=endpoint.name,
                        EndpointConfigName=config,
                        Tags=[{"Key": key, "Value": value} for key, value in endpoint.tags.items()],
                        **deployment,
                    )
        if endpoint.status != "InService":
            members = {"EndpointStatus": endpoint.status, "FailureReason": endpoint.reason}
            self.sandbox.amend("sagemaker", "Endpoint", endpoint.name, region=endpoint.region, **members)
        self._traffic(endpoint)

    def _traffic(self, endpoint: Endpoint) -> None:
        """Fourteen whole days: calls where there were any, and the load that running instances report."""
        if endpoint.calls is None:
            return
        release = endpoint.releases[-1]
        today = self.sandbox.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        days = [moment for n in range(14, 0, -1) if (moment := today - timedelta(days=n)) > release.on]
        for number, model in enumerate((*release.models, *release.shadows)):
            which = {"EndpointName": endpoint.name, "VariantName": _variant_name(number, release)}
            if endpoint.calls:
                calls = {moment: float(endpoint.calls + 37 * moment.day + len(model)) for moment in days}
                self.sandbox.metric("AWS/SageMaker", "Invocations", which, calls, unit="None", region=endpoint.region)
            if release.serverless is None:
                load = dict.fromkeys(days, 2.0 + endpoint.calls / 4_000)
                self.sandbox.metric(
                    "/aws/sagemaker/Endpoints", "CPUUtilization", which, load, unit="Percent", region=endpoint.region
                )

    def training(self, family: Family) -> None:
        if family.bucket:
            source: dict[str, Any] = {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://{family.bucket}/{family.name}/train/",
                    "S3DataDistributionType": "FullyReplicated",
                }
            }
        else:
            source = {
                "FileSystemDataSource": {
                    "FileSystemId": "fs-0a1b2c3d4e5f60718",
                    "FileSystemAccessMode": "ro",
                    "FileSystemType": "FSxLustre",
                    "DirectoryPath": "/fsx/documents",
                }
            }
        checkpoints = {"CheckpointConfig": {"S3Uri": f"s3://meridian-ml-artifacts/{family.name}/checkpoints/"}}
        for run in family.runs:
            with self.sandbox.at(run):
                self.client("sagemaker", family.region).create_training_job(
                    TrainingJobName=f"{family.name}-{run:%Y-%m-%d-%H-%M-%S}",
                    RoleArn=self.role_arn(family.role),
                    AlgorithmSpecification={"TrainingImage": _image(family.region), "TrainingInputMode": "File"},
                    InputDataConfig=[{"ChannelName": "train", "DataSource": source}],
                    OutputDataConfig={"S3OutputPath": f"s3://meridian-ml-artifacts/{family.name}/"},
                    ResourceConfig={"InstanceType": family.instance_type, "InstanceCount": 1, "VolumeSizeInGB": 100},
                    StoppingCondition={
                        "MaxRuntimeInSeconds": 14_400,
                        **({"MaxWaitTimeInSeconds": 28_800} if family.spot else {}),
                    },
                    EnableNetworkIsolation=family.isolated,
                    EnableManagedSpotTraining=family.spot,
                    Environment=dict(family.environment),
                    **(checkpoints if family.spot else {}),
                )

    def monitor(self, monitor: Monitor) -> None:
        sagemaker = self.client("sagemaker", monitor.region)
        output = {
            "MonitoringOutputs": [
                {
                    "S3Output": {
                        "S3Uri": f"s3://meridian-ml-artifacts/{monitor.name}/",
                        "LocalPath": "/opt/ml/processing/output",
                    }
                }
            ]
        }
        resources = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}}
        watched = {"EndpointName": monitor.endpoint, "LocalPath": "/opt/ml/processing/input"}
        role, image = (
            self.role_arn("meridian-ml-monitoring"),
            _image(monitor.region, "sagemaker-model-monitor-analyzer"),
        )
        with self.sandbox.at(monitor.created):
            if monitor.definition:
                sagemaker.create_data_quality_job_definition(
                    JobDefinitionName=monitor.definition,
                    DataQualityAppSpecification={"ImageUri": image},
                    DataQualityJobInput={"EndpointInput": watched},
                    DataQualityJobOutputConfig=output,
                    JobResources=resources,
                    NetworkConfig={"EnableNetworkIsolation": monitor.isolated},
                    RoleArn=role,
                )
                what: dict[str, Any] = {"MonitoringJobDefinitionName": monitor.definition}
            else:
                what = {
                    "MonitoringJobDefinition": {
                        "MonitoringInputs": [{"EndpointInput": watched}],
                        "MonitoringOutputConfig": output,
                        "MonitoringResources": resources,
                        "MonitoringAppSpecification": {"ImageUri": image},
                        "NetworkConfig": {"EnableNetworkIsolation": monitor.isolated},
                        "RoleArn": role,
                    }
                }
            sagemaker.create_monitoring_schedule(
                MonitoringScheduleName=monitor.name,
                MonitoringScheduleConfig={
                    "ScheduleConfig": {"ScheduleExpression": "cron(0 6 ? * * *)"},
                    "MonitoringType": "DataQuality",
                    **what,
                },
            )
        if monitor.stopped:
            sagemaker.stop_monitoring_schedule(MonitoringScheduleName=monitor.name)
        last = self.sandbox.clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
        for number, status in enumerate(reversed(monitor.runs)):
            when = last - timedelta(days=number)
            self.sandbox.monitoring_execution(
                monitor.name,
                region=monitor.region,
                ScheduledTime=when,
                CreationTime=when,
                LastModifiedTime=when + timedelta(minutes=20),
                MonitoringExecutionStatus=status,
            )

    def alarm(self, alarm: Alarm) -> None:
        cloudwatch = self.client("cloudwatch", alarm.region)
        actions = [f"arn:aws:sns:{alarm.region}:{self.sandbox.account}:ml-on-call"]
        if alarm.rule:
            cloudwatch.put_composite_alarm(AlarmName=alarm.name, AlarmRule=alarm.rule, AlarmActions=actions)
            return
        which = [{"Name": "EndpointName", "Value": alarm.endpoint}, {"Name": "VariantName", "Value": "main"}]
        shape = {
            "AlarmName": alarm.name,
            "AlarmActions": actions,
            "ActionsEnabled": True,
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 3,
            "Threshold": alarm.threshold,
            "TreatMissingData": "notBreaching",
        }
        if alarm.rate:
            cloudwatch.put_metric_alarm(
                **shape,
                Metrics=[
                    {"Id": "rate", "Expression": "errors / calls", "Label": "error rate", "ReturnData": True},
                    _counted("errors", "Invocation5XXErrors", which),
                    _counted("calls", "Invocations", which),
                ],
            )
        else:
            cloudwatch.put_metric_alarm(
                **shape,
                Namespace="AWS/SageMaker",
                MetricName=alarm.metric,
                Dimensions=which,
                Statistic="Average" if alarm.metric == "ModelLatency" else "Sum",
                Period=60,
            )


def _trust(service: str) -> dict[str, Any]:
    principal = {"Service": f"{service}.amazonaws.com"}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


def _image(region: str, name: str = "pytorch-inference") -> str:
    return f"{REGISTRY}.{region}.amazonaws.com/{name}:2.6.0-cpu-py312"


def _artifact(name: str) -> str:
    return f"s3://meridian-ml-artifacts/{name}/model.tar.gz"


def _variant_name(number: int, release: Release) -> str:
    return "main" if number == 0 else f"shadow-{number - len(release.models) + 1}"


def _variants(release: Release, models: Sequence[str]) -> list[dict[str, Any]]:
    hardware: dict[str, Any] = (
        {"InstanceType": release.instance_type, "InitialInstanceCount": release.instances}
        if release.serverless is None
        else {"ServerlessConfig": {"MemorySizeInMB": 4096, "MaxConcurrency": release.serverless}}
    )
    offset = len(release.models) if models is release.shadows else 0
    return [
        {"VariantName": _variant_name(number + offset, release), "ModelName": model, **hardware}
        for number, model in enumerate(models)
    ]


def _deployment(release: Release) -> dict[str, Any]:
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    if release.canary:
        kind, value = release.canary
        routing = {"Type": "CANARY", "WaitIntervalInSeconds": 600, "CanarySize": {"Type": kind, "Value": value}}
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 600},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in release.guards]},
    }


def _counted(id_: str, metric: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions},
            "Period": 300,
            "Stat": "Sum",
        },
        "ReturnData": False,
    }
