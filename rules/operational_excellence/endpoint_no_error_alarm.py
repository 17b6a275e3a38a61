"""Production endpoints whose server errors nobody would notice."""

from collections.abc import Iterable, Iterator

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Missing, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model

ERRORS = ("Invocation5XXErrors", "InvocationModelErrors")
OF_QUEUE = "InvocationFailures"  # only asynchronous endpoints have it


@rule(
    severity="high",
    proves=("MLOPS05_BP01", "MLRAI05_BP05"),
    supports=("MLPERF06_BP04",),
    reads=(
        *(Endpoint.tags, Endpoint.config, EndpointConfig, EndpointConfig.variants),
        *(Alarm, Alarm.metric_name, Alarm.endpoints, Alarm.math),
    ),
)
def endpoint_no_error_alarm(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION, metrics: Iterable[str] = ERRORS
) -> Verdict:
    """A production endpoint must have an alarm on server errors or model errors.

    Without one the first to notice that a model fails are those who depend on it. Alarms on metric math count. A
    composite alarm names no endpoint; the alarms it is made of do, and count. What no alarm is needed for (an
    outside system watches) can be waived.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    wanted = tuple(metrics)
    for alarm in graph.into(endpoint, Alarm):
        if any(name in (*wanted, OF_QUEUE) for name in _metrics(alarm, endpoint)):
            return Pass()
    for alarm in graph.all(
        Alarm, within=Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    ):
        if any("AWS/SageMaker" in (metric.expression or "") for metric in alarm.math):
            raise Unobserved(alarm.name, "it queries SageMaker's metrics; which endpoints it watches cannot be told")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it hosts cannot be told")
    if any(variant.model is None for variant in config.variants):
        raise Unobserved(
            endpoint.name, "it hosts inference components, whose alarms name the component, not the endpoint"
        )
    return Fail(f"has no alarm on {' or '.join(wanted)}; create one with an action ({where.assumed})")


def _metrics(alarm: Alarm, endpoint: Endpoint) -> Iterator[str]:
    """Metrics of this endpoint that an alarm watches."""
    if alarm.metric_name is not None:
        yield alarm.metric_name
    for metric in alarm.math:
        if metric.metric_name is not None and any(e.key == endpoint.key for e in metric.endpoints):
            yield metric.metric_name


def _alarm(name: str, metric: str, endpoint: str) -> Alarm:
    return Alarm(name=name, metric_name=metric, endpoints=(Ref(Endpoint, endpoint),), math=())


def _math(metric: str, endpoint: str, other: str) -> Alarm:
    """An error rate: one metric of one endpoint over the invocations of another."""
    return Alarm(
        name="rate",
        metric_name=None,
        endpoints=(),
        math=(
            MathMetric(),
            MathMetric(metric_name=metric, endpoints=(Ref(Endpoint, endpoint),)),
            MathMetric(metric_name="Invocations", endpoints=(Ref(Endpoint, other),)),
        ),
    )


_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "fraud")),))
_COMPONENTS = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
_PROD = Endpoint(name="fraud-prod", tags={}, config=Ref(EndpointConfig, "current"))
_COMPOSITE = Alarm(name="any", metric_name=None, endpoints=(), math=(), composite_rule='ALARM("errors")')
_QUERY = Alarm(
    name="any-endpoint",
    metric_name=None,
    endpoints=(),
    math=(MathMetric(expression='SELECT SUM(Invocation5XXErrors) FROM SCHEMA("AWS/SageMaker", EndpointName)'),),
)

endpoint_no_error_alarm.cases(
    passes=[
        case(_PROD, _alarm("errors", "Invocation5XXErrors", "fraud-prod"), unread=[Alarm]),
        case(_PROD, _alarm("errors", "InvocationModelErrors", "fraud-prod"), _COMPOSITE),
        case(_PROD, _math("Invocation5XXErrors", "fraud-prod", "fraud-prod")),
        case(_PROD, _alarm("errors", "InvocationFailures", "fraud-prod")),
    ],
    fails=[
        case(_PROD, _CONFIG, _COMPOSITE),
        case(_PROD, _CONFIG, _alarm("slow", "ModelLatency", "fraud-prod")),
        case(_PROD, _CONFIG, _alarm("errors", "Invocation5XXErrors", "another")),
        case(_PROD, _CONFIG, _math("Invocation5XXErrors", "another", "fraud-prod")),
        case(Endpoint(name="fraud", tags={}, config=Ref(EndpointConfig, "current")), _CONFIG),
    ],
    unknown=[
        Endpoint(),
        case(_PROD, _CONFIG, unread=[Alarm]),
        case(_PROD),
        case(_PROD, _COMPONENTS),
        case(_PROD, _CONFIG, _QUERY),
        case(_PROD, _CONFIG, Alarm(name="unseen", metric_name="Invocation5XXErrors")),
    ],
    not_applicable=[Endpoint(name="fraud-dev", tags={}), Endpoint(name="fraud", tags={"stage": "qa"})],
)
