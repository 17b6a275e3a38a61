"""Monitors that are scheduled and never did their work."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Ref
from mllens.scanner.sagemaker import MonitoringExecution, MonitoringSchedule


@rule(
    severity="high",
    proves=("MLPERF06_BP03",),
    supports=("MLRAI06_BP06",),
    presumes="an active monitoring schedule",
    reads=(
        *(MonitoringSchedule.status, MonitoringSchedule.created),
        *(MonitoringExecution.schedule, MonitoringExecution.status, MonitoringExecution.scheduled),
    ),
)
def monitor_never_ran(schedule: MonitoringSchedule, graph: Graph, *, grace_hours: int = 48) -> Verdict:
    """An active monitoring schedule must have completed a run.

    A schedule whose runs all fail, or never start, looks like monitoring and notices nothing. Daily schedules get two
    days (`grace_hours`) for their first run.
    """
    if schedule.status != "Scheduled":
        return NotApplicable(f"is not active ({schedule.status})")
    last: tuple[datetime, str] | None = None
    for run in graph.into(schedule, MonitoringExecution):
        if run.status in {"Completed", "CompletedWithViolations"}:
            return Pass()
        last = max(last or (run.scheduled, run.status), (run.scheduled, run.status))
    if schedule.created > graph.now - timedelta(hours=grace_hours):
        return NotApplicable(f"was created on {schedule.created:%Y-%m-%d}, within its first {grace_hours} hours")
    ended = f"the last run, of {last[0]:%Y-%m-%d}, is {last[1]}" if last else "none was ever started"
    return Fail(f"is active since {schedule.created:%Y-%m-%d} and never completed a run ({ended}); repair or stop it")


def _run(
    number: int, status: Literal["Completed", "CompletedWithViolations", "Failed", "InProgress", "Stopped"]
) -> MonitoringExecution:
    return MonitoringExecution(
        name=f"drift/{number}",
        schedule=Ref(MonitoringSchedule, "drift"),
        status=status,
        scheduled=datetime(2026, 10, number, tzinfo=UTC),
    )


_ACTIVE = MonitoringSchedule(name="drift", status="Scheduled", created=datetime(2026, 9, 1, tzinfo=UTC))
_NEW = MonitoringSchedule(name="drift", status="Scheduled", created=datetime(2026, 10, 31, tzinfo=UTC))

monitor_never_ran.cases(
    passes=[
        case(_ACTIVE, _run(1, "Completed"), _run(2, "Failed")),
        case(_ACTIVE, _run(1, "CompletedWithViolations"), unread=[MonitoringExecution]),
    ],
    fails=[
        _ACTIVE,
        case(_ACTIVE, _run(1, "Failed"), _run(2, "Stopped")),
        case(_NEW, grace_hours=24),
    ],
    unknown=[
        MonitoringSchedule(),
        case(_ACTIVE, _run(1, "Failed"), unread=[MonitoringExecution]),
        case(_ACTIVE, MonitoringExecution(name="unseen", status="Completed")),
    ],
    not_applicable=[MonitoringSchedule(status="Stopped"), _NEW, case(_NEW, _run(31, "InProgress"))],
)
