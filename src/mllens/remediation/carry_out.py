"""Carrying out a plan: look, compare, send, look again; and the same backwards. Every call stands in the journal."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mllens.remediation.journal import Doing, Journal
from mllens.remediation.owner import owner_of
from mllens.remediation.planfile import Action, Members, Owner, Plan, PlanError, Step
from mllens.remediation.send import TRIES, Refused, Writer
from mllens.remediation.state import differences, is_after, is_before
from mllens.scanner.path import ABSENT, dig
from mllens.scanner.redact import redact

Word = Literal["done", "already", "skipped", "failed", "waiting", "irreversible"]
"""What came of an action. `already`: nothing was to do. `waiting`: it was not begun, or stands before its time."""

SETTLE = 8  # looks after a call, for services that show a change late: within a minute
PACE = 15.0  # seconds between looks at what takes time
Told = Callable[[Action, Step, str], None]


@dataclass(frozen=True)
class Outcome:
    """What came of one action, and why where that is not plain."""

    action: Action
    word: Word
    why: str = ""
    denied: bool = False

    @property
    def fine(self) -> bool:
        """Whether it is as the plan wants it."""
        return self.word in ("done", "already")


@dataclass(frozen=True)
class Limits:
    """What keeps a plan from doing more than was meant.

    Attributes:
        targets: the most actions of one rule.
        run: the most actions of one run.
        share: the largest part (0 to 1) of a type's resources that may be changed; the first few are not counted.
        drift: whether what a stack, a project or a tool owns is changed all the same.
    """

    targets: int = 25
    run: int = 100
    share: float = 0.5
    drift: bool = False


FEW = 10
"""So many resources of a type may be changed whatever their share is."""


def exceeded(plan: Plan, limits: Limits) -> list[str]:
    """The limits that a plan is beyond, in words; nothing is sent while there are any."""
    out = []
    if len(plan.actions) > limits.run:
        out.append(f"{len(plan.actions)} actions, and one run takes {limits.run} (--max-actions)")
    by_rule: dict[str, int] = {}
    changed: dict[str, set[str]] = {}
    for action in plan.actions:
        rule = action.closes[0].rule
        by_rule[rule] = by_rule.get(rule, 0) + 1
        for target in action.targets:
            changed.setdefault(target.type, set()).add(str(target))
    out += [
        f"{number} actions for {rule}, and the limit is {limits.targets} (--max-per-rule)"
        for rule, number in sorted(by_rule.items())
        if number > limits.targets
    ]
    for type_, names in sorted(changed.items()):
        there = plan.resources.get(type_, 0)
        if len(names) > max(FEW, limits.share * there):
            out.append(f"{len(names)} of {there} {type_}, and the limit is {limits.share:.0%} (--max-share)")
    return out


class _Stop(Exception):  # noqa: N818 - carries an outcome
    """A step ended otherwise than well."""

    def __init__(self, word: Word, why: str) -> None:
        self.word: Word = word
        super().__init__(why)


@dataclass
class Carrying:
    """One run over a plan, forwards or backwards.

    `told` hears of each step as it is begun; `stopping` is asked before each action; `more` are further tag keys that
    tell an owner, by tool.
    """

    plan: Plan
    writer: Writer
    journal: Journal
    limits: Limits = field(default_factory=Limits)
    told: Told = lambda action, step, word: None  # noqa: ARG005 - the shape of a callback
    stopping: Callable[[], bool] = lambda: False
    more: Mapping[str, list[str]] = field(default_factory=dict)

    def apply(self, only: Iterable[str] = ()) -> Iterator[Outcome]:
        """Do what the plan says, action by action; one that fails does not stop those that do not wait for it.

        Raises:
            PlanError: the plan is beyond the limits; nothing was sent.
        """
        if beyond := exceeded(self.plan, self.limits):
            raise PlanError("this plan is beyond the limits: " + "; ".join(beyond))
        chosen = self.with_needed(only)
        owners = self._owners(chosen)
        wrong: dict[str, str] = {}
        for action in self.plan.actions:
            if action.id not in chosen:
                continue
            outcome = self._apply(action, owners, wrong)
            if not outcome.fine:
                wrong[action.id] = outcome.action.title
            yield outcome

    def with_needed(self, only: Iterable[str]) -> set[str]:
        """The actions chosen (all, where none is) and those that they wait for.

        Raises:
            PlanError: there is no such action.
        """
        chosen = self._known(only)
        for action in reversed(self.plan.actions):
            if action.id in chosen:
                chosen |= set(action.waits_for)
        return chosen

    def with_standing(self, only: Iterable[str]) -> set[str]:
        """The actions chosen (all, where none is) and those that stand on them, for these are taken back first.

        Raises:
            PlanError: there is no such action.
        """
        chosen = self._known(only)
        for action in self.plan.actions:
            if chosen & set(action.waits_for):
                chosen.add(action.id)
        return chosen

    def _known(self, only: Iterable[str]) -> set[str]:
        there = {action.id for action in self.plan.actions}
        if strange := set(only) - there:
            raise PlanError(f"this plan has no action {', '.join(sorted(strange))}")
        return set(only) or there

    def _apply(self, action: Action, owners: Mapping[str, Owner], wrong: Mapping[str, str]) -> Outcome:
        if self.stopping():
            return Outcome(action, "waiting", "it was stopped before this")
        if blocker := next((i for i in action.waits_for if i in wrong), None):
            return Outcome(action, "waiting", f"it needs “{wrong[blocker]}”, which was not done")
        if why := self._owned(owners.get(action.id, action.owner)):
            return Outcome(action, "skipped", why)
        word: Word = "already"
        first = ((step, self._stands) for step in _changing_later(action))
        for step, way in (*first, *((step, self._forward) for step in action.steps)):
            try:
                if way(action, step):
                    word = "done"
            except (_Stop, Refused, PlanError) as end:
                return self._ended(action, step, "apply", end)
        return Outcome(action, word)

    def _owned(self, owner: Owner) -> str:
        """Why what somebody owns is left alone; empty if nobody does, or if it was asked for."""
        if owner.kind == "none" or self.limits.drift:
            return ""
        if owner.kind == "unknown":
            return f"whose it is cannot be told: {owner.name}; --allow-drift applies it all the same"
        return f"it belongs to {owner}, which would set it back; give its owner the patch (`mllens remediate export -f patches`)"

    def undo(self, only: Iterable[str] = ()) -> Iterator[Outcome]:
        """Take back what this plan's journal says was sent, the last first."""
        chosen = self.with_standing(only)
        held: dict[str, str] = {}
        for action in reversed(self.plan.actions):
            mine = [step for step in reversed(action.steps) if self.journal.ours(action.id, step.id)]
            if action.id not in chosen or not mine:
                continue
            outcome = self._undo(action, mine, held)
            if not outcome.fine:
                held |= dict.fromkeys(action.waits_for, action.title)
            yield outcome

    def _undo(self, action: Action, mine: list[Step], held: Mapping[str, str]) -> Outcome:
        if self.stopping():
            return Outcome(action, "waiting", "it was stopped before this")
        if action.id in held:
            return Outcome(action, "waiting", f"“{held[action.id]}” still stands on it")
        word: Word = "already"
        for step in mine:
            try:
                if self._backward(action, step):
                    word = "done"
            except (_Stop, Refused, PlanError) as end:
                return self._ended(action, step, "undo", end)
        return Outcome(action, word)

    def _ended(self, action: Action, step: Step, doing: Doing, end: Exception) -> Outcome:
        """What an action comes to whose step ended otherwise than well."""
        word: Word = end.word if isinstance(end, _Stop) else "failed"
        event: Literal["failed", "skipped"] = "failed" if word == "failed" else "skipped"
        self.journal.write(doing, action.id, step.id, event, why=str(end))
        denied = isinstance(end, Refused) and end.kind == "denied"
        return Outcome(action, word, f"{step.id}: {end}", denied=denied)

    # -- one step

    def _forward(self, action: Action, step: Step) -> bool:
        """Do one step; whether anything was sent for it, now or by a run before that did not come to its end."""
        self.told(action, step, "looking")
        after, params = self._resolved(action, step.after), self._resolved(action, step.params)
        now, _ = self._settled(action, step)
        mine = self.journal.ours(action.id, step.id)
        if is_after(step, now, after):
            if not mine:
                self.journal.write("apply", action.id, step.id, "found")
            elif not self.journal.closed(action.id, step.id):
                self.journal.write("apply", action.id, step.id, "done")
            return mine
        if not is_before(step, now):
            raise _Stop("skipped", _drifted(step, now))
        self._change(
            "apply",
            action,
            step,
            step.operation,
            params or {},
            wanted=lambda seen: is_after(step, seen, after),
            unmoved=lambda seen: is_before(step, seen),
            aim=after,
        )
        self.journal.write("apply", action.id, step.id, "done")
        return True

    def _stands(self, action: Action, step: Step) -> bool:
        """See to it that a step can be done when its turn comes, before the first is sent: half an action is no use."""
        now, _ = self._settled(action, step)
        if not is_before(step, now) and not is_after(step, now, self._resolved(action, step.after)):
            raise _Stop("skipped", _drifted(step, now))
        return False

    def _backward(self, action: Action, step: Step) -> bool:
        """Take one step back; whether anything was sent for it, now or by a run before that did not come to its end."""
        self.told(action, step, "looking")
        now, _ = self._settled(action, step)
        if is_before(step, now):
            sent = self.journal.sent("undo", action.id, step.id)
            self.journal.write("undo", action.id, step.id, "done")
            return sent
        if step.undo is None:
            raise _Stop("irreversible", step.irreversible)
        after = self._resolved(action, step.after)
        if not is_after(step, now, after):
            raise _Stop("skipped", f"it was changed since: {differences(after, now)}")
        for look in step.undo.alone:
            if self.writer.look(look, step.region) is not None:
                raise _Stop(
                    "skipped", f"something was added to it since ({look.operation} shows it), and would go with it"
                )
        self._change(
            "undo",
            action,
            step,
            step.undo.operation,
            self._resolved(action, step.undo.params) or {},
            wanted=lambda seen: is_before(step, seen),
            unmoved=lambda seen: is_after(step, seen, after),
            aim=step.before,
        )
        self.journal.write("undo", action.id, step.id, "done")
        return True

    def _change(
        self,
        doing: Doing,
        action: Action,
        step: Step,
        operation: str,
        params: Members,
        *,
        wanted: Callable[[Members | None], bool],
        unmoved: Callable[[Members | None], bool],
        aim: Members | None,
    ) -> None:
        """Send one call, with a line before and after, and look until it has taken effect.

        Raises:
            _Stop: it came to something else.
            Refused: it was not allowed, or failed.
        """
        for _ in range(TRIES):
            answered = self._send(doing, action, step, operation, params)
            now, moved = self._seen(action, step, wanted, unmoved)
            if wanted(now):
                return
            if not unmoved(now):
                raise _Stop("failed", f"it came to something else: {differences(aim, now)}")
            if moved or answered:
                break
        rolled = "it was rolled back: the service says it is in order, and runs what it ran before"
        raise _Stop("failed", rolled if step.wait else "it was sent and had no effect")

    def _send(self, doing: Doing, action: Action, step: Step, operation: str, params: Members) -> bool:
        """Send one call; whether it was answered, or broke on the way."""
        self.told(action, step, "sending")
        call = f"{step.service}:{operation}"
        self.journal.write(doing, action.id, step.id, "sending", call=call)
        try:
            answer = self.writer.write(step.service, operation, step.region, params)
        except Refused as refusal:
            if refusal.kind == "retry":
                return False
            self.journal.write(doing, action.id, step.id, "refused", call=call, why=refusal.reason)
            raise
        self.journal.write(doing, action.id, step.id, "answered", call=call, answer=redact(answer.body))
        return True

    def _seen(
        self,
        action: Action,
        step: Step,
        wanted: Callable[[Members | None], bool],
        unmoved: Callable[[Members | None], bool],
    ) -> tuple[Members | None, bool]:
        """What stands there after a call, and whether it was seen under way: a service may show a change late."""
        now, moved = self._settled(action, step)
        for attempt in range(SETTLE):
            if wanted(now) or moved or not unmoved(now):
                break
            self.writer.sleep(0.2 * 2**attempt)
            now, moved = self._settled(action, step)
        return now, moved

    def _settled(self, action: Action, step: Step) -> tuple[Members | None, bool]:
        """What stands there, once nothing is under way any more; and whether something was.

        Raises:
            _Stop: it took too long.
        """
        now, waited, moved = self.writer.look(step.look, step.region), 0.0, False
        while step.wait is not None and now is not None and now.get(step.wait.member) in step.wait.busy:
            moved = True
            if waited >= step.wait.seconds:
                raise _Stop("failed", f"it is still {now[step.wait.member]} after {waited / 60:.0f} minutes")
            self.told(action, step, str(now[step.wait.member]))
            self.writer.sleep(PACE)
            waited += PACE
            now = self.writer.look(step.look, step.region)
        return now, moved

    def _resolved(self, action: Action, value: Members | None) -> Members | None:
        return None if value is None else _with_answers(value, lambda step: self.journal.answer(action.id, step))

    def _owners(self, chosen: Collection[str]) -> dict[str, Owner]:
        """Who owns what is changed, as the tagging service of each region says now: by action, where the plan may be late.

        A region that was not asked, or did not answer, tells nothing; what a plan read itself then stands.
        """
        asked = [a for a in self.plan.actions if a.id in chosen and a.owner.kind in ("none", "unknown")]
        places = {action.id: _places(action, self.plan.home) for action in asked}
        arns: dict[str, set[str]] = {}
        for found in places.values():
            for arn, region in found:
                arns.setdefault(region, set()).add(arn)
        tags: dict[str, dict[str, dict[str, str]]] = {}
        unread: dict[str, str] = {}
        for region, wanted in sorted(arns.items()):
            try:
                tags[region] = self.writer.tags(wanted, region)
            except Refused as refusal:
                unread[region] = str(refusal)
        owners: dict[str, Owner] = {}
        for action in asked:
            told = [owner_of(tags[r].get(arn, {}), self.more) for arn, r in places[action.id] if r in tags]
            gap = next((unread[r] for _, r in places[action.id] if r in unread), "")
            if owner := next((o for o in told if o.kind != "none"), None):
                owners[action.id] = owner
            elif action.owner.kind == "unknown" and places[action.id]:
                owners[action.id] = Owner(kind="unknown", name=gap) if gap else Owner(kind="none")
        return owners


