"""What is kept for ever: captured requests, outputs of asynchronous endpoints, logs."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.bucket_access import keys
from mllens.rules.retention import KEEPS, kept
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.logs import LogGroup
from mllens.scanner.s3 import Bucket, LifecycleRule
from mllens.scanner.sagemaker import AsyncSettings, Capture, Endpoint, EndpointConfig

OF_ML = ("/aws/sagemaker", "/aws/bedrock")


@rule(
    severity="medium",
    proves=("MLSEC03_BP05", "MLRAI03_BP05"),
    supports=("MLSEC03_BP03", "MLSUS03_BP02"),
    presumes="an endpoint that captures requests",
    reads=(Endpoint.capture, *KEEPS),
    name="capture-bucket-no-retention-limit",
)
def captured(endpoint: Endpoint, graph: Graph) -> Verdict:
    """Captured requests and answers must expire.

    They are what people sent and what was said of them, in full, and nobody cleans them up. Whoever gets at the
    bucket years later reads all of it. Decide how long monitoring and audits need them. In a bucket with versions an
    expiry hides objects only; versions need one of their own.
    """
    if endpoint.capture is None:
        return NotApplicable("captures nothing")
    place = endpoint.capture.bucket
    bucket = graph.to(place)
    if isinstance(bucket, Missing):
        return NotApplicable(f"captured into {bucket.key.name}, a bucket that no longer exists")
    beginning = f"{keys(place.value).partition('/')[2].rstrip('/')}/{endpoint.name}/".lstrip("/")
    if why := kept(bucket, beginning):
        return Fail(f"keeps what it captures for ever: {why}; let objects and their versions expire under {beginning}")
    return Pass()


@rule(
    severity="low",
    proves=("MLSEC03_BP05", "MLRAI03_BP06"),
    presumes="an asynchronous endpoint",
    reads=(EndpointConfig.asynchronous, Endpoint.config, *KEEPS),
    name="async-output-never-expires",
)
def outputs(config: EndpointConfig, graph: Graph) -> Verdict:
    """Outputs of asynchronous endpoints must expire.

    Callers fetch an output once, and it stays: a copy of every result about everybody, in a place that nobody looks
    after. What is needed longer belongs where it is looked after. In a bucket with versions an expiry hides objects
    only; versions need one of their own.
    """
    if config.asynchronous is None:
        return NotApplicable("is not asynchronous")
    if not any(True for _ in graph.into(config, Endpoint)):
        return NotApplicable("is used by no endpoint")
    places = [p for p in (config.asynchronous.output_bucket, config.asynchronous.failure_bucket) if p is not None]
    judged = False
    for place in places:
        bucket = graph.to(place)
        if isinstance(bucket, Missing):
            continue
        judged = True
        beginning = keys(place.value).partition("/")[2]
        if why := kept(bucket, beginning):
            return Fail(f"keeps its outputs for ever: {why}; let objects and their versions expire under {place.value}")
    return Pass() if judged else NotApplicable("names no bucket that exists for its outputs")


@rule(
    severity="low",
    proves=("MLSEC03_BP05",),
    supports=("MLOPS06_BP02", "MLRAI03_BP05"),
    reads=(LogGroup.retention_days,),
    name="log-group-retention",
)
def logs(group: LogGroup, *, prefixes: Iterable[str] = OF_ML) -> Verdict:
    """Log groups of machine learning must have a retention.

    SageMaker makes them without one, and containers print what they work on: parts of requests, of training data, of
    errors with records in them. Decide how long logs are needed, audits included, and let the rest expire.
    """
    if not group.name.startswith(tuple(prefixes)):
        return NotApplicable("is of no service of machine learning")
    if group.retention_days is None:
        return Fail("keeps everything for ever; set a retention")
    return Pass()


def _bucket(*entries: LifecycleRule, versions: bool = False) -> Bucket:
    return Bucket(name="captured", lifecycle=entries, versioning="Enabled" if versions else None)


def _deletes(prefix: str | None, *, old: int | None = None, tag: str | None = None) -> LifecycleRule:
    return LifecycleRule(status="Enabled", prefix=prefix, expiration_days=90, noncurrent_expiration_days=old, tag=tag)


_ENDPOINT = Endpoint(name="churn", capture=Capture(bucket=Ref(Bucket, "s3://captured/live/")))
_OFF = LifecycleRule(status="Disabled", expiration_days=90)
_OLD = LifecycleRule(status="Enabled", noncurrent_expiration_days=30)

captured.cases(
    passes=[
        case(_ENDPOINT, _bucket(_deletes("live/"))),
        case(_ENDPOINT, _bucket(_deletes("live/churn/"))),
        case(_ENDPOINT, _bucket(_deletes(None))),
        case(_ENDPOINT, _bucket(_deletes("live/", old=7), versions=True)),
        case(_ENDPOINT, _bucket(_deletes("live/"), _OLD, versions=True)),
        case(Endpoint(name="churn", capture=Capture(bucket=Ref(Bucket, "s3://captured"))), _bucket(_deletes("churn/"))),
        case(_ENDPOINT, _bucket(_deletes("live/", tag="kind"), _deletes("live/churn"))),
    ],
    fails=[
        case(_ENDPOINT, _bucket()),
        case(_ENDPOINT, _bucket(_OFF)),
        case(_ENDPOINT, _bucket(_deletes("live/fraud/"))),
        case(_ENDPOINT, _bucket(_deletes("live/"), versions=True)),
        case(_ENDPOINT, _bucket(_OLD, versions=True)),
    ],
    unknown=[
        Endpoint(),
        case(_ENDPOINT, unread=[Bucket]),
        case(_ENDPOINT, Bucket(name="captured")),
        case(_ENDPOINT, _bucket(_deletes("live/", tag="kind"))),
        case(_ENDPOINT, Bucket(name="captured", lifecycle=(_deletes("live/"),))),
    ],
    not_applicable=[Endpoint(capture=None), _ENDPOINT],
)


def _config(output: str | None, failure: str | None = None) -> EndpointConfig:
    settings = AsyncSettings(
        output_bucket=Ref(Bucket, output) if output else None, failure_bucket=Ref(Bucket, failure) if failure else None
    )
    return EndpointConfig(name="current", asynchronous=settings)


_LIVE = Endpoint(name="churn", config=Ref(EndpointConfig, "current"))
_CONFIG = _config("s3://captured/out/", "s3://captured/failed/")

outputs.cases(
    passes=[
        case(_CONFIG, _LIVE, _bucket(_deletes(""))),
        case(_config("s3://captured/out"), _LIVE, _bucket(_deletes("out"))),
    ],
    fails=[
        case(_CONFIG, _LIVE, _bucket()),
        case(_CONFIG, _LIVE, _bucket(_deletes("out/"))),
        case(_CONFIG, _LIVE, _bucket(_deletes(None), versions=True)),
    ],
    unknown=[
        EndpointConfig(),
        case(_CONFIG, unread=[Endpoint]),
        case(_CONFIG, _LIVE, unread=[Bucket]),
        case(_CONFIG, _LIVE, Bucket(name="captured")),
    ],
    not_applicable=[
        EndpointConfig(asynchronous=None),
        _CONFIG,
        case(_CONFIG, _LIVE),
        case(_config(None), _LIVE),
    ],
)
logs.cases(
    passes=[LogGroup(name="/aws/sagemaker/TrainingJobs", retention_days=90)],
    fails=[
        LogGroup(name="/aws/sagemaker/Endpoints/churn", retention_days=None),
        LogGroup(name="/aws/bedrock/modelinvocations", retention_days=None),
        case(LogGroup(name="/aws/codebuild/train", retention_days=None), prefixes=["/aws/codebuild"]),
    ],
    unknown=[LogGroup(name="/aws/sagemaker/TrainingJobs")],
    not_applicable=[LogGroup(name="/aws/codebuild/website", retention_days=None)],
)
