"""Alarms: the metrics behind a composite one, and the endpoints that they belong to."""

import re
from collections.abc import Iterator

from mllens.rules.fix import NeedsPerson
from mllens.scanner import Graph, Key, Missing, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.sagemaker import Endpoint
from mllens.scanner.sagemaker_inference import InferenceComponent
from mllens.scanner.sns import Subscription, Topic

NAMED = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s()\"']+))\s*\)")
PARTS = (Alarm, Alarm.composite_rule)
WATCHED = (Alarm.endpoints, Alarm.components, Alarm.math, InferenceComponent, InferenceComponent.endpoint)
"""What a rule reads that asks for the parts, and for what they watch."""

GUARDS = (
    *(Endpoint.rollback_alarms, Alarm, Alarm.endpoints, Alarm.variants, Alarm.math, Alarm.metric_name, Alarm.namespace),
    *(Alarm.actions, Alarm.actions_enabled, Alarm.state),
)
"""What a fix reads that asks for `guards`, and for their state."""

OF_FAILURE = ("Invocation5XXErrors", "Invocation4XXErrors", "InvocationModelErrors", "ModelLatency", "OverheadLatency")
"""Metrics that get worse when a new version is bad."""

LISTENED = (Topic, Topic.subscriptions, Topic.kms_key)
"""What a fix reads that asks for `topic_for`."""

OF_PEOPLE = ("email", "email-json", "sms")
"""Protocols of subscriptions that surely end with a person."""

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


def guards(endpoint: Endpoint, graph: Graph) -> Iterator[Alarm]:
    """Alarms that may roll an endpoint's next deployment back: those that the last one named, and those on its calls.

    An alarm on failing or slow calls counts where it tells somebody, and names a variant: calls are recorded for
    variants only, and one that only scales tells nobody.

    Raises:
        Unobserved: when exhausted, if there may be others.
    """
    seen = set()
    for reference in endpoint.rollback_alarms:
        alarm = graph.to(reference)
        if not isinstance(alarm, Missing):
            seen.add(alarm.key)
            yield alarm
    for alarm in graph.into(endpoint, Alarm):
        metrics: tuple[Metric, ...] = (alarm, *alarm.math)
        if alarm.key not in seen and _tells(alarm) and any(_of_failure(metric, endpoint) for metric in metrics):
            yield alarm


def _tells(alarm: Alarm) -> bool:
    return alarm.actions_enabled and any(":autoscaling:" not in action for action in alarm.actions)


def _of_failure(metric: Metric, endpoint: Endpoint) -> bool:
    mine = any(reference.key == endpoint.key for reference in metric.endpoints)
    return mine and metric.namespace == "AWS/SageMaker" and metric.metric_name in OF_FAILURE and bool(metric.variants)


def topic_for(endpoint: Endpoint, graph: Graph, chosen: str = "") -> str:
    """The ARN of the topic that a new alarm on an endpoint is to tell: the one chosen, or the only one people read.

    `chosen` may name one for each region, with commas between.

    Raises:
        NeedsPerson: a person must choose, or chose one that tells nobody.
        Unobserved: the topics of the region were not read.
    """
    if chosen:
        return _chosen(endpoint, graph, chosen)
    region = Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    topics = [topic for topic in graph.all(Topic, within=region) if not _deaf(topic)]
    read = [topic for topic in topics if any(s.protocol in OF_PEOPLE for s in _confirmed(topic))]
    if len(read) == 1:
        return read[0].arn
    listed = ", ".join(topic.arn for topic in read or topics) or "there is none with a confirmed subscription; make one"
    many = "more than one topic is" if read else "no topic is surely"
    raise NeedsPerson(f"{many} read by people; choose whom its alarm tells, by topic=ARN ({listed})")


def _chosen(endpoint: Endpoint, graph: Graph, chosen: str) -> str:
    here = [arn for arn in chosen.split(",") if re.fullmatch(rf"arn:[^:]+:sns:{endpoint.region}:\d{{12}}:\S+", arn)]
    if len(here) != 1:
        raise NeedsPerson(f"an alarm tells topics of its own region; choose one in {endpoint.region}, not {chosen}")
    (chosen,) = here
    try:
        topic = graph.to(Ref(Topic, chosen, endpoint.account, endpoint.region))
        why = "does not exist" if isinstance(topic, Missing) else _deaf(topic)
    except Unobserved:  # another account's, say: whoever chose it answers for it
        return chosen
    if why:
        raise NeedsPerson(f"the topic {chosen} {why}; choose another")
    return chosen


def _deaf(topic: Topic) -> str:
    """Why nobody would hear an alarm through a topic; empty if somebody does."""
    if not _confirmed(topic):
        return "has no confirmed subscription"
    if topic.kms_key is not None and topic.kms_key.value.endswith("alias/aws/sns"):
        return "is encrypted with alias/aws/sns, which CloudWatch may not use"
    return ""


def _confirmed(topic: Topic) -> list[Subscription]:
    return [s for s in topic.subscriptions if s.subscription_arn.startswith("arn:")]
