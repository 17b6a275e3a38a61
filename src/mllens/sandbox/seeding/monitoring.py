"""What watches: monitoring schedules with their definitions and runs, and alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mllens.sandbox.seeding.account import NETWORKS, START, Account

_SPELLED = {
    "DataQuality": "data_quality",
    "ModelQuality": "model_quality",
    "ModelBias": "model_bias",
    "ModelExplainability": "model_explainability",
}


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """A monitoring schedule and how its runs ended, one a day, the last one yesterday.

    Data quality may be defined inside the schedule; the other kinds, and `named` ones, have a definition of their own.
    """

    name: str
    region: str
    endpoint: str
    created: datetime
    runs: tuple[str, ...]
    fails_for: str = "Job inputs had no data"
    bucket: str
    role: str
    kind: str = "DataQuality"
    isolated: bool = True
    encrypted: bool = False
    key: str | None = None
    baseline: bool = False
    named: bool = False
    stopped: bool = False
    instances: int = 1


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm on endpoints: one metric of one, an error rate of one (`rate`), or others' states (`rule`).

    `monitor` is a schedule whose findings are watched; without `tells` nobody is told. `since` is when it was made.
    """

    name: str
    region: str
    endpoint: str = ""
    metric: str = ""
    threshold: float = 1.0
    rate: bool = False
    rule: str = ""
    tells: str | None = "ml-on-call"
    state: str = "OK"
    periods: int = 3
    monitor: str = ""
    present: bool = False  # shows by its state when there are no points
    since: datetime = START


def make_monitor(account: Account, monitor: Monitor) -> None:
    """A schedule, its definition, and what came of it."""
    named = monitor.named or monitor.kind != "DataQuality"
    if named:
        definition = f"{monitor.name}-definition"
        account.sagemaker(
            monitor.created, monitor.region, f"create_{_SPELLED[monitor.kind]}_job_definition",
            JobDefinitionName=definition, **_definition(account, monitor),
        )  # fmt: skip
        what: dict[str, Any] = {"MonitoringJobDefinitionName": definition}
    else:
        what = {"MonitoringJobDefinition": _inline(account, monitor)}
    schedule = {"ScheduleConfig": {"ScheduleExpression": "cron(0 6 ? * * *)"}, "MonitoringType": monitor.kind, **what}
    account.sagemaker(
        monitor.created, monitor.region, "create_monitoring_schedule", MonitoringScheduleName=monitor.name,
        MonitoringScheduleConfig=schedule,
    )  # fmt: skip
    if monitor.stopped:
        account.sagemaker(
            monitor.created, monitor.region, "stop_monitoring_schedule", MonitoringScheduleName=monitor.name
        )
    last = account.sandbox.clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for number, status in enumerate(reversed(monitor.runs)):
        when = last - timedelta(days=number)
        reason = {"FailureReason": monitor.fails_for} if status == "Failed" else {}
        account.sandbox.monitoring_execution(
            monitor.name, region=monitor.region, ScheduledTime=when, CreationTime=when,
            LastModifiedTime=when + timedelta(minutes=20), MonitoringExecutionStatus=status, **reason,
        )  # fmt: skip


def _network(monitor: Monitor) -> dict[str, Any]:
    inside = {"VpcConfig": NETWORKS[monitor.region]} if monitor.encrypted else {}
    return {
        "EnableNetworkIsolation": monitor.isolated,
        "EnableInterContainerTrafficEncryption": monitor.encrypted,
        **inside,
    }


def _output(account: Account, monitor: Monitor) -> dict[str, Any]:
    place = {"S3Uri": f"s3://{monitor.bucket}/{monitor.name}/", "LocalPath": "/opt/ml/processing/output"}
    key = account.encrypted(monitor.region, monitor.key, "KmsKeyId")
    return {"MonitoringOutputs": [{"S3Output": place}], **key}


def _resources(account: Account, monitor: Monitor) -> dict[str, Any]:
    key = account.encrypted(monitor.region, monitor.key, "VolumeKmsKeyId")
    cluster = {"InstanceCount": monitor.instances, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20, **key}
    return {"ClusterConfig": cluster}


def _baseline(monitor: Monitor, *, statistics: bool) -> dict[str, Any]:
    where = f"s3://{monitor.bucket}/{monitor.name}/baseline"
    both = {"ConstraintsResource": {"S3Uri": f"{where}/constraints.json"}}
    return both | ({"StatisticsResource": {"S3Uri": f"{where}/statistics.json"}} if statistics else {})


