"""Model monitoring: job definitions, schedules and the executions that were seeded."""

from __future__ import annotations

from mllens.sandbox.answer import Answer, Call, create, cut, hook, shown
from mllens.sandbox.store import Record


@hook(
    "sagemaker",
    "CreateDataQualityJobDefinition",
    "CreateModelQualityJobDefinition",
    "CreateModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition",
)
def create_job_definition(call: Call) -> Answer:
    """Lists have words of their own for the name and the ARN."""
    answer = create(call)
    record = call.find()
    record |= {
        "MonitoringJobDefinitionName": record["JobDefinitionName"],
        "MonitoringJobDefinitionArn": record["JobDefinitionArn"],
    }
    return answer


@hook("sagemaker", "CreateMonitoringSchedule", "UpdateMonitoringSchedule")
def save_monitoring_schedule(call: Call) -> Answer:
    """A schedule shows the endpoint that it watches, also when only its job definition names it."""
    creating = call.operation == "CreateMonitoringSchedule"
    answer = create(call) if creating else call.generic()
    record = call.find()
    config = record["MonitoringScheduleConfig"]
    record["MonitoringType"] = config.get("MonitoringType", record.get("MonitoringType", "DataQuality"))
    endpoint = _watched(call, record["MonitoringType"], config)
    if endpoint:
        record["EndpointName"] = endpoint
    return answer


def _watched(call: Call, kind: str, config: Record) -> str | None:
    inputs = [i for i in config.get("MonitoringJobDefinition", {}).get("MonitoringInputs", ()) if "EndpointInput" in i]
    if inputs:
        return str(inputs[0]["EndpointInput"]["EndpointName"])
    definition = call.table(f"{kind}JobDefinition").get((config.get("MonitoringJobDefinitionName", ""),)) or {}
    given: Record = definition.get(f"{kind}JobInput", {}).get("EndpointInput", {})
    return given.get("EndpointName")


@hook("sagemaker", "DescribeMonitoringSchedule")
def describe_monitoring_schedule(call: Call) -> Answer:
    """With its latest execution."""
    record = call.find()
    runs = [
        r for r in call.table("MonitoringExecution") if r["MonitoringScheduleName"] == record["MonitoringScheduleName"]
    ]
    last = {"LastMonitoringExecutionSummary": max(runs, key=lambda r: r["CreationTime"])} if runs else {}
    return shown(call, record | last)


@hook("sagemaker", "ListMonitoringExecutions")
def list_monitoring_executions(call: Call) -> Answer:
    """The executions that were seeded, newest first unless asked otherwise."""
    rows = list(call.table("MonitoringExecution"))
    for name, member in (
        ("MonitoringScheduleName", "MonitoringScheduleName"),
        ("EndpointName", "EndpointName"),
        ("MonitoringJobDefinitionName", "MonitoringJobDefinitionName"),
        ("MonitoringTypeEquals", "MonitoringType"),
        ("StatusEquals", "MonitoringExecutionStatus"),
    ):
        if name in call.params:
            rows = [row for row in rows if row.get(member) == call.params[name]]
    for stem in ("ScheduledTime", "CreationTime", "LastModifiedTime"):
        after, before = call.params.get(f"{stem}After"), call.params.get(f"{stem}Before")
        rows = [row for row in rows if (not after or row[stem] > after) and (not before or row[stem] < before)]
    by = {"Status": "MonitoringExecutionStatus"}.get(
        call.params.get("SortBy", ""), call.params.get("SortBy", "CreationTime")
    )
    rows.sort(key=lambda row: row[by], reverse=call.params.get("SortOrder") != "Ascending")
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"), 10)
    return {"MonitoringExecutionSummaries": page, **({"NextToken": token} if token else {})}


def add_monitoring_execution(call: Call, schedule: str, members: Record) -> None:
    """Add an execution to a schedule, completed now unless told otherwise."""
    watched = call.find("MonitoringSchedule", (schedule,))
    record: Record = {
        "MonitoringScheduleName": schedule,
        "ScheduledTime": call.now,
        "CreationTime": call.now,
        "LastModifiedTime": call.now,
        "MonitoringExecutionStatus": "Completed",
        "MonitoringType": watched["MonitoringType"],
    }
    named = watched["MonitoringScheduleConfig"].get("MonitoringJobDefinitionName")
    record |= {"MonitoringJobDefinitionName": named} if named else {}
    record |= {"EndpointName": watched["EndpointName"]} if "EndpointName" in watched else {}
    table = call.table("MonitoringExecution")
    table.put((schedule, str(len(table))), record | members)
