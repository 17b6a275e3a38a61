"""How a production endpoint was last changed: in steps, and with alarms that put the old version back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.sagemaker import Container, Endpoint, EndpointConfig, HostedVariant, Model, ModelPackage

MAKING = timedelta(hours=2)  # while an endpoint is being made its time of modification still moves
READS = (
    *(Endpoint.tags, Endpoint.config, Endpoint.created, Endpoint.last_modified),
    *(Endpoint.traffic_routing, Endpoint.rolling_batch, Endpoint.rollback_alarms),
    *(EndpointConfig, EndpointConfig.created, EndpointConfig.variants),
    *(Model, Model.primary_container, Model.containers),
)


@rule(
    severity="high",
    proves=("MLREL04_BP02", "MLREL04_BP01", "MLRAI04_BP05"),
    presumes="an update of a production endpoint",
    reads=READS,
    name="deploy-no-auto-rollback",
)
def rollback(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """The last deployment of a production endpoint must have named alarms that roll it back.

    Without them a bad version serves everyone until a person notices and acts. The setting belongs to a deployment,
    not to the endpoint: an update that does not pass it, or ask for the last one to be kept, has none.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    if endpoint.rollback_alarms:
        return Pass()
    if excuse := _excuse(endpoint, graph):
        return NotApplicable(excuse)
    return Fail(
        "had no rollback alarm in its last deployment; "
        f"name alarms on errors and latency in the DeploymentConfig of its pipeline ({where.assumed})"
    )


