"""Inference components and groups of packages: what is said in two ways, or by an error."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import account
import pytest
from scans import Scanner

from mllens.sandbox import Fault, Faults, Sandbox
from mllens.scanner import Graph, Missing, Unobserved
from mllens.scanner.collect import Call
from mllens.scanner.model import Ref
from mllens.scanner.plan import plan
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, Model, ModelPackage, ModelPackageGroup
from mllens.scanner.sagemaker_inference import InferenceComponent, InferenceExperiment


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def read(sandbox: Sandbox, *reads: object) -> Graph:
    sandbox.calls.clear()
    return Graph(Scanner(sandbox, plan(reads))(regions=(account.US,)))


def test_components_lead_to_models_by_one_specification_or_several(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker", account.US)
    for name in ("small", "large"):
        client.create_model(ModelName=name, PrimaryContainer={"Image": account.IMAGE})
    variant = {"VariantName": "main", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
    client.create_endpoint_config(
        EndpointConfigName="shared-1", ExecutionRoleArn=account.ROLE, ProductionVariants=[variant]
    )
    client.create_endpoint(EndpointName="shared", EndpointConfigName="shared-1")
    room = {"ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}}
    where = {"EndpointName": "shared", "VariantName": "main", "RuntimeConfig": {"CopyCount": 2}}
    client.create_inference_component(
        InferenceComponentName="one", Specification={"ModelName": "small", **room}, **where
    )
    several = [
        {"InstanceType": "ml.g5.xlarge", "ModelName": "small", **room},
        {"InstanceType": "ml.g6.xlarge", "ModelName": "large", **room},
    ]
    client.create_inference_component(InferenceComponentName="many", Specifications=several, **where)
    graph = read(
        sandbox,
        *(InferenceComponent.specification, InferenceComponent.specifications, InferenceComponent.endpoint),
        *(InferenceComponent.copies, Model, Endpoint, EndpointConfig.variants),
    )
    users = {m.name: [c.name for c in graph.into(m, InferenceComponent)] for m in graph.known(Model)}
    assert users == {"large": ["many"], "small": ["many", "one"]}
    (endpoint,) = graph.known(Endpoint)
    hosted = list(graph.into(endpoint, InferenceComponent))
    assert [(c.name, c.copies) for c in hosted] == [("many", 2), ("one", 2)]
    assert hosted[0].specification is None
    assert hosted[1].specifications == ()
    (config,) = graph.known(EndpointConfig)
    assert config.variants[0].model is None


def test_a_shadow_test_leads_to_its_endpoint_and_models(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker", account.US)
    hardware = {
        "InfrastructureType": "RealTimeInference",
        "RealTimeInferenceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    client.create_inference_experiment(
        Name="test",
        Type="ShadowMode",
        RoleArn=account.ROLE,
        EndpointName="churn",
        Schedule={"EndTime": datetime(2026, 12, 1, tzinfo=UTC)},
        ModelVariants=[
            {"ModelName": name, "VariantName": name, "InfrastructureConfig": hardware} for name in ("old", "new")
        ],
        ShadowModeConfig={
            "SourceModelVariantName": "old",
            "ShadowModelVariants": [{"ShadowModelVariantName": "new", "SamplingPercentage": 10}],
        },
        DataStorageConfig={"Destination": "s3://compared/x"},
    )
    graph = read(sandbox, *InferenceExperiment.fields.values())
    (found,) = graph.known(InferenceExperiment)
    assert found.arn == f"arn:aws:sagemaker:us-east-1:{account.ACCOUNT}:inference-experiment/test"
    assert found.endpoint.key.name == "churn"
    assert [variant.model.key.name for variant in found.variants] == ["old", "new"]
    assert found.shadow_variants == ("new",)
    assert found.data_bucket is not None
    assert found.data_bucket.key.name == "compared"
    assert (found.ends, found.starts, found.data_key) == (datetime(2026, 12, 1, tzinfo=UTC), None, None)
    assert found.tags == {}


def test_a_group_without_a_policy_has_none_and_other_errors_leave_it_unknown(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker", account.US)
    for name in ("open", "own"):
        client.create_model_package_group(ModelPackageGroupName=name)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}
    client.put_model_package_group_policy(ModelPackageGroupName="open", ResourcePolicy=json.dumps(document))
    policies = {g.name: g.policy for g in read(sandbox, ModelPackageGroup.policy).known(ModelPackageGroup)}
    assert policies == {"open": document, "own": None}
    sandbox.faults = Faults(Fault("deny", "sagemaker:GetModelPackageGroupPolicy"))
    for group in read(sandbox, ModelPackageGroup.policy).known(ModelPackageGroup):
        with pytest.raises(Unobserved, match="AccessDeniedException"):
            _ = group.policy


def test_whether_a_group_exists_is_not_asked_of_its_policy(sandbox: Sandbox) -> None:
    """Where an error means "not set", an empty answer does not mean that the resource is there."""
    client = sandbox.client("sagemaker", account.US)
    client.create_model_package_group(ModelPackageGroupName="churn")
    arn = client.create_model_package(ModelPackageGroupName="churn", ModelApprovalStatus="Approved")["ModelPackageArn"]
    sandbox.amend("sagemaker", "ModelPackage", arn, region=account.US, ModelPackageGroupName="lost")
    graph = read(sandbox, ModelPackage.group, ModelPackageGroup.policy)
    (package,) = graph.known(ModelPackage)
    assert isinstance(graph.to(package.group), Missing)
    assert [c.operation for c in sandbox.calls].count("GetModelPackageGroupPolicy") == 1


@pytest.mark.parametrize(
    ("code", "message", "unset"),
    [
        ("ValidationException", "Cannot find resource policy for: arn", True),
        ("ValidationException", "Cannot find Model Package Group: arn", False),
        ("ThrottlingException", "Cannot find resource policy for: arn", False),
        ("NoSuchPolicy", "anything", True),
    ],
)
def test_which_errors_mean_not_set(code: str, message: str, *, unset: bool) -> None:
    call = Call(
        "sagemaker",
        "GetModelPackageGroupPolicy",
        none=("ValidationException: Cannot find resource policy", "NoSuchPolicy"),
    )
    assert call.unset(code, message) is unset


@pytest.mark.parametrize(
    "address",
    [
        "s3://models/a/b",
        "https://s3.amazonaws.com/models/a",
        "https://s3-us-west-2.amazonaws.com/models/a",
        "https://s3.us-west-2.amazonaws.com/models",
        "https://models.s3.amazonaws.com/a",
        "https://models.s3.eu-west-1.amazonaws.com/a/b",
        "https://s3.cn-north-1.amazonaws.com.cn/models/a",
    ],
)
def test_an_artifact_is_in_a_bucket_however_its_address_is_written(address: str) -> None:
    assert Ref(Bucket, address).key.name == "models"
