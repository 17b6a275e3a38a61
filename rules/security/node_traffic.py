"""Traffic between the instances of one job: training, processing, monitoring runs."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.monitoring import DEFINITION, KINDS, definition_of
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import InlineDefinition, MonitoringSchedule, TrainingJob
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_monitoring import DataQualityJobDefinition, ModelBiasJobDefinition

PRACTICES = ("MLSEC04_BP02", "MLRAI03_BP03")


def _judged(nodes: int, remedy: str, *, encrypted: bool) -> Verdict:
    if nodes == 1:
        return NotApplicable("runs on one instance")
    if encrypted:
        return Pass()
    return Fail(f"runs on {nodes} instances, and what they send each other is not encrypted; {remedy}")


@rule(
    severity="medium",
    proves=PRACTICES,
    reads=(TrainingJob.instance_count, TrainingJob.group_counts, TrainingJob.traffic_encryption),
    name="training-inter-container-encryption",
)
def training(job: TrainingJob) -> Verdict:
    """Training on several instances must encrypt what the instances send each other.

    Gradients and weights travel between the instances many times a second, and examples of the data can be computed
    back from gradients. Whoever can see that traffic sees the model. One instance has nobody to talk to. The newest
    job of each family counts, those of tuning too.
    """
    nodes = job.instance_count or sum(job.group_counts)
    if not nodes:
        return NotApplicable("names no instances of its own")
    remedy = "run the next of its family with EnableInterContainerTrafficEncryption"
    return _judged(nodes, remedy, encrypted=job.traffic_encryption)


@rule(
    severity="medium",
    proves=PRACTICES,
    reads=(ProcessingJob.instance_count, ProcessingJob.schedule_arn, ProcessingJob.traffic_encryption),
    name="processing-encryption",
)
def processing(job: ProcessingJob) -> Verdict:
    """Processing on several instances must encrypt what the instances send each other.

    Spark and its like move whole tables between instances, raw personal data among them. One instance has nobody to
    talk to. Runs of monitoring schedules are judged by their schedule. Keys of volumes and outputs are not judged here.
    """
    if job.schedule_arn is not None:
        return NotApplicable("is a run of a monitoring schedule, which is judged itself")
    if job.instance_count is None:
        return NotApplicable("names no instances of its own")
    remedy = "set EnableInterContainerTrafficEncryption in the NetworkConfig of the next"
    return _judged(job.instance_count, remedy, encrypted=job.traffic_encryption)


@rule(
    severity="medium",
    proves=PRACTICES,
    reads=(
        *(MonitoringSchedule.status, *DEFINITION),
        *(field for kind in KINDS.values() for field in (kind.instance_count, kind.traffic_encryption)),
    ),
    name="monitor-schedule-traffic-encryption",
)
def monitoring(schedule: MonitoringSchedule, graph: Graph) -> Verdict:
    """Monitoring jobs on several instances must encrypt what the instances send each other.

    They read what production was asked and what it answered, and pass it around to count it. One instance has nobody
    to talk to; a schedule that is stopped runs nothing. The setting is followed to the definition that a schedule names.
    """
    if schedule.status in {"Stopped", "Failed"}:
        return NotApplicable(f"is not active ({schedule.status})")
    settings = definition_of(schedule, graph)
    if isinstance(settings, Missing):
        raise Unobserved(settings.key.name, "the definition was deleted; the settings of its jobs cannot be told")
    what = "its NetworkConfig" if isinstance(settings, InlineDefinition) else f"a new definition for {settings.name}"
    remedy = f"set EnableInterContainerTrafficEncryption in {what}"
    return _judged(settings.instance_count, remedy, encrypted=settings.traffic_encryption)


def _training(count: int | None, *groups: int, encrypted: bool = False) -> TrainingJob:
    return TrainingJob(instance_count=count, group_counts=groups, traffic_encryption=encrypted)


training.cases(
    passes=[_training(4, encrypted=True), _training(None, 1, 2, encrypted=True)],
    fails=[_training(4), _training(None, 1, 1)],
    unknown=[TrainingJob(), TrainingJob(instance_count=2)],
    not_applicable=[_training(1), _training(None, 1), _training(None)],
)


def _processing(count: int | None, *, encrypted: bool = False, of: str | None = None) -> ProcessingJob:
    return ProcessingJob(instance_count=count, traffic_encryption=encrypted, schedule_arn=of)


processing.cases(
    passes=[_processing(5, encrypted=True)],
    fails=[_processing(5)],
    unknown=[ProcessingJob(), ProcessingJob(schedule_arn=None), ProcessingJob(schedule_arn=None, instance_count=2)],
    not_applicable=[
        _processing(1),
        _processing(None),
        _processing(5, of="arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/drift"),
    ],
)


def _inline(nodes: int, status: Any = "Scheduled", *, encrypted: bool = False) -> MonitoringSchedule:
    settings = InlineDefinition(instance_count=nodes, traffic_encryption=encrypted)
    return MonitoringSchedule(status=status, definition=None, inline=settings)


def _named(kind: str) -> MonitoringSchedule:
    references: dict[str, Any] = {other: Ref(cls, "drift") if other == kind else None for other, cls in KINDS.items()}
    types: Any = dict(zip(KINDS, ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"), strict=True))
    return MonitoringSchedule(
        status="Scheduled", monitoring_type=types[kind], definition="drift", inline=None, **references
    )


monitoring.cases(
    passes=[
        _inline(2, encrypted=True),
        *(case(_named(k), cls(name="drift", instance_count=2, traffic_encryption=True)) for k, cls in KINDS.items()),
    ],
    fails=[
        _inline(2),
        _inline(2, "Pending"),
        *(case(_named(k), cls(name="drift", instance_count=2, traffic_encryption=False)) for k, cls in KINDS.items()),
        case(
            _named("model_bias"),
            DataQualityJobDefinition(name="drift", instance_count=1, traffic_encryption=False),
            ModelBiasJobDefinition(name="drift", instance_count=2, traffic_encryption=False),
        ),
    ],
    unknown=[
        MonitoringSchedule(),
        _named("data_quality"),
        case(_named("data_quality"), unread=[DataQualityJobDefinition]),
        case(_named("model_bias"), ModelBiasJobDefinition(name="drift", instance_count=2)),
        MonitoringSchedule(status="Scheduled", definition=None, inline=None),
    ],
    not_applicable=[_inline(1), _inline(2, "Stopped"), _inline(2, "Failed")],
)
