"""The least IAM policy for one plan: what it looks at, sends, takes back, and reads again to prove it."""

from collections.abc import Iterable
from typing import Any

from mllens.remediation.planfile import Plan
from mllens.remediation.send import looks_of
from mllens.scanner.collect import TAGGED
from mllens.scanner.plan import Plan as Reading
from mllens.scanner.shapes import iam_action


def policy(plan: Plan, reading: Reading) -> dict[str, Any]:
    """Exactly the actions and resources of a plan; `reading` is what verifying it reads."""
    steps = [step for action in plan.actions for step in action.steps]
    looks = [(look.action, look.on) for step in steps for look in looks_of(step)]
    if any(target.arn for action in plan.actions for target in action.targets):
        looks.append((iam_action(TAGGED), ["*"]))
    verifying = [(iam_action(call), ["*"]) for need in reading.needs.values() for call in need.calls]
    parts = (
        ("Look", looks),
        ("Apply", [pair for step in steps for pair in ((step.action, step.on), *_also(step.also))]),
        ("Undo", [p for s in steps if s.undo for p in ((s.undo.action, s.undo.on), *_also(s.undo.also))]),
        ("Verify", verifying),
    )
    return {"Version": "2012-10-17", "Statement": [s for name, pairs in parts for s in _statements(name, pairs)]}


def _also(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    return [(action, [arn]) for action, arn in pairs]


def _statements(name: str, pairs: Iterable[tuple[str, Iterable[str]]]) -> list[dict[str, Any]]:
    """One statement for each set of resources, for an action that needs two is allowed on both."""
    actions: dict[tuple[str, ...], set[str]] = {}
    for action, on in pairs:
        actions.setdefault(tuple(sorted(set(on))), set()).add(action)
    return [
        {
            "Sid": f"Mllens{name}{number}",
            "Effect": "Allow",
            "Action": sorted(allowed),
            "Resource": "*" if on == ("*",) else list(on),
        }
        for number, (on, allowed) in enumerate(sorted(actions.items()), 1)
    ]
