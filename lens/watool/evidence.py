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

    `complete` is whether all could be judged. `stated` is who vouches for it or accepts it, the most important part first.
    `ruled_out` is by whose word it is out of scope, empty if it is not: then the choice does not apply, whatever `state`
    says, which stays what the evidence says.
    """

    choice: str
    state: State
    met: int
    of: int
    unknown: int
    waived: int
    complete: bool
    evidence: str
    stated: tuple[str, ...]
    ruled_out: str = ""

    @property
    def wanted(self) -> Status | None:
        """What the choice should be; None where nothing decides, so that it stays as it is."""
        return "NOT_APPLICABLE" if self.ruled_out else self.proven

    @property
    def proven(self) -> Status | None:
        """What the choice should be by the evidence alone; None where it does not decide."""
        if self.state in TICKED:
            return "SELECTED"
        return "UNSELECTED" if self.state in UNTICKED else None

    @property
    def contradicted(self) -> bool:
        """Whether it is ruled out, and resources were judged by it all the same."""
        return bool(self.ruled_out and self.of)

    @property
    def told(self) -> str:
        """State and counts; the same words for the same evidence, and no name from the account."""
        counts = [f"{self.met} of {self.of} met"] if self.of else []
        counts += [f"{self.unknown} unknown"] if self.unknown else []
        counts += [f"{self.waived} waived"] if self.waived else []
        said = f"{self.state.replace('_', ' ')}" + (f" ({', '.join(counts)})" if counts else "")
        if not self.ruled_out:
            return said
        against = f"{self.of} resource{' says' if self.of == 1 else 's say'} that it applies; " if self.of else ""
        return f"ruled out; {against}{said}"


class Case(Value):
    """What was found for one question; `none` is whether nothing of it is practised, for certain.

    `risk` is by the evidence alone, as the lens's own rules have it; empty where they cannot be read.
    """

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
        return any(found.state != "unknown" or found.ruled_out for found in self.found)

    def wanted(self, choices: Iterable[str], *, tick_none: bool) -> dict[str, Mark]:
        """The marks that the evidence asks for, of the choices there are, in their order."""
        decided = {found.choice: _mark(found) for found in self.found}
        ids = tuple(choices)
        none = next((choice for choice in ids if choice.endswith(NONE_SUFFIX)), None)
        if none is not None:
            decided[none] = self._none(tick_none=tick_none)
        return {choice: mark for choice in ids if (mark := decided.get(choice)) is not None}

    def _none(self, *, tick_none: bool) -> Mark | None:
        applying = [found for found in self.found if not found.ruled_out]
        if not applying:
            return BLANK
        if self.none:
            note = f"mllens: every practice that applies is disproven; {self.evidence}"
            return Mark(status="SELECTED", note=note) if tick_none else None
        practised = TICKED | {"partial", "conflict"}
        return BLANK if any(found.state in practised for found in applying) else None

    def block(self, room: int) -> str:
        """The text for the question's note: in full, or short, or none where there is no room."""
        decided = [found for found in self.found if found.wanted is not None]
        risk = f" Risk by evidence: {self.risk.replace('_', ' ')}." if self.risk else ""
        lines = [f"{len(decided)} of {len(self.found)} practices decided.{risk}"]
        lines += [f"{found.choice}: {found.told}" for found in self.found]
        for body in ((*lines, f"evidence: {self.evidence}"), (f"evidence: {self.evidence}",)):
            text = "\n".join((OPEN, *body, CLOSE))
            if len(text) <= room:
                return text
        return ""


def evidence_name(parts: Iterable[str]) -> str:
    """A short name for evidence, in whatever order it comes."""
    return "ev:" + hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:12]


def lapsed(found: Found) -> Mark:
    """What a choice becomes that was ruled out, and is no more, where the evidence does not decide it."""
    return _noted(found, "UNSELECTED")


def _mark(found: Found) -> Mark | None:
    return None if found.wanted is None else _noted(found, found.wanted)


def _noted(found: Found, status: Status) -> Mark:
    note, tail = f"mllens: {found.told}", f"; {found.evidence}"
    if found.ruled_out:
        note = f"{note}; {found.ruled_out}"[: MAX_CHOICE_NOTE - len(tail)]
    for part in found.stated:
        if len(note) + 2 + len(part) + len(tail) <= MAX_CHOICE_NOTE:
            note += f"; {part}"
    return Mark(status=status, reason="OUT_OF_SCOPE" if status == "NOT_APPLICABLE" else "NONE", note=note + tail)
