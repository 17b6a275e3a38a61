"""Production endpoints that may become slow unnoticed."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import WATCHED, queries, watched
from mllens.rules.in_production import LIVE, live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.sagemaker import Endpoint
from mllens.scanner.sagemaker_inference import InferenceComponent

LATENCY = ("ModelLatency", "OverheadLatency")
OF_QUEUE = ("TotalProcessingTime", "TimeInBacklog")  # only asynchronous endpoints have these


@rule(
    severity="medium",
    proves=("MLOPS05_BP01", "MLPERF06_BP04"),
    supports=("MLPERF01_BP01",),
    reads=(*LIVE, *WATCHED, Alarm, Alarm.metric_name),
)
def endpoint_no_latency_alarm(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION, metrics: Iterable[str] = LATENCY
) -> Verdict:
    """A production endpoint must have an alarm on its latency.

    A model that answers too late is as good as none, and makes no error that another alarm would see. Alarms on the
    endpoint's inference components, on metric math and on anomalies count.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    wanted, query = tuple(metrics), ""
    region = Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    for alarm in graph.all(Alarm, within=region):
        for metric, key in watched(alarm, graph):
            if key == endpoint.key and metric.metric_name in (*wanted, *OF_QUEUE):
                return Pass()
        query = query or (alarm.name if queries(alarm) else "")
    if query:
        raise Unobserved(query, "it watches what a query finds; which endpoints that is cannot be told")
    return Fail(f"has no alarm on {' or '.join(wanted)}; create one, in microseconds, with an action ({where})")


_PROD = Endpoint(name="fraud-prod", tags={}, status="InService")


def _alarm(metric: str, endpoint: str = "fraud-prod") -> Alarm:
    return Alarm(metric_name=metric, endpoints=(Ref(Endpoint, endpoint),), components=(), math=())


def _math(*inputs: MathMetric) -> Alarm:
    return Alarm(metric_name=None, endpoints=(), components=(), math=inputs)


_BAND = _math(
    MathMetric(metric_name="ModelLatency", endpoints=(Ref(Endpoint, "fraud-prod"),)),
    MathMetric(expression="ANOMALY_DETECTION_BAND(m1, 2)"),
)
_OF_COMPONENT = Alarm(
    metric_name="ModelLatency", endpoints=(), components=(Ref(InferenceComponent, "letters"),), math=()
)
_COMPONENT = InferenceComponent(name="letters", endpoint=Ref(Endpoint, "fraud-prod"))

endpoint_no_latency_alarm.cases(
    passes=[
        case(_PROD, _alarm("ModelLatency"), unread=[InferenceComponent]),
        case(_PROD, _alarm("TimeInBacklog")),
        case(_PROD, _BAND),
        case(_PROD, _OF_COMPONENT, _COMPONENT),
        case(_PROD, _alarm("Invocations"), metrics=["Invocations"]),
    ],
    fails=[
        _PROD,
        case(_PROD, _alarm("Invocation5XXErrors")),
        case(_PROD, _alarm("ModelLatency", "another")),
        case(_PROD, _OF_COMPONENT),
    ],
    unknown=[
        Endpoint(),
        case(_PROD, unread=[Alarm]),
        case(_PROD, _OF_COMPONENT, unread=[InferenceComponent]),
        case(_PROD, _math(MathMetric(expression='SELECT MAX(ModelLatency) FROM SCHEMA("AWS/SageMaker")'))),
        case(_PROD, Alarm(name="unseen", metric_name="ModelLatency")),
    ],
    not_applicable=[
        Endpoint(name="fraud-dev", tags={}, status="InService"),
        Endpoint(name="fraud-prod", tags={}, status="Failed"),
    ],
)
