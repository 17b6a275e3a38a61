"""CloudWatch alarms that page, composite ones among them, and metrics that show what was seeded."""

from __future__ import annotations

import ast
import copy
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from mllens.sandbox.answer import Answer, Call, cut, hook, tag, tag_map
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record, State

Point = tuple[datetime, float, str]
Metric = tuple[str, str, frozenset[tuple[str, str]]]
_ALARMS = ("MetricAlarm", "CompositeAlarm")
_METRICS = "metrics"
_PAGE = 50
_METRICS_PAGE = 500


def _metrics(state: State) -> dict[Metric, list[Point]]:
    found: dict[Metric, list[Point]] = state.extras.setdefault(_METRICS, {})
    return found


def add_points(
    state: State,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    points: Iterable[tuple[datetime, float]],
    *,
    unit: str,
) -> None:
    """Add datapoints to a metric."""
    kept = _metrics(state).setdefault((namespace, name, frozenset(dimensions.items())), [])
    kept.extend((_utc(moment), float(value), unit) for moment, value in points)
    kept.sort()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


# Alarms


@hook("cloudwatch", "PutMetricAlarm", "PutCompositeAlarm")
def put_alarm(call: Call) -> Answer:
    """Create or replace; the state survives a replacement."""
    noun = call.operation.removeprefix("Put")
    name, state = call.params["AlarmName"], call.state
    record = copy.deepcopy(call.params)
    tags = record.pop("Tags", None)
    other = next(n for n in _ALARMS if n != noun)
    if state.table("cloudwatch", other).get((name,)):
        raise AwsError("ValidationError", f"An alarm of the other type is named {name} already.", 400)
    old = state.table("cloudwatch", noun).get((name,)) or {}
    arn = call.arn(f"alarm:{name}", "cloudwatch")
    record |= {"AlarmArn": arn, "AlarmConfigurationUpdatedTimestamp": call.now}
    record.setdefault("ActionsEnabled", True)
    for member in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        record.setdefault(member, [])
    if noun == "MetricAlarm":
        record.setdefault("Dimensions", [])
    record["StateValue"] = old.get("StateValue", "INSUFFICIENT_DATA")
    record["StateReason"] = old.get("StateReason", "Unchecked: Initial alarm creation")
    record["StateUpdatedTimestamp"] = old.get("StateUpdatedTimestamp", call.now)
    record["StateTransitionedTimestamp"] = old.get("StateTransitionedTimestamp", call.now)
    state.put("cloudwatch", noun, (name,), record, arn)
    if tags and not old:
        state.tags[arn] = tag_map(tags)
    return {}


def _all_alarms(call: Call) -> list[tuple[str, Record]]:
    rows = [(noun, row) for noun in _ALARMS for row in call.state.table("cloudwatch", noun)]
    return sorted(rows, key=lambda pair: str(pair[1]["AlarmName"]))


@hook("cloudwatch", "DescribeAlarms")
def describe_alarms(call: Call) -> Answer:
    """Page by page in order of names; composite alarms only on request, as AWS does."""
    params = call.params
    kinds = params.get("AlarmTypes") or ["MetricAlarm"]
    rows = [(noun, row) for noun, row in _all_alarms(call) if noun in kinds and _wanted(row, params)]
    page, token = cut(call, rows, params.get("NextToken"), params.get("MaxRecords"), _PAGE)
    answer: Answer = {f"{noun}s": [row for kind, row in page if kind == noun] for noun in _ALARMS}
    return answer | ({"NextToken": token} if token else {})


def _wanted(row: Record, params: Mapping[str, Any]) -> bool:
    return (
        ("AlarmNames" not in params or row["AlarmName"] in params["AlarmNames"])
        and str(row["AlarmName"]).startswith(params.get("AlarmNamePrefix", ""))
        and ("StateValue" not in params or row["StateValue"] == params["StateValue"])
        and ("ActionPrefix" not in params or any(a.startswith(params["ActionPrefix"]) for a in row["AlarmActions"]))
    )


@hook("cloudwatch", "DescribeAlarmsForMetric")
def describe_alarms_for_metric(call: Call) -> Answer:
    """Alarms on exactly this metric."""
    wanted = {d["Name"]: d["Value"] for d in call.params.get("Dimensions", ())}
    rows = [
        row
        for row in call.state.table("cloudwatch", "MetricAlarm")
        if row.get("Namespace") == call.params["Namespace"]
        and row.get("MetricName") == call.params["MetricName"]
        and {d["Name"]: d["Value"] for d in row["Dimensions"]} == wanted
    ]
    return {"MetricAlarms": rows}


