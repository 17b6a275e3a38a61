"""Verifying: what was touched is read again, and its gaps are judged again. A gap is closed when its rule passes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mllens.remediation.planfile import Gap, Plan, Target
from mllens.rules import Rule, judge
from mllens.rules.verdict import Fail, NotApplicable, Pass, Unknown
from mllens.scanner import Graph, Inventory, Key
from mllens.scanner.inventory import WHOLE
from mllens.scanner.plan import Plan as Reading
from mllens.scanner.plan import only
from mllens.scanner.plan import plan as reading_of


@dataclass(frozen=True)
class Proof:
    """What a rule says of a gap now; `word` is closed, open, unknown or gone. Only a pass closes it."""

    gap: Gap
    word: str
    why: str = ""


def reading(plan: Plan, rules: Collection[Rule]) -> Reading:
    """What verifying reads of the types that a plan touches."""
    concerned = [rule for rule in rules if rule.id in {gap.rule for action in plan.actions for gap in action.closes}]
    reads = [read for rule in concerned for read in (*rule.reads, *(rule.repair.reads if rule.repair else ()))]
    return only(reading_of(reads, {rule.subject for rule in concerned}), {key.type for key in touched(plan)})


def touched(plan: Plan, actions: Iterable[str] = ()) -> set[Key]:
    """The resources that a plan changes, creates, affects, or has gaps of."""
    chosen = set(actions) or {action.id for action in plan.actions}
    return {
        _key(target)
        for action in plan.actions
        if action.id in chosen
        for target in (
            *(step.target for step in action.steps),
            *action.affects,
            *(gap.target for gap in action.closes),
        )
    }


def verify(
    plan: Plan,
    inventory: Inventory,
    rules: Sequence[Rule],
    *,
    settings: Mapping[str, Mapping[str, Any]],
    look_again: Callable[[Inventory, Collection[Key]], Inventory],
    actions: Iterable[str] = (),
) -> list[Proof]:
    """Judge a plan's gaps again, on an inventory in which what was touched is fresh."""
    chosen = set(actions) or {action.id for action in plan.actions}
    graph = Graph(look_again(inventory, touched(plan, chosen)))
    by_id = {rule.id: rule for rule in rules}
    gaps = [gap for action in plan.actions if action.id in chosen for gap in action.closes]
    return [_proof(gap, by_id.get(gap.rule), graph, settings) for gap in gaps]


def _proof(gap: Gap, rule: Rule | None, graph: Graph, settings: Mapping[str, Mapping[str, Any]]) -> Proof:
    if rule is None:
        return Proof(gap, "unknown", f"there is no rule {gap.rule} in this version")
    subject = next((r for r in graph.known(rule.subject) if r.key == _key(gap.target)), None)
    if subject is None:
        return _absent(gap, graph)
    match judge(rule, subject, graph, settings.get(rule.id, {})).verdict:
        case Pass():
            return Proof(gap, "closed")
        case Fail(message=why):
            return Proof(gap, "open", why)
        case NotApplicable(why=why):
            return Proof(gap, "unknown", f"the rule does not apply now: it {why}")
        case Unknown(why=why):
            return Proof(gap, "unknown", why)


def _absent(gap: Gap, graph: Graph) -> Proof:
    """That a resource is gone, if AWS said so; what was not read is no proof of it."""
    key = _key(gap.target)
    row = next((row for row in graph.inventory.rows if row.key == key), None)
    line = graph.coverage(key.type, key.account, key.region)
    if row is not None and row.gone == "unsure":
        return Proof(gap, "unknown", row.gaps.get("exists", "whether it is there was not told"))
    if row is None and (line is None or line.status not in WHOLE):
        return Proof(gap, "unknown", line.explain() if line else "it was not read")
    return Proof(gap, "gone", "it is no longer there")


def _key(target: Target) -> Key:
    return Key(target.type, target.account, target.region, target.name)
