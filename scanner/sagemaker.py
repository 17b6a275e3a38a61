"""SageMaker AI: what serves, what it was made from, and what watches it."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from mllens.scanner.cloudwatch import Alarm, Point
from mllens.scanner.collect import Call, Collector, Each, Listed, Metric, Metrics, Searched, Window
from mllens.scanner.ecr import Image
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Redacted, Ref, Resource, Struct, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sns import Topic

if TYPE_CHECKING:
    from mllens.scanner.sagemaker_jobs import ProcessingJob
    from mllens.scanner.sagemaker_monitoring import (
        DataQualityJobDefinition,
        ModelBiasJobDefinition,
        ModelExplainabilityJobDefinition,
        ModelQualityJobDefinition,
    )

ECR = r"(\d{12}\.dkr[.-]ecr.+)"  # other registries hold images, too
NEWEST_FIRST = {"SortBy": "CreationTime", "SortOrder": "Descending"}
TAGS = Call("sagemaker", "ListTags", items="Tags", given={"ResourceArn": "arn"})


class ModelPackageGroup(
    Resource, type="AWS::SageMaker::ModelPackageGroup", name="ModelPackageGroupName", arn="ModelPackageGroupArn"
):
    """A model in the registry: the versions of one model."""

    created: datetime = api("CreationTime")
    description: str | None = api("ModelPackageGroupDescription")
    # A group that only its own account uses has no policy; asking for one is then an error.
    policy: Mapping[str, Any] | None = api("ResourcePolicy", of="GetModelPackageGroupPolicy")


class Channel(Struct):
    """One input of a training job."""

    name: str = api("ChannelName")
    # Channels on a file system or a registered dataset have no address in S3.
    address: str | None = api("DataSource.S3DataSource.S3Uri")
    # SageMaker copies everything to every instance unless told otherwise.
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = api(
        "DataSource.S3DataSource.S3DataDistributionType", absent="FullyReplicated"
    )
    # A channel without a mode of its own has the algorithm's.
    input_mode: Literal["Pipe", "File", "FastFile"] | None = api("InputMode")


class TrainingJob(Resource, type="AWS::SageMaker::TrainingJob", name="TrainingJobName", arn="TrainingJobArn"):
    """One run of training; it can be neither changed nor deleted."""

    status: Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"] = api("TrainingJobStatus")
    created: datetime = api("CreationTime")
    # A job that runs still, or that never began to train, lacks these.
    started: datetime | None = api("TrainingStartTime")
    ended: datetime | None = api("TrainingEndTime")
    training_seconds: int | None = api("TrainingTimeInSeconds")
    billable_seconds: int | None = api("BillableTimeInSeconds")
    # What a job that did not complete would have written is left out.
    artifact: str | None = api("ModelArtifacts.S3ModelArtifacts")
    role: Ref[Role] = ref("RoleArn")
    # An algorithm of a subscription or of the account's own has a name in place of an image.
    image: str | None = api("AlgorithmSpecification.TrainingImage")
    metric_definitions: tuple[str, ...] = api("AlgorithmSpecification.MetricDefinitions[].Name", absent=())
    # A job without data of its own (it makes or fetches them) has no channels.
    channels: tuple[Channel, ...] = api("InputDataConfig", absent=())
    # A job on serverless infrastructure or with a data source other than S3 has no such channel; the member is optional.
    input_buckets: tuple[Ref[Bucket], ...] = ref("InputDataConfig[].DataSource.S3DataSource.S3Uri", absent=())
    output_bucket: Ref[Bucket] | None = ref("OutputDataConfig.S3OutputPath")
    # Without a key of the customer's, S3 and SageMaker use their own.
    output_key: Ref[Key] | None = ref("OutputDataConfig.KmsKeyId")
    volume_key: Ref[Key] | None = ref("ResourceConfig.VolumeKmsKeyId")
    # A job on groups of instances, or on serverless infrastructure, has no type and count of its own.
    instance_type: str | None = api("ResourceConfig.InstanceType")
    instance_count: int | None = api("ResourceConfig.InstanceCount")
    group_types: tuple[str, ...] = api("ResourceConfig.InstanceGroups[].InstanceType", absent=())
    group_counts: tuple[int, ...] = api("ResourceConfig.InstanceGroups[].InstanceCount", absent=())
    # Instances are given back at once, and rented on demand, unless the request says otherwise.
    keep_alive_seconds: int | None = api("ResourceConfig.KeepAlivePeriodInSeconds")
    training_plan: str | None = api("ResourceConfig.TrainingPlanArn")
    # A job outside the customer's VPC has neither.
    subnets: tuple[str, ...] = api("VpcConfig.Subnets", absent=())
    security_groups: tuple[str, ...] = api("VpcConfig.SecurityGroupIds", absent=())
    # SageMaker sets its own limit where a request has none; only spot training has a waiting time.
    max_runtime: int | None = api("StoppingCondition.MaxRuntimeInSeconds")
    max_wait: int | None = api("StoppingCondition.MaxWaitTimeInSeconds")
    # The API's flags are off unless the request turned them on, and left out of the answer then.
    network_isolation: bool = api("EnableNetworkIsolation", absent=False)
    managed_spot: bool = api("EnableManagedSpotTraining", absent=False)
    traffic_encryption: bool = api("EnableInterContainerTrafficEncryption", absent=False)
    checkpoint_bucket: Ref[Bucket] | None = ref("CheckpointConfig.S3Uri")
    environment: Mapping[str, str | Redacted] = api("Environment", absent={})
    hyperparameters: Mapping[str, str | Redacted] = api("HyperParameters", absent={})
    # A job that no experiment tracks has no such configuration.
    experiment: str | None = api("ExperimentConfig.ExperimentName")
    trial: str | None = api("ExperimentConfig.TrialName")


class PackageContainer(Struct):
    """One container that a package would be hosted in."""

    image: str | None = api("Image")
    ecr_image: Ref[Image] | None = ref("Image", pattern=ECR)
    image_digest: str | None = api("ImageDigest")
    artifact: str | None = api("ModelDataUrl")
    artifact_bucket: Ref[Bucket] | None = ref("ModelDataUrl")
    artifact_etag: str | None = api("ModelDataETag")
    # Artifacts that are not one compressed archive stand here instead.
    source: str | None = api("ModelDataSource.S3DataSource.S3Uri")
    source_bucket: Ref[Bucket] | None = ref("ModelDataSource.S3DataSource.S3Uri")
    # What is neither of the Marketplace nor of a hub has neither.
    product: str | None = api("ProductId")
    base_model: str | None = api("BaseModel.HubContentName")


class ModelPackage(Resource, type="AWS::SageMaker::ModelPackage", name="ModelPackageArn", arn="ModelPackageArn"):
    """One version in the registry; its name is the group and the version, or the name of an unversioned package."""

    group: Ref[ModelPackageGroup] | None = ref("ModelPackageGroupName", local=True)
    version: int | None = api("ModelPackageVersion")
    created: datetime = api("CreationTime")
    # Unversioned packages (Marketplace) have no approval.
    approval_status: Literal["Approved", "Rejected", "PendingManualApproval"] | None = api("ModelApprovalStatus")
    approval_description: str | None = api("ApprovalDescription")
    status: Literal["Pending", "InProgress", "Completed", "Failed", "Deleting"] = api("ModelPackageStatus")
    last_modified: datetime | None = api("LastModifiedTime")
    # AWS knows who made or changed a package only of newer ones.
    created_by: str | None = api("CreatedBy.IamIdentity.Arn")
    created_by_profile: str | None = api("CreatedBy.UserProfileArn")
    modified_by: str | None = api("LastModifiedBy.IamIdentity.Arn")
    modified_by_profile: str | None = api("LastModifiedBy.UserProfileArn")
    # A package made from an algorithm, or only logged, says nothing of inference.
    containers: tuple[PackageContainer, ...] = ref("InferenceSpecification.Containers", absent=())
    # Everything below is what the one who registered the package chose to say.
    commit: str | None = api("MetadataProperties.CommitId")
    repository: str | None = api("MetadataProperties.Repository")
    generated_by: str | None = api("MetadataProperties.GeneratedBy")
    source_uri: str | None = api("SourceUri")
    metadata: Mapping[str, str | Redacted] = api("CustomerMetadataProperties", absent={})
    task: str | None = api("Task")
    stage: str | None = api("ModelLifeCycle.Stage")
    stage_status: str | None = api("ModelLifeCycle.StageStatus")
    skip_validation: Literal["All", "None"] | None = api("SkipModelValidation")
    kms_key: Ref[Key] | None = ref("SecurityConfig.KmsKeyId")
    card_status: Literal["Draft", "PendingReview", "Approved", "Archived"] | None = api("ModelCard.ModelCardStatus")
    quality_statistics: Ref[Bucket] | None = ref("ModelMetrics.ModelQuality.Statistics.S3Uri")
    quality_statistics_digest: str | None = api("ModelMetrics.ModelQuality.Statistics.ContentDigest")
    quality_constraints: Ref[Bucket] | None = ref("ModelMetrics.ModelQuality.Constraints.S3Uri")
    data_quality_statistics: Ref[Bucket] | None = ref("ModelMetrics.ModelDataQuality.Statistics.S3Uri")
    data_quality_constraints: Ref[Bucket] | None = ref("ModelMetrics.ModelDataQuality.Constraints.S3Uri")
    bias_report: Ref[Bucket] | None = ref("ModelMetrics.Bias.Report.S3Uri")
    bias_pre_training_report: Ref[Bucket] | None = ref("ModelMetrics.Bias.PreTrainingReport.S3Uri")
    bias_post_training_report: Ref[Bucket] | None = ref("ModelMetrics.Bias.PostTrainingReport.S3Uri")
    explainability_report: Ref[Bucket] | None = ref("ModelMetrics.Explainability.Report.S3Uri")
    drift_data_quality: Ref[Bucket] | None = ref("DriftCheckBaselines.ModelDataQuality.Constraints.S3Uri")
    drift_model_quality: Ref[Bucket] | None = ref("DriftCheckBaselines.ModelQuality.Constraints.S3Uri")
    drift_bias: Ref[Bucket] | None = ref("DriftCheckBaselines.Bias.PostTrainingConstraints.S3Uri")
    drift_bias_config: Ref[Bucket] | None = ref("DriftCheckBaselines.Bias.ConfigFile.S3Uri")
    drift_explainability: Ref[Bucket] | None = ref("DriftCheckBaselines.Explainability.Constraints.S3Uri")


class Container(Struct):
    """One container of a model."""

    image: str | None = api("Image")
    ecr_image: Ref[Image] | None = ref("Image", pattern=ECR)
    # Images come from ECR unless the request says that a registry in the VPC holds them.
    repository_access: Literal["Platform", "Vpc"] = api("ImageConfig.RepositoryAccessMode", absent="Platform")
    # A container hosts one model unless the request says otherwise.
    mode: Literal["SingleModel", "MultiModel"] = api("Mode", absent="SingleModel")
    artifact: str | None = api("ModelDataUrl")
    artifact_bucket: Ref[Bucket] | None = ref("ModelDataUrl")
    # Artifacts that are not one compressed archive stand here instead.
    source: str | None = api("ModelDataSource.S3DataSource.S3Uri")
    source_bucket: Ref[Bucket] | None = ref("ModelDataSource.S3DataSource.S3Uri")
    # Only models of others have a licence to accept, and only those of hubs an entry there.
    hub_content: str | None = api("ModelDataSource.S3DataSource.HubAccessConfig.HubContentArn")
    accept_eula: bool | None = api("ModelDataSource.S3DataSource.ModelAccessConfig.AcceptEula")
    package: Ref[ModelPackage] | None = ref("ModelPackageName")
    environment: Mapping[str, str | Redacted] = api("Environment", absent={})


class Model(Resource, type="AWS::SageMaker::Model", name="ModelName", arn="ModelArn"):
    """Containers, artifacts and a role, ready to be hosted; it cannot be changed."""

    created: datetime = api("CreationTime")
    # A model has one primary container or a list of them; inference components may leave a model with neither.
    primary_container: Container | None = api("PrimaryContainer")
    containers: tuple[Container, ...] = api("Containers", absent=())
    # Models of inference components may have no role of their own.
    role: Ref[Role] | None = ref("ExecutionRoleArn")
    network_isolation: bool = api("EnableNetworkIsolation", absent=False)
    # A model outside the customer's VPC has neither.
    subnets: tuple[str, ...] = api("VpcConfig.Subnets", absent=())
    security_groups: tuple[str, ...] = api("VpcConfig.SecurityGroupIds", absent=())


class HostedVariant(Struct):
    """A variant as an endpoint configuration asks for it."""

    name: str = api("VariantName")
    # A variant that hosts inference components names no model; the components do.
    model: Ref[Model] | None = ref("ModelName", local=True)
    # Serverless and pooled variants have neither instance type nor count of their own.
    instance_type: str | None = api("InstanceType")
    initial_instance_count: int | None = api("InitialInstanceCount")
    serverless_concurrency: int | None = api("ServerlessConfig.MaxConcurrency")
    provisioned_concurrency: int | None = api("ServerlessConfig.ProvisionedConcurrency")
    # Variants without pools have one instance type; a pool without a model of its own hosts the variant's.
    pool_types: tuple[str, ...] = api("InstancePools[].InstanceType", absent=())
    pool_models: tuple[Ref[Model], ...] = ref("InstancePools[].ModelNameOverride", absent=(), local=True)
    weight: float = api("InitialVariantWeight", absent=1.0)  # what AWS assumes
    # The API's flag is off unless the request turned it on.
    ssm_access: bool = api("EnableSSMAccess", absent=False)
    # A variant whose instances are managed by hand or by Application Auto Scaling says nothing of it.
    managed_scaling: Literal["ENABLED", "DISABLED"] | None = api("ManagedInstanceScaling.Status")
    core_dump_bucket: Ref[Bucket] | None = ref("CoreDumpConfig.DestinationS3Uri")
    core_dump_key: Ref[Key] | None = ref("CoreDumpConfig.KmsKeyId")


class CaptureSettings(Struct):
    """What an endpoint configuration asks to be captured of requests and answers."""

    enabled: bool = api("EnableCapture", absent=True)  # who gives settings wants capture, unless they say otherwise
    sampling: int = api("InitialSamplingPercentage")
    bucket: Ref[Bucket] = ref("DestinationS3Uri")
    kms_key: Ref[Key] | None = ref("KmsKeyId")
    modes: tuple[Literal["Input", "Output", "InputAndOutput"], ...] = api("CaptureOptions[].CaptureMode")


class AsyncSettings(Struct):
    """How an endpoint configuration asks for asynchronous inference."""

    # A client that gives no place for outputs gets one from SageMaker.
    output_bucket: Ref[Bucket] | None = ref("OutputConfig.S3OutputPath")
    failure_bucket: Ref[Bucket] | None = ref("OutputConfig.S3FailurePath")
    success_topic: Ref[Topic] | None = ref("OutputConfig.NotificationConfig.SuccessTopic")
    error_topic: Ref[Topic] | None = ref("OutputConfig.NotificationConfig.ErrorTopic")
    kms_key: Ref[Key] | None = ref("OutputConfig.KmsKeyId")


class EndpointConfig(
    Resource, type="AWS::SageMaker::EndpointConfig", name="EndpointConfigName", arn="EndpointConfigArn"
):
    """What an endpoint should run; it cannot be changed, only replaced."""

    created: datetime = api("CreationTime")
    variants: tuple[HostedVariant, ...] = ref("ProductionVariants", local=True)
    shadow_variants: tuple[HostedVariant, ...] = ref("ShadowProductionVariants", absent=(), local=True)
    # None of these is there unless the request asked for it.
    capture: CaptureSettings | None = ref("DataCaptureConfig")
    asynchronous: AsyncSettings | None = ref("AsyncInferenceConfig")
    explainer_baseline: str | None = api(
        "ExplainerConfig.ClarifyExplainerConfig.ShapConfig.ShapBaselineConfig.ShapBaselineUri"
    )
    explanations: str | None = api("ExplainerConfig.ClarifyExplainerConfig.EnableExplanations")
    kms_key: Ref[Key] | None = ref("KmsKeyId")
    # Only configurations for inference components have a role, a network and isolation of their own.
    role: Ref[Role] | None = ref("ExecutionRoleArn")
    subnets: tuple[str, ...] = api("VpcConfig.Subnets", absent=())
    security_groups: tuple[str, ...] = api("VpcConfig.SecurityGroupIds", absent=())
    network_isolation: bool = api("EnableNetworkIsolation", absent=False)


class RunningVariant(Struct):
    """A variant as an endpoint runs it."""

    name: str = api("VariantName")
    weight: float | None = api("CurrentWeight")
    desired_weight: float | None = api("DesiredWeight")
    # Serverless variants run no instances.
    instance_count: int | None = api("CurrentInstanceCount")
    desired_instance_count: int | None = api("DesiredInstanceCount")
    serverless_concurrency: int | None = api("CurrentServerlessConfig.MaxConcurrency")
    provisioned_concurrency: int | None = api("CurrentServerlessConfig.ProvisionedConcurrency")
    # A variant that hosts inference components has no image of its own.
    images: tuple[str, ...] = api("DeployedImages[].ResolvedImage", absent=())
    ecr_images: tuple[Ref[Image], ...] = ref("DeployedImages[].ResolvedImage", absent=(), pattern=ECR)
    # A variant whose instances are managed by hand or by Application Auto Scaling says nothing of it.
    managed_scaling: Literal["ENABLED", "DISABLED"] | None = api("ManagedInstanceScaling.Status")
    scaling_minimum: int | None = api("ManagedInstanceScaling.MinInstanceCount")
    scaling_maximum: int | None = api("ManagedInstanceScaling.MaxInstanceCount")


class Capture(Struct):
    """What an endpoint captures of requests and answers now."""

    enabled: bool = api("EnableCapture")
    status: Literal["Started", "Stopped"] = api("CaptureStatus")
    sampling: int = api("CurrentSamplingPercentage")
    bucket: Ref[Bucket] = ref("DestinationS3Uri")
    kms_key: Ref[Key] | None = ref("KmsKeyId")  # without one AWS answers an empty text


class Endpoint(Resource, type="AWS::SageMaker::Endpoint", name="EndpointName", arn="EndpointArn"):
    """A model, or several, served in real time or asynchronously."""

    status: Literal[
        "OutOfService",
        "Creating",
        "Updating",
        "SystemUpdating",
        "RollingBack",
        "InService",
        "Deleting",
        "Failed",
        "UpdateRollbackFailed",
    ] = api("EndpointStatus")
    failure_reason: str | None = api("FailureReason")
    created: datetime = api("CreationTime")
    last_modified: datetime = api("LastModifiedTime")
    config: Ref[EndpointConfig] = ref("EndpointConfigName", local=True)
    # Serverless variants run no instances.
    instance_counts: tuple[int, ...] = api("ProductionVariants[].CurrentInstanceCount", absent=())
    # An endpoint that is being made, or whose making failed, shows no variants; only tests have shadow variants.
    variants: tuple[RunningVariant, ...] = ref("ProductionVariants", absent=())
    shadow_variants: tuple[RunningVariant, ...] = ref("ShadowProductionVariants", absent=())
    # An endpoint whose configuration says nothing of capture has no such settings.
    capture: Capture | None = ref("DataCaptureConfig")
    # An endpoint that was never updated, or updated without a configuration, has no last deployment configuration.
    rollback_alarms: tuple[Ref[Alarm], ...] = ref(
        "LastDeploymentConfig.AutoRollbackConfiguration.Alarms[].AlarmName", absent=(), local=True
    )
    traffic_routing: Literal["ALL_AT_ONCE", "CANARY", "LINEAR"] | None = api(
        "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.Type"
    )
    canary_type: Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"] | None = api(
        "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.CanarySize.Type"
    )
    canary_size: int | None = api(
        "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.CanarySize.Value"
    )
    linear_step_type: Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"] | None = api(
        "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.LinearStepSize.Type"
    )
    linear_step: int | None = api(
        "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.LinearStepSize.Value"
    )
    bake_seconds: int | None = api(
        "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.WaitIntervalInSeconds"
    )
    # Left out of a blue/green deployment it is 0; other deployments keep no old fleet.
    termination_wait: int | None = api("LastDeploymentConfig.BlueGreenUpdatePolicy.TerminationWaitInSeconds")
    rolling_batch_type: Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"] | None = api(
        "LastDeploymentConfig.RollingUpdatePolicy.MaximumBatchSize.Type"
    )
    rolling_batch: int | None = api("LastDeploymentConfig.RollingUpdatePolicy.MaximumBatchSize.Value")
    rolling_wait: int | None = api("LastDeploymentConfig.RollingUpdatePolicy.WaitIntervalInSeconds")


class MonitoredInput(Struct):
    """What a monitoring job reads: captured traffic of an endpoint, or captured batch transform data."""

    endpoint: Ref[Endpoint] | None = ref("EndpointInput.EndpointName", local=True)
    batch_bucket: Ref[Bucket] | None = ref("BatchTransformInput.DataCapturedDestinationS3Uri")
    # Which part of a record is what, and how late it comes, is told only where the default does not fit.
    inference_attribute: str | None = api("EndpointInput.InferenceAttribute")
    probability_attribute: str | None = api("EndpointInput.ProbabilityAttribute")
    probability_threshold: float | None = api("EndpointInput.ProbabilityThresholdAttribute")
    start_offset: str | None = api("EndpointInput.StartTimeOffset")
    end_offset: str | None = api("EndpointInput.EndTimeOffset")


class LabelledInput(MonitoredInput):
    """What a monitoring job reads, and where it finds what turned out to be true."""

    ground_truth: Ref[Bucket] | None = ref("GroundTruthS3Input.S3Uri")


class InlineDefinition(Struct):
    """The settings of a schedule's jobs, where the schedule holds them itself."""

    inputs: tuple[MonitoredInput, ...] = ref("MonitoringInputs")
    # A schedule without a baseline collects statistics and judges nothing.
    constraints: Ref[Bucket] | None = ref("BaselineConfig.ConstraintsResource.S3Uri")
    statistics: Ref[Bucket] | None = ref("BaselineConfig.StatisticsResource.S3Uri")
    baselining_job: "Ref[ProcessingJob] | None" = ref("BaselineConfig.BaseliningJobName", local=True)
    image: str = api("MonitoringAppSpecification.ImageUri")
    role: Ref[Role] = ref("RoleArn")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("NetworkConfig.EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("NetworkConfig.EnableInterContainerTrafficEncryption", absent=False)
    # A job outside the customer's VPC, or with no key of the customer's, has none of these.
    subnets: tuple[str, ...] = api("NetworkConfig.VpcConfig.Subnets", absent=())
    volume_key: Ref[Key] | None = ref("MonitoringResources.ClusterConfig.VolumeKmsKeyId")
    output_key: Ref[Key] | None = ref("MonitoringOutputConfig.KmsKeyId")
    output_buckets: tuple[Ref[Bucket], ...] = ref("MonitoringOutputConfig.MonitoringOutputs[].S3Output.S3Uri")
    instance_type: str = api("MonitoringResources.ClusterConfig.InstanceType")
    instance_count: int = api("MonitoringResources.ClusterConfig.InstanceCount")


class LastRun(Struct):
    """The newest run of a schedule."""

    scheduled: datetime = api("ScheduledTime")
    status: Literal[
        "Pending", "Completed", "CompletedWithViolations", "InProgress", "Failed", "Stopping", "Stopped"
    ] = api("MonitoringExecutionStatus")
    failure_reason: str | None = api("FailureReason")
    # A run that found no data, or that has not begun, has no job.
    job: "Ref[ProcessingJob] | None" = ref("ProcessingJobArn")


class MonitoringSchedule(
    Resource, type="AWS::SageMaker::MonitoringSchedule", name="MonitoringScheduleName", arn="MonitoringScheduleArn"
):
    """A Model Monitor schedule over an endpoint or over batch transform output."""

    status: Literal["Pending", "Failed", "Scheduled", "Stopped"] = api("MonitoringScheduleStatus")
    created: datetime = api("CreationTime")
    monitoring_type: Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"] | None = api(
        "MonitoringType"
    )
    # Schedules over batch transform output watch no endpoint.
    endpoint: Ref[Endpoint] | None = ref("EndpointName", local=True)
    last_modified: datetime = api("LastModifiedTime")
    failure_reason: str | None = api("FailureReason")
    # A schedule that never ran has no last run; one without an expression is one-time.
    last_run: LastRun | None = ref("LastMonitoringExecutionSummary")
    expression: str | None = api("MonitoringScheduleConfig.ScheduleConfig.ScheduleExpression")
    # Inline definitions hold the settings; a schedule that names a job definition has them there.
    definition: str | None = api("MonitoringScheduleConfig.MonitoringJobDefinitionName")
    # The name alone does not tell which of the four kinds of definition it is of: definitions of different kinds may
    # have the same name. The schedule's type tells, so at most one of these is set.
    data_quality: "Ref[DataQualityJobDefinition] | None" = ref(
        "MonitoringScheduleConfig.MonitoringJobDefinitionName", local=True, when={"MonitoringType": "DataQuality"}
    )
    model_quality: "Ref[ModelQualityJobDefinition] | None" = ref(
        "MonitoringScheduleConfig.MonitoringJobDefinitionName", local=True, when={"MonitoringType": "ModelQuality"}
    )
    model_bias: "Ref[ModelBiasJobDefinition] | None" = ref(
        "MonitoringScheduleConfig.MonitoringJobDefinitionName", local=True, when={"MonitoringType": "ModelBias"}
    )
    model_explainability: "Ref[ModelExplainabilityJobDefinition] | None" = ref(
        "MonitoringScheduleConfig.MonitoringJobDefinitionName",
        local=True,
        when={"MonitoringType": "ModelExplainability"},
    )
    inline: InlineDefinition | None = ref("MonitoringScheduleConfig.MonitoringJobDefinition")
    inline_network_isolation: bool = api(
        "MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig.EnableNetworkIsolation", absent=False
    )


