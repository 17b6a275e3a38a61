"""The journal: what was sent and what came of it, a line before and a line after each call, on disk before it goes on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue

from mllens.appendlog import AppendLog, ForeignError, HeldError
from mllens.remediation.planfile import PlanError

MAGIC = "mllens-journal"
FORMAT = 1
Doing = Literal["apply", "undo"]
Event = Literal["found", "sending", "answered", "refused", "done", "skipped", "failed"]


class Entry(BaseModel):
    """One line.

    `found`: what a step would do was there already, and not by us. `sending` stands before a call, `answered` or
    `refused` after it (neither, where the answer was lost); `done` once it was seen to have taken effect.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    do: Doing
    action: str
    step: str
    event: Event
    call: str = ""
    why: str = ""
    answer: dict[str, JsonValue] | None = None


class Journal:
    """The journal of one plan, known by its digest: appended to, never rewritten, held by one process at a time."""

    def __init__(self, path: Path, plan: str) -> None:
        """Open it, or begin it.

        Raises:
            PlanError: it belongs to another plan, is damaged, or another process holds it.
        """
        self.path, self._plan = path, plan
        try:
            self._log = AppendLog(path, MAGIC)
        except HeldError:
            raise PlanError(f"{path}: another mllens is at work on this plan") from None
        except ForeignError:
            raise PlanError(f"{path}: not a journal; name another file for the plan") from None
        try:
            self.entries = list(self._read(self._log.lines))
        except PlanError:
            self._log.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.close()

    def write(self, do: Doing, action: str, step: str, event: Event, **more: Any) -> None:
        """Append a line, and have it on disk."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = Entry(at=now, do=do, action=action, step=step, event=event, **more)
        self.entries.append(entry)
        self._log.append(entry.model_dump(mode="json", exclude_defaults=True))

    def of(self, action: str, step: str) -> list[Entry]:
        """What happened to a step, oldest first."""
        return [e for e in self.entries if (e.action, e.step) == (action, step)]

    def ours(self, action: str, step: str) -> bool:
        """Whether a step was sent, not refused, and not taken back since: it is then ours to take back."""
        mine = before = False
        for entry in self.of(action, step):
            match entry.do, entry.event:
                case "apply", "sending":
                    before, mine = mine, True
                case "apply", "refused":
                    mine = before
                case "undo", "done":
                    mine = False
        return mine

    def sent(self, do: Doing, action: str, step: str) -> bool:
        """Whether the last thing that was begun with a step is this, and was sent."""
        begun = [entry for entry in self.of(action, step) if entry.event == "sending"]
        return bool(begun) and begun[-1].do == do

    def closed(self, action: str, step: str) -> bool:
        """Whether the last that happened to a step is that it was done."""
        told = self.of(action, step)
        return bool(told) and (told[-1].do, told[-1].event) == ("apply", "done")

    def answer(self, action: str, step: str) -> dict[str, Any]:
        """What the call of a step answered, the last time.

        Raises:
            PlanError: it was not answered, or the answer was lost.
        """
        for entry in reversed(self.of(action, step)):
            if entry.do == "apply" and entry.answer is not None:
                return entry.answer
        raise PlanError(f"{self.path}: the answer of {step} is not known: the process ended before it came")

    def _read(self, lines: list[bytes]) -> Iterator[Entry]:
        mine = {"magic": MAGIC, "format": FORMAT, "plan": self._plan}
        lost = "move it away to begin anew; what was applied can then not be taken back by this program"
        if not lines:
            self._log.append(mine)
            return
        number = 1
        try:
            head = json.loads(lines[0])
            if head.get("format") != FORMAT:
                raise PlanError(f"{self.path}: not a journal that this version can read")
            if head.get("plan") != self._plan and len(lines) == 1:  # nothing was done by that plan
                self._log.clear()
                self._log.append(mine)
                return
            if head.get("plan") != self._plan:
                raise PlanError(f"{self.path}: is the journal of another plan of that name; {lost}")
            for number, line in enumerate(lines[1:], 2):  # noqa: B007 - named in the message
                yield Entry.model_validate_json(line)
        except (ValueError, AttributeError):
            raise PlanError(f"{self.path}: line {number} is damaged; {lost}") from None


def journal_of(plan: Path) -> Path:
    """Where the journal of a plan lies: beside it."""
    return plan.with_name(plan.name.removesuffix(".json") + ".journal.jsonl")
