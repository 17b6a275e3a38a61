"""The plan: from what rules read, the fewest calls that answer it, and the least policy that allows them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mllens.scanner.catalogue import collectors
from mllens.scanner.collect import (
    CALLER,
    OWN_CALLS,
    REGIONS,
    SEARCH,
    TAGGED,
    Call,
    Collector,
    DefinitionError,
    Each,
    Metrics,
    Referred,
    Searched,
)
from mllens.scanner.model import Account, Answer, Field, Region, Resource, Tags
from mllens.scanner.shapes import answers, asked_with, has_path, iam_action, members, search_has


@dataclass(frozen=True)
class Need:
    """How one type is to be read.

    `mode` is for Search-able types: "list" where the list call says enough, "search" where Search does, else
    "describe". `because` names the reads that asked for each call. `named`: fields that are read refer to this type,
    so one that no list held is asked for by its name.
    """

    collector: Collector
    mode: Literal["list", "search", "describe"]
    then: tuple[Call, ...]
    tags: bool
    references: tuple[Field, ...]
    because: Mapping[str, tuple[str, ...]]
    named: bool = False

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that reading this type may make."""
        source = self.collector.source
        out: list[Call] = []
        if isinstance(source, Searched):
            out.append(source.call)
            if self.mode != "list" or self.named:
                out.append(source.describe)
            if self.mode == "search":
                out.append(SEARCH)
        elif not isinstance(source, Referred):
            out.append(source.call)
        out += self.then
        if self.named and self.collector.by_name is not None:
            out.append(self.collector.by_name)
        if self.tags and self.collector.tags is not None:
            out += [TAGGED, self.collector.tags]
        return tuple(out)


@dataclass(frozen=True)
class Plan:
    """What one scan reads: type to need, parents before children."""

    needs: Mapping[str, Need] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call, the engine's own included, in order of service and operation."""
        found = {
            (c.service, c.operation): c for c in (CALLER, REGIONS, *(c for n in self.needs.values() for c in n.calls))
        }
        return tuple(found[k] for k in sorted(found))

    def priced(self) -> tuple[Call, ...]:
        """Calls that cost money."""
        return tuple(c for c in self.calls if c.price)

    def policy(self) -> dict[str, Any]:
        """The least IAM policy for exactly these calls."""
        actions = sorted({iam_action(call) for call in self.calls} - {"sts:GetCallerIdentity"})  # allowed to everyone
        return {
            "Version": "2012-10-17",
            "Statement": [{"Sid": "MllensScan", "Effect": "Allow", "Action": actions, "Resource": "*"}],
        }

    @property
    def sha256(self) -> str:
        """A digest of what is read and how, to tell scans apart."""
        told = [
            (t, n.mode, n.tags, [repr(c) for c in n.calls], sorted(map(repr, n.references)), sorted(n.because.items()))
            for t, n in self.needs.items()
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=repr).encode()).hexdigest()

    @property
    def policy_sha256(self) -> str:
        """A digest of the policy, to tell plans apart."""
        return hashlib.sha256(json.dumps(self.policy(), sort_keys=True).encode()).hexdigest()


def plan(reads: Iterable[object], judged: Iterable[type[Resource]] = ()) -> Plan:
    """The plan for a set of reads: fields, resource types (existence), answers.

    `judged` are the types of which every resource is wanted: of those that are read where others name them, all that
    may name them are then read too.

    Raises:
        DefinitionError: a read that no collector can answer.
    """
    declared = collectors()
    wanted: dict[str, set[Field]] = {}
    for read in reads:
        _want(wanted, read)
    for cls in judged:
        wanted.setdefault(cls.type, set())
        if cls.type in declared and isinstance(declared[cls.type].source, Referred):
            _want_naming(wanted, cls, declared.values())
    for type_ in list(wanted):  # parents must be listed for their children; children of children too
        collector = declared.get(type_)
        while collector is not None and isinstance(collector.source, Each | Metrics):
            parent = collector.source.parent
            fields = wanted.setdefault(parent.type, set())
            if isinstance(collector.source, Metrics):
                fields.add(Answer(parent, collector.source.each, of="").as_field())
            collector = declared.get(parent.type)
    needs = {}
    for type_, fields in sorted(wanted.items()):
        if type_ in (Account.type, Region.type):
            continue
        if (collector := declared.get(type_)) is None:
            raise DefinitionError(f"{type_}: a rule reads it, but no collector produces it")
        needs[type_] = _need(collector, fields)
    targets = {edge.target.type for need in needs.values() for field in need.references for edge in field.targets}
    needs = {type_: replace(need, named=type_ in targets) for type_, need in needs.items()}
    order = sorted(needs.values(), key=lambda n: (_level(n.collector, declared), n.collector.produces.type))
    return Plan({n.collector.produces.type: n for n in order})


def everything() -> Plan:
    """The plan that reads every declared field of every type: what the published policy covers."""
    types = [c.produces for c in collectors().values()]
    return plan([*types, *(f for t in types for f in t.fields.values())])


