"""Capture of what production endpoints are asked and answer: running, both ways, and of use."""

from collections.abc import Iterable
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import DOWN
from mllens.rules.in_production import LIVE, live
from mllens.rules.monitoring import CAPTURED, reader_of
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Capture,
    CaptureSettings,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    MonitoringSchedule,
)
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_pipelines import Parameter, Pipeline, Step


@rule(
    severity="high",
    proves=("MLPERF06_BP03",),
    supports=("MLRAI06_BP06",),
    presumes="an endpoint that captures",
    reads=(*LIVE, Endpoint.capture),
    name="capture-stopped",
)
def stopped(endpoint: Endpoint, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """Capture that is turned on must run.

    Settings that say "on" while nothing is written are found when the record is needed.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    if endpoint.capture is None or not endpoint.capture.enabled:
        return NotApplicable("does not ask for capture")
    match endpoint.capture.status:
        case "Started":
            return Pass()
        case "Stopped":
            return Fail(
                f"asks for capture to {endpoint.capture.bucket.value}, but capture is stopped; look whether its role "
                f"may write there, and update the endpoint ({where})"
            )


@rule(
    severity="medium",
    proves=("MLPERF06_BP03",),
    supports=("MLRAI06_BP06", "MLRAI02_BP03"),
    presumes="an endpoint that captures",
    reads=(*LIVE, Endpoint.capture, Endpoint.config, EndpointConfig, EndpointConfig.capture),
    name="capture-inputs-and-outputs",
)
def both(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """Capture on a production endpoint must record both inputs and outputs.

    Inputs alone show drift of data but not what the model made of it, outputs alone cannot be explained to anybody.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    if endpoint.capture is None or not endpoint.capture.enabled:
        return NotApplicable("does not capture")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it captures cannot be told")
    asked = config.capture
    if asked is None or not asked.enabled or asked.bucket.value != endpoint.capture.bucket.value:
        raise Unobserved(endpoint.name, "it keeps the capture of an earlier configuration, which is not told")
    modes = set(asked.modes)
    if "InputAndOutput" in modes or {"Input", "Output"} <= modes:
        return Pass()
    lacks = "outputs" if "Input" in modes else "inputs"
    return Fail(f"captures no {lacks} by its configuration {config.name}; add a capture option for them ({where})")


@rule(
    severity="low",
    confidence="medium",
    supports=("MLPERF06_BP03", "MLRAI06_BP06", "MLOPS02_BP05"),
    presumes="an endpoint that captures",
    reads=(*(Endpoint.status, *CAPTURED, MonitoringSchedule.endpoint, MonitoringSchedule.status),),
    name="capture-prefix-unread",
)
def unread(endpoint: Endpoint, graph: Graph) -> Verdict:
    """What an endpoint captures must be evaluated by something.

    Captured requests cost storage and may hold what people said of themselves; unread, they are only a risk. An active
    monitoring schedule of the endpoint counts, and a processing job or pipeline that reads the place. Athena, Glue,
    functions and other accounts read without being seen here; they are a reason to waive this.
    """
    if endpoint.status in DOWN:
        return NotApplicable(f"serves nothing ({endpoint.status})")
    capture = endpoint.capture
    if capture is None or not capture.enabled or capture.status == "Stopped":
        return NotApplicable("captures nothing")
    for schedule in graph.into(endpoint, MonitoringSchedule, MonitoringSchedule.endpoint):
        if schedule.status in {"Scheduled", "Pending"}:
            return Pass()
    if reader_of(endpoint, graph) is not None:
        return Pass()
    return Fail(
        f"captures to {capture.bucket.value}, which no active monitoring schedule, no recent processing job and no "
        "pipeline reads; evaluate it, or capture less"
    )


_PLACE = "s3://churn-captured/live"
_CONFIG = Ref(EndpointConfig, "current")


def _capture(*, on: bool = True, status: Literal["Started", "Stopped"] = "Started", place: str = _PLACE) -> Capture:
    return Capture(enabled=on, status=status, sampling=20, bucket=Ref(Bucket, place))


def _endpoint(capture: Capture | None = None, name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, capture=capture, config=_CONFIG)


def _config(*modes: Literal["Input", "Output", "InputAndOutput"], **values: Any) -> EndpointConfig:
    variants = (HostedVariant(name="main", model=Ref(Model, "churn"), serverless_concurrency=None),)
    capture = CaptureSettings(sampling=20, bucket=Ref(Bucket, _PLACE), modes=modes) if modes else None
    return EndpointConfig(name="current", **{"variants": variants, "asynchronous": None, "capture": capture, **values})


_ON, _OFF, _STILL = _endpoint(_capture()), _endpoint(_capture(on=False)), _endpoint(_capture(status="Stopped"))
_NONE = _endpoint()
_SPARED = [_endpoint(name="churn-dev"), _endpoint(status="Creating")]

stopped.cases(
    passes=[_ON],
    fails=[_STILL],
    unknown=[Endpoint(), Endpoint(name="churn-prod", tags={}, status="InService")],
    not_applicable=[*_SPARED, _NONE, _OFF],
)
both.cases(
    passes=[case(_ON, _config("InputAndOutput")), case(_ON, _config("Output", "Input"))],
    fails=[case(_ON, _config("Input")), case(_ON, _config("Output"))],
    unknown=[
        Endpoint(),
        _ON,
        case(_ON, _config()),
        case(_endpoint(_capture(place="s3://churn-captured/before")), _config("Input")),
        case(_ON, EndpointConfig(name="current")),
    ],
    not_applicable=[*_SPARED, _NONE, case(_OFF, _config("Input"))],
)


def _schedule(status: Literal["Scheduled", "Stopped"], endpoint: str = "churn-prod") -> MonitoringSchedule:
    return MonitoringSchedule(name="drift", status=status, endpoint=Ref(Endpoint, endpoint))


def _job(place: str, schedule: str | None = None, region: str = "us-east-1") -> ProcessingJob:
    return ProcessingJob(name="evidently", region=region, input_buckets=(Ref(Bucket, place),), schedule_arn=schedule)


def _pipeline(argument: object, default: object = None) -> Pipeline:
    step = Step(name="compare", type="Processing", arguments={"ProcessingInputs": [{"S3Input": {"S3Uri": argument}}]})
    return Pipeline(
        name="compare", steps=(step,), parameters=(Parameter(name="Where", type="String", default=default),)
    )


unread.cases(
    passes=[
        case(_ON, _schedule("Scheduled")),
        case(_ON, _job(f"{_PLACE}/churn-prod/main/2026/10/31")),
        case(_ON, _job("s3://churn-captured", region="eu-west-1")),
        case(_ON, _pipeline(f"{_PLACE}/churn-prod")),
        case(_ON, _pipeline({"Get": "Parameters.Where"}, _PLACE)),
        case(_endpoint(_capture(), "churn-dev"), _job(f"{_PLACE}/")),
    ],
    fails=[
        _ON,
        case(_ON, _schedule("Stopped")),
        case(_ON, _schedule("Scheduled", "other")),
        case(_ON, _job("s3://churn-captured/other")),
        case(
            _ON,
            _schedule("Stopped"),
            _job(_PLACE, "arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/drift"),
        ),
        case(_ON, _job(f"{_PLACE}/another-endpoint")),
        case(_ON, _job("s3://churn-cap")),
        case(_ON, _pipeline({"Get": "Parameters.Where"}), _job("s3://churn-captured-old/live")),
    ],
    unknown=[
        Endpoint(),
        case(_ON, unread=[MonitoringSchedule]),
        case(_ON, unread=[ProcessingJob]),
        case(_ON, unread=[Pipeline]),
        case(_ON, _job("https://s3.us-east-1.amazonaws.com/churn-captured/live/")),
    ],
    not_applicable=[_endpoint(status="Failed"), _NONE, _OFF, _STILL],
)
