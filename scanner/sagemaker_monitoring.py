"""SageMaker AI: the four kinds of definitions that monitoring schedules name."""

from datetime import datetime
from typing import Literal

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Ref, Resource, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TAGS, LabelledInput, MonitoredInput
from mllens.scanner.sagemaker_jobs import ProcessingJob

BY_NAME = {"JobDefinitionName": "MonitoringJobDefinitionName"}


class DataQualityJobDefinition(
    Resource,
    type="AWS::SageMaker::DataQualityJobDefinition",
    name="MonitoringJobDefinitionName",
    arn="MonitoringJobDefinitionArn",
):
    """How to find that live data differ from a baseline; it cannot be changed."""

    created: datetime = api("CreationTime")
    input: MonitoredInput = ref("DataQualityJobInput")
    # A definition without a baseline collects statistics and judges nothing.
    constraints: Ref[Bucket] | None = ref("DataQualityBaselineConfig.ConstraintsResource.S3Uri")
    statistics: Ref[Bucket] | None = ref("DataQualityBaselineConfig.StatisticsResource.S3Uri")
    baselining_job: Ref[ProcessingJob] | None = ref("DataQualityBaselineConfig.BaseliningJobName", local=True)
    image: str = api("DataQualityAppSpecification.ImageUri")
    role: Ref[Role] = ref("RoleArn")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("NetworkConfig.EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("NetworkConfig.EnableInterContainerTrafficEncryption", absent=False)
    # A job outside the customer's VPC, or with no key of the customer's, has none of these.
    subnets: tuple[str, ...] = api("NetworkConfig.VpcConfig.Subnets", absent=())
    volume_key: Ref[Key] | None = ref("JobResources.ClusterConfig.VolumeKmsKeyId")
    output_key: Ref[Key] | None = ref("DataQualityJobOutputConfig.KmsKeyId")
    output_buckets: tuple[Ref[Bucket], ...] = ref("DataQualityJobOutputConfig.MonitoringOutputs[].S3Output.S3Uri")
    instance_type: str = api("JobResources.ClusterConfig.InstanceType")
    instance_count: int = api("JobResources.ClusterConfig.InstanceCount")


class ModelQualityJobDefinition(
    Resource,
    type="AWS::SageMaker::ModelQualityJobDefinition",
    name="MonitoringJobDefinitionName",
    arn="MonitoringJobDefinitionArn",
):
    """How to compare predictions with what turned out to be true; it cannot be changed."""

    created: datetime = api("CreationTime")
    input: LabelledInput = ref("ModelQualityJobInput")
    problem_type: Literal["BinaryClassification", "MulticlassClassification", "Regression"] | None = api(
        "ModelQualityAppSpecification.ProblemType"
    )
    # A definition without a baseline collects statistics and judges nothing.
    constraints: Ref[Bucket] | None = ref("ModelQualityBaselineConfig.ConstraintsResource.S3Uri")
    baselining_job: Ref[ProcessingJob] | None = ref("ModelQualityBaselineConfig.BaseliningJobName", local=True)
    image: str = api("ModelQualityAppSpecification.ImageUri")
    role: Ref[Role] = ref("RoleArn")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("NetworkConfig.EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("NetworkConfig.EnableInterContainerTrafficEncryption", absent=False)
    # A job outside the customer's VPC, or with no key of the customer's, has none of these.
    subnets: tuple[str, ...] = api("NetworkConfig.VpcConfig.Subnets", absent=())
    volume_key: Ref[Key] | None = ref("JobResources.ClusterConfig.VolumeKmsKeyId")
    output_key: Ref[Key] | None = ref("ModelQualityJobOutputConfig.KmsKeyId")
    output_buckets: tuple[Ref[Bucket], ...] = ref("ModelQualityJobOutputConfig.MonitoringOutputs[].S3Output.S3Uri")
    instance_type: str = api("JobResources.ClusterConfig.InstanceType")
    instance_count: int = api("JobResources.ClusterConfig.InstanceCount")


class ModelBiasJobDefinition(
    Resource,
    type="AWS::SageMaker::ModelBiasJobDefinition",
    name="MonitoringJobDefinitionName",
    arn="MonitoringJobDefinitionArn",
):
    """How to find that predictions favour some people over others; it cannot be changed."""

    created: datetime = api("CreationTime")
    input: LabelledInput = ref("ModelBiasJobInput")
    analysis_config: Ref[Bucket] = ref("ModelBiasAppSpecification.ConfigUri")
    # A definition without a baseline collects statistics and judges nothing.
    constraints: Ref[Bucket] | None = ref("ModelBiasBaselineConfig.ConstraintsResource.S3Uri")
    baselining_job: Ref[ProcessingJob] | None = ref("ModelBiasBaselineConfig.BaseliningJobName", local=True)
    image: str = api("ModelBiasAppSpecification.ImageUri")
    role: Ref[Role] = ref("RoleArn")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("NetworkConfig.EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("NetworkConfig.EnableInterContainerTrafficEncryption", absent=False)
    # A job outside the customer's VPC, or with no key of the customer's, has none of these.
    subnets: tuple[str, ...] = api("NetworkConfig.VpcConfig.Subnets", absent=())
    volume_key: Ref[Key] | None = ref("JobResources.ClusterConfig.VolumeKmsKeyId")
    output_key: Ref[Key] | None = ref("ModelBiasJobOutputConfig.KmsKeyId")
    output_buckets: tuple[Ref[Bucket], ...] = ref("ModelBiasJobOutputConfig.MonitoringOutputs[].S3Output.S3Uri")
    instance_type: str = api("JobResources.ClusterConfig.InstanceType")
    instance_count: int = api("JobResources.ClusterConfig.InstanceCount")


class ModelExplainabilityJobDefinition(
    Resource,
    type="AWS::SageMaker::ModelExplainabilityJobDefinition",
    name="MonitoringJobDefinitionName",
    arn="MonitoringJobDefinitionArn",
):
    """How to find that what drives predictions has changed; it cannot be changed itself."""

    created: datetime = api("CreationTime")
    input: MonitoredInput = ref("ModelExplainabilityJobInput")
    analysis_config: Ref[Bucket] = ref("ModelExplainabilityAppSpecification.ConfigUri")
    # A definition without a baseline collects statistics and judges nothing.
    constraints: Ref[Bucket] | None = ref("ModelExplainabilityBaselineConfig.ConstraintsResource.S3Uri")
    baselining_job: Ref[ProcessingJob] | None = ref("ModelExplainabilityBaselineConfig.BaseliningJobName", local=True)
    image: str = api("ModelExplainabilityAppSpecification.ImageUri")
    role: Ref[Role] = ref("RoleArn")
    # The API's flags are off unless the request turned them on.
    network_isolation: bool = api("NetworkConfig.EnableNetworkIsolation", absent=False)
    traffic_encryption: bool = api("NetworkConfig.EnableInterContainerTrafficEncryption", absent=False)
    # A job outside the customer's VPC, or with no key of the customer's, has none of these.
    subnets: tuple[str, ...] = api("NetworkConfig.VpcConfig.Subnets", absent=())
    volume_key: Ref[Key] | None = ref("JobResources.ClusterConfig.VolumeKmsKeyId")
    output_key: Ref[Key] | None = ref("ModelExplainabilityJobOutputConfig.KmsKeyId")
    output_buckets: tuple[Ref[Bucket], ...] = ref(
        "ModelExplainabilityJobOutputConfig.MonitoringOutputs[].S3Output.S3Uri"
    )
    instance_type: str = api("JobResources.ClusterConfig.InstanceType")
    instance_count: int = api("JobResources.ClusterConfig.InstanceCount")


COLLECTORS = (
    Collector(
        DataQualityJobDefinition,
        Listed(Call("sagemaker", "ListDataQualityJobDefinitions", items="JobDefinitionSummaries")),
        then=(Call("sagemaker", "DescribeDataQualityJobDefinition", given=BY_NAME),),
        tags=TAGS,
    ),
    Collector(
        ModelQualityJobDefinition,
        Listed(Call("sagemaker", "ListModelQualityJobDefinitions", items="JobDefinitionSummaries")),
        then=(Call("sagemaker", "DescribeModelQualityJobDefinition", given=BY_NAME),),
        tags=TAGS,
    ),
    Collector(
        ModelBiasJobDefinition,
        Listed(Call("sagemaker", "ListModelBiasJobDefinitions", items="JobDefinitionSummaries")),
        then=(Call("sagemaker", "DescribeModelBiasJobDefinition", given=BY_NAME),),
        tags=TAGS,
    ),
    Collector(
        ModelExplainabilityJobDefinition,
        Listed(Call("sagemaker", "ListModelExplainabilityJobDefinitions", items="JobDefinitionSummaries")),
        then=(Call("sagemaker", "DescribeModelExplainabilityJobDefinition", given=BY_NAME),),
        tags=TAGS,
    ),
)
