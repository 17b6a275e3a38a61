"""A deployment: one new configuration of an endpoint and one update to it, for all changes that a plan has for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mllens.rules.access import Asked, Policy, boundary_of, decide, policies_of
from mllens.rules.alarms import GUARDS, guards
from mllens.rules.fix import Changed, Created, Deploy, Effect, Fix, Look, Names, NeedsPerson, Step, Undo, Wait
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.iam import ManagedPolicy, Role
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model

READS = (
    *(Endpoint.status, Endpoint.config, Endpoint.variants, EndpointConfig),
    *(EndpointConfig.variants, EndpointConfig.shadow_variants, Model, Model.primary_container, Model.containers),
    *(Model.role, Role, Role.inline_policies, Role.managed_policies, Role.boundary),
    *(ManagedPolicy, ManagedPolicy.versions, *GUARDS),
)
SENDS = ("sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig", "sagemaker:UpdateEndpoint")
"""What a fix that deploys reads and sends, beside its own."""

BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")
LONGEST = 3600  # seconds: fleets of large models take most of an hour
BAKE = 600  # seconds for which both fleets run while the alarms are watched
MOST_ALARMS = 10  # that one deployment may name
OF_ANSWER = ("EndpointConfigName", "EndpointConfigArn", "CreationTime", "ResponseMetadata")
"""Members of a configuration's description that creating one does not take."""


def deploy(
    endpoint: Endpoint,
    graph: Graph,
    *,
    changes: Mapping[str, Any],
    values: Mapping[str, Any],
    settled: Mapping[str, Any],
) -> Deploy:
    """The part of a fix that goes into a deployment.

    What is not known to stand in its way does not: a role that was not read may do what it must.

    Raises:
        NeedsPerson: this endpoint is not for a program to deploy.
        Unobserved: what it runs, or what watches it, was not read.
    """
    if endpoint.status != "InService":
        raise NeedsPerson(f"it is {endpoint.status}; an endpoint is updated while it is in service")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise NeedsPerson(f"its configuration {config.key.name} was deleted; give it one that can be copied")
    if config.shadow_variants:
        raise NeedsPerson("a shadow variant runs beside it, and would begin anew; end the test first")
    for variant in config.variants:
        _deployable(variant)
    for running in endpoint.variants:
        if running.desired_instance_count is None:
            raise Unobserved(endpoint.name, f"AWS left out how many instances {running.name} is to have")
    for model in _models(config, graph):
        _no_product(model, endpoint)
    alarms = _quiet(endpoint, graph)
    for role in roles(config, graph):
        _may_look(role, alarms, graph)
    return Deploy(endpoint, config, changes, values, settled, tuple(alarm.name for alarm in alarms))


def _deployable(variant: HostedVariant) -> None:
    if variant.model is None:
        raise NeedsPerson("it hosts inference components, which are updated one by one")
    if variant.serverless_concurrency is not None:
        raise NeedsPerson("it is serverless, which takes no blue/green deployment with alarms")
    if any(kind.startswith("ml.inf1.") for kind in (variant.instance_type or "", *variant.pool_types)):
        raise NeedsPerson("it runs on Inf1 instances, which take no blue/green deployment")


def _models(config: EndpointConfig, graph: Graph) -> Iterator[Model]:
    for variant in config.variants:
        model = graph.to(variant.model)
        if isinstance(model, Missing):
            raise NeedsPerson(
                f"its model {model.key.name} was deleted, so no new fleet can start; deploy one that exists"
            )
        if model is not None:
            yield model


def _no_product(model: Model, endpoint: Endpoint) -> None:
    for container in (model.primary_container, *model.containers):
        if container is not None and container.package is not None:
            package = container.package.key
            if package.account != endpoint.account and "/" not in package.name:  # products have no versions
                raise NeedsPerson(
                    f"its model {model.name} comes from {package.name}, which may be of the Marketplace, "
                    "whose products take no blue/green deployment"
                )


def _quiet(endpoint: Endpoint, graph: Graph) -> list[Alarm]:
    alarms = list(guards(endpoint, graph))[:MOST_ALARMS]
    if not alarms:
        raise NeedsPerson(
            "no alarm with an action watches its errors or latency, so nothing would roll the deployment back; "
            "let the same plan create one (endpoint-no-error-alarm)"
        )
    for alarm in alarms:
        if alarm.state == "ALARM":
            raise NeedsPerson(
                f"its alarm {alarm.name} rings now, and would roll the deployment back; see to that first"
            )
    return alarms


