"""Pipelines: numbered definitions, and executions that run through at once."""

from __future__ import annotations

import copy
import json

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, amend, create, cut, hook, list_rows, new_record
from mllens.sandbox.store import Record


@hook("sagemaker", "CreatePipeline", "UpdatePipeline")
def save_pipeline(call: Call) -> Answer:
    """Every definition is a version."""
    answer = create(call) if call.operation == "CreatePipeline" else call.generic()
    record = call.find()
    version = record.get("versions", 0) + 1
    record["versions"] = version
    key = (record["PipelineArn"], str(version))
    row = {
        "PipelineArn": record["PipelineArn"], "PipelineVersionId": version, "CreationTime": call.now, "LastModifiedTime": call.now,
        "PipelineVersionDisplayName": f"{record['PipelineName']}-{version}",
    }  # fmt: skip
    call.table("PipelineVersion").put(key, row)
    return answer | ({"PipelineVersionId": version} if call.operation == "UpdatePipeline" else {})


@hook("sagemaker", "ListPipelineVersions")
def list_pipeline_versions(call: Call) -> Answer:
    """The versions of one pipeline."""
    arn = _pipeline(call)["PipelineArn"]
    call.params.pop("PipelineName")
    return list_rows(call, [row for row in call.table("PipelineVersion") if row["PipelineArn"] == arn])


def _pipeline(call: Call) -> Record:
    return call.find("Pipeline", (call.params["PipelineName"],))


@hook("sagemaker", "StartPipelineExecution")
def start_pipeline_execution(call: Call) -> Answer:
    """Runs through at once; its steps are those of the definition."""
    pipeline = _pipeline(call)
    arn = f"{pipeline['PipelineArn']}/execution/{identity.letters(12, call.fingerprint, call.ordinal)}"
    record = copy.deepcopy({n: v for n, v in call.params.items() if n not in {"PipelineName", "ClientRequestToken"}})
    record.setdefault("PipelineExecutionDisplayName", f"execution-{int(call.now.timestamp() * 1000)}")
    record |= {
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": arn,
        "PipelineExecutionStatus": "Succeeded",
        "PipelineVersionId": record.get("PipelineVersionId", pipeline["versions"]),
        "StartTime": call.now,
        "PipelineDefinition": pipeline.get("PipelineDefinition", "{}"),
    }
    new_record(call, "PipelineExecution", record)
    amend(call, pipeline, {"LastRunTime": call.now}, "Pipeline")
    return {"PipelineExecutionArn": arn}


@hook("sagemaker", "ListPipelineExecutions")
def list_pipeline_executions(call: Call) -> Answer:
    """The executions of one pipeline."""
    arn = _pipeline(call)["PipelineArn"]
    call.params.pop("PipelineName")
    return list_rows(call, [row for row in call.table("PipelineExecution") if row["PipelineArn"] == arn])


@hook("sagemaker", "StopPipelineExecution")
def stop_pipeline_execution(call: Call) -> Answer:
    """Stopped at once."""
    record = call.find()
    amend(call, record, {"PipelineExecutionStatus": "Stopped"})
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


@hook("sagemaker", "ListPipelineExecutionSteps")
def list_pipeline_execution_steps(call: Call) -> Answer:
    """The steps of the definition, all of them as the execution ended; `PipelineExecutionSteps` of the record wins."""
    record = call.find("PipelineExecution", (call.params.get("PipelineExecutionArn", ""),))
    steps = record.get("PipelineExecutionSteps") or _steps(call, record)
    page, token = cut(call, steps, call.params.get("NextToken"), call.params.get("MaxResults"), 10)
    return {"PipelineExecutionSteps": page, **({"NextToken": token} if token else {})}


def _steps(call: Call, record: Record) -> list[Record]:
    try:
        definition = json.loads(record["PipelineDefinition"])
    except ValueError:
        return []
    listed = definition.get("Steps", []) if isinstance(definition, dict) else []
    status = {"Succeeded": "Succeeded", "Stopped": "Stopped"}.get(record["PipelineExecutionStatus"], "Executing")
    return [
        {
            "StepName": step["Name"],
            "StepStatus": status,
            "StartTime": record["CreationTime"],
            "EndTime": record["CreationTime"],
        }
        for step in listed
        if isinstance(step, dict) and "Name" in step
    ]


@hook("sagemaker", "DescribePipelineDefinitionForExecution")
def describe_pipeline_definition(call: Call) -> Answer:
    """The definition as it was when the execution began."""
    record = call.find("PipelineExecution", (call.params["PipelineExecutionArn"],))
    return {"PipelineDefinition": record["PipelineDefinition"], "CreationTime": record["CreationTime"]}
