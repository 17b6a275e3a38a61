"""Cases that both rules about drift share: nothing but the kind of schedule differs."""

from typing import Any, Literal

from mllens.rules import Rule, case
from mllens.scanner import Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Capture,
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    ModelPackageGroup,
    MonitoringSchedule,
)
from mllens.scanner.sagemaker_governance import CardContent, ModelCard
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_pipelines import Parameter, Pipeline, Step

_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/loans/1"
_PLACE = "s3://loans-captured/live"
_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main", serverless_concurrency=None),))
_SERVERLESS = EndpointConfig(name="current", variants=(HostedVariant(name="main", serverless_concurrency=5),))
_COMPONENT = InferenceComponent(
    name="loans",
    endpoint=Ref(Endpoint, "loans-prod"),
    specification=ComponentSpecification(model=Ref(Model, "loans")),
    specifications=(),
)
_MODEL = Model(name="loans", primary_container=Container(package=Ref(ModelPackage, _ARN)), containers=())
_PACKAGE = ModelPackage(name="loans/1", arn=_ARN, card_status=None, group=Ref(ModelPackageGroup, "loans"))
_SERVED = (_CONFIG, _COMPONENT, _MODEL, _PACKAGE)
Risk = Literal["High", "Low"]


def _endpoint(tag: str = "", name: str = "loans-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(
        name=name,
        tags={"affects-people": tag} if tag else {},
        status=status,
        config=Ref(EndpointConfig, "current"),
        capture=Capture(enabled=True, status="Started", sampling=100, bucket=Ref(Bucket, _PLACE)),
    )


def _schedule(type_: str, status: str = "Scheduled", endpoint: str = "loans-prod") -> MonitoringSchedule:
    values: dict[str, Any] = {"monitoring_type": type_, "status": status, "endpoint": Ref(Endpoint, endpoint)}
    return MonitoringSchedule(name=f"{endpoint}-{type_}", **values)


def _card(risk: Risk) -> ModelCard:
    content = CardContent(package=Ref(ModelPackage, _ARN), risk_rating=risk)
    return ModelCard(name="loans", status="Approved", content=content)


def _job(place: str) -> ProcessingJob:
    return ProcessingJob(name="fairness", input_buckets=(Ref(Bucket, place),), schedule_arn=None)


_OTHER = _schedule("DataQuality")
_STEP = Step(name="compare", type="Processing", arguments={"ProcessingInputs": [{"S3Input": {"S3Uri": _PLACE}}]})


def drift_cases(rule: Rule, watched: str) -> None:
    """Give a rule its cases; `watched` is the type of schedule that it looks for."""
    rule.cases(
        passes=[
            case(_endpoint(), _schedule(watched)),
            case(_endpoint("no"), _schedule(watched), unread=[MonitoringSchedule]),
        ],
        fails=[
            case(_endpoint("yes"), _CONFIG, _OTHER),
            case(_endpoint("yes"), _CONFIG, _schedule(watched, status="Stopped")),
            case(_endpoint("yes"), _CONFIG, _schedule(watched, endpoint="another"), _job("s3://loans-training")),
            case(_endpoint(), *_SERVED, _card("High"), _OTHER),
        ],
        unknown=[
            Endpoint(),
            case(_endpoint("yes"), _CONFIG, unread=[MonitoringSchedule]),
            case(_endpoint(), *_SERVED, _card("Low"), _OTHER),
            case(_endpoint(), *_SERVED, _OTHER, unread=[ModelCard]),
            case(_endpoint("yes"), _CONFIG, _OTHER, _job(f"{_PLACE}/loans-prod")),
            case(
                _endpoint("yes"),
                _CONFIG,
                _OTHER,
                Pipeline(name="weekly", steps=(_STEP,), parameters=(Parameter(name="a", type="b"),)),
            ),
            case(_endpoint("yes"), _CONFIG, _OTHER, unread=[ProcessingJob]),
        ],
        not_applicable=[
            _endpoint("yes", name="loans-test"),
            _endpoint("yes", status="Failed"),
            case(_endpoint("no"), _CONFIG, _OTHER),
            case(_endpoint("yes"), _CONFIG),
            case(_endpoint("yes"), _SERVERLESS, _OTHER),
            case(_endpoint(), _SERVERLESS, _OTHER),
        ],
    )
