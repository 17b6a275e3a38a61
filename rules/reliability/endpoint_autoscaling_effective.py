"""Production endpoints whose capacity stays the same whatever the load."""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.fix import Fix, Names, NeedsPerson
from mllens.rules.in_production import live
from mllens.rules.scaling import INSTANCES, SENDS, bounded, resource_of, tracked
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Key, Missing, Ref, Unobserved
from mllens.scanner.autoscaling import ScalableTarget, ScalingPolicy
from mllens.scanner.cloudwatch import Point
from mllens.scanner.sagemaker import (
    AsyncSettings,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    RunningVariant,
    VariantMetrics,
)
from mllens.scanner.sagemaker_inference import InferenceComponent


@rule(
    severity="medium",
    proves=("MLREL05_BP01",),
    supports=("MLCOST05_BP03",),
    reads=(
        *(Endpoint.tags, Endpoint.status, Endpoint.variants, Endpoint.config, EndpointConfig, EndpointConfig.variants),
        *(ScalableTarget.endpoint, ScalableTarget.component, ScalableTarget.dimension),
        *(ScalableTarget.min_capacity, ScalableTarget.max_capacity, ScalableTarget.scaling_out_suspended),
        *(ScalingPolicy.target, InferenceComponent.endpoint, InferenceComponent.copies),
    ),
)
def endpoint_autoscaling_effective(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production endpoint must scale with its load.

    A fixed fleet fails at the first peak above it, and stands idle below. A target without a policy does not scale,
    nor does one with a single size or with scaling out suspended; a schedule alone does not know the load. Where
    variants host inference components, both must scale: the copies and the instances below them. Serverless variants
    scale by themselves, also above their provisioned concurrency.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what kind of variants run cannot be told")
    fleets = [v for v in endpoint.variants if v.serverless_concurrency is None and v.weight != 0]
    if not fleets:
        return NotApplicable("has no variant with instances of its own that serves")
    for fault in _fixed(endpoint, config, fleets, graph):
        return Fail(f"does not scale {fault} ({where})")
    return Pass()


def _fixed(endpoint: Endpoint, config: EndpointConfig, fleets: Iterable[RunningVariant], graph: Graph) -> Iterator[str]:
    """Fleets and components that nothing moves, with the reason and what to do.

    Raises:
        Unobserved: when met, what cannot be told.
    """
    targets = list(graph.into(endpoint, ScalableTarget))
    for variant in fleets:
        mine = [target for target in targets if target.name == f"endpoint/{endpoint.name}/variant/{variant.name}"]
        if variant.managed_scaling != "ENABLED" and (why := _still(mine, graph)):
            yield f"{variant.name}{why}"
    if any(variant.model is None for variant in config.variants):
        for component in graph.into(endpoint, InferenceComponent):
            if component.copies is None:  # an adapter goes with its base
                continue
            if why := _still(list(graph.into(component, ScalableTarget)), graph):
                yield f"the copies of {component.name}{why}"


def _still(targets: Iterable[ScalableTarget], graph: Graph) -> str:
    """Why none of these targets lets instances or copies grow, and what to do; empty if one does.

    Raises:
        Unobserved: the policies of one that could were not read.
    """
    why = "; register a scalable target with room to grow, and a policy"
    for target in targets:
        if not target.dimension.endswith(("DesiredInstanceCount", "DesiredCopyCount")):
            continue
        if target.scaling_out_suspended:
            why = ", as scaling out is suspended; resume it in the SuspendedState of its scalable target"
        elif target.max_capacity <= target.min_capacity:
            why = f", as its scalable target goes from {target.min_capacity} to {target.max_capacity}; raise its MaxCapacity"
        elif any(True for _ in graph.into(target, ScalingPolicy)):
            return ""
        else:
            why = ", as its scalable target has no policy; put a target tracking policy on it"
    return why


OF_A_DAY = 24 * 60  # minutes


@endpoint_autoscaling_effective.fix(
    sends=SENDS,
    reads=(EndpointConfig.asynchronous, VariantMetrics.endpoint, VariantMetrics.invocations),
    makes=(ScalableTarget, ScalingPolicy),
)
def scale_with_calls(
    endpoint: Endpoint, graph: Graph, names: Names, *, least: int = 0, most: int = 0, target: float = 0.0
) -> Fix:
    """Let the endpoint's variants scale with their calls.

    Each goes from `least` (by default what runs now, so that it never gets less) to `most` instances (by default twice
    that), and tracks `target` calls a minute for each instance. By default that is what one bore on the busiest day
    that was measured, on average: it scales out rather too early than too late, and costs no more than `most`. Bounds
    that somebody set, and a suspension, are theirs: a limit is raised to `most` only where that is chosen.
    """
    targets, steps, effects, costs = list(graph.into(endpoint, ScalableTarget)), [], [], []
    patch: dict[Key, dict[str, int]] = {}
    for variant, kind in _scalable(endpoint, graph):
        mine = [one for one in targets if one.name == resource_of(endpoint, variant.name)]
        if not _still(mine, graph):
            continue
        running = _running(endpoint, variant)
        present = _present(variant, mine, most)
        if present is not None and present.max_capacity > present.min_capacity:
            high = present.max_capacity
        else:
            low = least or (present.min_capacity if present else running)
            high = most or 2 * low
            step, effect = bounded(endpoint, variant.name, low, high, present=present)
            steps.append(step)
            effects.append(effect)
            patch |= {present.key: {"MinCapacity": low, "MaxCapacity": high}} if present else {}
        costs.append(f"up to {high} {kind} for {variant.name} while calls come, where {running} run now")
        if present is None or not any(True for _ in graph.into(present, ScalingPolicy)):
            calls = target or _borne(endpoint, variant, running, graph)
            step, effect = tracked(endpoint, variant.name, names(endpoint, "calls"), calls)
            steps.append(step)
            effects.append(effect)
    return Fix(
        steps=tuple(steps),
        effect=tuple(effects),
        cost="; ".join(costs),
        concerns=(endpoint,),
        history=("sagemaker:Endpoint.ProductionVariants",),  # as many instances as it was scaled to
        patch=patch,
    )


def _scalable(endpoint: Endpoint, graph: Graph) -> Iterator[tuple[RunningVariant, str]]:
    """The variants that a target could scale, with their instance types.

    Raises:
        NeedsPerson: this endpoint does not scale in that way.
    """
    if endpoint.status != "InService":
        raise NeedsPerson(f"it is {endpoint.status}; scaling is set up while it is in service")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise NeedsPerson("its configuration was deleted, so that its kind of variants cannot be told")
    if config.asynchronous is not None:
        raise NeedsPerson("it is asynchronous; track its ApproximateBacklogSizePerInstance, a metric to be made for it")
    if any(variant.model is None for variant in config.variants):
        raise NeedsPerson("it hosts inference components; how many copies an instance holds is for who knows them")
    types = {variant.name: variant.instance_type or "instances" for variant in config.variants}
    for variant in endpoint.variants:
        kind = types.get(variant.name, "instances")
        if variant.serverless_concurrency is None and variant.weight != 0 and variant.managed_scaling != "ENABLED":
            if kind.startswith("ml.t2."):
                raise NeedsPerson(f"{variant.name} runs on {kind}, which cannot scale; choose another type first")
            yield variant, kind


def _present(variant: RunningVariant, mine: Iterable[ScalableTarget], most: int) -> ScalableTarget | None:
    """The target that a variant has.

    Raises:
        NeedsPerson: somebody wanted it as it is.
    """
    for found in mine:
        if found.dimension != INSTANCES:
            raise NeedsPerson(f"{variant.name} is registered for {found.dimension}, which it has not; deregister that")
        if found.scaling_out_suspended:
            raise NeedsPerson(f"somebody suspended scaling out of {variant.name}; ask why, then resume it")
        if found.max_capacity <= found.min_capacity and not most:
            raise NeedsPerson(
                f"somebody holds {variant.name} at {found.max_capacity}; choose how far it may grow by most="
            )
        return found
    return None


def _running(endpoint: Endpoint, variant: RunningVariant) -> int:
    count = variant.desired_instance_count or variant.instance_count
    if not count:
        raise Unobserved(endpoint.name, f"AWS left out how many instances {variant.name} has")
    return count


def _borne(endpoint: Endpoint, variant: RunningVariant, running: int, graph: Graph) -> float:
    """Calls a minute that each instance of a fixed fleet bore on the busiest day that was measured.

    Raises:
        NeedsPerson: none were measured.
    """
    ask = f"choose how many calls a minute an instance of {variant.name} bears by target= (a load test tells)"
    try:
        measured = [m for m in graph.into(endpoint, VariantMetrics) if m.name == f"{endpoint.name}/{variant.name}"]
        busiest = max((point.value for one in measured for point in one.invocations), default=0.0)
    except Unobserved as gap:
        raise NeedsPerson(f"{ask}, or scan with metrics ({gap})") from None
    if not busiest:
        raise NeedsPerson(f"{ask}; no calls were measured")
    return float(max(1, math.floor(busiest / OF_A_DAY / running)))


_CONFIG = Ref(EndpointConfig, "current")
_MODEL = Ref(Model, "fraud")
_ON_M5 = HostedVariant(name="main", model=_MODEL, instance_type="ml.m5.large")
_HOSTED = EndpointConfig(name="current", variants=(_ON_M5, HostedVariant(name="b", model=_MODEL)), asynchronous=None)
_SMALL = EndpointConfig(
    name="current",
    variants=(HostedVariant(name="main", model=_MODEL, instance_type="ml.t2.medium"),),
    asynchronous=None,
)
_QUEUED = EndpointConfig(name="current", variants=(_ON_M5,), asynchronous=AsyncSettings())
_SHARED = EndpointConfig(name="current", variants=(HostedVariant(name="main"),), asynchronous=None)
_FLEET = RunningVariant(name="main", weight=1.0, instance_count=2, desired_instance_count=2)
_MANAGED = RunningVariant(name="main", weight=1.0, managed_scaling="ENABLED")
_SERVERLESS = RunningVariant(name="calm", weight=1.0, serverless_concurrency=5, provisioned_concurrency=2)
_MAIN, _COPIES = "endpoint/fraud-prod/variant/main", "inference-component/llm"
_COMPONENT = InferenceComponent(name="llm", endpoint=Ref(Endpoint, "fraud-prod"), copies=1)
_ADAPTER = InferenceComponent(name="tuned", endpoint=Ref(Endpoint, "fraud-prod"), copies=None)


def _endpoint(*variants: RunningVariant, name: str = "fraud-prod") -> Endpoint:
    return Endpoint(name=name, tags={}, status="InService", config=_CONFIG, variants=variants)


def _target(
    name: str = _MAIN, *, what: str = "variant:DesiredInstanceCount", most: int = 8, suspended: bool = False
) -> ScalableTarget:
    return ScalableTarget(
        name=name,
        endpoint=Ref(Endpoint, name),
        component=Ref(InferenceComponent, name),
        dimension=f"sagemaker:{what}",
        min_capacity=2,
        max_capacity=most,
        scaling_out_suspended=suspended,
    )


def _policy(target: str = _MAIN) -> ScalingPolicy:
    return ScalingPolicy(name=f"of-{target}", target=Ref(ScalableTarget, target))


def _measured(variant: str, *calls: float) -> VariantMetrics:
    points = tuple(Point(time=datetime(2026, 10, day, tzinfo=UTC), value=value) for day, value in enumerate(calls, 1))
    return VariantMetrics(name=f"fraud-prod/{variant}", endpoint=Ref(Endpoint, "fraud-prod"), invocations=points)


_BUSY = _measured("main", 120_000.0, 345_600.0, 0.0)
_OF_COPIES = _target(_COPIES, what="inference-component:DesiredCopyCount")

endpoint_autoscaling_effective.cases(
    passes=[
        case(_endpoint(_FLEET), _HOSTED, _target(), _policy()),
        case(_endpoint(_FLEET, _SERVERLESS), _HOSTED, _target(), _policy()),
        case(_endpoint(_FLEET, RunningVariant(name="old", weight=0.0)), _HOSTED, _target(), _policy()),
        case(_endpoint(_MANAGED), _SHARED, _COMPONENT, _ADAPTER, _OF_COPIES, _policy(_COPIES)),
        case(_endpoint(_FLEET), _SHARED, _target(), _policy(), _COMPONENT, _OF_COPIES, _policy(_COPIES)),
    ],
    fails=[
        case(_endpoint(_FLEET), _HOSTED, _BUSY, _measured("b", 9_000_000.0)),
        case(_endpoint(_FLEET), _HOSTED, unread=[VariantMetrics]),
        case(_endpoint(_FLEET), _HOSTED, _measured("main", 0.0)),
        case(_endpoint(_FLEET), _SMALL, _BUSY),
        case(_endpoint(_FLEET), _QUEUED, _BUSY),
        case(_endpoint(_FLEET, name="fraud"), _HOSTED, _target(), _policy()),
        case(_endpoint(_FLEET), _HOSTED, _target(), _BUSY),
        case(_endpoint(_FLEET), _HOSTED, _target(most=2), _policy()),
        case(_endpoint(_FLEET), _HOSTED, _target(suspended=True), _policy()),
        case(_endpoint(_FLEET), _HOSTED, _target(what="variant:DesiredProvisionedConcurrency"), _policy()),
        case(
            _endpoint(_FLEET, RunningVariant(name="b", instance_count=1)),
            *(_HOSTED, _target(), _policy(), _measured("b", 14_400.0)),
        ),
        case(_endpoint(_MANAGED), _SHARED, _COMPONENT),
        case(_endpoint(_FLEET), _SHARED, _COMPONENT, _OF_COPIES, _policy(_COPIES)),
    ],
    unknown=[
        Endpoint(),
        case(_endpoint(_FLEET)),
        case(_endpoint(_FLEET), _HOSTED, unread=[ScalableTarget]),
        case(_endpoint(_FLEET), _HOSTED, _target(), unread=[ScalingPolicy]),
        case(_endpoint(_MANAGED), _SHARED, unread=[InferenceComponent]),
    ],
    not_applicable=[
        case(_endpoint(_FLEET, name="fraud-dev"), _HOSTED),
        case(_endpoint(_SERVERLESS), _HOSTED),
        case(_endpoint(), _HOSTED),
        Endpoint(name="fraud-prod", tags={}, status="Creating"),
    ],
)
