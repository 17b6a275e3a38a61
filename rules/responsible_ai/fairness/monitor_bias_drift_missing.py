"""Bias drift that nothing watches."""

from collections.abc import Iterable
from typing import Any, Literal

from mllens.rules import Verdict, case, rule
from mllens.rules.in_production import AFFECTS_PEOPLE
from mllens.rules.monitoring import WATCHED, drift_watched
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref
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


@rule(
    severity="high",
    confidence="medium",
    proves=("MLRAI01_BP06",),
    supports=("MLREL03_BP04", "MLOPS02_BP06"),
    presumes="Model Monitor, and an endpoint that affects people",
    reads=WATCHED,
)
def monitor_bias_drift_missing(
    endpoint: Endpoint,
    graph: Graph,
    *,
    production: Iterable[str] = PRODUCTION,
    affects_people_tag: str = AFFECTS_PEOPLE,
) -> Verdict:
    """Bias must be watched on a production endpoint that affects people.

    A model that was fair at release may stop being so when the people it judges change, and those who are worse off are
    seldom heard. Whether people are affected is told by the endpoint's tag affects-people,
    or by a model card that rates the risk High. Tools outside SageMaker are not seen; they are a reason to waive this.
    """
    return drift_watched(endpoint, graph, "ModelBias", "bias", production=production, tag=affects_people_tag)


_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/loans/1"
_PLACE = "s3://loans-captured/live"
_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
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


def _schedule(type_: str = "ModelBias", status: str = "Scheduled", endpoint: str = "loans-prod") -> MonitoringSchedule:
    values: dict[str, Any] = {"monitoring_type": type_, "status": status, "endpoint": Ref(Endpoint, endpoint)}
    return MonitoringSchedule(name=f"{endpoint}-{type_}", **values)


def _card(risk: Risk) -> ModelCard:
    content = CardContent(package=Ref(ModelPackage, _ARN), risk_rating=risk)
    return ModelCard(name="loans", status="Approved", content=content)


def _job(place: str) -> ProcessingJob:
    return ProcessingJob(name="fairness", input_buckets=(Ref(Bucket, place),), schedule_arn=None)


_OTHER = _schedule("DataQuality")
_STEP = Step(name="compare", type="Processing", arguments={"ProcessingInputs": [{"S3Input": {"S3Uri": _PLACE}}]})

monitor_bias_drift_missing.cases(
    passes=[case(_endpoint(), _schedule()), case(_endpoint("no"), _schedule(), unread=[MonitoringSchedule])],
    fails=[
        case(_endpoint("yes"), _OTHER),
        case(_endpoint("yes"), _schedule(status="Stopped")),
        case(_endpoint("yes"), _schedule(endpoint="another"), _job("s3://loans-training")),
        case(_endpoint(), *_SERVED, _card("High"), _OTHER),
    ],
    unknown=[
        Endpoint(),
        case(_endpoint("yes"), unread=[MonitoringSchedule]),
        case(_endpoint(), *_SERVED, _card("Low"), _OTHER),
        case(_endpoint(), *_SERVED, _OTHER, unread=[ModelCard]),
        case(_endpoint("yes"), _OTHER, _job(f"{_PLACE}/loans-prod")),
        case(
            _endpoint("yes"),
            _OTHER,
            Pipeline(name="weekly", steps=(_STEP,), parameters=(Parameter(name="a", type="b"),)),
        ),
        case(_endpoint("yes"), _OTHER, unread=[ProcessingJob]),
    ],
    not_applicable=[
        _endpoint("yes", name="loans-test"),
        _endpoint("yes", status="Failed"),
        case(_endpoint("no"), _OTHER),
        _endpoint("yes"),
    ],
)
