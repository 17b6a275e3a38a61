"""From what rules found and what people attest to the state of each practice and the risk of each question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mllens.lens import risk
from mllens.lens.model import Choice, Question
from mllens.lens.risk import SEVERITY, Level

Relation = Literal["proves", "supports"]
Outcome = Literal["pass", "fail", "unknown", "not_applicable"]
State = Literal["proven", "supported", "partial", "disproven", "not_applicable", "unknown", "attested", "conflict"]
QuestionRisk = Literal["none", "medium", "high", "undetermined", "unanswered", "not_applicable"]

TICKED: frozenset[State] = frozenset({"proven", "attested"})
UNTICKED: frozenset[State] = frozenset({"disproven", "partial", "conflict"})  # evidence against stands above a claim
UNDECIDED: frozenset[State] = frozenset({"unknown", "supported"})  # a hint never ticks a choice


# -------------------------------------------------------------------------------------------------------------- tallies


@dataclass(frozen=True)
class Evidence:
    """One finding as evidence for one practice; `resource` is any key that tells resources apart."""

    relation: Relation
    resource: str
    outcome: Outcome
    waived: bool


@dataclass(frozen=True)
class Counts:
    """How often each outcome came; `waived` says how many of the failed ones somebody accepted."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    not_applicable: int = 0
    waived: int = 0

    def __post_init__(self) -> None:
        if min(self.passed, self.failed, self.unknown, self.not_applicable, self.waived) < 0:
            raise ValueError(f"a count is below zero: {self}")
        if self.waived > self.failed:
            raise ValueError(f"more waived than failed: {self}; a waiver accepts a fail and nothing else")

    @property
    def total(self) -> int:
        """How many were counted; waived ones are failed ones and not counted twice."""
        return self.passed + self.failed + self.unknown + self.not_applicable


@dataclass(frozen=True)
class Tally:
    """What rules found for one practice.

    `proves` and `supports` count findings, and decide the state. `resources` counts resources once each by their
    worst finding of a rule that proves: failed before unknown before passed, waived if all its fails are.
    """

    proves: Counts
    supports: Counts
    resources: Counts


_WORST_FIRST: tuple[Outcome, ...] = ("fail", "unknown", "pass", "not_applicable")


def tally(evidence: Iterable[Evidence]) -> Tally:
    """Count the findings of one practice; their order does not matter, and there may be none."""
    by_relation: dict[Relation, list[tuple[Outcome, bool]]] = {"proves": [], "supports": []}
    by_resource: dict[str, tuple[Outcome, bool]] = {}
    for item in evidence:
        if item.waived and item.outcome != "fail":
            raise ValueError(f"{item.resource}: a waiver accepts a fail, but the outcome is {item.outcome}")
        judged = (item.outcome, item.waived)
        by_relation[item.relation].append(judged)
        if item.relation == "proves":
            before = by_resource.get(item.resource, judged)
            by_resource[item.resource] = min(before, judged, key=_badness)
    return Tally(_count(by_relation["proves"]), _count(by_relation["supports"]), _count(by_resource.values()))


def _badness(judged: tuple[Outcome, bool]) -> tuple[int, bool]:
    outcome, waived = judged
    return _WORST_FIRST.index(outcome), waived  # an open fail is worse than a waived one


def _count(judged: Iterable[tuple[Outcome, bool]]) -> Counts:
    found = list(judged)
    outcomes = [outcome for outcome, _ in found]
    return Counts(
        passed=outcomes.count("pass"),
        failed=outcomes.count("fail"),
        unknown=outcomes.count("unknown"),
        not_applicable=outcomes.count("not_applicable"),
        waived=sum(waived for _, waived in found),
    )


# ------------------------------------------------------------------------------------------------------------ practices


@dataclass(frozen=True)
class Attestation:
    """What a person vouches for; whether it has expired is for the caller to judge, who knows the day."""

    by: str
    on: date
    until: date
    statement: str

    def holds(self, day: date) -> bool:
        """Say whether it is in force on this day, its first and last included."""
        return self.on <= day <= self.until


@dataclass(frozen=True)
class PracticeState:
    """What is known of one practice.

    `met` of `of` resources pass, and `unknown` more could not be judged; `met_with_waivers` counts accepted fails as
    met. `hints_for` and `hints_against` count passes and fails of rules that only support: they never decide, so a
    hint against shows here, beside whatever the state is, and keeps it from being called supported. `complete` says
    that no finding of a rule that proves is unknown, `heard` that any rule or person spoke of the practice at all.
    """

    practice: str
    state: State
    met: int
    of: int
    unknown: int
    met_with_waivers: int
    hints_for: int
    hints_against: int
    complete: bool
    heard: bool
    attestation: Attestation | None


