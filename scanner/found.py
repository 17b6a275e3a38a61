"""Found: a resource while it is being read, and what one scan has read so far."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from mllens.scanner.client import Answer
from mllens.scanner.collect import Call, Each, Maybe, Metrics, OfName, Referred
from mllens.scanner.graph import source_values
from mllens.scanner.inventory import WHOLE, Coverage, Status
from mllens.scanner.model import Resource
from mllens.scanner.parts import Part
from mllens.scanner.path import ABSENT, dig
from mllens.scanner.plan import Need, Plan
from mllens.scanner.redact import redact, text
from mllens.scanner.row import Key, Row, Shapes
from mllens.scanner.scripts import scripts_seen
from mllens.scanner.send import Gone, Refused, Sender, together
from mllens.scanner.shapes import answers, iam_action
from mllens.scanner.watch import Unobserved

WRONG_SHAPE = (KeyError, TypeError, AttributeError, ValueError)
"""What reading an answer raises that has not the shape of the service model."""


@dataclass(frozen=True, slots=True)
class Record:
    """An answer that waits in thousands until all are there: as JSON, for dictionaries take eight times the memory."""

    json: bytes
    members: frozenset[str]
    tags: dict[str, str] | None
    at: float
    request_id: str

    @classmethod
    def of(cls, body: Mapping[str, Any], page: Answer) -> "Record":
        """From the page that it came with."""
        return cls(msgspec.json.encode(body), frozenset(body), tags_in(body), page.at, page.request_id)

    @property
    def body(self) -> Mapping[str, Any]:
        """As it was answered, decoded anew each time."""
        return msgspec.json.decode(self.json, type=dict[str, Any])


@dataclass(slots=True)
class Found:
    """A resource while it is being read: what identified it, and the answers so far."""

    cls: type[Resource]
    key: Key
    arn: str
    region: str
    """Where its calls go."""
    item: Mapping[str, Any]
    answers: dict[str, Answer | Record] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    tags: dict[str, str] | None = None
    gone: Literal["", "absent", "vanished", "unsure"] = ""

    def parameter(self, member: Any) -> Any:
        """A value for a call's parameter: `arn`, `name`, `account`, part of the name, a member of what was answered."""
        if isinstance(member, Maybe):
            return self.parameter(member.member)
        if isinstance(member, OfName):
            part = re.fullmatch(member.pattern, self.key.name)
            return part[1] if part else None
        if member in ("arn", "name", "account"):
            return {"arn": self.arn, "name": self.key.name, "account": self.key.account}[member]
        for answer in (self.item, *(a.body for a in self.answers.values())):
            if member in answer:
                return answer[member]
        return None

    def refuse(self, refusal: Refused) -> None:
        """Note that one of its calls was not answered."""
        self.gaps[refusal.call.operation] = refusal.reason
        self.refused.append(refusal)

    async def ask(self, sender: Sender, call: Call, *, tells: bool = True) -> None:
        """Make a call about it, and keep what comes; `tells`: the call's "not found" means the resource itself."""
        try:
            answer = await sender.whole(call, self.region, filled(call.given, self.parameter))
        except Refused as refusal:
            self.refuse(refusal)
        except Gone as gone:
            if not tells:
                self.refuse(Refused("failed", call, str(gone)))
                return
            listed = bool(self.item.keys() - {self.cls.name_member})
            self.gone = "vanished" if listed else "absent"
            self.gaps["exists"] = f"it was deleted while the scan ran ({gone})" if listed else str(gone)
        else:
            try:
                self._keep(call, answer)
            except WRONG_SHAPE as error:
                self.refuse(malformed(call, error))

    def _keep(self, call: Call, answer: Answer) -> None:
        if "|" in call.items:  # a list that was asked for one by name
            found = items_of(answer.body, call.items)
            if not found:
                self.gone, self.gaps["exists"] = "absent", f"{call} does not find it"
                return
            body: Any = found
        else:
            body = dig(answer.body, tuple(call.items.split("."))) if call.items else answer.body
        if isinstance(body, list):  # a batch that was asked for one
            if len(body) != 1:
                self.refuse(Refused("failed", call, f"{call}: it answered {len(body)} items about one resource"))
                return
            body = body[0]
        if not isinstance(body, Mapping):
            self.refuse(Refused("failed", call, f"{call}: its answer holds no {call.items}"))
            return
        tags = tags_in(answer.body)
        kept = parsed(body, call)
        self.answers[call.operation] = Answer(kept, answer.at, answer.request_id)
        self.arn = self.arn or str(kept.get(self.cls.arn_member) or "")
        self.tags = self.tags if self.tags is not None else tags

    async def details(self, sender: Sender, calls: Iterable[Call]) -> None:
        """Make calls about it: side by side, save those that need what another one answers."""
        waiting = list(calls)
        telling = next((call for call in waiting if not call.none), waiting[0] if waiting else None)
        if telling is not None and not self.item.keys() - {self.cls.name_member} and not telling.depends:
            waiting.remove(telling)
            await self.ask(sender, telling)  # nothing listed it: whether it exists comes first
        while waiting and not self.gone:
            ready = [c for c in waiting if all(self.parameter(m) is not None for m in c.depends)]
            waiting = [c for c in waiting if c not in ready]
            if not ready:
                break
            wanted = [c for c in ready if all(self.parameter(m) == value for m, value in c.when.items())]
            for call in ready:
                if call not in wanted:
                    values = ", ".join(f"{member} is {self.parameter(member)}" for member in call.when)
                    self.gaps[call.operation] = f"{call}: not asked, for {values}"
            await together(self.ask(sender, call, tells=call is telling) for call in wanted)
        for call in waiting:
            missing = ", ".join(sorted(m for m in call.depends if self.parameter(m) is None))
            self.gaps[call.operation] = f"{call}: not asked, for {missing} is not known"

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
    cost: bool = False
    read: dict[tuple[str, str], Part] = field(default_factory=dict)
    shared: dict[tuple[str, ...], "asyncio.Task[tuple[list[Answer], Refused | Gone | None]]"] = field(
        default_factory=dict
    )
    """Pages of calls that serve many types."""
    tags: dict[str, Part] = field(default_factory=dict)
    """By region the tags that no answer about a resource held, as rows without answers."""

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
        self, need: Need, region: str, found: list[Found], refusal: Refused | None, bounded: str, *, note: str = ""
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

    def unasked(self, need: Need, region: str, switch: str) -> Part:
        """The part of a type whose calls are priced and were not asked for."""
        part = self.part(need, region, [], None, f"priced, so it is off: {switch} turns it on")
        return Part(msgspec.structs.replace(part.coverage, scope="priced"), [])