def _places(action: Action, home: str) -> list[tuple[str, str]]:
    """What an action changes, by ARN, and the region that knows its tags: a bucket's is that of its calls."""
    regions = {step.target.arn: step.region for step in action.steps if step.target.arn}
    return sorted({(t.arn, regions.get(t.arn) or t.region or home) for t in action.targets if t.arn})


def _changing_later(action: Action) -> Iterator[Step]:
    """The steps after the first that change what is there, each resource's first."""
    seen = {action.steps[0].target}
    for step in action.steps[1:]:
        if step.before is not None and step.target not in seen:
            yield step
        seen.add(step.target)


def _drifted(step: Step, now: Members | None) -> str:
    if step.before is None:
        return "there is one of its name already, with other settings; it was left as it is"
    return f"it changed since the plan: {differences(step.before, now)}"


def _with_answers(value: Any, answered: Callable[[str], Mapping[str, Any]]) -> Any:
    """A plan's parameters with each reference to an earlier answer replaced."""
    match value:
        case {"$out": {"step": str(step), "path": str(path)}}:
            if (found := dig(answered(step), tuple(path.split(".")))) is ABSENT:
                raise PlanError(f"{step} answered no {path}")
            return found
        case Mapping():
            return {name: _with_answers(inner, answered) for name, inner in value.items()}
        case list():
            return [_with_answers(inner, answered) for inner in value]
    return value
