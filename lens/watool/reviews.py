"""The reviews in the Well-Architected Tool: what a workload answers to a lens, and the calls that change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from mllens.lens.risk import ConditionError, RiskRule, parse
from mllens.lens.watool.connection import PAGE, Connection, member
from mllens.lens.watool.difference import digest
from mllens.lens.watool.errors import Unfit
from mllens.lens.watool.held import Answer, Mark, read
from mllens.lens.watool.wording import plain

REVIEW_READS = (
    "ExportLens", "GetAnswer", "GetGlobalSettings", "GetLensReview", "GetWorkload", "ListAnswers", "ListMilestones",
)  # fmt: skip
REVIEW_WRITES = ("CreateMilestone", "UpdateAnswer")
UNWRITABLE = ("DEPRECATED", "DELETED", "UNSHARED")


@dataclass(frozen=True)
class Workload:
    """A workload as the Tool describes it; `jira` is how answers that change reach Jira, None if they do not."""

    id: str
    name: str
    owner: str
    lenses: tuple[str, ...]
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    applications: tuple[str, ...]
    jira: Literal["AUTO", "MANUAL"] | None
    now: datetime


@dataclass(frozen=True)
class LensReview:
    """Which version of which lens a workload answers; `rules` by question are None where the lens cannot be read."""

    lens: str
    name: str
    version: str
    status: str
    sha256: str | None
    rules: Mapping[str, tuple[RiskRule, ...]] | None


class Reviews(Connection):
    """The reviews of one account and region; an answer is changed by one call, which is not repeated unseen."""

    def __init__(self, session: Any, region: str, endpoint_url: str | None = None) -> None:
        super().__init__(
            session,
            region,
            endpoint_url,
            declared=(*REVIEW_READS, *REVIEW_WRITES),
            policy="review",
            once=("UpdateAnswer",),
        )

    def workload(self, given: str) -> Workload:
        """The workload of this id or ARN."""
        answer = self._send("GetWorkload", WorkloadId=_id(given))
        row = member(answer, "Workload", "GetWorkload")
        return Workload(
            id=str(member(row, "WorkloadId", "GetWorkload")),
            name=str(row.get("WorkloadName", "")),
            owner=str(member(row, "Owner", "GetWorkload")),
            lenses=tuple(member(row, "Lenses", "GetWorkload")),
            accounts=tuple(sorted(row.get("AccountIds", ()))),
            regions=tuple(sorted(row.get("AwsRegions", ()))),
            applications=tuple(row.get("Applications", ())),
            jira=self._jira(row.get("JiraConfiguration", {})),
            now=parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]),
        )

    def review(self, workload: Workload, lens: str) -> LensReview:
        """Which version of a lens the workload answers, and its risk rules where the lens is of the workload's account."""
        row = member(self._send("GetLensReview", WorkloadId=workload.id, LensAlias=lens), "LensReview", "GetLensReview")
        version = str(member(row, "LensVersion", "GetLensReview"))
        mine = lens.split(":")[4:5] == [workload.owner]  # of any other lens the Tool does not tell the content
        content = self.exported(lens, version) if mine else None
        return LensReview(
            lens=lens,
            name=str(row.get("LensName", "")),
            version=version,
            status=str(member(row, "LensStatus", "GetLensReview")),
            sha256=None if content is None else digest(content),
            rules=None if content is None else _rules(content),
        )

    def questions(self, workload: str, lens: str) -> dict[str, tuple[str, ...]]:
        """The questions with their choices, by id and in the Tool's order; also of lenses whose text it does not tell."""
        rows = self._pages("ListAnswers", "AnswerSummaries", WorkloadId=workload, LensAlias=lens, MaxResults=PAGE)
        return {
            str(member(row, "QuestionId", "ListAnswers")): tuple(
                str(choice["ChoiceId"]) for choice in member(row, "Choices", "ListAnswers")
            )
            for row in rows
        }

    def answer(self, workload: str, lens: str, question: str) -> Answer:
        """One answer, with all notes."""
        answer = self._send("GetAnswer", WorkloadId=workload, LensAlias=lens, QuestionId=question)
        return read(member(answer, "Answer", "GetAnswer"), "GetAnswer")

    def update(self, workload: str, lens: str, question: str, marks: Mapping[str, Mark], notes: str | None) -> Answer:
        """Change the choices named and nothing else, and the question's note if there is one; the answer as kept."""
        given: dict[str, Any] = {} if notes is None else {"Notes": notes}
        if marks:
            given["ChoiceUpdates"] = {
                choice: {"Status": mark.status, "Reason": mark.reason, "Notes": mark.note}
                for choice, mark in marks.items()
            }
        answer = self._send("UpdateAnswer", WorkloadId=workload, LensAlias=lens, QuestionId=question, **given)
        return read(member(answer, "Answer", "UpdateAnswer"), "UpdateAnswer")

    def milestones(self, workload: str) -> tuple[str, ...]:
        """The names of the milestones there are."""
        rows = self._pages("ListMilestones", "MilestoneSummaries", WorkloadId=workload, MaxResults=PAGE)
        return tuple(str(row.get("MilestoneName", "")) for row in rows)

    def take_milestone(self, workload: str, name: str, token: str) -> None:
        """Freeze all answers of the workload under a name, for good."""
        self._send("CreateMilestone", WorkloadId=workload, MilestoneName=name, ClientRequestToken=token)

    def _jira(self, setting: Mapping[str, Any]) -> Literal["AUTO", "MANUAL"] | None:
        if setting.get("IssueManagementStatus", "INHERIT") == "INHERIT":
            setting = self._send("GetGlobalSettings").get("JiraConfiguration", {})
        if setting.get("IssueManagementStatus") != "ENABLED":
            return None
        return "MANUAL" if setting.get("IssueManagementType") == "MANUAL" else "AUTO"


