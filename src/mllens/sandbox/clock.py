"""The clock of the simulated AWS: it stands still until somebody moves it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_AS_OF: ContextVar[datetime | None] = ContextVar("mllens_sandbox_as_of", default=None)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; a moment without a time zone is taken to be in UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Clock:
    """A clock that is set, not running: `now()` answers the same until `set` or `advance`."""

    def __init__(self, now: datetime) -> None:
        self._now = utc(now)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present moment, aware and in UTC; inside `at`, the moment given there."""
        return _AS_OF.get() or self._now

    def set(self, moment: datetime) -> None:
        """Move to a moment, which may lie in the past."""
        with self._lock:
            self._now = utc(moment)

    def advance(self, by: timedelta) -> None:
        """Move on by a span of time."""
        with self._lock:
            self._now += by

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Pretend another moment, for calls made in process by this thread (or task) only."""
        token = _AS_OF.set(utc(moment))
        try:
            yield
        finally:
            _AS_OF.reset(token)