@hook("cloudwatch", "DeleteAlarms")
def delete_alarms(call: Call) -> Answer:
    """All or none: an unknown name refuses the whole call."""
    rows = {row["AlarmName"]: (noun, row) for noun, row in _all_alarms(call)}
    unknown = [name for name in call.params["AlarmNames"] if name not in rows]
    if unknown:
        call.fail("^ResourceNotFound$", f"Alarm(s) {', '.join(unknown)} not found.", "ResourceNotFound")
    for name in call.params["AlarmNames"]:
        noun, row = rows[name]
        call.state.remove("cloudwatch", noun, row, row["AlarmArn"])
    return {}


@hook("cloudwatch", "EnableAlarmActions", "DisableAlarmActions", "SetAlarmState")
def change_alarms(call: Call) -> Answer:
    """Switch actions, or set a state."""
    names = call.params.get("AlarmNames") or [call.params["AlarmName"]]
    rows = [row for _, row in _all_alarms(call) if row["AlarmName"] in names]
    if call.operation == "SetAlarmState":
        if not rows:
            call.fail("^ResourceNotFound$", f"Alarm {names[0]} not found.", "ResourceNotFound")
        if rows[0]["StateValue"] != call.params["StateValue"]:
            rows[0]["StateTransitionedTimestamp"] = call.now
        rows[0].update(
            StateValue=call.params["StateValue"], StateReason=call.params["StateReason"], StateUpdatedTimestamp=call.now
        )
        return {}
    for row in rows:
        row["ActionsEnabled"] = call.operation == "EnableAlarmActions"
    return {}


@hook("cloudwatch", "ListTagsForResource", "TagResource", "UntagResource")
def alarm_tags(call: Call) -> Answer:
    """Of alarms here, of anything else in moto."""
    return tag(call) if call.params["ResourceARN"] in call.state.places else call.forward()


# Metrics


@hook("cloudwatch", "PutMetricData")
def put_metric_data(call: Call) -> Answer:
    """AWS's own namespaces are not for customers; `Sandbox.metric` seeds them."""
    namespace = call.params["Namespace"]
    if namespace.startswith("AWS/"):
        message = "The value AWS/ for parameter Namespace is invalid."
        raise AwsError("InvalidParameterValue", message, 400)
    for datum in call.params.get("MetricData", ()):
        dimensions = {d["Name"]: d["Value"] for d in datum.get("Dimensions", ())}
        moment = datum.get("Timestamp", call.now)
        add_points(
            call.state,
            namespace,
            datum["MetricName"],
            dimensions,
            _given(datum, moment),
            unit=datum.get("Unit", "None"),
        )
    return {}


def _given(datum: Record, moment: datetime) -> list[tuple[datetime, float]]:
    if "Values" in datum:
        counts = datum.get("Counts") or [1.0] * len(datum["Values"])
        return [(moment, v) for v, n in zip(datum["Values"], counts, strict=True) for _ in range(int(n))]
    if "StatisticValues" in datum:
        set_ = datum["StatisticValues"]
        many = int(set_["SampleCount"])
        return [(moment, set_["Sum"] / many)] * many
    return [(moment, datum["Value"])]


_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": lambda values: float(len(values)),
    "Sum": math.fsum,
}


def statistic(name: str, values: list[float]) -> float:
    """One number for some values: a statistic of CloudWatch, or a percentile such as p99."""
    if name in _STATISTICS:
        return _STATISTICS[name](values)
    if name.startswith("p") and name[1:].replace(".", "", 1).isdigit():
        ordered = sorted(values)
        return ordered[max(0, math.ceil(float(name[1:]) / 100 * len(ordered)) - 1)]
    raise AwsError("ValidationError", f"The sandbox knows no statistic {name!r}.", 400)


