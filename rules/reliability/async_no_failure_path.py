"""Asynchronous endpoints whose failures nobody can find."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import AsyncSettings, Endpoint, EndpointConfig
from mllens.scanner.sns import Topic


@rule(
    severity="medium",
    supports=("MLREL05_BP02", "MLPERF05_BP02"),
    presumes="an asynchronous endpoint",
    reads=(Endpoint.tags, Endpoint.status, Endpoint.config, EndpointConfig, EndpointConfig.asynchronous, Bucket, Topic),
)
def async_no_failure_path(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """An asynchronous production endpoint must write its failures to a place, or tell a topic of them.

    The caller was answered before the model ran. A request that fails then leaves no output, and without a failure
    path or an error topic nothing tells it from one that still waits.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; whether it is asynchronous cannot be told")
    if config.asynchronous is None:
        return NotApplicable("is not asynchronous")
    gone = []
    for way in (config.asynchronous.failure_bucket, config.asynchronous.error_topic):
        found = graph.to(way)
        if isinstance(found, Missing):
            gone.append(found.key.name)
        elif found is not None:
            return Pass()
    if gone:
        return Fail(f"writes failures to {' and '.join(gone)} only, which does not exist; {REPAIR} ({where})")
    return Fail(f"writes failures nowhere; {REPAIR} ({where})")


REPAIR = "give its next configuration an S3FailurePath or an ErrorTopic"


def _config(asynchronous: AsyncSettings | None) -> EndpointConfig:
    return EndpointConfig(name="current", asynchronous=asynchronous)


_PROD = Endpoint(name="ocr-prod", tags={}, status="InService", config=Ref(EndpointConfig, "current"))
_DEV = Endpoint(name="ocr-dev", tags={}, config=Ref(EndpointConfig, "current"))
_BUCKET = _config(AsyncSettings(failure_bucket=Ref(Bucket, "s3://ocr-failures/prod")))
_TOPIC_ARN = "arn:aws:sns:us-east-1:111122223333:ocr-errors"
_TOPIC = _config(AsyncSettings(error_topic=Ref(Topic, _TOPIC_ARN)))
_NEITHER = _config(AsyncSettings(output_bucket=Ref(Bucket, "s3://ocr-out/")))

async_no_failure_path.cases(
    passes=[
        case(_PROD, _BUCKET, Bucket(name="ocr-failures")),
        case(_PROD, _TOPIC, Topic(name="ocr-errors", arn=_TOPIC_ARN), unread=[Bucket]),
    ],
    fails=[
        case(_PROD, _NEITHER),
        case(_PROD, _BUCKET),
        case(_PROD, _TOPIC, Topic(name="others")),
        case(Endpoint(name="ocr", tags={}, status="InService", config=Ref(EndpointConfig, "current")), _NEITHER),
    ],
    unknown=[
        Endpoint(),
        _PROD,
        case(_PROD, unread=[EndpointConfig]),
        case(_PROD, _BUCKET, unread=[Bucket]),
        case(_PROD, _TOPIC, unread=[Topic]),
    ],
    not_applicable=[
        Endpoint(name="ocr-prod", tags={}, status="Failed"),
        case(_PROD, _config(None)),
        case(_DEV, _NEITHER),
    ],
)