def roles(config: EndpointConfig, graph: Graph) -> Iterator[Role]:
    """The roles that the models of a configuration run with, as far as they were read.

    Raises:
        NeedsPerson: a model or a role does not exist.
    """
    for reference in dict.fromkeys(model.role for model in _models(config, graph)):
        try:
            role = graph.to(reference)
        except Unobserved:
            continue
        if isinstance(role, Missing):
            raise NeedsPerson(f"the role {role.key.name} of its model was deleted; no new fleet can start without it")
        if role is not None:
            yield role


def denied(role: Role, action: str, resource: str, graph: Graph, *, policy: Policy | None = None) -> bool:
    """Whether a role surely may not do something; `policy` is that of the resource. What was not read denies nothing."""
    try:
        identity, boundary = policies_of(role, graph), boundary_of(role, graph)
    except Unobserved:
        return False
    asked = Asked(role.arn, action, resource)
    return decide(asked, identity=identity, boundary=boundary, resource=(policy,) if policy else ()).answer == "denied"


def _may_look(role: Role, alarms: Iterable[Alarm], graph: Graph) -> None:
    for alarm in alarms:
        if denied(role, "cloudwatch:DescribeAlarms", alarm.arn, graph):
            raise NeedsPerson(
                f"the role {role.name} of its model may not see the alarm {alarm.name}, so it would not roll back; "
                "allow cloudwatch:DescribeAlarms on it"
            )


def deployed(fixes: Sequence[Fix], names: Names) -> Fix:
    """Fixes that deploy the same endpoint as one: one configuration with all their changes, one update.

    Raises:
        NeedsPerson: two of them want different values of one member.
    """
    deploys = [fix.deploys for fix in fixes if fix.deploys is not None]
    endpoint, config = deploys[0].endpoint, deploys[0].config
    assert isinstance(endpoint, Endpoint)
    assert isinstance(config, EndpointConfig)
    settled = _together([d.settled for d in deploys])
    alarms = tuple(dict.fromkeys(name for d in deploys for name in d.alarms))
    name = names(endpoint, "config")
    body = {n: v for n, v in config.answered("DescribeEndpointConfig").items() if n not in OF_ANSWER}
    body |= _together([d.changes for d in deploys])
    body["ProductionVariants"] = _live(endpoint, body.get("ProductionVariants", []))
    body["EndpointConfigName"] = name
    values = {attr: value for attr in EndpointConfig.fields if (value := _value(config, attr)) is not None}
    values.pop("created", None)  # the copy has a time of its own
    if own := {key: value for key, value in values.pop("tags", {}).items() if not key.startswith("aws:")}:
        values["tags"] = own
        body["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(own.items())]
    values |= _together([d.values for d in deploys])
    guarded = _guarded(endpoint, alarms)
    effects: tuple[Effect, ...] = (
        Created(EndpointConfig(name=name, account=config.account, region=config.region, **values)),
        Changed(endpoint, {"config": Ref(EndpointConfig, name, endpoint.account, endpoint.region)}),
        Changed(endpoint, _last(endpoint, guarded)),
    )
    disrupts = ("a new fleet takes over from the old one; twice the instances run, and nothing scales, meanwhile",)
    return Fix(
        steps=(
            *(step for fix in fixes for step in fix.steps),
            *(_create(config, body), _update(endpoint, config, name, settled, guarded)),
        ),
        effect=(*effects, *(effect for fix in fixes for effect in fix.effect)),
        disrupts="; ".join(dict.fromkeys((*disrupts, *(fix.disrupts for fix in fixes if fix.disrupts)))),
        cost="; ".join(dict.fromkeys(fix.cost for fix in fixes if fix.cost)),
        history=tuple(
            dict.fromkeys(
                (
                    "sagemaker:Endpoint.LastModifiedTime",
                    "sagemaker:Endpoint.LastDeploymentConfig",
                    "sagemaker:Endpoint.ProductionVariants",  # tags of images are looked up anew, and since when it runs
                    *(member for fix in fixes for member in fix.history),
                )
            )
        ),
        patch={
            key: _together([fix.patch.get(key, {}) for fix in fixes])
            for key in dict.fromkeys(key for fix in fixes for key in fix.patch)
        }  # a rollback belongs to a deployment: the owner's next update drops it unless the template asks for one
        | {endpoint.key: {"DeploymentConfig": guarded, "RetainAllVariantProperties": True}},
    )


def _guarded(endpoint: Endpoint, alarms: Sequence[str]) -> dict[str, Any]:
    """How the fleets change places: one instance first where there is another, and back when an alarm rings."""
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": BAKE}
    if min((variant.instance_count or 0 for variant in endpoint.variants), default=0) > 1:
        routing |= {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "MaximumExecutionTimeoutInSeconds": LONGEST,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in alarms]},
    }


