"""Models that are taught by what they said themselves."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.bucket_access import keys
from mllens.scanner import Graph, Ref, Region, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Capture, Endpoint, TrainingJob


@rule(
    severity="medium",
    proves=("MLRAI01_BP05",),
    supports=("MLSEC04_BP03",),
    presumes="an endpoint that captures its requests",
    reads=(TrainingJob.input_buckets, Endpoint.capture),
)
def training_data_is_capture_prefix(job: TrainingJob, graph: Graph) -> Verdict:
    """Training must not read straight from where an endpoint captures its requests and answers.

    A model that learns from its own answers confirms its errors, and whoever may call it may teach it. A step that
    labels or curates, and writes elsewhere, belongs between.
    """
    if not job.input_buckets:
        return NotApplicable("reads nothing from S3")
    here = Region(name=job.region, account=job.account, region=job.region)  # an endpoint captures in its own region
    captures, untold = False, None
    for read in job.input_buckets:
        begins = keys(read.value)
        try:
            for endpoint in graph.into(read, Endpoint, Endpoint.capture, within=here):
                if endpoint.capture is None:
                    continue
                captures = True
                captured = keys(endpoint.capture.bucket.value).rstrip("/") + "/"
                if captured.startswith(begins) or begins.startswith(captured):
                    return Fail(
                        f"was trained on {read.value}, which holds what {endpoint.name} captures; "
                        "label or curate that first, and train on what comes out"
                    )
        except Unobserved as gap:  # what another channel reads may be captured for sure
            untold = gap
    if untold is not None:
        raise untold
    return Pass() if captures else NotApplicable("reads from no bucket that an endpoint captures to")


def _job(*addresses: str) -> TrainingJob:
    return TrainingJob(name="churn-1", input_buckets=tuple(Ref(Bucket, address) for address in addresses))


def _captures(address: str) -> Endpoint:
    target = Ref(Bucket, address)
    return Endpoint(name="churn", capture=Capture(enabled=True, status="Stopped", sampling=5, bucket=target))


_CAPTURES = _captures("s3://ml/captured")

training_data_is_capture_prefix.cases(
    passes=[
        case(_job("s3://ml/train/"), _CAPTURES),
        case(_job("s3://ml/captured-and-labelled/"), _CAPTURES),
        case(_job("s3://ml/train/", "s3://other/captured"), _CAPTURES, Endpoint(name="quiet", capture=None)),
    ],
    fails=[
        case(_job("s3://labels/churn", "s3://ml/captured/churn/main/2026/"), _CAPTURES, unread=[Endpoint]),
        case(_job("s3://ml/captured"), _captures("s3://ml/captured/")),
        case(_job("s3://ml"), _CAPTURES),
        case(_job("https://s3.eu-west-1.amazonaws.com/ml/captured"), _CAPTURES),
        case(_job("s3://ml/capt"), _CAPTURES),
    ],
    unknown=[
        case(_job("file:///ml"), _CAPTURES),
        TrainingJob(),
        case(_job("s3://ml/train/"), _CAPTURES, unread=[Endpoint]),
        case(_job("s3://ml/train/"), Endpoint(name="unseen")),
    ],
    not_applicable=[
        _job(),
        case(_job("s3://other/captured"), _CAPTURES),
        case(_job("s3://ml/train/"), Endpoint(name="quiet", capture=None)),
    ],
)
