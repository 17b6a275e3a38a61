"""A plan with every fix there is, killed at each of its calls: the next run ends as if nothing had happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from account import US
from gaps import CHOICES, FIXABLE, Carried, Described, Served, seed, written
from scans import Scanner

from mllens.remediation.planning import Wanted, plan
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.answer import Call
from mllens.sandbox.snapshot import Snapshot
from mllens.scanner.plan import plan as reading_of

ONE_OF_EACH = Described(
    (Served("churn"), Served("lapse", stage="test", captures=True)),
    training="open",
    captured="half",
    rotates=False,
    scanned="another",
)
WRITES = {
    "application-autoscaling:PutScalingPolicy": 1,
    "application-autoscaling:RegisterScalableTarget": 1,
    "cloudwatch:PutMetricAlarm": 1,
    "ecr:PutRegistryScanningConfiguration": 1,
    "kms:EnableKeyRotation": 1,
    "s3:PutPublicAccessBlock": 2,
    "sagemaker:CreateEndpointConfig": 1,
    "sagemaker:CreateModelCard": 1,
    "sagemaker:UpdateEndpoint": 1,
}
BACK = {
    "application-autoscaling:DeleteScalingPolicy": 1,
    "application-autoscaling:DeregisterScalableTarget": 1,
    "cloudwatch:DeleteAlarms": 1,
    "ecr:PutRegistryScanningConfiguration": 1,
    "kms:DisableKeyRotation": 1,
    "s3:DeletePublicAccessBlock": 1,
    "s3:PutPublicAccessBlock": 1,
    "sagemaker:DeleteEndpointConfig": 1,
    "sagemaker:DeleteModelCard": 1,
    "sagemaker:UpdateEndpoint": 1,
}


GIVEN = {"ScalableTargetARN", "PolicyARN"}
"""Members that AWS gives other values whenever it makes the thing anew."""


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Place:
    """The account, its plan, how it looks before and after that, and what was killed."""

    sandbox: Sandbox
    run: Carried
    start: Snapshot
    whole: Snapshot
    killed: list[str] = field(default_factory=list)

    def again(self, name: object) -> Carried:
        """The same plan with a journal of its own."""
        self.run.journal = self.run.folder / f"{name}.jsonl"
        return self.run

    def took_effect(self, when: str) -> dict[str, int]:
        """How often each write did."""
        done = [f"{c.service}:{c.operation}" for c in self.sandbox.calls if c.outcome == "ok"]
        done += self.killed if when == "after" else []
        return {label: done.count(label) for label in sorted({*done} & {*WRITES, *BACK})}

    def kill(self, way: Callable[[], Any], nth: int, when: Any) -> bool:
        """Go a way and be killed at a call; false where there is no such call."""
        self.killed.clear()
        self.sandbox.calls.clear()
        self.sandbox.faults = Faults(Fault("kill", nth=nth, when=when))
        try:
            way()
        except Killed:
            return True
        finally:
            self.sandbox.faults = Faults()
        return False


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr("mllens.appendlog.os.fsync", lambda _: None)  # the machine goes on
    killed: list[str] = []

    def die(call: Call) -> None:
        killed.append(call.label)
        raise Killed

    reads = [read for rule in FIXABLE if rule.repair for read in (*rule.reads, *rule.repair.reads)]
    with Sandbox(regions=(US,), on_kill=die) as sandbox:
        seed(sandbox, ONE_OF_EACH)
        scanner = Scanner(sandbox, reading_of(reads, {rule.subject for rule in FIXABLE}))
        made, _ = plan(scanner(), Wanted(FIXABLE, choices=CHOICES))
        assert sorted(gap.rule for action in made.actions for gap in action.closes) == sorted(r.id for r in FIXABLE)
        sandbox.deployments(looks=1)
        start, unbroken = sandbox.snapshot(), Carried(sandbox, made, tmp_path)
        place = Place(sandbox, unbroken, start, start, killed)
        sandbox.calls.clear()
        assert set(unbroken.apply().values()) == {"done"}
        assert place.took_effect("before") == WRITES
        place.whole = sandbox.snapshot()
        sandbox.calls.clear()
        assert set(unbroken.undo().values()) == {"done"}
        assert place.took_effect("before") == BACK
        assert unbroken.left(start) == []
        yield place


When = Literal["before", "after"]
WHENS = pytest.mark.parametrize("when", ["before", "after"])


@WHENS
def test_applying_killed_at_any_call_ends_the_same_and_writes_once(place: Place, when: When) -> None:
    nth = 1
    while place.kill((run := place.again(nth)).apply, nth, when):
        assert set(run.apply().values()) <= {"done"}, nth
        assert [d for d in run.left(place.whole) if d.member not in GIVEN] == [], nth
        assert place.took_effect(when) == WRITES, nth
        assert set(run.undo().values()) == {"done"}, nth
        assert run.left(place.start) == [], nth
        nth += 1
    assert nth > 3 * sum(WRITES.values())  # each is looked at, sent, and looked at


@WHENS
def test_taking_back_killed_at_any_call_ends_the_same_and_writes_once(place: Place, when: When) -> None:
    nth = 1
    while (run := place.again(nth)).apply() and place.kill(run.undo, nth, when):
        assert set(run.undo().values()) <= {"done", "already"}, nth
        assert run.left(place.start) == [], nth
        assert place.took_effect(when) == BACK, nth
        assert written(place.sandbox)
        place.sandbox.calls.clear()
        assert run.undo() == {}, nth
        assert written(place.sandbox) == []
        nth += 1
    assert nth > 3 * sum(BACK.values())


@WHENS
def test_killed_while_it_applies_it_can_be_taken_back_at_once(place: Place, when: When) -> None:
    nth = 1
    while place.kill((run := place.again(nth)).apply, nth, when):
        assert set(run.undo().values()) <= {"done", "already"}, nth
        assert run.left(place.start) == [], nth
        nth += 1
