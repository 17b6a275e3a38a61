"""The client: the one place that sends to AWS, and the guard that lets only declared reads through."""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import ParseError

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import create_credential_resolver
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectionError,  # noqa: A004 - botocore's name
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from mllens import __version__
from mllens.scanner.collect import READ_VERBS, Call, denied
from mllens.scanner.errors import Kind, meaning
from mllens.scanner.redact import text
from mllens.scanner.shapes import loader

THREADS = 48
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TRANSPORT = (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    ConnectionError,
)
UNREADABLE = (ResponseParserError, ParseError, ValueError, TypeError, KeyError)  # what parsers raise on foreign answers
# Of these protocols botocore reads a broken body as an empty one, without a word; no reading operation answers nothing.
SILENT = ("json", "rest-json", "smithy-rpc-v2-cbor")


class Forbidden(Exception):  # noqa: N818 - named for what it says
    """An operation was stopped before it was sent: no collector declares it, or it is on the deny list."""


class NotSent(Exception):  # noqa: N818
    """No call can be made at all: there are no credentials, or no such profile."""


@dataclass(frozen=True)
class Answer:
    """What an operation answered: the body, when (epoch seconds, by the service's clock), the request id."""

    body: Mapping[str, Any]
    at: float
    request_id: str


@dataclass(frozen=True)
class Refusal:
    """What came instead of an answer."""

    kind: Kind
    code: str
    reason: str


class Clients:
    """Clients of one set of credentials: one for each service and region, made under a lock, used by all threads.

    `allowed` are the declared calls; the guard in the client's event system stops everything else. `writes` are those
    that change something, and there are none of them but for a named writer. A `session` that is given answers times
    as epoch seconds from then on, which credentials that it has to ask for do not bear: `profile` names those.
    """

    def __init__(
        self,
        allowed: Iterable[Call],
        *,
        writes: Iterable[Call] = (),
        session: boto3.Session | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self._session = session or open_session(profile, endpoint_url)
        self._allowed = frozenset((call.service, call.operation) for call in allowed)
        self._writes = frozenset((call.service, call.operation) for call in writes)
        self.endpoint_url = endpoint_url
        self._counting, self._making = threading.Lock(), threading.Lock()  # none waits to count while a client is made
        self._clients: dict[tuple[str, str], Any] = {}
        self.calls: Counter[str] = Counter()
        core = self._session._session  # noqa: SLF001 - boto3 keeps the component registry there; the AWS CLI does the same
        core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=epoch)

    @property
    def region(self) -> str | None:
        """The region that the environment or profile names."""
        return default_region(self._session, self.endpoint_url)

    @property
    def partition(self) -> str:
        """The partition of that region."""
        return str(self._session.get_partition_for_region(self.region)) if self.region else "aws"

    def client(self, service: str, region: str) -> Any:
        """The client for a service and region."""
        if (made := self._clients.get((service, region))) is not None:
            return made
        with self._making:
            if (made := self._clients.get((service, region))) is None:
                made = self._clients[service, region] = self._make(service, region)
            return made

    def prepare(self, services: Iterable[str], region: str) -> None:
        """Make clients ahead of their first call: it takes up to thirty milliseconds each, of which none is waiting."""
        for service in services:
            self.client(service, region)

    def _make(self, service: str, region: str) -> Any:
        config = Config(
            user_agent=f"mllens/{__version__}",
            max_pool_connections=THREADS,
            retries={
                "total_max_attempts": 1,
                "mode": "standard",
            },  # the engine repeats, so that a deadline and a pace hold
            connect_timeout=10,
            read_timeout=60,
            s3={"addressing_style": "path"} if self.endpoint_url else None,
        )
        made = self._session.client(service, region_name=region, endpoint_url=self.endpoint_url, config=config)
        made.meta.events.register_first("before-call", self._guard, unique_id="mllens-guard")
        if self.endpoint_url is not None:
            made.meta.events.register("before-call", self._keep_address, unique_id="mllens-address")
        silent = {operation for theirs, operation in self._writes if theirs == service}  # many writes answer nothing
        made.meta.events.register("response-received", partial(_no_page, silent), unique_id="mllens-no-page")
        return made

    def _guard(self, model: Any, **_: Any) -> None:
        service, operation = str(model.service_model.service_name), str(model.name)
        if denied(service, operation):
            raise Forbidden(f"{service}:{operation} is never sent: it returns secrets, data or code")
        if (service, operation) in self._writes:
            return
        if not operation.startswith(READ_VERBS):
            raise Forbidden(f"{service}:{operation} is never sent: the scanner only reads")
        if (service, operation) not in self._allowed:
            raise Forbidden(
                f"{service}:{operation} is not declared by any collector; the scanner only reads what is declared"
            )

    def _keep_address(self, params: dict[str, Any], **_: Any) -> None:
        """Send to the address that was given: some services put a prefix or the account's id before any address."""
        given = urlsplit(str(self.endpoint_url)).netloc
        params["url"] = urlunsplit(urlsplit(params["url"])._replace(netloc=given))

    def send(self, call: Call, region: str, parameters: Mapping[str, Any]) -> Answer | Refusal:
        """Make one call, once.

        Raises:
            Forbidden: the guard stopped it.
            NotSent: there are no credentials.
        """
        with self._counting:
            self.calls[str(call)] += 1
        try:
            client = self.client(call.service, region)
            body = getattr(client, xform_name(call.operation))(**parameters)
        except ClientError as error:
            return self._refused(call, error)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise NotSent(
                f"{error}. Configure credentials (`aws configure`, AWS_PROFILE) or name a profile with --profile"
            ) from None
        except RuntimeError as error:
            if "still expired" not in str(error):  # what botocore says, and by nothing else
                raise
            raise NotSent(f"{error} Is the clock of this machine right?") from None
        except UNREADABLE as error:
            return Refusal("retry", "Malformed", f"{call}: the answer could not be read ({text(str(error))[:200]})")
        except TRANSPORT as error:
            return Refusal("retry", type(error).__name__, f"{call}: {text(str(error))[:300]}")
        except BotoCoreError as error:
            hint = " (`aws sso login` signs in)" if isinstance(error, SSOError | TokenRetrievalError) else ""
            return Refusal("failed", type(error).__name__, f"{call}: {text(str(error))[:300]}{hint}")
        meta = body.pop("ResponseMetadata", {})
        reads = (call.service, call.operation) not in self._writes  # many writes answer nothing
        if reads and not body and str(client.meta.service_model.resolved_protocol) in SILENT:
            return Refusal("retry", "Malformed", f"{call}: the answer could not be read (it holds nothing)")
        return Answer(body, _answered_at(meta), str(meta.get("RequestId", "")))

    def _refused(self, call: Call, error: ClientError) -> Answer | Refusal:
        said, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        code, message = str(said.get("Code", "")), str(said.get("Message", ""))
        if call.unset(code, message):
            return Answer({}, _answered_at(meta), str(meta.get("RequestId", "")))
        kind = meaning(call.service, code, message, int(meta.get("HTTPStatusCode", 400)))
        return Refusal(
            kind,
            code,
            f"{code} on {call}" + (f": {text(message)[:300]}" if kind not in ("denied", "throttled") else ""),
        )


