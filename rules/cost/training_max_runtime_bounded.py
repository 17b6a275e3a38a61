"""Training whose limit would stop nothing."""

from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner.sagemaker import TrainingJob

BY_DEFAULT = 24 * 3600  # what SageMaker takes where a request names no limit


@rule(
    severity="low",
    confidence="medium",
    proves=("MLCOST04_BP06",),
    supports=("MLCOST04_BP08",),
    presumes="a training job that completed",
    reads=(TrainingJob.status, TrainingJob.training_seconds, TrainingJob.max_runtime),
)
def training_max_runtime_bounded(job: TrainingJob, *, times: float = 5, hours: float = 4) -> Verdict:
    """The limit of a training job must be near to what it takes.

    A job that hangs bills until its limit. A day, which is what SageMaker takes by itself, stops a job of half an hour
    forty-eight times too late. A limit counts as one below five times what the newest run of a family took (`times`),
    and in any case below four hours (`hours`).
    """
    if job.status != "Completed" or job.training_seconds is None:
        return NotApplicable(f"did not complete ({job.status})")
    limit = job.max_runtime if job.max_runtime is not None else BY_DEFAULT
    if limit <= max(times * job.training_seconds, hours * 3600):
        return Pass()
    return Fail(
        f"took {job.training_seconds // 60} minutes and might have run for {limit // 3600} hours; "
        "give the next of its family a nearer MaxRuntimeInSeconds"
    )


def _job(
    minutes: int | None, limit: float | None, status: Literal["Completed", "Failed", "InProgress"] = "Completed"
) -> TrainingJob:
    given: dict[str, Any] = {"training_seconds": None if minutes is None else 60 * minutes}
    return TrainingJob(status=status, max_runtime=None if limit is None else int(3600 * limit), **given)


training_max_runtime_bounded.cases(
    passes=[_job(48, 4), _job(120, 10), _job(300, None), _job(1, 2), case(_job(30, 24), times=50)],
    fails=[_job(30, 24), _job(120, 11), _job(30, None), case(_job(30, 3), hours=1)],
    unknown=[TrainingJob(), TrainingJob(status="Completed"), TrainingJob(status="Completed", training_seconds=60)],
    not_applicable=[_job(30, 24, "Failed"), _job(None, 24, "InProgress")],
)
