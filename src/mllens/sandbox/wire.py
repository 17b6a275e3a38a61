"""Between bytes and calls: which operation a request asks for, its parameters, and answers in each protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.loaders import create_loader
from botocore.parsers import create_parser
from botocore.regions import EndpointResolver
from botocore.session import get_session
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from werkzeug.exceptions import HTTPException

from mllens.sandbox.answer import Answer, Call
from mllens.sandbox.clock import utc
from mllens.sandbox.errors import AwsError
from mllens.sandbox.model import Service, service, signed_by

_SCOPE = re.compile(r"Credential=(?P<key>[^/\s]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_JSON = re.compile(r"application/x-amz-json-\d\.\d")
_VIRTUAL_BUCKET = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.\-]+)\.(?:s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?|localhost|127\.0\.0\.1)(?::\d+)?"
)
_REQUEST_ID = re.compile(rb"(<(?:RequestId|requestId|RequestID)>)[^<]*(</)")
# Calls that carry no signature, told by their action.
_UNSIGNED_ACTIONS = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Target:
    """What a request asks for, before anybody looked at its parameters in earnest."""

    service: Service
    operation: str
    region: str
    access_key: str
    protocol: str
    request: Request
    path_params: Mapping[str, Any]


def receive(method: str, url: str, headers: Mapping[str, str], body: bytes, default_region: str) -> Target:
    """Tell which operation a request asks for; refuses, as AWS would, what names no known operation."""
    given = {name.lower(): value for name, value in headers.items()}
    parts = urlsplit(url)
    names, region, key = _scope(given, parts.query, body, default_region)
    if not names:
        raise AwsError("UnrecognizedClientException", "The request names no service that the sandbox knows.", 400)
    for name in names:
        asked = service(name)
        protocol = _protocol(asked, given)
        if protocol is None:
            continue
        request = _canonical(asked, region, method, url, headers=headers, body=body)
        try:
            operation, path_params = get_service_router(name).match(request)
        except (HTTPException, NotImplementedError):
            continue
        return Target(asked, str(operation.name), region, key, protocol, request, path_params)
    raise AwsError("UnknownOperationException", f"{method} {parts.path} is no operation of {', '.join(names)}.", 404)


def _scope(
    headers: Mapping[str, str], query: str, body: bytes, default_region: str
) -> tuple[tuple[str, ...], str, str]:
    """Services (best guess first), region and access key, from the signature or from what stands in for it."""
    found = _SCOPE.search(headers.get("authorization", "")) or _SCOPE.search(
        "Credential=" + unquote(parse_qs(query).get("X-Amz-Credential", [""])[0])
    )
    if found:
        names = signed_by(found["service"])
        if found["service"] == "s3" and "x-amz-account-id" in headers:
            names = tuple(reversed(names))
        return names, found["region"], found["key"]
    if "authorization" in headers:
        return (), default_region, ""
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    if action in _UNSIGNED_ACTIONS:
        return (_UNSIGNED_ACTIONS[action],), default_region, ""
    if "x-amz-target" in headers:
        return (), default_region, ""
    return ("s3",), default_region, ""


def _protocol(asked: Service, headers: Mapping[str, str]) -> str | None:
    """The protocol a request speaks, or None when it cannot be for this service."""
    offered = asked.shapes.metadata.get("protocols") or [asked.protocol]
    kind, target = headers.get("content-type", ""), headers.get("x-amz-target")
    if target is not None and _JSON.match(kind):
        prefix = target.rpartition(".")[0]
        return "json" if "json" in offered and prefix == asked.target_prefix else None
    if kind.startswith("application/x-www-form-urlencoded") and {"query", "ec2"} & set(offered):
        return "ec2" if "ec2" in offered else "query"
    rest = next((p for p in offered if p.startswith("rest-")), None)
    return rest or next((p for p in offered if p in {"query", "ec2"}), None)


def _canonical(
    asked: Service, region: str, method: str, url: str, *, headers: Mapping[str, str], body: bytes
) -> Request:
    """The request as if sent to AWS itself, S3 buckets in the path: one form for the router, moto and us."""
    parts = urlsplit(url)
    host = headers.get("Host") or parts.netloc
    path, query = parts.path or "/", parts.query
    if asked.name == "s3":
        bucket = _VIRTUAL_BUCKET.fullmatch(host)
        if bucket and bucket["bucket"] not in {"s3", "www"} and not re.fullmatch(r"s3[.-].*", host):
            path = f"/{bucket['bucket']}{path}"
    target = f"https://{hostname(asked, region, headers)}{path}" + (f"?{query}" if query else "")
    sent = {name: value for name, value in headers.items() if name.lower() != "host"}
    return Request.from_primitives(method, target, sent, body)


@cache
def _resolver() -> EndpointResolver:
    return EndpointResolver(create_loader().load_data("endpoints"))


@cache
def _regional_host(prefix: str, region: str) -> str:
    found = _resolver().construct_endpoint(prefix, region)
    return str(found["hostname"]) if found else f"{prefix}.{region}.amazonaws.com"


def hostname(asked: Service, region: str, headers: Mapping[str, str]) -> str:
    """The host that AWS serves a service from in a region."""
    if asked.name == "s3":
        return f"s3.{region}.amazonaws.com"
    if asked.name == "s3control":
        account = next((v for n, v in headers.items() if n.lower() == "x-amz-account-id"), "0" * 12)
        return f"{account}.s3-control.{region}.amazonaws.com"
    return _regional_host(asked.endpoint_prefix, region)


def parameters(target: Target) -> dict[str, Any]:
    """The parameters of the operation, parsed from the request."""
    operation = target.service.shapes.operation_model(target.operation)
    request = target.request
    parsed = PROTOCOL_PARSERS[target.protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": target.path_params,
        }
    )
    return {name: aware(value) for name, value in parsed.items()}


def aware(value: Any) -> Any:
    """The value with every moment in it bearing a time zone: those without are in UTC."""
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, dict):
        return {name: aware(inner) for name, inner in value.items()}
    return [aware(inner) for inner in value] if isinstance(value, list) else value


def encode(call: Call, answer: Answer, request_id: str) -> Reply:
    """A successful answer in the call's protocol."""
    operation = call.service.shapes.operation_model(call.operation)
    serializer = get_serializer_class(call.service.name, call.protocol)(operation_model=operation)
    made = serializer.serialize(answer)
    body = made["body"]
    headers = {str(name): str(value) for name, value in made["headers"].items()}
    content = body if isinstance(body, bytes) else str(body).encode()
    return Reply(made["status_code"], stamped(call, headers, request_id), content)


