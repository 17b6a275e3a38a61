"""Scans for tests: of a sandbox in this process, on a clock that never waits."""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from mllens.rules.load import ours
from mllens.sandbox import NOON, Sandbox
from mllens.scanner import Inventory
from mllens.scanner.client import Clients
from mllens.scanner.engine import Options, scan
from mllens.scanner.plan import Plan, plan

RULES = ours()
WANTED = plan(read for rule in RULES for read in rule.reads)


class _Jumping(selectors.DefaultSelector):
    """A selector that passes time instead of waiting, unless a call is under way."""

    def __init__(self, loop: "Loop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(None if self._loop.calling and timeout != 0 else 0)
        if not ready and timeout:
            self._loop.pass_time(timeout)
        return ready


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer; calls in threads take no time by it."""

    def __init__(self, passed: Callable[[float], None] = lambda _: None) -> None:
        self.calling, self.now, self._passed = 0, 0.0, passed
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self._passed(seconds)

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        self.calling += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._called)
        return future

    def _called(self, _: object) -> None:
        self.calling -= 1


def run(main: Any, passed: Callable[[float], None] = lambda _: None) -> Any:
    """Run a coroutine on the jumping clock."""
    with asyncio.Runner(loop_factory=lambda: Loop(passed)) as runner:
        return runner.run(main)


@contextmanager
def jumping(sandbox: Sandbox) -> Iterator[None]:
    """Scans in here wait for nothing; the sandbox's clock goes with theirs."""

    def passed(seconds: float) -> None:
        sandbox.clock.advance(timedelta(seconds=seconds))

    with patch("mllens.scanner.engine.asyncio.run", lambda main: run(main, passed)):
        yield


class Scanner:
    """Scans one sandbox again and again with the same clients, each time from the same moment."""

    def __init__(self, sandbox: Sandbox, wanted: Plan = WANTED, now: datetime = NOON) -> None:
        self.sandbox, self.wanted, self.now = sandbox, wanted, now
        self.clients = Clients(wanted.calls)

    def __call__(self, **options: Any) -> Inventory:
        self.sandbox.clock.set(self.now)
        self.clients.calls.clear()
        chosen = Options(**{"regions": self.sandbox.regions, "metrics": True, **options})
        with jumping(self.sandbox):
            return scan(self.clients, self.wanted, chosen)


def moment(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A moment in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)
