"""Measuring: CloudWatch metrics of what a scan found, many to a call."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mllens.scanner.client import Answer
from mllens.scanner.collect import Metric, Metrics
from mllens.scanner.found import WRONG_SHAPE, Found, Scanning, format_name, malformed, merged, of_parents
from mllens.scanner.model import Field
from mllens.scanner.parts import Part
from mllens.scanner.plan import Need
from mllens.scanner.send import Gone, Refused
from mllens.scanner.shapes import answers
from mllens.scanner.watch import Unobserved

METRICS_A_CALL = 500  # the service's limit
DAY = 86_400
Query = tuple[Found, Metric]


async def measure(scanning: Scanning, need: Need, source: Metrics, region: str) -> Part:
    """One resource for each item below each parent, with its points; nothing where metrics are off."""
    if not scanning.metrics:
        priced = scanning.part(need, region, [], None, "priced, so it is off: --with-metrics turns it on")
        return Part(msgspec.structs.replace(priced.coverage, scope="priced"), [])
    found, refusal = _items(scanning, need, source, region)
    queries = [(thing, metric) for thing in found for metric in source.metrics]
    for start in range(0, len(queries), METRICS_A_CALL):
        await _ask(scanning, source, queries[start : start + METRICS_A_CALL], region)
    return scanning.part(need, region, found, refusal, "")


def _items(scanning: Scanning, need: Need, source: Metrics, region: str) -> tuple[list[Found], Refused | None]:
    parents = scanning.read[source.parent.type, region]
    cls, found, refusal = need.collector.produces, [], of_parents(source, parents)
    shapes = answers(scanning.plan.needs[source.parent.type].collector)
    path = Field(source.each, None, ())  # a parent without items, as an endpoint that failed, has nothing to measure
    path.__set_name__(source.parent, source.each)
    path.undeclared = True
    for row in parents.rows:
        if row.gone:
            continue
        try:
            items = source.parent.from_row(row, shapes).raw(path)
        except Unobserved as gap:
            refusal = Refused("partial", source.call, str(gap))
            continue
        for value in items if isinstance(items, list) else ():
            values = merged(row) | {source.each.rsplit(".", 1)[-1]: value}
            dimensions = {dimension: str(values[member]) for dimension, member in source.dimensions.items()}
            key = cls.key_of(format_name(cls.name_member, dimensions), scanning.account, region)
            found.append(Found(cls, key, "", region, dimensions))
    return found, refusal


async def _ask(scanning: Scanning, source: Metrics, queries: Sequence[Query], region: str) -> None:
    """One batch of queries; each thing gets its points, or the refusal."""
    end = scanning.now // DAY * DAY  # whole UTC days: the running one would look like a fall
    days = max(metric.days for metric in source.metrics)
    given = {
        "MetricDataQueries": [_query(f"m{i}", thing.item, metric) for i, (thing, metric) in enumerate(queries)],
        "StartTime": end - days * DAY,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
    }
    points: dict[str, list[dict[str, float]]] = {}
    ended: dict[str, str] = {}
    try:
        async for page in scanning.sender.pages(source.call, region, given):
            last = page
            for result in page.body.get("MetricDataResults", ()):
                ended[result["Id"]] = result["StatusCode"]
                mine = points.setdefault(result["Id"], [])
                mine += [{"Time": t, "Value": v} for t, v in zip(result["Timestamps"], result["Values"], strict=True)]
    except (Refused, Gone, *WRONG_SHAPE) as error:
        for thing, _ in queries:
            thing.refuse(error if isinstance(error, Refused) else malformed(source.call, error))
        return
    for number, (thing, metric) in enumerate(queries):
        id_ = f"m{number}"
        if (status := ended.get(id_, "no answer")) != "Complete":
            thing.refuse(Refused("failed", source.call, f"{source.call}: {status} for {metric.name}"))
            continue
        before = thing.answers.get(source.call.operation)
        body = {**(before.body if before else thing.item), metric.name: points[id_]}
        thing.answers[source.call.operation] = Answer(body, last.at, last.request_id)


def _query(id_: str, dimensions: Mapping[str, Any], metric: Metric) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": metric.period,
            "Stat": metric.statistic,
        },
        "ReturnData": True,
    }
