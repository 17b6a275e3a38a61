"""Shells into the containers that serve production."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model


@rule(
    severity="high",
    proves=("MLSEC03_BP02",),
    supports=("MLRAI03_BP02", "MLRAI03_BP04"),
    reads=(
        *(Endpoint.tags, Endpoint.status, Endpoint.config),
        *(EndpointConfig, EndpointConfig.variants, EndpointConfig.shadow_variants),
    ),
)
def endpoint_ssm_access_enabled(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """A production endpoint must not open its containers to shells of Systems Manager.

    Who opens a session reads requests, answers, the model and the credentials of its role, and can change what is
    served without a deployment. SageMaker keeps this off unless it is asked for. It is meant for debugging; an
    endpoint that is marked as none of production may have it.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; whether it opens shells cannot be told")
    hosted = (*config.variants, *config.shadow_variants)
    if hosted and all(variant.serverless_concurrency is not None for variant in hosted):
        return NotApplicable("is serverless, where there is no instance to open a shell on")
    for variant in hosted:
        if variant.ssm_access:
            return Fail(
                f"allows shells into the containers of {variant.name} ({config.name}); "
                f"update it to a configuration without EnableSSMAccess ({where})"
            )
    return Pass()


def _variant(name: str = "main", *, open_: bool = False, calls: int | None = None) -> HostedVariant:
    return HostedVariant(name=name, model=Ref(Model, "fraud"), ssm_access=open_, serverless_concurrency=calls)


def _config(*variants: HostedVariant, shadows: tuple[HostedVariant, ...] = ()) -> EndpointConfig:
    return EndpointConfig(name="current", variants=variants, shadow_variants=shadows)


_CONFIG = Ref(EndpointConfig, "current")
_PROD = Endpoint(name="fraud-prod", tags={}, status="InService", config=_CONFIG)
_OPEN = _config(_variant(open_=True))

endpoint_ssm_access_enabled.cases(
    passes=[
        case(_PROD, _config(_variant())),
        case(_PROD, _config(HostedVariant(name="main"))),
    ],
    fails=[
        case(_PROD, _OPEN),
        case(_PROD, _config(_variant(), _variant("b", open_=True))),
        case(_PROD, _config(_variant(), shadows=(_variant("shadow", open_=True),))),
        case(Endpoint(name="fraud", tags={}, status="InService", config=_CONFIG), _OPEN),
    ],
    unknown=[Endpoint(), _PROD, case(_PROD, unread=[EndpointConfig]), case(Endpoint(config=_CONFIG), _OPEN)],
    not_applicable=[
        case(Endpoint(name="fraud-prod", tags={"env": "dev"}, config=_CONFIG), _OPEN),
        case(_PROD, _config(_variant(calls=5))),
        Endpoint(name="fraud-prod", tags={}, status="Failed"),
    ],
)
