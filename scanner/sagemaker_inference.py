"""SageMaker AI: models that share an endpoint's instances, shadow tests, and advice on instances."""

from datetime import datetime
from typing import Literal

from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.collect import Call, Collector, Listed, Window
from mllens.scanner.ecr import Image
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Ref, Resource, Struct, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import ECR, NEWEST_FIRST, TAGS, Endpoint, EndpointConfig, Model, ModelPackage


class ComponentSpecification(Struct):
    """What an inference component runs, on all instance types or on one."""

    # A component that is one for all instance types names none.
    instance_type: str | None = api("InstanceType")
    # A component has a model, or a container of its own, or adapts another component, its base.
    model: Ref[Model] | None = ref("ModelName", local=True)
    base: "Ref[InferenceComponent] | None" = ref("BaseInferenceComponentName", local=True)
    specified_image: str | None = api("Container.DeployedImage.SpecifiedImage")
    image: str | None = api("Container.DeployedImage.ResolvedImage")
    ecr_image: Ref[Image] | None = ref("Container.DeployedImage.ResolvedImage", pattern=ECR)
    artifact: str | None = api("Container.ArtifactUrl")
    artifact_bucket: Ref[Bucket] | None = ref("Container.ArtifactUrl")
    # An adapter takes its room from its base; a component on processors alone asks for no accelerators.
    minimum_memory: int | None = api("ComputeResourceRequirements.MinMemoryRequiredInMb")
    accelerators: float | None = api("ComputeResourceRequirements.NumberOfAcceleratorDevicesRequired")
    # SageMaker places copies as it likes unless told otherwise.
    placement: Literal["SPREAD", "BINPACK"] | None = api("SchedulingConfig.PlacementStrategy")
    zone_balance: Literal["PERMISSIVE"] | None = api("SchedulingConfig.AvailabilityZoneBalance.EnforcementMode")


class InferenceComponent(
    Resource,
    type="AWS::SageMaker::InferenceComponent",
    name="InferenceComponentName",
    arn="InferenceComponentArn",
):
    """A model on an endpoint's instances, with copies of its own; several may share the instances."""

    status: Literal["InService", "Creating", "Updating", "Failed", "Deleting"] = api("InferenceComponentStatus")
    created: datetime = api("CreationTime")
    last_modified: datetime = api("LastModifiedTime")
    failure_reason: str | None = api("FailureReason")  # only of one that failed
    endpoint: Ref[Endpoint] = ref("EndpointName", local=True)
    # An adapter runs wherever its base does.
    variant: str | None = api("VariantName")
    # AWS answers one specification, or one for each instance type.
    specification: ComponentSpecification | None = ref("Specification")
    specifications: tuple[ComponentSpecification, ...] = ref("Specifications", absent=())
    # An adapter has no copies of its own.
    desired_copies: int | None = api("RuntimeConfig.DesiredCopyCount")
    copies: int | None = api("RuntimeConfig.CurrentCopyCount")
    # A component that was never updated, or updated without one, has no last deployment configuration.
    rollback_alarms: tuple[Ref[Alarm], ...] = ref(
        "LastDeploymentConfig.AutoRollbackConfiguration.Alarms[].AlarmName", absent=(), local=True
    )
    rolling_batch_type: Literal["COPY_COUNT", "CAPACITY_PERCENT"] | None = api(
        "LastDeploymentConfig.RollingUpdatePolicy.MaximumBatchSize.Type"
    )
    rolling_batch: int | None = api("LastDeploymentConfig.RollingUpdatePolicy.MaximumBatchSize.Value")


class ExperimentVariant(Struct):
    """A variant of a shadow test: the one in production, or the one that gets copies of its requests."""

    name: str = api("VariantName")
    model: Ref[Model] = ref("ModelName", local=True)
    status: Literal["Creating", "Updating", "InService", "Deleting", "Deleted"] = api("Status")
    instance_type: str = api("InfrastructureConfig.RealTimeInferenceConfig.InstanceType")
    instance_count: int = api("InfrastructureConfig.RealTimeInferenceConfig.InstanceCount")


class InferenceExperiment(Resource, type="AWS::SageMaker::InferenceExperiment", name="Name", arn="Arn"):
    """A shadow test that SageMaker runs on an endpoint."""

    status: Literal["Creating", "Created", "Updating", "Running", "Starting", "Stopping", "Completed", "Cancelled"] = (
        api("Status")
    )
    created: datetime = api("CreationTime")
    # A test that runs until it is stopped has no end; one that has not ended was not completed.
    starts: datetime | None = api("Schedule.StartTime")
    ends: datetime | None = api("Schedule.EndTime")
    completed: datetime | None = api("CompletionTime")
    role: Ref[Role] = ref("RoleArn")
    endpoint: Ref[Endpoint] = ref("EndpointMetadata.EndpointName", local=True)
    # A test that has ended, or not begun, may leave its endpoint without a configuration of the test's.
    config: Ref[EndpointConfig] | None = ref("EndpointMetadata.EndpointConfigName", local=True)
    variants: tuple[ExperimentVariant, ...] = ref("ModelVariants")
    shadow_variants: tuple[str, ...] = api("ShadowModeConfig.ShadowModelVariants[].ShadowModelVariantName", absent=())
    # A test that keeps no requests has no place for them; SageMaker's own keys are used where none is named.
    data_bucket: Ref[Bucket] | None = ref("DataStorageConfig.Destination")
    data_key: Ref[Key] | None = ref("DataStorageConfig.KmsKey")
    instance_key: Ref[Key] | None = ref("KmsKey")


class InferenceRecommendationsJob(
    Resource, type="AWS::SageMaker::InferenceRecommendationsJob", name="JobName", arn="JobArn"
):
    """A load test of a model on several instance types."""

    kind: Literal["Default", "Advanced"] = api("JobType")
    status: Literal["PENDING", "IN_PROGRESS", "COMPLETED", "FAILED", "STOPPING", "STOPPED", "DELETING", "DELETED"] = (
        api("Status")
    )
    created: datetime = api("CreationTime")
    completed: datetime | None = api("CompletionTime")  # a job that runs still has none
    role: Ref[Role] = ref("RoleArn")
    # A job tests a model or a version in the registry.
    model: Ref[Model] | None = ref("InputConfig.ModelName", local=True)
    package: Ref[ModelPackage] | None = ref("InputConfig.ModelPackageVersionArn")
    # There are none before the job has completed.
    instance_types: tuple[str, ...] = api("InferenceRecommendations[].EndpointConfiguration.InstanceType", absent=())


COLLECTORS = (
    Collector(
        InferenceComponent,
        Listed(Call("sagemaker", "ListInferenceComponents", items="InferenceComponents")),
        then=(
            Call("sagemaker", "DescribeInferenceComponent", given={"InferenceComponentName": "InferenceComponentName"}),
        ),
        tags=TAGS,
    ),
    Collector(
        InferenceExperiment,
        Listed(Call("sagemaker", "ListInferenceExperiments", items="InferenceExperiments")),
        then=(Call("sagemaker", "DescribeInferenceExperiment", given={"Name": "Name"}),),
        tags=TAGS,
    ),
    Collector(
        InferenceRecommendationsJob,
        Listed(
            Call(
                "sagemaker",
                "ListInferenceRecommendationsJobs",
                items="InferenceRecommendationsJobs",
                fixed=NEWEST_FIRST,
            ),
            window=Window(days=90, member="CreationTime"),
        ),
        then=(Call("sagemaker", "DescribeInferenceRecommendationsJob", given={"JobName": "JobName"}),),
        tags=TAGS,
    ),
)
