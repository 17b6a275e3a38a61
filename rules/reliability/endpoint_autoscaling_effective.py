"""Production endpoints whose capacity stays the same whatever the load."""

from collections.abc import Iterable, Iterator

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.autoscaling import ScalableTarget, ScalingPolicy
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model, RunningVariant
from mllens.scanner.sagemaker_inference import InferenceComponent


@rule(
    severity="medium",
    proves=("MLREL05_BP01",),
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


_CONFIG = Ref(EndpointConfig, "current")
_HOSTED = EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "fraud")),))
_SHARED = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
_FLEET = RunningVariant(name="main", weight=1.0)
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
        case(_endpoint(_FLEET), _HOSTED),
        case(_endpoint(_FLEET, name="fraud"), _HOSTED, _target(), _policy()),
        case(_endpoint(_FLEET), _HOSTED, _target()),
        case(_endpoint(_FLEET), _HOSTED, _target(most=2), _policy()),
        case(_endpoint(_FLEET), _HOSTED, _target(suspended=True), _policy()),
        case(_endpoint(_FLEET), _HOSTED, _target(what="variant:DesiredProvisionedConcurrency"), _policy()),
        case(_endpoint(_FLEET, RunningVariant(name="b")), _HOSTED, _target(), _policy()),
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
