"""Alarms: the metrics behind a composite one, and the endpoints that they belong to."""

import re
from collections.abc import Iterator

from mllens.scanner import Graph, Key, Missing, Ref
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.sagemaker_inference import InferenceComponent

NAMED = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s()\"']+))\s*\)")
PARTS = (Alarm, Alarm.composite_rule)
WATCHED = (Alarm.endpoints, Alarm.components, Alarm.math, InferenceComponent, InferenceComponent.endpoint)
"""What a rule reads that asks for the parts, and for what they watch."""

Metric = Alarm | MathMetric


def parts(alarm: Alarm, graph: Graph) -> Iterator[Alarm]:
    """The metric alarms that an alarm stands for: itself, or those that a composite one is made of and that exist.

    Raises:
        Unobserved: when met, a part that cannot be told.
    """
    waiting, seen = [alarm], {alarm.key}
    while waiting:
        one = waiting.pop(0)
        if one.composite_rule is None:
            yield one
            continue
        for groups in NAMED.findall(one.composite_rule):
            part = graph.to(Ref(Alarm, "".join(groups), one.account, one.region))
            if not isinstance(part, Missing) and part.key not in seen:
                seen.add(part.key)
                waiting.append(part)


def watched(alarm: Alarm, graph: Graph) -> Iterator[tuple[Metric, Key]]:
    """Each metric of a metric alarm that belongs to an endpoint, with that endpoint's key; a component's has its host's.

    Raises:
        Unobserved: when met, a component that cannot be told.
    """
    metrics: tuple[Metric, ...] = (alarm, *alarm.math)
    for metric in metrics:
        for endpoint in metric.endpoints:
            yield metric, endpoint.key
        for reference in metric.components:
            component = graph.to(reference)
            if not isinstance(component, Missing):
                yield metric, component.endpoint.key


def queries(alarm: Alarm) -> bool:
    """Whether an alarm asks for metrics by a query, which tells no endpoint."""
    return any(re.search(r"\b(SELECT|SEARCH)\b", metric.expression or "") for metric in alarm.math)
