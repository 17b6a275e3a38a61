"""Monitoring schedules that do not monitor: stopped, failing, or without a baseline to compare with."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import LIVE
from mllens.rules.monitoring import DEFINITION, KINDS, definition_of, watches
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, InlineDefinition, MonitoringExecution, MonitoringSchedule
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_monitoring import ModelBiasJobDefinition

NO_DATA = ("job inputs had no data", "no s3 objects found")  # how a run says that nothing was captured for it
OF_AWS = (
    "/sagemaker-model-monitor-analyzer",
    "/sagemaker-clarify-processing",
)  # images that take their baseline as input


@rule(
    severity="high",
    proves=("MLPERF06_BP03",),
    supports=("MLRAI06_BP06",),
    presumes="a monitoring schedule of what serves production",
    reads=(
        *(MonitoringSchedule.status, MonitoringSchedule.expression, MonitoringSchedule.endpoint, *LIVE, Endpoint),
        *(MonitoringSchedule.monitoring_type, MonitoringSchedule.last_modified),
    ),
    name="monitor-schedule-stopped",
)
def stopped(schedule: MonitoringSchedule, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """The monitoring schedule of a production endpoint must be active.

    A schedule that was stopped, or that failed, is listed beside the others and notices nothing. One that ran once by
    design, one whose endpoint is gone, and one that another of the same type replaced, may rest.
    """
    if schedule.status == "Scheduled":
        return Pass()
    if schedule.status == "Pending":
        return NotApplicable("is being set up")
    if schedule.expression in {None, "NOW"}:
        return NotApplicable("was to run once")
    found = watches(schedule, graph, production)
    if isinstance(found, NotApplicable):
        return found
    endpoint, where = found
    if endpoint is not None:
        for other in graph.into(endpoint, MonitoringSchedule, MonitoringSchedule.endpoint):
            if other.status == "Scheduled" and other.monitoring_type == schedule.monitoring_type:
                return NotApplicable(f"was replaced by {other.name}")
    return Fail(
        f"is {schedule.status}, last changed on {schedule.last_modified:%Y-%m-%d}; start it again, "
        f"or delete it where something else took its place ({where})"
    )


@rule(
    severity="high",
    proves=("MLPERF06_BP03",),
    supports=("MLRAI06_BP06",),
    presumes="an active monitoring schedule",
    reads=(
        *(MonitoringSchedule.status, MonitoringExecution.schedule, MonitoringExecution.scheduled),
        *(MonitoringExecution.status, MonitoringExecution.failure_reason),
    ),
    name="monitor-last-run-failed",
)
def last_run_failed(schedule: MonitoringSchedule, graph: Graph) -> Verdict:
    """The last run of an active monitoring schedule must not have failed.

    Since that run nothing compares live data with the baseline, and nobody is told. Runs that found nothing captured
    are no failure of the monitor: an endpoint may rest. What runs still, or was stopped by hand, is passed over.
    """
    if schedule.status != "Scheduled":
        return NotApplicable(f"is not active ({schedule.status})")
    ended = {"Completed", "CompletedWithViolations", "Failed"}
    runs = [run for run in graph.into(schedule, MonitoringExecution, bounded=True) if run.status in ended]
    if not runs:
        return NotApplicable("has no run that came to an end")
    last = max(runs, key=lambda run: run.scheduled)
    if last.status != "Failed":
        return Pass()
    if any(words in (last.failure_reason or "").lower() for words in NO_DATA):
        return NotApplicable(f"found nothing captured in its last run, of {last.scheduled:%Y-%m-%d}")
    good = max((run.scheduled for run in runs if run.status != "Failed"), default=None)
    since = f"the last that completed is of {good:%Y-%m-%d}" if good else "no run that was read has completed"
    return Fail(
        f"failed in its last run, of {last.scheduled:%Y-%m-%d} ({since}); mend what the run's FailureReason names"
    )


@rule(
    severity="high",
    proves=("MLPERF04_BP04", "MLPERF06_BP03"),
    supports=("MLRAI06_BP06",),
    presumes="an active monitoring schedule",
    reads=(
        *(MonitoringSchedule.status, *DEFINITION, *(kind.image for kind in KINDS.values())),
        *(f for kind in KINDS.values() for f in (kind.constraints, kind.baselining_job)),
    ),
    name="monitor-no-baseline",
)
def no_baseline(schedule: MonitoringSchedule, graph: Graph) -> Verdict:
    """An active monitoring schedule must have a baseline with constraints.

    Without one it counts and compares with nothing: runs complete, no violation is ever found, and drift goes unseen.
    A container of one's own may bring its baseline along.
    """
    if schedule.status != "Scheduled":
        return NotApplicable(f"is not active ({schedule.status})")
    settings = definition_of(schedule, graph)
    if isinstance(settings, Missing):
        return Fail(
            f"names the definition {settings.key.name}, which no longer exists; give it a new one with a baseline"
        )
    if settings.constraints is not None or settings.baselining_job is not None:
        return Pass()
    if not any(name in settings.image for name in OF_AWS):
        raise Unobserved(schedule.name, f"whether its own container {settings.image} holds a baseline cannot be told")
    by = "" if isinstance(settings, InlineDefinition) else f" by its definition {settings.name}"
    return Fail(
        f"compares with no baseline{by}; compute one from the training data of what serves, and name its constraints"
    )


def _on(number: int) -> datetime:
    return datetime(2026, 10, number, tzinfo=UTC)


Status = Literal["Pending", "Failed", "Scheduled", "Stopped"]


def _schedule(status: Status = "Stopped", name: str = "drift", **values: Any) -> MonitoringSchedule:
    usual = {
        "expression": "cron(0 * ? * * *)",
        "endpoint": Ref(Endpoint, "churn-prod"),
        "monitoring_type": "DataQuality",
    }
    return MonitoringSchedule(name=name, status=status, last_modified=_on(1), **{**usual, **values})


_PROD = Endpoint(name="churn-prod", tags={}, status="InService")

stopped.cases(
    passes=[_schedule("Scheduled")],
    fails=[
        case(_schedule(), _PROD),
        case(_schedule("Failed"), _PROD, _schedule("Scheduled", "bias", monitoring_type="ModelBias")),
        case(_schedule(), _PROD, _schedule("Stopped", "second")),
        _schedule(endpoint=None),
    ],
    unknown=[
        MonitoringSchedule(),
        case(_schedule(), unread=[Endpoint]),
        case(_schedule(), Endpoint(name="churn-prod")),
        case(_schedule(), _PROD, unread=[MonitoringSchedule]),
    ],
    not_applicable=[
        _schedule("Pending"),
        _schedule(expression="NOW"),
        _schedule(expression=None),
        _schedule(),
        case(_schedule(), Endpoint(name="churn-prod", tags={"stage": "test"}, status="InService")),
        case(_schedule(), Endpoint(name="churn-prod", tags={}, status="Failed")),
        case(_schedule(), _PROD, _schedule("Scheduled", "second")),
    ],
)


def _run(
    number: int,
    status: Literal["Completed", "CompletedWithViolations", "Failed", "InProgress", "Stopped"],
    reason: str | None = None,
) -> MonitoringExecution:
    return MonitoringExecution(
        name=f"drift/{number}",
        schedule=Ref(MonitoringSchedule, "drift"),
        status=status,
        scheduled=_on(number),
        failure_reason=reason,
    )


_ACTIVE = _schedule("Scheduled")

last_run_failed.cases(
    passes=[
        case(_ACTIVE, _run(1, "Failed"), _run(2, "CompletedWithViolations")),
        case(_ACTIVE, _run(1, "Failed"), _run(2, "Completed"), _run(3, "InProgress"), _run(4, "Stopped")),
    ],
    fails=[
        case(_ACTIVE, _run(1, "Completed"), _run(2, "Failed", "AlgorithmError: exit code 255")),
        case(_ACTIVE, _run(1, "Failed"), _run(2, "InProgress")),
    ],
    unknown=[
        MonitoringSchedule(),
        case(_ACTIVE, _run(1, "Failed"), unread=[MonitoringExecution]),
        case(_ACTIVE, MonitoringExecution(name="unseen", status="Completed")),
    ],
    not_applicable=[
        _schedule("Stopped"),
        _ACTIVE,
        case(_ACTIVE, _run(1, "Stopped")),
        case(_ACTIVE, _run(1, "Completed"), _run(2, "Failed", "Job inputs had no data")),
    ],
)

_IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
_OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/evidently:1"
_CONSTRAINTS = Ref(Bucket, "s3://churn-baselines/2/constraints.json")


def _inline(image: str = _IMAGE, **values: Any) -> MonitoringSchedule:
    return _schedule("Scheduled", definition=None, inline=InlineDefinition(image=image, **values))


def _named(kind: str, type_: str) -> MonitoringSchedule:
    references: dict[str, Any] = {other: Ref(cls, "drift") if other == kind else None for other, cls in KINDS.items()}
    return _schedule("Scheduled", monitoring_type=type_, definition="drift", inline=None, **references)


def _settings(kind: str, *, baseline: bool, job: str | None = None) -> Any:
    return KINDS[kind](
        name="drift",
        image=_CLARIFY,
        constraints=_CONSTRAINTS if baseline else None,
        baselining_job=Ref(ProcessingJob, job) if job else None,
    )


_TYPES = dict(zip(KINDS, ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"), strict=True))

no_baseline.cases(
    passes=[
        _inline(constraints=_CONSTRAINTS),
        _inline(_OWN, baselining_job=Ref(ProcessingJob, "baseline")),
        *(case(_named(kind, type_), _settings(kind, baseline=True)) for kind, type_ in _TYPES.items()),
        case(_named("model_bias", "ModelBias"), _settings("model_bias", baseline=False, job="baseline")),
    ],
    fails=[
        _inline(),
        *(case(_named(kind, type_), _settings(kind, baseline=False)) for kind, type_ in _TYPES.items()),
        case(
            _named("model_bias", "ModelBias"),
            _settings("data_quality", baseline=True),
            _settings("model_bias", baseline=False),
        ),
        _named("model_bias", "ModelBias"),
    ],
    unknown=[
        MonitoringSchedule(),
        MonitoringSchedule(status="Scheduled"),
        _inline(_OWN),
        case(_named("model_bias", "ModelBias"), unread=[ModelBiasJobDefinition]),
        case(_named("model_bias", "ModelBias"), ModelBiasJobDefinition(name="drift")),
    ],
    not_applicable=[_schedule("Stopped")],
)
