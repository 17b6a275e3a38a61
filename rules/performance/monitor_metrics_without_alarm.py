"""Monitoring whose findings nobody is told of."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import queries
from mllens.rules.in_production import LIVE
from mllens.rules.monitoring import watches
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.events import Rule as EventRule
from mllens.scanner.sagemaker import Endpoint, MonitoringSchedule


@rule(
    severity="high",
    proves=("MLPERF06_BP04", "MLRAI05_BP05"),
    supports=("MLOPS06_BP02",),
    presumes="an active monitoring schedule of what serves production",
    reads=(
        *(MonitoringSchedule.status, MonitoringSchedule.endpoint, Endpoint, *LIVE),
        *(Alarm, Alarm.schedules, Alarm.math, EventRule, EventRule.state, EventRule.pattern),
    ),
)
def monitor_metrics_without_alarm(
    schedule: MonitoringSchedule, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """An alarm must watch what an active monitoring schedule finds.

    Model Monitor writes drift down as metrics and reports; nobody reads them day by day. An alarm on any metric of the
    schedule counts. Whether somebody answers it is for other rules and for people to say.
    """
    if schedule.status != "Scheduled":
        return NotApplicable(f"is not active ({schedule.status})")
    found = watches(schedule, graph, production)
    if isinstance(found, NotApplicable):
        return found
    for _ in graph.into(schedule, Alarm):
        return Pass()
    region = Region(name=schedule.region, account=schedule.account, region=schedule.region)
    for alarm in graph.all(Alarm, within=region):
        if queries(alarm):
            raise Unobserved(alarm.name, "it watches what a query finds; whether a schedule's metrics cannot be told")
    for listener in graph.all(EventRule, within=region):
        if listener.state != "DISABLED" and _hears_runs(listener.pattern):
            raise Unobserved(
                listener.name, "it passes on how jobs end; whether somebody learns of violations by it cannot be told"
            )
    return Fail(
        f"finds what no alarm watches; put one on its metrics, by the dimension MonitoringSchedule, with an action ({found[1]})"
    )


def _hears_runs(pattern: Any) -> bool:
    """Whether an event about the processing job of a run may match."""
    if not isinstance(pattern, Mapping):
        return False
    sources, kinds = pattern.get("source"), pattern.get("detail-type")
    return _takes(sources, "aws.sagemaker") and _takes(kinds, "SageMaker Processing Job State Change")


def _takes(accepted: Any, value: str) -> bool:
    if not isinstance(accepted, list):
        return True
    return value in accepted or any(isinstance(one, Mapping) for one in accepted)


_PROD = Endpoint(name="churn-prod", tags={}, status="InService")


def _schedule(
    status: Literal["Scheduled", "Stopped"] = "Scheduled", endpoint: str | None = "churn-prod"
) -> MonitoringSchedule:
    watches = Ref(Endpoint, endpoint) if endpoint else None
    return MonitoringSchedule(name="drift", status=status, endpoint=watches)


def _alarm(schedule: str) -> Alarm:
    return Alarm(name="drifted", schedules=(Ref(MonitoringSchedule, schedule),), math=())


def _math(**values: Any) -> Alarm:
    return Alarm(name="any", schedules=(), math=(MathMetric(**values),))


def _listener(*kinds: Any, state: Literal["ENABLED", "DISABLED"] = "ENABLED") -> EventRule:
    return EventRule(
        name="jobs",
        state=state,
        pattern={"source": ["aws.sagemaker"], **({"detail-type": list(kinds)} if kinds else {})},
    )


_ENDED = "SageMaker Processing Job State Change"

monitor_metrics_without_alarm.cases(
    passes=[
        case(_schedule(), _PROD, _alarm("drift"), unread=[EventRule]),
        case(_schedule(), _PROD, _math(schedules=(Ref(MonitoringSchedule, "drift"),))),
        case(_schedule(endpoint=None), _alarm("drift")),
    ],
    fails=[
        case(_schedule(), _PROD),
        case(_schedule(), _PROD, _alarm("another")),
        case(_schedule(endpoint=None), _listener("SageMaker Model Package State Change")),
        case(_schedule(), _PROD, _listener(_ENDED, state="DISABLED")),
        case(_schedule(), _PROD, EventRule(name="nightly", state="ENABLED", pattern=None)),
    ],
    unknown=[
        MonitoringSchedule(),
        case(_schedule(), _PROD, unread=[Alarm]),
        case(_schedule(), _PROD, unread=[EventRule]),
        case(_schedule(), unread=[Endpoint]),
        case(_schedule(), _PROD, _math(expression="SELECT MAX(feature_drift) FROM x")),
        case(_schedule(), _PROD, _listener(_ENDED)),
        case(_schedule(), _PROD, _listener()),
        case(_schedule(), _PROD, _listener({"prefix": "SageMaker"})),
    ],
    not_applicable=[
        _schedule("Stopped"),
        _schedule(),
        case(_schedule(), Endpoint(name="churn-prod", tags={"stage": "test"}, status="InService")),
    ],
)
