"""SageMaker AI: what serves, what it was made from, and what watches it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from mllens.scanner.cloudwatch import Alarm, Point
from mllens.scanner.collect import Call, Collector, Each, Listed, Metric, Metrics, Searched, Window
from mllens.scanner.iam import Role
from mllens.scanner.model import Redacted, Ref, Resource, Struct, api, ref
from mllens.scanner.s3 import Bucket

NEWEST_FIRST = {"SortBy": "CreationTime", "SortOrder": "Descending"}
TAGS = Call("sagemaker", "ListTags", items="Tags", given={"ResourceArn": "arn"})


class ModelPackageGroup(
    Resource, type="AWS::SageMaker::ModelPackageGroup", name="ModelPackageGroupName", arn="ModelPackageGroupArn"
):
    """A model in the registry: the versions of one model."""

    created: datetime = api("CreationTime")
    description: str | None = api("ModelPackageGroupDescription")


class TrainingJob(Resource, type="AWS::SageMaker::TrainingJob", name="TrainingJobName", arn="TrainingJobArn"):
    """One run of training; it can be neither changed nor deleted."""

    status: Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"] = api("TrainingJobStatus")
    created: datetime = api("CreationTime")
    role: Ref[Role] = ref("RoleArn")
    # A job on serverless infrastructure or with a data source other than S3 has no such channel; the member is optional.
    input_buckets: tuple[Ref[Bucket], ...] = ref("InputDataConfig[].DataSource.S3DataSource.S3Uri", absent=())
    output_bucket: Ref[Bucket] | None = ref("OutputDataConfig.S3OutputPath")
    # The API's flags are off unless the request turned them on, and left out of the answer then.
    network_isolation: bool = api("EnableNetworkIsolation", absent=False)
    managed_spot: bool = api("EnableManagedSpotTraining", absent=False)
    checkpoint_bucket: Ref[Bucket] | None = ref("CheckpointConfig.S3Uri")
    environment: Mapping[str, str | Redacted] = api("Environment", absent={})


class ModelPackage(Resource, type="AWS::SageMaker::ModelPackage", name="ModelPackageArn", arn="ModelPackageArn"):
    """One version in the registry; its name is the group and the version, or the name of an unversioned package."""

    group: Ref[ModelPackageGroup] | None = ref("ModelPackageGroupName", local=True)
    version: int | None = api("ModelPackageVersion")
    created: datetime = api("CreationTime")
    # Unversioned packages (Marketplace) have no approval.
    approval_status: Literal["Approved", "Rejected", "PendingManualApproval"] | None = api("ModelApprovalStatus")
    last_modified: datetime | None = api("LastModifiedTime")


class Container(Struct):
    """One container of a model."""

    image: str | None = api("Image")
    artifact: str | None = api("ModelDataUrl")
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


class HostedVariant(Struct):
    """A variant as an endpoint configuration asks for it."""

    name: str = api("VariantName")
    # A variant that hosts inference components names no model; the components do.
    model: Ref[Model] | None = ref("ModelName", local=True)
    # Serverless and pooled variants have neither instance type nor count of their own.
    instance_type: str | None = api("InstanceType")
    initial_instance_count: int | None = api("InitialInstanceCount")
    serverless_concurrency: int | None = api("ServerlessConfig.MaxConcurrency")


class EndpointConfig(
    Resource, type="AWS::SageMaker::EndpointConfig", name="EndpointConfigName", arn="EndpointConfigArn"
):
    """What an endpoint should run; it cannot be changed, only replaced."""

    created: datetime = api("CreationTime")
    variants: tuple[HostedVariant, ...] = ref("ProductionVariants", local=True)
    shadow_variants: tuple[HostedVariant, ...] = ref("ShadowProductionVariants", absent=(), local=True)


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
    # Inline definitions hold the settings; a schedule that names a job definition has them there.
    definition: str | None = api("MonitoringScheduleConfig.MonitoringJobDefinitionName")
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
            describe=Call("sagemaker", "DescribeModelPackage", given={"ModelPackageName": "ModelPackageArn"}),
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
