"""SageMaker AI: jobs that process data, predict in batches, and search for hyperparameters."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mllens.scanner.collect import Call, Collector, Listed, Searched, Window
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Redacted, Ref, Resource, Struct, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import NEWEST_FIRST, TAGS, Model, TrainingJob

if TYPE_CHECKING:
    from mllens.scanner.sagemaker_features import FeatureGroup

NEWEST = Window(days=90, member="CreationTime")


class ProcessingJob(Resource, type="AWS::SageMaker::ProcessingJob", name="ProcessingJobName", arn="ProcessingJobArn"):
    """One run of a container over data: preparation, evaluation, a baseline, a bias report, a monitoring run."""

    status: Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"] = api("ProcessingJobStatus")
    created: datetime = api("CreationTime")
    # A job that runs still, or that never began, lacks these; one that did not fail has no reason.
    started: datetime | None = api("ProcessingStartTime")
    ended: datetime | None = api("ProcessingEndTime")
    failure_reason: str | None = api("FailureReason")
    image: str = api("AppSpecification.ImageUri")
    # Jobs of other services' making may run under no role that is the account's.
    role: Ref[Role] | None = ref("RoleArn")
    # An input from Athena or Redshift is none from S3; an output to a feature group is none to S3.
    input_buckets: tuple[Ref[Bucket], ...] = ref("ProcessingInputs[].S3Input.S3Uri", absent=())
    output_buckets: tuple[Ref[Bucket], ...] = ref("ProcessingOutputConfig.Outputs[].S3Output.S3Uri", absent=())
    feature_groups: "tuple[Ref[FeatureGroup], ...]" = ref(
        "ProcessingOutputConfig.Outputs[].FeatureStoreOutput.FeatureGroupName", absent=(), local=True
    )
    # Without a key of the customer's, S3 and SageMaker use their own.
    output_key: Ref[Key] | None = ref("ProcessingOutputConfig.KmsKeyId")
    volume_key: Ref[Key] | None = ref("ProcessingResources.ClusterConfig.VolumeKmsKeyId")
    # A job that prefers one of several instance types has no type and count of its own.
    instance_type: str | None = api("ProcessingResources.ClusterConfig.InstanceType")
    instance_count: int | None = api("ProcessingResources.ClusterConfig.InstanceCount")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("NetworkConfig.EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("NetworkConfig.EnableInterContainerTrafficEncryption", absent=False)
    # A job outside the customer's VPC has neither.
    subnets: tuple[str, ...] = api("NetworkConfig.VpcConfig.Subnets", absent=())
    security_groups: tuple[str, ...] = api("NetworkConfig.VpcConfig.SecurityGroupIds", absent=())
    environment: Mapping[str, str | Redacted] = api("Environment", absent={})
    # A job that no schedule started has none.
    schedule_arn: str | None = api("MonitoringScheduleArn")


class TransformJob(Resource, type="AWS::SageMaker::TransformJob", name="TransformJobName", arn="TransformJobArn"):
    """One run of a model over a batch of data; it can be neither changed nor deleted."""

    status: Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"] = api("TransformJobStatus")
    created: datetime = api("CreationTime")
    # A job that runs still, or that never began, lacks these; one that did not fail has no reason.
    started: datetime | None = api("TransformStartTime")
    ended: datetime | None = api("TransformEndTime")
    failure_reason: str | None = api("FailureReason")
    model: Ref[Model] = ref("ModelName", local=True)
    input_bucket: Ref[Bucket] = ref("TransformInput.DataSource.S3DataSource.S3Uri")
    output_bucket: Ref[Bucket] = ref("TransformOutput.S3OutputPath")
    # Without a key of the customer's, S3 and SageMaker use their own; AWS then answers nothing or an empty text.
    output_key: Ref[Key] | None = ref("TransformOutput.KmsKeyId")
    volume_key: Ref[Key] | None = ref("TransformResources.VolumeKmsKeyId")
    instance_type: str = api("TransformResources.InstanceType")
    instance_count: int = api("TransformResources.InstanceCount")
    # A job whose data are not captured has none of these settings; ids are not made up unless asked for.
    capture_bucket: Ref[Bucket] | None = ref("DataCaptureConfig.DestinationS3Uri")
    capture_key: Ref[Key] | None = ref("DataCaptureConfig.KmsKeyId")
    capture_ids: bool = api("DataCaptureConfig.GenerateInferenceId", absent=False)
    # Outputs stand alone unless the request joins them with what they were made from.
    join: Literal["Input", "None"] = api("DataProcessing.JoinSource", absent="None")
    # SageMaker chooses how records go together where the request does not.
    batching: Literal["MultiRecord", "SingleRecord"] | None = api("BatchStrategy")
    environment: Mapping[str, str | Redacted] = api("Environment", absent={})


class TunedTraining(Struct):
    """The training jobs that a tuning job starts: everything but the hyperparameters that it searches."""

    name: str | None = api("DefinitionName")
    role: Ref[Role] = ref("RoleArn")
    # An algorithm of a subscription or of the account's own has a name in place of an image.
    image: str | None = api("AlgorithmSpecification.TrainingImage")
    input_buckets: tuple[Ref[Bucket], ...] = ref("InputDataConfig[].DataSource.S3DataSource.S3Uri", absent=())
    output_bucket: Ref[Bucket] = ref("OutputDataConfig.S3OutputPath")
    # Without a key of the customer's, S3 and SageMaker use their own.
    output_key: Ref[Key] | None = ref("OutputDataConfig.KmsKeyId")
    volume_key: Ref[Key] | None = ref("ResourceConfig.VolumeKmsKeyId")
    # A definition for several instance types has no type and count of its own.
    instance_type: str | None = api("ResourceConfig.InstanceType")
    instance_count: int | None = api("ResourceConfig.InstanceCount")
    # A job outside the customer's VPC has no subnets.
    subnets: tuple[str, ...] = api("VpcConfig.Subnets", absent=())
    # SageMaker sets its own limit where a request has none.
    max_runtime: int | None = api("StoppingCondition.MaxRuntimeInSeconds")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("EnableInterContainerTrafficEncryption", absent=False)
    managed_spot: bool = api("EnableManagedSpotTraining", absent=False)
    checkpoint_bucket: Ref[Bucket] | None = ref("CheckpointConfig.S3Uri")


class HyperParameterTuningJob(
    Resource,
    type="AWS::SageMaker::HyperParameterTuningJob",
    name="HyperParameterTuningJobName",
    arn="HyperParameterTuningJobArn",
):
    """One search for hyperparameters: many training jobs, and which of them did best."""

    status: Literal["Completed", "InProgress", "Failed", "Stopped", "Stopping", "Deleting", "DeleteFailed"] = api(
        "HyperParameterTuningJobStatus"
    )
    created: datetime = api("CreationTime")
    ended: datetime | None = api("HyperParameterTuningEndTime")  # a job that runs still has none
    strategy: Literal["Bayesian", "Random", "Hyperband", "Grid"] = api("HyperParameterTuningJobConfig.Strategy")
    # Training jobs run to their end unless the request says otherwise.
    early_stopping: Literal["Off", "Auto"] = api(
        "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType", absent="Off"
    )
    # What bounds a search is what the request bounds.
    max_jobs: int | None = api("HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs")
    max_parallel_jobs: int = api("HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs")
    max_runtime: int | None = api("HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds")
    # A search ends early only where the request says by what.
    target_value: float | None = api(
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.TargetObjectiveMetricValue"
    )
    patience: int | None = api(
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.BestObjectiveNotImproving.MaxNumberOfTrainingJobsNotImproving"
    )
    on_convergence: Literal["Disabled", "Enabled"] = api(
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.ConvergenceDetected.CompleteOnConvergence",
        absent="Disabled",
    )
    # A tuning job has one definition or a list of them.
    definition: TunedTraining | None = ref("TrainingJobDefinition")
    definitions: tuple[TunedTraining, ...] = ref("TrainingJobDefinitions", absent=())
    # Nothing is best until a training job has completed.
    best: Ref[TrainingJob] | None = ref("BestTrainingJob.TrainingJobName", local=True)
    # A search that starts from nothing has no parents.
    warm_start: Literal["IdenticalDataAndAlgorithm", "TransferLearning"] | None = api("WarmStartConfig.WarmStartType")
    parents: "tuple[Ref[HyperParameterTuningJob], ...]" = ref(
        "WarmStartConfig.ParentHyperParameterTuningJobs[].HyperParameterTuningJobName", absent=(), local=True
    )


COLLECTORS = (
    Collector(
        ProcessingJob,
        Listed(
            Call("sagemaker", "ListProcessingJobs", items="ProcessingJobSummaries", fixed=NEWEST_FIRST), window=NEWEST
        ),
        then=(Call("sagemaker", "DescribeProcessingJob", given={"ProcessingJobName": "ProcessingJobName"}),),
        tags=TAGS,
    ),
    Collector(
        TransformJob,
        Listed(
            Call("sagemaker", "ListTransformJobs", items="TransformJobSummaries", fixed=NEWEST_FIRST), window=NEWEST
        ),
        then=(Call("sagemaker", "DescribeTransformJob", given={"TransformJobName": "TransformJobName"}),),
        tags=TAGS,
    ),
    Collector(
        HyperParameterTuningJob,
        Searched(
            Call(
                "sagemaker",
                "ListHyperParameterTuningJobs",
                items="HyperParameterTuningJobSummaries",
                fixed=NEWEST_FIRST,
            ),
            record="HyperParameterTuningJob",
            body="HyperParameterTuningJob",
            describe=Call(
                "sagemaker",
                "DescribeHyperParameterTuningJob",
                given={"HyperParameterTuningJobName": "HyperParameterTuningJobName"},
            ),
            window=NEWEST,
        ),
        tags=TAGS,
    ),
)
