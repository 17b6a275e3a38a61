"""Carrying out the plan of a review, proving it, and taking it back: look, compare, write, and read back."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mllens.lens.watool.errors import Refused, Rejected, Unanswered, Unfit
from mllens.lens.watool.finding import token
from mllens.lens.watool.held import Answer, Mark
from mllens.lens.watool.ledger import Doing, Ledger, Line
from mllens.lens.watool.merge import Base, Consent, Memory, Pending, sent
from mllens.lens.watool.reviewing import Item, Plan
from mllens.lens.watool.reviews import UNWRITABLE, Reviews, Workload
from mllens.lens.watool.wording import plain

PAUSES = (1, 2, 4, 8)
"""Seconds before a call that was not answered is thought over and, if it took no effect, made again."""
MOST_MILESTONES = 90
"""The Tool keeps 100 and never deletes one; the last ten are for people and for upgrades of lenses."""
MANY_MILESTONES = 80
"""From here on people are told how many are left."""

Word = Literal["done", "unchanged", "skipped", "failed", "stopped"]


@dataclass(frozen=True)
class Outcome:
    """What came of one question; `stopped` ends the run, because a person is at work on the same answers."""

    question: str
    word: Word
    why: str = ""

    @property
    def fine(self) -> bool:
        """Whether it is as it should be."""
        return self.word in ("done", "unchanged")


class Carrying:
    """One plan being carried out, or taken back."""

    def __init__(self, tool: Reviews, plan: Plan, ledger: Ledger, sleep: Callable[[float], None] = time.sleep) -> None:
        self._tool, self._plan, self._ledger, self._sleep = tool, plan, ledger, sleep

    def check(self, workload: Workload) -> None:
        """That the workload still answers the lens that was planned for.

        Raises:
            ToolError: it does not.
        """
        now = self._tool.review(workload, self._plan.lens)
        if now.status in UNWRITABLE:
            raise Refused(f"The lens {plain(now.name)} is {now.status} by now: answers to it are not written.")
        if (now.version, now.sha256) != (self._plan.lens_version, self._plan.lens_sha256):
            raise Unfit(
                f"The plan is for version {self._plan.lens_version} of {plain(now.name)}, and the workload answers "
                f"version {now.version}. Plan anew."
            )

    def milestone(self, name: str) -> int:
        """Take a milestone, once for a plan; how many there are then.

        Raises:
            ToolError: there is no room, or the name is taken or none.
        """
        if not 3 <= len(name) <= 100:
            raise Unfit(f"{plain(name)!r} is no name for a milestone: it takes 3 to 100 characters.")
        mine = any(line.milestone == name and line.plan == self._plan.id for line in self._ledger.lines)
        there = self._tool.milestones(self._plan.workload)
        if mine and name in there:
            return len(there)
        if name in there:
            raise Unfit(f"There is a milestone called {plain(name)} already; choose another name.")
        if len(there) >= MOST_MILESTONES:
            raise Refused(
                f"The workload has {len(there)} milestones of at most 100, which can never be deleted; the last ten are left "
                "to people and to upgrades. Apply without --milestone."
            )
        self._ledger.milestone(self._plan.id, name)
        self._tool.take_milestone(
            self._plan.workload, name, token("CreateMilestone", self._plan.workload, name, self._plan.id)
        )
        return len(there) + 1

    def apply(self) -> Iterator[Outcome]:
        """Send what is planned, question by question; what was changed since the plan is left alone.

        Raises:
            ToolError: nothing more can be read or written; a further run goes on from there.
        """
        for item in self._plan.items:
            if item.sends:
                outcome = self._again(lambda item=item: self._apply(item), item.question)  # type: ignore[misc]
                yield outcome
                if outcome.word == "stopped":
                    return

    def _apply(self, item: Item) -> Outcome:
        live = self._look(item.question)
        memory = self._ledger.look(live)
        if _as_planned(item, live, memory):
            return Outcome(item.question, "unchanged", "it is as planned already")
        if live.differs(item.before):
            return Outcome(item.question, "skipped", "somebody changed it since the plan; plan anew")
        pending = Pending(marks=item.marks, bases=item.bases, block=item.block if item.notes is not None else None)
        return self._write("apply", live, pending, item.notes, consent=item.consent, risk=item.risk_then)

    def applied(self) -> tuple[str, ...]:
        """The questions that this plan wrote to, and that were not taken back since."""
        return tuple(self._ledger.applied(self._plan.id))

    def roll_back(self) -> Iterator[Outcome]:
        """Put back what this plan's choices and notes were, the last first; what a person changed since stays.

        Raises:
            ToolError: nothing more can be read or written; a further run goes on from there.
        """
        for question, line in reversed(self._ledger.applied(self._plan.id).items()):
            outcome = self._again(lambda line=line: self._roll_back(line), question)  # type: ignore[misc]
            yield outcome
            if outcome.word == "stopped":
                return

    def _roll_back(self, line: Line) -> Outcome:
        assert line.before is not None
        assert line.was is not None
        live = self._look(line.question)
        memory = self._ledger.look(live)
        back = {
            choice: line.before.marks[choice]
            for choice, mark in line.marks.items()
            if choice in live.marks and sent(memory.bases.get(choice), live.marks[choice], mark)
        }
        theirs = [
            choice
            for choice in line.marks
            if choice not in back and live.marks.get(choice) != line.before.marks[choice]
        ]
        ours = line.block is not None and memory.block == line.block != line.was.block
        notes = None
        if ours and line.block and live.notes.count(line.block) == 1:
            notes = live.notes.replace(line.block, line.was.block)
        elif ours:
            theirs.append("the note")
        kept = f"changed since, and left: {', '.join(theirs)}" if theirs else ""
        if not back and notes is None:
            self._ledger.kept(self._plan.id, "rollback", line.question, {}, None)
            return Outcome(line.question, "skipped" if theirs else "unchanged", kept or "nothing of ours stands there")
        bases = {choice: line.was.bases.get(choice) for choice in back}
        block = None if notes is None else line.was.block
        done = self._write(
            "rollback", live, Pending(marks=back, bases=bases, block=block), notes, consent={}, risk=None
        )
        return Outcome(done.question, "skipped", kept) if theirs and done.fine else done

    def verify(self) -> Iterator[Outcome]:
        """Look whether what was planned stands there, and whether the Tool's risk is the one that was predicted.

        Raises:
            ToolError: it could not be read.
        """
        for item in self._plan.items:
            if item.sends:
                live = self._look(item.question)
                yield _verified(item, live, self._ledger.look(live))

    def _look(self, question: str) -> Answer:
        return self._tool.answer(self._plan.workload, self._plan.lens, question)

    def _again(self, work: Callable[[], Outcome], question: str) -> Outcome:
        """Do it, and where no answer came begin again with a look: by then it may be done, or a person may have been there."""
        for pause in (*PAUSES, None):
            answered = self._tool.answered
            try:
                return work()
            except Rejected as error:
                return Outcome(question, "failed", str(error))
            except (Unanswered, Refused) as error:
                if self._tool.answered == answered:  # not even the look was answered
                    raise
                if pause is None:
                    if isinstance(error, Unanswered):
                        raise
                    return Outcome(question, "failed", str(error))
            self._sleep(pause)
        raise AssertionError(question)

    def _write(
        self,
        do: Doing,
        live: Answer,
        pending: Pending,
        notes: str | None,
        *,
        consent: Mapping[str, Consent],
        risk: str | None,
    ) -> Outcome:
        plan, question = self._plan, live.question
        self._ledger.sending(plan.id, do, live, pending, dict(consent))
        now = self._tool.update(plan.workload, plan.lens, question, pending.marks, notes)
        unkept = [choice for choice, mark in pending.marks.items() if now.marks[choice].status != mark.status]
        if unkept:
            return Outcome(question, "failed", f"the Tool answered, and did not take {', '.join(unkept)}")
        bases = {choice: _held(base, now.marks[choice]) for choice, base in pending.bases.items()}
        self._ledger.kept(plan.id, do, question, bases, pending.block)
        strays = _strays(live, now, pending.marks)
        strays += [f"{stray} (since)" for stray in _strays(now, self._look(question), {}, note=True)]
        if strays:
            return Outcome(
                question,
                "stopped",
                f"{', '.join(strays)} changed while it was written, and not by us: somebody is at work on this review. What "
                "they wrote was not sent over. Plan anew when they are done.",
            )
        if risk is not None and now.risk != risk:
            return Outcome(question, "failed", _misjudged(now.risk, risk))
        return Outcome(question, "done")


def _held(base: Base | None, mark: Mark) -> Base | None:
    """What is kept in the ledger is what the Tool answered, for it may tidy a note."""
    return None if base is None else base.model_copy(update={"held": mark})


def _strays(before: Answer, after: Answer, marks: Mapping[str, Mark], *, note: bool = False) -> list[str]:
    changed = [
        choice for choice, mark in before.marks.items() if choice not in marks and after.marks.get(choice) != mark
    ]
    changed += ["whether the question applies"] if before.applicable != after.applicable else []
    return changed + (["the note"] if note and before.notes != after.notes else [])


def _as_planned(item: Item, live: Answer, memory: Memory) -> bool:
    marks = all(sent(memory.bases.get(choice), live.marks[choice], mark) for choice, mark in item.marks.items())
    note = item.notes is None or (memory.block == item.block and live.notes.count(item.block) == 1)
    return marks and note


def _verified(item: Item, live: Answer, memory: Memory) -> Outcome:
    if not _as_planned(item, live, memory):
        other = [choice for choice, mark in item.marks.items() if live.marks[choice] != mark]
        what = ", ".join(other) or "the note"
        return Outcome(item.question, "skipped", f"not as planned: {what}")
    rest = _strays(item.before, live, item.marks)
    if not rest and item.risk_then is not None and live.risk != item.risk_then:
        return Outcome(item.question, "failed", _misjudged(live.risk, item.risk_then))
    return Outcome(item.question, "done", f"others changed since: {', '.join(rest)}" if rest else "")


def _misjudged(said: str, predicted: str) -> str:
    return (
        f"the answer was written, and the Tool calls its risk {said} where the lens's rules give {predicted}: a fault of "
        "mllens; please report it with the lens"
    )
