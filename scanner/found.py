"""Found: a resource while it is being read, and what one scan has read so far."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from mllens.scanner.client import Answer
from mllens.scanner.collect import Call, Each, Metrics, Referred
from mllens.scanner.graph import source_values
from mllens.scanner.inventory import WHOLE, Coverage, Status
from mllens.scanner.model import Resource
from mllens.scanner.parts import Part
from mllens.scanner.path import dig
from mllens.scanner.plan import Need, Plan
from mllens.scanner.redact import redact, text
from mllens.scanner.row import Key, Row, Shapes
from mllens.scanner.send import Gone, Refused, Sender
from mllens.scanner.shapes import answers, iam_action
from mllens.scanner.watch import Unobserved


@dataclass
class Found:
    """A resource while it is being read: what identified it, and the answers so far."""

    cls: type[Resource]
    key: Key
    arn: str
    region: str
    """Where its calls go."""
    item: Mapping[str, Any]
    answers: dict[str, Answer] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    tags: dict[str, str] | None = None
    gone: Literal["", "absent", "vanished", "unsure"] = ""

    def parameter(self, member: str) -> Any:
        """A value for a call's parameter: `arn`, `name`, or a member of what was answered so far."""
        if member in ("arn", "name"):
            return self.arn if member == "arn" else self.key.name
        for answer in (self.item, *(a.body for a in self.answers.values())):
            if member in answer:
                return answer[member]
        return None

    def refuse(self, refusal: Refused) -> None:
        """Note that one of its calls was not answered."""
        self.gaps[refusal.call.operation] = refusal.reason
        self.refused.append(refusal)

    async def ask(self, sender: Sender, call: Call) -> None:
        """Make a call about it, and keep what comes."""
        try:
            answer = await sender.call(call, self.region, {p: self.parameter(m) for p, m in call.given.items()})
        except Refused as refusal:
            self.refuse(refusal)
        except Gone as gone:
            listed = bool(self.item.keys() - {self.cls.name_member})
            self.gone = "vanished" if listed else "absent"
            self.gaps["exists"] = f"it was deleted while the scan ran ({gone})" if listed else str(gone)
        else:
            body = dig(answer.body, tuple(call.items.split("."))) if call.items else answer.body
            kept = parsed(body, call) if isinstance(body, Mapping) else {}
            self.answers[call.operation] = Answer(kept, answer.at, answer.request_id)
            self.arn = self.arn or str(kept.get(self.cls.arn_member) or "")
            self.tags = self.tags if self.tags is not None else tags_in(answer.body)

    def row(self, shapes: Shapes) -> Row:
        """As it is stored: without secrets, and without what a better answer covers."""
        best = next((operation for operation in shapes if operation in self.answers), "")
        kept = {
            operation: answer
            for operation, answer in self.answers.items()
            if operation == best or not set(shapes.get(operation, ())) <= set(shapes.get(best, ()))
        }
        return Row.encode(
            self.key,
            answers={operation: redact(answer.body) for operation, answer in kept.items()},
            arn=self.arn or None,
            tags=without_secrets(self.tags),
            gaps=dict(sorted(self.gaps.items())),
            seen={operation: (answer.at, answer.request_id) for operation, answer in sorted(kept.items())},
            gone=self.gone,
        )


