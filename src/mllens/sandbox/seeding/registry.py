"""How models come to be known: versions in the registry, cards, pipelines, projects, feature groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mllens.sandbox.seeding.account import Account, tags


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version: how it was approved, and what was said of it. `at` is where its artifact lies, by default its own place."""

    approval: str
    why: str = ""
    by: str = "meridian-ml-pipeline"
    approved_by: str = "meridian-ml-approver"
    reports: tuple[str, ...] = ()
    drift: bool = False
    commit: str | None = None
    stage: str | None = None
    key: str | None = None
    image: str = "pytorch-inference"
    at: str | None = None
    card: str | None = None  # the status of a card inside


@dataclass(frozen=True, kw_only=True)
class Group:
    """A model in the registry: its versions, oldest first, eighty days apart unless `every` says otherwise."""

    name: str
    region: str
    versions: tuple[Version, ...]
    description: str
    created: datetime
    bucket: str
    every: int = 80
    task: str | None = None
    shared_with: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Card:
    """A model card. `about` is a group or a model; the sections stand under their names in the card's schema."""

    name: str
    region: str
    status: str
    on: datetime
    group: str | None = None
    model: str | None = None
    package: tuple[str, int] | None = None
    sections: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline: its steps as their definition has them, and how its runs ended, oldest first, a week apart."""

    name: str
    region: str
    role: str
    created: datetime
    steps: tuple[Mapping[str, Any], ...]
    runs: tuple[str, ...] = ()
    last: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FeatureGroup:
    """A feature group; without `bucket` it has no offline store."""

    name: str
    region: str
    role: str
    created: datetime
    features: tuple[str, ...]
    online: bool = False
    online_key: str | None = None
    bucket: str | None = None
    offline_key: str | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def artifact(bucket: str, name: str) -> str:
    """Where a model's artifact lies."""
    return f"s3://{bucket}/{name}/model.tar.gz"


