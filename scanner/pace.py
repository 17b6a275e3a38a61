"""Pace: how fast each operation may be called, learned from throttles."""

import asyncio
from collections import deque

WINDOW = 1.0  # seconds over which the rate that AWS let through is measured
SLOWEST = 1.0  # calls a second that are always tried
EASE = 0.99  # each success shortens the interval by this factor
SETTLE = 0.25  # seconds between two slow-downs: many throttles at once are one piece of news


class Pace:
    """One operation's pace in one account and region: open at first, slower after throttles, then easing again."""

    def __init__(self, most: int) -> None:
        self.room = asyncio.Semaphore(most)
        """How many calls may be under way: those beyond wait, and learn from what becomes of these."""
        self._interval = 0.0
        self._next = 0.0
        self._done: deque[float] = deque()
        self._slowed = float("-inf")

    async def turn(self, end: float) -> bool:
        """Wait for this call's turn; false, and at once, if that would come after `end` (on the loop's clock)."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next + self._interval) if self._interval else now
        if at > end:
            return False
        if self._interval:
            self._next = at
        if at > now:
            await asyncio.sleep(at - now)
        return True

    def succeeded(self) -> None:
        """AWS let a call through."""
        now = asyncio.get_running_loop().time()
        self._done.append(now)
        while self._done and self._done[0] < now - WINDOW:
            self._done.popleft()
        self._interval = self._interval * EASE if self._interval > 0.002 else 0.0

    def throttled(self) -> None:
        """AWS refused a call for its rate: go at 80 % of what it let through lately."""
        now = asyncio.get_running_loop().time()
        if now < self._slowed + SETTLE:
            return
        self._slowed = now
        lately = sum(t >= now - WINDOW for t in self._done) / WINDOW
        self._interval = 1 / max(SLOWEST, 0.8 * lately)
        self._next = max(self._next, now)
