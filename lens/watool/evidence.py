"""What the evidence says of a question: which choices it decides, and the words that go into the Tool."""

import hashlib
from collections.abc import Iterable

from mllens.lens.answers import TICKED, UNTICKED, State
from mllens.lens.risk import NONE_SUFFIX
from mllens.lens.watool.held import BLANK, Mark, Status, Value

MAX_CHOICE_NOTE = 250
OPEN, CLOSE = "--- mllens v1 (do not edit) ---", "--- end ---"


class Found(Value):
    """What was found for one choice; `evidence` names it: equal findings, equal name.

    `stated` is who vouches for it or accepts it, the most important part first.
    """

    choice: str
    state: State
    met: int
    of: int
    unknown: int
    waived: int
    evidence: str
    stated: tuple[str, ...]

    @property
    def wanted(self) -> Status | None:
        """What the choice should be; None where the evidence does not decide, so that it stays as it is."""
        if self.state in TICKED:
            return "SELECTED"
        return "UNSELECTED" if self.state in UNTICKED else None

    @property
    def told(self) -> str:
        """State and counts; the same words for the same evidence, and no name from the account."""
        counts = [f"{self.met} of {self.of} met"] if self.of else []
        counts += [f"{self.unknown} unknown"] if self.unknown else []
        counts += [f"{self.waived} waived"] if self.waived else []
        return f"{self.state.replace('_', ' ')}" + (f" ({', '.join(counts)})" if counts else "")


class Case(Value):
    """What was found for one question; `none` is whether nothing of it is practised, for certain."""

    question: str
    found: tuple[Found, ...]
    none: bool
    risk: str

    @property
    def evidence(self) -> str:
        """The name of all that was found."""
        return evidence_name(found.evidence for found in self.found)

    @property
    def spoken(self) -> bool:
        """Whether anything was found at all."""
        return any(found.state != "unknown" for found in self.found)

    def wanted(self, choices: Iterable[str], *, tick_none: bool) -> dict[str, Mark]:
        """The marks that the evidence asks for, of the choices there are, in their order."""
        decided = {found.choice: _mark(found) for found in self.found}
        ids = tuple(choices)
        none = next((choice for choice in ids if choice.endswith(NONE_SUFFIX)), None)
        if none is not None:
            decided[none] = self._none(tick_none=tick_none)
        return {choice: mark for choice in ids if (mark := decided.get(choice)) is not None}

    def _none(self, *, tick_none: bool) -> Mark | None:
        if self.none:
            note = f"mllens: every practice that applies is disproven; {self.evidence}"
            return Mark(status="SELECTED", note=note) if tick_none else None
        practised = TICKED | {"partial", "conflict"}
        if any(found.state in practised for found in self.found):
            return BLANK
        return None

    def block(self, room: int) -> str:
        """The text for the question's note: in full, or short, or none where there is no room."""
        decided = [found for found in self.found if found.wanted is not None]
        lines = [
            f"{len(decided)} of {len(self.found)} practices decided. Risk by evidence: {self.risk.replace('_', ' ')}."
        ]
        lines += [f"{found.choice}: {found.told}" for found in self.found]
        for body in ((*lines, f"evidence: {self.evidence}"), (f"evidence: {self.evidence}",)):
            text = "\n".join((OPEN, *body, CLOSE))
            if len(text) <= room:
                return text
        return ""


def evidence_name(parts: Iterable[str]) -> str:
    """A short name for evidence, in whatever order it comes."""
    return "ev:" + hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:12]


def _mark(found: Found) -> Mark | None:
    if found.wanted is None:
        return None
    note, tail = f"mllens: {found.told}", f"; {found.evidence}"
    for part in found.stated:
        if len(note) + 2 + len(part) + len(tail) <= MAX_CHOICE_NOTE:
            note += f"; {part}"
    return Mark(status=found.wanted, note=note + tail)
