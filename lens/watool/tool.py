"""The calls to the Well-Architected Tool: only the declared ones leave, and what a refusal means."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from botocore.parsers import ResponseParserError

from mllens import __version__
from mllens.lens.watool.errors import Denied, Refused, Rejected, Unanswered, Unfit
from mllens.lens.watool.wording import plain

SERVICE = "wellarchitected"
READS = ("ExportLens", "ListLenses")
WRITES = ("CreateLensVersion", "ImportLens")
PAUSES = (0, 1, 2, 4, 8, 15, 30)
"""Seconds between looks for what was written; the first look found it whenever anyone measured."""

_METHODS = {
    "CreateLensVersion": "create_lens_version",
    "ExportLens": "export_lens",
    "ImportLens": "import_lens",
    "ListLenses": "list_lenses",
}
_TRIES = 8
_PAGE = 50
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException")
_CREDENTIALS = (
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidSignatureException",
    "UnrecognizedClientException",
)  # fmt: skip
_REFUSED = ("ConflictException", "ServiceQuotaExceededException", "ResourceNotFoundException")


class Forbidden(Exception):  # noqa: N818 - named for what it says
    """An operation was stopped before it was sent: this writer does not declare it."""


@dataclass(frozen=True)
class Draft:
    """A draft as the Tool lists it; it may have a name under which it can be exported."""

    version: str | None
    updated: str


@dataclass(frozen=True)
class Held:
    """A custom lens that the account holds: its published version, its draft, or both side by side."""

    arn: str
    name: str
    published: str | None
    updated: str
    draft: Draft | None


class Tool:
    """The lenses of one account and region.

    `answered` counts the calls that were answered: an error while it is 0 means that nothing could be read at all.
    Made with a region or an address that is none, it raises Unfit.
    """

    def __init__(
        self, session: Any, region: str, endpoint_url: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        config = Config(
            user_agent=f"mllens/{__version__}",
            connect_timeout=10,
            read_timeout=60,
            # Repeating a write is safe: its token comes from its content. So few calls never spend the quota of retries.
            retries={"total_max_attempts": _TRIES, "mode": "standard"},
        )
        self.region = region
        self.answered = 0
        self._sleep = sleep
        try:
            self._client = session.client(SERVICE, region_name=region, endpoint_url=endpoint_url, config=config)
        except (BotoCoreError, ValueError) as error:  # ValueError: an address that is none
            raise Unfit(f"Nothing can be sent there: {plain(str(error))}") from None
        self._client.meta.events.register_first("before-call", _guard, unique_id="mllens-guard")

    def lenses(self) -> tuple[Held, ...]:
        """The account's own custom lenses, by name; shared ones are somebody else's to change."""
        published = {str(row["LensArn"]): row for row in self._listed("PUBLISHED")}
        drafts = {str(row["LensArn"]): row for row in self._listed("DRAFT")}
        found = [_held(arn, published.get(arn), drafts.get(arn)) for arn in published.keys() | drafts.keys()]
        return tuple(sorted(found, key=lambda held: (held.name, held.arn)))

    def draft(self, held: Held) -> Mapping[str, Any] | None:
        """What the draft says; None when there is none."""
        if held.draft is None:
            return None
        version = held.draft.version
        return self._exported(held.arn, None if version == held.published else version)

    def published(self, held: Held) -> Mapping[str, Any] | None:
        """What the published version says; None when there is none."""
        return None if held.published is None else self._exported(held.arn, held.published)

    def import_lens(self, text: str, token: str, arn: str | None = None) -> str:
        """Make a draft, of the lens with this ARN or of a new one; gives the ARN."""
        over = {} if arn is None else {"LensAlias": arn}
        answer = self._send("ImportLens", JSONString=text, ClientRequestToken=token, **over)
        if answer.get("Status") == "ERROR":
            raise Rejected("The Well-Architected Tool took the lens and then said ERROR; try it in its console.")
        return str(_member(answer, "LensArn", "ImportLens"))

    def create_version(self, arn: str, version: str, token: str, *, major: bool) -> None:
        """Publish the draft."""
        self._send(
            "CreateLensVersion", LensAlias=arn, LensVersion=version, IsMajorVersion=major, ClientRequestToken=token
        )

    def wait(self, reached: Callable[[], bool]) -> bool:
        """Look again and again, for a minute; whether it was reached."""
        for pause in PAUSES:
            if pause:
                self._sleep(pause)
            if reached():
                return True
        return False

    def _listed(self, status: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"LensType": "CUSTOM_SELF", "LensStatus": status, "MaxResults": _PAGE}
        seen: set[str] = set()
        while True:
            answer = self._send("ListLenses", **asked)
            rows += _member(answer, "LensSummaries", "ListLenses")
            token = answer.get("NextToken")
            if not token:
                return rows
            if token in seen:
                raise Unanswered("wellarchitected:ListLenses gives the same page for ever; try again later.")
            seen.add(token)
            asked["NextToken"] = token

    def _exported(self, arn: str, version: str | None) -> Mapping[str, Any]:
        which = {} if version is None else {"LensVersion": version}
        text = _member(self._send("ExportLens", LensAlias=arn, **which), "LensJSON", "ExportLens")
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise Unanswered(f"wellarchitected:ExportLens gave no lens for {arn}; try again, or look in the console.")
        return content

    def _send(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, _METHODS[operation])(**parameters)
        except ClientError as error:
            _refuse(operation, error)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Unanswered(f"{error}. Configure credentials (`aws configure`) or name some with --profile.") from None
        except (BotoCoreError, ResponseParserError) as error:
            raise Unanswered(
                f"{SERVICE}:{operation} was not answered: {plain(str(error))}. Check the network and try again."
            ) from None
        self.answered += 1
        return answer


def _guard(model: Any, **_: Any) -> None:
    operation = str(model.name)
    if operation not in (*READS, *WRITES):
        raise Forbidden(f"{SERVICE}:{operation} is never sent: putting lenses into the Tool needs no such call")


def _refuse(operation: str, error: ClientError) -> NoReturn:
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), plain(str(said.get("Message") or error.response.get("Message") or ""))
    action = f"{SERVICE}:{operation}"
    if code in _DENIED:
        raise Denied(f"{action} is denied: {message}. `mllens policy lens` prints the permissions needed.") from None
    if code in _THROTTLED:
        raise Unanswered(f"{action} was throttled {_TRIES} times; nothing came of it. Try again later.") from None
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


def _member(answer: Mapping[str, Any], name: str, operation: str) -> Any:
    # botocore reads a broken body of this protocol as an empty answer, without a word
    if name not in answer:
        raise Unanswered(f"{SERVICE}:{operation} answered without {name}; run the same command again.")
    return answer[name]


def _held(arn: str, published: Mapping[str, Any] | None, draft: Mapping[str, Any] | None) -> Held:
    row = published or draft or {}
    return Held(
        arn=arn,
        name=str(row.get("LensName", "")),
        published=None if published is None else str(_member(published, "LensVersion", "ListLenses")),
        updated="" if published is None else str(published.get("UpdatedAt", "")),
        draft=None if draft is None else Draft(draft.get("LensVersion") or None, str(draft.get("UpdatedAt", ""))),
    )
