"""Served images whose tag can come to mean another image."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.aws_registries import AWS_REGISTRIES
from mllens.rules.hosting import READS_BACK, hosts
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.ecr import Image, Repository
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    PackageContainer,
)
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="medium",
    proves=("MLOPS03_BP02",),
    supports=("MLREL05_BP02", "MLRAI06_BP05", "MLRAI08_BP03"),
    presumes="a served image of the account's own",
    reads=(
        *(Model.primary_container, Model.containers, ModelPackage, ModelPackage.containers),
        *(Repository, Repository.tag_mutability, Repository.mutability_exclusions, *READS_BACK),
    ),
)
def model_image_tag_mutable(model: Model, graph: Graph, *, publishers: Iterable[str] = ()) -> Verdict:
    """A served model must name its image by digest, or by a tag that cannot be overwritten.

    SageMaker finds out at deployment what a tag means. Where a push can move the tag, the next deployment, or the way
    back to this model, runs code that nobody tested with it. Images that AWS publishes lie in repositories that the
    account cannot set, as do those of other `publishers` (account ids).
    """
    if not any(True for _ in hosts(model, graph)):
        return NotApplicable("is served by no endpoint")
    trusted, judged = {*AWS_REGISTRIES, *publishers}, False
    for image, reference in _images(model, graph):
        if "@" in image:
            judged = True
            continue
        if reference is None:
            raise Unobserved(
                model.name, f"its image {image} lies in no ECR registry; whether its tag can move is not told"
            )
        _, account, region, name = reference.key
        if account in trusted:
            continue
        repository, _, tag = name.partition(":")
        found = graph.to(Ref(Repository, repository, account, region))
        if isinstance(found, Missing):
            raise Unobserved(repository, "the repository was deleted; whether its tags could move cannot be told")
        if not _fixed(found, tag):
            return Fail(
                f"runs {repository}:{tag}, a tag that a push can overwrite; "
                f"make the tags of {repository} immutable, and name the image by digest"
            )
        judged = True
    return Pass() if judged else NotApplicable("runs only images that AWS or another publisher keeps")


def _images(model: Model, graph: Graph) -> Iterator[tuple[str, Ref[Image] | None]]:
    """What the containers of a model name as image, those of its packages too."""
    for container in (model.primary_container, *model.containers):
        if container is None:
            continue
        package = graph.to(container.package)
        if isinstance(package, Missing):
            raise Unobserved(package.key.name, "the package was deleted; the image it names cannot be told")
        parts: list[Container | PackageContainer] = [container, *(package.containers if package is not None else ())]
        for part in parts:
            if part.image is not None:
                yield part.image, part.ecr_image


def _fixed(repository: Repository, tag: str) -> bool:
    """Whether a tag cannot be overwritten; filters say for which tags the opposite of the setting holds."""
    excluded = any(fnmatchcase(tag, pattern) for pattern in repository.mutability_exclusions)
    match repository.tag_mutability:
        case "IMMUTABLE" | "IMMUTABLE_WITH_EXCLUSION":
            return not excluded
        case "MUTABLE" | "MUTABLE_WITH_EXCLUSION":
            return excluded


_ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
_AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0"
_SHARED = "444455556666.dkr.ecr.us-east-1.amazonaws.com/base:1"
_ENDPOINT = Endpoint(name="churn-prod", status="InService", config=Ref(EndpointConfig, "current"))
_CONFIG = EndpointConfig(
    name="current", variants=(HostedVariant(name="main", model=Ref(Model, "one")),), shadow_variants=()
)
_OTHER = EndpointConfig(
    name="current", variants=(HostedVariant(name="main", model=Ref(Model, "two")),), shadow_variants=()
)
_LIVE = (_CONFIG, _ENDPOINT)
_COMPONENTS = (
    EndpointConfig(name="current", variants=(HostedVariant(name="main"),), shadow_variants=()),
    InferenceComponent(
        name="churn",
        endpoint=Ref(Endpoint, "churn-prod"),
        specification=ComponentSpecification(model=Ref(Model, "one")),
        specifications=(),
    ),
    _ENDPOINT,
)


def _model(image: str, *more: Container) -> Model:
    ecr = Ref(Image, image) if ".dkr." in image else None
    return Model(name="one", primary_container=Container(image=image, ecr_image=ecr), containers=more)


def _repository(mutability: Any, *exclusions: str) -> Repository:
    return Repository(name="ml/churn", tag_mutability=mutability, mutability_exclusions=exclusions)


_OWN = _model(f"{_ECR}/ml/churn:v7")
_PACKAGED = Model(
    name="one",
    primary_container=None,
    containers=(
        Container(package=Ref(ModelPackage, "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1")),
    ),
)
_PACKAGE = ModelPackage(
    name="churn/1",
    containers=(PackageContainer(image=f"{_ECR}/ml/churn:v7", ecr_image=Ref(Image, f"{_ECR}/ml/churn:v7")),),
)

model_image_tag_mutable.cases(
    passes=[
        case(_model(f"{_ECR}/ml/churn@sha256:{'ab' * 32}"), *_LIVE, _repository("MUTABLE")),
        case(_OWN, *_LIVE, _repository("IMMUTABLE")),
        case(_OWN, *_LIVE, _repository("IMMUTABLE_WITH_EXCLUSION", "latest", "dev-*")),
        case(_OWN, *_LIVE, _repository("MUTABLE_WITH_EXCLUSION", "v*")),
        case(_PACKAGED, *_LIVE, _PACKAGE, _repository("IMMUTABLE")),
    ],
    fails=[
        case(_OWN, *_LIVE, _repository("MUTABLE")),
        case(_OWN, *_LIVE, _repository("IMMUTABLE_WITH_EXCLUSION", "v*")),
        case(_OWN, *_LIVE, _repository("MUTABLE_WITH_EXCLUSION", "release-*")),
        case(_model(f"{_ECR}/ml/churn"), *_LIVE, _repository("IMMUTABLE_WITH_EXCLUSION", "latest")),
        case(_PACKAGED, *_LIVE, _PACKAGE, _repository("MUTABLE")),
        case(_OWN, *_COMPONENTS, _repository("MUTABLE")),
    ],
    unknown=[
        case(Model(name="one"), *_LIVE),
        case(_OWN, *_LIVE),
        case(_OWN, *_LIVE, Repository(name="ml/churn")),
        case(_OWN, *_LIVE, unread=[Repository]),
        case(_OWN, unread=[EndpointConfig]),
        case(_PACKAGED, *_LIVE),
        case(_model("registry.internal/churn:1"), *_LIVE),
        case(_model(_SHARED), *_LIVE),
    ],
    not_applicable=[
        _OWN,
        case(_OWN, _CONFIG),
        case(_model(_AWS), *_LIVE),
        case(_model(_SHARED), *_LIVE, publishers=["444455556666"]),
        case(_OWN, _OTHER, _ENDPOINT),
    ],
)
