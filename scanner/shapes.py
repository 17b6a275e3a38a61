"""Shapes: what botocore's service models say of the operations we call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator

from mllens.scanner.collect import Call, Collector, DefinitionError, Each, Metrics, Referred, Searched
from mllens.scanner.models import Files, Models


@cache
def _session() -> Any:
    session = botocore.session.get_session()
    paths = session.get_component("data_loader").search_paths
    session.register_component("data_loader", Models(paths, Files(), include_default_search_paths=False))
    return session


def loader() -> Any:
    """What reads botocore's service models, and keeps them: some take a tenth of a second each."""
    return _session().get_component("data_loader")


@cache
def service_model(service: str) -> Any:
    """The model of a service."""
    return _session().get_service_model(service)


@cache
def paging(service: str, operation: str) -> dict[str, Any]:
    """How an operation pages, as botocore's paginators describe it, or its members tell; empty if it does not."""
    try:
        pages = loader().load_service_model(service, "paginators-1")["pagination"]
    except botocore.exceptions.DataNotFoundError:
        pages = {}
    if operation in pages:
        return dict(pages[operation])
    try:
        model = service_model(service).operation_model(operation)
    except botocore.model.OperationNotFoundError:
        return {}
    taken = set(model.input_shape.members if model.input_shape else ()) & TOKENS
    both = sorted(taken & set(model.output_shape.members if model.output_shape else ()))
    return {"input_token": both[0], "output_token": both[0]} if both else {}


TOKENS = frozenset({"NextToken", "nextToken", "NextPageToken", "nextPageToken"})
"""Members that page where botocore has no paginator, as Cost Explorer's."""


@cache
def largest_page(service: str, operation: str) -> int | None:
    """The largest page an operation gives, from its limit parameter; None where it has none or no maximum is known."""
    limit = paging(service, operation).get("limit_key")
    shape = service_model(service).operation_model(operation).input_shape
    member = shape.members.get(limit) if shape is not None and limit else None
    if member is None:
        return None
    largest = member.metadata.get("max")
    if member.type_name == "string":
        return None
    return int(largest) if largest else None


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape as its file says it: botocore makes an object of each member of a structure to tell the name of one."""

    known: Mapping[str, Any]
    """All shapes of the service, by name."""
    name: str

    @property
    def type(self) -> str:
        return str(self.known[self.name]["type"])

    @property
    def members(self) -> Mapping[str, Any]:
        """Of a structure; any other has none."""
        found: Mapping[str, Any] = self.known[self.name].get("members", {})
        return found

    def of(self, member: str) -> "_Shape":
        """The shape of one of its members."""
        return _Shape(self.known, self.members[member]["shape"])

    def inside(self, part: str) -> "_Shape":
        """What a list holds (`member`), or a map (`value`)."""
        return _Shape(self.known, self.known[self.name][part]["shape"])


def _output(call: Call) -> _Shape:
    try:
        model = loader().load_service_model(call.service, "service-2")
    except botocore.exceptions.UnknownServiceError:
        raise DefinitionError(f"{call}: boto3 knows no service {call.service}") from None
    if call.operation not in model["operations"]:
        raise DefinitionError(f"{call}: the service {call.service} has no such operation")
    return _Shape(model["shapes"], model["operations"][call.operation]["output"]["shape"])


def members(call: Call, *, items: str | None = None) -> tuple[str, ...]:
    """The members of what a call answers: of its items where it lists, of the structure where it describes."""
    shape, found = _output(call), dict[str, None]()
    for path in (call.items if items is None else items).split("|"):
        found |= dict.fromkeys((_follow(shape, path, call) if path else shape).members)
    return tuple(found)


def _follow(shape: _Shape, path: str, call: Call) -> _Shape:
    for name in path.split("."):
        if shape.type == "list":
            shape = shape.inside("member")
        if name not in shape.members:
            raise DefinitionError(f"{call}: its answer has no {path!r} (no {name!r} in {shape.name})")
        shape = shape.of(name)
    return shape.inside("member") if shape.type == "list" else shape


def has_path(call: Call, path: tuple[str, ...], *, items: str | None = None) -> bool:
    """Whether an operation's answer can hold a path."""
    shape = _output(call)
    starts = [_follow(shape, p, call) if p else shape for p in (call.items if items is None else items).split("|")]
    plain = ".".join(path)
    for member in (*call.parse, *call.scripts):
        if plain == member or plain.startswith((f"{member}.", f"{member}[")):  # what its text holds, no model tells
            path = tuple(member.split("."))
    return any(_has(start, path) for start in starts)