class MonitoringExecution(
    Resource, type="AWS::SageMaker::MonitoringExecution", name="{MonitoringScheduleName}/{ScheduledTime}"
):
    """One run of a monitoring schedule."""

    schedule: Ref[MonitoringSchedule] = ref("MonitoringScheduleName", local=True)
    scheduled: datetime = api("ScheduledTime")
    status: Literal[
        "Pending", "Completed", "CompletedWithViolations", "InProgress", "Failed", "Stopping", "Stopped"
    ] = api("MonitoringExecutionStatus")
    created: datetime = api("CreationTime")
    last_modified: datetime = api("LastModifiedTime")
    failure_reason: str | None = api("FailureReason")


class VariantMetrics(Resource, type="AWS::SageMaker::EndpointVariantMetrics", name="{EndpointName}/{VariantName}"):
    """What CloudWatch recorded of one endpoint variant; read only with metrics turned on, for they are priced."""

    endpoint: Ref[Endpoint] = ref("EndpointName", local=True)
    invocations: tuple[Point, ...] = api("Invocations")
    # Instances report this every minute while they run: it tells an idle variant from metrics that are not there.
    cpu: tuple[Point, ...] = api("CPUUtilization")


COLLECTORS = (
    Collector(
        ModelPackageGroup,
        Listed(Call("sagemaker", "ListModelPackageGroups", items="ModelPackageGroupSummaryList")),
        then=(
            Call(
                "sagemaker",
                "GetModelPackageGroupPolicy",
                given={"ModelPackageGroupName": "ModelPackageGroupName"},
                none=("ValidationException: Cannot find resource policy",),
                parse=("ResourcePolicy",),
            ),
        ),
        tags=TAGS,
    ),
    Collector(
        TrainingJob,
        Searched(
            Call("sagemaker", "ListTrainingJobs", items="TrainingJobSummaries", fixed=NEWEST_FIRST),
            record="TrainingJob",
            body="TrainingJob",
            describe=Call("sagemaker", "DescribeTrainingJob", given={"TrainingJobName": "TrainingJobName"}),
            window=Window(days=90, member="CreationTime"),
        ),
        tags=TAGS,
    ),
    Collector(
        ModelPackage,
        Searched(
            Call("sagemaker", "ListModelPackages", items="ModelPackageSummaryList", fixed={"ModelPackageType": "Both"}),
            record="ModelPackage",
            body="ModelPackage",
            describe=Call(
                "sagemaker",
                "DescribeModelPackage",
                given={"ModelPackageName": "ModelPackageArn"},
                fixed={"IncludedData": "MetadataOnly"},  # a card's content would need the right to use its key
            ),
        ),
        tags=TAGS,
    ),
    Collector(
        Model,
        Searched(
            Call("sagemaker", "ListModels", items="Models"),
            record="Model",
            body="Model.Model",
            describe=Call("sagemaker", "DescribeModel", given={"ModelName": "ModelName"}),
        ),
        tags=TAGS,
    ),
    Collector(
        EndpointConfig,
        Listed(Call("sagemaker", "ListEndpointConfigs", items="EndpointConfigs")),
        then=(Call("sagemaker", "DescribeEndpointConfig", given={"EndpointConfigName": "EndpointConfigName"}),),
        tags=TAGS,
    ),
    Collector(
        Endpoint,
        Searched(
            Call("sagemaker", "ListEndpoints", items="Endpoints"),
            record="Endpoint",
            body="Endpoint",
            describe=Call("sagemaker", "DescribeEndpoint", given={"EndpointName": "EndpointName"}),
        ),
        tags=TAGS,
    ),
    Collector(
        MonitoringSchedule,
        Listed(Call("sagemaker", "ListMonitoringSchedules", items="MonitoringScheduleSummaries")),
        then=(
            Call("sagemaker", "DescribeMonitoringSchedule", given={"MonitoringScheduleName": "MonitoringScheduleName"}),
        ),
        tags=TAGS,
    ),
    Collector(
        MonitoringExecution,
        Each(
            MonitoringSchedule,
            Call(
                "sagemaker",
                "ListMonitoringExecutions",
                items="MonitoringExecutionSummaries",
                given={"MonitoringScheduleName": "MonitoringScheduleName"},
                fixed={"SortBy": "ScheduledTime", "SortOrder": "Descending"},
            ),
            newest=100,
        ),
    ),
    Collector(
        VariantMetrics,
        Metrics(
            Endpoint,
            each="ProductionVariants[].VariantName",
            dimensions={"EndpointName": "EndpointName", "VariantName": "VariantName"},
            metrics=(
                Metric("Invocations", "AWS/SageMaker", "Sum", period=86_400, days=14),
                Metric("CPUUtilization", "/aws/sagemaker/Endpoints", "Maximum", period=86_400, days=14),
            ),
            call=Call("cloudwatch", "GetMetricData", items="MetricDataResults", price=0.00001),
        ),
    ),
)
