"""The ledger of a review: who wrote which choice and what was sent, appended to and on disk before it goes on."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from mllens.appendlog import AppendLog, ForeignError, HeldError
from mllens.lens.watool.errors import Unfit
from mllens.lens.watool.held import Answer, Mark, Value
from mllens.lens.watool.merge import NOTHING, Base, Consent, Memory, Pending, observed

MAGIC = "mllens-review-ledger"
FORMAT = 1
Doing = Literal["apply", "rollback"]


class Line(Value):
    """One line.

    `seen` is what a look told; `sending` stands before a call and keeps the whole answer as it was, `kept` after it.
    `bases` are as they are then, None where there is none any more; `block` is our block in the note then, None where it
    was not touched.
    """

    at: str
    event: Literal["seen", "sending", "kept", "milestone"]
    question: str = ""
    plan: str = ""
    do: Doing | None = None
    marks: dict[str, Mark] = Field(default_factory=dict)
    bases: dict[str, Base | None] = Field(default_factory=dict)
    block: str | None = None
    before: Answer | None = None
    was: Memory | None = None
    consent: dict[str, Consent] = Field(default_factory=dict)
    milestone: str = ""


class Ledger:
    """The ledger of one workload and lens, held by one process at a time."""

    def __init__(self, path: Path, workload: str, lens: str) -> None:
        """Open it, or begin it.

        Raises:
            Unfit: it belongs to another review, is damaged, or another process holds it.
        """
        self.path = path
        self._head = {"magic": MAGIC, "format": FORMAT, "workload": workload, "lens": lens}
        self._memories: dict[str, Memory] = {}
        self.lines: list[Line] = []
        try:
            self._log = AppendLog(path, MAGIC)
        except HeldError:
            raise Unfit(f"{path}: another mllens is at work on this review") from None
        except ForeignError:
            raise Unfit(f"{path}: not a ledger; name another with --ledger") from None
        try:
            self._read(self._log.lines)
        except Unfit:
            self._log.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.close()

    def memory(self, question: str) -> Memory:
        """What is known of a question."""
        return self._memories.get(question, NOTHING)

    def look(self, live: Answer) -> Memory:
        """Take note of an answer as it is now; what is known then."""
        before = self.memory(live.question)
        after = observed(before, live)
        if after != before:
            changed = {choice: base for choice, base in after.bases.items() if before.bases.get(choice) != base}
            gone: dict[str, Base | None] = {choice: None for choice in before.bases if choice not in after.bases}
            block = after.block if after.block != before.block else None
            self._write(Line(at=_now(), event="seen", question=live.question, bases={**changed, **gone}, block=block))
        return after

    def sending(self, plan: str, do: Doing, live: Answer, pending: Pending, consent: dict[str, Consent]) -> None:
        """Note what is about to be sent, with the whole answer as it was: the backup."""
        was = self.memory(live.question)
        self._write(
            Line(
                at=_now(),
                event="sending",
                question=live.question,
                plan=plan,
                do=do,
                marks=pending.marks,
                bases=pending.bases,
                block=pending.block,
                before=live,
                was=was,
                consent=consent,
            )
        )

    def kept(self, plan: str, do: Doing, question: str, bases: dict[str, Base | None], block: str | None) -> None:
        """Note what the Tool answered that it holds."""
        self._write(Line(at=_now(), event="kept", question=question, plan=plan, do=do, bases=bases, block=block))

    def milestone(self, plan: str, name: str) -> None:
        """Note that a milestone is about to be taken."""
        self._write(Line(at=_now(), event="milestone", plan=plan, milestone=name))

    def applied(self, plan: str) -> dict[str, Line]:
        """For each question what a plan sent, and has not been taken back since; the first line holds the answer before."""
        found: dict[str, Line] = {}
        for line in self.lines:
            if line.plan != plan:
                continue
            if line.event == "sending" and line.do == "apply":
                found.setdefault(line.question, line)
            elif line.event == "kept" and line.do == "rollback":
                found.pop(line.question, None)
        return found

    def _read(self, lines: list[bytes]) -> None:
        if not lines:
            self._log.append(self._head)
            return
        try:
            head: Any = json.loads(lines[0])
            if head.get("format") != FORMAT:
                raise Unfit(f"{self.path}: not a ledger that this version can read; name another with --ledger")
            if head != self._head:
                raise Unfit(
                    f"{self.path}: belongs to the review of {head.get('lens')} in workload {head.get('workload')}; name "
                    "another with --ledger"
                )
            for text in lines[1:]:
                self._take(Line.model_validate_json(text))
        except (ValueError, ValidationError) as error:
            raise Unfit(f"{self.path}: damaged ({error}); restore it from a backup") from None

    def _take(self, line: Line) -> None:
        self.lines.append(line)
        before = self.memory(line.question)
        if line.event == "sending":
            pending = Pending(marks=line.marks, bases=line.bases, block=line.block)
            self._memories[line.question] = before.model_copy(update={"pending": pending})
        elif line.event in ("seen", "kept"):
            changed = before.bases | line.bases
            self._memories[line.question] = Memory(
                bases={choice: base for choice, base in changed.items() if base is not None},
                block=before.block if line.block is None else line.block,
            )

    def _write(self, line: Line) -> None:
        self._log.append(line.model_dump(mode="json", exclude_defaults=True))
        self._take(line)


def ledger_of(folder: Path, workload: str, lens: str) -> Path:
    """Where the ledger of a review lies when nobody says."""
    return folder / f"review-{workload}-{lens.rsplit('/', 1)[-1][:12]}.ledger.jsonl"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
