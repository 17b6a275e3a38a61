"""Endpoints that run and are not called."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Point
from mllens.scanner.sagemaker import AsyncSettings, Endpoint, EndpointConfig, HostedVariant, Model, VariantMetrics


@rule(
    severity="medium",
    proves=("MLCOST06_BP03",),
    supports=("MLCOST04_BP08", "MLSUS03_BP01", "MLRAI07_BP07"),
    reads=(
        *(Endpoint.status, Endpoint.created, Endpoint.tags, Endpoint.config),
        *(EndpointConfig, EndpointConfig.asynchronous, EndpointConfig.variants, EndpointConfig.shadow_variants),
        *(VariantMetrics.endpoint, VariantMetrics.invocations, VariantMetrics.cpu),
    ),
)
def endpoint_idle(
    endpoint: Endpoint, graph: Graph, *, min_age_days: int = 15, standby: Iterable[str] = ("standby", "failover")
) -> Verdict:
    """An endpoint must be called, or not run.

    Instances bill while they wait. CloudWatch records no invocations where there are none, and none either where it
    records nothing at all: a variant counts as idle only if its instances did report and no call was recorded. A
    standby that must be warm is marked by a tag with one of the words in `standby`. Of asynchronous endpoints SageMaker
    records no invocations at all, so nothing is concluded from there being none.
    """
    if excuse := _excuse(endpoint, graph.now - timedelta(days=min_age_days), {word.lower() for word in standby}):
        return NotApplicable(excuse)
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what kind of variants run cannot be told")
    variants = (*config.variants, *config.shadow_variants)
    if variants and all(v.serverless_concurrency is not None for v in variants):
        return NotApplicable("is serverless and costs nothing while it waits")
    if config.asynchronous is not None:
        raise Unobserved(
            endpoint.name, "it is asynchronous: its calls, InvocationsProcessed in CloudWatch, are not read"
        )
    reported: list[datetime] = []
    for metrics in graph.into(endpoint, VariantMetrics):
        if any(point.value > 0 for point in metrics.invocations):
            return Pass()
        reported += _reported(metrics)
    if not reported:
        raise Unobserved(endpoint.name, "no metrics of any of its variants")
    if any(variant.model is None for variant in variants):
        raise Unobserved(endpoint.name, "it hosts inference components, whose calls are recorded under their own names")
    return Fail(
        f"ran from {min(reported):%Y-%m-%d} to {max(reported):%Y-%m-%d} without a call; "
        "delete it, or serve it serverless or asynchronously"
    )


def _excuse(endpoint: Endpoint, since: datetime, spare: set[str]) -> str:
    """Why calls are not to be expected since then; empty if they are."""
    if endpoint.status != "InService":
        return f"is not in service ({endpoint.status})"
    if endpoint.created > since:
        return f"was created on {endpoint.created:%Y-%m-%d}, after the time that is looked at began"
    if any(text.lower() in spare for tag in endpoint.tags.items() for text in tag):
        return "is a standby by its tags"
    return ""


def _reported(metrics: VariantMetrics) -> list[datetime]:
    """When a variant is known to have run."""
    times = [point.time for point in (*metrics.invocations, *metrics.cpu)]
    if not times:
        raise Unobserved(metrics.name, "CloudWatch recorded nothing of this variant, not even that it runs")
    return times


_OLD = datetime(2026, 3, 1, tzinfo=UTC)


def _points(*values: float) -> tuple[Point, ...]:
    return tuple(Point(time=datetime(2026, 10, 18 + day, tzinfo=UTC), value=value) for day, value in enumerate(values))


def _metrics(variant: str, calls: tuple[Point, ...], cpu: tuple[Point, ...]) -> VariantMetrics:
    return VariantMetrics(name=f"example/{variant}", endpoint=Ref(Endpoint, "example"), invocations=calls, cpu=cpu)


def _config(*, model: str | None = "churn", concurrency: int | None = None) -> EndpointConfig:
    hosted = HostedVariant(name="main", model=Ref(Model, model) if model else None, serverless_concurrency=concurrency)
    return EndpointConfig(name="current", asynchronous=None, variants=(hosted,), shadow_variants=())


_RUNS = Endpoint(status="InService", created=_OLD, tags={}, config=Ref(EndpointConfig, "current"))
_BUSY = _points(3, 5, 4)
_QUEUED = EndpointConfig(
    name="current",
    asynchronous=AsyncSettings(),
    variants=(HostedVariant(name="main", model=Ref(Model, "churn")),),
    shadow_variants=(),
)

endpoint_idle.cases(
    passes=[
        case(_RUNS, _config(), _metrics("main", _points(0, 12), _BUSY)),
        case(_RUNS, _config(), _metrics("a", (), _BUSY), _metrics("b", _points(1), _BUSY), unread=[VariantMetrics]),
    ],
    fails=[
        case(_RUNS, _config(), _metrics("main", (), _BUSY)),
        case(_RUNS, _config(), _metrics("main", _points(0, 0), ())),
    ],
    unknown=[
        Endpoint(),
        case(_RUNS),
        case(_RUNS, _QUEUED, _metrics("main", (), _BUSY)),
        case(_RUNS, _config()),
        case(_RUNS, _config(), _metrics("main", (), ())),
        case(_RUNS, _config(), _metrics("a", (), _BUSY), unread=[VariantMetrics]),
        case(_RUNS, _config(model=None), _metrics("main", (), _BUSY)),
    ],
    not_applicable=[
        Endpoint(status="Failed"),
        Endpoint(status="InService", created=datetime(2026, 10, 25, tzinfo=UTC)),
        Endpoint(status="InService", created=_OLD, tags={"purpose": "Standby"}),
        case(_RUNS, _config(concurrency=5)),
    ],
)
