"""Lineage for an assessment: what resources with findings use and what uses them, cut to what a report can show."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from heapq import nsmallest
from typing import Literal

from mllens.reports.assessment import Finding, Relation, ResourceId, Undrawn, Walked
from mllens.reports.lineage import NODES, Id, around, identity, matters, troubled
from mllens.scanner import Graph, Missing, Ref, Resource, Unobserved
from mllens.scanner.graph import source_values
from mllens.scanner.model import TYPES, edges_of

WALKED = 500  # resources; each adds at most some twenty relations, and no report shows more

MEASURED = frozenset({"AWS::SageMaker::EndpointVariantMetrics"})
"""What was measured of a resource names it, but uses nothing."""


def lineage(graph: Graph, findings: Iterable[Finding]) -> tuple[list[Relation], list[Undrawn], Walked]:
    """Give the relations around the worst resources, what they leave out, and how many resources that were."""
    trouble = troubled(findings)
    if not trouble:
        return [], [], Walked(resources=0, of=0)
    uses = _Uses(graph, {identity(item.resource): matters(item) for item in trouble})
    pairs: set[tuple[Id, Id]] = set()
    shown: set[Id] = set()
    for item in trouble[:WALKED]:
        drawn = around(identity(item.resource), uses.of, uses.by, first=uses.first)
        pairs.update(drawn.edges(uses.of))
        shown |= {drawn.start} | drawn.used | drawn.using
    relations = [relation for a, b in sorted(pairs) for relation in uses.relation(a, b)]
    return relations, uses.rest(shown, pairs), Walked(resources=min(len(trouble), WALKED), of=len(trouble))


class _Uses:
    """The graph's references: those of a resource when asked for, those to it by one pass over all."""

    def __init__(self, graph: Graph, first: Mapping[Id, int]) -> None:
        self._graph = graph
        self._first = first
        self._known: dict[Id, Resource] = {}
        self._by: dict[Id, set[Id]] = defaultdict(set)
        self._nearest: dict[tuple[Id, bool], list[Id]] = {}
        for type_ in graph.types:
            if type_ not in MEASURED and (cls := TYPES.get(type_)) is not None:
                for source in graph.known(cls):
                    self._known[source.key] = source
                    for _, _, target in self._references(source.key):
                        self._by[target].add(source.key)

    def first(self, node: Id) -> int:
        """What fails comes first."""
        return self._first.get(node, matters(None))

    def of(self, node: Id) -> list[Id]:
        """What a resource uses."""
        return self._near(node, used=True)

    def by(self, node: Id) -> list[Id]:
        """What uses a resource."""
        return self._near(node, used=False)

    def relation(self, a: Id, b: Id) -> list[Relation]:
        """Each field through which one resource uses another."""
        found = {field: ref for field, ref, target in self._references(a) if target == b}
        return [
            Relation(source=self.resource(a), field=field, target=self.resource(b), state=self._state(ref))
            for field, ref in sorted(found.items())
        ]

    def resource(self, node: Id) -> ResourceId:
        """The resource as reports name it."""
        known = self._known.get(node)
        type_, account, region, name = node
        return ResourceId(arn=known.arn if known else "", type=type_, account=account, region=region, name=name)

    def rest(self, shown: Iterable[Id], pairs: Iterable[tuple[Id, Id]]) -> list[Undrawn]:
        """How many more resources each uses, and is used by, than the pairs tell."""
        of, by = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
        rest = [
            Undrawn(
                resource=self.resource(node),
                uses=len({target for _, _, target in self._references(node)} - {node}) - of[node],
                used_by=len(self._by.get(node, set()) - {node}) - by[node],
            )
            for node in sorted(shown)
        ]
        return [more for more in rest if more.uses or more.used_by]

    def _near(self, node: Id, *, used: bool) -> list[Id]:
        """The neighbours that could be picked: no drawing takes more of one type than it holds."""
        if (node, used) not in self._nearest:
            by_type: dict[str, set[Id]] = defaultdict(set)
            for other in [target for _, _, target in self._references(node)] if used else self._by.get(node, ()):
                by_type[other[0]].add(other)
            self._nearest[node, used] = [
                other for others in by_type.values() for other in nsmallest(2 * NODES, others, key=self._order)
            ]
        return self._nearest[node, used]

    def _order(self, node: Id) -> tuple[int, Id]:
        return self.first(node), node

    def _references(self, node: Id) -> list[tuple[str, Ref[Resource], Id]]:
        found: list[tuple[str, Ref[Resource], Id]] = []
        if (source := self._known.get(node)) is None:
            return found
        for edge in edges_of(type(source)):
            try:
                values = source_values(source, edge)
            except Unobserved:
                continue  # its own finding says so
            for value in values:
                key = self._graph.key_of(edge.target, value, source.account, source.region)
                found.append((edge.field.attr, Ref(edge.target, value, source.account, source.region), key))
        return found

    def _state(self, ref: Ref[Resource]) -> Literal["known", "missing", "unseen"]:
        try:
            return "missing" if isinstance(self._graph.to(ref), Missing) else "known"
        except Unobserved:
            return "unseen"
