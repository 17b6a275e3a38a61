"""Checkpoints that stay when the training is long over."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.s3 import Bucket, LifecycleRule, Transition
from mllens.scanner.sagemaker import TrainingJob


@rule(
    severity="low",
    proves=("MLSUS04_BP03",),
    supports=("MLCOST04_BP10",),
    presumes="a training job that writes checkpoints",
    reads=(TrainingJob.checkpoint_bucket, Bucket, Bucket.lifecycle),
)
def training_checkpoint_bucket_lifecycle(job: TrainingJob, graph: Graph) -> Verdict:
    """Checkpoints of training must expire, or move to an archive, by a rule of their bucket.

    Checkpoints serve to go on after an interruption. Each is as large as the model, there are many, and nobody looks
    at them once the job has its result. Keep what rollback and audits need elsewhere.
    """
    if job.checkpoint_bucket is None:
        return NotApplicable("writes no checkpoints")
    bucket = graph.to(job.checkpoint_bucket)
    if isinstance(bucket, Missing):
        return NotApplicable(f"wrote checkpoints to {bucket.key.name}, a bucket that no longer exists")
    address = job.checkpoint_bucket.value
    if not address.startswith("s3://"):
        raise Unobserved(bucket.name, f"which of its prefixes {address} means is not known")
    path = address.removeprefix(f"s3://{bucket.name}").removeprefix("/")
    covering = [entry for entry in bucket.lifecycle if _removes(entry) and path.startswith(_prefix(entry))]
    if any(not _filters(entry) for entry in covering):
        return Pass()
    if covering:
        raise Unobserved(
            bucket.name, "its lifecycle rules go by tags or sizes; whether they meet checkpoints is not known"
        )
    return Fail(f"writes checkpoints to {bucket.name}, which no lifecycle rule for {path or 'all'} removes; add one")


def _removes(entry: LifecycleRule) -> bool:
    acts = entry.expiration_days is not None or entry.expiration_date is not None
    archives = any(t.storage_class in {"GLACIER", "DEEP_ARCHIVE"} for t in entry.transitions)
    return entry.status == "Enabled" and (acts or archives)


def _prefix(entry: LifecycleRule) -> str:
    return entry.prefix or entry.prefix_and or entry.prefix_of_old or ""


def _filters(entry: LifecycleRule) -> bool:
    named = entry.tag is not None or bool(entry.tags_and)
    return named or entry.larger_than is not None or entry.smaller_than is not None


def _bucket(*entries: LifecycleRule) -> Bucket:
    return Bucket(name="scratch", lifecycle=entries)


def _rule(prefix: str | None, *, days: int | None = 30, tag: str | None = None) -> LifecycleRule:
    return LifecycleRule(status="Enabled", prefix=prefix, expiration_days=days, tag=tag)


_JOB = TrainingJob(checkpoint_bucket=Ref(Bucket, "s3://scratch/churn/checkpoints/"))
_ARCHIVED = LifecycleRule(status="Enabled", transitions=(Transition(storage_class="DEEP_ARCHIVE", days=7),))

training_checkpoint_bucket_lifecycle.cases(
    passes=[
        case(_JOB, _bucket(_rule("churn/"))),
        case(_JOB, _bucket(_rule(None))),
        case(_JOB, _bucket(LifecycleRule(status="Enabled", prefix_of_old="churn", expiration_days=9))),
        case(_JOB, _bucket(_rule("churn/", tag="kind"), _ARCHIVED)),
        case(TrainingJob(checkpoint_bucket=Ref(Bucket, "s3://scratch")), _bucket(_rule(""))),
    ],
    fails=[
        case(_JOB, _bucket()),
        case(_JOB, _bucket(_rule("fraud/"))),
        case(_JOB, _bucket(_rule("churn/checkpoints/old/"))),
        case(_JOB, _bucket(_rule("churn/", days=None))),
        case(_JOB, _bucket(LifecycleRule(status="Disabled", expiration_days=30))),
    ],
    unknown=[
        TrainingJob(),
        case(_JOB, unread=[Bucket]),
        case(TrainingJob(checkpoint_bucket=Ref(Bucket, "https://scratch.s3.amazonaws.com/x/")), _bucket()),
        case(_JOB, Bucket(name="scratch")),
        case(_JOB, _bucket(_rule("churn/", tag="kind"))),
    ],
    not_applicable=[TrainingJob(checkpoint_bucket=None), _JOB],
)
