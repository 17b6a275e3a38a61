"""Lineage: what a resource uses and what uses it, picked to fit one drawing and laid out from left to right."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from mllens.reports.assessment import Assessment, Finding, ResourceId, Undrawn
from mllens.reports.harmless import middle, shortened
from mllens.reports.summary import SEVERITIES, listed, words

HOPS_USED, HOPS_USING = 4, 3  # four hops reach from an endpoint to the group of its model's package
NODES, NODES_USED = 14, 9
IN_A_LAYER, SPINE_IN_A_LAYER = 5, 2
WIDTH, HEIGHT, BETWEEN, ABOVE = 142, 40, 26, 10
_NAME, _NOTE, _SPOKEN = 17, 20, 64  # characters; a title has more

Id = tuple[str, str, str, str]
"""Type, account, region and name: what identifies a resource."""
Near = Callable[[Id], Iterable[Id]]
Edges = Mapping[Id, Collection[Id]]


def identity(of: ResourceId) -> Id:
    """Identify a resource; its ARN may be unknown."""
    return of.type, of.account, of.region, of.name


# --------------------------------------------------------------------------------------------------------------- trouble


@dataclass(frozen=True)
class Troubled:
    """A resource of which a rule fails, unwaived, or could not be judged."""

    resource: ResourceId
    failing: tuple[Finding, ...]
    unknown: tuple[Finding, ...]

    @property
    def rank(self) -> tuple[int, int, int, Id]:
        """Sorts worst first."""
        found = self.failing or self.unknown
        worst = min(SEVERITIES.index(finding.severity) for finding in found)
        return 0 if self.failing else 1, worst, -len(found), identity(self.resource)

    @property
    def said(self) -> str:
        """Say how many rules: "2 fail, 1 unknown"."""
        fails = "fails" if len(self.failing) == 1 else "fail"
        parts = [(len(self.failing), fails), (len(self.unknown), "unknown")]
        return ", ".join(f"{count} {what}" for count, what in parts if count)


def troubled(findings: Iterable[Finding]) -> list[Troubled]:
    """Gather the findings that need somebody by resource, worst first; those about a type as a whole have none."""
    found: dict[Id, tuple[ResourceId, list[Finding], list[Finding]]] = {}
    for finding in findings:
        if finding.resource.name and finding.status in {"fail", "unknown"} and not finding.waived:
            _, failing, unknown = found.setdefault(identity(finding.resource), (finding.resource, [], []))
            (failing if finding.status == "fail" else unknown).append(finding)
    made = [Troubled(of, _worst_first(failing), _worst_first(unknown)) for of, failing, unknown in found.values()]
    return sorted(made, key=lambda item: item.rank)


def _worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.rule, f.id)))


# ------------------------------------------------------------------------------------------------------------------ pick


@dataclass(frozen=True)
class Around:
    """The resources that one drawing shows around a resource: those it uses, and those that use it."""

    start: Id
    used: frozenset[Id]
    using: frozenset[Id]

    def edges(self, uses: Near) -> list[tuple[Id, Id]]:
        """Give each use on one side of the start; what leads past it is no lineage of its."""
        sides = [self.used | {self.start}, self.using | {self.start}]
        return sorted({(a, b) for side in sides for a in side for b in uses(a) if b in side and a != b})


def around(start: Id, uses: Near, used_by: Near, *, first: Callable[[Id], int]) -> Around:
    """Pick what one drawing can hold, nearest first; `first` is lower for what matters more.

    Each choice is the best of what is at hand, so a part of the graph that holds the choice gives the same choice.
    """
    used = _side(start, uses, HOPS_USED, NODES_USED, taken={start}, first=first)
    using = _side(start, used_by, HOPS_USING, NODES - 1 - len(used), taken={start} | used, first=first)
    return Around(start, frozenset(used), frozenset(using))


def _side(start: Id, near: Near, hops: int, most: int, *, taken: set[Id], first: Callable[[Id], int]) -> set[Id]:
    """Pick one side: before buckets, keys and roles fill it, the way through SageMaker's own resources to its end."""
    layers: list[list[Id]] = [[start], *([] for _ in range(hops))]
    picked: set[Id] = set()
    for spine, in_layer in ((True, SPINE_IN_A_LAYER), (False, IN_A_LAYER)):
        for before, layer in pairwise(layers):
            found = {n for at in before for n in near(at)} - taken - picked
            wanted = _varied((n for n in found if not spine or n[0].startswith("AWS::SageMaker::")), first)
            chosen = wanted[: max(0, min(in_layer - len(layer), most - len(picked)))]
            layer.extend(chosen)
            picked.update(chosen)
    return picked