def _no_page(silent: Collection[str], response_dict: Mapping[str, Any], event_name: str, **_: Any) -> None:
    """Refuse a web page, or nothing, where an answer in XML belongs: botocore would read either as an empty answer.

    The operations `silent` may answer nothing.

    Raises:
        ResponseParserError: it is one of these.
    """
    body = response_dict.get("body") if response_dict else None
    if not isinstance(body, bytes) or response_dict.get("status_code") != 200:
        return
    start = body[:200].lstrip().lower()
    if not start and event_name.rpartition(".")[2] in silent:
        return
    if not start or start.startswith((b"<!doctype", b"<html")) or b"<html" in start:
        raise ResponseParserError("a web page or nothing instead of an answer")


def open_session(profile: str | None, endpoint_url: str | None) -> boto3.Session:
    """The credentials of a profile, else those of the environment; at a loopback address none are needed.

    Raises:
        NotSent: there is no such profile.
    """
    try:
        core = botocore.session.Session(profile=profile)
        core.get_scoped_config()  # raises where there is no such profile
        core.register_component("data_loader", loader())
        made = boto3.Session(botocore_session=core)
        core.lazy_register_component("credential_provider", partial(_credentials, made, profile, endpoint_url))
        if endpoint_url is not None and urlsplit(endpoint_url).hostname in LOOPBACK and core.get_credentials() is None:
            core.set_credentials("simulated", "simulated")  # nothing on this machine checks them
    except ProfileNotFound as error:
        raise NotSent(f"{error}; `aws configure list-profiles` shows those there are") from None
    return made


def _credentials(session: boto3.Session, profile: str | None, endpoint_url: str | None) -> Any:
    """What finds credentials for a session, by another of its own.

    A role's, a web identity's and those of SSO are asked for, and botocore reads their expiry as it reads times itself.
    """
    asking = botocore.session.Session(profile=profile)
    asking.register_component("data_loader", loader())
    called = session._session._last_client_region_used  # noqa: SLF001 - botocore asks for them there, too
    return create_credential_resolver(asking, region_name=called or default_region(session, endpoint_url))


def default_region(session: boto3.Session, endpoint_url: str | None) -> str | None:
    """The region that the environment or profile names; at a loopback address there always is one."""
    if not session.region_name and endpoint_url is not None and urlsplit(endpoint_url).hostname in LOOPBACK:
        return "us-east-1"
    return str(session.region_name) if session.region_name else None


def _answered_at(meta: Mapping[str, Any]) -> float:
    date = meta.get("HTTPHeaders", {}).get("date")
    if not date:
        return datetime.now(UTC).timestamp()
    return parsedate_to_datetime(date).timestamp()


def epoch(value: Any) -> float:
    """A time of any protocol as epoch seconds; botocore's own parser costs half of a list page."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        parsed = parsedate_to_datetime(value)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
