"""The record of calls that the simulated AWS was asked to answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple, overload


class Made(NamedTuple):
    """One call that came in; `outcome` is `ok`, an error code, `reset`, `lost` or `killed`."""

    account: str
    region: str
    service: str
    operation: str
    outcome: str


class Calls(Sequence[Made]):
    """All calls in order of arrival; safe to read while calls come in."""

    def __init__(self) -> None:
        self._made: list[Made] = []
        self._lock = threading.Lock()

    def add(self, made: Made) -> None:
        """Note a call."""
        with self._lock:
            self._made.append(made)

    def clear(self) -> None:
        """Forget all calls, say after seeding."""
        with self._lock:
            self._made.clear()

    @overload
    def __getitem__(self, index: int) -> Made: ...
    @overload
    def __getitem__(self, index: slice) -> list[Made]: ...
    def __getitem__(self, index: int | slice) -> Made | list[Made]:
        return self._made[index]

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Made]:
        return iter(self._made[:])

    def count(self, value: object) -> int:
        """How many calls fit `service:Operation`, which may be a glob; a `Made` is counted as in any sequence."""
        if isinstance(value, str):
            return sum(n for label, n in self.counter.items() if fnmatchcase(label, value))
        return self._made.count(value)  # type: ignore[arg-type]

    @property
    def counter(self) -> Counter[str]:
        """Calls by `service:Operation`."""
        return Counter(f"{made.service}:{made.operation}" for made in self)
