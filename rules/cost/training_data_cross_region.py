"""Training data that cross regions on every run."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.bucket_access import region_of
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TrainingJob


@rule(
    severity="low",
    proves=("MLCOST04_BP13",),
    reads=(TrainingJob.input_buckets, Bucket, Bucket.location),
)
def training_data_cross_region(job: TrainingJob, graph: Graph) -> Verdict:
    """Training must read its data from buckets in its own region.

    Each run pays for the way between regions and waits for it, and personal data may cross a border. Where capacity is
    to be had in another region only, a replica of the data there is cheaper from the second run on.
    """
    if not job.input_buckets:
        return NotApplicable("reads nothing from S3")
    judged = False
    for reference in job.input_buckets:
        bucket = graph.to(reference)
        if isinstance(bucket, Missing):
            continue
        judged = True
        where = region_of(bucket)
        if where != job.region:
            return Fail(f"reads from {bucket.name} in {where}; train there, or keep a replica in {job.region}")
    return Pass() if judged else NotApplicable("reads from no bucket that still exists")


_JOB = TrainingJob(
    region="eu-west-1", input_buckets=(Ref(Bucket, "s3://features/churn"), Ref(Bucket, "s3://labels/churn"))
)
_HERE = Bucket(name="features", location="eu-west-1")

training_data_cross_region.cases(
    passes=[
        case(_JOB, _HERE, Bucket(name="labels", location="EU")),
        case(TrainingJob(input_buckets=(Ref(Bucket, "s3://old/x"),)), Bucket(name="old", location="us-east-1")),
    ],
    fails=[
        case(_JOB, _HERE, Bucket(name="labels", location="us-east-1")),
        case(_JOB, _HERE, Bucket(name="labels", location="eu-west-2")),
    ],
    unknown=[TrainingJob(), case(_JOB, _HERE, Bucket(name="labels")), case(_JOB, _HERE, unread=[Bucket])],
    not_applicable=[TrainingJob(input_buckets=()), _JOB],
)
