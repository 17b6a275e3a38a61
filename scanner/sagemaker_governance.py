"""SageMaker's records of how models are made: model cards, projects, MLflow servers and apps."""

from datetime import datetime
from typing import Any, Literal

from mllens.scanner.collect import Call, Collector, Listed, Searched
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Ref, Resource, Struct, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TAGS, Model, ModelPackage, ModelPackageGroup


class CardContent(Struct):
    """What a model card says. Every part of it may be left empty, and is left out then."""

    # For a model of SageMaker AI the id is its ARN; for others it is whatever their owner calls them.
    model_id: str | None = api("model_overview.model_id")
    # By its name, for ARNs of SageMaker are in lower case whatever the name is.
    model: Ref[Model] | None = ref("model_overview.model_name", local=True)
    model_owner: str | None = api("model_overview.model_owner")
    package: Ref[ModelPackage] | None = ref("model_package_details.model_package_arn")
    package_group: Ref[ModelPackageGroup] | None = ref("model_package_details.model_package_group_name", local=True)
    risk_rating: Literal["High", "Medium", "Low", "Unknown"] | None = api("intended_uses.risk_rating")
    purpose: str | None = api("intended_uses.purpose_of_model")
    intended_uses: str | None = api("intended_uses.intended_uses")
    quality_factors: str | None = api("intended_uses.factors_affecting_model_efficiency")
    business_problem: str | None = api("business_details.business_problem")
    business_stakeholders: str | None = api("business_details.business_stakeholders")
    line_of_business: str | None = api("business_details.line_of_business")
    objective_function: Any | None = api("training_details.objective_function")
    training_details: Any | None = api("training_details")
    evaluation_details: tuple[Any, ...] = api("evaluation_details", absent=())
    ethical_considerations: str | None = api("additional_information.ethical_considerations")
    caveats: str | None = api("additional_information.caveats_and_recommendations")
    additional_information: Any | None = api("additional_information")


class ModelCard(Resource, type="AWS::SageMaker::ModelCard", name="ModelCardName", arn="ModelCardArn"):
    """What people should know of a model: use, risk, training, evaluation."""

    status: Literal["Draft", "PendingReview", "Approved", "Archived"] = api("ModelCardStatus")
    created: datetime = api("CreationTime")
    # A card that was never changed may show no time of a change.
    last_modified: datetime | None = api("LastModifiedTime")
    version: int = api("ModelCardVersion")
    content: CardContent = ref("Content")
    # Without a key of the account's own the card is encrypted with one that the service owns.
    kms_key: Ref[Key] | None = ref("SecurityConfig.KmsKeyId")


class Project(Resource, type="AWS::SageMaker::Project", name="ProjectName", arn="ProjectArn"):
    """Repositories, pipelines and what else a template makes for one piece of work."""

    status: Literal[
        "Pending",
        "CreateInProgress",
        "CreateCompleted",
        "CreateFailed",
        "DeleteInProgress",
        "DeleteFailed",
        "DeleteCompleted",
        "UpdateInProgress",
        "UpdateCompleted",
        "UpdateFailed",
    ] = api("ProjectStatus")
    id: str = api("ProjectId")
    created: datetime = api("CreationTime")
    # Projects of templates kept in S3 come from no product of Service Catalog.
    product: str | None = api("ServiceCatalogProvisioningDetails.ProductId")


class MlflowTrackingServer(
    Resource, type="AWS::SageMaker::MlflowTrackingServer", name="TrackingServerName", arn="TrackingServerArn"
):
    """An MLflow server on an instance of its own."""

    status: str = api("TrackingServerStatus")
    active: Literal["Active", "Inactive"] = api("IsActive")
    created: datetime = api("CreationTime")
    mlflow_version: str = api("MlflowVersion")
    artifact_bucket: Ref[Bucket] = ref("ArtifactStoreUri")
    role: Ref[Role] = ref("RoleArn")


class MlflowApp(Resource, type="AWS::SageMaker::MlflowApp", name="Arn", arn="Arn"):
    """A serverless MLflow; its name here is the id in its ARN."""

    display_name: str = api("Name")
    status: Literal[
        "Creating",
        "Created",
        "CreateFailed",
        "Updating",
        "Updated",
        "UpdateFailed",
        "Deleting",
        "DeleteFailed",
        "Deleted",
    ] = api("Status")
    created: datetime = api("CreationTime")
    mlflow_version: str = api("MlflowVersion")
    artifact_bucket: Ref[Bucket] = ref("ArtifactStoreUri")
    role: Ref[Role] = ref("RoleArn")


COLLECTORS = (
    Collector(
        ModelCard,
        Searched(
            Call("sagemaker", "ListModelCards", items="ModelCardSummaries"),
            record="ModelCard",
            body="ModelCard",
            describe=Call(
                "sagemaker", "DescribeModelCard", given={"ModelCardName": "ModelCardName"}, parse=("Content",)
            ),
        ),
        tags=TAGS,
    ),
    Collector(
        Project,
        Searched(
            Call("sagemaker", "ListProjects", items="ProjectSummaryList"),
            record="Project",
            body="Project",
            describe=Call("sagemaker", "DescribeProject", given={"ProjectName": "ProjectName"}),
        ),
        tags=TAGS,
    ),
    Collector(
        MlflowTrackingServer,
        Listed(Call("sagemaker", "ListMlflowTrackingServers", items="TrackingServerSummaries")),
        then=(Call("sagemaker", "DescribeMlflowTrackingServer", given={"TrackingServerName": "TrackingServerName"}),),
        tags=TAGS,
    ),
    Collector(
        MlflowApp,
        Listed(Call("sagemaker", "ListMlflowApps", items="Summaries")),
        then=(Call("sagemaker", "DescribeMlflowApp", given={"Arn": "Arn"}),),
        tags=TAGS,
    ),
)