def encode_error(error: AwsError, protocol: str, request_id: str, date: str, asked: Service | None = None) -> Reply:
    """A refusal in a protocol; the status is the error's own, else the model's, else 400."""
    status = error.status or (asked.error_status(error.code) if asked else None) or 400
    headers = {"Date": date, "x-amzn-RequestId": request_id}
    if protocol in {"json", "rest-json"}:
        version = asked.shapes.metadata.get("jsonVersion", "1.1") if asked else "1.1"
        kind = f"application/x-amz-json-{version}" if protocol == "json" else "application/json"
        headers |= {"Content-Type": kind, "x-amzn-ErrorType": error.code}
        body = {"__type": error.code, "message": error.message}
        return Reply(status, headers, json.dumps(body).encode())
    code, message = escape(error.code), escape(error.message)
    if protocol == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        text += f"<RequestID>{request_id}</RequestID></Response>"
    elif asked is not None and asked.name == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
        headers["x-amz-request-id"] = request_id
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text += f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Reply(status, headers | {"Content-Type": "text/xml"}, text.encode())


def decode(call: Call, reply: Reply) -> Answer:
    """A wire answer as botocore would hand it to its caller; refusals are raised."""
    operation = _botocore_model(call.service.name).operation_model(call.operation)
    content: Any = reply.body
    raw = {"status_code": reply.status, "headers": {n.lower(): v for n, v in reply.headers.items()}, "body": content}
    parsed: Answer = create_parser(call.protocol).parse(raw, operation.output_shape)
    if reply.status >= 300:
        error = parsed.get("Error", {})
        raise AwsError(str(error.get("Code")), str(error.get("Message", "")), reply.status)
    parsed.pop("ResponseMetadata", None)
    return parsed


def error_code(reply: Reply) -> str:
    """The AWS error code of a reply, `ok` for a success."""
    if reply.status < 400:
        return "ok"
    text = reply.body.decode("utf-8", "replace")
    found = re.search(r"<Code>([^<]+)</Code>", text) or re.search(r'"__type":\s*"(?:[^"#]*#)?([^"]+)"', text)
    named = {name.lower(): value for name, value in reply.headers.items()}.get("x-amzn-errortype")
    return found[1] if found else named or str(reply.status)


@cache
def _botocore_model(name: str) -> Any:
    return get_session().get_service_model(name)


def http_date(moment: datetime) -> str:
    """A moment in UTC as HTTP writes it."""
    return format_datetime(moment, usegmt=True)


def restamped(body: bytes, request_id: str) -> bytes:
    """A body of moto's whose request id, where XML shows one, is ours."""
    return _REQUEST_ID.sub(rb"\g<1>" + request_id.encode() + rb"\g<2>", body, count=1)


def stamped(call: Call, headers: Mapping[str, str], request_id: str) -> dict[str, str]:
    """Headers with date and request id from us, whatever moto thought."""
    dropped = {"date", "x-amzn-requestid", "x-amz-request-id", "status"}
    kept = {name: value for name, value in headers.items() if name.lower() not in dropped}
    name = "x-amz-request-id" if call.service.name in {"s3", "s3control"} else "x-amzn-RequestId"
    return kept | {"Date": http_date(call.now), name: request_id}