@dataclass
class Scanning:
    """What one scan knows while it runs: who it is, when, and what it has read, by type and region."""

    sender: Sender
    plan: Plan
    account: str
    home: str
    """The region where the partition's global services are called."""
    now: float
    bounded: bool
    metrics: bool
    read: dict[tuple[str, str], Part] = field(default_factory=dict)

    def references(self, cls: type[Resource]) -> Iterator[tuple[Resource, list[str] | Unobserved]]:
        """Each resource read so far that may name others of a type: the names, or why they are not known."""
        for (type_, _), part in sorted(self.read.items()):
            need = self.plan.needs[type_]
            edges = [edge for f in need.references for edge in f.targets if edge.target is cls]
            for row in part.rows if edges else ():
                if row.gone:
                    continue
                source = need.collector.produces.from_row(row, answers(need.collector))
                for edge in edges:
                    try:
                        yield source, source_values(source, edge)
                    except Unobserved as gap:
                        yield source, gap

    def part(
        self, need: Need, region: str, found: list[Found], refusal: Refused | None, bounded: str, note: str = ""
    ) -> Part:
        """What was found as a finished part, with its coverage.

        `refusal` is why existence is not wholly known; `bounded` the bound that was applied; `note` is for people.
        """
        there = [thing for thing in found if not thing.gone]
        troubled = [thing for thing in there if thing.refused]
        status: Status = "bounded" if bounded else "complete" if there else "empty"
        reason, operation, action = "; ".join(filter(None, (bounded, note))), "", ""
        if (first := refusal or (troubled[0].refused[0] if troubled else None)) is not None:
            nothing = not found if refusal is not None else len(troubled) == len(there)
            status = first.status if nothing else "partial"
            reason, operation = first.reason, str(first.call)
            action = iam_action(first.call) if first.status == "denied" else ""
        coverage = Coverage(
            account=self.account,
            region=region,
            type=need.collector.produces.type,
            status=status,
            reason=reason,
            operation=operation,
            action=action,
            seen=len(there),
            read=len(there) - len(troubled),
            scope="referred" if isinstance(need.collector.source, Referred) else "",
        )
        shapes = answers(need.collector)
        return Part(coverage, [thing.row(shapes) for thing in sorted(found, key=lambda f: f.key)])


def of_parents(source: Each | Metrics, parents: Part) -> Refused | None:
    """What children inherit: where not all parents were read, there may be more children."""
    if parents.coverage.status in WHOLE:
        return None
    why = f"not all of what they belong to was read: {parents.coverage.explain()}"
    return Refused("partial", source.call, why)


def malformed(call: Call, error: Exception) -> Refused:
    """An answer that has not the shape of the service model."""
    return Refused("failed", call, f"{call}: an item of its answer has not the expected shape ({type(error).__name__})")


def parsed(body: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
    """An answer with the members that hold JSON as text decoded; text that is no JSON stays text."""
    out = dict(body)
    for member in call.parse:
        if isinstance(text := out.get(member), str):
            with suppress(ValueError, RecursionError):
                out[member] = json.loads(text)
    return out


def items_of(body: Mapping[str, Any], paths: str) -> list[dict[str, Any]]:
    """The items of a list's answer, at one path or several (`A|B`)."""
    out: list[dict[str, Any]] = []
    for path in paths.split("|"):
        found = dig(body, tuple(path.split(".")))
        out += found if isinstance(found, list) else []
    return out


def format_name(template: str, values: Mapping[str, Any]) -> str:
    """A name from members, as `{ScheduleName}/{ScheduledTime}`; whole seconds without a fraction."""

    def plain(match: re.Match[str]) -> str:
        value = values[match[1]]
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    return re.sub(r"\{(\w+)\}", plain, template)


def tags_in(answer: Mapping[str, Any]) -> dict[str, str] | None:
    """Tags in an answer; an empty list may mean that the operation does not tell, so it says nothing."""
    tags = answer.get("Tags")
    if isinstance(tags, list) and tags:
        return {str(t["Key"]): str(t["Value"]) for t in tags}
    return None


def without_secrets(tags: Mapping[str, str] | None) -> dict[str, str] | None:
    """Tags, with what has the shape of a secret replaced: they are text in a row, so a marker cannot stand there."""
    return None if tags is None else {text(key): text(value) for key, value in tags.items()}


def merged(row: Row) -> dict[str, Any]:
    """All that a row's answers say, the most telling last."""
    out: dict[str, Any] = {}
    for answer in row.decode().values():
        out |= answer
    return out
