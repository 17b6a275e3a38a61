"""The lenses in the Well-Architected Tool: what is listed, exported, imported and published."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mllens.lens.watool.connection import PAGE, Connection, member
from mllens.lens.watool.errors import Rejected

READS = ("ExportLens", "ListLenses")
WRITES = ("CreateLensVersion", "ImportLens")
PAUSES = (0, 1, 2, 4, 8, 15, 30)
"""Seconds between looks for what was written; the first look found it whenever anyone measured."""


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


class Tool(Connection):
    """The lenses of one account and region."""

    def __init__(
        self, session: Any, region: str, endpoint_url: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(session, region, endpoint_url, declared=(*READS, *WRITES), policy="lens")
        self._sleep = sleep

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
        return self.exported(held.arn, None if version == held.published else version)

    def published(self, held: Held) -> Mapping[str, Any] | None:
        """What the published version says; None when there is none."""
        return None if held.published is None else self.exported(held.arn, held.published)

    def import_lens(self, text: str, token: str, arn: str | None = None) -> str:
        """Make a draft, of the lens with this ARN or of a new one; gives the ARN."""
        over = {} if arn is None else {"LensAlias": arn}
        answer = self._send("ImportLens", JSONString=text, ClientRequestToken=token, **over)
        if answer.get("Status") == "ERROR":
            raise Rejected("The Well-Architected Tool took the lens and then said ERROR; try it in its console.")
        return str(member(answer, "LensArn", "ImportLens"))

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
        return self._pages("ListLenses", "LensSummaries", LensType="CUSTOM_SELF", LensStatus=status, MaxResults=PAGE)


def _held(arn: str, published: Mapping[str, Any] | None, draft: Mapping[str, Any] | None) -> Held:
    row = published or draft or {}
    return Held(
        arn=arn,
        name=str(row.get("LensName", "")),
        published=None if published is None else str(member(published, "LensVersion", "ListLenses")),
        updated="" if published is None else str(published.get("UpdatedAt", "")),
        draft=None if draft is None else Draft(draft.get("LensVersion") or None, str(draft.get("UpdatedAt", ""))),
    )
