"""Schedules find the definition that they name, of four kinds that may share names."""

from collections.abc import Iterator
from typing import Any

import account
import pytest
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Missing, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.model import Field
from mllens.scanner.plan import plan
from mllens.scanner.row import Key, Row
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, MonitoringSchedule
from mllens.scanner.sagemaker_monitoring import (
    DataQualityJobDefinition,
    ModelBiasJobDefinition,
    ModelExplainabilityJobDefinition,
    ModelQualityJobDefinition,
)
from mllens.scanner.shapes import answers

KINDS = {
    "DataQuality": (DataQualityJobDefinition, MonitoringSchedule.data_quality),
    "ModelQuality": (ModelQualityJobDefinition, MonitoringSchedule.model_quality),
    "ModelBias": (ModelBiasJobDefinition, MonitoringSchedule.model_bias),
    "ModelExplainability": (ModelExplainabilityJobDefinition, MonitoringSchedule.model_explainability),
}
READS = [part for pair in KINDS.values() for part in pair]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def define(client: Any, kind: str, name: str) -> None:
    needs_config = {"ConfigUri": "s3://b/analysis.json"} if kind in ("ModelBias", "ModelExplainability") else {}
    truth = {"GroundTruthS3Input": {"S3Uri": "s3://truth/x"}} if kind in ("ModelBias", "ModelQuality") else {}
    operation = {
        "DataQuality": "create_data_quality_job_definition",
        "ModelQuality": "create_model_quality_job_definition",
        "ModelBias": "create_model_bias_job_definition",
        "ModelExplainability": "create_model_explainability_job_definition",
    }[kind]
    output = {"S3Output": {"S3Uri": f"s3://out-{kind.lower()}/x", "LocalPath": "/opt/ml/processing/output"}}
    parts = {
        "BaselineConfig": {"ConstraintsResource": {"S3Uri": "s3://baselines/constraints.json"}},
        "AppSpecification": {"ImageUri": account.IMAGE, **needs_config},
        "JobInput": {"EndpointInput": {"EndpointName": "churn", "LocalPath": "/opt/ml/processing/input"}, **truth},
        "JobOutputConfig": {"MonitoringOutputs": [output]},
    }
    getattr(client, operation)(
        JobDefinitionName=name,
        JobResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
        NetworkConfig={"EnableNetworkIsolation": kind == "ModelBias"},
        RoleArn=account.ROLE,
        **{f"{kind}{part}": value for part, value in parts.items()},
    )


def schedule(client: Any, kind: str, definition: str) -> None:
    client.create_monitoring_schedule(
        MonitoringScheduleName=f"{kind}-schedule",
        MonitoringScheduleConfig={"MonitoringType": kind, "MonitoringJobDefinitionName": definition},
    )


def read(sandbox: Sandbox, *reads: object) -> Graph:
    sandbox.calls.clear()
    return Graph(Scanner(sandbox, plan(reads))(regions=(account.US,)))


def test_a_shared_name_leads_each_schedule_to_its_own_kind(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker", account.US)
    for kind in KINDS:
        define(client, kind, "churn")
        schedule(client, kind, "churn")
    graph = read(sandbox, *READS)
    schedules = {found.name: found for found in graph.known(MonitoringSchedule)}
    for kind, (cls, field) in KINDS.items():
        found = graph.to(getattr(schedules[f"{kind}-schedule"], field.attr))
        assert type(found) is cls
        assert [s.name for s in graph.into(found, MonitoringSchedule)] == [f"{kind}-schedule"]
        assert [getattr(schedules[f"{kind}-schedule"], f.attr) is None for _, f in KINDS.values()].count(True) == 3


def test_a_missing_definition_is_asked_for_as_its_kind_only(sandbox: Sandbox) -> None:
    schedule(sandbox.client("sagemaker", account.US), "ModelBias", "gone")
    fields = [ModelBiasJobDefinition.network_isolation, DataQualityJobDefinition.network_isolation]
    graph = read(sandbox, *READS, *fields)
    (only,) = graph.known(MonitoringSchedule)
    assert isinstance(graph.to(only.model_bias), Missing)
    assert graph.to(only.data_quality) is None
    asked = [call.operation for call in sandbox.calls if call.operation.endswith("JobDefinition")]
    assert asked == ["DescribeModelBiasJobDefinition"]


def test_a_schedule_of_unknown_type_refers_to_nothing_known() -> None:
    answer = {"MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "churn"}}
    row = Row.encode(
        Key(MonitoringSchedule.type, "111122223333", "us-east-1", "s"), answers={"DescribeMonitoringSchedule": answer}
    )
    shapes = answers(collectors()[MonitoringSchedule.type])
    found = MonitoringSchedule.from_row(row, shapes)
    assert found.definition == "churn"
    with pytest.raises(Unobserved, match="AWS left out MonitoringType, which tells what"):
        _ = found.data_quality


def test_conditions_are_members_of_the_same_answers() -> None:
    conditional = [f for f in MonitoringSchedule.fields.values() if isinstance(f, Field) and f.when]
    assert [f.attr for f in conditional] == ["data_quality", "model_quality", "model_bias", "model_explainability"]
    literal = {"DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"}
    assert {value for f in conditional for value in f.when.values()} == literal


def test_a_definition_refers_to_what_it_reads_and_writes(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker", account.US)
    define(client, "ModelQuality", "churn")
    cls = ModelQualityJobDefinition
    graph = read(
        sandbox, cls.input, cls.constraints, cls.output_buckets, cls.network_isolation, cls.volume_key, Endpoint
    )
    (found,) = graph.known(cls)
    assert found.input.endpoint is not None
    assert found.input.endpoint.key.name == "churn"
    assert found.input.ground_truth is not None
    assert found.input.ground_truth.key == Key(Bucket.type, "", "", "truth")
    assert [b.key.name for b in found.output_buckets] == ["out-modelquality"]
    assert found.constraints is not None
    assert found.constraints.value == "s3://baselines/constraints.json"
    assert (found.network_isolation, found.volume_key, found.input.batch_bucket) == (False, None, None)
    assert isinstance(graph.to(found.input.endpoint), Missing)
