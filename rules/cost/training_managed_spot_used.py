"""Training that pays the full price although it could wait."""

from collections.abc import Iterable
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner.sagemaker import TrainingJob


@rule(
    severity="low",
    confidence="low",
    proves=("MLCOST04_BP06",),
    reads=(
        *(TrainingJob.managed_spot, TrainingJob.training_seconds, TrainingJob.training_plan),
        *(TrainingJob.keep_alive_seconds, TrainingJob.instance_type, TrainingJob.group_types, TrainingJob.tags),
    ),
)
def training_managed_spot_used(
    job: TrainingJob, *, minutes: int = 15, urgent: Iterable[str] = ("deadline", "urgent")
) -> Verdict:
    """Training that may be interrupted must use managed spot capacity.

    Spot capacity costs a fraction of the same instances on demand. Short jobs save little, warm pools and training
    plans exclude it, and what has a deadline cannot wait: a tag with one of the words in `urgent` says so.
    """
    if job.managed_spot:
        return Pass()
    if (why := _cannot(job, minutes, {word.lower() for word in urgent})) is not None:
        return NotApplicable(why)
    assert job.training_seconds is not None  # else it could not
    return Fail(
        f"trained for {job.training_seconds // 60} minutes on demand; run the next of its family with "
        "EnableManagedSpotTraining and checkpoints, or tag it deadline"
    )


def _cannot(job: TrainingJob, minutes: int, urgent: set[str]) -> str | None:
    """Why a job cannot be interrupted, or gains nothing by it."""
    if job.training_seconds is None:
        return "has not trained yet"
    if job.training_seconds <= minutes * 60:
        return f"trained for {job.training_seconds} seconds only"
    if job.training_plan is not None:
        return "runs on a training plan"
    if job.keep_alive_seconds:
        return "keeps its instances in a warm pool"
    if job.instance_type is None and not job.group_types:
        return "runs on no instances of its own"
    return "has a deadline by its tags" if any(t.lower() in urgent for tag in job.tags.items() for t in tag) else None


def _job(**more: Any) -> TrainingJob:
    given: dict[str, Any] = {
        "training_seconds": 7200,
        "training_plan": None,
        "keep_alive_seconds": None,
        "group_types": (),
        "tags": {},
    }
    return TrainingJob(managed_spot=False, **{**given, "instance_type": "ml.g5.2xlarge", **more})


training_managed_spot_used.cases(
    passes=[TrainingJob(managed_spot=True)],
    fails=[_job(), _job(keep_alive_seconds=0), _job(instance_type=None, group_types=("ml.g5.2xlarge",))],
    unknown=[TrainingJob(), TrainingJob(managed_spot=False)],
    not_applicable=[
        _job(training_seconds=900),
        _job(training_seconds=None),
        _job(training_plan="arn:aws:sagemaker:us-east-1:111122223333:training-plan/p"),
        _job(keep_alive_seconds=1800),
        _job(instance_type=None),
        _job(tags={"Deadline": "friday"}),
        case(_job(tags={"priority": "now"}), urgent=["now"]),
    ],
)
