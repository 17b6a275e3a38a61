"""Sending: one loop that paces, repeats and pages, for every call of a scan."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from mllens.scanner.client import THREADS, Answer, Clients
from mllens.scanner.collect import Call
from mllens.scanner.inventory import Status
from mllens.scanner.pace import Pace
from mllens.scanner.shapes import largest_page, paging

TRIES = 4  # for server errors and broken connections; throttles are repeated until the deadline
STATUS_OF: Mapping[str, Status] = {
    "denied": "denied", "throttled": "throttled", "not_enabled": "not_enabled", "unsupported": "unsupported",
    "retry": "failed", "failed": "failed",
}  # fmt: skip


class Refused(Exception):  # noqa: N818 - carries a value
    """A call was not answered: the coverage status that follows, the call, the reason in words."""

    def __init__(self, status: Status, call: Call, reason: str) -> None:
        self.status, self.call, self.reason = status, call, reason
        super().__init__(reason)


class Gone(Exception):  # noqa: N818 - named for the fact
    """AWS said that what was asked for does not exist."""


class Sender:
    """Sends calls through a pool of threads.

    Throttled calls are repeated, each operation at the pace that it learned, until `deadline` seconds have passed.
    """

    def __init__(self, clients: Clients, pool: ThreadPoolExecutor, deadline: float) -> None:
        self._clients, self._pool, self._seconds = clients, pool, deadline
        self._end = asyncio.get_running_loop().time() + deadline
        self._paces: dict[tuple[str, str, str], Pace] = {}
        self.throttled = self.retried = 0

    async def call(self, call: Call, region: str, parameters: Mapping[str, Any]) -> Answer:
        """One answer.

        Raises:
            Refused: it was denied, or failed, or the deadline passed.
            Gone: what was asked for does not exist.
        """
        pace = self._paces.setdefault((call.service, call.operation, region), Pace(THREADS))
        async with pace.room:
            return await self._call(pace, call, region, parameters)

    async def _call(self, pace: Pace, call: Call, region: str, parameters: Mapping[str, Any]) -> Answer:
        loop = asyncio.get_running_loop()
        tries, throttled = 0, False
        while True:
            if not await pace.turn(self._end):
                late = f"{call}: the deadline of {self._seconds:.0f} s passed"
                raise Refused("throttled" if throttled else "not_attempted", call, late)
            outcome = await loop.run_in_executor(
                self._pool, self._clients.send, call, region, {**call.fixed, **parameters}
            )
            if isinstance(outcome, Answer):
                pace.succeeded()
                return outcome
            if outcome.kind == "throttled":
                self.throttled += 1
                throttled = True
                pace.throttled()
                await asyncio.sleep(0.02)
                continue
            tries += 1
            if outcome.kind == "retry" and tries < TRIES:
                self.retried += 1
                await asyncio.sleep(0.05 * 2**tries)
                continue
            if outcome.kind == "gone":
                raise Gone(outcome.reason)
            raise Refused(STATUS_OF[outcome.kind], call, outcome.reason)

    async def whole(self, call: Call, region: str, parameters: Mapping[str, Any]) -> Answer:
        """One answer with all that its lists hold: further pages are asked for and joined; lists inside are not."""
        page = paging(call.service, call.operation)
        first = answer = await self.call(call, region, parameters)
        body, seen = dict(first.body), {""}
        while (token := answer.body.get(page.get("output_token", ""), "")) and isinstance(token, str):
            if not any(isinstance(value, list) for value in answer.body.values()):
                break
            if token in seen:
                raise Refused("failed", call, f"{call}: it gave the same page token twice")
            seen.add(token)
            answer = await self.call(call, region, {**parameters, page["input_token"]: token})
            for member, value in answer.body.items():
                if isinstance(value, list):
                    body[member] = [*body.get(member, ()), *value]
        return Answer(body, first.at, first.request_id)

    async def pages(self, call: Call, region: str, parameters: Mapping[str, Any]) -> AsyncIterator[Answer]:
        """Every page of a list, at the largest page size; a page token that comes twice is refused."""
        page = paging(call.service, call.operation)
        given = dict(parameters)
        if (size := largest_page(call.service, call.operation)) and page["limit_key"] not in call.fixed:
            given[page["limit_key"]] = size
        seen: set[str] = set()
        while True:
            answer = await self.call(call, region, given)
            if call.items and not any(path.split(".", 1)[0] in answer.body for path in call.items.split("|")):
                raise Refused("failed", call, f"{call}: its answer holds no {call.items.replace('|', ' or ')}")
            yield answer
            token = answer.body.get(page.get("output_token", ""))
            if not token or (page.get("more_results") and not answer.body.get(page["more_results"])):
                return
            if token in seen:
                raise Refused("failed", call, f"{call}: it gave the same page token twice")
            seen.add(token)
            given[page["input_token"]] = token


async def together(work: Iterable[Awaitable[None]]) -> None:
    """Run side by side, and wait for all."""
    await asyncio.gather(*work)


@asynccontextmanager
async def beside() -> AsyncIterator[Callable[[Awaitable[None]], None]]:
    """What begins work that runs beside that of the block; at its end all is waited for, or, if it fails, let go."""
    work: list[asyncio.Future[None]] = []
    try:
        yield lambda begun: work.append(asyncio.ensure_future(begun))
    except BaseException:
        for begun in work:
            begun.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        raise
    await together(work)
