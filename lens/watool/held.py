"""An answer as the Tool holds it: what is ticked, ruled out and noted, in a form that compares."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mllens.lens.watool.connection import member

Status = Literal["SELECTED", "UNSELECTED", "NOT_APPLICABLE"]


class Value(BaseModel):
    """Immutable, and nothing in it that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(Value):
    """What stands at one choice."""

    status: Status
    reason: str = "NONE"
    note: str = ""


BLANK = Mark(status="UNSELECTED")
"""What stands where nobody ever answered."""


class Answer(Value):
    """One question as it is answered; `marks` has every choice, in the order of the lens."""

    question: str
    marks: dict[str, Mark]
    applicable: bool
    reason: str
    notes: str
    risk: str

    def differs(self, other: "Answer") -> bool:
        """Whether somebody said something else; the risk follows from what is said, and from the lens."""
        return self.model_copy(update={"risk": other.risk}) != other


def read(content: Mapping[str, Any], operation: str) -> Answer:
    """The answer that a call brought.

    Raises:
        Unanswered: a member is lacking without which a tick could be taken for none.
    """
    ticked = set(member(content, "SelectedChoices", operation))
    rows = {row["ChoiceId"]: row for row in content.get("ChoiceAnswers", ())}  # old answers have only what is selected
    return Answer(
        question=str(member(content, "QuestionId", operation)),
        marks={
            choice["ChoiceId"]: _mark(rows.get(choice["ChoiceId"]), ticked=choice["ChoiceId"] in ticked)
            for choice in member(content, "Choices", operation)
        },
        applicable=bool(member(content, "IsApplicable", operation)),
        reason=content.get("Reason") or "NONE",
        notes=content.get("Notes") or "",
        risk=str(member(content, "Risk", operation)),
    )


def _mark(row: Mapping[str, Any] | None, *, ticked: bool) -> Mark:
    if row is None:
        return Mark(status="SELECTED") if ticked else BLANK
    return Mark(status=row["Status"], reason=row.get("Reason") or "NONE", note=row.get("Notes") or "")
