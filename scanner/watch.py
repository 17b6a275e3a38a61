"""Watching: what a judgement reads, and the state of not knowing."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from mllens.scanner.row import Key


class Unobserved(Exception):  # noqa: N818 - it is a state of knowledge, not an error
    """What was asked for was not read; `why` names the field, the cause and the operation."""

    def __init__(self, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"{what}: {why}")


class Watch:
    """What a judgement read: fields with their values, and types whose existence was asked for.

    `allowed` holds what the rule declared; anything else raises `UndeclaredRead`.
    """

    def __init__(self, allowed: frozenset[object] | None = None) -> None:
        self.allowed = allowed
        self.fields: dict[tuple[Key, str], tuple[Any, Any]] = {}
        self.declared: set[object] = set()
        self.observed = 0
        self.unlisted: list[str] = []

    def read(self, thing: object, name: str) -> None:
        """Note that a declared thing was asked for, before it is known whether it was observed."""
        if self.allowed is not None and thing not in self.allowed:
            raise UndeclaredRead(name)
        self.declared.add(thing)


class UndeclaredRead(Exception):  # noqa: N818 - named for the mistake
    """A rule read what its `reads` does not list."""


WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextlib.contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Record every read of a resource in this context."""
    token = WATCH.set(watch)
    try:
        yield watch
    finally:
        WATCH.reset(token)


def note(thing: object, name: str) -> None:
    """Tell the watch, if any, that `thing` (a field or a type) is being read."""
    if (watch := WATCH.get()) is not None:
        watch.read(thing, name)
