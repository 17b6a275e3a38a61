"""Images in use that their repository is about to delete."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.aws_registries import AWS_REGISTRIES
from mllens.rules.hosting import DOWN
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.ecr import Image, Repository
from mllens.scanner.sagemaker import Endpoint, RunningVariant
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    proves=("MLREL05_BP02", "MLRAI05_BP02"),
    reads=(
        *(Endpoint.status, Endpoint.variants, Endpoint.shadow_variants),
        *(InferenceComponent.endpoint, InferenceComponent.specification, InferenceComponent.specifications),
        *(Image, Image.repository, Image.digest, Image.image_tags, Image.pushed),
        *(Repository, Repository.lifecycle_policy),
    ),
)
def model_image_will_expire(endpoint: Endpoint, graph: Graph, *, publishers: Iterable[str] = ()) -> Verdict:
    """The lifecycle policy of a repository must not delete the images that endpoints run.

    ECR does not know that SageMaker runs an image. The endpoint serves on until it grows or an instance is replaced;
    then the new one cannot start. A rule by age ends every image it selects. A rule by count ends one once enough newer
    ones were pushed; a scan reads only images that something names, so it seldom tells how many there are. Images that
    AWS or other `publishers` (account ids) keep are theirs to keep.
    """
    if endpoint.status in DOWN:
        return NotApplicable(f"runs nothing ({endpoint.status})")
    judged, untold = False, ""
    for reference in _images(endpoint, graph):
        if reference.key.account in {*AWS_REGISTRIES, *publishers}:
            continue
        image = graph.to(reference)
        if isinstance(image, Missing):
            return Fail(f"runs {image.key.name}, which its repository no longer holds; push it again")
        repository = graph.to(image.repository)
        if isinstance(repository, Missing):
            return Fail(f"runs {image.name}, whose repository no longer exists; create it anew and push the image")
        judged = True
        verdict = _expiry(image, repository, graph)
        if isinstance(verdict, Fail):
            return verdict
        untold = untold or verdict
    if untold:
        raise Unobserved(endpoint.name, untold)
    return Pass() if judged else NotApplicable("runs only images that AWS or another publisher keeps")


def _images(endpoint: Endpoint, graph: Graph) -> Iterator[Ref[Image]]:
    """What an endpoint runs.

    Raises:
        Unobserved: when exhausted, if something of it is not told, or lies in no ECR registry.
    """
    found: list[tuple[str | None, tuple[Ref[Image], ...]]] = []
    hosts = False
    for variant in (*endpoint.variants, *endpoint.shadow_variants):
        hosts = hosts or not variant.images
        found += [(image, variant.ecr_images) for image in variant.images]
    for component in graph.into(endpoint, InferenceComponent) if hosts else ():
        for part in (component.specification, *component.specifications):
            if part is not None and part.base is None:
                found.append((part.image, () if part.ecr_image is None else (part.ecr_image,)))
    for _, references in found:
        yield from references
    if not found or not all(references for _, references in found):
        raise Unobserved(endpoint.name, "not every image that it runs is told, or lies in ECR")


def _expiry(image: Image, repository: Repository, graph: Graph) -> Fail | str:
    """How an image will be deleted; else why that cannot be told, or nothing."""
    entry = next((e for e in _by_priority(repository) if _selects(e, image)), None)
    if entry is None:
        return ""
    selection, rule_ = entry["selection"], f"rule {entry['rulePriority']} of the lifecycle policy of {repository.name}"
    what = f"runs {image.name}, pushed on {image.pushed:%Y-%m-%d}, which {rule_} deletes"
    remedy = "leave what serves out of that rule"
    number, kind = selection.get("countNumber"), selection.get("countType")
    if not isinstance(number, int) or entry.get("action", {}).get("type") != "expire":
        return f"{rule_} does what is not judged"
    if kind == "sinceImagePushed" and selection.get("countUnit") == "days":
        return Fail(f"{what} on {image.pushed + timedelta(days=number):%Y-%m-%d}; {remedy}")
    if kind == "imageCountMoreThan":
        newer = set()
        try:
            for other in graph.into(repository, Image):
                if other.pushed > image.pushed and _selects(entry, other):
                    newer.add(other.digest)  # one image may be known by its tag and by its digest
                if len(newer) >= number:
                    return Fail(f"{what}, as {number} newer ones are there; {remedy}")
        except Unobserved:  # as ever: a scan reads only images that something names; the answer is the same
            pass
        return f"{rule_} keeps the {number} newest; when {image.name} is none of them depends on what is pushed"
    return f"{rule_} goes by {kind}, which is not judged"


def _by_priority(repository: Repository) -> list[Mapping[str, Any]]:
    """The rules of a lifecycle policy; the first that selects an image is the only one that can delete it."""
    policy = repository.lifecycle_policy
    if policy is None:
        return []
    rules = policy.get("rules") if isinstance(policy, Mapping) else None
    if not isinstance(rules, list) or not all("rulePriority" in r and "selection" in r for r in rules):
        raise Unobserved(repository.name, "its lifecycle policy is of a form not known")
    return sorted(rules, key=lambda entry: int(entry["rulePriority"]))


def _selects(entry: Mapping[str, Any], image: Image) -> bool:
    """Whether a rule is for an image; of several prefixes or patterns every one must meet a tag."""
    selection = entry["selection"]
    match selection.get("tagStatus"):
        case "any":
            return True
        case "untagged":
            return not image.image_tags
        case "tagged":
            patterns = [f"{prefix}*" for prefix in selection.get("tagPrefixList", ())]
            patterns += selection.get("tagPatternList", ())
            return bool(image.image_tags) and all(
                any(fnmatchcase(tag, pattern) for tag in image.image_tags) for pattern in patterns
            )
        case other:
            raise Unobserved(image.name, f"a lifecycle rule selects by {other}, which is not known")


_ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com/ml/churn@sha256:"
_AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference@sha256:aa"
_OTHER = "444455556666.dkr.ecr.us-east-1.amazonaws.com/base@sha256:aa"


def _endpoint(*images: str, status: Any = "InService", shadow: bool = False) -> Endpoint:
    ran = tuple(
        RunningVariant(name="main", images=(i,), ecr_images=(Ref(Image, i),))
        if ".ecr." in i
        else RunningVariant(name="main", images=(i,))
        for i in images
    ) or (RunningVariant(name="main"),)
    return Endpoint(
        name="churn-prod", status=status, variants=() if shadow else ran, shadow_variants=ran if shadow else ()
    )


def _image(digest: str, day: int, *tags: str) -> Image:
    return Image(
        name=f"ml/churn@sha256:{digest}",
        digest=f"sha256:{digest}",
        repository=Ref(Repository, "ml/churn"),
        image_tags=tags,
        pushed=datetime(2026, 10, day, tzinfo=UTC),
    )


def _rule(
    priority: int, status: str, kind: str, number: int, action: str = "expire", **parts: Any
) -> Mapping[str, Any]:
    unit = {"countUnit": "days"} if kind != "imageCountMoreThan" else {}
    selection = {"tagStatus": status, "countType": kind, "countNumber": number, **unit, **parts}
    return {"rulePriority": priority, "selection": selection, "action": {"type": action}}


def _repository(*entries: Mapping[str, Any]) -> Repository:
    return Repository(name="ml/churn", lifecycle_policy={"rules": list(entries)} if entries else None)


def _component(image: str | None) -> InferenceComponent:
    part = ComponentSpecification(image=image, ecr_image=Ref(Image, image) if image else None)
    return InferenceComponent(name="churn", endpoint=Ref(Endpoint, "churn-prod"), specification=part, specifications=())


_PROD = _endpoint(f"{_ECR}aa")
_TAGGED, _UNTAGGED = _image("aa", 2, "v7", "release-7"), _image("aa", 2)
_NEWER = (_image("bb", 3, "v8"), _image("cc", 4, "v9"))
_AGAIN = Image(
    name="ml/churn:v8",
    digest="sha256:bb",
    repository=Ref(Repository, "ml/churn"),
    image_tags=("v8",),
    pushed=_NEWER[0].pushed,
)
_AGE, _COUNT = _rule(1, "any", "sinceImagePushed", 90), _rule(1, "any", "imageCountMoreThan", 2)

model_image_will_expire.cases(
    passes=[
        case(_PROD, _TAGGED, _repository()),
        case(_PROD, _TAGGED, _repository(_rule(1, "untagged", "sinceImagePushed", 14))),
        case(_PROD, _UNTAGGED, _repository(_rule(1, "tagged", "sinceImagePushed", 14, tagPatternList=["*"]))),
        case(_PROD, _TAGGED, _repository(_rule(1, "tagged", "sinceImagePushed", 14, tagPrefixList=["dev"]))),
        case(_PROD, _TAGGED, _repository(_rule(1, "tagged", "sinceImagePushed", 14, tagPrefixList=["v", "dev"]))),
    ],
    fails=[
        case(_PROD, _TAGGED, _repository(_AGE)),
        case(_PROD, _TAGGED, _repository(_rule(2, "untagged", "sinceImagePulled", 1), _AGE)),
        case(_PROD, _UNTAGGED, _repository(_rule(1, "untagged", "sinceImagePushed", 14))),
        case(_PROD, _TAGGED, _repository(_rule(1, "tagged", "sinceImagePushed", 14, tagPrefixList=["v", "rel"]))),
        case(_PROD, _TAGGED, *_NEWER, _repository(_COUNT)),
        case(_endpoint(f"{_ECR}aa", shadow=True), _TAGGED, _repository(_AGE)),
        case(_endpoint(), _component(f"{_ECR}aa"), _TAGGED, _repository(_AGE)),
        case(_PROD, _repository()),
        case(_PROD, _TAGGED),
    ],
    unknown=[
        Endpoint(),
        _endpoint(),
        _endpoint("registry.internal/churn:1"),
        _endpoint(_OTHER),
        case(_endpoint(), _component(None)),
        case(_PROD, unread=[Image]),
        case(_PROD, _TAGGED, unread=[Repository]),
        case(_PROD, _TAGGED, Repository(name="ml/churn")),
        case(_PROD, _TAGGED, _NEWER[0], _repository(_COUNT)),
        case(_PROD, _TAGGED, _NEWER[0], _AGAIN, _repository(_COUNT)),
        case(
            _PROD, _TAGGED, _repository(_rule(1, "any", "sinceImagePulled", 90), _rule(2, "any", "sinceImagePushed", 1))
        ),
        case(_PROD, _TAGGED, _repository(_rule(1, "any", "sinceImagePushed", 90, "transition"))),
        case(_PROD, _TAGGED, _repository({"rulePriority": 1})),
        case(_PROD, _TAGGED, _repository(_rule(1, "archived", "sinceImagePushed", 90))),
    ],
    not_applicable=[
        _endpoint(f"{_ECR}aa", status="Failed"),
        _endpoint(_AWS),
        case(_endpoint(_OTHER), publishers=["444455556666"]),
    ],
)
