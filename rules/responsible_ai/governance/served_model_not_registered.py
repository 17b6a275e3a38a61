"""Production models that no registry knows."""

from collections.abc import Iterable
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import READS, hosted
from mllens.rules.in_production import live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    ModelPackageGroup,
    PackageContainer,
)
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    confidence="medium",
    proves=("MLRAI07_BP02",),
    supports=("MLREL03_BP01", "MLREL05_BP02", "MLRAI06_BP05", "MLRAI08_BP03"),
    presumes="a model of the account's own that serves production",
    reads=(
        *(Endpoint.tags, *READS, Model.primary_container, Model.containers),
        *(ModelPackage, ModelPackage.group, ModelPackage.containers),
    ),
)
def served_model_not_registered(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """A production endpoint must serve only models that are in the model registry.

    What is in no group has no version, no approval and no way back: nobody can say what it was trained on, or put it
    back once its files are gone. Pipelines often make the model from a registered artifact without naming the package:
    the same artifact, or the same image where there is no artifact, counts as registered. A registry in an account
    that was not scanned is not seen.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    judged, untold = False, ""
    for model in hosted(endpoint, graph):
        for container in _with_files(model):
            package = graph.to(container.package)
            if isinstance(package, Missing):
                return Fail(f"serves the package {package.key.name}, which the registry no longer holds; register it")
            if package is not None:
                judged = judged or package.group is not None  # Marketplace packages are in no group by nature
            elif why := _untellable(container):
                untold = f"the model {model.name} {why}"
            elif not _registered(container, graph):
                return Fail(
                    f"serves {_address(container) or container.image} (model {model.name}), which no model package "
                    f"holds; register and approve it, and deploy it from there ({where})"
                )
            else:
                judged = True
    if untold:
        raise Unobserved(endpoint.name, untold)
    return Pass() if judged else NotApplicable("serves no model of the account's own")


def _untellable(container: Container) -> str:
    """Why it cannot be told whether a container without a package is registered; empty if it can."""
    address = _address(container)
    if container.mode == "MultiModel":
        return f"hosts whatever lies below {address}"
    if address is not None and not address.startswith("s3://"):
        return f"has an artifact whose address is of another form: {address}"
    return ""


def _with_files(model: Model) -> list[Container]:
    """The containers that hold a model: beside one with files, a container without them is mere code."""
    containers = [c for c in (model.primary_container, *model.containers) if c is not None]
    return [c for c in containers if c.package is not None or _address(c) is not None] or containers


def _address(container: Container | PackageContainer) -> str | None:
    return container.artifact or container.source


def _registered(container: Container, graph: Graph) -> bool:
    """Whether a group holds a package with the same artifact, or the same image where there is none.

    Raises:
        Unobserved: none is known, and not all packages were read.
    """
    for package in graph.all(ModelPackage):
        if any(_same(held, container) for held in package.containers) and package.group is not None:
            return True
    return False


def _same(held: PackageContainer, served: Container) -> bool:
    kept, address = _address(held), _address(served)
    if address is None or kept is None:
        return kept == address and held.image == served.image
    return kept.rstrip("/") == address.rstrip("/")


_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1"
_FILE, _IMAGE = "s3://models/churn/model.tar.gz", "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1"


def _endpoint(name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"))


def _model(*containers: Container) -> Model:
    return Model(name="one", primary_container=None, containers=containers)


def _package(address: str | None = _FILE, group: str | None = "churn") -> ModelPackage:
    held = PackageContainer(image=_IMAGE, artifact=address)
    return ModelPackage(name="churn/1", group=Ref(ModelPackageGroup, group) if group else None, containers=(held,))


_PROD = _endpoint()
_CONFIG = EndpointConfig(
    name="current", variants=(HostedVariant(name="main", model=Ref(Model, "one")),), shadow_variants=()
)
_HOST = EndpointConfig(name="current", variants=(HostedVariant(name="main"),), shadow_variants=())
_NAMED = Container(package=Ref(ModelPackage, _ARN))
_BY_HAND = Container(image=_IMAGE, artifact=_FILE)
_BAKED = Container(image=_IMAGE)
_UNPACKED = Container(image=_IMAGE, source="s3://models/churn")


def _component(model: str | None) -> InferenceComponent:
    part = ComponentSpecification(model=Ref(Model, model) if model else None)
    return InferenceComponent(name="churn", endpoint=Ref(Endpoint, "churn-prod"), specification=part, specifications=())


served_model_not_registered.cases(
    passes=[
        case(_PROD, _CONFIG, _model(_NAMED), _package(None)),
        case(_PROD, _CONFIG, _model(_BY_HAND), _package()),
        case(_PROD, _CONFIG, _model(_BAKED), _package(None)),
        case(_PROD, _CONFIG, _model(_UNPACKED), _package("s3://models/churn/")),
        case(_PROD, _CONFIG, _model(_BAKED, _NAMED), _package()),
        case(_PROD, _HOST, _component("one"), _model(_BY_HAND), _package()),
    ],
    fails=[
        case(_PROD, _CONFIG, _model(_BY_HAND), _package("s3://models/other/model.tar.gz")),
        case(_PROD, _CONFIG, _model(_BY_HAND), _package(group=None)),
        case(_PROD, _CONFIG, _model(_BY_HAND, _NAMED), _package("s3://models/other/model.tar.gz")),
        case(_PROD, _CONFIG, _model(_BAKED), _package()),
        case(_PROD, _CONFIG, _model(_NAMED)),
        case(_PROD, _HOST, _component("one"), _model(_BY_HAND)),
    ],
    unknown=[
        Endpoint(),
        case(_PROD),
        case(_PROD, _CONFIG),
        case(_PROD, _CONFIG, _model(_BY_HAND), unread=[ModelPackage]),
        case(_PROD, _CONFIG, _model(Container(image=_IMAGE, artifact="s3://models/", mode="MultiModel"))),
        case(_PROD, _CONFIG, _model(Container(image=_IMAGE, artifact="https://models.s3.amazonaws.com/a.tar.gz"))),
        case(_PROD, _HOST, _component(None)),
        case(_PROD, _HOST, unread=[InferenceComponent]),
    ],
    not_applicable=[
        _endpoint("churn-dev"),
        _endpoint(status="Failed"),
        case(_PROD, _CONFIG, _model(_NAMED), _package(group=None)),
        case(_PROD, _HOST),
    ],
)
