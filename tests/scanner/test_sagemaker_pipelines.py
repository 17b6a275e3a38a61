"""Pipelines: definitions become steps, steps within steps; runs know their pipeline by its own name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.inventory import encode_rows
from mllens.scanner.model import Redacted
from mllens.scanner.plan import plan
from mllens.scanner.row import Row
from mllens.scanner.sagemaker_pipelines import Parameter, Pipeline, PipelineExecution, Step
from mllens.scanner.shapes import answers

ROLE = "arn:aws:iam::123456789012:role/ml/work"
WANTED = plan([*Pipeline.fields.values(), *(f for a, f in PipelineExecution.fields.items() if a != "tags")])
DEFINITION = {
    "Version": "2020-12-01",
    "Metadata": {},
    "Parameters": [
        {"Name": "Threshold", "Type": "Float", "DefaultValue": 0.8},
        {"Name": "Bucket", "Type": "String"},
        {"Name": "DbPassword", "Type": "String", "DefaultValue": "hunter-two"},
    ],
    "Steps": [
        {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {"RoleArn": {"Get": "Parameters.Role"}, "Environment": {"API_TOKEN": "hunter-two"}},
            "RetryPolicies": [{"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "MaxAttempts": 3}],
        },
        {
            "Name": "Gate",
            "Type": "Condition",
            "DependsOn": ["Train"],
            "Arguments": {
                "Conditions": [{"Type": "GreaterThan", "LeftValue": 1, "RightValue": {"Get": "Parameters.Threshold"}}],
                "IfSteps": [
                    {
                        "Name": "Second",
                        "Type": "Condition",
                        "Arguments": {
                            "IfSteps": [
                                {
                                    "Name": "Register",
                                    "Type": "RegisterModel",
                                    "Arguments": {"ModelPackageGroupName": "churn"},
                                }
                            ]
                        },
                    }
                ],
                "ElseSteps": [{"Name": "Stop", "Type": "Fail"}],
            },
        },
        {"Name": "Bias", "Type": "ClarifyCheck", "CheckType": "DATA_BIAS", "Arguments": {}},
        {"Name": "Tell", "Type": "Lambda", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:tell"},
    ],
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.client("sagemaker").create_pipeline(
            PipelineName="Abalone",
            RoleArn=ROLE,
            ClientRequestToken="a" * 32,
            PipelineDefinition=json.dumps(DEFINITION),
            Tags=[{"Key": "team", "Value": "risk"}],
        )
        yield made


def scanned(sandbox: Sandbox, **options: Any) -> Graph:
    return Graph(Scanner(sandbox, WANTED)(regions=("us-east-1",), **options))


def test_a_definition_becomes_steps(sandbox: Sandbox) -> None:
    graph = scanned(sandbox)
    (pipeline,) = graph.all(Pipeline)
    assert (pipeline.role.key.name, pipeline.last_run, pipeline.tags) == ("work", None, {"team": "risk"})
    train, gate, bias, tell = pipeline.steps
    assert [(s.name, s.type) for s in pipeline.steps] == [
        ("Train", "Training"),
        ("Gate", "Condition"),
        ("Bias", "ClarifyCheck"),
        ("Tell", "Lambda"),
    ]
    assert train.arguments == {
        "RoleArn": {"Get": "Parameters.Role"},
        "Environment": {"API_TOKEN": {"$redacted": "named API_TOKEN"}},
    }
    assert (train.depends_on, train.if_steps, train.conditions, train.check_type) == ((), (), (), None)
    assert [policy["ExceptionType"] for policy in train.retries] == [["SageMaker.CAPACITY_ERROR"]]
    assert (gate.depends_on, gate.retries) == (("Train",), ())
    assert [c["RightValue"] for c in gate.conditions] == [{"Get": "Parameters.Threshold"}]
    (second,), (stop,) = gate.if_steps, gate.else_steps
    assert (stop.name, stop.type, stop.arguments) == ("Stop", "Fail", None)
    (register,) = second.if_steps
    assert (register.type, register.arguments) == ("RegisterModel", {"ModelPackageGroupName": "churn"})
    assert bias.check_type == "DATA_BIAS"
    assert tell.function == "arn:aws:lambda:us-east-1:123456789012:function:tell"


def test_parameters_and_their_secrets(sandbox: Sandbox) -> None:
    inventory = Scanner(sandbox, WANTED)(regions=("us-east-1",))
    (pipeline,) = Graph(inventory).all(Pipeline)
    threshold, bucket, password = pipeline.parameters
    assert (threshold.name, threshold.type, threshold.default) == ("Threshold", "Float", 0.8)
    assert (bucket.name, bucket.default) == ("Bucket", None)
    assert password.default == Redacted("named DbPassword")
    assert b"hunter-two" not in b"\n".join(encode_rows(inventory.rows))


def test_a_constructed_pipeline_reads_as_a_scanned_one() -> None:
    """With steps in steps: structures may hold their own kind."""
    inner = Step(name="Register", type="RegisterModel")
    steps = (Step(name="Gate", type="Condition", if_steps=(inner,)),)
    case = Pipeline(name="p", steps=steps, parameters=(Parameter(name="X", type="String"),))
    (encoded,) = Graph.of(case, encoded=True).all(Pipeline)
    assert encoded.steps == steps
    assert encoded.steps[0].if_steps[0].type == "RegisterModel"
    assert encoded.steps[0].else_steps == ()


def test_a_definition_without_steps_is_not_known() -> None:
    row = Row.encode(
        Pipeline.key_of("p", "123456789012", "us-east-1"),
        answers={"DescribePipeline": {"PipelineName": "p", "PipelineDefinition": "not JSON", "RoleArn": ROLE}},
    )
    pipeline = Pipeline.from_row(row, answers(collectors()[Pipeline.type]))
    with pytest.raises(Unobserved, match=r"DescribePipeline answered something else at PipelineDefinition\.Steps"):
        _ = pipeline.steps


def test_runs_know_their_pipeline(sandbox: Sandbox) -> None:
    """Their ARNs hold the pipeline's name in lower case; the name that was asked with is the pipeline's own."""
    client = sandbox.client("sagemaker")
    client.start_pipeline_execution(PipelineName="Abalone", ClientRequestToken="b" * 32)
    started = client.start_pipeline_execution(PipelineName="Abalone", ClientRequestToken="c" * 32)
    arn = started["PipelineExecutionArn"]
    sandbox.amend(
        "sagemaker",
        "PipelineExecution",
        arn,
        PipelineExecutionStatus="Failed",
        PipelineExecutionFailureReason="a step failed",
    )
    graph = scanned(sandbox)
    (pipeline,) = graph.all(Pipeline)
    runs = list(graph.into(pipeline, PipelineExecution))
    assert {run.arn.split("/")[1] for run in runs} == {"abalone"}
    assert sorted((run.status, run.failure_reason or "") for run in runs) == [
        ("Failed", "a step failed"),
        ("Succeeded", ""),
    ]
    assert graph.to(runs[0].pipeline) is pipeline


def test_the_newest_runs_only(sandbox: Sandbox) -> None:
    for number in range(12):
        sandbox.client("sagemaker").start_pipeline_execution(PipelineName="Abalone", ClientRequestToken=f"{number:032}")
    line = scanned(sandbox).coverage(PipelineExecution.type, "123456789012", "us-east-1")
    assert line is not None
    assert (line.status, line.seen, line.reason) == ("bounded", 10, "the newest 10 of each")
    whole = scanned(sandbox, bounded=False).coverage(PipelineExecution.type, "123456789012", "us-east-1")
    assert whole is not None
    assert (whole.status, whole.seen) == ("complete", 12)