def _inline(account: Account, monitor: Monitor) -> dict[str, Any]:
    watched = {"EndpointName": monitor.endpoint, "LocalPath": "/opt/ml/processing/input"}
    return {
        "MonitoringInputs": [{"EndpointInput": watched}],
        "MonitoringOutputConfig": _output(account, monitor),
        "MonitoringResources": _resources(account, monitor),
        "MonitoringAppSpecification": {"ImageUri": account.image(monitor.region, "sagemaker-model-monitor-analyzer")},
        "NetworkConfig": _network(monitor),
        "RoleArn": account.role(monitor.role),
        **({"BaselineConfig": _baseline(monitor, statistics=True)} if monitor.baseline else {}),
    }


def _definition(account: Account, monitor: Monitor) -> dict[str, Any]:
    kind = monitor.kind
    watched: dict[str, Any] = {"EndpointName": monitor.endpoint, "LocalPath": "/opt/ml/processing/input"}
    given: dict[str, Any] = {"EndpointInput": watched}
    application: dict[str, Any] = {"ImageUri": account.image(monitor.region, "sagemaker-model-monitor-analyzer")}
    if kind in {"ModelQuality", "ModelBias"}:
        given["GroundTruthS3Input"] = {"S3Uri": f"s3://{monitor.bucket}/{monitor.endpoint}/truth/"}
        watched |= {"StartTimeOffset": "-P2D", "EndTimeOffset": "-P1D", "InferenceAttribute": "prediction"}
    if kind == "ModelQuality":
        application["ProblemType"] = "BinaryClassification"
    if kind in {"ModelBias", "ModelExplainability"}:
        application["ConfigUri"] = f"s3://{monitor.bucket}/{monitor.name}/analysis_config.json"
    baseline = _baseline(monitor, statistics=kind == "DataQuality")
    return {
        f"{kind}AppSpecification": application,
        f"{kind}JobInput": given,
        f"{kind}JobOutputConfig": _output(account, monitor),
        **({f"{kind}BaselineConfig": baseline} if monitor.baseline else {}),
        "JobResources": _resources(account, monitor),
        "NetworkConfig": _network(monitor),
        "RoleArn": account.role(monitor.role),
    }


def make_alarm(account: Account, alarm: Alarm) -> None:
    """An alarm, in the state that it is in."""

    def cloudwatch(operation: str, **parameters: Any) -> None:
        account.ask(alarm.since, "cloudwatch", alarm.region, operation, AlarmName=alarm.name, **parameters)

    actions = [account.topic(alarm.region, alarm.tells)] if alarm.tells else []
    if alarm.rule:
        cloudwatch("put_composite_alarm", AlarmRule=alarm.rule, AlarmActions=actions)
        return
    which = {"Endpoint": alarm.endpoint, "MonitoringSchedule": alarm.monitor} if alarm.monitor else {
        "EndpointName": alarm.endpoint, "VariantName": "main",
    }  # fmt: skip
    dimensions = [{"Name": name, "Value": value} for name, value in which.items()]
    shape = {
        "AlarmActions": actions,
        "ActionsEnabled": True,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": alarm.periods,
        "Threshold": alarm.threshold,
        "TreatMissingData": "missing" if alarm.present else "notBreaching",
    }
    if alarm.rate:
        metrics: list[Mapping[str, Any]] = [
            {"Id": "rate", "Expression": "errors / calls", "Label": "error rate", "ReturnData": True},
            _counted("errors", "Invocation5XXErrors", dimensions),
            _counted("calls", "Invocations", dimensions),
        ]
        cloudwatch("put_metric_alarm", **shape, Metrics=metrics)
    else:
        cloudwatch(
            "put_metric_alarm",
            **shape,
            Namespace="aws/sagemaker/Endpoints/data-metrics" if alarm.monitor else "AWS/SageMaker",
            MetricName=alarm.metric,
            Dimensions=dimensions,
            Statistic="Average" if alarm.metric == "ModelLatency" else "Maximum" if alarm.monitor else "Sum",
            Period=3600 if alarm.monitor else 60,
        )
    account.sandbox.amend(
        "cloudwatch", "MetricAlarm", alarm.name, region=alarm.region, StateTransitionedTimestamp=alarm.since
    )
    if alarm.state != "INSUFFICIENT_DATA":
        cloudwatch("set_alarm_state", StateValue=alarm.state, StateReason="Threshold not crossed")


def _counted(id_: str, metric: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions},
            "Period": 300,
            "Stat": "Sum",
        },
        "ReturnData": False,
    }
