"""The way out of high risk: from an assessment to the shortest list of practices that clears it, cheapest first."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mllens.deciding import Deciding, deciding
from mllens.lens import LensError, load
from mllens.lens.solver import Start, shortest
from mllens.reports.assessment import Assessment, Finding, PracticeState, Question
from mllens.rules.load import ours

Means = Literal["fix", "rules", "person"]
COST: Mapping[Means, int] = {"fix": 1, "rules": 2, "person": 3}
"""A fix is planned by a program, what rules decide is changed by hand once, what a person states is kept true for good.

Where rules fail and a person must state the rest, both are to be done.
"""


@dataclass(frozen=True)
class Step:
    """A practice to meet; `rules` are those that prove it and fail or do not know."""

    question: str
    practice: str
    title: str
    state: PracticeState | None
    means: Means
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """Steps that clear the high risk of the questions `clears`; `possible` are others whose risk may turn out high."""

    clears: tuple[str, ...]
    possible: tuple[str, ...]
    steps: tuple[Step, ...]


def way(assessment: Assessment, *, possible: bool = False) -> Way:
    """Give the way out of an assessment's high risks.

    A practice that nobody has decided counts as one to meet: where it is met already, deciding it is all there is to do.
    One that a waiver rules out is none to meet, and a question that it leaves below high risk needs no way out.

    Args:
        assessment: of our lens.
        possible: clear also what is high only as long as practices are undecided.

    Raises:
        LensError: the assessment was made with a lens that asks something else.
    """
    out = {practice.id for practice in assessment.practices if practice.ruled_out}
    high = [q for q in assessment.questions if q.risk_worst == "high" and _start(q, out).level == "high"]
    open_ = [question for question in high if question.risk != "high"]
    cleared = high if possible else [question for question in high if question.risk == "high"]
    decided = deciding([*ours(), *assessment.rules])  # ours, for an audit may have been by some rules only
    against = _against(assessment)
    starts = [_start(question, out) for question in cleared]
    means = {id_: _means(decided[id_], against[id_]) for start in starts for id_ in start.open}
    chosen = shortest(starts, {id_: _cost(found, against[id_]) for id_, found in means.items()})
    asked = {choice.id: (question.id, choice.state) for question in cleared for choice in question.choices}
    steps = tuple(
        Step(
            question=asked[id_][0],
            practice=id_,
            title=decided[id_].choice.title,
            state=asked[id_][1],
            means=means[id_],
            rules=tuple(sorted({finding.rule for finding in against[id_]})),
        )
        for id_ in chosen
    )
    return Way(
        tuple(question.id for question in cleared), () if possible else tuple(question.id for question in open_), steps
    )


def _start(question: Question, ruled_out: Collection[str]) -> Start:
    ours_ = load().questions.get(question.id)
    if ours_ is None or {c.id for c in question.choices} != {*(c.id for c in ours_.choices), ours_.none}:
        raise LensError(f"{question.id} is not asked like this by the lens of this program: assess the inventory again")
    return Start.of(
        ours_,
        met=(choice.id for choice in question.choices if choice.selected),
        not_applicable=(c.id for c in question.choices if c.state == "not_applicable" or c.id in ruled_out),
    )


def _against(assessment: Assessment) -> Mapping[str, Sequence[Finding]]:
    """By practice what keeps rules from proving it; a waived fail does so too."""
    proves = {rule.id: rule.proves for rule in assessment.rules}
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in assessment.findings:
        if finding.status in ("fail", "unknown"):
            for practice in proves.get(finding.rule, ()):
                found[practice].append(finding)
    return found


def _means(decided: Deciding, against: Sequence[Finding]) -> Means:
    return _repair(against) if decided.who == "rules" else "person"


def _repair(against: Sequence[Finding]) -> Means:
    return "fix" if against and all(finding.fix for finding in against) else "rules"


def _cost(means: Means, against: Sequence[Finding]) -> int:
    repaired = means == "person" and any(finding.status == "fail" for finding in against)
    return COST[means] + (COST[_repair(against)] if repaired else 0)
