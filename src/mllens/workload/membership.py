"""Membership: which resources a workload is made of, and of which that cannot be told, for a gap lies on the way.

Two walks over the same links: one over what was read, and one over what may be. What the first reaches is a member;
what only the second reaches cannot be told; the rest is none, whatever the gaps hold.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

from mllens.reports.harmless import harmless
from mllens.scanner import Coverage, Graph, Key, Resource, Unobserved
from mllens.scanner.catalogue import collectors, load
from mllens.scanner.collect import TAGGED, Each, Listed, Searched
from mllens.scanner.inventory import WHOLE
from mllens.scanner.model import TYPES
from mllens.scanner.row import arn_parts
from mllens.workload.file import NAMED, Workload, WorkloadError
from mllens.workload.links import ACCOUNT_WIDE, Link, Named, Naming, account_wide, links

APPLICATION_TAG = "awsApplication"  # how AppRegistry marks what belongs to an application
UNASKED = "not collected; a scan with --workload collects it"
Standing = Literal["member", "unsure", "none"]


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


@dataclass(frozen=True)
class Membership:
    """The resources of a workload in one inventory.

    A key without a name stands for those of a type that were not read.
    """

    workload: Workload
    members: Mapping[Key, Step]
    unsure: Mapping[Key, Doubt]

    def standing(self, key: Key) -> Standing:
        """Whether a resource belongs to it; what is of the whole account or region does, in each workload there."""
        if not inside(self.workload, key):
            return "none"
        if not self.workload.selects or account_wide(key) or key in self.members:
            return "member"
        return "unsure" if key in self.unsure else "none"

    def path(self, key: Key) -> list[tuple[Key, Step]]:
        """From a resource it begins with to a member."""
        found: list[tuple[Key, Step]] = []
        at: Key | None = key
        while at is not None:
            found.append((at, self.members[at]))
            at = self.members[at].via
        return found[::-1]


def inside(workload: Workload, key: Key) -> bool:
    """Whether a resource is of a workload's accounts and regions; what is of none is."""
    return key.account in ("", *workload.accounts) and key.region in ("", *workload.regions)


def membership(graph: Graph, workload: Workload) -> Membership:
    """Tell which resources are a workload's.

    Raises:
        WorkloadError: the scan was not of its accounts and regions, or a root is not there.
    """
    manifest = graph.inventory.manifest
    for entry, ours, scanned in (
        ("account", workload.accounts, manifest.accounts),
        ("region", workload.regions, manifest.regions),
    ):
        if beyond := sorted(set(ours) - set(scanned)):
            raise WorkloadError(
                f"The workload {harmless(workload.name)} has the {entry} {harmless(beyond[0])}, which was not scanned. "
                "Scan it, too, or correct the file."
            )
    if not workload.selects:
        return Membership(workload, {}, {})
    ties = Ties(graph, workload)
    begins = _begins(ties)
    members = ties.closure(begins.sure)
    return Membership(workload, members, _Possible(ties, begins, members).unsure)


def reads(workload: Workload | None, read: Iterable[type[Resource]]) -> list[object]:
    """What a scan must read beside, to tell which resources of the types that it reads anyway are the workload's."""
    if workload is None or not workload.selects:
        return []
    wanted = {cls.type for cls in read} - ACCOUNT_WIDE
    while (
        more := {
            end.type
            for link in links()
            for start, end, spreads in (
                (link.target, link.source, link.takes),
                (link.source, link.target, link.along != "never"),
            )
            if spreads and start.type in wanted
        }
        - wanted
    ):
        wanted |= more
    asked: list[object] = [TYPES[type_] for type_ in sorted(wanted)]
    for link in links():
        if link.source.type in wanted and link.target.type in wanted:
            asked += link.reads
    if workload.by_tags:
        asked += [TYPES[type_].fields["tags"] for type_ in sorted(wanted) if takes_tags(type_)]
    return asked


def takes_tags(type_: str) -> bool:
    """Whether tags of a type are read at all: of others they select nothing."""
    collector = collectors().get(type_)
    return collector is not None and collector.tags is not None


