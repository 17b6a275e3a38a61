"""The simulated AWS over HTTP: a small threaded WSGI server on loopback."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from werkzeug.serving import WSGIRequestHandler, make_server

from mllens.sandbox.engine import Engine
from mllens.sandbox.errors import AwsError, ConnectionLost
from mllens.sandbox.wire import Reply, encode_error

_POLL = 0.02  # seconds between looks whether to stop
# marks the date that we send apart from the one that the server would add
_OURS = "\N{WORD JOINER}"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Environment = dict[str, Any]
# What can go wrong inside the engine without being a refusal: answered as AWS would answer, and reported.
_BUGS = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    LookupError,
    RuntimeError,
    OSError,
    ArithmeticError,
)


class _Handler(WSGIRequestHandler):  # type: ignore[misc]
    """Keeps the headers as they came, and keeps quiet."""

    protocol_version = "HTTP/1.1"

    def make_environ(self) -> Environment:
        environ: Environment = super().make_environ()
        environ["mllens.headers"] = {name: value for name, value in self.headers.items()}  # noqa: C416 (a Message is no dict)
        environ["mllens.target"] = self.path
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the sandbox keeps its own record of calls."""

    def send_header(self, keyword: str, value: str) -> None:
        """Leave Server and Date to the application, whose clock stands still."""
        if keyword in {"Server", "Date"} and not value.startswith(_OURS):
            return
        super().send_header(keyword, value.removeprefix(_OURS))


def application(engine: Engine) -> Callable[[Environment, StartResponse], Iterable[bytes]]:
    """The WSGI application that answers from an engine."""

    def respond(environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        body = _body(environ)
        headers = environ.get("mllens.headers") or _headers(environ)
        host = environ.get("HTTP_HOST", "127.0.0.1")
        target = environ.get("mllens.target") or _target(environ)
        # a proxy's client sends the whole address, any other just the path
        url = target if target.startswith(("http://", "https://")) else f"http://{host}{target}"
        try:
            reply = engine.answer(environ["REQUEST_METHOD"], url, headers, body)
        except ConnectionLost as lost:
            _break(environ)
            raise ConnectionAbortedError from lost  # which the server takes for a client that went away
        except _BUGS as error:
            failure = AwsError("InternalFailure", f"The sandbox failed: {type(error).__name__}: {error}", 500)
            reply = encode_error(failure, "json" if "HTTP_X_AMZ_TARGET" in environ else "query", "-", "")
        return _send(environ, reply, start_response)

    return respond


def _send(environ: Environment, reply: Reply, start_response: StartResponse) -> Iterable[bytes]:
    headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-length" and value}
    length = len(reply.body)
    if environ["REQUEST_METHOD"] == "HEAD":
        sizes = [value for name, value in reply.headers.items() if name.lower() == "content-length"]
        length = int(sizes[0]) if sizes else length
    date = headers.pop("Date", "")
    phrase = HTTPStatus(reply.status).phrase
    start_response(
        f"{reply.status} {phrase}", [*headers.items(), ("Date", _OURS + date), ("Content-Length", str(length))]
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]


def _body(environ: Environment) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
        return bytes(stream.read())
    return bytes(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))


def _headers(environ: Environment) -> dict[str, str]:
    named = {name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        named["Content-Type"] = environ["CONTENT_TYPE"]
    return named


def _target(environ: Environment) -> str:
    path = quote(environ.get("PATH_INFO", "/").encode("latin-1"))
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def _break(environ: Environment) -> None:
    """Reset the connection under the client, so that it sees what a lost network shows."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)  # the server's own files hold the socket open: closing would not do


@contextmanager
def serving(engine: Engine, host: str, port: int) -> Iterator[str]:
    """Serve an engine from a thread; gives the address."""
    server = make_server(host, port, application(engine), threaded=True, request_handler=_Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(_POLL,), name="mllens-sandbox", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


__all__ = ["application", "serving"]
