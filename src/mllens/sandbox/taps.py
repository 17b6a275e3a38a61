"""The taps inside this process: where botocore would send a request, and where it would begin to serialise it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.httpchecksum import AwsChunkedWrapper

from mllens.sandbox import identity
from mllens.sandbox.engine import Engine
from mllens.sandbox.errors import AwsError, ConnectionLost

_engines: list[Engine] = []
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Body(io.BytesIO):
    """What botocore reads a response from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        while part := self.read():
            yield part


def _before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    host = urlsplit(request.url).hostname or ""
    if not _engines or host.endswith(_LOOPBACK):
        return None  # no sandbox is at work, or the request is for one that serves over HTTP
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    try:
        reply = _engines[-1].answer(request.method, request.url, headers, _read(request.body))
    except ConnectionLost as lost:
        raise ConnectionClosedError(request=request, endpoint_url=request.url) from lost
    return AWSResponse(request.url, reply.status, reply.headers, _Body(reply.body))


def _read(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, AwsChunkedWrapper) or hasattr(body, "read"):
        return bytes(body.read())
    return body.encode() if isinstance(body, str) else bytes(body)


# sessions copy this list when they are made, so it must be there before the first
BUILTIN_HANDLERS.append(("before-send", _before_send))


@contextmanager
def in_process(engine: Engine) -> Iterator[None]:
    """Answer this process's requests to AWS from an engine."""
    _engines.append(engine)
    try:
        yield
    finally:
        _engines.remove(engine)


def short_circuit(session: botocore.session.Session, engine: Engine, account: str) -> None:
    """Answer a session's calls before they are serialised, where moto has no part in them."""

    def remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["sandbox_params"] = params

    def answer(model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        name = model.service_model.service_name
        if not engine.own(name, model.name):
            return None
        params, region = context.get("sandbox_params") or {}, context["client_region"]
        metadata: dict[str, Any] = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
        call = engine.call(name, model.name, params, account, region)
        metadata["RequestId"] = identity.unique(call.fingerprint)
        try:
            parsed = engine.ask(call)
        except AwsError as error:
            metadata["HTTPStatusCode"] = error.status or 400
            refused = {"Error": {"Code": error.code, "Message": error.message}, "ResponseMetadata": metadata}
            return SimpleNamespace(status_code=metadata["HTTPStatusCode"]), refused
        except ConnectionLost as lost:
            raise ConnectionClosedError(request=None, endpoint_url=name) from lost
        return SimpleNamespace(status_code=200), {**parsed, "ResponseMetadata": metadata}

    session.register("before-parameter-build", remember)
    session.register("before-call", answer)