# -- what holds resources together


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
            why = _gap(gap)
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
            if not local or _near(key, near):
                yield key


def _near(a: Key, b: Key) -> bool:
    """Whether two may be of one account and region."""
    return (a.account == b.account or "" in (a.account, b.account)) and (
        a.region == b.region or "" in (a.region, b.region)
    )


def _gap(gap: Unobserved) -> str:
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


# -- with what it begins


@dataclass(frozen=True)
class _Begins:
    sure: Mapping[Key, Step]
    perhaps: Mapping[Key, Doubt]


def _begins(ties: Ties) -> _Begins:
    workload = ties.workload
    sure: dict[Key, Step] = {}
    perhaps: dict[Key, Doubt] = {}
    for key, resource in ties.known.items() if workload.by_tags else ():
        try:
            if how := _by_tags(workload, resource.tags):
                sure[key] = Step(None, how)
        except Unobserved as gap:
            if takes_tags(key.type):
                perhaps[key] = Doubt(None, _gap(gap))
    if workload.by_tags:
        perhaps |= {key: Doubt(None, why) for key, why in ties.hidden.items() if takes_tags(key.type)}
    for root in workload.roots:
        found, unread = _root(ties, root)
        sure |= {key: Step(None, f"root {root}") for key in found}
        perhaps |= {key: Doubt(None, f"root {root}: {ties.hidden[key]}") for key in unread}
    return _Begins(sure, perhaps)


def _by_tags(workload: Workload, tags: Mapping[str, str]) -> str:
    if workload.tags and all(tags.get(key) == value for key, value in workload.tags):
        return "tags " + ", ".join(f"{key}={value}" for key, value in workload.tags)
    if (said := tags.get(APPLICATION_TAG)) and any(_is_application(wanted, said) for wanted in workload.applications):
        return f"application {said}"
    return ""


def _is_application(wanted: str, said: str) -> bool:
    """Whether an application's name or ARN is meant by a tag; the tag's ARN is that of its resource group: NAME/ID."""
    parts = said.rsplit("/", 2)[1:]
    return wanted in (said, *parts) or (wanted.startswith("arn:") and wanted.rsplit("/", 1)[-1] == parts[-1:][0])


def _root(ties: Ties, root: str) -> tuple[list[Key], list[Key]]:
    """The keys that a root means, and the types and places where it may be and was not read.

    Raises:
        WorkloadError: it is nowhere, and all was read.
    """
    if root.startswith("arn:"):
        found = [key for key, resource in ties.known.items() if resource.arn == root]
        if found:
            return found, []
        cls = _type_of(root)
        if cls is None:
            raise WorkloadError(f"roots: {harmless(root)}: there is no such resource among those read")
        wanted = [cls.key_of(root, *arn_parts(root)[:2])]
    else:
        match = NAMED.fullmatch(root)
        named = [
            c for c in TYPES.values() if match and c.__name__.lower() == match[1].lower() and c.type not in ACCOUNT_WIDE
        ]
        if not match or not named:
            raise WorkloadError(
                f"roots: {harmless(root)}: there is no such type; as in Endpoint:{match[2] if match else 'x'}"
            )
        cls = named[0]
        places = [(a, r) for a in ties.workload.accounts for r in ties.workload.regions]
        wanted = sorted({cls.key_of(match[2], account, region) for account, region in places})
    there = [key for key in wanted if key in ties.known]
    unread = [
        h for h in ties.hidden_by_type.get(cls.type, ()) if any(_near(h, key) for key in wanted if key not in there)
    ]
    if not there and not unread:
        raise WorkloadError(
            f"roots: {harmless(root)} is not there: every {cls.__name__} of the workload's accounts and regions was "
            "read. Correct the file."
        )
    if root.startswith("arn:"):
        there = wanted  # it is one, whether it was read or not
    return there, unread


