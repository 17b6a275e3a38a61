"""Possible: what may belong to a workload, for a gap lies on the way."""

from collections import deque
from collections.abc import Mapping

from mllens.scanner import Key
from mllens.workload.file import inside
from mllens.workload.links import Link, Named, account_wide
from mllens.workload.selected import Selected
from mllens.workload.ties import Doubt, Step, Ties, one_place


class Possible:
    """The walk over what may be, from the members and what may be one to begin with."""

    def __init__(self, ties: Ties, begins: Selected, members: Mapping[Key, Step]) -> None:
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
            if not local or one_place(hidden, near):
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
            if not link.local or one_place(key, at):
                self._reach(key, at, reason)
        self._unread(link.source.type, at, at, local=link.local)
        if at in ties.hidden:
            for key in ties.names_unread.get(link, ()):
                if not link.local or one_place(key, at):
                    self._reach(key, at, why)
