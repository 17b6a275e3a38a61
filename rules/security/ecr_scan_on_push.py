"""Images that machine learning runs, in repositories where nobody looks for vulnerabilities."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.fix import Fix, Look, Names, NeedsPerson, Step, Undo, changed
from mllens.scanner import Graph, Missing, Ref, Region, Unobserved
from mllens.scanner.ecr import Image, RegistryScanning, Repository, ScanningRule

MOST_FILTERS = 100  # in one rule; a registry takes two rules
MOST_RULES = 2


@rule(
    severity="high",
    proves=("MLSEC03_BP02",),
    presumes="an image of the account's own",
    reads=(Image.repository, Repository, Repository.scan_on_push, Repository.scan_frequency),
)
def ecr_scan_on_push(image: Image, graph: Graph) -> Verdict:
    """Images that models and jobs run must lie in a repository that scans what is pushed.

    Frameworks for machine learning bring hundreds of packages with them, and holes in these are found after the image
    was built. What holds is what ECR makes of the registry's rules for the repository; the repository's own setting is
    of old, and no longer counts where the registry has rules.
    """
    repository = graph.to(image.repository)
    if isinstance(repository, Missing):
        return NotApplicable(f"lay in {repository.key.name}, a repository that does not exist")
    if _scanned(repository):
        return Pass()
    return Fail(
        f"lies in {repository.name}, which is scanned only by hand; add it to the scanning rules of the registry"
    )


def _scanned(repository: Repository) -> bool:
    return repository.scan_on_push or repository.scan_frequency != "MANUAL"


@ecr_scan_on_push.fix(
    sends=("ecr:PutRegistryScanningConfiguration",),
    reads=(RegistryScanning, RegistryScanning.scan_type, RegistryScanning.rules),
)
def scan_on_push(image: Image, graph: Graph, names: Names) -> Fix:
    """Let the registry scan what is pushed to the repositories of such images.

    Its kind of scanning and its rules stay; all repositories of its region that fail for the same reason join the rule
    that scans on push, or get one, for a registry has one configuration. The first rule of a registry ends the settings
    of old that repositories have of their own, so those that scan by these join, too.
    """
    registry = graph.to(Ref(RegistryScanning, image.account, image.account, image.region))
    if isinstance(registry, Missing):
        raise NeedsPerson("how its registry scans was not found; scan the account again")
    region = Region(name=image.region, account=image.account, region=image.region)
    repositories = list(graph.all(Repository, within=region))
    joining = [r for r in repositories if not _scanned(r) and _in_use(r, graph)]
    kept = [] if registry.rules else [r for r in repositories if _scanned(r)]
    before = [_as_sent(rule.frequency, rule.filters) for rule in registry.rules]
    after = _merged(registry.rules, sorted({_filter(each.name) for each in (*joining, *kept)}))
    return Fix(
        steps=(_put(registry, before, after),),
        effect=(
            changed(registry, rules=tuple(ScanningRule.from_answer(rule, registry) for rule in after)),
            *(changed(repository, scan_frequency="SCAN_ON_PUSH") for repository in joining),
        ),
        disrupts=f"repositories whose names contain {' or '.join(r.name for r in joining)} are scanned, too",
        cost=COSTS[registry.scan_type],
        patch={"ScanType": registry.scan_type, "Rules": [_for_template(rule) for rule in after]},
    )


def _in_use(repository: Repository, graph: Graph) -> bool:
    """Whether an image of it is named by something that was read."""
    try:
        return any(True for _ in graph.into(repository, Image))
    except Unobserved:  # others may be in use as well, and join when that is known
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


_IMAGE = Image(name="ml/churn:v7", repository=Ref(Repository, "ml/churn"))


def _repository(frequency: Any, name: str = "ml/churn", *, on_push: bool = False) -> Repository:
    return Repository(name=name, scan_frequency=frequency, scan_on_push=on_push)


def _registry(*rules: ScanningRule, kind: Any = "BASIC") -> RegistryScanning:
    return RegistryScanning(name="111122223333", scan_type=kind, rules=rules)


_BY_HAND = _repository("MANUAL")
_NOT_OURS = _repository("MANUAL", "web/forum")
_OF_OLD = _repository("MANUAL", "web/shop", on_push=True)
_CONTINUOUS = ScanningRule(frequency="CONTINUOUS_SCAN", filters=("prod/*",))
_ON_PUSH = ScanningRule(frequency="SCAN_ON_PUSH", filters=("web/*",))
_MANUAL = ScanningRule(frequency="MANUAL", filters=("*",))

ecr_scan_on_push.cases(
    passes=[
        case(_IMAGE, _repository("SCAN_ON_PUSH")),
        case(_IMAGE, _repository("CONTINUOUS_SCAN")),
        case(_IMAGE, _repository("MANUAL", on_push=True)),
    ],
    fails=[
        case(_IMAGE, _BY_HAND, _registry()),
        case(_IMAGE, _BY_HAND, _OF_OLD, _NOT_OURS, _registry()),
        case(_IMAGE, _BY_HAND, _registry(_CONTINUOUS, kind="ENHANCED")),
        case(_IMAGE, _BY_HAND, _registry(_CONTINUOUS, _ON_PUSH, kind="ENHANCED")),
        case(_IMAGE, _BY_HAND, _registry(_CONTINUOUS, _MANUAL, kind="ENHANCED")),
    ],
    unknown=[
        Image(name="ml/churn:v7"),
        case(_IMAGE, Repository(name="ml/churn")),
        case(_IMAGE, unread=[Repository]),
    ],
    not_applicable=[_IMAGE],
)
