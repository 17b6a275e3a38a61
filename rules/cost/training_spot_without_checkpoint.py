"""Interruptible training that can go on where it was interrupted."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner import Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TrainingJob


@rule(
    severity="high",
    proves=("MLCOST04_BP10", "MLCOST04_BP06"),
    reads=(TrainingJob.managed_spot, TrainingJob.checkpoint_bucket),
)
def training_spot_without_checkpoint(job: TrainingJob) -> Verdict:
    """Training on spot capacity must write checkpoints.

    Spot capacity is taken back at short notice. A job without checkpoints then begins anew, and pays for the lost hours
    a second time. A job on demand is not interrupted, and short ones may do without.
    """
    if not job.managed_spot:
        return NotApplicable("does not run on spot capacity")
    if job.checkpoint_bucket is None:
        return Fail("ran on spot capacity without checkpoints; give the next of its family a CheckpointConfig")
    return Pass()


_BUCKET = Ref(Bucket, "s3://churn-checkpoints/2026")

training_spot_without_checkpoint.cases(
    passes=[TrainingJob(managed_spot=True, checkpoint_bucket=_BUCKET)],
    fails=[TrainingJob(managed_spot=True, checkpoint_bucket=None)],
    unknown=[TrainingJob(), TrainingJob(managed_spot=True)],
    not_applicable=[TrainingJob(managed_spot=False)],
)
