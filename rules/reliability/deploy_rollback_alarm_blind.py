"""Rollback alarms that see nothing."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import PARTS, Metric, parts
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric, Point
from mllens.scanner.sagemaker import AsyncSettings, Endpoint, EndpointConfig, RunningVariant, VariantMetrics

# What SageMaker records of every call, for each variant, and for no endpoint as a whole.
OF_CALLS = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency", "OverheadLatency")
NOT_ASYNC = ("Invocations", "OverheadLatency")
REPAIR = "repair it, or name another for the next deployment"


@rule(
    severity="high",
    proves=("MLREL04_BP02", "MLRAI04_BP05"),
    presumes="a rollback alarm",
    reads=(
        *(Endpoint.rollback_alarms, Endpoint.variants, Endpoint.config, EndpointConfig, EndpointConfig.asynchronous),
        *(*PARTS, Alarm.metric_name, Alarm.namespace, Alarm.endpoints, Alarm.variants, Alarm.math),
        *(Alarm.state, Alarm.state_since, Alarm.treat_missing_data),
        *(VariantMetrics.endpoint, VariantMetrics.invocations),
    ),
)
def deploy_rollback_alarm_blind(endpoint: Endpoint, graph: Graph) -> Verdict:
    """Alarms that guard a deployment must get data.

    An alarm on a metric that nobody records never fires: the update looks guarded and is not. SageMaker records calls
    for each variant, so an alarm without the variant stays empty; and one that had no data while calls came has the
    wrong metric or dimensions. Whether an alarm has actions does not matter, SageMaker looks at its state.
    """
    judged, untold = False, None
    for reference in endpoint.rollback_alarms:
        alarm = graph.to(reference)
        if isinstance(alarm, Missing):
            continue
        for part in parts(alarm, graph):
            judged = True
            try:
                why = _blind(part, endpoint, graph)
            except Unobserved as gap:  # another alarm may be blind for sure
                untold = untold or gap
                continue
            if why:
                name = alarm.name if part is alarm else f"{part.name} (in {alarm.name})"
                return Fail(f"was guarded in its last deployment by the alarm {name}, which {why}; {REPAIR}")
    if untold is not None:
        raise untold
    return Pass() if judged else NotApplicable("names no rollback alarm that exists in its last deployment")


def _blind(alarm: Alarm, endpoint: Endpoint, graph: Graph) -> str:
    """Why an alarm can get no data; empty if it does.

    Raises:
        Unobserved: it cannot be told.
    """
    calls = list(_of_calls(alarm, endpoint))
    for metric in calls:
        if not metric.variants:
            return f"asks for {metric.metric_name} of the endpoint as a whole, which is recorded for variants only"
        if metric.metric_name in NOT_ASYNC and _asynchronous(endpoint, graph):
            return f"asks for {metric.metric_name}, which is not recorded of asynchronous endpoints"
    if alarm.state == "INSUFFICIENT_DATA":
        return _silent(alarm, calls, endpoint, graph)
    if alarm.state == "OK" and alarm.treat_missing_data == "notBreaching":
        known = {variant.name for variant in endpoint.variants}
        every: tuple[Metric, ...] = (alarm, *alarm.math)
        named = [metric for metric in every if metric.metric_name is not None]
        if not named or any(metric not in calls or not known.issuperset(metric.variants) for metric in named):
            raise Unobserved(
                alarm.name,
                "it counts missing data as good, so its state does not tell whether it has any; look at its metric",
            )
    return ""


def _silent(alarm: Alarm, calls: Iterable[Metric], endpoint: Endpoint, graph: Graph) -> str:
    """When calls came that an alarm without data ought to have seen.

    Raises:
        Unobserved: none are known.
    """
    since = alarm.state_since
    if since is None:
        raise Unobserved(alarm.name, "it has no data, and AWS does not tell since when")
    of = {f"{endpoint.name}/{variant}" for metric in calls for variant in metric.variants}
    for measured in graph.into(endpoint, VariantMetrics):
        for point in measured.invocations if measured.name in of or not of else ():
            if point.value > 0 and point.time >= since:
                return f"has no data since {since:%Y-%m-%d}, though calls came on {point.time:%Y-%m-%d}"
    raise Unobserved(alarm.name, "it has no data, and no calls are known that would have brought some")


def _of_calls(alarm: Alarm, endpoint: Endpoint) -> Iterator[Metric]:
    """The metrics of this endpoint's calls that an alarm watches."""
    metrics: tuple[Metric, ...] = (alarm, *alarm.math)
    for metric in metrics:
        mine = any(reference.key == endpoint.key for reference in metric.endpoints)
        if mine and metric.namespace == "AWS/SageMaker" and metric.metric_name in OF_CALLS:
            yield metric


def _asynchronous(endpoint: Endpoint, graph: Graph) -> bool:
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; whether it is asynchronous cannot be told")
    return config.asynchronous is not None


