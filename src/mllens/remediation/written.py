"""A fix as a plan writes it down: whole parameters, what stands there before, who owns it, and what is changed where."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mllens.remediation import planfile
from mllens.remediation.owner import owner_of
from mllens.remediation.planfile import Members, Owner, Target
from mllens.remediation.state import shown
from mllens.rules.fix import Look, NeedsPerson, Step, Undo, with_outs
from mllens.scanner import DefinitionError, Graph, Key
from mllens.scanner.collect import Call
from mllens.scanner.model import REDACTED, TYPES
from mllens.scanner.path import nodes
from mllens.scanner.s3 import Bucket
from mllens.scanner.shapes import action_of

OUT = "$out"
"""How an `Out` is written in a plan: {"$out": {"step": id, "path": member}}."""


class Writing:
    """Writes fixes down by what an inventory says. `home` is the region of global services."""

    def __init__(self, graph: Graph, home: str) -> None:
        self._graph, self._home = graph, home
        self._rows = {row.key: row for row in graph.inventory.rows if not row.gone}

    def step(self, step: Step) -> planfile.Step:
        """A step.

        Raises:
            Unobserved: what stands there was not read.
            NeedsPerson: a secret would have to be sent.
            DefinitionError: the step contradicts itself.
        """
        if step.after is not None and step.look.members and not set(step.after) <= set(step.look.members):
            raise DefinitionError(f"the step {step.id}: `after` names members that its look does not compare")
        wait = step.wait
        return planfile.Step(
            id=step.id,
            service=step.service,
            operation=step.operation,
            region=step.region or step.subject.region or self._home,
            params=as_json(step.params),
            target=self.target(step.subject),
            look=_look(step.look),
            before=self._before(step),
            after=None if step.after is None else as_json(step.after),
            undo=_undo(step.service, step.undo) if isinstance(step.undo, Undo) else None,
            irreversible="" if isinstance(step.undo, Undo) else step.undo,
            wait=planfile.Wait(member=wait.member, busy=list(wait.busy), seconds=wait.seconds) if wait else None,
            action=step.iam or action_of(step.service, step.operation),
            on=list(step.on),
            also=list(step.also),
            template=None if step.template is None else as_json(step.template),
        )

    def target(self, key: Key) -> Target:
        """A resource, with its ARN where it is there."""
        return Target(**key._asdict(), arn=self._arn(key))

    def is_there(self, key: Key) -> bool:
        """Whether a resource is in the inventory."""
        return key in self._rows

    def owner(self, targets: Iterable[Target], more: Mapping[str, Sequence[str]]) -> Owner:
        """The first owner there is among what is changed; what has no ARN bears no tags."""
        unread = ""
        for target in targets:
            row = self._rows.get(Key(target.type, target.account, target.region, target.name))
            if row is None or not target.arn:
                continue
            if row.tags is None:
                unread = unread or f"the tags of {target} were not read; apply reads them"
            elif (owner := owner_of(row.tags, more)).kind != "none":
                return owner
        return Owner(kind="unknown", name=unread) if unread else Owner(kind="none")

    def _arn(self, key: Key) -> str:
        """The ARN of the thing itself: a key that is named by an alias has one of its own, and only that bears tags."""
        if (row := self._rows.get(key)) is None:
            return ""
        if key.type == Bucket.type:  # what S3 answers of a bucket does not hold its ARN
            return f"arn:{self._graph.inventory.manifest.partition}:s3:::{key.name}"
        member = TYPES[key.type].arn_member
        told = (answer[member] for answer in row.decode().values() if member and member in answer)
        return str(next(told, row.arn or ""))

    def _before(self, step: Step) -> Members | None:
        """What stands there by the inventory, as the step's look would show it."""
        if (row := self._rows.get(step.subject)) is None:
            return None
        answer = self._graph.view(TYPES[row.type], row).answered(step.look.operation)
        return shown(answer, step.look.at, step.look.members)


def _undo(service: str, undo: Undo) -> planfile.Undo:
    return planfile.Undo(
        operation=undo.operation,
        params=as_json(undo.params),
        action=undo.iam or action_of(service, undo.operation),
        on=list(undo.on),
        also=list(undo.also),
        alone=[_look(look) for look in undo.alone],
    )


def _look(look: Look) -> planfile.Look:
    Call(look.service, look.operation)  # a read, and not one that is never sent, or this raises
    return planfile.Look(
        service=look.service,
        operation=look.operation,
        params=as_json(look.params),
        at=look.at,
        members=list(look.members),
        none=list(look.none),
        action=look.iam or action_of(look.service, look.operation),
        on=list(look.on),
    )


def as_json(value: Mapping[str, Any]) -> Members:
    """Parameters as a plan keeps them.

    Raises:
        NeedsPerson: a secret stood there and was removed; nobody can send what nobody has.
    """
    out: Members = json.loads(json.dumps(with_outs(value, lambda out: {OUT: {"step": out.step, "path": out.path}})))
    if any(REDACTED in node for node in nodes(out)):
        raise NeedsPerson("a secret stands in what would be copied; take it out of there first")
    return out
