"""The merge for each choice: what the Tool holds, what was held when we last looked, and what the evidence asks for."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mllens.lens.risk import NONE_SUFFIX
from mllens.lens.watool.evidence import Case, Found, lapsed
from mllens.lens.watool.held import BLANK, Answer, Mark, Value

Author = Literal["mllens", "person"]
What = Literal["send", "agreed", "conflict", "open", "withheld"]
Mode = Literal["fill-empty", "own"]
"""What may be written: to questions that nobody answered or noted anything at; or also what mllens wrote before."""
Claim = Literal["over", "contradicted", "under", "unbacked"]


class Base(Value):
    """What stood at a choice when we last looked, and who wrote it; `asked` is what we sent, for what is ours."""

    held: Mark
    author: Author
    asked: Mark | None = None


class Consent(Value):
    """By whose word another person's answer to one choice is written over, and why."""

    by: str
    reason: str


class Pending(Value):
    """Marks that were sent, of which it is not known whether they arrived, and the bases that they then leave.

    `block` is our block in the note as sent; None where the note was not.
    """

    marks: dict[str, Mark]
    bases: dict[str, Base | None]
    block: str | None


class Memory(Value):
    """What the ledger knows of a question: a choice without base was never answered by anybody."""

    bases: dict[str, Base] = Field(default_factory=dict)
    block: str = ""
    pending: Pending | None = None


NOTHING = Memory()


def observed(memory: Memory, live: Answer) -> Memory:
    """What is known after a look.

    Whoever changed a choice since is its author, be it to what we wanted. A question in which a person answered anything is
    theirs as far as it is not ours, for an empty box can be meant.
    """
    bases: dict[str, Base] = {}
    for choice, mark in live.marks.items():
        base = memory.bases.get(choice)
        if mark == (BLANK if base is None else base.held):
            pass
        elif memory.pending is not None and memory.pending.marks.get(choice) == mark:
            base = memory.pending.bases[choice]
        else:
            base = Base(held=mark, author="person")
        if base is not None:
            bases[choice] = base
    if any(base.author == "person" for base in bases.values()):
        for choice in live.marks:
            bases.setdefault(choice, Base(held=BLANK, author="person"))
    block = memory.block
    if memory.pending is not None and memory.pending.block is not None and _stands(memory.pending.block, block, live):
        block = memory.pending.block
    return Memory(bases=bases, block=block)


def _stands(block: str, before: str, live: Answer) -> bool:
    return live.notes.count(block) == 1 if block else before not in live.notes


def sent(base: Base | None, live: Mark, wanted: Mark) -> bool:
    """Whether a choice is as we sent it, and we sent what is wanted."""
    return base is not None and base.author == "mllens" and base.held == live and base.asked == wanted


class Row(Value):
    """One choice: who answered it and how, what was found, and what is to be done.

    `wrong` says how a claim goes beyond or stays behind the evidence, None where it does neither; contradicted is what a
    waiver rules out while resources say that it applies. `wanted` is what the
    evidence asks for, None where it does not decide. `ruled_out` is whether a person took the whole question out.
    `withheld` is what the mode keeps from being sent.
    """

    question: str
    choice: str
    author: Author | None
    live: Mark
    state: str
    told: str
    wanted: Mark | None
    what: What
    wrong: Claim | None
    ruled_out: bool
    consent: Consent | None


def merged(
    case: Case,
    live: Answer,
    memory: Memory,
    *,
    mode: Mode = "own",
    tick_none: bool = True,
    accepted: Mapping[str, Consent] | None = None,
) -> tuple[Row, ...]:
    """What is to be done with each choice; `memory` must come from a look at this answer.

    `accepted` names choices with the consent to write the evidence over what a person answered, whatever the mode.
    """
    wanted = case.wanted(live.marks, tick_none=tick_none)
    found = {one.choice: one for one in case.found}
    rows = tuple(
        _row(live, choice, memory.bases.get(choice), wanted.get(choice), found.get(choice), accepted=accepted or {})
        for choice in live.marks
    )
    if writable(mode, memory, live):
        return rows
    return tuple(
        row.model_copy(update={"what": "withheld"}) if row.what == "send" and row.consent is None else row
        for row in rows
    )


def writable(mode: Mode, memory: Memory, live: Answer) -> bool:
    """Whether a question is one that the mode writes to; `memory` must come from a look at this answer."""
    return mode == "own" or not (memory.bases or live.notes)


def _row(
    live: Answer,
    choice: str,
    base: Base | None,
    wanted: Mark | None,
    found: Found | None,
    *,
    accepted: Mapping[str, Consent],
) -> Row:
    mark = live.marks[choice]
    consent: Consent | None = None
    what: What
    ours_no_more = mark.status == "NOT_APPLICABLE" and base is not None and base.author == "mllens"
    if wanted is None and found is not None and ours_no_more and live.applicable:
        wanted = lapsed(found)  # what was accepted until a day does not stand longer because nothing was found since
    if wanted is None:
        what = "open"
    elif not live.applicable:  # taking a question out is a person's answer to all of it
        what = "conflict" if found is not None and found.of and not found.ruled_out else "open"
    elif base is not None and base.author == "person":
        what = "agreed" if mark.status == wanted.status else "conflict"
        if what == "conflict" and choice in accepted:
            what, consent = "send", accepted[choice]
    else:
        what = "agreed" if mark == wanted or sent(base, mark, wanted) else "send"
    return Row(
        question=live.question,
        choice=choice,
        author=None if base is None else base.author,
        live=mark,
        state="" if found is None else found.state,
        told="" if found is None else found.told,
        wanted=wanted,
        what=what,
        wrong=_wrong(live, choice, wanted, found, by_person=base is not None and base.author == "person"),
        ruled_out=not live.applicable,
        consent=consent,
    )


def _wrong(live: Answer, choice: str, wanted: Mark | None, found: Found | None, *, by_person: bool) -> Claim | None:
    """How the claim and the evidence differ.

    A choice ruled out counts as met, so it claims as much as a tick; an empty box claims something where a person left it.
    """
    mark = live.marks[choice]
    claimed = mark.status != "UNSELECTED" or not live.applicable
    if choice.endswith(NONE_SUFFIX):
        if wanted is None or wanted.status == mark.status or not live.applicable:
            return None
        return "under" if mark.status == "SELECTED" else "over" if by_person else None
    if found is not None and found.ruled_out and mark.status != "SELECTED":
        return "contradicted" if found.contradicted else None
    evident = None if found is None else found.proven
    if evident == "UNSELECTED":
        return "over" if claimed else None
    if evident == "SELECTED":
        return "under" if mark.status != "SELECTED" and live.applicable and by_person else None
    stated = found is not None and found.state != "not_applicable"
    return "unbacked" if mark.status != "UNSELECTED" and live.applicable and stated else None
