"""Model cards, projects, MLflow: contents are parsed wherever they come from."""

import json
from collections.abc import Iterator

import pytest
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Unobserved
from mllens.scanner.model import Resource
from mllens.scanner.plan import plan
from mllens.scanner.sagemaker import Model, ModelPackageGroup
from mllens.scanner.sagemaker_governance import CardContent, MlflowApp, MlflowTrackingServer, ModelCard, Project

ROLE = "arn:aws:iam::123456789012:role/ml/work"
CONTENT = {
    "model_overview": {
        "model_id": "arn:aws:sagemaker:us-east-1:123456789012:model/churn",
        "model_name": "Churn",
        "model_owner": "Ann",
    },
    "model_package_details": {
        "model_package_arn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/3",
        "model_package_group_name": "Churn-Models",
    },
    "intended_uses": {"risk_rating": "High", "purpose_of_model": "find", "intended_uses": "letters"},
    "business_details": {"business_problem": "loss", "business_stakeholders": "sales", "line_of_business": "retail"},
    "training_details": {"objective_function": {"function": {"function": "Maximize", "facet": "AUC"}}},
    "evaluation_details": [{"name": "first"}],
    "additional_information": {"ethical_considerations": "few", "caveats_and_recommendations": "some"},
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def scanned(sandbox: Sandbox, *types: type[Resource]) -> Graph:
    wanted = plan([*types, *(field for type_ in types for field in type_.fields.values())])
    return Graph(Scanner(sandbox, wanted)(regions=("us-east-1",)))


def test_a_card_in_full(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker")
    client.create_model_card(
        ModelCardName="churn",
        Content=json.dumps(CONTENT),
        ModelCardStatus="Approved",
        SecurityConfig={"KmsKeyId": "0a1b"},
        Tags=[{"Key": "team", "Value": "risk"}],
    )
    client.create_model(ModelName="Churn", ExecutionRoleArn=ROLE)
    client.create_model_package_group(ModelPackageGroupName="Churn-Models")
    graph = scanned(sandbox, ModelCard, Model, ModelPackageGroup)
    (card,) = graph.all(ModelCard)
    assert (card.status, card.version, card.tags) == ("Approved", 1, {"team": "risk"})
    assert card.kms_key is not None
    assert card.kms_key.key.name == "0a1b"
    content = card.content
    assert (content.risk_rating, content.purpose, content.intended_uses) == ("High", "find", "letters")
    assert (content.business_problem, content.business_stakeholders) == ("loss", "sales")
    assert (content.line_of_business, content.model_owner) == ("retail", "Ann")
    assert content.objective_function == {"function": {"function": "Maximize", "facet": "AUC"}}
    assert content.training_details == CONTENT["training_details"]
    assert content.evaluation_details == ({"name": "first"},)
    assert (content.ethical_considerations, content.caveats) == ("few", "some")
    assert content.package is not None
    assert content.package.key.name == "churn/3"
    (model,), (group,) = graph.all(Model), graph.all(ModelPackageGroup)
    assert graph.to(content.model) is model  # by its name: the ARN in the card is in lower case
    assert graph.to(content.package_group) is group
    assert list(graph.into(model, ModelCard)) == list(graph.into(group, ModelCard)) == [card]


def test_an_empty_card(sandbox: Sandbox) -> None:
    sandbox.client("sagemaker").create_model_card(ModelCardName="empty", Content="{}", ModelCardStatus="Draft")
    (card,) = scanned(sandbox, ModelCard).all(ModelCard)
    names = [name for name in CardContent.fields if name != "evaluation_details"]
    assert [getattr(card.content, name) for name in names] == [None] * len(names)
    assert (card.content.evaluation_details, card.kms_key) == ((), None)


def test_what_search_says_of_cards_is_parsed_and_trusted(sandbox: Sandbox) -> None:
    """Of eight cards three are described and compared; the texts of the others come from Search."""
    for number in range(8):
        content = {"intended_uses": {"risk_rating": "Low", "purpose_of_model": f"number {number}"}}
        sandbox.client("sagemaker").create_model_card(
            ModelCardName=f"card-{number}", Content=json.dumps(content), ModelCardStatus="Draft"
        )
    graph = scanned(sandbox, ModelCard)
    assert [card.content.purpose for card in graph.all(ModelCard)] == [f"number {n}" for n in range(8)]
    assert sandbox.calls.count("sagemaker:DescribeModelCard") == 3
    line = graph.coverage(ModelCard.type, "123456789012", "us-east-1")
    assert line is not None
    assert (line.status, line.read, line.reason) == ("complete", 8, "")


def test_a_card_that_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.client("sagemaker").create_model_card(ModelCardName="odd", Content="{}", ModelCardStatus="Draft")
    sandbox.amend("sagemaker", "ModelCard", "odd", Content="no JSON")
    (card,) = scanned(sandbox, ModelCard).all(ModelCard)
    with pytest.raises(Unobserved, match="a structure was expected"):
        _ = card.content


def test_projects(sandbox: Sandbox) -> None:
    sandbox.client("sagemaker").create_project(
        ProjectName="Churn", ServiceCatalogProvisioningDetails={"ProductId": "prod-1"}
    )
    sandbox.amend("sagemaker", "Project", "Churn", ProjectId="p-1", ProjectStatus="CreateFailed")
    (project,) = scanned(sandbox, Project).all(Project)
    assert (project.name, project.id, project.status, project.product) == ("Churn", "p-1", "CreateFailed", "prod-1")


def test_mlflow(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker")
    client.create_mlflow_tracking_server(
        TrackingServerName="Runs", ArtifactStoreUri="s3://runs/a", RoleArn=ROLE, MlflowVersion="3.0"
    )
    sandbox.amend("sagemaker", "MlflowTrackingServer", "Runs", TrackingServerStatus="Created", IsActive="Active")
    arn = client.create_mlflow_app(Name="Shared", ArtifactStoreUri="s3://runs/b", RoleArn=ROLE)["Arn"]
    sandbox.amend("sagemaker", "MlflowApp", arn, MlflowVersion="3.4")
    graph = scanned(sandbox, MlflowTrackingServer, MlflowApp)
    (server,), (app,) = graph.all(MlflowTrackingServer), graph.all(MlflowApp)
    assert (server.name, server.status, server.active, server.mlflow_version) == ("Runs", "Created", "Active", "3.0")
    assert (app.arn, app.display_name, app.status, app.mlflow_version) == (arn, "Shared", "Created", "3.4")
    assert app.name == arn.rsplit("/", 1)[1]
    for each in (server, app):
        assert (each.artifact_bucket.key.name, each.role.key.name) == ("runs", "work")
