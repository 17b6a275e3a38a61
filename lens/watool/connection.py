"""A connection to the Well-Architected Tool: only declared calls leave over it, and what a refusal means."""

import json
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, NoReturn

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from botocore.parsers import ResponseParserError

from mllens import __version__
from mllens.lens.watool.errors import Denied, Refused, Rejected, Unanswered, Unfit
from mllens.lens.watool.wording import plain

SERVICE = "wellarchitected"
PAGE = 50

_TRIES = 8
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException")
_CREDENTIALS = (
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidSignatureException",
    "UnrecognizedClientException",
)  # fmt: skip
_REFUSED = ("ConflictException", "ServiceQuotaExceededException", "ResourceNotFoundException")


class Forbidden(Exception):  # noqa: N818 - named for what it says
    """An operation was stopped before it was sent: this writer does not declare it."""


class Connection:
    """To the Tool of one account and region.

    `answered` counts the calls that were answered: an error while it is 0 means that nothing could be read at all.
    `policy` is the word after `mllens policy` that prints the permissions. Calls in `once` are not repeated here, for
    what they change must be looked at first. Made with a region or an address that is none, it raises Unfit.
    """

    def __init__(
        self,
        session: Any,
        region: str,
        endpoint_url: str | None,
        *,
        declared: Collection[str],
        policy: str,
        once: Collection[str] = (),
    ) -> None:
        self.region = region
        self.answered = 0
        self._policy, self._once = policy, once
        # Repeating a write is safe: its token comes from its content. So few calls never spend the quota of retries.
        self._client = _client(session, region, endpoint_url, declared, _TRIES)
        self._unrepeated = _client(session, region, endpoint_url, declared, 1) if once else self._client

    def exported(self, arn: str, version: str | None) -> Mapping[str, Any]:
        """What a version of a lens says, or the draft; of somebody else's lens the Tool refuses to tell it."""
        which = {} if version is None else {"LensVersion": version}
        text = member(self._send("ExportLens", LensAlias=arn, **which), "LensJSON", "ExportLens")
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise Unanswered(f"wellarchitected:ExportLens gave no lens for {arn}; try again, or look in the console.")
        return content

    def _pages(self, operation: str, rows: str, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        seen: set[str] = set()
        while True:
            answer = self._send(operation, **asked)
            found += member(answer, rows, operation)
            token = answer.get("NextToken")
            if not token:
                return found
            if token in seen:
                raise Unanswered(f"{SERVICE}:{operation} gives the same page for ever; try again later.")
            seen.add(token)
            asked["NextToken"] = token

    def _send(self, operation: str, **parameters: Any) -> dict[str, Any]:
        client = self._unrepeated if operation in self._once else self._client
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        except ClientError as error:
            self._refuse(operation, error)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Unanswered(f"{error}. Configure credentials (`aws configure`) or name some with --profile.") from None
        except (BotoCoreError, ResponseParserError) as error:
            raise Unanswered(
                f"{SERVICE}:{operation} was not answered: {plain(str(error))}. Check the network and try again."
            ) from None
        self.answered += 1
        return answer

    def _refuse(self, operation: str, error: ClientError) -> NoReturn:
        said = error.response.get("Error", {})
        code = str(said.get("Code", ""))
        message = plain(str(said.get("Message") or error.response.get("Message") or ""))
        action = f"{SERVICE}:{operation}"
        if code in _DENIED:
            raise Denied(
                f"{action} is denied: {message}. `mllens policy {self._policy}` prints the permissions needed."
            ) from None
        if code in _THROTTLED:
            often = "" if operation in self._once else f" {_TRIES} times"
            raise Unanswered(f"{action} was throttled{often}; nothing came of it. Try again later.") from None
        if code == "ValidationException":
            fields = "; ".join(
                f"{plain(str(field.get('Name')))}: {plain(str(field.get('Message')))}"
                for field in error.response.get("Fields", ())
            )
            raise Rejected(f"{action} was refused: {message}{f' ({fields})' if fields else ''}") from None
        if code in _REFUSED:
            raise Refused(f"{action} was refused: {code}: {message}") from None
        remedy = "Renew the credentials" if code in _CREDENTIALS else "Try again later"
        raise Unanswered(f"{action} failed: {code}: {message}. {remedy}.") from None


def member(answer: Mapping[str, Any], name: str, operation: str) -> Any:
    """A member that the Tool always sends.

    Raises:
        Unanswered: it is not there; botocore reads a broken body of this protocol as an empty answer, without a word.
    """
    if name not in answer:
        raise Unanswered(f"{SERVICE}:{operation} answered without {name}; run the same command again.")
    return answer[name]


def _client(session: Any, region: str, endpoint_url: str | None, declared: Collection[str], tries: int) -> Any:
    config = Config(
        user_agent=f"mllens/{__version__}",
        connect_timeout=10,
        read_timeout=60,
        retries={"total_max_attempts": tries, "mode": "standard"},
    )
    try:
        client = session.client(SERVICE, region_name=region, endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:  # ValueError: an address that is none
        raise Unfit(f"Nothing can be sent there: {plain(str(error))}") from None
    client.meta.events.register_first("before-call", partial(_guard, declared), unique_id="mllens-guard")
    return client


def _guard(declared: Collection[str], model: Any, **_: Any) -> None:
    operation = str(model.name)
    if operation not in declared:
        raise Forbidden(f"{SERVICE}:{operation} is never sent: this writer needs no such call")
