"""Training data that can be overwritten without a trace."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TrainingJob


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLOPS03_BP02", "MLREL02_BP03"),
    supports=("MLSEC04_BP03", "MLRAI08_BP03"),
    reads=(TrainingJob.input_buckets, Bucket, Bucket.versioning),
)
def training_data_bucket_not_versioned(job: TrainingJob, graph: Graph) -> Verdict:
    """Buckets that training reads from must have versioning.

    Without versions a model cannot be trained again from the data it was trained on, and nobody can show what those
    data were. Data that are never overwritten (a new prefix for each snapshot, a table format with snapshots, DVC)
    need no versions of the bucket: waive it there.
    """
    if not job.input_buckets:
        return NotApplicable("reads nothing from S3")
    for reference in job.input_buckets:
        bucket = graph.to(reference)
        if isinstance(bucket, Missing):
            return Fail(f"was trained on data in {bucket.key.name}, a bucket that no longer exists")
        match bucket.versioning:
            case "Enabled":
                pass
            case "Suspended":
                return Fail(f"reads from {bucket.name}, whose versioning is suspended; turn it on again")
            case None:
                return Fail(f"reads from {bucket.name}, which keeps no versions; turn versioning on")
    return Pass()


_JOB = TrainingJob(input_buckets=(Ref(Bucket, "s3://features/churn/train"), Ref(Bucket, "s3://labels/churn")))
_KEPT = Bucket(name="features", versioning="Enabled")

training_data_bucket_not_versioned.cases(
    passes=[case(_JOB, _KEPT, Bucket(name="labels", versioning="Enabled"))],
    fails=[
        case(_JOB, _KEPT, Bucket(name="labels", versioning=None)),
        case(_JOB, _KEPT, Bucket(name="labels", versioning="Suspended")),
        case(_JOB, _KEPT),
    ],
    unknown=[TrainingJob(), case(_JOB, _KEPT, Bucket(name="labels")), case(_JOB, unread=[Bucket])],
    not_applicable=[TrainingJob(input_buckets=())],
)
