"""The graph: resources by type and key, references followed in both directions, and nothing concluded from gaps."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, overload

from mllens.scanner.inventory import WHOLE, Coverage, Inventory, Manifest
from mllens.scanner.model import (
    EXAMPLE_ACCOUNT,
    EXAMPLE_REGION,
    REDACTED,
    TYPES,
    Account,
    Edge,
    Missing,
    Ref,
    Region,
    Resource,
    edges_of,
    encode,
)
from mllens.scanner.path import ABSENT, dig
from mllens.scanner.row import Key, Row
from mllens.scanner.watch import Unobserved, note

if TYPE_CHECKING:
    import networkx as nx

R = TypeVar("R", bound=Resource)
EXAMPLE_NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)  # the clock of cases


Place = Account | Region | Key | None
"""An account with all its regions, the region that a key lies in, or everywhere."""


class Graph:
    """Everything one scan knows. Iteration is in key order.

    `now` is the scan's clock: the only one rules have.
    """

    def __init__(self, inventory: Inventory, *, now: datetime | None = None) -> None:
        self.inventory = inventory
        self.now = now or datetime.fromtimestamp(inventory.manifest.now, UTC)
        self._rows: dict[str, dict[Key, Row]] = {}
        for row in inventory.rows:
            self._rows.setdefault(row.type, {})[row.key] = row
        self._by_arn = {row.arn: row.key for row in inventory.rows if row.arn and not row.gone}
        self._made: dict[Key, Resource] = {}
        self._coverage: dict[str, list[Coverage]] = {}
        for line in inventory.manifest.coverage:
            self._coverage.setdefault(line.type, []).append(line)
        self._into: dict[Edge, tuple[dict[Key, list[Key]], list[tuple[Key, str]]]] = {}

    @classmethod
    def of(
        cls,
        *resources: Resource,
        unread: Iterable[type[Resource]] = (),
        now: datetime = EXAMPLE_NOW,
        encoded: bool = False,
    ) -> "Graph":
        """A graph of constructed resources, for cases: every type was read completely, save those `unread`.

        `encoded`: through rows in AWS's shape, as a scan stores them; otherwise the very objects given.
        """
        rows, shapes = [], {}
        for resource in resources:
            row, shapes[resource.type] = encode(resource)
            rows.append(row)
        places = {(EXAMPLE_ACCOUNT, EXAMPLE_REGION), *((r.account, r.region) for r in resources if r.region)}
        coverage = [
            Coverage(account, region if t.scope == "regional" else "", name, "denied", "denied in this case", "")
            if t in set(unread)
            else Coverage(account, region if t.scope == "regional" else "", name, "complete")
            for name, t in sorted(TYPES.items())
            for account, region in sorted(places)
        ]
        manifest = Manifest(
            mllens_version="",
            botocore_version="",
            caller_arn="",
            partition="aws",
            now=now.timestamp(),
            started_at=now.timestamp(),
            finished_at=now.timestamp(),
            policy_sha256="",
            accounts=sorted({account for account, _ in places}),
            regions=sorted({region for _, region in places}),
            shapes={name: dict(members) for name, members in shapes.items()},
            coverage=sorted(set(coverage)),
        )
        graph = cls(Inventory(manifest, rows))
        if not encoded:
            graph._made = {resource.key: resource for resource in resources}
        return graph

    # -- what rules ask

    def all(self, cls: type[R], *, within: Account | Region | None = None, bounded: bool = False) -> Iterator[R]:
        """Every resource of a type in the scan, or `within` an account (all its regions) or region; in key order.

        `bounded`: those that the scan's own bound leaves are enough.

        Raises:
            Unobserved: when exhausted, if the type was not read completely there, or one of it was deleted meanwhile:
                another may have taken its place.
        """
        note(cls, cls.__name__)
        if within is not None and cls.scope != "regional" and isinstance(within, Region):
            raise TypeError(f"{cls.__name__} belongs to no region")
        yield from self.known(cls, within=within)
        self._none_vanished(cls, within)
        lines = [line for line in self._coverage.get(cls.type, ()) if _covers(line, within)]
        self._all_read(cls, lines, everywhere=isinstance(within, Account), bounded=bounded)

    @overload
    def to(self, reference: Ref[R]) -> R | Missing: ...
    @overload
    def to(self, reference: None) -> None: ...
    def to(self, reference: Ref[R] | None) -> R | Missing | None:
        """What a reference stands for: the resource, `Missing` (a fact), or None where AWS says "not set".

        Raises:
            Unobserved: it cannot be told: the type was not read there, it vanished meanwhile, or it is outside the scan.
        """
        if reference is None:
            return None
        cls, key = reference.target, self.key_of(reference.target, reference.value, reference.account, reference.region)
        note(cls, cls.__name__)
        row = self._rows.get(cls.type, {}).get(key)
        if row is not None and not row.gone:
            return self.view(cls, row)
        if row is not None and row.gone != "absent":
            raise Unobserved(str(key), row.gaps.get("exists", row.gone))
        if row is not None:
            return Missing(key)
        line = self.coverage(cls.type, reference.account if cls.scope == "global" else key.account, key.region)
        if line is None:
            raise Unobserved(str(key), "it lies outside the scan")
        if line.status not in WHOLE or line.scope == "referred":
            raise Unobserved(str(key), line.explain())
        return Missing(key)

    def into(
        self,
        resource: Resource | Ref[Any],
        cls: type[R],
        via: object = None,
        *,
        within: Account | Region | None = None,
        bounded: bool = False,
    ) -> Iterator[R]:
        """Every resource of a type that refers to this one (through field `via`, if given), in key order.

        A reference stands for what it names, also where that was not read. `within`: only those of an account (all its
        regions) or region. `bounded`: those that the scan's own bound leaves are enough, as the newest training jobs.

        Raises:
            Unobserved: when exhausted, if the type was not read completely, or a reference of one of them was not, or one
                was deleted meanwhile.
        """
        target = resource.target if isinstance(resource, Ref) else type(resource)
        edges = [e for e in edges_of(cls) if e.target.type == target.type and (via is None or e.field is via)]
        if not edges:
            raise TypeError(f"{cls.__name__} has no field that refers to {target.__name__}")
        named = (
            self.key_of(target, resource.value, resource.account, resource.region)
            if isinstance(resource, Ref)
            else resource.key
        )
        for field in dict.fromkeys(edge.field for edge in edges):
            note(field, repr(field))
        sources: set[Key] = set()
        unread: list[tuple[Key, str]] = []
        for edge in edges:
            found, gaps = self._reverse(cls, edge)
            sources.update(found.get(named, ()))
            unread += gaps
        rows = self._rows.get(cls.type, {})
        place = within or (named if all(edge.by.local for edge in edges) else None)
        for key in sorted(sources):
            if _inside(key, place):
                yield self.view(cls, rows[key])
        for key, why in unread:
            if _inside(key, place):
                raise Unobserved(str(key), why)
        self._none_vanished(cls, place)
        lines = [line for line in self._coverage.get(cls.type, ()) if _covers(line, place)]
        everywhere = isinstance(place, Account) or (place is None and target.scope != "regional")
        self._all_read(cls, lines, everywhere=everywhere, bounded=bounded)

    def _none_vanished(self, cls: type[Resource], within: Place) -> None:
        """That none of a type was deleted between its list and its details.

        Raises:
            Unobserved: one was.
        """
        for key, row in self._rows.get(cls.type, {}).items():
            if row.gone == "vanished" and _inside(key, within):
                raise Unobserved(str(key), row.gaps["exists"])

    def _all_read(self, cls: type[Resource], lines: list[Coverage], *, everywhere: bool, bounded: bool) -> None:
        """That a type was read wherever it matters; `everywhere`: in every region of the account.

        Raises:
            Unobserved: it was not.
        """
        for line in lines:
            if not _enough(line, bounded=bounded):
                raise Unobserved(cls.__name__, line.explain())
        if not lines:
            raise Unobserved(cls.__name__, "not collected")
        if everywhere and cls.scope == "regional" and self.inventory.manifest.elsewhere:
            raise Unobserved(
                cls.__name__, f"regions that were not scanned may hold more: {self.inventory.manifest.elsewhere}"
            )

    # -- what the program asks

    def key_of(self, cls: type[Resource], value: str, account: str, region: str) -> Key:
        """The key that a reference means; ARNs go by what was read, for SageMaker writes names in them in lower case."""
        known = self._by_arn.get(value)
        return known if known is not None and known.type == cls.type else cls.key_of(value, account, region)

    def known(self, cls: type[R], *, within: Account | Region | None = None) -> Iterator[R]:
        """Every resource of a type that was read, complete or not."""
        for key in sorted(self._rows.get(cls.type, ())):
            row = self._rows[cls.type][key]
            if not row.gone and _inside(key, within):
                yield self.view(cls, row)

    def view(self, cls: type[R], row: Row) -> R:
        """The resource for a row; one object for each."""
        made = self._made.get(row.key)
        if made is None:
            made = self._made[row.key] = cls.from_row(row, self.inventory.manifest.shapes.get(row.type, {}))
        return made  # type: ignore[return-value]  # keys hold the type

    def coverage(self, type_: str, account: str, region: str) -> Coverage | None:
        """How a type was read in one account and region; None where the scan did not look."""
        for line in self._coverage.get(type_, ()):
            if line.account == account and line.region == region:
                return line
        return None

    def lines(self, cls: type[Resource]) -> list[Coverage]:
        """How a type was read, everywhere the scan looked."""
        return self._coverage.get(cls.type, [])

    @property
    def types(self) -> list[str]:
        """Types of which something is known, in order."""
        return sorted({*self._rows, *self._coverage})

    def count(self, type_: str) -> int:
        """How many resources of a type are known."""
        return sum(not row.gone for row in self._rows.get(type_, {}).values())

    def to_networkx(self) -> "nx.MultiDiGraph[Any]":
        """The graph as algorithms know it: nodes are keys, edge keys are field names; stubs are marked `unseen`."""
        import networkx as nx  # noqa: PLC0415 - 90 ms that most commands do not need

        out: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
        for type_, rows in sorted(self._rows.items()):
            cls = TYPES.get(type_)
            for key in sorted(rows):
                if not rows[key].gone:
                    out.add_node(key, arn=rows[key].arn or "", unseen=False)
            if cls is None:
                continue
            for edge in edges_of(cls):
                for target, sources in self._reverse(cls, edge)[0].items():
                    if target not in out:
                        out.add_node(target, arn="", unseen=True)
                    for source in sources:
                        out.add_edge(source, target, key=edge.field.attr)
        return out

    def _reverse(self, cls: type[Resource], edge: Edge) -> tuple[dict[Key, list[Key]], list[tuple[Key, str]]]:
        """Target key to the resources that refer to it at one place; and those whose reference was not observed."""
        if (known := self._into.get(edge)) is not None:
            return known
        found: dict[Key, list[Key]] = {}
        gaps: list[tuple[Key, str]] = []
        for source in self.known(cls):
            try:
                for value in source_values(source, edge):
                    key = self.key_of(edge.target, value, source.account, source.region)
                    found.setdefault(key, []).append(source.key)
            except Unobserved as gap:
                gaps.append((source.key, gap.why))
        self._into[edge] = found, gaps
        return found, gaps

    @cached_property
    def unread(self) -> list[Coverage]:
        """Coverage lines of types that were not read whole, for reports."""
        return [line for lines in self._coverage.values() for line in lines if line.status not in WHOLE]


def source_values(source: Resource, edge: Edge) -> list[str]:
    """The references a resource holds at a place of its fields, as names, ARNs or addresses."""
    raw = source.raw(edge.field)
    if raw is ABSENT:
        return []
    own = edge.field.path
    below = edge.path[len(own) :]
    listed = "[" in edge.path[len(own) - 1] and "[" not in own[-1]
    items = (raw if isinstance(raw, list) else []) if listed else [raw]
    found = [dig(item, below) if below else item for item in items]
    flat = [v for part in found for v in (part if isinstance(part, list) else [part])]
    if any(isinstance(v, Mapping) and REDACTED in v for v in flat):
        raise Unobserved(repr(edge.field), "a secret stood in a reference and was removed")
    return [name for v in flat if isinstance(v, str) and v and (name := edge.by.referred(v)) is not None]


def _enough(line: Coverage, *, bounded: bool) -> bool:
    if line.scope == "referred":
        return False  # those that others name are known, not all
    return line.status in WHOLE or (bounded and line.status == "bounded" and line.scope != "priced")


def _inside(key: Key, within: Place) -> bool:
    """Whether a resource is of an account, or of the region that one is in."""
    if within is None:
        return True
    return key.account == within.account and (isinstance(within, Account) or key.region == within.region)


def _covers(line: Coverage, within: Place) -> bool:
    if within is None:
        return True
    return line.account in ("", within.account) and (isinstance(within, Account) or line.region in ("", within.region))
