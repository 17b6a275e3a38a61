"""The plan of a review: what the evidence would change in a workload's answers, and what people said against it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from mllens import __version__
from mllens.lens.answers import TICKED, UNDECIDED
from mllens.lens.risk import NONE_SUFFIX, SEVERITY, RiskRule, level
from mllens.lens.watool.aiming import Aim, aimed
from mllens.lens.watool.errors import Refused, Unfit
from mllens.lens.watool.evidence import Case
from mllens.lens.watool.held import Answer, Mark, Value
from mllens.lens.watool.merge import Base, Consent, Memory, Mode, Row, merged, writable
from mllens.lens.watool.notes import noted
from mllens.lens.watool.reviews import UNWRITABLE, LensReview, Reviews, Workload
from mllens.lens.watool.wording import plain

MAGIC: Literal["mllens-review-plan"] = "mllens-review-plan"
FORMAT = 1
_RISKS = {"none": "NONE", "medium": "MEDIUM", "high": "HIGH"}


class Item(Value):
    """One question: how it is answered, and the marks and the note to be sent; with neither, nothing is.

    `bases` is what the ledger then says of the choices sent, `block` of our part of the note. The risks are the
    Tool's now, and the one that its rules give then, None where they cannot be read; `risk_found` is the one that they give
    for the evidence alone, as the assessment words it, empty where they cannot be read.
    """

    before: Answer
    marks: dict[str, Mark]
    notes: str | None
    block: str
    consent: dict[str, Consent]
    rows: tuple[Row, ...]
    risk_then: str | None
    risk_found: str
    left: str

    @property
    def question(self) -> str:
        """Its id."""
        return self.before.question

    @property
    def sends(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.marks) or self.notes is not None

    @property
    def misjudged(self) -> bool:
        """Whether the answers, as they are, give another risk than the evidence; without answers they give none."""
        return self.before.risk != "UNANSWERED" and self.risk_found not in ("", self.before.risk.lower())

    @property
    def bases(self) -> dict[str, Base | None]:
        """What the ledger is to say of the choices once they are sent."""
        return {choice: Base(held=mark, author="mllens", asked=mark) for choice, mark in self.marks.items()}


class Plan(Value):
    """What would be sent, question by question.

    `mode` is what may be written at all; what a person consented to by name is, beside it. `absent` are questions of the evidence that the lens does not have, or nothing of which is mapped to it; `unmapped` are
    questions and choices of the lens that the evidence does not know. Both are left alone.
    """

    magic: Literal["mllens-review-plan"] = MAGIC
    format: int = FORMAT
    mllens_version: str
    id: str
    region: str
    workload: str
    workload_name: str
    lens: str
    lens_version: str
    lens_sha256: str | None
    scanned_at: str
    mapping_sha256: str | None
    inventory_sha256: str
    mode: Mode
    notices: tuple[str, ...]
    items: tuple[Item, ...]
    absent: tuple[str, ...]
    unmapped: tuple[str, ...]

    @property
    def milestone(self) -> str:
        """What a milestone taken for it is called where nobody says: the same for the same plan."""
        return f"mllens-{self.scanned_at[:10].replace('-', '')}-{self.id[:8]}"

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every choice of every question."""
        return tuple(row for item in self.items for row in item.rows)

    @property
    def conflicts(self) -> tuple[Row, ...]:
        """Where the evidence stands against what a person answered, over-claims first; nothing is sent there."""
        return tuple(sorted((row for row in self.rows if row.what == "conflict"), key=lambda row: row.wrong != "over"))

    @property
    def withheld(self) -> tuple[Row, ...]:
        """What the evidence asks for, and the mode keeps from being sent."""
        return tuple(row for row in self.rows if row.what == "withheld")


