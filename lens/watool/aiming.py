"""The evidence for our practices as evidence for the choices of another lens, by a mapping from one to the other."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mllens.lens.answers import TICKED, UNDECIDED, UNTICKED, State
from mllens.lens.model import LensError
from mllens.lens.risk import NONE_SUFFIX
from mllens.lens.target import Place, Target, mapped
from mllens.lens.watool.errors import Unfit
from mllens.lens.watool.evidence import Case, Found, evidence_name


@dataclass(frozen=True)
class Aim:
    """A mapping to another lens: its text, and what it is called where it is wrong."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The digest of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def at(self, there: Mapping[str, Sequence[str]]) -> Target:
        """Which practices answer which choices of the lens that has these questions.

        Raises:
            Unfit: it is wrong, or names what there is not.
        """
        questions = [
            {"id": question, "choices": [{"id": choice} for choice in choices]} for question, choices in there.items()
        ]
        try:
            return mapped(self.text, {"pillars": [{"questions": questions}]})
        except LensError as error:
            raise Unfit(f"{self.name}: {error}") from None


def aimed(cases: Sequence[Case], target: Target, there: Mapping[str, Sequence[str]]) -> list[Case]:
    """The evidence for each question of another lens of which a choice is answered by practices of ours.

    "None of these" is certain only where practices answer all other choices.

    Raises:
        Unfit: the evidence does not speak of a practice that is mapped.
    """
    found = {one.choice: one for case in cases for one in case.found}
    made = []
    for question, choices in there.items():
        answering = {choice: target.practices.get(Place(question, choice), ()) for choice in choices}
        for practice in (practice for practices in answering.values() for practice in practices):
            if practice not in found:
                raise Unfit(f"The assessment does not speak of {practice}, which the mapping names; assess anew.")
        folds = tuple(folded(choice, [found[p] for p in by]) for choice, by in answering.items() if by)
        if folds:
            whole = all(by or choice.endswith(NONE_SUFFIX) for choice, by in answering.items())
            made.append(Case(question=question, found=folds, none=whole and _none(folds), risk=""))
    return made


def folded(choice: str, found: Sequence[Found]) -> Found:
    """What several practices say of the one choice that they answer together, which is met when all of them are.

    Those that do not apply, or are ruled out, drop out while any other is left; the choice is ruled out only if each of
    them is. Counts add up, so that a resource counts once for each practice.
    """
    if len(found) == 1:
        return found[0].model_copy(update={"choice": choice})
    applying = [one for one in found if one.state != "not_applicable" and not one.ruled_out]
    ruled_out = all(one.ruled_out for one in found)
    judged = applying or (found if ruled_out else [])
    ruling = [f"{one.choice} {one.told}; {one.ruled_out}" for one in found if one.ruled_out and not ruled_out]
    return Found(
        choice=choice,
        state=_state([one.state for one in judged if one.state != "not_applicable"]),
        met=sum(one.met for one in judged),
        of=sum(one.of for one in judged),
        unknown=sum(one.unknown for one in judged),
        waived=sum(one.waived for one in judged),
        complete=all(one.complete and one.state not in UNDECIDED for one in judged),
        evidence=evidence_name(f"{one.choice} {one.evidence}" for one in found),
        stated=tuple(dict.fromkeys((*(part for one in found for part in one.stated), *ruling))),
        ruled_out="; ".join(dict.fromkeys(one.ruled_out for one in found)) if ruled_out else "",
    )


def _state(states: Sequence[State]) -> State:
    """The state of all together: what speaks against one cannot be undone by another, and what is open leaves all open."""
    there = frozenset(states)
    if not there:
        return "not_applicable"
    if "conflict" in there:
        return "conflict"
    if there & UNTICKED:
        return "partial" if there & (TICKED | {"partial"}) else "disproven"
    if "unknown" in there:
        return "unknown"
    if "supported" in there:
        return "supported"
    return "attested" if "attested" in there else "proven"


def _none(found: Sequence[Found]) -> bool:
    applying = [one for one in found if one.state != "not_applicable" and not one.ruled_out]
    return bool(applying) and all(one.state == "disproven" and one.complete for one in applying)