def choose_lens(workload: Workload, given: str | None) -> str:
    """The lens that is meant: the one given, else the only custom lens on the workload.

    Raises:
        Unfit: it is not on the workload, or nobody said which of several.
    """
    listed = ", ".join(plain(lens) for lens in workload.lenses) or "none"
    if given is not None:
        here = next((lens for lens in workload.lenses if _bare(lens) == _bare(given)), None)
        if here is None:
            raise Unfit(
                f"The workload {plain(workload.name)} has no lens {plain(given)}; it has {listed}. Apply the lens to it in "
                "the Tool, or give another --lens-arn."
            )
        return here
    custom = [lens for lens in workload.lenses if lens.startswith("arn:") and ":aws:lens/" not in lens]
    if len(custom) != 1:
        raise Unfit(
            f"Which lens of the workload {plain(workload.name)} is meant? It has {listed}. Say it with --lens-arn."
        )
    return custom[0]


def _bare(lens: str) -> str:
    """AWS's own lenses have a name, and an ARN of nobody's account that ends with it."""
    return lens.rsplit("/", 1)[-1] if ":aws:lens/" in lens else lens


def _id(given: str) -> str:
    id_ = given.rsplit("/", 1)[-1]
    if len(id_) != 32:
        raise Unfit(
            f"{plain(given)!r} is no workload: give its id of 32 characters or its ARN, which the Tool's console shows."
        )
    return id_


def _rules(content: Mapping[str, Any]) -> dict[str, tuple[RiskRule, ...]] | None:
    try:
        return {
            question["id"]: tuple(RiskRule(parse(rule["condition"]), rule["risk"]) for rule in question["riskRules"])
            for pillar in content["pillars"]
            for question in pillar["questions"]
        }
    except (KeyError, TypeError, ConditionError):
        return None  # a lens of somebody's that the Tool took and we cannot read: nothing is predicted for it
