"""Search shows bodies with tags, in pages, and can be made to lag, to hide and to omit."""

from datetime import UTC, datetime

import pytest

ROLE = "arn:aws:iam::123456789012:role/execution"
PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"


@pytest.fixture
def estate(sandbox, sagemaker):
    for day, name in ((1, "a"), (2, "b"), (3, "c")):
        with sandbox.at(datetime(2026, 10, day, tzinfo=UTC)):
            sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, Tags=[{"Key": "team", "Value": name}])
            variant = {
                "VariantName": "v",
                "ModelName": name,
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": day,
            }
            sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=[{"Key": "team", "Value": name}])
    return sagemaker


def found(sagemaker, resource="Endpoint", **asked):
    return [row[resource] for row in sagemaker.search(Resource=resource, **asked)["Results"]]


def where(name, operator, value=None):
    test = {"Name": name, "Operator": operator, **({"Value": value} if value else {})}
    return {"SearchExpression": {"Filters": [test]}, "SortBy": "EndpointName", "SortOrder": "Ascending"}


def test_bodies_with_tags(estate):
    first = found(estate)[0]
    assert (first["EndpointName"], first["EndpointStatus"], first["Tags"]) == (
        "c",
        "InService",
        [{"Key": "team", "Value": "c"}],
    )
    assert first["ProductionVariants"][0]["DesiredInstanceCount"] == 3


def test_models_come_as_dashboards(estate):
    first = found(estate, "Model", SortBy="ModelName", SortOrder="Ascending")[0]
    assert (first["Model"]["ModelName"], first["Model"]["Tags"]) == ("a", [{"Key": "team", "Value": "a"}])
    assert [row["EndpointName"] for row in first["Endpoints"]] == ["a"]


def test_pages(estate):
    first = estate.search(Resource="Endpoint", MaxResults=2)
    second = estate.search(Resource="Endpoint", MaxResults=2, NextToken=first["NextToken"])
    assert [len(page["Results"]) for page in (first, second)] == [2, 1]
    assert first["TotalHits"] == {"Value": 3, "Relation": "EqualTo"}
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (where("EndpointName", "Equals", "b"), ["b"]),
        (where("EndpointName", "NotEquals", "b"), ["a", "c"]),
        (where("EndpointName", "In", "a,c"), ["a", "c"]),
        (where("EndpointArn", "Contains", "endpoint/b"), ["b"]),
        (where("ProductionVariants.DesiredInstanceCount", "GreaterThan", "1"), ["b", "c"]),
        (where("CreationTime", "LessThanOrEqualTo", "2026-10-02T00:00:00Z"), ["a", "b"]),
        (where("Tags.team", "Equals", "c"), ["c"]),
        (where("FailureReason", "Exists"), []),
        (where("FailureReason", "NotExists"), ["a", "b", "c"]),
    ],
)
def test_filters(estate, asked, names):
    assert [row["EndpointName"] for row in found(estate, **asked)] == names


def test_either_or(estate):
    tests = [{"Name": "EndpointName", "Operator": "Equals", "Value": name} for name in "ac"]
    rows = found(
        estate, SearchExpression={"Filters": tests, "Operator": "Or"}, SortBy="EndpointName", SortOrder="Ascending"
    )
    assert [row["EndpointName"] for row in rows] == ["a", "c"]


def test_a_lagging_index_misses_creations_changes_and_deletions(sandbox, estate):
    sandbox.search.lags = datetime(2026, 10, 2, 12, tzinfo=UTC)
    estate.delete_endpoint(EndpointName="a")
    estate.add_tags(ResourceArn=f"{PREFIX}:endpoint/b", Tags=[{"Key": "new", "Value": "1"}])
    estate.update_endpoint(EndpointName="b", EndpointConfigName="a")
    rows = found(estate, SortBy="EndpointName", SortOrder="Ascending")
    assert [row["EndpointName"] for row in rows] == ["a", "b"]  # c came after the moment at which the index stands
    assert (rows[1]["EndpointConfigName"], len(rows[1]["Tags"])) == ("b", 1)
    sandbox.search.lags = None
    rows = found(estate, SortBy="EndpointName", SortOrder="Ascending")
    assert [(row["EndpointName"], row["EndpointConfigName"]) for row in rows] == [("b", "a"), ("c", "c")]


def test_hidden_and_omitted(sandbox, estate):
    sandbox.search.hidden = {"a", f"{PREFIX}:endpoint/b"}
    sandbox.search.omitted = {"Endpoint.ProductionVariants"}
    rows = found(estate)
    assert [row["EndpointName"] for row in rows] == ["c"]
    assert "ProductionVariants" not in rows[0]
    assert "Tags" in rows[0]


@pytest.mark.parametrize(
    "resource",
    [
        "Endpoint", "Experiment", "ExperimentTrial", "ExperimentTrialComponent", "FeatureGroup", "FeatureMetadata", "HubContent",
        "HyperParameterTuningJob", "Image", "ImageVersion", "Job", "Model", "ModelCard", "ModelPackage", "ModelPackageGroup", "Pipeline",
        "PipelineExecution", "PipelineVersion", "Project", "TrainingJob",
    ],
)  # fmt: skip
def test_every_resource_can_be_asked_for(sandbox, resource):
    assert sandbox.client("sagemaker", fast=True).search(Resource=resource)["Results"] == []


def test_other_records(sagemaker):
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    sagemaker.create_model_package(ModelPackageGroupName="g", Tags=[{"Key": "k", "Value": "v"}])
    package = found(sagemaker, "ModelPackage")[0]
    assert (package["ModelPackageVersion"], package["Tags"]) == (1, [{"Key": "k", "Value": "v"}])
    sagemaker.create_pipeline(PipelineName="p", PipelineDefinition="{}", RoleArn=ROLE)
    sagemaker.start_pipeline_execution(PipelineName="p")
    assert found(sagemaker, "PipelineExecution")[0]["PipelineExecutionStatus"] == "Succeeded"
    assert found(sagemaker, "PipelineVersion")[0]["PipelineVersionId"] == 1
    features = [{"FeatureName": "id", "FeatureType": "String"}]
    sagemaker.create_feature_group(
        FeatureGroupName="f", RecordIdentifierFeatureName="id", EventTimeFeatureName="id", FeatureDefinitions=features
    )
    assert found(sagemaker, "FeatureMetadata")[0]["FeatureName"] == "id"
