"""Shadow tests whose latency cannot be compared."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model


@rule(
    severity="low",
    supports=("MLPERF04_BP05", "MLREL04_BP02"),
    presumes="a shadow variant",
    reads=(Endpoint.config, EndpointConfig, EndpointConfig.variants, EndpointConfig.shadow_variants),
)
def shadow_different_capacity(endpoint: Endpoint, graph: Graph) -> Verdict:
    """A shadow variant must run on the same type of instances as production.

    A shadow shows how a new version does with real requests. On other instances its latency says as much of the
    hardware as of the model. Where the hardware is what is tested, waive it. Pools mix types by design.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; whether it has shadow variants is not known")
    types = {variant.instance_type for variant in config.variants if variant.instance_type is not None}
    shadows = [variant for variant in config.shadow_variants if variant.instance_type is not None]
    if not types or not shadows:
        return NotApplicable("has no shadow variant on a type of instances to compare with")
    for shadow in shadows:
        if shadow.instance_type not in types:
            return Fail(
                f"runs the shadow {shadow.name} on {shadow.instance_type} and production on "
                f"{', '.join(sorted(types))}; give both the same type to compare them"
            )
    return Pass()


def _variant(name: str, type_: str | None, *pool: str) -> HostedVariant:
    return HostedVariant(name=name, model=Ref(Model, "fraud"), instance_type=type_, pool_types=pool)


def _config(production: HostedVariant, *shadows: HostedVariant) -> EndpointConfig:
    return EndpointConfig(name="current", variants=(production,), shadow_variants=shadows)


_LIVE = Endpoint(config=Ref(EndpointConfig, "current"))
_MAIN = _variant("main", "ml.m5.xlarge")

shadow_different_capacity.cases(
    passes=[case(_LIVE, _config(_MAIN, _variant("next", "ml.m5.xlarge")))],
    fails=[
        case(_LIVE, _config(_MAIN, _variant("next", "ml.m7i.xlarge"))),
        case(_LIVE, _config(_MAIN, _variant("a", "ml.m5.xlarge"), _variant("b", "ml.m5.2xlarge"))),
    ],
    unknown=[Endpoint(), _LIVE, case(_LIVE, unread=[EndpointConfig])],
    not_applicable=[
        case(_LIVE, _config(_MAIN)),
        case(_LIVE, _config(_variant("main", None, "ml.g6.xlarge", "ml.g5.xlarge"), _variant("next", "ml.g6.xlarge"))),
    ],
)
