"""Jobs: training, processing, batch transform, tuning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mllens.sandbox.seeding.account import NETWORKS, Account


@dataclass(frozen=True, kw_only=True)
class Family:
    """Training jobs that are runs of one thing; a family without a bucket reads a file system."""

    name: str
    region: str
    role: str
    bucket: str | None
    runs: tuple[datetime, ...]
    output: str
    isolated: bool = False
    prefix: str | None = None
    spot: bool = False
    checkpoints: bool = False
    instances: int = 1
    sharded: bool = False
    instance_type: str = "ml.m5.4xlarge"
    in_network: bool = False
    key: str | None = None
    image: str = "pytorch-inference"
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    failed: bool = False  # the last run
    minutes: int = 10  # that each run trained


@dataclass(frozen=True, kw_only=True)
class Processing:
    """A processing job: preparation, evaluation, a baseline."""

    name: str
    region: str
    on: datetime
    role: str
    reads: str
    writes: str
    isolated: bool = False
    encrypted: bool = False
    key: str | None = None
    failed: str | None = None
    features: str | None = None  # a feature group that it fills


@dataclass(frozen=True, kw_only=True)
class Transform:
    """Runs of a batch transform."""

    name: str
    region: str
    model: str
    runs: tuple[datetime, ...]
    bucket: str
    capture: str | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """A search for hyperparameters."""

    name: str
    region: str
    on: datetime
    role: str
    bucket: str
    output: str
    isolated: bool = False
    early: bool = False
    spot: bool = False
    key: str | None = None
    trials: int = 20


def _channel(name: str, uri: str, *, sharded: bool = False) -> dict[str, Any]:
    spread = "ShardedByS3Key" if sharded else "FullyReplicated"
    return {
        "ChannelName": name,
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": spread}},
    }


def _from_file_system() -> dict[str, Any]:
    source = {
        "FileSystemId": "fs-0a1b2c3d4e5f60718",
        "FileSystemAccessMode": "ro",
        "FileSystemType": "FSxLustre",
        "DirectoryPath": "/fsx/documents",
    }
    return {"ChannelName": "train", "DataSource": {"FileSystemDataSource": source}}


def make_family(account: Account, family: Family) -> None:
    """One job for each run."""
    prefix = family.prefix or f"{family.name}/train/"
    channel = (
        _channel("train", f"s3://{family.bucket}/{prefix}", sharded=family.sharded)
        if family.bucket
        else _from_file_system()
    )
    output, region = f"s3://{family.output}/{family.name}/", family.region
    more: dict[str, Any] = {}
    if family.checkpoints:
        more["CheckpointConfig"] = {"S3Uri": f"{output}checkpoints/"}
    if family.in_network:
        more["VpcConfig"] = NETWORKS[region]
    for run in family.runs:
        name = f"{family.name}-{run:%Y-%m-%d-%H-%M-%S}"
        account.sagemaker(
            run, region, "create_training_job", TrainingJobName=name, RoleArn=account.role(family.role),
            AlgorithmSpecification={"TrainingImage": account.image(region, family.image), "TrainingInputMode": "File"},
            InputDataConfig=[channel],
            OutputDataConfig={"S3OutputPath": output, **account.encrypted(region, family.key, "KmsKeyId")},
            ResourceConfig={
                "InstanceType": family.instance_type, "InstanceCount": family.instances, "VolumeSizeInGB": 100,
                **account.encrypted(region, family.key, "VolumeKmsKeyId"),
            },
            StoppingCondition={
                "MaxRuntimeInSeconds": 14_400, **({"MaxWaitTimeInSeconds": 28_800} if family.spot else {}),
            },
            EnableNetworkIsolation=family.isolated, EnableManagedSpotTraining=family.spot,
            EnableInterContainerTrafficEncryption=family.in_network, Environment=dict(family.environment),
            Tags=[{"Key": key, "Value": value} for key, value in family.tags.items()], **more,
        )  # fmt: skip
        _took(account, family, name)
    if family.failed:
        failed: dict[str, Any] = {
            "TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "ModelArtifacts": None,
            "FailureReason": "AlgorithmError: ExecuteUserScriptError: exit code 1",
        }  # fmt: skip
        last = f"{family.name}-{family.runs[-1]:%Y-%m-%d-%H-%M-%S}"
        account.sandbox.amend("sagemaker", "TrainingJob", last, region=region, **failed)


def _took(account: Account, family: Family, name: str) -> None:
    """Let a run have trained for as long as its family does."""
    seen = account.sandbox.record("sagemaker", "TrainingJob", name, region=family.region)
    seconds, end = 60 * family.minutes, seen["TrainingStartTime"] + timedelta(minutes=family.minutes)
    during, after = seen["SecondaryStatusTransitions"]
    billed = seen["BillableTimeInSeconds"] * seconds // seen["TrainingTimeInSeconds"]
    account.sandbox.amend(
        "sagemaker", "TrainingJob", name, region=family.region, TrainingTimeInSeconds=seconds,
        BillableTimeInSeconds=billed, TrainingEndTime=end, LastModifiedTime=end,
        SecondaryStatusTransitions=[during | {"EndTime": end}, after | {"StartTime": end, "EndTime": end}],
    )  # fmt: skip


def make_processing(account: Account, job: Processing) -> None:
    """One processing job, over as soon as it is made."""
    path = "/opt/ml/processing"
    output: dict[str, Any] = {"OutputName": "result"}
    if job.features:
        output |= {"FeatureStoreOutput": {"FeatureGroupName": job.features}, "AppManaged": True}
    else:
        output["S3Output"] = {"S3Uri": job.writes, "LocalPath": f"{path}/output", "S3UploadMode": "EndOfJob"}
    network: dict[str, Any] = {
        "EnableNetworkIsolation": job.isolated, "EnableInterContainerTrafficEncryption": job.encrypted,
    }  # fmt: skip
    if job.isolated:
        network["VpcConfig"] = NETWORKS[job.region]
    account.sagemaker(
        job.on, job.region, "create_processing_job", ProcessingJobName=job.name, RoleArn=account.role(job.role),
        AppSpecification={"ImageUri": account.image(job.region, "sklearn-processing")},
        ProcessingInputs=[
            {
                "InputName": "data",
                "S3Input": {"S3Uri": job.reads, "LocalPath": f"{path}/input", "S3DataType": "S3Prefix", "S3InputMode": "File"},
            }
        ],
        ProcessingOutputConfig={"Outputs": [output], **account.encrypted(job.region, job.key, "KmsKeyId")},
        ProcessingResources={
            "ClusterConfig": {
                "InstanceCount": 1, "InstanceType": "ml.m5.2xlarge", "VolumeSizeInGB": 50,
                **account.encrypted(job.region, job.key, "VolumeKmsKeyId"),
            }
        },
        NetworkConfig=network,
    )  # fmt: skip
    if job.failed:
        account.sandbox.amend(
            "sagemaker",
            "ProcessingJob",
            job.name,
            region=job.region,
            ProcessingJobStatus="Failed",
            FailureReason=job.failed,
        )


def make_transform(account: Account, transform: Transform) -> None:
    """One job for each run."""
    capture: dict[str, Any] = {}
    if transform.capture:
        capture["DataCaptureConfig"] = {
            "DestinationS3Uri": f"s3://{transform.capture}/batch/{transform.name}", "GenerateInferenceId": True,
            **account.encrypted(transform.region, transform.key, "KmsKeyId"),
        }  # fmt: skip
    uri = f"s3://{transform.bucket}/{transform.name}"
    for run in transform.runs:
        account.sagemaker(
            run, transform.region, "create_transform_job", TransformJobName=f"{transform.name}-{run:%Y-%m-%d-%H-%M-%S}",
            ModelName=transform.model,
            TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{uri}/in/"}}},
            TransformOutput={"S3OutputPath": f"{uri}/out/", **account.encrypted(transform.region, transform.key, "KmsKeyId")},
            TransformResources={
                "InstanceType": "ml.m5.2xlarge", "InstanceCount": 1,
                **account.encrypted(transform.region, transform.key, "VolumeKmsKeyId"),
            },
            **capture,
        )  # fmt: skip


def make_tuning(account: Account, tuning: Tuning) -> None:
    """A search over one number."""
    rates = {"Name": "learning_rate", "MinValue": "0.001", "MaxValue": "0.2", "ScalingType": "Logarithmic"}
    account.sagemaker(
        tuning.on, tuning.region, "create_hyper_parameter_tuning_job", HyperParameterTuningJobName=tuning.name,
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": tuning.trials, "MaxParallelTrainingJobs": 4},
            "ParameterRanges": {"ContinuousParameterRanges": [rates]},
            "TrainingJobEarlyStoppingType": "Auto" if tuning.early else "Off",
        },
        TrainingJobDefinition={
            "RoleArn": account.role(tuning.role),
            "AlgorithmSpecification": {"TrainingImage": account.image(tuning.region, "xgboost"), "TrainingInputMode": "File"},
            "InputDataConfig": [_channel("train", f"s3://{tuning.bucket}/{tuning.name}/train/")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{tuning.output}/{tuning.name}/", **account.encrypted(tuning.region, tuning.key, "KmsKeyId")},
            "ResourceConfig": {
                "InstanceType": "ml.m5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30,
                **account.encrypted(tuning.region, tuning.key, "VolumeKmsKeyId"),
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 7200, **({"MaxWaitTimeInSeconds": 14_400} if tuning.spot else {})},
            "EnableNetworkIsolation": tuning.isolated,
            "EnableManagedSpotTraining": tuning.spot,
        },
    )  # fmt: skip
