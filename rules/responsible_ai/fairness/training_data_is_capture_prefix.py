"""Models that are taught by what they said themselves."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.bucket_access import keys
from mllens.scanner import Graph, Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Capture, Channel, Endpoint, TrainingJob


@rule(
    severity="medium",
    proves=("MLRAI01_BP05",),
    supports=("MLSEC04_BP03",),
    presumes="an endpoint that captures its requests",
    reads=(TrainingJob.channels, Endpoint, Endpoint.capture),
)
def training_data_is_capture_prefix(job: TrainingJob, graph: Graph) -> Verdict:
    """Training must not read straight from where an endpoint captures its requests and answers.

    A model that learns from its own answers confirms its errors, and whoever may call it may teach it. A step that
    labels or curates, and writes elsewhere, belongs between.
    """
    addresses = [channel.address for channel in job.channels if channel.address is not None]
    if not addresses:
        return NotApplicable("reads nothing from S3")
    captures = False
    for endpoint in graph.all(Endpoint):
        if endpoint.capture is None:
            continue
        captures = True
        captured = keys(endpoint.capture.bucket.value).rstrip("/") + "/"
        for address in addresses:
            read = keys(address)
            if captured.startswith(read) or read.startswith(captured):
                return Fail(
                    f"was trained on {address}, which holds what {endpoint.name} captures; "
                    "label or curate that first, and train on what comes out"
                )
    return Pass() if captures else NotApplicable("was trained where no endpoint captures anything")


def _job(*addresses: str | None) -> TrainingJob:
    return TrainingJob(name="churn-1", channels=tuple(Channel(name="train", address=a) for a in addresses))


def _captures(address: str) -> Endpoint:
    target = Ref(Bucket, address)
    return Endpoint(name="churn", capture=Capture(enabled=True, status="Stopped", sampling=5, bucket=target))


_CAPTURES = _captures("s3://ml/captured")

training_data_is_capture_prefix.cases(
    passes=[
        case(_job("s3://ml/train/"), _CAPTURES),
        case(_job("s3://ml/captured-and-labelled/"), _CAPTURES),
        case(_job("s3://other/captured"), _CAPTURES, Endpoint(name="quiet", capture=None)),
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
    not_applicable=[_job(), _job(None), case(_job("s3://ml/train/"), Endpoint(name="quiet", capture=None))],
)
