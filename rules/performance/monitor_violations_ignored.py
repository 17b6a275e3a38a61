"""Monitoring that finds something again and again, and nothing follows."""

from datetime import UTC, datetime
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.sagemaker import Endpoint, MonitoringExecution, MonitoringSchedule

TOLD = ("Completed", "CompletedWithViolations")  # runs that failed say nothing of the data


@rule(
    severity="high",
    confidence="medium",
    proves=("MLPERF06_BP04",),
    supports=("MLOPS06_BP02", "MLRAI06_BP06"),
    presumes="an active monitoring schedule with runs",
    reads=(
        *(MonitoringSchedule.status, MonitoringSchedule.last_modified, MonitoringSchedule.endpoint),
        *(MonitoringExecution.schedule, MonitoringExecution.status, MonitoringExecution.scheduled),
        *(Endpoint, Endpoint.last_modified),
    ),
)
def monitor_violations_ignored(schedule: MonitoringSchedule, graph: Graph, *, runs: int = 3) -> Verdict:
    """Violations that a monitor finds run after run must be answered.

    Whoever sees the same violation every day and does nothing will not see the next one. The answer may be a new model,
    or a new baseline where the data rightly changed: either shows as a change of the endpoint or of the schedule. One
    or two runs with violations are no neglect.
    """
    if schedule.status != "Scheduled":
        return NotApplicable(f"is not active ({schedule.status})")
    ended = [
        (run.scheduled, run.status)
        for run in graph.into(schedule, MonitoringExecution, bounded=True)
        if run.status in TOLD
    ]
    if not ended:
        return NotApplicable("has no run that compared anything")
    unanswered: list[datetime] = []
    for scheduled, status in sorted(ended, reverse=True):
        if status != "CompletedWithViolations":
            break
        unanswered.append(scheduled)
    if len(unanswered) < runs:
        return Pass()
    first = unanswered[-1]
    endpoint = graph.to(schedule.endpoint)
    if isinstance(endpoint, Missing):
        return NotApplicable(f"watches {endpoint.key.name}, which no longer exists")
    if schedule.last_modified > first or (endpoint is not None and endpoint.last_modified > first):
        return Pass()
    return Fail(
        f"found violations in each of its last {len(unanswered)} runs, since {first:%Y-%m-%d}, "
        f"and neither it nor what it watches changed; retrain, or renew the baseline if the data rightly changed"
    )


def _on(day: int) -> datetime:
    return datetime(2026, 10, day, tzinfo=UTC)


def _run(
    day: int, status: Literal["Completed", "CompletedWithViolations", "Failed", "InProgress"]
) -> MonitoringExecution:
    return MonitoringExecution(
        name=f"drift/{day}", schedule=Ref(MonitoringSchedule, "drift"), status=status, scheduled=_on(day)
    )


def _violations(*days: int) -> tuple[MonitoringExecution, ...]:
    return tuple(_run(day, "CompletedWithViolations") for day in days)


def _schedule(*, changed: int = 1, endpoint: bool = True) -> MonitoringSchedule:
    watches = Ref(Endpoint, "churn-prod") if endpoint else None
    return MonitoringSchedule(name="drift", status="Scheduled", last_modified=_on(changed), endpoint=watches)


def _endpoint(changed: int = 1) -> Endpoint:
    return Endpoint(name="churn-prod", last_modified=_on(changed))


monitor_violations_ignored.cases(
    passes=[
        case(_schedule(), *_violations(10, 11, 12), _run(13, "Completed"), _endpoint()),
        case(_schedule(), _run(10, "Completed"), *_violations(11, 12), unread=[Endpoint]),
        case(_schedule(), *_violations(10, 11, 12), _endpoint(12)),
        case(_schedule(changed=12), *_violations(10, 11, 12), _endpoint()),
    ],
    fails=[
        case(_schedule(), *_violations(10, 11, 12), _run(13, "InProgress"), _endpoint(9)),
        case(_schedule(endpoint=False), _run(9, "Completed"), *_violations(10, 11, 12), _run(13, "Failed")),
        case(_schedule(), *_violations(11, 12), _endpoint(), runs=2),
    ],
    unknown=[
        MonitoringSchedule(),
        case(_schedule(), *_violations(10, 11, 12), _endpoint(), unread=[MonitoringExecution]),
        case(_schedule(), *_violations(10, 11, 12), Endpoint(name="churn-prod")),
    ],
    not_applicable=[
        MonitoringSchedule(status="Stopped"),
        _schedule(),
        case(_schedule(), _run(9, "Failed")),
        case(_schedule(), *_violations(10, 11, 12)),
    ],
)