def _has(shape: _Shape, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    name, _, inside = path[0].partition("[")
    if shape.type == "map" and not inside:
        return _has(shape.inside("value"), path[1:])
    if name not in shape.members:
        return False
    shape = shape.of(name)
    if inside:
        if shape.type != "list":
            return False
        shape = shape.inside("member")
    return _has(shape, path[1:])


@cache
def answers(collector: Collector) -> dict[str, tuple[str, ...]]:
    """Operation to members, most telling operation first: what a field of this type may be read from.

    A member's own members are among them, as `A.B`, where a field is declared for it and the operation has it.
    """
    source = collector.source
    nested = {f.path for a, f in collector.produces.fields.items() if a != "tags" and len(f.path) > 1}

    def all_of(call: Call) -> tuple[str, ...]:
        return (*members(call), *sorted(".".join(path) for path in nested if has_path(call, path)))

    out: dict[str, tuple[str, ...]] = {}
    if isinstance(source, Searched):
        out[source.describe.operation] = all_of(source.describe)
        found = sorted(".".join(path) for path in nested if search_has(source, path))
        out["Search"] = (*search_members(source), *found)
    for call in collector.then:
        out[call.operation] = all_of(call)
    if isinstance(source, Metrics):
        out[source.call.operation] = (*source.dimensions, *(metric.name for metric in source.metrics))
    elif not isinstance(source, Referred):
        out[source.call.operation] = (*all_of(source.call), *asked_with(source.call))
    return out


def asked_with(call: Call) -> tuple[str, ...]:
    """Parameters of a list that are kept with each item, for the item itself does not tell them."""
    return tuple(p for p, filler in call.given.items() if p not in members(call) and isinstance(filler, str))


def search_members(source: Searched) -> tuple[str, ...]:
    """The members of a Search record's body."""
    return tuple(_record(source).members)


def search_has(source: Searched, path: tuple[str, ...]) -> bool:
    """Whether a Search record can hold a path."""
    return _has(_record(source), path)


def _record(source: Searched) -> _Shape:
    shapes = loader().load_service_model("sagemaker", "service-2")["shapes"]
    return _follow(_Shape(shapes, "SearchRecord"), source.body, source.call)


def invalid(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """What the service model has against a call; empty if nothing."""
    try:
        shape = service_model(service).operation_model(operation).input_shape
    except botocore.model.OperationNotFoundError:
        return "there is no such operation"
    report = ParamValidator().validate(dict(parameters), shape)
    return str(report.generate_report()) if report.has_errors() else ""


def hyphenated(name: str) -> str:
    """An operation or a member as the AWS CLI spells it."""
    return str(xform_name(name, "-"))


def iam_action(call: Call) -> str:
    """The IAM action that a call needs."""
    return call.iam or action_of(call.service, call.operation)


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation, where it bears the operation's name."""
    metadata = service_model(service).metadata
    prefix = IAM_PREFIX.get(service) or metadata.get("signingName") or metadata["endpointPrefix"]
    return f"{prefix}:{operation}"


IAM_PREFIX = {
    "cloudwatch": "cloudwatch",
    "stepfunctions": "states",
    "application-autoscaling": "application-autoscaling",
}
"""Where IAM's prefix is neither the signing name nor the endpoint's."""


def every_path(collector: Collector) -> Iterator[tuple[str, bool]]:
    """Each declared field of a type, with whether some operation's answer can hold it (metrics are named by us)."""
    source = collector.source
    for attr, field in collector.produces.fields.items():
        if attr == "tags":
            continue
        ok = False
        if isinstance(source, Metrics):
            ok = field.member in answers(collector)[source.call.operation]
        else:
            calls = [*collector.then]
            if isinstance(source, Searched):
                calls += [source.describe, source.call]
            elif not isinstance(source, Referred):
                calls.append(source.call)
            for call in calls:
                if field.of in (None, call.operation) and has_path(call, field.path):
                    ok = True
            if isinstance(source, Each) and field.path[0] in asked_with(source.call):
                ok = True
        yield attr, ok
