"""Production endpoints that run another image than the registry holds."""

from collections.abc import Iterable, Iterator
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import LIVE, PACKAGES, live, packages
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.ecr import Image
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    PackageContainer,
    RunningVariant,
)


@rule(
    severity="high",
    proves=("MLOPS06_BP01", "MLRAI06_BP05"),
    supports=("MLSEC05_BP01", "MLREL05_BP02"),
    presumes="a model package with an image whose digest is known",
    reads=(
        *(*LIVE, Endpoint.config, Endpoint.variants, EndpointConfig, EndpointConfig.variants, Model, *PACKAGES),
        *(ModelPackage.containers, Image, Image.digest),
    ),
)
def served_image_differs_from_registered(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production endpoint must run the very images that its model packages were registered with.

    An image is code. One that is not what was registered was neither evaluated nor approved, and may come from
    whoever could push to the repository. The digest that the registry holds is compared, else that of the tag in the
    account's own ECR: where the tag means another image by now, it cannot be told which one was registered. Endpoints
    of inference components, and containers of others, are not judged.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    judged, untold = False, ""
    for running, package, held in _pairs(endpoint, graph):
        try:
            digest, surely = _meant(held, graph)
        except Unobserved as gap:
            untold = f"which image the package {package.name} means is not told ({gap})"
            continue
        judged = judged or digest is not None
        if digest is None or digest in running:
            continue
        if surely:
            return Fail(
                f"runs {_listed(running)}, and not the image {digest} that its package {package.name} was registered "
                f"with; deploy the registered image, or register what runs ({where})"
            )
        untold = (
            f"the package {package.name} holds no digest, and {held.image} means another image than runs; "
            "whether it did when it was registered cannot be told"
        )
    if untold:
        raise Unobserved(endpoint.name, untold)
    return Pass() if judged else NotApplicable("serves no model package with an image whose digest is known")


def _pairs(endpoint: Endpoint, graph: Graph) -> Iterator[tuple[set[str], ModelPackage, PackageContainer]]:
    """The digests that a variant runs, and each container of the packages that it should run.

    Raises:
        Unobserved: when exhausted, if something between was deleted.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it should run cannot be told")
    shown = {variant.name: {_digest(image) for image in variant.images} - {""} for variant in endpoint.variants}
    gone = ""
    for variant in config.variants:
        model = graph.to(variant.model)
        if model is None or not shown.get(variant.name):
            continue
        if isinstance(model, Missing):
            gone = model.key.name
            continue
        for package in packages(model, graph):
            if isinstance(package, Missing):
                gone = package.key.name
            else:
                yield from ((shown[variant.name], package, held) for held in package.containers)
    if gone:
        raise Unobserved(gone, "it was deleted; which image it held cannot be told")


def _digest(image: str) -> str:
    return image.partition("@")[2]


def _meant(held: PackageContainer, graph: Graph) -> tuple[str | None, bool]:
    """The digest of an image, and whether it surely is the registered one; none for what no scanned registry holds.

    Raises:
        Unobserved: only the account's own registry could tell, and it was not read.
    """
    told = held.image_digest or _digest(held.image or "")
    if told.startswith("sha256:"):
        return told, True
    if held.ecr_image is None or held.ecr_image.key.account not in graph.inventory.manifest.accounts:
        return None, False
    found = graph.to(held.ecr_image)
    return (None if isinstance(found, Missing) else found.digest), False


def _listed(digests: set[str]) -> str:
    return " and ".join(sorted(digests))


_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1"
_REPOSITORY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn"
_ONE, _TWO = "sha256:1111", "sha256:2222"
_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),))
_MODEL = Model(name="churn", primary_container=Container(package=Ref(ModelPackage, _ARN)), containers=())


def _prod(*digests: str, name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    running = RunningVariant(name="main", images=tuple(f"{_REPOSITORY}@{digest}" for digest in digests))
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"), variants=(running,))


def _package(*digests: str | None, image: str = f"{_REPOSITORY}:1") -> ModelPackage:
    held = tuple(PackageContainer(image=image, ecr_image=Ref(Image, image), image_digest=digest) for digest in digests)
    return ModelPackage(name="churn/1", arn=_ARN, containers=held)


_TAGGED = Image(name="churn:1", digest=_ONE)
_OF_AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"

served_image_differs_from_registered.cases(
    passes=[
        case(_prod(_ONE), _CONFIG, _MODEL, _package(_ONE), unread=[Image]),
        case(_prod(_ONE, _TWO), _CONFIG, _MODEL, _package(_TWO, _ONE)),
        case(_prod(_ONE), _CONFIG, _MODEL, _package(None, image=f"{_REPOSITORY}@{_ONE}")),
        case(_prod(_ONE), _CONFIG, _MODEL, _package(None), _TAGGED),
    ],
    fails=[
        case(_prod(_TWO), _CONFIG, _MODEL, _package(_ONE), unread=[Image]),
        case(_prod(_ONE), _CONFIG, _MODEL, _package(_ONE, _TWO)),
        case(_prod(_TWO), _CONFIG, _MODEL, _package(None, image=f"{_REPOSITORY}@{_ONE}")),
    ],
    unknown=[
        Endpoint(),
        case(_prod(_ONE)),
        case(_prod(_ONE), _CONFIG),
        case(_prod(_ONE), _CONFIG, _MODEL),
        case(_prod(_ONE), _CONFIG, _MODEL, unread=[ModelPackage]),
        case(_prod(_TWO), _CONFIG, _MODEL, _package(None), _TAGGED),
        case(_prod(_ONE), _CONFIG, _MODEL, _package(None), unread=[Image]),
        case(_prod(_ONE), _CONFIG, _MODEL, _package("d41d8cd98f00b204e9800998ecf8427e"), Image(name="churn:1")),
    ],
    not_applicable=[
        _prod(_ONE, name="churn-dev"),
        _prod(_ONE, status="Failed"),
        case(_prod(), _CONFIG, _MODEL, _package(_ONE)),
        case(_prod(_ONE), _CONFIG, Model(name="churn", primary_container=Container(), containers=())),
        case(_prod(_ONE), EndpointConfig(name="current", variants=(HostedVariant(name="main"),))),
        case(_prod(_ONE), _CONFIG, _MODEL, _package(None, image=_OF_AWS)),
        case(_prod(_ONE), _CONFIG, _MODEL, _package(None)),
    ],
)