@rule(
    severity="medium",
    proves=("MLREL04_BP02", "MLRAI04_BP05"),
    presumes="an update of a production endpoint",
    reads=READS,
    name="deploy-all-at-once",
)
def steps(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """The last deployment of a production endpoint must have shifted its traffic in steps.

    All at once, every request meets a bad version before any alarm can stop it. Canary, linear and rolling
    deployments go in steps. An update that says nothing of it shifts everything at once. Where a shadow test saw all
    of the traffic before, a waiver can say so.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    if endpoint.rolling_batch is not None or endpoint.traffic_routing in {"CANARY", "LINEAR"}:
        return Pass()
    if excuse := _excuse(endpoint, graph):
        return NotApplicable(excuse)
    return Fail(
        "shifted all of its traffic at once in its last deployment; "
        f"set canary, linear or rolling updates in the DeploymentConfig of its pipeline ({where.assumed})"
    )


def _excuse(endpoint: Endpoint, graph: Graph) -> str:
    """Why nothing can be asked of the last deployment; empty if it can.

    Raises:
        Unobserved: it cannot be told whether there was an update, or one that could have had guardrails.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what kind of variants it had cannot be told")
    if all(variant.serverless_concurrency is not None for variant in config.variants):
        return "is serverless, where deployments have no guardrails"
    if any(variant.model is None for variant in config.variants):
        return "hosts inference components, which are updated each on its own"
    types = [t for variant in config.variants for t in (variant.instance_type or "", *variant.pool_types)]
    if any(type_.startswith("ml.inf1.") for type_ in types):
        return "runs on Inf1 instances, where deployments have no guardrails"
    if config.created <= endpoint.created and endpoint.last_modified <= endpoint.created + MAKING:
        return f"was not updated since it was created on {endpoint.created:%Y-%m-%d}"
    recorded = endpoint.traffic_routing or endpoint.rolling_batch or endpoint.rollback_alarms
    if not recorded and config.created <= endpoint.created:
        raise Unobserved(
            endpoint.name, "AWS keeps no last deployment of it; whether it was ever updated cannot be told"
        )
    _no_marketplace(endpoint, config, graph)
    return ""


def _no_marketplace(endpoint: Endpoint, config: EndpointConfig, graph: Graph) -> None:
    """That no container came from the Marketplace, where deployments have no guardrails.

    Raises:
        Unobserved: one may have.
    """
    for variant in config.variants:
        model = graph.to(variant.model)
        if isinstance(model, Missing):
            raise Unobserved(model.key.name, "the model was deleted; whether it came from the Marketplace is not known")
        for container in (model.primary_container, *model.containers) if model is not None else ():
            if container is not None and container.package is not None:
                package = container.package.key
                if package.account != endpoint.account and "/" not in package.name:  # products have no versions
                    raise Unobserved(
                        package.name, "the package may be of the Marketplace, whose products know no steps"
                    )


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


_CREATED, _SERVED, _CHANGED = _at(3, 1), _at(8, 1), _at(9, 1)
_ARN = "arn:aws:sagemaker:us-east-1:{}:model-package/{}"


def _variant(
    *,
    model: str | None = "scoring",
    type_: str | None = "ml.m5.large",
    pool: tuple[str, ...] = (),
    calls: int | None = None,
) -> HostedVariant:
    hosted = Ref(Model, model) if model else None
    return HostedVariant(name="main", model=hosted, instance_type=type_, pool_types=pool, serverless_concurrency=calls)


def _config(*variants: HostedVariant, created: datetime = _SERVED) -> EndpointConfig:
    return EndpointConfig(name="current", created=created, variants=variants or (_variant(),))


def _model(package: str | None = None, account: str = "111122223333") -> Model:
    reference = Ref(ModelPackage, _ARN.format(account, package)) if package else None
    return Model(name="scoring", primary_container=Container(package=reference), containers=())


def _endpoint(name: str = "scoring-prod", *, modified: datetime = _CHANGED, **settings: Any) -> Endpoint:
    unset: dict[str, Any] = {"traffic_routing": None, "rolling_batch": None, "rollback_alarms": ()}
    return Endpoint(
        name=name,
        tags={},
        config=Ref(EndpointConfig, "current"),
        created=_CREATED,
        last_modified=modified,
        **(unset | settings),
    )


_GUARD = (Ref(Alarm, "errors"),)
_NEW = _endpoint(modified=_CREATED)
_OLD = _config(created=_at(2, 1))
_EXCUSED = (
    case(_endpoint("scoring-dev"), _config(), _model()),
    case(_NEW, _OLD, _model()),
    case(_endpoint(modified=_CREATED, traffic_routing="ALL_AT_ONCE"), _OLD, _model()),
    case(_endpoint(), _config(_variant(type_=None, calls=5)), _model()),
    case(_endpoint(), _config(_variant(model=None))),
    case(_endpoint(), _config(_variant(type_="ml.inf1.xlarge")), _model()),
    case(_endpoint(), _config(_variant(type_=None, pool=("ml.inf1.xlarge",))), _model()),
)
_UNTOLD = (
    Endpoint(name="scoring-prod", tags={}),
    Endpoint(name="scoring-prod", rollback_alarms=_GUARD, traffic_routing="LINEAR", rolling_batch=None),
    case(_endpoint()),
    case(_endpoint(), _config(), unread=[Model]),
    case(_endpoint(), _config()),
    case(_endpoint(), _OLD, _model()),
    case(_endpoint(), _config(), _model("detector-0a1b", account="444455556666")),
)

rollback.cases(
    passes=[
        case(_endpoint(rollback_alarms=_GUARD), unread=[EndpointConfig]),
        case(_endpoint(rollback_alarms=_GUARD, traffic_routing="CANARY"), _config(), _model()),
    ],
    fails=[
        case(_endpoint(), _config(), _model()),
        case(_endpoint("scoring"), _config(), _model("scoring/3")),
        case(_endpoint(traffic_routing="CANARY"), _OLD, _model("scoring/3", account="444455556666")),
        case(_endpoint(rolling_batch=1), _OLD, _model("unversioned")),
    ],
    unknown=_UNTOLD,
    not_applicable=_EXCUSED,
)
steps.cases(
    passes=[
        case(_endpoint(traffic_routing="CANARY"), unread=[EndpointConfig]),
        _endpoint(traffic_routing="LINEAR"),
        _endpoint(rolling_batch=1),
    ],
    fails=[
        case(_endpoint(), _config(), _model()),
        case(_endpoint(traffic_routing="ALL_AT_ONCE"), _OLD, _model("scoring/3")),
        case(_endpoint(rollback_alarms=_GUARD), _OLD, _model()),
    ],
    unknown=_UNTOLD,
    not_applicable=_EXCUSED,
)
