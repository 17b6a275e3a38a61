"""Repositories of images that serve, where nobody looks for vulnerabilities."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.fix import Fix, Look, Names, NeedsPerson, Step, Undo, changed
from mllens.rules.hosting import DOWN
from mllens.scanner import Graph, Missing, Ref, Region, Unobserved
from mllens.scanner.ecr import Image, RegistryScanning, Repository, ScanningRule
from mllens.scanner.sagemaker import Container, Endpoint, Model, RunningVariant
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent

MOST_FILTERS = 100  # in one rule; a registry takes two rules
MOST_RULES = 2


@rule(
    severity="high",
    proves=("MLSEC03_BP02",),
    presumes="an endpoint that runs an image of the account's own",
    reads=(
        *(Repository.scan_on_push, Repository.scan_frequency),
        *(Endpoint, Endpoint.status, Endpoint.variants, Endpoint.shadow_variants),
        *(InferenceComponent.endpoint, InferenceComponent.specification, InferenceComponent.specifications),
        *(Model, Model.primary_container, Model.containers),
    ),
)
def ecr_scan_on_push(repository: Repository, graph: Graph) -> Verdict:
    """Repositories of images that endpoints run must be scanned when something is pushed.

    Frameworks for machine learning bring hundreds of packages with them, and holes in these are found after the image
    was built. What holds is what ECR makes of the registry's rules for the repository; the repository's own setting is
    of old, and no longer counts where the registry has rules. Endpoints of other accounts are not looked for.
    """
    if not _in_use(repository, graph):
        return NotApplicable("holds no image that an endpoint runs")
    return Pass() if _scanned(repository) else Fail("is scanned only by hand; add it to the registry's scanning rules")


def _scanned(repository: Repository) -> bool:
    return repository.scan_on_push or repository.scan_frequency != "MANUAL"


def _in_use(repository: Repository, graph: Graph) -> bool:
    return any(name == repository.name for name in _running(repository, graph))


def _running(near: Repository, graph: Graph) -> Iterator[str]:
    """The names of the repositories of which endpoints in the account and region of one run an image.

    Raises:
        Unobserved: when exhausted, if an endpoint does not tell what it runs.
    """
    untold = ""
    for endpoint in graph.all(Endpoint, within=_region(near)):
        if endpoint.status in DOWN:
            continue
        for told, images in _runs(endpoint, graph):
            yield from (re.split("[:@]", image.key.name)[0] for image in images if image.key.account == near.account)
            untold = untold or ("" if told else endpoint.name)
    if untold:
        raise Unobserved(untold, "not every image that it runs is told")


def _runs(endpoint: Endpoint, graph: Graph) -> Iterator[tuple[bool, tuple[Ref[Image], ...]]]:
    """What each variant and component of an endpoint runs: whether that is told, and the images that lie in ECR."""
    variants = (*endpoint.variants, *endpoint.shadow_variants)
    yield from ((True, variant.ecr_images) for variant in variants if variant.images)
    if all(variant.images for variant in variants):
        return
    hosted = False
    for component in graph.into(endpoint, InferenceComponent):
        hosted = True
        for part in (component.specification, *component.specifications):
            if part is not None and part.base is None:  # an adapter runs what its base runs
                parts: list[ComponentSpecification | Container] = [part, *_containers(part, graph)]
                images = tuple(each.ecr_image for each in parts if each.ecr_image is not None)
                yield any(each.image is not None for each in parts), images
    yield hosted, ()


def _containers(part: ComponentSpecification, graph: Graph) -> Iterator[Container]:
    """The containers of a component's model; what the component itself runs then is not told."""
    model = graph.to(part.model)
    if isinstance(model, Model):
        yield from (each for each in (model.primary_container, *model.containers) if each is not None)


def _region(repository: Repository) -> Region:
    return Region(name=repository.region, account=repository.account, region=repository.region)