def only(whole: Plan, types: Iterable[str]) -> Plan:
    """A plan without the types not named."""
    return replace(whole, needs={t: n for t, n in whole.needs.items() if t in set(types)})


def _want_naming(wanted: dict[str, set[Field]], cls: type[Resource], declared: Iterable[Collector]) -> None:
    """Every field of every type that may name one of `cls`."""
    for other in declared:
        naming = {f for f in other.produces.fields.values() if any(edge.target is cls for edge in f.targets)}
        if naming:
            wanted.setdefault(other.produces.type, set()).update(naming)


def _want(wanted: dict[str, set[Field]], read: object) -> None:
    match read:
        case Field():
            if not issubclass(read.owner, Resource):
                raise DefinitionError(f"{read!r} is inside a structure: list the resource's field that holds it")
            wanted.setdefault(read.owner.type, set()).add(read)
        case Answer():
            wanted.setdefault(read.cls.type, set()).add(read.as_field())
        case type() if issubclass(read, Resource):
            wanted.setdefault(read.type, set())
        case _:
            raise DefinitionError(f"{read!r} cannot be read: give a field, a resource type or an Answer")


def _level(collector: Collector, declared: Mapping[str, Collector]) -> int:
    match collector.source:
        case Each(parent=parent) | Metrics(parent=parent):
            return 1 + _level(declared[parent.type], declared)
        case Referred():
            return 9
    return 0


def _need(collector: Collector, fields: set[Field]) -> Need:
    source = collector.source
    because: dict[str, list[str]] = {}
    mode: Literal["list", "search", "describe"] = "list"
    then: dict[Call, None] = {}
    tags = any(isinstance(f, Tags) for f in fields)
    rest = sorted((f for f in fields if not isinstance(f, Tags)), key=repr)
    if isinstance(source, Searched):
        beyond_list = [
            f for f in rest if not (f.of in (None, "", source.call.operation) and has_path(source.call, f.path))
        ]
        beyond_search = [f for f in beyond_list if not (f.of in (None, "", "Search") and search_has(source, f.path))]
        if beyond_search:
            mode, cause, operation = "describe", beyond_search, source.describe.operation
        else:
            mode, cause, operation = ("search" if beyond_list or tags else "list"), beyond_list, "Search"
        because[operation] = [repr(f) for f in cause]
        for f in beyond_search:
            if not has_path(source.describe, f.path):
                raise DefinitionError(f"{f!r}: {source.describe} has no {'.'.join(f.path)}")
    else:
        known = () if isinstance(source, Referred | Metrics) else (source.call,)
        for f in rest:
            if isinstance(source, Metrics):
                continue
            if any(f.of in (None, c.operation) and (has_path(c, f.path) or f.member in asked_with(c)) for c in known):
                continue
            call = next((c for c in collector.then if f.of in (None, c.operation) and has_path(c, f.path)), None)
            if call is None:
                raise DefinitionError(f"{f!r}: no call of {collector.produces.type} answers {'.'.join(f.path)}")
            then[call] = None
            because.setdefault(call.operation, []).append(repr(f))
        if tags and (teller := _tells_arn(collector)) is not None:
            then[teller] = None
            because.setdefault(teller.operation, []).append(f"{collector.produces.__name__}.tags")
        _add_what_fills(collector, then, because)
    answers(collector)  # every operation and path exists, or this raises
    return Need(
        collector=collector,
        mode=mode,
        then=tuple(c for c in collector.then if c in then),
        tags=tags,
        references=tuple(sorted((f for f in rest if f.attr in collector.produces.fields and f.targets), key=repr)),
        because={k: tuple(v) for k, v in because.items()},
    )


def _tells_arn(collector: Collector) -> Call | None:
    """The call that tells the ARN, by which tags are asked for, where the list does not."""
    arn, source = collector.produces.arn_member, collector.source
    if not arn or collector.tags is None or isinstance(source, Referred | Metrics) or arn in members(source.call):
        return None
    return next((call for call in collector.then if arn in members(call)), None)


def _add_what_fills(collector: Collector, then: dict[Call, None], because: dict[str, list[str]]) -> None:
    """Add the calls that answer what other calls' parameters are filled with."""
    details = {call.operation for call in collector.then}
    listed = {} if isinstance(collector.source, Referred) else answers(collector)
    known = {member for operation, shown in listed.items() if operation not in details for member in shown}
    waiting = list(then)
    for call in waiting:  # it grows meanwhile
        for member in sorted(call.depends - known - {collector.produces.name_member}):
            first = next((c for c in collector.then if c is not call and member in members(c)), None)
            if first is None:
                raise DefinitionError(f"{call}: nothing answers {member!r}, which fills a parameter")
            if first not in then:
                then[first] = None
                because.setdefault(first.operation, []).append(f"{call} needs {member}")
                waiting.append(first)


__all__ = ["OWN_CALLS", "Need", "Plan", "everything", "only", "plan"]
