"""Endpoints with little to do that could share their instances."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import DOWN
from mllens.scanner import Graph, Missing, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Point
from mllens.scanner.ecr import Image
from mllens.scanner.sagemaker import (
    AsyncSettings,
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    RunningVariant,
    VariantMetrics,
)
from mllens.scanner.sagemaker_inference import InferenceComponent

APART = ("owner", "team", "environment", "env", "stage", "data-class", "data-classification")
"""Tags by which endpoints must not be put together, where they differ."""


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLSUS05_BP04",),
    supports=("MLCOST05_BP01", "MLPERF05_BP02", "MLCOST06_BP03"),
    presumes="an endpoint on instances of its own that is called",
    reads=(
        *(Endpoint.status, Endpoint.created, Endpoint.tags, Endpoint.variants, Endpoint.config, EndpointConfig),
        *(EndpointConfig.variants, EndpointConfig.asynchronous, Model, Model.primary_container, Model.containers),
        *(VariantMetrics.endpoint, VariantMetrics.invocations, InferenceComponent.endpoint),
    ),
)
def fit_many_small_endpoints(  # noqa: PLR0911 - one return for each reason to stay alone
    endpoint: Endpoint, graph: Graph, *, calls_a_day: int = 1000, alike: int = 3, days: int = 14
) -> Verdict:
    """Endpoints with little traffic, one image and one owner must share their instances.

    Each endpoint keeps instances of its own, that wait most of the day where calls are few (`calls_a_day`). As
    inference components, or as models of one container, many models wait on the same instances. Endpoints of other
    owners, environments or classes of data are not counted as like it, and fewer than three are not many.
    """
    if endpoint.status in DOWN:
        return NotApplicable(f"serves nothing ({endpoint.status})")
    config = _config(endpoint, graph)
    if why := _special(config):
        return NotApplicable(why)
    if _shared(endpoint, config.variants[0], graph):
        return Pass()
    if config.variants[0].model is None:
        return NotApplicable("hosts one inference component, which others may join")
    if endpoint.created > graph.now - timedelta(days=days):
        return NotApplicable(f"was created on {endpoint.created:%Y-%m-%d}, after the time that is looked at began")
    calls = _calls(endpoint, graph, days)
    if calls == 0:
        return NotApplicable("is not called at all")
    if calls > calls_a_day:
        return Pass()
    like = [other.name for other in _like(endpoint, config, graph) if 0 < _calls(other, graph, days) <= calls_a_day]
    if len(like) + 1 < alike:
        return NotApplicable(f"has few calls, and too few endpoints like it to share with ({len(like)})")
    return Fail(
        f"has {calls:.0f} calls a day on instances of its own, as do {', '.join(like)} with the same image; "
        "host them together as inference components or on one multi-model endpoint"
    )


def _config(endpoint: Endpoint, graph: Graph) -> EndpointConfig:
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it hosts cannot be told")
    return config


def _special(config: EndpointConfig) -> str:
    """Why an endpoint is not one model on instances of its own; empty if it is."""
    if config.asynchronous is not None:
        return "is asynchronous, and may scale to zero"
    if len(config.variants) != 1:
        return "compares variants"
    if config.variants[0].serverless_concurrency is not None:
        return "is serverless, and waits on no instances"
    return ""


def _shared(endpoint: Endpoint, variant: HostedVariant, graph: Graph) -> bool:
    """Whether several models wait on the instances."""
    model = graph.to(variant.model)
    if model is None:
        return len(list(graph.into(endpoint, InferenceComponent))) > 1
    if isinstance(model, Missing):
        raise Unobserved(variant.name, "its model was deleted; whether it was one of many cannot be told")
    containers = (model.primary_container, *model.containers)
    return any(container is not None and container.mode == "MultiModel" for container in containers)


def _calls(endpoint: Endpoint, graph: Graph, days: int) -> float:
    """Calls a day on average.

    Raises:
        Unobserved: the metrics were not read.
    """
    metrics = list(graph.into(endpoint, VariantMetrics))
    if not metrics:
        raise Unobserved(endpoint.name, "no metrics of any of its variants")
    return sum(point.value for one in metrics for point in one.invocations) / days


def _like(endpoint: Endpoint, config: EndpointConfig, graph: Graph) -> list[Endpoint]:
    """Other endpoints of the region that run the same image on the same type of instance, for the same people."""
    found: dict[str, Endpoint] = {}
    region = Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    for image in (image for variant in endpoint.variants for image in variant.ecr_images):
        for other in graph.into(image, Endpoint, Endpoint.variants, within=region):
            if other.key == endpoint.key or other.status in DOWN or _apart(other) != _apart(endpoint):
                continue
            its = _config(other, graph)
            if (
                not _special(its)
                and its.variants[0].model is not None
                and its.variants[0].instance_type == config.variants[0].instance_type
            ):
                found[other.name] = other
    return list(found.values())


def _apart(endpoint: Endpoint) -> Mapping[str, str]:
    return {key.lower(): value for key, value in endpoint.tags.items() if key.lower() in APART}


_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/xgboost@sha256:1f"
_OTHER_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/pytorch@sha256:2e"
_TAGS = {"owner": "risk", "use-case": "churn"}


def _endpoint(
    name: str,
    *,
    config: str = "own",
    image: str = _IMAGE,
    tags: Mapping[str, str] = _TAGS,
    month: int = 3,
    status: Literal["InService", "Failed"] = "InService",
) -> Endpoint:
    return Endpoint(
        name=name,
        status=status,
        created=datetime(2026, month, 28, tzinfo=UTC),
        tags=tags,
        config=Ref(EndpointConfig, config),
        variants=(RunningVariant(name="main", ecr_images=(Ref(Image, image),)),),
    )


def _called(name: str, calls: float) -> VariantMetrics:
    points = (Point(time=datetime(2026, 10, 28, tzinfo=UTC), value=14 * calls),) if calls else ()
    return VariantMetrics(name=f"{name}/main", endpoint=Ref(Endpoint, name), invocations=points)


def _hosted(name: str = "own", model: str | None = "churn", instance_type: str = "ml.m5.large", **more: Any) -> Any:
    variant = HostedVariant(
        name="main", model=Ref(Model, model) if model else None, instance_type=instance_type, **more
    )
    return EndpointConfig(name=name, variants=(variant,), asynchronous=None)


_MODEL = Model(name="churn", primary_container=Container(), containers=())
_MANY = Model(name="many", primary_container=Container(mode="MultiModel"), containers=())
_QUEUED = EndpointConfig(
    name="queued", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),), asynchronous=AsyncSettings()
)
_COMPONENTS = _hosted("components", None)
_PARTS = tuple(InferenceComponent(name=name, endpoint=Ref(Endpoint, "a")) for name in ("letters", "summaries"))
_TWO = EndpointConfig(name="two", variants=(HostedVariant(name="a"), HostedVariant(name="b")), asynchronous=None)
_A = _endpoint("a")
_GROUND = (_hosted(), _MODEL)
_LIKE = (_endpoint("b"), _called("b", 40), _endpoint("c", tags={**_TAGS, "use-case": "lapse"}), _called("c", 900))

fit_many_small_endpoints.cases(
    passes=[
        case(_A, *_GROUND, _called("a", 61_000), *_LIKE),
        case(_endpoint("a", config="shared"), _hosted("shared", "many"), _MANY),
        case(_endpoint("a", config="components"), _COMPONENTS, *_PARTS),
    ],
    fails=[
        case(_A, *_GROUND, _called("a", 300), *_LIKE),
        case(_A, *_GROUND, _called("a", 20), _endpoint("b"), _called("b", 40), alike=2),
    ],
    unknown=[
        Endpoint(),
        case(_A),
        case(_A, _hosted()),
        case(_endpoint("a", config="components"), _COMPONENTS, *_PARTS, unread=[InferenceComponent]),
        case(_A, *_GROUND, *_LIKE),
        case(_A, *_GROUND, _called("a", 300), _endpoint("b"), _endpoint("c")),
        case(_A, *_GROUND, _called("a", 300), *_LIKE, unread=[VariantMetrics]),
        case(_A, *_GROUND, _called("a", 300), *_LIKE, unread=[Endpoint]),
    ],
    not_applicable=[
        _endpoint("a", status="Failed"),
        case(_A, *_GROUND, _called("a", 300)),
        case(_A, *_GROUND, _called("a", 0), *_LIKE),
        case(_endpoint("a", month=10), *_GROUND, _called("a", 3), *_LIKE),
        case(_A, *_GROUND, _called("a", 300), *_LIKE[:2], _endpoint("c", image=_OTHER_IMAGE), _called("c", 9)),
        case(_A, *_GROUND, _called("a", 300), *_LIKE[:2], _endpoint("c", tags={"owner": "claims"}), _called("c", 9)),
        case(_A, *_GROUND, _called("a", 300), *_LIKE[:2], _endpoint("c"), _called("c", 50_000)),
        case(_A, *_GROUND, _called("a", 300), *_LIKE[:2], _endpoint("c", status="Failed")),
        case(
            *(_A, *_GROUND, _called("a", 300), *_LIKE[:2], _endpoint("c", config="big"), _called("c", 9)),
            _hosted("big", instance_type="ml.g5.xlarge"),
        ),
        case(_endpoint("a", config="queued"), _QUEUED),
        case(_endpoint("a", config="two"), _TWO),
        case(_endpoint("a", config="components"), _COMPONENTS, _PARTS[0]),
        case(_endpoint("a", config="free"), _hosted("free", serverless_concurrency=5)),
    ],
)
