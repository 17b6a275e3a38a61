"""Production endpoints that a long-approved version never reached."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import READS, hosted
from mllens.rules.in_production import live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Key, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    ModelPackageGroup,
)
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="medium",
    confidence="medium",
    supports=("MLREL03_BP01", "MLRAI07_BP02"),
    reads=(
        *(Endpoint.tags, *READS, Model.primary_container, Model.containers, ModelPackage, ModelPackageGroup),
        *(ModelPackage.group, ModelPackage.version, ModelPackage.approval_status),
        *(ModelPackage.created, ModelPackage.last_modified),
    ),
)
def endpoint_behind_latest_approved(
    endpoint: Endpoint,
    graph: Graph,
    *,
    production: Iterable[str] = PRODUCTION,
    grace_days: int = 30,
    hold_tag: str = "hold-version-until",
) -> Verdict:
    """A production endpoint must serve the newest approved version of its group, or say until when it will not.

    A version that was approved and never arrived means that delivery is broken, or that nobody noticed. Who holds an
    endpoint back on purpose tags it `hold-version-until` with a date. AWS keeps no time of the approval: a version
    counts as long approved once nothing was changed on it for `grace_days`.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    if (until := _held(endpoint.tags.get(hold_tag, ""))) and until >= graph.now.date():
        return NotApplicable(f"is held back until {until} by its tag {hold_tag}")
    serving = _newest(endpoint, graph)
    untold = ""
    since = graph.now - timedelta(days=grace_days)
    for group, version, _ in serving:
        for other in graph.into(group, ModelPackage, via=ModelPackage.group):
            if other.version is None or other.version <= version or other.approval_status != "Approved":
                continue
            changed = other.last_modified or other.created
            if changed <= since:
                return Fail(
                    f"serves version {version} of {group.name}, though {other.version} stands approved since "
                    f"{changed:%Y-%m-%d} at the latest; deploy it, or tag the endpoint {hold_tag} with a date "
                    f"({where})"
                )
            if other.created <= since:
                untold = f"when {other.name} was approved is not told: before its last change, on {changed:%Y-%m-%d}"
    if untold:
        raise Unobserved(endpoint.name, untold)
    return _settled(serving)


def _settled(serving: list[tuple[ModelPackageGroup, int, bool]]) -> Verdict:
    """The verdict where nothing approved is newer; serving what was never approved is another rule's fault."""
    for group, version, approved in serving:
        if not approved:
            return NotApplicable(f"serves {group.name}/{version}, which is not approved itself")
    return Pass() if serving else NotApplicable("serves no version of a group")


def _held(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _newest(endpoint: Endpoint, graph: Graph) -> list[tuple[ModelPackageGroup, int, bool]]:
    """The groups that an endpoint serves of, each with the newest version that it serves and whether that is approved."""
    serving: dict[Key, tuple[ModelPackageGroup, int, bool]] = {}
    for package in _packages(endpoint, graph):
        group = graph.to(package.group)
        if not isinstance(group, ModelPackageGroup) or package.version is None:
            continue
        if package.version > serving.get(group.key, (group, 0, False))[1]:
            serving[group.key] = (group, package.version, package.approval_status == "Approved")
    return list(serving.values())


def _packages(endpoint: Endpoint, graph: Graph) -> Iterator[ModelPackage]:
    """What an endpoint serves of the registry.

    Raises:
        Unobserved: when exhausted, if something of it cannot be told.
    """
    for model in hosted(endpoint, graph):
        for container in (model.primary_container, *model.containers):
            package = graph.to(container.package) if container is not None else None
            if isinstance(package, Missing):
                raise Unobserved(package.key.name, "the package was deleted; of which group it was is not told")
            if package is not None:
                yield package


def _on(month: int) -> datetime:
    return datetime(2026, month, 20, tzinfo=UTC)


def _version(
    number: int, made: int, *, approval: Any = "Approved", changed: int | None = None, group: str | None = "churn"
) -> ModelPackage:
    return ModelPackage(
        name=f"churn/{number}",
        group=Ref(ModelPackageGroup, group) if group else None,
        version=number if group else None,
        approval_status=approval,
        created=_on(made),
        last_modified=_on(changed) if changed else None,
    )


def _endpoint(name: str = "churn-prod", *, status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"))


def _model(name: str, version: int) -> Model:
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/{version}"
    return Model(name=name, primary_container=Container(package=Ref(ModelPackage, arn)), containers=())


def _config(*models: str | None) -> EndpointConfig:
    variants = tuple(HostedVariant(name=f"v{n}", model=Ref(Model, m) if m else None) for n, m in enumerate(models))
    return EndpointConfig(name="current", variants=variants, shadow_variants=())


def _held_until(day: str) -> Endpoint:
    return Endpoint(
        name="churn-prod",
        tags={"hold-version-until": day},
        status="InService",
        config=Ref(EndpointConfig, "current"),
    )


_GROUP, _PROD = ModelPackageGroup(name="churn"), _endpoint()
_ONE = (_config("one"), _model("one", 1), _GROUP, _version(1, 3))
_COMPONENT = InferenceComponent(
    name="churn",
    endpoint=Ref(Endpoint, "churn-prod"),
    specification=ComponentSpecification(model=Ref(Model, "one")),
    specifications=(),
)

endpoint_behind_latest_approved.cases(
    passes=[
        case(_PROD, *_ONE),
        case(_PROD, *_ONE, _version(2, 5, approval="Rejected"), _version(3, 6, approval="PendingManualApproval")),
        case(_PROD, *_ONE, _version(2, 10)),
        case(_PROD, _config("one", "two"), *_ONE[1:], _model("two", 2), _version(2, 5)),
    ],
    fails=[
        case(_PROD, *_ONE, _version(2, 5)),
        case(_PROD, *_ONE, _version(2, 5, changed=6), _version(3, 10)),
        case(_held_until("2026-10-31"), *_ONE, _version(2, 5)),
        case(_held_until("soon"), *_ONE, _version(2, 5)),
        case(_PROD, *_ONE, _version(2, 10), grace_days=5),
        case(_PROD, _config(None), _COMPONENT, *_ONE[1:], _version(2, 5)),
    ],
    unknown=[
        Endpoint(),
        case(_PROD, *_ONE, _version(2, 5, changed=10)),
        case(_PROD, *_ONE, unread=[ModelPackage]),
        case(_PROD, *_ONE[:3]),
        case(_PROD),
    ],
    not_applicable=[
        _endpoint("churn-dev"),
        _endpoint(status="Failed"),
        case(_held_until("2026-12-31"), *_ONE, _version(2, 5)),
        case(_PROD, *_ONE[:2], _version(1, 3, group=None)),
        case(_PROD, _config("one"), Model(name="one", primary_container=Container(), containers=())),
    ],
)
