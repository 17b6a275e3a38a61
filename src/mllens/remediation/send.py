"""Sending for the way back: one call after the other, reads and the writes of one plan, and no other."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mllens.remediation.planfile import Look, Members, Plan, PlanError, Step
from mllens.remediation.state import shown
from mllens.scanner.client import Answer, Clients, Refusal
from mllens.scanner.collect import CALLER, TAGGED, Call, denied
from mllens.scanner.errors import Kind
from mllens.scanner.redact import redact

TRIES = 4
QUOTAS = ("LimitExceeded", "LimitExceededException", "ResourceLimitExceeded", "ServiceQuotaExceededException")
"""Codes that a read means as "too fast" and a write as "too many"."""


class Write(Call):
    """An operation that changes something. Only the deny list holds for it; what may be sent is the plan's matter."""

    def __post_init__(self) -> None:
        if denied(self.service, self.operation):
            raise PlanError(f"{self}: this operation is never sent")


@dataclass(frozen=True)
class Refused(Exception):  # noqa: N818 - carries a value
    """A call was not answered."""

    kind: Kind
    code: str
    reason: str

    def __str__(self) -> str:
        return self.reason


class Writer:
    """Sends what one plan holds, of operations that fixes declare; throttled calls are repeated until the deadline.

    Args:
        plan: the plan.
        declared: operations that fixes may send, as `service:Operation`.
        deadline: seconds for which one throttled call is repeated.
        sleep: how to wait, if not as the clock does.
        reach: session, profile and endpoint_url, as for a scan.

    Raises:
        PlanError: the plan holds an operation that no fix declares.
    """

    def __init__(
        self,
        plan: Plan,
        declared: Iterable[str],
        *,
        deadline: float = 300.0,
        sleep: Callable[[float], None] | None = None,
        **reach: Any,
    ) -> None:
        steps = [step for action in plan.actions for step in action.steps]
        writes = {(step.service, step.operation) for step in steps}
        writes |= {(step.service, step.undo.operation) for step in steps if step.undo}
        if strange := {f"{s}:{o}" for s, o in writes} - set(declared):
            raise PlanError(
                f"no fix declares {', '.join(sorted(strange))}: this plan was changed, or is another version's"
            )
        looks = {(look.service, look.operation) for step in steps for look in looks_of(step)}
        self._clients = Clients(
            [*(Call(*look) for look in sorted(looks)), TAGGED, CALLER],
            writes=[Write(*write) for write in sorted(writes)],
            **reach,
        )
        self._deadline = deadline
        self.sleep = sleep or time.sleep

    @property
    def calls(self) -> Mapping[str, int]:
        """How often each operation was sent."""
        return self._clients.calls

    def caller(self, region: str) -> tuple[str, float]:
        """The account that the credentials are for, and the time there (epoch seconds).

        Raises:
            Refused: it was not told.
        """
        answer = self._send(CALLER, region, {}, again=("throttled", "retry"))
        return str(answer.body["Account"]), answer.at

    def look(self, look: Look, region: str) -> Members | None:
        """What stands there now; None where nothing does.

        Raises:
            Refused: it could not be read.
        """
        call = Call(look.service, look.operation, none=tuple(look.none))
        try:
            answer = self._send(call, region, look.params, again=("throttled", "retry"))
        except Refused as refusal:
            if refusal.kind == "gone":
                return None
            raise
        return shown(msgspec.json.decode(msgspec.json.encode(redact(answer.body))), look.at, look.members)

    def write(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> Answer:
        """Make a call that changes something, once: what broke on the way is for the caller to look at.

        Raises:
            Refused: it was not answered.
        """
        return self._send(Write(service, operation), region, params, again=("throttled",))

    def tags(self, arns: Iterable[str], region: str) -> dict[str, dict[str, str]]:
        """The tags of resources; what the tagging service leaves out has none.

        Raises:
            Refused: they could not be read.
        """
        found: dict[str, dict[str, str]] = {}
        wanted = sorted(arns)
        for start in range(0, len(wanted), 100):  # the most that one call takes
            body = self._send(
                TAGGED, region, {"ResourceARNList": wanted[start : start + 100]}, again=("throttled", "retry")
            ).body
            for item in body.get(TAGGED.items, ()):
                found[item["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}
        return found

    def _send(self, call: Call, region: str, params: Mapping[str, Any], *, again: tuple[Kind, ...]) -> Answer:
        waited, pause, tries = 0.0, 0.2, 0
        while True:
            outcome = self._clients.send(call, region, params)
            if isinstance(outcome, Answer):
                return outcome
            kind: Kind = outcome.kind
            if kind == "throttled" and isinstance(call, Write) and outcome.code in QUOTAS:
                kind = "failed"
            tries += kind == "retry"
            if kind not in again or waited >= self._deadline or tries >= TRIES:
                raise Refused(kind, outcome.code, _reason(outcome))
            self.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 20.0)


def looks_of(step: Step) -> list[Look]:
    """Every look that a step may take."""
    return [step.look, *(step.undo.alone if step.undo else ())]


def _reason(refusal: Refusal) -> str:
    return {"denied": f"{refusal.reason}; the plan's own policy allows it (`mllens policy remediate`)"}.get(
        refusal.kind, refusal.reason
    )
