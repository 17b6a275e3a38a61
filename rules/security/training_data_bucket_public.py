"""Training data that everybody can read or write."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.bucket_access import BLOCK_READS, BLOCK_SENDS, PUBLIC_READS, closed, opened, public
from mllens.rules.fix import Fix, Names
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.s3 import AccountPublicAccessBlock, Bucket
from mllens.scanner.sagemaker import TrainingJob

SAMPLES = ("sagemaker-sample-", "sagemaker-example-files-", "jumpstart-cache-")


@rule(
    severity="critical",
    proves=("MLSEC03_BP02",),
    supports=("MLSEC04_BP03", "MLRAI03_BP02", "MLRAI04_BP06"),
    reads=(TrainingJob.input_buckets, *PUBLIC_READS),
)
def training_data_bucket_public(job: TrainingJob, graph: Graph, *, samples: Iterable[str] = SAMPLES) -> Verdict:
    """Buckets that training reads from must not be public.

    What everybody can read is leaked, and what everybody can write teaches the model what a stranger wants. Buckets
    with public samples of AWS's own are meant to be public; `samples` says how their names begin. Where a bucket's
    ACLs are in force they may open it, too, and are not read.
    """
    if not job.input_buckets:
        return NotApplicable("reads nothing from S3")
    beginnings, judged = tuple(samples), False
    for reference in job.input_buckets:
        bucket = graph.to(reference)
        if isinstance(bucket, Missing) or bucket.name.startswith(beginnings):
            continue
        judged = True
        if public(bucket, graph, job.account):
            return Fail(f"reads from {bucket.name}, which its policy opens to everybody; block public access to it")
    return Pass() if judged else NotApplicable("reads only public samples of AWS's, or what no longer exists")


@training_data_bucket_public.fix(sends=BLOCK_SENDS, reads=BLOCK_READS)
def block_public_access(job: TrainingJob, graph: Graph, names: Names) -> Fix:
    """Block public access to the buckets that training reads from.

    All of a bucket's four settings are turned on; its policy stays as it is, and no longer opens it.
    """
    buckets = [b for b in opened(job.input_buckets, graph, job.account) if not b.name.startswith(SAMPLES)]
    return closed(buckets, graph)


_JOB = TrainingJob(input_buckets=(Ref(Bucket, "s3://labels/churn"), Ref(Bucket, "s3://features/churn")))
_SAMPLE = TrainingJob(input_buckets=(Ref(Bucket, "s3://sagemaker-sample-files/x"), Ref(Bucket, "s3://gone/x")))


def _bucket(name: str = "features", *, public: bool = False, restrict: bool = False, acls: bool = False) -> Bucket:
    return Bucket(
        name=name,
        location="eu-west-1",
        public_by_policy=public,
        restrict_public_buckets=restrict,
        ignore_public_acls=False,
        ownership=("ObjectWriter",) if acls else ("BucketOwnerEnforced",),
    )


def _account(*, restrict: bool = False, ignore: bool = False) -> AccountPublicAccessBlock:
    return AccountPublicAccessBlock(name="111122223333", restrict_public_buckets=restrict, ignore_public_acls=ignore)


_CLOSED = _bucket("labels")
_HALF = Bucket(
    name="features",
    location="EU",
    block_public_acls=True,
    ignore_public_acls=True,
    restrict_public_buckets=False,
    public_by_policy=True,
    ownership=(),
)

training_data_bucket_public.cases(
    passes=[
        case(_JOB, _CLOSED, _bucket()),
        case(_JOB, _CLOSED, _bucket(public=True, restrict=True), unread=[AccountPublicAccessBlock]),
        case(_JOB, _CLOSED, _bucket(public=True), _account(restrict=True)),
        case(_JOB, _CLOSED, _bucket(acls=True), _account(ignore=True)),
    ],
    fails=[
        case(_JOB, _CLOSED, _bucket(public=True)),
        case(_JOB, _CLOSED, _bucket(public=True), _account()),
        case(_JOB, _bucket("labels", public=True), _HALF),
    ],
    unknown=[
        TrainingJob(),
        case(_JOB, _CLOSED, unread=[Bucket]),
        case(_JOB, _CLOSED, Bucket(name="features")),
        case(_JOB, _CLOSED, _bucket(acls=True), _account()),
        case(_JOB, _CLOSED, _bucket(public=True), unread=[AccountPublicAccessBlock]),
    ],
    not_applicable=[
        TrainingJob(input_buckets=()),
        case(_SAMPLE, Bucket(name="sagemaker-sample-files", public_by_policy=True)),
    ],
)