@ecr_scan_on_push.fix(
    sends=("ecr:PutRegistryScanningConfiguration",),
    reads=(Repository, RegistryScanning, RegistryScanning.scan_type, RegistryScanning.rules),
)
def scan_on_push(repository: Repository, graph: Graph, names: Names) -> Fix:
    """Scan what is pushed to repositories of images in use.

    The registry's kind of scanning and its rules stay. All repositories of the region that fail for the same reason
    join the rule that scans on push, or get one, for a registry has one configuration. The first rule of a registry
    ends the settings of old that repositories have of their own, so those that scan by these join, too.
    """
    registry = graph.to(Ref(RegistryScanning, repository.account, repository.account, repository.region))
    if isinstance(registry, Missing):
        raise NeedsPerson("how its registry scans was not found; scan the account again")
    repositories = list(graph.all(Repository, within=_region(repository)))
    joining = [r for r in repositories if not _scanned(r) and _surely_in_use(r, graph)]
    kept = [] if registry.rules else [r for r in repositories if _scanned(r)]
    before = [_as_sent(rule.frequency, rule.filters) for rule in registry.rules]
    after = _merged(registry.rules, sorted({_filter(each.name) for each in (*joining, *kept)}))
    return Fix(
        steps=(_put(registry, before, after),),
        effect=(
            changed(registry, rules=tuple(ScanningRule.from_answer(rule, registry) for rule in after)),
            *(changed(each, scan_frequency="SCAN_ON_PUSH") for each in joining),
        ),
        disrupts=f"repositories whose names contain {' or '.join(r.name for r in joining)} are scanned, too",
        cost=COSTS[registry.scan_type],
        patch={registry.key: {"ScanType": registry.scan_type, "Rules": [_for_template(rule) for rule in after]}},
    )


def _surely_in_use(repository: Repository, graph: Graph) -> bool:
    try:
        return _in_use(repository, graph)
    except Unobserved:  # it joins when that is known
        return False


COSTS = {"BASIC": "", "ENHANCED": "Amazon Inspector bills each image that it scans, about 0.09 USD when it is pushed"}


def _filter(name: str) -> str:
    """The filter for a repository's name; filters allow no two separators in a row, which names do."""
    return re.sub(r"[._/-]{2,}", "*", name)


def _merged(rules: Sequence[ScanningRule], filters: Sequence[str]) -> list[dict[str, Any]]:
    """A registry's rules with filters for scanning on push beside those that they have.

    Raises:
        NeedsPerson: there is no room.
    """
    out, placed = [], False
    for each in rules:
        theirs = each.filters
        if each.frequency == "SCAN_ON_PUSH" and not placed:
            if set(filters) <= set(theirs):
                raise NeedsPerson(
                    "a rule of the registry names the repository already, and still it is not scanned; see in ECR "
                    "what keeps it from being scanned"
                )
            theirs, placed = (*theirs, *(f for f in filters if f not in theirs)), True
        out.append(_as_sent(each.frequency, theirs))
    if not placed:
        out.append(_as_sent("SCAN_ON_PUSH", filters))
    if len(out) > MOST_RULES or any(len(r["repositoryFilters"]) > MOST_FILTERS for r in out):
        raise NeedsPerson(
            f"a registry takes {MOST_RULES} scanning rules of {MOST_FILTERS} filters, and these are full; put filters "
            "with * in place of some"
        )
    return out


def _as_sent(frequency: str, filters: Sequence[str]) -> dict[str, Any]:
    return {
        "scanFrequency": frequency,
        "repositoryFilters": [{"filter": f, "filterType": "WILDCARD"} for f in filters],
    }


def _for_template(sent: Mapping[str, Any]) -> dict[str, Any]:
    filters = [{"Filter": f["filter"], "FilterType": f["filterType"]} for f in sent["repositoryFilters"]]
    return {"ScanFrequency": sent["scanFrequency"], "RepositoryFilters": filters}


