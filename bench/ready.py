"""Ready-made answers in front of a simulated account: what was asked once before costs a look-up and a write.

The simulator thinks for about two milliseconds about each call, on the cores that the measured process shares with it:
as long as that process itself, while AWS thinks on machines of its own. So each program is run once to fill the table,
and measured when it asks again. A request that is not in the table goes to the simulator. Nobody may change the account.
"""

import asyncio
import io
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import parse_headers
from typing import Any

from mllens.sandbox import Sandbox
from mllens.sandbox.server import application

END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# The request line, and the headers that say what is asked for; all others only say who asks, and when.
SAYS = re.compile(rb"\A.*|\r\n(?:host|content-type|x-amz-target|x-amz-account-id):.*|Credential=[^,]*", re.IGNORECASE)
# The simulator marks the date that it sends apart from the one that its own server would add.
MARK = "\N{WORD JOINER}"
Outcome = tuple[str, str]
"""`service:Operation`, and what came of it: `ok` or an error code."""


@dataclass(frozen=True)
class Answer:
    """What goes over the wire, and how the simulator counted the call."""

    sent: bytes
    outcomes: tuple[Outcome, ...]


class Ready:
    """The table, and how long each answer takes, in seconds."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._respond = sandbox, application(sandbox.engine)
        self._answers: dict[bytes, Answer] = {}
        self._asked: dict[bytes, tuple[bytes, bytes]] = {}
        self._counted: Counter[Outcome] = Counter()
        self.latency = 0.0

    def answer(self, head: bytes, body: bytes) -> bytes:
        """The answer to one request."""
        key = b"".join([*SAYS.findall(head), END, body])
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._simulated(head, body)
            self._asked[key] = (head, body)
        self._counted.update(found.outcomes)
        return found.sent

    def counted(self) -> Counter[Outcome]:
        """Calls since the last look."""
        counted, self._counted = self._counted, Counter()
        return counted

    def stale(self) -> Iterator[str]:
        """The requests that the simulator would by now answer otherwise, in words: none, or nothing measured holds."""
        for key, (head, body) in self._asked.items():
            if self._simulated(head, body) != self._answers[key]:
                yield f"{head.split(END[:2], 1)[0].decode()} {body[:200]!r}"

    def _simulated(self, head: bytes, body: bytes) -> Answer:
        line, _, rest = head.partition(b"\r\n")
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = dict(parse_headers(io.BytesIO(rest + END)).items())
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": headers.get("Host", ""),
            "wsgi.input": io.BytesIO(body),
            "mllens.headers": headers,
            "mllens.target": target,
        }
        if "X-Amz-Target" in headers:
            environ["HTTP_X_AMZ_TARGET"] = headers["X-Amz-Target"]
        lines: list[str] = []

        def start(status: str, replied: list[tuple[str, str]]) -> None:
            lines.extend([f"HTTP/1.1 {status}", *(f"{name}: {value.removeprefix(MARK)}" for name, value in replied)])

        self._sandbox.calls.clear()
        content = b"".join(self._respond(environ, start))
        outcomes = tuple((f"{made.service}:{made.operation}", made.outcome) for made in self._sandbox.calls)
        return Answer("\r\n".join(lines).encode("latin-1") + END + content, outcomes)


class Connection(asyncio.Protocol):
    """One client: requests in, answers out when their time has come."""

    def __init__(self, ready: Ready) -> None:
        self._ready, self._unread = ready, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(END)) >= 0:
            head = self._unread[:end]
            length = LENGTH.search(head)
            start = end + len(END)
            stop = start + (int(length[1]) if length else 0)
            if len(self._unread) < stop:
                return
            body, self._unread = self._unread[start:stop], self._unread[stop:]
            sent = self._ready.answer(head, body)
            asyncio.get_running_loop().call_later(self._ready.latency, self._transport.write, sent)


@contextmanager
def serving(ready: Ready) -> Iterator[str]:
    """Serve from a thread; gives the address."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: Connection(ready), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()
