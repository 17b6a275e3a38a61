"""Production variants that run, or may be scaled down to, a single instance."""

from collections.abc import Iterable, Iterator
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.autoscaling import ScalableTarget, ScalingPolicy
from mllens.scanner.sagemaker import AsyncSettings, Endpoint, EndpointConfig, HostedVariant, Model, RunningVariant
from mllens.scanner.sagemaker_inference import InferenceComponent


@rule(
    severity="high",
    proves=("MLREL05_BP01",),
    reads=(
        *(Endpoint.tags, Endpoint.status, Endpoint.variants, Endpoint.config, EndpointConfig),
        *(EndpointConfig.asynchronous, EndpointConfig.variants),
        *(ScalableTarget.endpoint, ScalableTarget.component, ScalableTarget.dimension, ScalableTarget.min_capacity),
        *(ScalableTarget.scaling_in_suspended, ScalingPolicy.target),
        *(InferenceComponent.endpoint, InferenceComponent.copies),
    ),
)
def endpoint_effective_capacity_single(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION, least: int = 2
) -> Verdict:
    """A production endpoint must keep at least two instances of each variant that serves.

    One instance is one zone: when it fails, every request fails until another has started. What counts is what runs
    and how far scaling may lower it, not what the configuration once began with. Serverless, asynchronous endpoints
    and what may scale to zero wait by design; copies of inference components count as instances do.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    if endpoint.status != "InService":
        return NotApplicable(f"is not in service ({endpoint.status})")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what kind of variants run cannot be told")
    if config.asynchronous is not None:
        return NotApplicable("is asynchronous: requests wait in its queue while it has no instances")
    fixed = [v for v in endpoint.variants if v.serverless_concurrency is None and v.weight != 0]
    fixed = [v for v in fixed if not (v.managed_scaling == "ENABLED" and v.scaling_minimum == 0)]
    if not fixed:
        return NotApplicable("has no variant with instances of its own that serves, or one that scales to zero")
    for few in _few(endpoint, config, fixed, graph, least):
        return Fail(f"{few} ({where.assumed})")
    return Pass()


def _few(
    endpoint: Endpoint, config: EndpointConfig, fixed: Iterable[RunningVariant], graph: Graph, least: int
) -> Iterator[str]:
    """What runs with less than the least, or may come to.

    Raises:
        Unobserved: when met, what cannot be told.
    """
    for variant in fixed:
        yield from _few_instances(endpoint, variant, least)
    for target in _lowered(endpoint, graph, {v.name for v in fixed}, least):
        yield f"may be scaled down to {target.min_capacity} by {target.name}; raise its MinCapacity to {least}"
    if any(variant.model is None for variant in config.variants):
        for component in graph.into(endpoint, InferenceComponent):
            yield from _few_copies(component, graph, least)


def _few_copies(component: InferenceComponent, graph: Graph, least: int) -> Iterator[str]:
    """A component without copies of its own, or with none at all, does not serve by itself; one may scale to zero."""
    if not component.copies:
        return
    targets = [t for t in graph.into(component, ScalableTarget) if any(True for _ in graph.into(t, ScalingPolicy))]
    lows = [target.min_capacity for target in targets if not target.scaling_in_suspended]
    if 0 in lows:
        return
    if component.copies < least:
        yield f"runs {component.name} with copy count {component.copies}; raise its CopyCount to {least}"
    if any(low < least for low in lows):
        yield f"may scale {component.name} down to {min(lows)} copy; raise the MinCapacity of its target to {least}"


def _few_instances(endpoint: Endpoint, variant: RunningVariant, least: int) -> Iterator[str]:
    if variant.instance_count is None:
        raise Unobserved(endpoint.name, f"AWS left out how many instances {variant.name} has")
    if variant.instance_count < least:
        yield f"runs {variant.name} with instance count {variant.instance_count}; raise its DesiredInstanceCount to {least}"
    if variant.managed_scaling == "ENABLED":
        if variant.scaling_minimum is None:
            raise Unobserved(endpoint.name, f"AWS left out how far {variant.name} may be scaled down")
        if variant.scaling_minimum < least:
            yield f"may scale {variant.name} down to {variant.scaling_minimum}; raise its MinInstanceCount to {least}"


def _lowered(endpoint: Endpoint, graph: Graph, variants: set[str], least: int) -> Iterator[ScalableTarget]:
    """Targets that a policy may take below the least."""
    for target in graph.into(endpoint, ScalableTarget):
        if target.name.rsplit("/", 1)[-1] not in variants or not target.dimension.endswith("DesiredInstanceCount"):
            continue
        low = target.min_capacity < least and not target.scaling_in_suspended
        if low and any(True for _ in graph.into(target, ScalingPolicy)):
            yield target


_CONFIG = Ref(EndpointConfig, "current")
_MAIN, _LLM = "endpoint/fraud-prod/variant/main", "inference-component/llm"
_HOSTED = EndpointConfig(
    name="current", asynchronous=None, variants=(HostedVariant(name="main", model=Ref(Model, "fraud")),)
)
_SHARED = EndpointConfig(name="current", asynchronous=None, variants=(HostedVariant(name="main"),))
_QUEUED = EndpointConfig(name="current", asynchronous=AsyncSettings(), variants=_HOSTED.variants)
_COPIES = InferenceComponent(name="llm", endpoint=Ref(Endpoint, "fraud-prod"), copies=2)
_ADAPTER = InferenceComponent(name="tuned", endpoint=Ref(Endpoint, "fraud-prod"), copies=None)
_SINGLE = InferenceComponent(name="llm", endpoint=Ref(Endpoint, "fraud-prod"), copies=1)


def _endpoint(
    *variants: RunningVariant, name: str = "fraud-prod", status: Literal["InService", "Updating"] = "InService"
) -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=_CONFIG, variants=variants)


def _runs(
    count: int | None,
    name: str = "main",
    *,
    weight: float = 1,
    concurrency: int | None = None,
    managed: bool = False,
    minimum: int | None = None,
) -> RunningVariant:
    return RunningVariant(
        name=name,
        weight=weight,
        instance_count=count,
        serverless_concurrency=concurrency,
        managed_scaling="ENABLED" if managed else None,
        scaling_minimum=minimum,
    )


def _target(
    minimum: int, *, of: str = _MAIN, suspended: bool = False, what: str = "variant:DesiredInstanceCount"
) -> ScalableTarget:
    return ScalableTarget(
        name=of,
        endpoint=Ref(Endpoint, of),
        component=Ref(InferenceComponent, of),
        dimension=f"sagemaker:{what}",
        min_capacity=minimum,
        scaling_in_suspended=suspended,
    )


def _copies(minimum: int, *, suspended: bool = False) -> ScalableTarget:
    return _target(minimum, of=_LLM, what="inference-component:DesiredCopyCount", suspended=suspended)


_POLICY = ScalingPolicy(name="calls", target=Ref(ScalableTarget, _MAIN))
_OF_COPIES = ScalingPolicy(name="of-copies", target=Ref(ScalableTarget, _LLM))
_TWO = _runs(2, managed=True, minimum=2)

endpoint_effective_capacity_single.cases(
    passes=[
        case(_endpoint(_runs(2)), _HOSTED),
        case(_endpoint(_runs(3)), _HOSTED, _target(2), _POLICY),
        case(_endpoint(_runs(3)), _HOSTED, _target(1, suspended=True), _POLICY),
        case(_endpoint(_runs(3)), _HOSTED, _target(1)),
        case(_endpoint(_runs(3), _runs(None, "calm", concurrency=5)), _HOSTED),
        case(_endpoint(_runs(3)), _HOSTED, _target(1, what="variant:DesiredProvisionedConcurrency"), _POLICY),
        case(_endpoint(_runs(2), _runs(1, "old", weight=0)), _HOSTED),
        case(_endpoint(_runs(2, managed=True, minimum=2)), _SHARED, _COPIES, _ADAPTER),
        case(_endpoint(_TWO), _SHARED, _COPIES, _copies(2), _OF_COPIES),
        case(_endpoint(_TWO), _SHARED, _COPIES, _copies(1, suspended=True), _OF_COPIES),
        case(_endpoint(_TWO), _SHARED, _SINGLE, _copies(0), _OF_COPIES),
    ],
    fails=[
        case(_endpoint(_runs(1)), _HOSTED, unread=[ScalableTarget]),
        case(_endpoint(_runs(1), name="fraud"), _HOSTED),
        case(_endpoint(_runs(3), _runs(1, "b")), _HOSTED),
        case(_endpoint(_runs(3)), _HOSTED, _target(1), _POLICY),
        case(_endpoint(_runs(3, managed=True, minimum=1)), _SHARED),
        case(_endpoint(_TWO), _SHARED, _SINGLE),
        case(_endpoint(_TWO), _SHARED, _SINGLE, _copies(0)),
        case(_endpoint(_TWO), _SHARED, _COPIES, _copies(1), _OF_COPIES),
        case(_endpoint(_runs(2)), _HOSTED, least=3),
    ],
    unknown=[
        Endpoint(),
        case(_endpoint(_runs(1))),
        case(_endpoint(_runs(None)), _HOSTED),
        case(_endpoint(_runs(2, managed=True)), _SHARED),
        case(_endpoint(_runs(2)), _HOSTED, unread=[ScalableTarget]),
        case(_endpoint(_runs(3)), _HOSTED, _target(1), unread=[ScalingPolicy]),
        case(_endpoint(_runs(2, managed=True, minimum=2)), _SHARED, _COPIES, unread=[InferenceComponent]),
    ],
    not_applicable=[
        case(_endpoint(_runs(1), name="fraud-dev"), _HOSTED),
        case(_endpoint(_runs(1), status="Updating"), _HOSTED),
        case(_endpoint(_runs(1)), _QUEUED),
        case(_endpoint(_runs(None, concurrency=5)), _HOSTED),
        case(_endpoint(_runs(1, managed=True, minimum=0)), _SHARED),
    ],
)
