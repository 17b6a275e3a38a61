"""A small account: every type that is read, in two regions, with something right and something wrong of each."""

import json
from datetime import UTC, datetime

from mllens.sandbox import Sandbox

US, EU = "us-east-1", "eu-west-1"
ACCOUNT = "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ml/serving"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/serving:1"


def package(number: int, region: str = US) -> str:
    """The ARN of a version of the one registered model."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:model-package/churn/{number}"


def seed(sandbox: Sandbox) -> None:
    """Fill a sandbox, which must be of `ACCOUNT`."""
    us, eu = sandbox.client("sagemaker", US), sandbox.client("sagemaker", EU)
    sandbox.client("s3", US).create_bucket(Bucket="training-data")
    s3 = sandbox.client("s3", EU)
    s3.create_bucket(Bucket="training-data-eu", CreateBucketConfiguration={"LocationConstraint": EU})
    s3.put_bucket_versioning(Bucket="training-data-eu", VersioningConfiguration={"Status": "Enabled"})
    iam = sandbox.client("iam", US)
    for name, path in (("serving", "/ml/"), ("training", "/")):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="training", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")

    with sandbox.at(datetime(2026, 3, 1, tzinfo=UTC)):
        us.create_model_package_group(ModelPackageGroupName="churn", ModelPackageGroupDescription="leaving customers")
        for approval in ("Approved", "Rejected"):
            us.create_model_package(
                ModelPackageGroupName="churn",
                ModelApprovalStatus=approval,
                InferenceSpecification={"Containers": [{"Image": IMAGE}], "SupportedContentTypes": ["text/csv"]},
            )
        for region, client in ((US, us), (EU, eu)):
            names = ("good", "bad", "idle") if region == US else ("good",)
            for name in names:
                container = (
                    {"ModelPackageName": package(1 if name == "good" else 2)} if region == US else {"Image": IMAGE}
                )
                client.create_model(
                    ModelName=name,
                    ExecutionRoleArn=ROLE,
                    PrimaryContainer=container,
                    EnableNetworkIsolation=name == "good",
                )
                client.create_endpoint_config(
                    EndpointConfigName=f"{name}-1",
                    ProductionVariants=[
                        {
                            "VariantName": "main",
                            "ModelName": name,
                            "InstanceType": "ml.m5.large",
                            "InitialInstanceCount": 2,
                        }
                    ],
                )
                tags = [{"Key": "environment", "Value": "production"}] if name != "idle" else []
                deployment = {} if name == "idle" else {"DeploymentConfig": rollout(name)}
                client.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-1", Tags=tags, **deployment)
        for name, isolated in (("good", True), ("bad", False)):
            monitor(us, name, isolated=isolated)
    for name, client, bucket, isolated in (
        ("churn-train-1", us, "training-data", False),
        ("churn-train-2", us, "training-data", False),
        ("churn-train-eu-1", eu, "training-data-eu", True),
    ):
        with sandbox.at(datetime(2026, 10, 1 + int(name[-1]), tzinfo=UTC)):
            train(client, name, bucket, isolated=isolated)
    sandbox.monitoring_execution("good", region=US, ScheduledTime=datetime(2026, 10, 31, 6, tzinfo=UTC))
    sandbox.monitoring_execution(
        "bad", region=US, ScheduledTime=datetime(2026, 10, 31, 6, tzinfo=UTC), MonitoringExecutionStatus="Failed"
    )
    for region in (US, EU):
        sandbox.client("cloudwatch", region).put_metric_alarm(
            AlarmName="good-errors",
            AlarmActions=[f"arn:aws:sns:{region}:{ACCOUNT}:on-call"],
            ActionsEnabled=True,
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=[{"Name": "EndpointName", "Value": "good"}, {"Name": "VariantName", "Value": "main"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    for name, calls in (("good", 100.0), ("bad", 10.0)):
        points = {datetime(2026, 10, day, tzinfo=UTC): calls for day in range(18, 32)}
        which = {"EndpointName": name, "VariantName": "main"}
        sandbox.metric("AWS/SageMaker", "Invocations", which, points, region=US)
        sandbox.metric("/aws/sagemaker/Endpoints", "CPUUtilization", which, points, region=US)
    sandbox.calls.clear()


def rollout(name: str) -> dict[str, object]:
    """A canary that is guarded by an alarm; the bad endpoint's alarm does not exist."""
    routing = {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 600,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10 if name == "good" else 50},
    }
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"{name}-errors"}]},
    }


def train(client: object, name: str, bucket: str, *, isolated: bool) -> None:
    """A training job on one bucket."""
    data = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{bucket}/train/",
        "S3DataDistributionType": "FullyReplicated",
    }
    client.create_training_job(  # type: ignore[attr-defined]
        TrainingJobName=name,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/training",
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": data}}],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        EnableNetworkIsolation=isolated,
        Environment={"STAGE": "test"},
    )


def monitor(client: object, endpoint: str, *, isolated: bool) -> None:
    """A monitoring schedule over an endpoint, with its definition inline."""
    definition = {
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input"}}],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": "s3://training-data/monitor/", "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        },
        "MonitoringAppSpecification": {"ImageUri": IMAGE},
        "NetworkConfig": {"EnableNetworkIsolation": isolated},
        "RoleArn": ROLE,
    }
    client.create_monitoring_schedule(  # type: ignore[attr-defined]
        MonitoringScheduleName=endpoint,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 6 ? * * *)"},
            "MonitoringType": "DataQuality",
            "MonitoringJobDefinition": definition,
        },
    )
