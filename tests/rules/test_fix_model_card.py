"""A drafted model card: what it says, what it leaves to people, and within which limits."""

import json
from collections.abc import Mapping
from typing import Any

from mllens.rules import Fail, judge
from mllens.rules.fix import Fix, Names, Undo
from mllens.rules.repairs import after, fix_of
from mllens.rules.responsible_ai.transparency.model_cards import (
    missing,
    model_card_intended_use_empty,
    model_card_no_risk_rating,
    model_card_not_approved,
)
from mllens.scanner import Graph, Ref, Resource
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    PackageContainer,
    TrainingJob,
)

ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
ENDPOINT = Endpoint(name="churn-prod", tags={}, status="InService", config=Ref(EndpointConfig, "current"))
OTHER = Endpoint(name="churn-b2b-prod", tags={}, status="InService", config=Ref(EndpointConfig, "current"))
CONFIG = EndpointConfig(
    name="current", variants=(HostedVariant(name="main", model=Ref(Model, "Churn")),), shadow_variants=()
)


def model(*containers: Container) -> Model:
    return Model(name="Churn", arn=f"{ARN}model/churn", primary_container=None, containers=containers)


def job(name: str, artifact: str, **more: Any) -> TrainingJob:
    known = {"input_buckets": (), "image": None, "hyperparameters": {}}
    return TrainingJob(name=name, arn=f"{ARN}training-job/{name}", artifact=artifact, **{**known, **more})


def of_endpoint(*others: Resource, **unread: Any) -> Fix:
    graph = Graph.of(ENDPOINT, CONFIG, *others, encoded=True, **unread)
    return fix_of(missing, ENDPOINT, graph, Names("plan"))


def content(fix: Fix) -> Any:
    return json.loads(fix.steps[0].params["Content"])


def test_a_draft_says_where_the_model_came_from_and_where_it_runs() -> None:
    package = ModelPackage(
        name="churn/2",
        arn=f"{ARN}model-package/churn/2",
        card_status=None,
        group=None,
        version=2,
        approval_status="Approved",
        approval_description=None,
        containers=(PackageContainer(image="shared/churn:1", artifact="s3://artifacts/churn/model.tar.gz"),),
        quality_statistics=Ref(Bucket, "s3://artifacts/churn/statistics.json"),
        bias_report=None,
        explainability_report=Ref(Bucket, "s3://artifacts/churn/shap.json"),
    )
    fix = of_endpoint(
        model(Container(package=Ref(ModelPackage, package.arn))),
        package,
        job(
            "churn-may",
            "s3://artifacts/churn/model.tar.gz",
            image="shared/training:1",
            input_buckets=(Ref(Bucket, "s3://features/churn/"),),
            hyperparameters={"eta": "0.2", "api_token": "do not tell"},
        ),
        job("lapse-may", "s3://artifacts/lapse/model.tar.gz", hyperparameters={"depth": "6"}),
        OTHER,
    )
    assert content(fix) == {
        "model_overview": {
            "model_id": f"{ARN}model/churn",
            "model_name": "Churn",
            "model_artifact": ["s3://artifacts/churn/model.tar.gz"],
            "inference_environment": {"container_image": ["shared/churn:1"]},
        },
        "training_details": {
            "training_job_details": {
                "training_arn": f"{ARN}training-job/churn-may",
                "training_datasets": ["s3://features/churn/"],
                "training_environment": {"container_image": ["shared/training:1"]},
            }
        },
        "evaluation_details": [
            {"name": "Model quality, churn/2", "metadata": {"report": "s3://artifacts/churn/statistics.json"}},
            {"name": "Explainability, churn/2", "metadata": {"report": "s3://artifacts/churn/shap.json"}},
        ],
        "additional_information": {
            "custom_details": {
                "endpoints": "churn-b2b-prod, churn-prod",
                "package churn/2": f"{ARN}model-package/churn/2; version 2; Approved",
                "hyperparameters": "api_token, eta",
            }
        },
    }


def test_what_was_not_read_is_left_out() -> None:
    fix = of_endpoint(model(Container(image="shared/churn:1", artifact="s3://a/m.tar.gz")), unread=[TrainingJob])
    assert content(fix) == {
        "model_overview": {
            "model_id": f"{ARN}model/churn",
            "model_name": "Churn",
            "model_artifact": ["s3://a/m.tar.gz"],
            "inference_environment": {"container_image": ["shared/churn:1"]},
        },
        "additional_information": {"custom_details": {"endpoints": "churn-prod"}},
    }


def test_the_calls_and_the_way_back() -> None:
    fix = of_endpoint(model(Container()))
    (step,) = fix.steps
    name = step.params["ModelCardName"]
    assert name.startswith("mllens-Churn-card-")
    assert (step.operation, step.params["ModelCardStatus"]) == ("CreateModelCard", "Draft")
    assert step.subject == ("AWS::SageMaker::ModelCard", "111122223333", "us-east-1", name)
    assert (step.look.operation, step.look.params) == ("DescribeModelCard", {"ModelCardName": name})
    assert step.after == step.params
    assert isinstance(step.undo, Undo)
    assert (step.undo.operation, step.undo.params) == ("DeleteModelCard", {"ModelCardName": name})
    assert step.on == step.look.on == step.undo.on == (f"{ARN}model-card/{name}",)
    assert step.template == {
        "Type": "AWS::SageMaker::ModelCard",
        "Properties": {
            "ModelCardName": name,
            "ModelCardStatus": "Draft",
            "Content": {
                "ModelOverview": {"ModelId": f"{ARN}model/churn", "ModelName": "Churn"},
                "AdditionalInformation": {"CustomDetails": {"endpoints": "churn-prod"}},
            },
        },
    }


def test_a_draft_stays_within_what_a_card_takes() -> None:
    containers = [Container(image=f"shared/churn:{n}", artifact=f"s3://artifacts/{n}.tar.gz") for n in range(20)]
    jobs = [
        job(f"churn-{n:02}", f"s3://artifacts/{n}.tar.gz", hyperparameters={f"parameter-{n:02}-{'x' * 90}": "1"})
        for n in range(20)
    ]
    said = content(of_endpoint(model(*containers), *jobs))
    assert len(said["model_overview"]["model_artifact"]) == 15
    assert len(said["model_overview"]["inference_environment"]["container_image"]) == 15
    custom: Mapping[str, str] = said["additional_information"]["custom_details"]
    assert all(len(text) <= 1024 for text in custom.values())
    assert custom["hyperparameters"].startswith("parameter-00-x")
    assert custom["hyperparameters"].endswith(" …")
    assert said["training_details"]["training_job_details"]["training_arn"] == f"{ARN}training-job/churn-00"
    assert custom["other training jobs"].startswith("churn-01, churn-02,")


def test_a_model_on_two_endpoints_is_drafted_once_and_its_use_is_left_to_people() -> None:
    graph = Graph.of(ENDPOINT, OTHER, CONFIG, model(Container()), encoded=True)
    drafted = after(graph, fix_of(missing, ENDPOINT, graph, Names("plan")).effect)
    assert fix_of(missing, OTHER, drafted, Names("plan")).steps == ()
    for rule in (model_card_not_approved, model_card_no_risk_rating, model_card_intended_use_empty):
        assert isinstance(judge(rule, ENDPOINT, drafted, {}).verdict, Fail)