def fold(tally: Tally, choice: Choice, attestation: Attestation | None) -> PracticeState:
    """Make one state from findings and, if there is one in force, an attestation."""
    resources = tally.resources
    return PracticeState(
        practice=choice.id,
        state=_lifted(_found(tally, choice), attestation),
        met=resources.passed,
        of=resources.passed + resources.failed,
        unknown=resources.unknown,
        met_with_waivers=resources.passed + resources.waived,
        hints_for=tally.supports.passed,
        hints_against=tally.supports.failed,
        complete=tally.proves.unknown == 0,
        heard=attestation is not None or tally.proves.total + tally.supports.total > 0,
        attestation=attestation,
    )


def _found(tally: Tally, choice: Choice) -> State:
    proves = tally.proves
    if proves.failed:
        # what is still unknown cannot undo a fail: it makes a partial of a disproven at best; waived fails stay fails
        return "partial" if proves.passed else "disproven"
    if proves.unknown:
        return "unknown"
    if proves.passed:
        return "proven" if choice.by_rules else "supported"
    if proves.not_applicable and not choice.beyond:  # else there is more to it than the part that does not apply
        return "not_applicable"
    # Only hints, if anything. A hint that does not apply says nothing about the practice; one that fails or is unknown
    # leaves the practice unknown, for a supporting rule can neither disprove nor carry what another contradicts.
    hints = tally.supports
    return "supported" if hints.passed and not hints.failed and not hints.unknown else "unknown"


def _lifted(state: State, attestation: Attestation | None) -> State:
    if attestation is None:
        return state
    match state:
        case "supported" | "unknown":
            return "attested"
        case "partial" | "disproven":
            return "conflict"
        case _:  # proven needs no word; what applies to nothing is not made to apply by one
            return state


# ------------------------------------------------------------------------------------------------------------ questions


@dataclass(frozen=True)
class QuestionAnswer:
    """The answer to a question, as far as it is known.

    `selected` are the choices to tick, which is `_no` alone when every practice that applies is disproven and nothing
    about them is unknown. `risk_best` and `risk_worst` bound the risk whatever the undecided practices turn out to be.
    """

    question: str
    risk: QuestionRisk
    risk_best: Level
    risk_worst: Level
    selected: tuple[str, ...]
    undecided: tuple[str, ...]
    not_applicable: tuple[str, ...]


def answer(question: Question, states: Mapping[str, PracticeState]) -> QuestionAnswer:
    """Answer a question from the states of all its practices, by practice id; KeyError names one that is missing."""
    by_id = {choice.id: states[choice.id] for choice in question.choices}
    ticked = tuple(id_ for id_, state in by_id.items() if state.state in TICKED)
    undecided = tuple(id_ for id_, state in by_id.items() if state.state in UNDECIDED)
    removed = tuple(id_ for id_, state in by_id.items() if state.state == "not_applicable")
    if len(removed) == len(by_id):
        return QuestionAnswer(question.id, "not_applicable", "none", "none", (), (), removed)
    applying = [state for state in by_id.values() if state.state != "not_applicable"]
    failed_wholly = all(state.state == "disproven" and state.complete for state in applying)
    selected = (question.none,) if failed_wholly else ticked
    may_fail_wholly = all(state.state == "disproven" or state.state in UNDECIDED for state in applying)
    # "none of these" can be a higher risk than nothing ticked, where the practices that weigh most do not apply
    ends = [selected, (question.none,)] if may_fail_wholly else [selected]
    worst = max((risk.level(question.rules, end, removed) for end in ends), key=SEVERITY.__getitem__)
    best = risk.level(question.rules, (*selected, *undecided), removed)
    assert SEVERITY[best] <= SEVERITY[worst], question.id  # one practice more never hurts, by the rules' construction
    return QuestionAnswer(
        question=question.id,
        risk=_risk(best, worst, heard=any(state.heard for state in by_id.values())),
        risk_best=best,
        risk_worst=worst,
        selected=selected,
        undecided=undecided,
        not_applicable=removed,
    )


def _risk(best: Level, worst: Level, *, heard: bool) -> QuestionRisk:
    if not heard:
        return "unanswered"
    return best if best == worst else "undetermined"
