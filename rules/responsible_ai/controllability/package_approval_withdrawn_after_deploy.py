"""Versions whose approval was taken back while they serve."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import READS_BACK, hosts
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.sagemaker import Container, Endpoint, EndpointConfig, HostedVariant, Model, ModelPackage
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    confidence="medium",
    proves=("MLRAI05_BP01",),
    supports=("MLREL05_BP02", "MLREL03_BP01"),
    presumes="a model package that serves production",
    reads=(
        *(ModelPackage.approval_status, ModelPackage.last_modified, Model.primary_container, Model.containers),
        *(Model.created, Endpoint.tags, Endpoint.last_modified, *READS_BACK),
    ),
)
def package_approval_withdrawn_after_deploy(
    package: ModelPackage, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A model package whose approval was taken back must not go on serving production.

    Nobody takes an approval back without cause, and as a rule nothing that deployed the version looks again. AWS keeps
    no time of the approval itself: the version was changed after the endpoint, and is not approved now. What had no
    approval when it was deployed is judged by package-approved-before-serving.
    """
    if package.approval_status is None:
        return NotApplicable("is of a kind that has no approval")
    words, untold, serves = tuple(production), "", ""
    for model in graph.into(package, Model):
        for endpoint in hosts(model, graph):
            if not stage(endpoint, words).production:
                continue
            if package.approval_status == "Approved":
                return Pass()
            serves, changed = endpoint.name, package.last_modified
            if changed is not None and changed > endpoint.last_modified:
                return Fail(
                    f"is {package.approval_status} and was changed on {changed:%Y-%m-%d}, after {endpoint.name}, which "
                    f"still serves it, was last changed on {endpoint.last_modified:%Y-%m-%d}; "
                    f"take {endpoint.name} back to an approved version, or decide anew"
                )
            if changed is not None and changed > model.created:
                untold = f"it was changed between the making of its model and the last change of {endpoint.name}"
    if untold:
        raise Unobserved(package.name, untold)
    if serves:
        return NotApplicable(f"was already {package.approval_status} when {serves} began to serve it")
    return NotApplicable("serves no production endpoint")


def _on(month: int) -> datetime:
    return datetime(2026, month, 1, tzinfo=UTC)


def _package(status: Any, changed: datetime | None = None) -> ModelPackage:
    return ModelPackage(name="churn/2", approval_status=status, last_modified=changed)


def _endpoint(name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"), last_modified=_on(6))


_CONTAINER = Container(package=Ref(ModelPackage, "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/2"))
_MODEL = Model(name="two", created=_on(3), primary_container=_CONTAINER, containers=())
_SERIAL = Model(name="two", created=_on(3), primary_container=None, containers=(Container(), _CONTAINER))
_VARIANT = HostedVariant(name="main", model=Ref(Model, "two"))
_CONFIG = EndpointConfig(name="current", variants=(_VARIANT,), shadow_variants=())
_HOST = EndpointConfig(name="current", variants=(HostedVariant(name="main"),), shadow_variants=())
_COMPONENT = InferenceComponent(
    name="churn",
    endpoint=Ref(Endpoint, "churn-prod"),
    specification=ComponentSpecification(model=Ref(Model, "two")),
    specifications=(),
)
_REJECTED = _package("Rejected", _on(9))

package_approval_withdrawn_after_deploy.cases(
    passes=[
        case(_package("Approved", _on(9)), _MODEL, _CONFIG, _endpoint()),
        case(_package("Approved", _on(9)), _MODEL, _HOST, _COMPONENT, _endpoint()),
    ],
    fails=[
        case(_REJECTED, _MODEL, _CONFIG, _endpoint()),
        case(_REJECTED, _SERIAL, _CONFIG, _endpoint("churn")),
        case(_package("PendingManualApproval", _on(9)), _MODEL, _HOST, _COMPONENT, _endpoint()),
    ],
    unknown=[
        ModelPackage(),
        case(_package("Rejected", _on(5)), _MODEL, _CONFIG, _endpoint()),
        case(_REJECTED, _MODEL, _CONFIG, unread=[Endpoint]),
        case(_REJECTED, unread=[Model]),
        case(_REJECTED, _MODEL, _endpoint()),
        case(_REJECTED, _MODEL, unread=[InferenceComponent]),
    ],
    not_applicable=[
        _package(None),
        _REJECTED,
        case(_REJECTED, _MODEL, _CONFIG),
        case(_REJECTED, _MODEL, _CONFIG, _endpoint("churn-dev")),
        case(_REJECTED, _MODEL, _CONFIG, _endpoint(status="Failed")),
        case(_package("Rejected", _on(2)), _MODEL, _CONFIG, _endpoint()),
        case(_package("Rejected"), _MODEL, _CONFIG, _endpoint()),
    ],
)
