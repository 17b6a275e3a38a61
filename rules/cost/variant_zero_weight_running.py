"""Variants that are sent nothing and run all the same."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Point
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model, RunningVariant, VariantMetrics


@rule(
    severity="medium",
    supports=("MLCOST06_BP03", "MLCOST04_BP08", "MLREL04_BP02"),
    reads=(
        *(Endpoint.status, Endpoint.tags, Endpoint.variants, Endpoint.config),
        *(EndpointConfig, EndpointConfig.created, EndpointConfig.variants),
        *(VariantMetrics.endpoint, VariantMetrics.invocations, VariantMetrics.cpu),
    ),
)
def variant_zero_weight_running(
    endpoint: Endpoint, graph: Graph, *, min_age_days: int = 15, standby: Iterable[str] = ("standby", "failover")
) -> Verdict:
    """A variant with no share of the requests must not hold instances.

    After a test the loser is often set to weight zero and forgotten; its instances bill as before. Callers may still
    name a variant, whatever its weight: one that was called is left alone. Shadow variants get copies by a weight of
    their own, and inference components get calls by name, so neither is judged.
    """
    if excuse := _excuse(endpoint, standby):
        return NotApplicable(excuse)
    idle = [
        v for v in endpoint.variants if v.weight == 0 and v.serverless_concurrency is None and v.instance_count != 0
    ]
    if not idle:
        return Pass()
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what its variants host cannot be told")
    if config.created > graph.now - timedelta(days=min_age_days):
        return NotApplicable(f"has a configuration of {config.created:%Y-%m-%d}, too new to tell what is left over")
    shared = {variant.name for variant in config.variants if variant.model is None}
    idle = [variant for variant in idle if variant.name not in shared]
    metrics = {measured.name: measured for measured in graph.into(endpoint, VariantMetrics)} if idle else {}
    for variant in idle:
        if _uncalled(endpoint, variant, metrics):
            return Fail(
                f"keeps instances of {variant.name}, which has weight 0 and had no call; "
                "remove it from the next configuration"
            )
    return Pass() if idle else NotApplicable("hosts inference components, which are called by name")


def _excuse(endpoint: Endpoint, standby: Iterable[str]) -> str:
    if endpoint.status != "InService":
        return f"is not in service ({endpoint.status})"
    if len(endpoint.variants) < 2:
        return "has a single variant"
    spare = {word.lower() for word in standby}
    if any(text.lower() in spare for tag in endpoint.tags.items() for text in tag):
        return "holds a standby by its tags"
    return ""


def _uncalled(endpoint: Endpoint, variant: RunningVariant, metrics: dict[str, VariantMetrics]) -> bool:
    """Whether a variant is known to have run without a call.

    Raises:
        Unobserved: CloudWatch recorded nothing of it at all.
    """
    measured = metrics.get(f"{endpoint.name}/{variant.name}")
    if measured is None or not (measured.invocations or measured.cpu):
        raise Unobserved(endpoint.name, f"CloudWatch recorded nothing of its variant {variant.name}")
    return not any(point.value > 0 for point in measured.invocations)


_POINTS = (Point(time=datetime(2026, 10, 20, tzinfo=UTC), value=3.0),)
_MAIN, _LOSER = RunningVariant(name="a", weight=1.0, instance_count=2), HostedVariant(name="b", model=Ref(Model, "b"))
_TAGGED = {"purpose": "Failover"}


def _endpoint(*, weight: float = 0.0, count: int | None = 2, tags: dict[str, str] | None = None) -> Endpoint:
    other = RunningVariant(
        name="b", weight=weight, instance_count=count, serverless_concurrency=5 if count is None else None
    )
    return Endpoint(
        name="example", status="InService", tags=tags or {}, variants=(_MAIN, other), config=Ref(EndpointConfig, "ab")
    )


def _config(hosted: HostedVariant = _LOSER, *, month: int = 3) -> EndpointConfig:
    return EndpointConfig(name="ab", created=datetime(2026, month, 31, tzinfo=UTC), variants=(hosted,))


def _metrics(calls: tuple[Point, ...], cpu: tuple[Point, ...] = _POINTS) -> VariantMetrics:
    return VariantMetrics(name="example/b", endpoint=Ref(Endpoint, "example"), invocations=calls, cpu=cpu)


variant_zero_weight_running.cases(
    passes=[
        _endpoint(weight=0.5),
        _endpoint(count=0),
        _endpoint(count=None),
        case(_endpoint(), _config(), _metrics(_POINTS)),
    ],
    fails=[case(_endpoint(), _config(), _metrics(()))],
    unknown=[
        Endpoint(),
        _endpoint(),
        case(_endpoint(), _config()),
        case(_endpoint(), _config(), _metrics((), ())),
        case(_endpoint(), _config(), _metrics(()), unread=[VariantMetrics]),
    ],
    not_applicable=[
        Endpoint(status="Updating"),
        Endpoint(status="InService", variants=(_MAIN,)),
        _endpoint(tags=_TAGGED),
        case(_endpoint(), _config(month=10)),
        case(_endpoint(), _config(HostedVariant(name="b")), _metrics(())),
    ],
)
