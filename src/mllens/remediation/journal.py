"""The journal: what was sent and what came of it, a line before and a line after each call, on disk before it goes on."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from mllens.remediation.planfile import PlanError

MAGIC = "mllens-journal"
FORMAT = 1
Doing = Literal["apply", "undo"]
Event = Literal["found", "sending", "answered", "done", "skipped", "failed"]


class Entry(BaseModel):
    """One line.

    `found`: what a step would do was there already, and not by us. `sending` stands before a call, `answered` after it;
    `done` once it was seen to have taken effect.
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
    """The journal of one plan: appended to, never rewritten, and held by one process at a time."""

    def __init__(self, path: Path, plan: str) -> None:
        """Open it, or begin it.

        Raises:
            PlanError: it belongs to another plan, is damaged, or another process holds it.
        """
        self.path, self._plan = path, plan
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise PlanError(f"{path}: another mllens is at work on this plan") from None
        try:
            self.entries = list(self._read())
        except PlanError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, do: Doing, action: str, step: str, event: Event, **more: Any) -> None:
        """Append a line, and have it on disk."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = Entry(at=now, do=do, action=action, step=step, event=event, **more)
        self.entries.append(entry)
        self._append(entry.model_dump(mode="json", exclude_defaults=True))

    def of(self, action: str, step: str) -> list[Entry]:
        """What happened to a step, oldest first."""
        return [e for e in self.entries if (e.action, e.step) == (action, step)]

    def ours(self, action: str, step: str) -> bool:
        """Whether a step was sent, and was not taken back since: it is then ours to take back."""
        mine = False
        for entry in self.of(action, step):
            if entry.do == "apply" and entry.event == "sending":
                mine = True
            if entry.do == "undo" and entry.event == "done":
                mine = False
        return mine

    def answer(self, action: str, step: str) -> dict[str, Any]:
        """What the call of a step answered, the last time.

        Raises:
            PlanError: it was not answered, or the answer was lost.
        """
        for entry in reversed(self.of(action, step)):
            if entry.do == "apply" and entry.answer is not None:
                return entry.answer
        raise PlanError(f"{self.path}: the answer of {step} is not known: the process ended before it came")

    def _read(self) -> Iterator[Entry]:
        self._file.seek(0)
        data = self._file.read()
        whole, _, torn = data.rpartition(b"\n")
        if torn:  # the last line was being written when the process ended; what it would say, a look tells
            self._file.truncate(len(data) - len(torn))
        lines = whole.split(b"\n") if whole else []
        if not lines:
            self._append({"magic": MAGIC, "format": FORMAT, "plan": self._plan})
            return
        try:
            head = json.loads(lines[0])
            if head.get("magic") != MAGIC or head.get("format") != FORMAT:
                raise PlanError(f"{self.path}: not a journal that this version can read; move it away")
            if head.get("plan") != self._plan:
                raise PlanError(
                    f"{self.path}: belongs to the plan {head.get('plan')}, not to {self._plan}; move it away"
                )
            for number, line in enumerate(lines[1:], 2):  # noqa: B007 - named in the message
                yield Entry.model_validate_json(line)
        except (ValueError, ValidationError, AttributeError) as error:
            raise PlanError(f"{self.path}: damaged ({error}); move it away") from None

    def _append(self, content: dict[str, Any]) -> None:
        self._file.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def journal_of(plan: Path) -> Path:
    """Where the journal of a plan lies: beside it."""
    return plan.with_name(plan.name.removesuffix(".json") + ".journal.jsonl")