def make_group(account: Account, group: Group) -> None:
    """A group and its versions, each registered and approved by somebody."""
    account.sagemaker(
        group.created, group.region, "create_model_package_group", ModelPackageGroupName=group.name,
        ModelPackageGroupDescription=group.description, Tags=tags(group.tags),
    )  # fmt: skip
    if group.shared_with:
        statement = {
            "Effect": "Allow",
            "Principal": "*" if group.shared_with == "*" else {"AWS": f"arn:aws:iam::{group.shared_with}:root"},
            "Action": ["sagemaker:DescribeModelPackage", "sagemaker:CreateModel"],
            "Resource": account.arn("sagemaker", group.region, f"model-package/{group.name}/*"),
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        account.sagemaker(
            group.created, group.region, "put_model_package_group_policy", ModelPackageGroupName=group.name,
            ResourcePolicy=policy,
        )  # fmt: skip
    for number, version in enumerate(group.versions, 1):
        when = group.created + timedelta(days=group.every * (number - 1), hours=2)
        arn = account.sagemaker(when, group.region, "create_model_package", **_package(account, group, number, version))
        _sign(account, group, arn["ModelPackageArn"], when, version)


def _package(account: Account, group: Group, number: int, version: Version) -> dict[str, Any]:
    name = f"{group.name}-v{number}"
    container = {
        "Image": account.image(group.region, version.image),
        "ModelDataUrl": version.at or artifact(group.bucket, name),
    }
    package: dict[str, Any] = {
        "ModelPackageGroupName": group.name,
        "ModelApprovalStatus": version.approval,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        **_metrics(f"s3://{group.bucket}/{name}/reports", version.reports),
    }
    if group.task:
        package["Task"] = group.task
    if version.drift:
        package["DriftCheckBaselines"] = _baselines(f"s3://{group.bucket}/{name}/baselines")
    if version.commit:
        package["MetadataProperties"] = {
            "CommitId": version.commit,
            "Repository": f"https://git.example.com/ml/{group.name}",
            "GeneratedBy": account.arn("sagemaker", group.region, f"pipeline/{group.name}-pipeline"),
        }
    if version.stage:
        package["ModelLifeCycle"] = {"Stage": version.stage, "StageStatus": "Approved"}
    if version.key:
        package["SecurityConfig"] = {"KmsKeyId": account.key(group.region, version.key)}
    if version.card:
        package["ModelCard"] = {"ModelCardContent": "{}", "ModelCardStatus": version.card}
    return package


def _metrics(where: str, reports: Sequence[str]) -> dict[str, Any]:
    def file(name: str) -> dict[str, str]:
        return {"ContentType": "application/json", "S3Uri": f"{where}/{name}.json"}

    shown: dict[str, Any] = {}
    if "quality" in reports:
        shown["ModelQuality"] = {"Statistics": file("statistics"), "Constraints": file("constraints")}
    if "bias" in reports:
        shown["Bias"] = {"Report": file("bias")}
    if "explainability" in reports:
        shown["Explainability"] = {"Report": file("explainability")}
    return {"ModelMetrics": shown} if shown else {}


def _baselines(where: str) -> dict[str, Any]:
    def file(name: str) -> dict[str, str]:
        return {"ContentType": "application/json", "S3Uri": f"{where}/{name}.json"}

    return {
        "ModelDataQuality": {"Statistics": file("data-statistics"), "Constraints": file("data-constraints")},
        "ModelQuality": {"Statistics": file("quality-statistics"), "Constraints": file("quality-constraints")},
        "Bias": {"PostTrainingConstraints": file("bias-constraints"), "ConfigFile": file("bias-config")},
        "Explainability": {"Constraints": file("explainability-constraints")},
    }


def _sign(account: Account, group: Group, arn: str, when: datetime, version: Version) -> None:
    """Everything here is made by one caller; a registry is worked on by several."""

    def who(name: str) -> dict[str, Any]:
        return {"IamIdentity": {"Arn": account.arn("sts", "", f"assumed-role/{name}/SageMaker")}}

    signed: dict[str, Any] = {"CreatedBy": who(version.by), "ApprovalDescription": version.why or None}
    if version.approval != "PendingManualApproval":
        signed |= {"LastModifiedBy": who(version.approved_by), "LastModifiedTime": when + timedelta(hours=20)}
    account.sandbox.amend("sagemaker", "ModelPackage", arn, region=group.region, **signed)


def make_card(account: Account, card: Card) -> None:
    """A card with its content."""
    content: dict[str, Any] = dict(card.sections)
    if card.model:
        overview = {"model_id": account.arn("sagemaker", card.region, f"model/{card.model}"), "model_name": card.model}
        content["model_overview"] = overview | content.get("model_overview", {})
    if card.group:
        content["model_package_details"] = {"model_package_group_name": card.group}
    if card.package:
        content["model_package_details"] = {
            "model_package_group_name": card.package[0],
            "model_package_arn": account.package(card.region, *card.package),
        }
    security = {"SecurityConfig": {"KmsKeyId": account.key(card.region, card.key)}} if card.key else {}
    account.sagemaker(
        card.on, card.region, "create_model_card", ModelCardName=card.name, ModelCardStatus=card.status,
        Content=json.dumps(content), **security,
    )  # fmt: skip


def step(name: str, type_: str, *after: str, **more: Any) -> dict[str, Any]:
    """One step of a pipeline's definition, with arguments unless the kind has none."""
    depends = {"DependsOn": list(after)} if after else {}
    return {"Name": name, "Type": type_, **depends, **({"Arguments": {}} if "Arguments" not in more else {}), **more}


def gate(name: str, measured: str, least: float, then: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A condition on what an evaluation step measured, and the steps that it opens."""
    value = {"Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{measured}.PropertyFiles.report"}, "Path": "auc.value"}}
    condition = {"Type": "GreaterThanOrEqualTo", "LeftValue": value, "RightValue": least}
    arguments = {"Conditions": [condition], "IfSteps": list(then), "ElseSteps": []}
    return step(name, "Condition", measured, Arguments=arguments)


def make_pipeline(account: Account, pipeline: Pipeline) -> None:
    """A pipeline and its runs."""
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "InstanceType", "Type": "String", "DefaultValue": "ml.m5.2xlarge"}],
        "Steps": list(pipeline.steps),
    }
    account.sagemaker(
        pipeline.created, pipeline.region, "create_pipeline", PipelineName=pipeline.name,
        PipelineDefinition=json.dumps(definition), RoleArn=account.role(pipeline.role), Tags=tags(pipeline.tags),
    )  # fmt: skip
    for number, status in enumerate(pipeline.runs):
        assert pipeline.last is not None
        when = pipeline.last - timedelta(days=7 * (len(pipeline.runs) - 1 - number))
        started = account.sagemaker(when, pipeline.region, "start_pipeline_execution", PipelineName=pipeline.name)
        if status != "Succeeded":
            reason = {"FailureReason": "Step failure: One or multiple steps failed."} if status == "Failed" else {}
            account.sandbox.amend(
                "sagemaker", "PipelineExecution", started["PipelineExecutionArn"], region=pipeline.region,
                PipelineExecutionStatus=status, **reason,
            )  # fmt: skip


def make_feature_group(account: Account, group: FeatureGroup) -> None:
    """A feature group with the stores that it has."""
    stores: dict[str, Any] = {}
    if group.online:
        key = account.encrypted(group.region, group.online_key, "KmsKeyId")
        stores["OnlineStoreConfig"] = {
            "EnableOnlineStore": True, "StorageType": "Standard", **({"SecurityConfig": key} if key else {}),
        }  # fmt: skip
    if group.bucket:
        where = f"s3://{group.bucket}/feature-store"
        stores["OfflineStoreConfig"] = {
            "S3StorageConfig": {
                "S3Uri": where,
                "ResolvedOutputS3Uri": f"{where}/{account.sandbox.account}/sagemaker/{group.region}/offline-store/{group.name}/data",
                **account.encrypted(group.region, group.offline_key, "KmsKeyId"),
            },
            "DataCatalogConfig": {
                "Catalog": "AwsDataCatalog", "Database": "sagemaker_featurestore", "TableName": group.name.replace("-", "_"),
            },
        }  # fmt: skip
    features = [{"FeatureName": name, "FeatureType": "Fractional"} for name in group.features]
    named = [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "event_time", "FeatureType": "String"}]
    account.sagemaker(
        group.created, group.region, "create_feature_group", FeatureGroupName=group.name,
        RecordIdentifierFeatureName="id", EventTimeFeatureName="event_time", FeatureDefinitions=[*named, *features],
        RoleArn=account.role(group.role), Tags=tags(group.tags), **stores,
        **({"Description": group.description} if group.description else {}),
    )  # fmt: skip


def make_review_flow(account: Account, name: str, region: str, when: datetime, bucket: str) -> None:
    """A flow in which one person each looks at what an application sends."""
    own = f"arn:aws:sagemaker:{region}:{account.sandbox.account}"
    account.sagemaker(
        when, region, "create_flow_definition", FlowDefinitionName=name, RoleArn=account.role("meridian-claims-datascience"),
        HumanLoopConfig={
            "WorkteamArn": f"{own}:workteam/private-crowd/{name}", "HumanTaskUiArn": f"{own}:human-task-ui/{name}",
            "TaskTitle": "Look at this claim", "TaskDescription": "Is the estimate plausible?", "TaskCount": 1,
        },
        OutputConfig={"S3OutputPath": f"s3://{bucket}/reviews"},
    )  # fmt: skip


def make_project(account: Account, name: str, region: str, when: datetime, product: str) -> None:
    """A project of a product in Service Catalog."""
    details = {"ProductId": product, "ProvisioningArtifactId": "pa-4kq2x7mzt5wne"}
    account.sagemaker(when, region, "create_project", ProjectName=name, ServiceCatalogProvisioningDetails=details)
