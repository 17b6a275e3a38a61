"""Planning: from an inventory to a plan. Nothing is called; the inventory is what `before` is taken from."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from mllens import __version__
from mllens.assess import digest_of_rows
from mllens.remediation import planfile
from mllens.remediation.planfile import Action, Gap, Left, Patch, Plan, PlanError, Target
from mllens.remediation.written import Writing, as_json
from mllens.rules import Fail, Finding, Pass, Rule, findings, judge
from mllens.rules.deployment import deployed
from mllens.rules.fix import Created, Fix, Names, NeedsPerson
from mllens.rules.repairs import after, fix_of
from mllens.scanner import DefinitionError, Field, Graph, Inventory, Key, Resource, Unobserved
from mllens.scanner.engine import HOMES
from mllens.scanner.path import texts


def _nothing(_: object) -> str:
    """Spare nothing."""
    return ""


DEPLOYS = "sagemaker:UpdateEndpoint"


@dataclass(frozen=True)
class Wanted:
    """What to plan for.

    Attributes:
        rules: the rules whose gaps are closed, as far as they have a fix.
        settings: values of rules' settings, by rule id.
        choices: a person's choices for fixes, by rule id.
        spared: why a finding is not to be planned for, as it is waived; empty if it may be.
        excluded: why a resource is not to be touched; empty if it may be.
        owners: further tag keys that tell an owner, by tool.
    """

    rules: tuple[Rule, ...]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    spared: Callable[[Finding], str] = _nothing
    excluded: Callable[[Target], str] = _nothing
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass
class _Draft:
    """An action while the plan is made: its fix, and what it closes."""

    fix: Fix
    gaps: list[Finding]
    id: str = ""
    steps: list[planfile.Step] = field(default_factory=list)


def plan(inventory: Inventory, wanted: Wanted, *, file: str = "") -> tuple[Plan, Graph]:
    """The plan, and the graph as it would be afterwards. `file` is the inventory's name, for the record.

    Raises:
        PlanError: a choice is for no fix.
        DefinitionError: a fix is wrong.
    """
    repairable = [rule for rule in wanted.rules if rule.repair is not None]
    if strangers := wanted.choices.keys() - {rule.id for rule in repairable}:
        raise PlanError(f"choices for {', '.join(sorted(strangers))}: no such fix is planned here")
    planner = _Planner(inventory, wanted)
    for batch in in_order(repairable):
        planner.add(batch)
    return planner.finish(file), planner.graph


def in_order(rules: Iterable[Rule]) -> list[list[Rule]]:
    """Rules in the order in which their fixes are planned; those that deploy endpoints together.

    What creates a type comes before what reads it (of two that do both, the first by name), and before a deployment
    comes only what the deployment reads.
    """
    by_id = {rule.id: rule for rule in sorted(rules, key=lambda r: r.id)}
    deploying = {i for i, rule in by_id.items() if rule.repair and DEPLOYS in rule.repair.sends}
    before: dict[str, set[str]] = {
        i: {
            j
            for j, other in by_id.items()
            if j != i and _makes_for(other, rule) and (j < i or not _makes_for(rule, other))
        }
        for i, rule in by_id.items()
    }
    needed = set(deploying)
    while more := {j for i in needed for j in before[i]} - needed:
        needed |= more
    for i in by_id.keys() - needed:
        before[i] |= deploying
    try:
        order = list(TopologicalSorter({i: before[i] for i in sorted(before)}).static_order())
    except CycleError as circle:
        raise DefinitionError(f"fixes that create what each other reads: {', '.join(circle.args[1])}") from None
    batches: list[list[Rule]] = [[by_id[i]] for i in order if i not in deploying]
    if deploying:
        at = max((n for n, batch in enumerate(batches, 1) if batch[0].id in needed), default=0)
        batches.insert(at, [by_id[i] for i in sorted(deploying)])
    return batches


def _makes_for(maker: Rule, reader: Rule) -> bool:
    made = maker.repair.makes if maker.repair else ()
    reads = reader.reads | (reader.repair.reads if reader.repair else frozenset())
    return any(read in made or (isinstance(read, Field) and read.owner in made) for read in reads)


class _Planner:
    """Adds fixes one after the other, each judged on the graph as those before leave it."""

    def __init__(self, inventory: Inventory, wanted: Wanted) -> None:
        self._wanted = wanted
        self._start = Graph(inventory)
        self.graph = self._start
        self._digest = digest_of_rows(inventory)
        told = [__version__, self._digest, sorted(rule.id for rule in wanted.rules), wanted.choices, wanted.settings]
        self._id = hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:12]
        self._names = Names(self._id)
        self._drafts: list[_Draft] = []
        self._left: list[Left] = []
        self._home = HOMES.get(inventory.manifest.partition, "us-east-1")
        self._writing = Writing(self._start, self._home)

    def add(self, batch: Sequence[Rule]) -> None:
        """Plan the fixes of rules; those of a batch deploy, and are made one for each endpoint."""
        deploying: dict[Key, list[_Draft]] = {}
        for rule in batch:
            for finding in findings([rule], self._start, self._wanted.settings):
                if isinstance(finding.verdict, Fail) and (draft := self._draft(rule, finding)) is not None:
                    if draft.fix.deploys is None:
                        self._take(draft)
                    else:
                        deploying.setdefault(draft.fix.deploys.endpoint.key, []).append(draft)
        for drafts in deploying.values():
            self._deploy(drafts)

    def _draft(self, rule: Rule, finding: Finding) -> _Draft | None:
        """The fix for a finding; None where it is spared, closed already, or left with its reason."""
        if why := self._wanted.spared(finding) or self._wanted.excluded(_target(finding)):
            self._leave(finding, why)
            return None
        subject = next(r for r in self.graph.known(rule.subject) if r.key == finding.key)
        now = judge(rule, subject, self.graph, self._wanted.settings.get(rule.id, {}))
        if isinstance(now.verdict, Pass):
            rests_on = {resource.key for resource, _ in now.read}
            closing = [draft for draft in self._drafts if rests_on & {_key(e) for e in draft.fix.effect}]
            if not closing:
                raise DefinitionError(f"{rule.id}: it passes once other gaps are closed, and reads nothing of that")
            closing[-1].gaps.append(finding)
            return None
        try:
            fix = fix_of(rule, subject, self.graph, self._names, self._wanted.choices.get(rule.id))
        except NeedsPerson as why:
            self._leave(finding, str(why))
        except Unobserved as gap:
            self._leave(finding, f"{gap}; a scan that `mllens remediate plan` makes itself reads it")
        else:
            return _Draft(fix, [finding])
        return None

    def _deploy(self, drafts: list[_Draft]) -> None:
        """One action for all that deploys an endpoint; what does not go together with the first is left."""
        taken: list[_Draft] = []
        whole: Fix | None = None
        for draft in drafts:
            try:
                whole = deployed([*(d.fix for d in taken), draft.fix], self._names)
            except (NeedsPerson, Unobserved) as why:
                self._leave(draft.gaps[0], str(why))
            else:
                taken.append(draft)
        if whole is not None:
            self._take(_Draft(whole, [gap for draft in taken for gap in draft.gaps]))

    def _take(self, draft: _Draft) -> None:
        """Keep a draft if it can be written down, and if its gaps close with it."""
        there = after(self.graph, draft.fix.effect)
        for finding in draft.gaps:
            rule = finding.rule
            subject = next(r for r in there.known(rule.subject) if r.key == finding.key)
            verdict = judge(rule, subject, there, self._wanted.settings.get(rule.id, {})).verdict
            if not isinstance(verdict, Pass):
                why = f"its fix would not close it ({getattr(verdict, 'message', verdict)})"
                others = f"it goes with the fix of {rule.id}, which would not close its gap"
                for gap in draft.gaps:  # what goes together is left together, and nothing is lost
                    self._leave(gap, why if gap is finding else others)
                return
        touched = dict.fromkeys((*(step.subject for step in draft.fix.steps), *map(_key, draft.fix.effect)))
        barred = next(filter(None, (self._wanted.excluded(self._writing.target(key)) for key in touched)), "")
        try:
            if barred:
                raise NeedsPerson(f"it would change what is {barred}")  # noqa: TRY301 - as any other reason
            draft.steps = [self._writing.step(step) for step in draft.fix.steps]
        except (NeedsPerson, Unobserved) as why:
            for finding in draft.gaps:
                self._leave(finding, str(why))
            return
        told = "\0".join(f"{s.service}:{s.operation}:{s.subject}:{s.id}" for s in draft.fix.steps)
        draft.id = hashlib.sha256(f"{self._id}\0{told}".encode()).hexdigest()[:8]
        self._drafts.append(draft)
        self.graph = there

    def _leave(self, finding: Finding, why: str) -> None:
        self._left.append(Left(gap=_gap(finding), why=why))

    def finish(self, file: str) -> Plan:
        """The plan of what was added."""
        manifest = self._start.inventory.manifest
        actions = [self._action(draft, self._drafts[:number]) for number, draft in enumerate(self._drafts)]
        changed = sorted({target.type for action in actions for target in action.targets})
        return Plan(
            mllens_version=__version__,
            id=self._id,
            account=manifest.accounts[0],
            partition=manifest.partition,
            home=self._home,
            scanned_at=datetime.fromtimestamp(int(manifest.now), UTC),
            inventory=file,
            inventory_sha256=self._digest,
            choices={rule: dict(values) for rule, values in sorted(self._wanted.choices.items())},
            resources={type_: self._start.count(type_) for type_ in changed},
            actions=actions,
            left=sorted(self._left, key=lambda left: (left.gap.rule, str(left.gap.target))),
        )

    def _action(self, draft: _Draft, earlier: Sequence[_Draft]) -> Action:
        rule = draft.gaps[0].rule
        assert rule.repair is not None  # only such rules are planned
        write = self._writing
        subjects = dict.fromkeys(step.subject for step in draft.fix.steps)
        there = [key for key in (*subjects, *(r.key for r in draft.fix.concerns)) if write.is_there(key)]
        targets = [write.target(key) for key in dict.fromkeys(there)]
        return Action(
            id=draft.id,
            title=f"{rule.repair.title}: {draft.gaps[0].key.name}",
            closes=[_gap(finding) for finding in draft.gaps],
            targets=targets,
            affects=[write.target(key) for key in dict.fromkeys(map(_key, draft.fix.effect)) if key not in subjects],
            owner=write.owner(targets, self._wanted.owners),
            steps=draft.steps,
            waits_for=[other.id for other in earlier if _stands_on(draft, other)],
            disrupts=draft.fix.disrupts,
            cost=draft.fix.cost,
            confidence=rule.confidence,
            history=list(draft.fix.history),
            patches=[
                Patch(target=write.target(key), properties=as_json(properties))
                for key, properties in draft.fix.patch.items()
            ],
        )


def _stands_on(draft: _Draft, other: _Draft) -> bool:
    """Whether a fix waits for another: it names what that creates, or is about what that changes."""
    named = {text for step in draft.fix.steps for text in texts(step.params)}
    about = {*(step.subject for step in draft.fix.steps), *(resource.key for resource in draft.fix.concerns)}
    return any(
        _key(effect).name in named if isinstance(effect, Created) else _key(effect) in about
        for effect in other.fix.effect
    )


def _gap(finding: Finding) -> Gap:
    assert isinstance(finding.verdict, Fail)  # nothing else is planned
    return Gap(
        finding=finding.id,
        rule=finding.rule.id,
        severity=finding.rule.severity,
        target=_target(finding),
        message=finding.verdict.message,
    )


def _target(finding: Finding) -> Target:
    return Target(**finding.key._asdict(), arn=finding.arn)


def _key(effect: Any) -> Key:
    resource: Resource = effect.resource
    return resource.key