def _last(endpoint: Endpoint, guarded: Mapping[str, Any]) -> dict[str, Any]:
    """What the endpoint will say of its last deployment."""
    routing = guarded["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    size = routing.get("CanarySize", {})
    alarms = [alarm["AlarmName"] for alarm in guarded["AutoRollbackConfiguration"]["Alarms"]]
    return {
        "rollback_alarms": tuple(Ref(Alarm, name, endpoint.account, endpoint.region) for name in alarms),
        "traffic_routing": routing["Type"],
        "bake_seconds": routing["WaitIntervalInSeconds"],
        "canary_type": size.get("Type"),
        "canary_size": size.get("Value"),
        **dict.fromkeys(("linear_step_type", "linear_step", "rolling_batch_type", "rolling_batch", "rolling_wait")),
    }


def _together(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in parts:
        for member, value in part.items():
            if out.setdefault(member, value) != value:
                raise NeedsPerson(f"two fixes of this plan want different values of {member}")
    return out


def _value(config: EndpointConfig, attr: str) -> Any:
    try:
        return getattr(config, attr)
    except Unobserved:
        return None


def _live(endpoint: Endpoint, variants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Variants with the counts and weights that run now, which may not be those that they began with."""
    running = {variant.name: variant for variant in endpoint.variants}
    out = []
    for variant in variants:
        now = running.get(str(variant.get("VariantName")))
        live = (
            {"InitialInstanceCount": now.desired_instance_count, "InitialVariantWeight": now.desired_weight}
            if now
            else {}
        )
        out.append({**variant, **{n: v for n, v in live.items() if v is not None and n in variant}})
    return out


def _create(config: EndpointConfig, body: Mapping[str, Any]) -> Step:
    name = body["EndpointConfigName"]
    which = {"EndpointConfigName": name}
    on = _arn(config, name)
    return Step(
        id="config",
        service="sagemaker",
        operation="CreateEndpointConfig",
        params=body,
        subject=EndpointConfig(name=name, account=config.account, region=config.region).key,
        look=Look("sagemaker", "DescribeEndpointConfig", which, on=on),
        after={n: v for n, v in body.items() if n != "Tags"},
        undo=Undo("DeleteEndpointConfig", which, on=on),
        on=on,
        also=(
            *((("sagemaker:AddTags", on[0]),) if "Tags" in body else ()),
            *((("iam:PassRole", str(body["ExecutionRoleArn"])),) if "ExecutionRoleArn" in body else ()),
        ),
        template={"Type": "AWS::SageMaker::EndpointConfig", "Properties": dict(body)},
    )


def _update(
    endpoint: Endpoint, config: EndpointConfig, name: str, settled: Mapping[str, Any], guarded: Mapping[str, Any]
) -> Step:
    which = {"EndpointName": endpoint.name}
    members = ("EndpointConfigName", "EndpointStatus", *settled)

    def update(config_name: str) -> dict[str, Any]:
        return {
            **which,
            "EndpointConfigName": config_name,
            "RetainAllVariantProperties": True,
            "DeploymentConfig": guarded,
        }

    def on(config_name: str) -> tuple[str, ...]:
        return (endpoint.arn, *_arn(config, config_name)) if endpoint.arn and config.arn else ("*",)

    return Step(
        id="update",
        service="sagemaker",
        operation="UpdateEndpoint",
        params=update(name),
        subject=endpoint.key,
        look=Look("sagemaker", "DescribeEndpoint", which, members=members, on=(endpoint.arn or "*",)),
        after={"EndpointConfigName": name, "EndpointStatus": "InService", **settled},
        undo=Undo("UpdateEndpoint", update(config.name), on=on(config.name)),
        wait=Wait("EndpointStatus", BUSY, 2 * LONGEST),  # a deployment that takes too long is rolled back after LONGEST
        on=on(name),
    )


def _arn(config: EndpointConfig, name: str) -> tuple[str, ...]:
    """The ARN of another configuration beside one; SageMaker writes names in ARNs in lower case."""
    return (f"{config.arn.rsplit('/', 1)[0]}/{name.lower()}",) if config.arn else ("*",)
