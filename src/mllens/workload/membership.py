"""Membership: which resources a workload is made of, and of which that cannot be told, for a gap lies on the way.

Two walks over the same links: one over what was read, and one over what may be. What the first reaches is a member;
what only the second reaches cannot be told; the rest is none, whatever the gaps hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mllens.reports.harmless import harmless
from mllens.scanner import Graph, Key, Resource
from mllens.scanner.model import TYPES
from mllens.workload.file import Workload, WorkloadError, inside
from mllens.workload.links import ACCOUNT_WIDE, account_wide, links
from mllens.workload.possible import Possible
from mllens.workload.selected import selected, takes_tags
from mllens.workload.ties import Doubt, Step, Ties

Standing = Literal["member", "unsure", "none"]


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
    begin = selected(ties)
    members = ties.closure(begin.sure)
    return Membership(workload, members, Possible(ties, begin, members).unsure)


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