_FRAUD = (Ref(Endpoint, "fraud"),)
_SINCE = datetime(2026, 10, 1, tzinfo=UTC)
_ENDPOINT = Endpoint(
    name="fraud",
    rollback_alarms=(Ref(Alarm, "errors"),),
    variants=(RunningVariant(name="main"),),
    config=Ref(EndpointConfig, "current"),
)
_CONFIG = EndpointConfig(name="current", asynchronous=None)
_ASYNC = EndpointConfig(name="current", asynchronous=AsyncSettings())


def _alarm(
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = "OK",
    *,
    metric: str | None = "Invocation5XXErrors",
    variant: str | None = "main",
    missing: str = "missing",
    math: tuple[MathMetric, ...] = (),
    since: datetime | None = _SINCE,
) -> Alarm:
    return Alarm(
        name="errors",
        composite_rule=None,
        metric_name=metric,
        namespace="AWS/SageMaker" if metric else None,
        endpoints=_FRAUD if metric else (),
        variants=(variant,) if metric and variant else (),
        math=math,
        state=state,
        state_since=since,
        treat_missing_data=missing,
        actions_enabled=False,
    )


def _math(metric: str, *variants: str) -> MathMetric:
    return MathMetric(metric_name=metric, namespace="AWS/SageMaker", endpoints=_FRAUD, variants=variants)


def _calls(day: int, value: float = 5.0) -> VariantMetrics:
    points = (Point(time=datetime(2026, 10, day, tzinfo=UTC), value=value),)
    return VariantMetrics(name="fraud/main", endpoint=Ref(Endpoint, "fraud"), invocations=points)


_RATE = (MathMetric(expression="a/b"), _math("Invocation5XXErrors", "main"), _math("Invocations", "main"))
_SILENT = _alarm("INSUFFICIENT_DATA", metric="OwnQuality")
_OLD_CALLS = VariantMetrics(
    name="fraud/main",
    endpoint=Ref(Endpoint, "fraud"),
    invocations=(Point(time=datetime(2026, 9, 20, tzinfo=UTC), value=5.0),),
)
_GUARDED_BY_ANY = Endpoint(
    name="fraud",
    rollback_alarms=(Ref(Alarm, "any"), Ref(Alarm, "deleted")),
    variants=_ENDPOINT.variants,
    config=_ENDPOINT.config,
)
_ANY = Alarm(name="any", composite_rule="ALARM(errors)")
_GUARDED_TWICE = Endpoint(
    name="fraud",
    rollback_alarms=(Ref(Alarm, "foreign"), Ref(Alarm, "errors")),
    variants=_ENDPOINT.variants,
    config=_ENDPOINT.config,
)
_FOREIGN = Alarm(
    name="foreign",
    composite_rule=None,
    metric_name="Sold",
    namespace="Shop",
    endpoints=(),
    variants=(),
    math=(),
    state="OK",
    treat_missing_data="notBreaching",
)

deploy_rollback_alarm_blind.cases(
    passes=[
        case(_ENDPOINT, _alarm(), unread=[VariantMetrics]),
        case(_ENDPOINT, _alarm("ALARM")),
        case(_ENDPOINT, _alarm(missing="notBreaching")),
        case(_ENDPOINT, _CONFIG, _alarm(metric=None, math=_RATE, missing="notBreaching")),
        case(_ENDPOINT, _alarm(metric="OwnQuality")),
        case(_GUARDED_BY_ANY, _ANY, _alarm()),
    ],
    fails=[
        case(_ENDPOINT, _alarm(variant=None, missing="notBreaching")),
        case(_ENDPOINT, _CONFIG, _alarm(metric=None, math=(_math("Invocations"),))),
        case(_ENDPOINT, _ASYNC, _alarm(metric="OverheadLatency")),
        case(_ENDPOINT, _SILENT, _calls(20)),
        case(_ENDPOINT, _alarm("INSUFFICIENT_DATA"), _calls(20)),
        case(_GUARDED_BY_ANY, _ANY, _SILENT, _calls(20)),
        case(_GUARDED_TWICE, _FOREIGN, _SILENT, _calls(20)),
    ],
    unknown=[
        Endpoint(),
        case(_ENDPOINT, unread=[Alarm]),
        case(_ENDPOINT, _SILENT, unread=[VariantMetrics]),
        case(_ENDPOINT, _SILENT, _calls(20, 0.0)),
        case(_ENDPOINT, _SILENT, _OLD_CALLS),
        case(_ENDPOINT, _alarm("INSUFFICIENT_DATA", since=None), _calls(20)),
        case(_ENDPOINT, _alarm("INSUFFICIENT_DATA", variant="unused"), _calls(20)),
        case(_ENDPOINT, _alarm(metric="OwnQuality", missing="notBreaching")),
        case(_ENDPOINT, _alarm(variant="old", missing="notBreaching")),
        case(_ENDPOINT, _alarm(metric="Invocations")),
    ],
    not_applicable=[Endpoint(rollback_alarms=()), _ENDPOINT],
)