def _series(call: Call, metric: Record, period: int, start: datetime, end: datetime) -> dict[datetime, list[float]]:
    dimensions = frozenset((d["Name"], d["Value"]) for d in metric.get("Dimensions", ()))
    points = _metrics(call.state).get((metric["Namespace"], metric["MetricName"], dimensions), [])
    bins: dict[datetime, list[float]] = {}
    for moment, value, _ in points:
        if _utc(start) <= moment < _utc(end):
            begin = datetime.fromtimestamp(moment.timestamp() // period * period, UTC)
            bins.setdefault(begin, []).append(value)
    return bins


@hook("cloudwatch", "GetMetricData")
def get_metric_data(call: Call) -> Answer:
    """Datapoints by period, newest first unless asked otherwise; expressions may add, subtract, multiply, divide, FILL."""
    queries = {query["Id"]: query for query in call.params["MetricDataQueries"]}
    known: dict[str, dict[datetime, float]] = {}
    results = []
    backwards = call.params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    for name, query in queries.items():
        values = _query(call, name, queries, known)
        if not query.get("ReturnData", True):
            continue
        moments = sorted(values, reverse=backwards)
        label = query.get("Label") or query.get("MetricStat", {}).get("Metric", {}).get("MetricName", name)
        results.append(
            {
                "Id": name,
                "Label": label,
                "Timestamps": moments,
                "Values": [values[m] for m in moments],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def _query(
    call: Call, name: str, queries: Mapping[str, Record], known: dict[str, dict[datetime, float]]
) -> dict[datetime, float]:
    if name in known:
        return known[name]
    query = queries.get(name)
    if query is None:
        raise AwsError("ValidationError", f"The expression refers to the unknown id {name}.", 400)
    if stat := query.get("MetricStat"):
        bins = _series(call, stat["Metric"], stat["Period"], call.params["StartTime"], call.params["EndTime"])
        known[name] = {moment: statistic(stat["Stat"], values) for moment, values in bins.items()}
    else:
        known[name] = {}  # an expression that refers to itself sees nothing
        known[name] = _expression(query["Expression"], lambda other: _query(call, other, queries, known))
    return known[name]


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _expression(text: str, look: Callable[[str], dict[datetime, float]]) -> dict[datetime, float]:
    """Metric arithmetic: operators on ids and numbers, and FILL(id, number)."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise AwsError("ValidationError", f"Error in expression {text!r}", 400) from error
    value = _evaluate(tree, look)
    return value if isinstance(value, dict) else {}


def _evaluate(node: ast.expr, look: Callable[[str], dict[datetime, float]]) -> dict[datetime, float] | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return look(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _combine(_OPERATORS[type(op)], _evaluate(left, look), _evaluate(right, look))
        case ast.Call(func=ast.Name(id="FILL"), args=[inner, _]):
            return _evaluate(inner, look)  # the sandbox knows no gaps: what was not seeded is not there
    raise AwsError("ValidationError", f"The sandbox does not compute {ast.unparse(node)!r}.", 400)


def _combine(
    combine: Callable[[float, float], float], left: dict[datetime, float] | float, right: dict[datetime, float] | float
) -> dict[datetime, float] | float:
    moments: Iterable[datetime]
    if isinstance(left, dict) and isinstance(right, dict):
        moments = left.keys() & right.keys()
    elif isinstance(left, dict) or isinstance(right, dict):
        moments = left if isinstance(left, dict) else right  # type: ignore[assignment]
    else:
        return combine(left, right) if right else 0.0

    def at(side: dict[datetime, float] | float, moment: datetime) -> float:
        return side[moment] if isinstance(side, dict) else side

    return {m: combine(at(left, m), at(right, m)) for m in moments if combine is not operator.truediv or at(right, m)}


@hook("cloudwatch", "GetMetricStatistics")
def get_metric_statistics(call: Call) -> Answer:
    """Datapoints of one metric by period."""
    params = call.params
    bins = _series(call, params, params["Period"], params["StartTime"], params["EndTime"])
    names = [*params.get("Statistics", ())]
    points: list[Record] = []
    for moment, values in sorted(bins.items()):
        point: Record = {"Timestamp": moment, "Unit": params.get("Unit", "None")}
        point |= {name: statistic(name, values) for name in names}
        if extended := params.get("ExtendedStatistics"):
            point["ExtendedStatistics"] = {name: statistic(name, values) for name in extended}
        points.append(point)
    return {"Label": params["MetricName"], "Datapoints": points}


@hook("cloudwatch", "ListMetrics")
def list_metrics(call: Call) -> Answer:
    """The metrics that have datapoints."""
    wanted = {(d["Name"], d.get("Value")) for d in call.params.get("Dimensions", ())}
    rows = []
    for namespace, name, dimensions in sorted(_metrics(call.state), key=lambda m: (m[0], m[1], sorted(m[2]))):
        if call.params.get("Namespace", namespace) != namespace or call.params.get("MetricName", name) != name:
            continue
        if all(any(n == wn and wv in (None, v) for n, v in dimensions) for wn, wv in wanted):
            pairs = [{"Name": n, "Value": v} for n, v in sorted(dimensions)]
            rows.append({"Namespace": namespace, "MetricName": name, "Dimensions": pairs})
    page, token = cut(call, rows, call.params.get("NextToken"), None, _METRICS_PAGE)
    return {"Metrics": page, **({"NextToken": token} if token else {})}
