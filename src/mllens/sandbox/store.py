"""The records of the simulated AWS, apart for each account and region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
Key = tuple[str, ...]


class Table:
    """The records of one noun in order of creation; `version` grows with every change."""

    def __init__(self) -> None:
        self._rows: dict[Key, Record] = {}
        self.version = 0
        self.views: dict[Any, tuple[int, list[Record]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[Record]:
        return iter(self._rows.values())

    def items(self) -> Iterator[tuple[Key, Record]]:
        """Keys with their records."""
        return iter(self._rows.items())

    def get(self, key: Key) -> Record | None:
        """The record with a key, or None."""
        return self._rows.get(key)

    def put(self, key: Key, record: Record) -> None:
        """Add a record, or replace the one with this key."""
        self._rows[key] = record
        self.version += 1

    def touch(self) -> None:
        """Say that a record was changed in place, so that views are made anew."""
        self.version += 1

    def remove(self, record: Record) -> None:
        """Take a record out, whatever its key."""
        for key in [key for key, row in self._rows.items() if row is record]:
            del self._rows[key]
        self.version += 1

    def pop(self, key: Key) -> Record | None:
        """Take the record with a key out and return it, or None."""
        self.version += 1
        return self._rows.pop(key, None)


@dataclass(frozen=True)
class Place:
    """Where the record behind an ARN stands."""

    service: str
    noun: str
    record: Record


@dataclass
class State:
    """Everything of one account and region that moto does not hold."""

    account: str
    region: str
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)  # what hooks keep beside records

    def table(self, service: str, noun: str) -> Table:
        """The table of a noun, made empty on first use."""
        key = (service, noun)
        if key not in self.tables:
            self.tables[key] = Table()
        return self.tables[key]

    def put(self, service: str, noun: str, key: Key, record: Record, arn: str | None = None) -> None:
        """Add or replace a record and make it findable by its ARN."""
        self.table(service, noun).put(key, record)
        if arn:
            self.places[arn] = Place(service, noun, record)

    def remove(self, service: str, noun: str, record: Record, arn: str | None) -> None:
        """Take a record out together with its ARN and tags."""
        self.table(service, noun).remove(record)
        if arn:
            self.places.pop(arn, None)
            self.tags.pop(arn, None)


class World:
    """The states of all accounts and regions, each made empty on first use."""

    def __init__(self) -> None:
        self._states: dict[tuple[str, str], State] = {}
        self.sessions: dict[str, str] = {}  # access key id -> ARN of the assumed role
        self.extras: dict[str, Any] = {}  # what hooks keep beside records

    def state(self, account: str, region: str) -> State:
        """The state of one account and region."""
        key = (account, region)
        if key not in self._states:
            self._states[key] = State(account, region)
        return self._states[key]

    def __iter__(self) -> Iterator[State]:
        return iter(list(self._states.values()))


def find_member(record: object, name: str) -> Any:
    """The nearest value of that member name inside a nested record, or None; shallow levels first."""
    level: list[object] = [record]
    while level:
        below: list[object] = []
        for node in level:
            if isinstance(node, Mapping):
                if name in node:
                    return node[name]
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        level = below
    return None
