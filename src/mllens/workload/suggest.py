"""Workloads that an estate seems to be made of: by its applications, projects and tags, and by what serves."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mllens.scanner import Graph, Key, Unobserved
from mllens.scanner.model import TYPES
from mllens.workload.file import Workload
from mllens.workload.links import USED_BY_SEVERAL, account_wide
from mllens.workload.selected import APPLICATION_TAG, takes_tags
from mllens.workload.ties import Step, Ties

PROJECT_TAG = "sagemaker:project-name"  # how SageMaker marks what a project made
TELLING = ("workload", "application", "app", "project", "product", "use-case", "usecase", "service", "system", "team")
"""Tags that tell workloads apart, the most telling first; in any case, and behind any prefix."""
SERVING = ("AWS::SageMaker::Endpoint", "AWS::SageMaker::Pipeline", "AWS::SageMaker::TransformJob")
"""What serves, or makes what serves: where no tag tells, workloads begin with it."""


@dataclass(frozen=True)
class Proposal:
    """A workload, as its file would say it, why it seems to be one, and what belongs to it."""

    workload: Workload
    because: str
    members: frozenset[Key]


@dataclass(frozen=True)
class Suggestion:
    """Workloads by name; `shared` are resources of several of them, by name; `rest` are of none.

    `untold`: resources that may be tagged, and whose tags were not read.
    """

    proposals: tuple[Proposal, ...]
    shared: Mapping[Key, tuple[str, ...]]
    rest: tuple[Key, ...]
    untold: tuple[Key, ...]


def suggest(graph: Graph) -> Suggestion:
    """Propose workloads. What says so itself comes first, and the rest is told apart by what serves."""
    manifest = graph.inventory.manifest
    everywhere = Workload("", tuple(manifest.accounts), tuple(manifest.regions))
    ties = Ties(graph, everywhere)
    tags, untold = _tags(ties)
    found: list[Proposal] = []
    held: set[Key] = set()
    for proposal in (*_tagged(ties, tags, everywhere, held), *_serving(ties, everywhere, held)):
        found.append(_named_once(proposal, found))
    of: dict[Key, list[str]] = defaultdict(list)
    for proposal in found:
        for key in sorted(proposal.members):
            of[key].append(proposal.workload.name)
    return Suggestion(
        tuple(sorted(found, key=lambda p: p.workload.name)),
        {key: tuple(sorted(of[key])) for key in sorted(of) if len(of[key]) > 1},
        tuple(key for key in sorted(ties.known) if key not in of and not account_wide(key)),
        untold,
    )


def _tags(ties: Ties) -> tuple[dict[Key, Mapping[str, str]], tuple[Key, ...]]:
    tags: dict[Key, Mapping[str, str]] = {}
    untold = []
    for key, resource in sorted(ties.known.items()):
        try:
            tags[key] = resource.tags
        except Unobserved:
            if takes_tags(key.type):
                untold.append(key)
    return tags, tuple(untold)


def _tagged(
    ties: Ties, tags: Mapping[Key, Mapping[str, str]], everywhere: Workload, held: set[Key]
) -> Iterator[Proposal]:
    """By the tags that say it, save those whose resources all belong to a proposal that came before."""
    by_tag: dict[tuple[int, str], dict[str, set[Key]]] = defaultdict(lambda: defaultdict(set))
    for key, own in tags.items():
        for tag, value in own.items():
            if value.strip() and (rank := _rank(tag)) is not None:
                by_tag[rank, tag][value].add(key)
    for (_, tag), values in sorted(by_tag.items()):
        before = frozenset(held)  # values of one tag are told apart though they share resources
        for value, begins in sorted(values.items()):
            if begins <= before:
                continue
            if tag == APPLICATION_TAG:
                named = replace(everywhere, name=(value.rsplit("/", 2)[-2:] or [value])[0], applications=(value,))
            else:
                named = replace(everywhere, name=value, tags=((tag, value),))
            members = _members(ties, begins)
            held.update(members)
            yield Proposal(_where(named, members), f"the tag {tag}={value}", members)


def _rank(tag: str) -> int | None:
    if tag in (APPLICATION_TAG, PROJECT_TAG):
        return (APPLICATION_TAG, PROJECT_TAG).index(tag) - 2
    plain = re.split("[:/]", tag)[-1].lower().replace("_", "-")
    return TELLING.index(plain) if plain in TELLING and not tag.startswith(("aws:", "sagemaker:")) else None


def _serving(ties: Ties, everywhere: Workload, held: set[Key]) -> Iterator[Proposal]:
    """By what serves and belongs to none yet: those are one that use the same models, packages or pipelines."""
    begins = [key for type_ in SERVING for key in ties.by_type.get(type_, ()) if key not in held]
    parts: list[tuple[list[Key], set[Key]]] = []
    for key in begins:
        own = {k for k in _members(ties, [key]) if TYPES[k.type].__name__ not in USED_BY_SEVERAL}
        joined = [part for part in parts if part[1] & own]
        parts = [part for part in parts if not part[1] & own]
        parts.append(([k for part in joined for k in part[0]] + [key], own.union(*(part[1] for part in joined))))
    for keys, own in sorted(parts):
        groups = sorted(k.name for k in own if k.type == "AWS::SageMaker::ModelPackageGroup")
        roots = tuple(sorted(ties.known[key].arn or f"{TYPES[key.type].__name__}:{key.name}" for key in keys))
        members = _members(ties, keys)
        what = sorted({TYPES[key.type].__name__ for key in keys})
        name = groups[0] if len(groups) == 1 else min(keys, key=lambda k: (SERVING.index(k.type), k)).name
        yield Proposal(
            _where(replace(everywhere, name=name, roots=roots), members),
            f"what serves together: {', '.join(what)}",
            members,
        )


def _members(ties: Ties, begins: Iterable[Key]) -> frozenset[Key]:
    """Those that were read."""
    return frozenset(ties.closure(dict.fromkeys(begins, Step(None, ""))).keys() & ties.known.keys())


def _where(workload: Workload, members: Iterable[Key]) -> Workload:
    """In the accounts and regions where its members are."""
    keys = list(members)
    accounts = tuple(sorted({key.account for key in keys} - {""}))
    regions = tuple(sorted({key.region for key in keys} - {""}))
    return replace(workload, accounts=accounts or workload.accounts, regions=regions or workload.regions)


def _named_once(proposal: Proposal, before: Iterable[Proposal]) -> Proposal:
    """A name that no other has: what people attest goes by it."""
    taken = {other.workload.name for other in before}
    name, number = proposal.workload.name, 2
    while name in taken:
        name, number = f"{proposal.workload.name} {number}", number + 1
    return replace(proposal, workload=replace(proposal.workload, name=name))


def file_names(proposals: Iterable[Proposal]) -> list[str]:
    """A name of a file for each, of letters, digits and hyphens."""
    names: list[str] = []
    for proposal in proposals:
        plain = re.sub("[^a-z0-9]+", "-", proposal.workload.name.lower()).strip("-")[:60].strip("-") or "workload"
        name, number = plain, 2
        while name in names:
            name, number = f"{plain}-{number}", number + 1
        names.append(name)
    return [f"{name}.toml" for name in names]