def _varied(found: Iterable[Id], first: Callable[[Id], int]) -> list[Id]:
    """Order so that the first of each type comes before the second of any."""
    by_type: dict[str, list[Id]] = defaultdict(list)
    for node in found:
        by_type[node[0]].append(node)
    ranked = [
        (at, first(node), node)
        for nodes in by_type.values()
        for at, node in enumerate(sorted(nodes, key=lambda n: (first(n), n)))
    ]
    return [node for _, _, node in sorted(ranked)]


# ------------------------------------------------------------------------------------------------------------------ draw


@dataclass(frozen=True)
class Box:
    """One resource of a drawing; `kind` says how it looks, `title` is all that is known of it."""

    x: int
    y: int
    kind: str
    outline: str
    name: str
    note: str
    title: str


@dataclass(frozen=True)
class Drawing:
    """One lineage: boxes and arrows with their places, the same in words, and what was left out."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]
    words: str
    left_out: str


class Lineage:
    """The relations of an assessment, followed in both directions."""

    def __init__(self, assessment: Assessment) -> None:
        self._uses: dict[Id, set[Id]] = defaultdict(set)
        self._used_by: dict[Id, set[Id]] = defaultdict(set)
        self._arns: dict[Id, str] = {}
        self._state: dict[Id, str] = {}
        for relation in assessment.relations:
            source, target = identity(relation.source), identity(relation.target)
            self._uses[source].add(target)
            self._used_by[target].add(source)
            self._arns[source], self._arns[target] = relation.source.arn, relation.target.arn
            self._state[target] = relation.state
        self._trouble = {identity(item.resource): item for item in troubled(assessment.findings)}
        self._undrawn: dict[Id, Undrawn] = {identity(more.resource): more for more in assessment.undrawn}

    def draw(self, resource: ResourceId) -> Drawing | None:
        """Draw what a resource uses to its right and what uses it to its left; None if there is neither."""
        start = identity(resource)
        shown = around(start, self._near_used, self._near_using, first=lambda node: matters(self._trouble.get(node)))
        edges = shown.edges(self._near_used)
        if not edges:
            return None
        right, left = defaultdict(set), defaultdict(set)
        for a, b in edges:
            if a == start or a in shown.used:
                right[a].add(b)
            else:
                left[b].add(a)
        rightward, leftward = _arranged(start, right), _arranged(start, left)
        layer = {**{node: -at for node, at in leftward.layers.items()}, **rightward.layers}
        drawn = rightward.drawn + [(a, b) for b, a in leftward.drawn]
        both = {(a, b) for a, b in edges if (b, a) in edges}
        place, width, height = _places(start, layer, drawn)
        order = sorted(place, key=lambda node: place[node])
        return Drawing(
            width=width,
            height=height,
            boxes=tuple(self._box(node, *place[node], start=node == start) for node in order),
            lines=tuple(_line(place[a], place[b], both=(a, b) in both) for a, b in sorted(drawn)),
            words=self._words(order, edges),
            left_out=self._left_out(shown, order, edges),
        )

    def _near_used(self, node: Id) -> Collection[Id]:
        return self._uses.get(node, ())

    def _near_using(self, node: Id) -> Collection[Id]:
        return self._used_by.get(node, ())

    def _note(self, node: Id) -> str:
        state = {"missing": "does not exist", "unseen": "not read"}.get(self._state.get(node, "known"), "")
        trouble = self._trouble.get(node)
        return ", ".join(part for part in (trouble.said if trouble else "", state) if part)

    def _box(self, node: Id, x: int, y: int, *, start: bool) -> Box:
        trouble, state, note = self._trouble.get(node), self._state.get(node, "known"), self._note(node)
        fails = trouble is not None and bool(trouble.failing)
        kind = " ".join(
            name
            for name, holds in (
                ("start", start), ("fail", fails), ("unsure", trouble is not None and not fails),
                ("missing", state == "missing"), ("unseen", state == "unseen"),
            )
            if holds
        )  # fmt: skip
        type_ = words(node[0], 1)
        brief = "missing" if state == "missing" else note.split(", ")[0]  # the worst of it
        return Box(
            x=x,
            y=y,
            kind=kind,
            outline=_OCTAGON if fails else _PLAIN,
            name=middle(node[3], _NAME),
            note=f"{middle(type_, _NOTE - len(brief) - 3)} · {brief}" if brief else middle(type_, _NOTE),
            title=", ".join(part for part in (f"{type_} {shortened(node[3], 300)}", node[2], note) if part),
        )

    def _words(self, order: list[Id], edges: list[tuple[Id, Id]]) -> str:
        told: set[Id] = set()

        def spoken(node: Id) -> str:
            note = "" if node in told else self._note(node)
            told.add(node)
            return f"{words(node[0], 1)} {middle(node[3], _SPOKEN)}{f' ({note})' if note else ''}"

        targets = {source: [b for b in order if (source, b) in edges] for source in order}
        said = [f"{spoken(a)} uses {listed(map(spoken, used), NODES)}" for a, used in targets.items() if used]
        return f"{'; '.join(said)}."

    def _left_out(self, shown: Around, order: list[Id], edges: list[tuple[Id, Id]]) -> str:
        """Say what is not drawn because there is too much of it, or it is too far away."""
        said = []
        for node in order:
            more = self._undrawn.get(node)
            uses = len(self._near_used(node)) + (more.uses if more else 0) - sum(a == node for a, _ in edges)
            using = len(self._near_using(node)) + (more.used_by if more else 0) - sum(b == node for _, b in edges)
            name = middle(node[3], _SPOKEN)
            if uses > 0 and node not in shown.using:
                said.append(f"{uses:,} more that {name} uses")
            if using > 0 and node not in shown.used:
                said.append(f"{using:,} more that {'uses' if using == 1 else 'use'} {name}")
        return f"Not drawn: {listed(said, NODES)}." if said else ""


def matters(trouble: Troubled | None) -> int:
    """Rank what fails before what could not be judged, and both before the rest."""
    return 2 if trouble is None else 0 if trouble.failing else 1


_PLAIN = f"M4 0H{WIDTH - 4}a4 4 0 0 1 4 4V{HEIGHT - 4}a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4Z"
_OCTAGON = f"M10 0H{WIDTH - 10}L{WIDTH} 10V{HEIGHT - 10}L{WIDTH - 10} {HEIGHT}H10L0 {HEIGHT - 10}V10Z"


@dataclass(frozen=True)
class _Arranged:
    layers: dict[Id, int]
    drawn: list[tuple[Id, Id]]


def _arranged(start: Id, edges: Edges) -> _Arranged:
    """Put each node after all that lead to it, and drop the edges that a drawn path tells already, or that go round."""
    order: list[Id] = []
    onward: dict[Id, set[Id]] = {}
    open_: set[Id] = set()

    def visit(node: Id) -> None:
        onward[node] = set()
        open_.add(node)
        for after in sorted(edges.get(node, ())):
            if after in open_:
                continue  # it goes round
            if after not in onward:
                visit(after)
            onward[node].add(after)
        open_.remove(node)
        order.append(node)

    visit(start)
    layers = {start: 0}
    below: dict[Id, set[Id]] = {}
    for node in order:
        below[node] = onward[node].union(*(below[after] for after in onward[node]))
    for node in reversed(order):
        for after in onward[node]:
            layers[after] = max(layers.get(after, 0), layers[node] + 1)
    drawn = [
        (node, after)
        for node in reversed(order)
        for after in sorted(onward[node])
        if not any(after in below[other] for other in onward[node])
    ]
    return _Arranged(layers, drawn)


def _places(
    start: Id, layer: Mapping[Id, int], drawn: Iterable[tuple[Id, Id]]
) -> tuple[dict[Id, tuple[int, int]], int, int]:
    """Give each node its place, layers from left to right, in a layer by the middle of what it hangs on."""
    linked: dict[Id, list[Id]] = defaultdict(list)
    for a, b in drawn:
        inner, outer = (a, b) if abs(layer[a]) < abs(layer[b]) else (b, a)
        linked[outer].append(inner)
    columns: dict[int, list[Id]] = defaultdict(list)
    for node, at in layer.items():
        columns[at].append(node)
    step = HEIGHT + ABOVE
    height = max(map(len, columns.values())) * step - ABOVE
    place: dict[Id, tuple[int, int]] = {}
    for at in sorted(columns, key=lambda at: (abs(at), at)):
        hang = {node: [place[to][1] for to in linked[node]] or [0] for node in columns[at]}
        column = sorted(columns[at], key=lambda node: (sum(hang[node]) / len(hang[node]), node))
        top = (height - (len(column) * step - ABOVE)) // 2
        for row, node in enumerate(column):
            place[node] = (at - min(columns)) * (WIDTH + BETWEEN), top + row * step
    return place, len(range(min(columns), max(columns) + 1)) * (WIDTH + BETWEEN) - BETWEEN, height


def _line(source: tuple[int, int], target: tuple[int, int], *, both: bool) -> str:
    """Draw an arrow from the right of one box to the left of another."""
    x, y, to_x, to_y = source[0] + WIDTH, source[1] + HEIGHT // 2, target[0], target[1] + HEIGHT // 2
    bend = BETWEEN // 2 + 3
    way = f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}m-6-4l6 4l-6 4"
    return f"{way}M{x + 6} {y - 4}l-6 4l6 4" if both else way