def _type_of(arn: str) -> type[Resource] | None:
    """The type that an ARN names: `endpoint-config` of `sagemaker` is SageMaker's EndpointConfig."""
    service, path = re.sub("[^a-z0-9]", "", arn.split(":")[2].lower()), arn_parts(arn)[2]
    kind = re.match(r"([a-z0-9-]+)[:/]", path)
    for cls in TYPES.values():
        if cls.type in ACCOUNT_WIDE or cls.type not in collectors():
            continue
        of, name = (part.lower() for part in cls.type.split("::")[1:])
        if of == service and (name == kind[1].replace("-", "") if kind else service in ("s3", "sns")):
            return cls
    return None


# -- what may be


class _Possible:
    """The walk over what may be, from the members and what may be one to begin with."""

    def __init__(self, ties: Ties, begins: _Begins, members: Mapping[Key, Step]) -> None:
        self._ties, self._begins, self._members = ties, begins, members
        self.unsure: dict[Key, Doubt] = {}
        self._ahead = deque(members)
        self._done: set[object] = set()
        for key, doubt in sorted(begins.perhaps.items()):
            self._reach(key, doubt.via, doubt.why)
        while self._ahead:
            self._go_on(self._ahead.popleft())

    def _reach(self, key: Key, via: Key | None, why: str) -> None:
        if key not in self._members and key not in self.unsure and not account_wide(key):
            self.unsure[key] = Doubt(via, why)
            self._ahead.append(key)

    def _go_on(self, at: Key) -> None:
        ties, doubt = self._ties, self.unsure.get(at)
        ties.look(at)
        why = doubt.why if doubt else ""
        begins = at in self._begins.sure or at in self._begins.perhaps
        near = [*ties.takes.get(at, ()), *ties.brings.get(at, ()), *(ties.brings_named.get(at, ()) if begins else ())]
        for key, _ in near:
            if doubt is not None:
                self._reach(key, at, why)
            if key not in ties.known:
                self._unread(key.type, key, at, local=True)
        for link, named in ties.may_take.get(at, ()):
            self._perhaps(link, named, at)
        for link, reason in ties.blind.get(at, ()):
            self._all(link.target.type, at, reason, local=link.local)
        for link in ties.from_type.get(at.type, ()) if at in ties.hidden else ():
            if link.takes:
                self._all(link.target.type, at, why, local=link.local)
        for link in ties.to_type.get(at.type, ()):
            if link.along == "always" or (link.along == "named" and begins):
                self._along(link, at, why)

    def _unread(self, type_: str, near: Key, at: Key, *, local: bool) -> None:
        """One of a type that was not read is meant, or may be."""
        for hidden in self._ties.hidden_by_type.get(type_, ()):
            if not local or _near(hidden, near):
                self._reach(hidden, at, self._ties.hidden[hidden])

    def _perhaps(self, link: Link, named: Named, at: Key) -> None:
        if named.unread:
            self._unread(link.target.type, at, at, local=link.local)
        if link not in self._done:  # what may be meant is the same for each that does not tell
            self._done.add(link)
            for key, reason in named.perhaps:
                if inside(self._ties.workload, key):
                    self._reach(key, at, reason)

    def _all(self, type_: str, at: Key, why: str, *, local: bool) -> None:
        """Any of a type may be what is meant."""
        what = (type_, (at.account, at.region) if local else None)
        if what not in self._done:
            self._done.add(what)
            for key in self._ties.of(type_, at, local=local):
                self._reach(key, at, why)

    def _along(self, link: Link, at: Key, why: str) -> None:
        """What may come along with a resource: what does not tell, and what was not read."""
        ties = self._ties
        what = (link, at.account, at.region, at in ties.hidden)
        if what in self._done:
            return
        self._done.add(what)
        for key, reason in ties.blind_along.get(link, ()):
            if not link.local or _near(key, at):
                self._reach(key, at, reason)
        self._unread(link.source.type, at, at, local=link.local)
        if at in ties.hidden:
            for key in ties.names_unread.get(link, ()):
                if not link.local or _near(key, at):
                    self._reach(key, at, why)