def lessened(line: Coverage, refusal: Refused | None, untold: int) -> Coverage:
    """A coverage line when something of `untold` of its resources could not be read after all."""
    if refusal is None or line.status not in (*WHOLE, "bounded"):
        return line
    return msgspec.structs.replace(
        line,
        status="partial",
        reason=refusal.reason,
        operation=str(refusal.call),
        action=iam_action(refusal.call) if refusal.status == "denied" else "",
        read=max(0, line.read - untold),
    )


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
    """An answer with its JSON texts decoded (what is no JSON stays text) and its scripts replaced."""
    if not call.parse and not call.scripts:
        return body
    out = dict(body)
    for member in call.parse:
        path = tuple(member.split("."))
        if isinstance(text := dig(out, path), str):
            with suppress(ValueError, RecursionError):
                value = json.loads(text)
                inside = out
                for step in path[:-1]:
                    inside[step] = inside = dict(inside[step])
                inside[path[-1]] = value
    for member in call.scripts:
        if member in out:
            out[member] = scripts_seen(out[member])
    return out


def filled(template: Any, value_of: Callable[[Any], Any]) -> Any:
    """Parameters from a template: structures and lists as they stand, what fills them looked up, None left out."""
    match template:
        case Mapping():
            pairs = {name: filled(inner, value_of) for name, inner in template.items()}
            return {name: value for name, value in pairs.items() if value is not None}
        case list():
            return [filled(inner, value_of) for inner in template]
    return value_of(template)


def items_of(body: Mapping[str, Any], paths: str) -> list[dict[str, Any]]:
    """The items of a list's answer, at one path or several (`A|B`); without a path the answer is the one item."""
    if not paths:
        return [dict(body)]
    out: list[dict[str, Any]] = []
    for path in paths.split("|"):
        found = dig(body, tuple(path.split(".")))
        out += found if isinstance(found, list) else []
    return out


def format_name(template: str, values: Mapping[str, Any]) -> str:
    """A name from members, as `{ScheduleName}/{ScheduledTime}` or `{SpaceName|UserProfileName}` (the first there is).

    Whole numbers stand without a fraction.
    """

    def plain(match: re.Match[str]) -> str:
        found = (dig(values, tuple(path.split("."))) for path in match[1].split("|"))
        if (value := next((v for v in found if v is not ABSENT), ABSENT)) is ABSENT:
            raise KeyError(match[1])
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    return re.sub(r"\{([\w.|]+)\}", plain, template)


def tags_in(answer: Mapping[str, Any]) -> dict[str, str] | None:
    """Tags in an answer; one that leaves them out may not tell them, so it says nothing."""
    tags = answer.get("Tags")
    if isinstance(tags, list):
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