def plan_review(
    tool: Reviews,
    workload: Workload,
    lens: str,
    cases: Sequence[Case],
    remember: Callable[[Answer], Memory],
    *,
    source: tuple[str, str],
    aim: Aim | None = None,
    notices: Sequence[str] = (),
    mode: Mode = "own",
    tick_none: bool = True,
    accepted: Mapping[str, Consent] | None = None,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Plan:
    """Read the answers and merge them with the evidence; nothing is sent.

    `remember` tells what is known of a question after a look at it: the ledger's `look`, or one that only reads. `source`
    is the time of the scan and the digest of what it read. `aim` is which practices answer which choices, where the lens has
    other ids than ours. `accepted` is the choices at which a person consents that the
    evidence is written over what another person answered.

    Raises:
        ToolError: it could not be read, the lens cannot be answered any more, or the evidence does not fit the lens.
    """
    review = tool.review(workload, lens)
    if review.status in UNWRITABLE:
        raise Refused(
            f"The lens {plain(review.name)} on the workload {plain(workload.name)} is {review.status}: answers to it are "
            "not written. Put another lens on the workload."
        )
    there = tool.questions(workload.id, lens)
    by_id = {
        case.question: case.model_copy(update={"risk": evident_risk(case, there[case.question], review.rules) or ""})
        for case in (cases if aim is None else aimed(cases, aim.at(there), there))
        if case.question in there
    }
    mapped = [question for question in there if question in by_id]
    if not mapped:
        raise Unfit(
            f"The lens {plain(review.name)} has none of the questions that were assessed; give another --lens-arn."
        )
    items = []
    for number, question in enumerate(mapped):
        progress(number, len(mapped), question)
        live = tool.answer(workload.id, lens, question)
        known = remember(live)
        items.append(
            _item(by_id[question], live, known, review, mode=mode, tick_none=tick_none, accepted=accepted or {})
        )
    _check_accepted(accepted or {}, items)
    told = [f"the workload is on version {review.version}, and the lens has a newer one"]
    told = told if review.status == "NOT_CURRENT" else []
    if review.rules is None:
        told.append("the rules of this lens cannot be read, so its risks are neither predicted nor compared")
    plan = Plan(
        mllens_version=__version__,
        id="",
        region=tool.region,
        workload=workload.id,
        workload_name=workload.name,
        lens=lens,
        lens_version=review.version,
        lens_sha256=review.sha256,
        scanned_at=source[0],
        mapping_sha256=None if aim is None else aim.sha256,
        inventory_sha256=source[1],
        mode=mode,
        notices=(*notices, *told),
        items=tuple(items),
        absent=_absent(cases, by_id, aim, there),
        unmapped=tuple(_unmapped(there, by_id)),
    )
    return plan.model_copy(update={"id": _id_of(plan)})


def _absent(
    cases: Sequence[Case], there: Mapping[str, Case], aim: Aim | None, questions: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    if aim is None:
        return tuple(case.question for case in cases if case.question not in there)
    named = {practice for practices in aim.at(questions).practices.values() for practice in practices}
    return tuple(case.question for case in cases if named.isdisjoint(found.choice for found in case.found))


def _unmapped(there: Mapping[str, Sequence[str]], cases: Mapping[str, Case]) -> Iterator[str]:
    for question, choices in there.items():
        if question not in cases:
            yield question
        else:
            known = {found.choice for found in cases[question].found}
            yield from (f"{question}/{c}" for c in choices if c not in known and not c.endswith(NONE_SUFFIX))


def _item(
    case: Case,
    live: Answer,
    memory: Memory,
    review: LensReview,
    *,
    mode: Mode,
    tick_none: bool,
    accepted: Mapping[str, Consent],
) -> Item:
    lacking = [found.choice for found in case.found if found.choice not in live.marks]
    if lacking:
        raise Unfit(
            f"{live.question} has no choice {', '.join(lacking)} in version {review.version} of {plain(review.name)}, "
            "and the assessment has: it was made for another version of the lens. Publish and upgrade, or assess anew."
        )
    rows = merged(case, live, memory, mode=mode, tick_none=tick_none, accepted=accepted)
    marks = {row.choice: row.wanted for row in rows if row.what == "send" and row.wanted is not None}
    note = noted(live.notes, memory.block, case) if live.applicable and writable(mode, memory, live) else None
    changed = note is not None and note.notes != live.notes
    then = live.model_copy(update={"marks": live.marks | marks})
    rules = None if review.rules is None else review.rules.get(live.question)
    return Item(
        before=live,
        marks=marks,
        notes=note.notes if note is not None and changed else None,
        block=memory.block if note is None else note.block,
        consent={row.choice: row.consent for row in rows if row.consent is not None},
        rows=rows,
        risk_then=None if rules is None else predicted(then, rules),
        risk_found=case.risk,
        left="" if note is None else note.left,
    )


def evident_risk(case: Case, choices: Sequence[str], rules: Mapping[str, Sequence[RiskRule]] | None) -> str | None:
    """The risk by what was found, waivers aside, as the lens's rules have it; None where they cannot be read or decide nothing.

    What is not decided, or of what nothing is known, may turn out either way: where that matters the risk is undetermined.
    That a practice more may hurt, as some lenses have it, is not thought of.
    """
    if rules is None or case.question not in rules:
        return None
    if case.risk == "unanswered" or (not case.risk and all(found.state == "unknown" for found in case.found)):
        return "unanswered"
    of, state = rules[case.question], {found.choice: found.state for found in case.found}
    none = tuple(choice for choice in choices if choice.endswith(NONE_SUFFIX))
    practices = [choice for choice in choices if choice not in none]
    removed = [choice for choice in practices if state.get(choice) == "not_applicable"]
    if len(removed) == len(practices):
        return "not_applicable"
    open_ = [choice for choice in practices if choice not in state or state[choice] in UNDECIDED]
    selected = none if case.none and none else tuple(choice for choice in practices if state.get(choice) in TICKED)
    ends = [selected]
    if none and all(
        state.get(choice, "unknown") in UNDECIDED | {"disproven"} for choice in practices if choice not in removed
    ):
        ends.append(none)
    try:
        best = level(of, (*selected, *open_), removed)
        worst = max((level(of, end, removed) for end in ends), key=SEVERITY.__getitem__)
    except ValueError:
        return None
    return best if best == worst else "undetermined"


def predicted(answer: Answer, rules: Sequence[RiskRule]) -> str | None:
    """The risk that the Tool will give; None where no rule holds, for what it does then is not known."""
    if not answer.applicable:
        return "NOT_APPLICABLE"
    selected = [choice for choice, mark in answer.marks.items() if mark.status == "SELECTED"]
    removed = [choice for choice, mark in answer.marks.items() if mark.status == "NOT_APPLICABLE"]
    if not selected and not removed:
        return "UNANSWERED"
    if not selected and len(removed) == sum(not choice.endswith(NONE_SUFFIX) for choice in answer.marks):
        return "NONE"
    try:
        return _RISKS[level(rules, selected, removed)]
    except ValueError:
        return None


def _check_accepted(accepted: Mapping[str, Consent], items: Sequence[Item]) -> None:
    used = {choice for item in items for choice in item.consent}
    for choice in accepted:
        if choice not in used:
            raise Unfit(
                f"--accept-conflict {plain(choice)}: there is no such conflict, or its question was ruled out by a person. "
                "`mllens review compare` lists the conflicts."
            )


def dump_plan(plan: Plan) -> bytes:
    """The bytes of a plan: the same for the same plan."""
    return (json.dumps(plan.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n").encode()


def load_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        Unfit: it is not one, is of a newer version, or was changed since it was made.
    """
    try:
        content: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Unfit(f"{path}: not a plan: {error}") from None
    if not isinstance(content, dict) or content.get("magic") != MAGIC:
        raise Unfit(f"{path}: not the plan of a review; `mllens review plan` writes one")
    if isinstance(content.get("format"), int) and content["format"] > FORMAT:
        raise Unfit(f"{path}: made by a newer mllens (format {content['format']}); update mllens")
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unfit(f"{path}: {where}: {first['msg']}; make the plan anew") from None
    if plan.id != _id_of(plan):
        raise Unfit(f"{path}: was changed since it was made; make the plan anew")
    return plan


def _id_of(plan: Plan) -> str:
    bare = plan.model_copy(update={"id": ""})
    return hashlib.sha256(bare.model_dump_json().encode()).hexdigest()[:16]
