"""Deployments that go on before their alarms can fire."""

from collections.abc import Iterator

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import PARTS, parts
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="high",
    proves=("MLREL04_BP02", "MLRAI04_BP05"),
    presumes="a rollback alarm",
    reads=(
        *(Endpoint.rollback_alarms, Endpoint.bake_seconds, Endpoint.rolling_wait),
        *(*PARTS, Alarm.period, Alarm.math, Alarm.evaluation_periods, Alarm.datapoints_to_alarm),
    ),
)
def deploy_bake_time_shorter_than_alarm(endpoint: Endpoint, graph: Graph, *, publish_seconds: int = 60) -> Verdict:
    """A step of a deployment must last longer than its alarms need to fire.

    SageMaker looks at the alarms while a step bakes. One that needs longer fires when the bad version has all of the
    traffic and the old fleet is going. It needs its periods, as many as must breach, and `publish_seconds` until
    CloudWatch has the metric.
    """
    if not endpoint.rollback_alarms:
        return NotApplicable("names no rollback alarm in its last deployment")
    bake = endpoint.bake_seconds if endpoint.bake_seconds is not None else endpoint.rolling_wait
    if bake is None:
        raise Unobserved(endpoint.name, "AWS left out how long a step of its last deployment baked")
    judged, unsure = False, ""
    for reference in endpoint.rollback_alarms:
        alarm = graph.to(reference)
        if isinstance(alarm, Missing):
            continue
        needs = [seconds + publish_seconds for seconds in _seconds(alarm, graph)]
        if needs and min(needs) > bake:
            return Fail(
                f"baked {bake} s a step in its last deployment, where the alarm {alarm.name} needs {min(needs)} s; "
                "lengthen the WaitIntervalInSeconds of its pipeline, or shorten the alarm's periods"
            )
        if needs and max(needs) > bake:
            unsure = f"only some of the alarms that {alarm.name} is made of fit into a step of {bake} s"
        judged = judged or bool(needs)
    if unsure:
        raise Unobserved(endpoint.name, unsure)
    return Pass() if judged else NotApplicable("names only rollback alarms that do not exist")


def _seconds(alarm: Alarm, graph: Graph) -> Iterator[int]:
    """How long each part of an alarm must breach before it fires.

    Raises:
        Unobserved: a part has no periods of its own.
    """
    for part in parts(alarm, graph):
        periods = [p for p in (part.period, *(metric.period for metric in part.math)) if p is not None]
        count = part.datapoints_to_alarm or part.evaluation_periods
        if not periods or count is None:
            raise Unobserved(part.name, "AWS left out its periods")
        yield max(periods) * count


def _endpoint(bake: int | None, *alarms: str, rolling: int | None = None) -> Endpoint:
    names = alarms or ("errors",)
    return Endpoint(rollback_alarms=tuple(Ref(Alarm, name) for name in names), bake_seconds=bake, rolling_wait=rolling)


def _alarm(period: int | None, count: int, *, name: str = "errors", of: int | None = None) -> Alarm:
    return Alarm(
        name=name,
        composite_rule=None,
        period=period,
        math=(),
        evaluation_periods=of or count,
        datapoints_to_alarm=count if of else None,
    )


def _math(*periods: int) -> Alarm:
    metrics = (MathMetric(expression="a/b"), *(MathMetric(metric_name="Invocations", period=p) for p in periods))
    return Alarm(
        name="errors", composite_rule=None, period=None, math=metrics, evaluation_periods=2, datapoints_to_alarm=None
    )


_ANY = Alarm(name="any", composite_rule='ALARM("fast") OR ALARM("slow")')
_FAST, _SLOW = _alarm(60, 2, name="fast"), _alarm(300, 3, name="slow")

deploy_bake_time_shorter_than_alarm.cases(
    passes=[
        case(_endpoint(600), _alarm(60, 3)),
        case(_endpoint(180), _alarm(60, 2, of=5)),
        case(_endpoint(660), _math(60, 300)),
        case(_endpoint(None, rolling=300), _alarm(60, 3)),
        case(_endpoint(1000, "any", "deleted"), _ANY, _FAST, _SLOW),
    ],
    fails=[
        case(_endpoint(0), _alarm(60, 1)),
        case(_endpoint(600), _alarm(300, 2)),
        case(_endpoint(600), _math(60, 300)),
        case(_endpoint(600, "fast", "slow"), _FAST, _SLOW),
        case(_endpoint(120, "any"), _ANY, _FAST, _SLOW),
        case(_endpoint(None, rolling=60), _alarm(60, 3)),
    ],
    unknown=[
        Endpoint(),
        case(_endpoint(None), _alarm(60, 3)),
        case(_endpoint(600), unread=[Alarm]),
        case(_endpoint(600), _alarm(None, 3)),
        case(_endpoint(600, "any"), _ANY, _FAST, _SLOW),
    ],
    not_applicable=[Endpoint(rollback_alarms=()), _endpoint(600, "deleted")],
)
