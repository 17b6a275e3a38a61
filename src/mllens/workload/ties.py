"""Ties: what holds the resources of a workload's accounts and regions together, and where that is not known."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

from mllens.scanner import Coverage, Graph, Key, Resource, Unobserved
from mllens.scanner.catalogue import collectors, load
from mllens.scanner.collect import TAGGED, Each, Listed, Searched
from mllens.scanner.inventory import WHOLE
from mllens.scanner.model import TYPES
from mllens.workload.file import Workload, inside
from mllens.workload.links import ACCOUNT_WIDE, Link, Named, Naming, account_wide, links

UNASKED = "not collected; a scan with --workload collects it"


@dataclass(frozen=True)
class Step:
    """How a resource came to be a member: from which one, and through what; from none, as it is one to begin with."""

    via: Key | None
    how: str


@dataclass(frozen=True)
class Doubt:
    """Why it cannot be told whether a resource is a member, and over which one it may be."""

    via: Key | None
    why: str


class Ties:
    """The links of the resources of a workload's accounts and regions, both ways, and where they are not known.

    `hidden`: for types that were not read whole somewhere, a key without a name, and why.
    """

    def __init__(self, graph: Graph, workload: Workload) -> None:
        load()  # the types of what was read
        self.workload = workload
        self.known: dict[Key, Resource] = {}
        self.by_type: dict[str, list[Key]] = defaultdict(list)
        for type_ in graph.types:
            for resource in graph.known(TYPES[type_]) if type_ in TYPES else ():
                if inside(workload, resource.key):
                    self.known[resource.key] = resource
                    self.by_type[type_].append(resource.key)
        self.hidden = dict(_hidden(graph, workload))
        self.hidden_by_type: dict[str, list[Key]] = defaultdict(list)
        for key in self.hidden:
            self.hidden_by_type[key.type].append(key)
        self.takes: dict[Key, list[tuple[Key, str]]] = defaultdict(list)
        self.brings: dict[Key, list[tuple[Key, str]]] = defaultdict(list)
        self.brings_named: dict[Key, list[tuple[Key, str]]] = defaultdict(list)
        self.may_take: dict[Key, list[tuple[Link, Named]]] = defaultdict(list)
        self.blind: dict[Key, list[tuple[Link, str]]] = defaultdict(list)
        self.blind_along: dict[Link, list[tuple[Key, str]]] = defaultdict(list)
        self.names_unread: dict[Link, list[Key]] = defaultdict(list)
        self.from_type: dict[str, list[Link]] = defaultdict(list)
        self.to_type: dict[str, list[Link]] = defaultdict(list)
        self._later: dict[str, list[tuple[Link, Callable[[], Naming]]]] = defaultdict(list)
        self._looked: set[Key] = set()
        for link in links():
            self.from_type[link.source.type].append(link)
            self.to_type[link.target.type].append(link)
            if link.along == "never":
                self._later[link.source.type].append((link, cache(partial(link.naming, graph))))
                continue
            naming = link.naming(graph)
            for key in self.by_type.get(link.source.type, ()):
                self._tie(link, key, naming)

    def look(self, source: Key) -> None:
        """Tie a resource to what it uses, which is read where the walk comes by, for most comes by little."""
        if source in self._looked or source not in self.known:
            return
        self._looked.add(source)
        for link, naming in self._later.get(source.type, ()):
            self._tie(link, source, naming())

    def _tie(self, link: Link, source: Key, naming: Naming) -> None:
        try:
            named = naming(self.known[source])
        except Unobserved as gap:
            why = unknown_because(gap)
            if link.takes:
                self.blind[source].append((link, why))
            if link.along != "never":
                self.blind_along[link].append((source, why))
            return
        targets = [target for target in named.targets if inside(self.workload, target)]
        if link.takes:
            self.takes[source] += [(target, link.how) for target in targets]
            if named.perhaps or named.unread:
                self.may_take[source].append((link, named))
        if link.along == "never":
            return
        for target in targets:
            (self.brings if link.along == "always" else self.brings_named)[target].append((source, link.how))
            if target not in self.known:
                self.names_unread[link].append(source)

    def closure(self, begins: Mapping[Key, Step]) -> dict[Key, Step]:
        """All that is one with what it begins with, and from where each was reached first."""
        members = {key: begins[key] for key in sorted(begins)}
        ahead = deque(members)
        while ahead:
            at = ahead.popleft()
            self.look(at)
            near = [*self.takes.get(at, ()), *self.brings.get(at, ())]
            if at in begins:
                near += self.brings_named.get(at, ())
            for key, how in sorted(near):
                if key not in members and not account_wide(key):
                    members[key] = Step(at, how)
                    ahead.append(key)
        return members

    def of(self, type_: str, near: Key, *, local: bool) -> Iterator[Key]:
        """The resources of a type that one may refer to, or that may refer to it; the unread as a key without a name."""
        for key in (*self.hidden_by_type.get(type_, ()), *self.by_type.get(type_, ())):
            if not local or one_place(key, near):
                yield key


def one_place(a: Key, b: Key) -> bool:
    """Whether two may be of one account and region."""
    return (a.account == b.account or "" in (a.account, b.account)) and (
        a.region == b.region or "" in (a.region, b.region)
    )


def unknown_because(gap: Unobserved) -> str:
    """Why a field is not known, without the resource's name: of many it is the same."""
    return f"{gap.what}: {UNASKED}" if gap.why == "not collected" else str(gap)


def _hidden(graph: Graph, workload: Workload) -> Iterator[tuple[Key, str]]:
    """Where resources may be that the scan does not know, and why."""
    for type_, cls in sorted(TYPES.items()):
        if type_ in ACCOUNT_WIDE or type_ not in collectors():
            continue
        accounts = workload.accounts if cls.scope != "global" else ("",)
        regions = workload.regions if cls.scope == "regional" else ("",)
        lines: dict[tuple[str, str], list[Coverage]] = defaultdict(list)  # a global type is read in each account
        for line in graph.lines(cls):
            lines[_place(cls, line)].append(line)
        for account in accounts:
            for region in regions:
                there = lines.get((account, region), [])
                why = [line.explain() for line in there if _hides(line)] if there else [f"{type_}: {UNASKED}"]
                if why:
                    yield Key(type_, account, region, ""), why[0]
    for row in graph.inventory.rows:
        if row.gone in ("vanished", "unsure") and inside(workload, row.key):
            yield Key(row.type, row.account, row.region, ""), f"{row.key}: {row.gaps.get('exists', row.gone)}"


def _place(cls: type[Resource], line: Coverage) -> tuple[str, str]:
    return "" if cls.scope == "global" else line.account, line.region if cls.scope == "regional" else ""


def _hides(line: Coverage) -> bool:
    """Whether there may be more of a type than is known, beyond what the scan's own bound leaves out."""
    if line.status in (*WHOLE, "unsupported") or (line.status == "bounded" and line.scope != "priced"):
        return False
    collector = collectors()[line.type]
    afterwards = {str(call) for call in (TAGGED, *collector.then, *([collector.tags] if collector.tags else ()))}
    match collector.source:
        case Searched(describe=describe):
            afterwards.add(str(describe))
        case Listed(call=call) | Each(call=call):
            afterwards.discard(str(call))
    return line.operation not in afterwards  # what only lacks details or tags is known to be there