def _put(registry: RegistryScanning, before: Sequence[Any], after: Sequence[Any]) -> Step:
    def configuration(rules: Sequence[Any]) -> dict[str, Any]:
        return {"scanType": registry.scan_type, "rules": rules}

    return Step(
        id="registry",
        service="ecr",
        operation="PutRegistryScanningConfiguration",
        params=configuration(after),
        subject=registry.key,
        look=Look("ecr", "GetRegistryScanningConfiguration", {}, members=("scanningConfiguration",)),
        after={"scanningConfiguration": configuration(after)},
        undo=Undo("PutRegistryScanningConfiguration", configuration(before)),
    )


_ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
_AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0"


def _endpoint(*images: str, status: Any = "InService") -> Endpoint:
    variant = RunningVariant(name="main", images=images, ecr_images=tuple(Ref(Image, image) for image in images))
    return Endpoint(name="churn", status=status, variants=(variant,), shadow_variants=())


def _component(image: str = "") -> InferenceComponent:
    own, of_model = ComponentSpecification(image=image, ecr_image=Ref(Image, image)), Ref(Model, "churn")
    told = own if image else ComponentSpecification(model=of_model)
    return InferenceComponent(name="one", endpoint=Ref(Endpoint, "churn"), specification=told, specifications=())


def _repository(frequency: Any, name: str = "ml/churn", *, on_push: bool = False) -> Repository:
    return Repository(name=name, scan_frequency=frequency, scan_on_push=on_push)


def _registry(*rules: ScanningRule, kind: Any = "BASIC") -> RegistryScanning:
    return RegistryScanning(name="111122223333", scan_type=kind, rules=rules)


_MODEL = Model(
    name="churn",
    primary_container=Container(image=f"{_ECR}/ml/churn:v7", ecr_image=Ref(Image, f"{_ECR}/ml/churn:v7")),
    containers=(),
)
_LIVE = _endpoint(f"{_ECR}/ml/churn@sha256:{'ab' * 32}")
_BY_HAND = _repository("MANUAL")
_OF_OLD = _repository("MANUAL", "web/shop", on_push=True)
_CONTINUOUS = ScanningRule(frequency="CONTINUOUS_SCAN", filters=("prod/*",))
_ON_PUSH = ScanningRule(frequency="SCAN_ON_PUSH", filters=("web/*",))
_MANUAL = ScanningRule(frequency="MANUAL", filters=("*",))

ecr_scan_on_push.cases(
    passes=[
        case(_repository("SCAN_ON_PUSH"), _LIVE),
        case(_repository("CONTINUOUS_SCAN"), _LIVE),
        case(_repository("MANUAL", on_push=True), _LIVE),
        case(_repository("SCAN_ON_PUSH"), _endpoint(), _component(f"{_ECR}/ml/churn:v7")),
    ],
    fails=[
        case(_BY_HAND, _LIVE, _registry()),
        case(_BY_HAND, _LIVE, _OF_OLD, _repository("MANUAL", "web/forum"), _registry()),
        case(_BY_HAND, _LIVE, _registry(_CONTINUOUS, kind="ENHANCED")),
        case(_BY_HAND, _LIVE, _registry(_CONTINUOUS, _ON_PUSH, kind="ENHANCED")),
        case(_BY_HAND, _LIVE, _registry(_CONTINUOUS, _MANUAL, kind="ENHANCED")),
        case(_BY_HAND, _endpoint(), _component(f"{_ECR}/ml/churn:v7"), _registry()),
        case(_BY_HAND, _endpoint(), _component(), _MODEL, _registry()),
    ],
    unknown=[
        case(Repository(name="ml/churn"), _LIVE),
        case(_BY_HAND, unread=[Endpoint]),
        case(_BY_HAND, Endpoint(name="churn")),
        case(_BY_HAND, _endpoint()),
        case(_BY_HAND, _endpoint(), unread=[InferenceComponent]),
        case(_BY_HAND, _endpoint(), _component()),
    ],
    not_applicable=[
        _BY_HAND,
        case(_BY_HAND, _endpoint(_AWS)),
        case(_BY_HAND, _endpoint(f"{_ECR}/ml/churn-old:1")),
        case(_BY_HAND, _endpoint(f"{_ECR}/ml/churn:v7", status="Failed")),
    ],
)
