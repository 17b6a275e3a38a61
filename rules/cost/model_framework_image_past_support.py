"""Models in images of AWS's frameworks that get no patches any more."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.aws_registries import AWS_REGISTRIES
from mllens.rules.hosting import READS_BACK, hosts
from mllens.rules.in_production import PACKAGES, packages
from mllens.scanner import Graph, Missing, Ref, Unobserved
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

Version = tuple[int, int]

# When patches of a version's images for inference end, as of 2026-03; older versions ended before these:
# https://aws.github.io/deep-learning-containers/reference/support_policy
ENDS: Mapping[str, Mapping[Version, date]] = MappingProxyType(
    {
        "pytorch": {
            (1, 13): date(2024, 10, 28),
            (2, 0): date(2024, 3, 15),
            (2, 1): date(2024, 10, 4),
            (2, 2): date(2025, 1, 30),
            (2, 3): date(2025, 4, 24),
            (2, 4): date(2025, 7, 24),
            (2, 5): date(2025, 10, 29),
            (2, 6): date(2026, 6, 30),
            (2, 7): date(2026, 4, 23),
            (2, 8): date(2026, 8, 6),
            (2, 9): date(2026, 10, 15),
            (2, 10): date(2027, 1, 21),
        },
        "tensorflow": {
            (2, 14): date(2024, 9, 26),
            (2, 16): date(2025, 3, 7),
            (2, 18): date(2025, 10, 24),
            (2, 19): date(2026, 3, 11),
        },
    }
)

IMAGE = re.compile(r"(\d{12})\.dkr[.-]ecr[^/]*/(pytorch|tensorflow)-(?:inference|training)[a-z0-9-]*([:@].+)?")
TAG = re.compile(r":(\d+)\.(\d+)\b.*")


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLCOST04_BP02", "MLSEC03_BP02"),
    supports=("MLCOST04_BP04",),
    presumes="a served model in an image of AWS's PyTorch or TensorFlow",
    reads=(*READS_BACK, *PACKAGES, ModelPackage.containers),
)
def model_framework_image_past_support(model: Model, graph: Graph) -> Verdict:
    """A model that is served must run in a framework image that AWS still patches.

    AWS patches a version of its PyTorch and TensorFlow images for about a year. What is found later in its libraries
    stays open, on a machine that anybody who may call the model talks to. Images of the account's own, and those of
    other frameworks, are not judged here.
    """
    if not any(True for _ in hosts(model, graph)):
        return NotApplicable("is served by no endpoint")
    judged = False
    for image in _images(model, graph):
        found = IMAGE.fullmatch(image)
        if found is None or found[1] not in AWS_REGISTRIES:
            continue
        judged = True
        framework, tag = found[2], TAG.fullmatch(found[3] or "")
        if tag is None:
            raise Unobserved(model.name, f"which version of {framework} the image {image} holds cannot be told")
        version = (int(tag[1]), int(tag[2]))
        named = f"{framework} {version[0]}.{version[1]}"
        if version < min(ENDS[framework]):
            return Fail(f"runs in AWS's image of {named}, which has got no patches for years; {_REMEDY}")
        if version not in ENDS[framework]:
            raise Unobserved(model.name, f"when patches of AWS's image of {named} end is not known")
        end = ENDS[framework][version]
        if end < graph.now.date():
            return Fail(f"runs in AWS's image of {named}, whose patches ended on {end:%Y-%m-%d}; {_REMEDY}")
    return Pass() if judged else NotApplicable("runs in no image of AWS's PyTorch or TensorFlow")


_REMEDY = "build and test it on a supported version"


def _images(model: Model, graph: Graph) -> Iterator[str]:
    """The images that a model names, itself or through the packages that it was made from.

    Raises:
        Unobserved: when met, a package that was deleted.
    """
    for container in (model.primary_container, *model.containers):
        if container is not None and container.image is not None:
            yield container.image
    for package in packages(model, graph):
        if isinstance(package, Missing):
            raise Unobserved(
                model.name, f"the package {package.key.name} was deleted; what its image was cannot be told"
            )
        yield from (part.image for part in package.containers if part.image is not None)


_OF_AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com/"
_SERVED = (
    Endpoint(name="live", status="InService", config=Ref(EndpointConfig, "current")),
    EndpointConfig(name="current", variants=(HostedVariant(name="a", model=Ref(Model, "churn")),), shadow_variants=()),
)
_ELSEWHERE = (
    Endpoint(name="down", status="Failed", config=Ref(EndpointConfig, "other")),
    EndpointConfig(name="other", variants=(HostedVariant(name="a", model=Ref(Model, "lapse")),), shadow_variants=()),
    InferenceComponent(
        name="churn",
        endpoint=Ref(Endpoint, "down"),
        specification=ComponentSpecification(model=Ref(Model, "churn")),
        specifications=(),
    ),
)
_PACKAGED = Model(
    name="churn", primary_container=Container(image=None, package=Ref(ModelPackage, "churn/1")), containers=()
)


def _model(*images: str) -> Model:
    parts = tuple(Container(image=image) for image in images)
    return Model(name="churn", primary_container=parts[0], containers=parts[1:])


def _package(image: str) -> ModelPackage:
    return ModelPackage(name="churn/1", containers=(PackageContainer(image=image),))


_CURRENT = f"{_OF_AWS}pytorch-inference:2.10.0-gpu-py312"
_OLD = f"{_OF_AWS}pytorch-inference:2.5.1-cpu-py311"

model_framework_image_past_support.cases(
    passes=[
        case(_model(_CURRENT), *_SERVED),
        case(_PACKAGED, *_SERVED, _package(_CURRENT)),
        case(_model(_OLD), *_SERVED, now=datetime(2025, 10, 1, tzinfo=UTC)),
    ],
    fails=[
        case(_model(_OLD), *_SERVED),
        case(_model(_CURRENT, f"{_OF_AWS}tensorflow-inference:2.8-cpu"), *_SERVED),
        case(_PACKAGED, *_SERVED, _package(f"{_OF_AWS}pytorch-inference-arm64:2.3.0-cpu-py311")),
    ],
    unknown=[
        case(Model(name="churn"), *_SERVED),
        case(_model(f"{_OF_AWS}pytorch-inference@sha256:1f"), *_SERVED),
        case(_model(f"{_OF_AWS}pytorch-inference"), *_SERVED),
        case(_model(f"{_OF_AWS}pytorch-inference:3.1.0-cpu"), *_SERVED),
        case(_PACKAGED, *_SERVED),
        case(_model(_OLD), unread=[InferenceComponent]),
    ],
    not_applicable=[
        case(_model(_OLD), *_ELSEWHERE),
        case(_model("111122223333.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.5.1"), *_SERVED),
        case(_model(f"{_OF_AWS}huggingface-pytorch-inference:2.1.0-transformers4.37.0"), *_SERVED),
    ],
)
