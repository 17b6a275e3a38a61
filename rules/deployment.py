"""A deployment: one new configuration of an endpoint and one update to it, for all changes that a plan has for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from mllens.rules.fix import Changed, Created, Deploy, Effect, Fix, Look, Names, NeedsPerson, Step, Undo, Wait
from mllens.scanner import Ref, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant

READS = (Endpoint.status, Endpoint.config, Endpoint.variants, EndpointConfig.variants)
SENDS = ("sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig", "sagemaker:UpdateEndpoint")
"""What a fix that deploys reads and sends, beside its own."""

BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")
LONGEST = 3600  # seconds: fleets of large models take most of an hour
BAKE = 600  # seconds for which both fleets run while the alarms are watched
OF_ANSWER = ("EndpointConfigName", "EndpointConfigArn", "CreationTime", "ResponseMetadata")
"""Members of a configuration's description that creating one does not take."""


def deploy(
    endpoint: Endpoint,
    config: EndpointConfig,
    *,
    changes: Mapping[str, Any],
    values: Mapping[str, Any],
    settled: Mapping[str, Any],
    alarms: tuple[str, ...],
) -> Deploy:
    """The part of a fix that goes into a deployment.

    Raises:
        NeedsPerson: this endpoint is not for a program to deploy.
    """
    if endpoint.status != "InService":
        raise NeedsPerson(f"it is {endpoint.status}; an endpoint is updated while it is in service")
    for variant in config.variants:
        _deployable(variant)
    if not alarms:
        raise NeedsPerson("no alarm with an action watches it, so nothing would roll the deployment back")
    return Deploy(endpoint, config, changes, values, settled, alarms)


def _deployable(variant: HostedVariant) -> None:
    if variant.model is None:
        raise NeedsPerson("it hosts inference components, which are updated one by one")
    if variant.serverless_concurrency is not None:
        raise NeedsPerson("it is serverless, which takes no blue/green deployment with alarms")
    if (variant.instance_type or "").startswith("ml.inf1."):
        raise NeedsPerson("it runs on Inf1 instances, which take no blue/green deployment")


def deployed(fixes: Sequence[Fix], names: Names) -> Fix:
    """Fixes that deploy the same endpoint as one: one configuration with all their changes, one update.

    Raises:
        NeedsPerson: two of them want different values of one member, or a secret stands in the configuration.
    """
    deploys = [fix.deploys for fix in fixes if fix.deploys is not None]
    endpoint, config = deploys[0].endpoint, deploys[0].config
    assert isinstance(endpoint, Endpoint)
    assert isinstance(config, EndpointConfig)
    changes = _together([d.changes for d in deploys])
    settled = _together([d.settled for d in deploys])
    alarms = tuple(dict.fromkeys(name for d in deploys for name in d.alarms))
    name = names(endpoint, "config")
    body = {n: v for n, v in config.answered("DescribeEndpointConfig").items() if n not in OF_ANSWER} | changes
    body["ProductionVariants"] = _live(endpoint, body.get("ProductionVariants", []))
    body["EndpointConfigName"] = name
    steps = (_create(config, body), _update(endpoint, config, name, settled, alarms))
    values = {attr: value for attr in EndpointConfig.fields if (value := _value(config, attr)) is not None}
    values |= _together([d.values for d in deploys])
    copied = EndpointConfig(name=name, account=config.account, region=config.region, **values)
    effects: tuple[Effect, ...] = (
        Created(copied),
        Changed(endpoint, {"config": Ref(EndpointConfig, name, endpoint.account, endpoint.region)}),
    )
    return Fix(
        steps=(*(step for fix in fixes for step in fix.steps), *steps),
        effect=(*effects, *(effect for fix in fixes for effect in fix.effect)),
        disrupts="a new fleet is started beside the old one and takes over; twice the instances run meanwhile",
        cost="; ".join(dict.fromkeys(fix.cost for fix in fixes if fix.cost)),
        history=tuple(
            dict.fromkeys(
                (
                    "sagemaker:Endpoint.LastModifiedTime",
                    "sagemaker:Endpoint.LastDeploymentConfig",
                    *(member for fix in fixes for member in fix.history),
                )
            )
        ),
        patch=_together([fix.patch for fix in fixes]),
    )


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
    on = (config.arn.rsplit("/", 1)[0] + "/" + name,) if config.arn else ("*",)
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
        template={"Type": "AWS::SageMaker::EndpointConfig", "Properties": dict(body)},
    )


def _update(
    endpoint: Endpoint, config: EndpointConfig, name: str, settled: Mapping[str, Any], alarms: Sequence[str]
) -> Step:
    which = {"EndpointName": endpoint.name}
    guarded = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": BAKE},
            "MaximumExecutionTimeoutInSeconds": LONGEST,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in alarms]},
    }
    folder = config.arn.rsplit("/", 1)[0]
    members = ("EndpointConfigName", "EndpointStatus", *settled)

    def update(config_name: str) -> dict[str, Any]:
        return {
            **which,
            "EndpointConfigName": config_name,
            "RetainAllVariantProperties": True,
            "DeploymentConfig": guarded,
        }

    def on(config_name: str) -> tuple[str, ...]:
        return (endpoint.arn, f"{folder}/{config_name}") if endpoint.arn and config.arn else ("*",)

    return Step(
        id="update",
        service="sagemaker",
        operation="UpdateEndpoint",
        params=update(name),
        subject=endpoint.key,
        look=Look("sagemaker", "DescribeEndpoint", which, members=members, on=(endpoint.arn or "*",)),
        after={"EndpointConfigName": name, "EndpointStatus": "InService", **settled},
        undo=Undo("UpdateEndpoint", update(config.name), on=on(config.name)),
        wait=Wait("EndpointStatus", BUSY, LONGEST),
        on=on(name),
    )
