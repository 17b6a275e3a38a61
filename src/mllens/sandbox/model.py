"""What botocore's service model says about a service: its nouns, what is done to them, and their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal

from botocore.exceptions import UnknownServiceError
from botocore.loaders import create_loader
from moto.core.utils import get_service_model

from mllens.sandbox.signing import signers

Verb = Literal["create", "describe", "list", "update", "delete", "start", "stop"]

_PREFIXES: dict[Verb, tuple[str, ...]] = {
    "create": ("Create", "Import", "Register"),
    "describe": ("Describe", "Get"),
    "list": ("List",),
    "update": ("Update", "Modify", "Put"),
    "delete": ("Delete", "Deregister"),
    "start": ("Start",),
    "stop": ("Stop",),
}
_LOADER = create_loader()


@dataclass(frozen=True)
class Part:
    """What an operation does, and to which noun (None where the model does not tell)."""

    verb: Verb
    noun: str | None


@dataclass(frozen=True)
class Paging:
    """How a list operation pages: the members that carry tokens, limit and rows."""

    token_in: str
    token_out: str
    limit: str | None
    rows: tuple[str, ...]
    more: str | None = None


@dataclass
class Service:
    """One service as its model describes it; made once a process by `service()`."""

    name: str
    nouns: dict[str, dict[Verb, str]] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    _keys: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shapes: Any = get_service_model(self.name)
        self.operations: frozenset[str] = frozenset(self.shapes.operation_names)
        metadata = self.shapes.metadata
        self.signing_name: str = metadata.get("signingName") or metadata["endpointPrefix"]
        self.endpoint_prefix: str = metadata["endpointPrefix"]
        self.protocol: str = str(self.shapes.protocol)
        self.target_prefix: str | None = metadata.get("targetPrefix")
        self._read()

    def _read(self) -> None:
        lists = []
        for operation in self.shapes.operation_names:
            verb, rest = _split(operation)
            if verb == "list":
                lists.append(operation)
            elif verb:
                self.nouns.setdefault(rest, {}).setdefault(verb, operation)
                self.parts[operation] = Part(verb, rest)
        for operation, part in list(self.parts.items()):
            self._settle(operation, part)
        for operation in lists:
            plural = operation[len("List") :]
            singulars = (plural[:-1], plural[:-3] + "y", plural[:-2], plural)
            noun = next((one for one in singulars if one in self.nouns), None)
            self.parts[operation] = Part("list", noun)
            if noun:
                self.nouns[noun]["list"] = operation

    def _settle(self, operation: str, part: Part) -> None:
        """Say that PutX also creates, and that GetXs (DescribeXs) lists."""
        noun = part.noun or ""
        if part.verb == "update" and operation.startswith("Put") and "create" not in self.nouns.get(noun, {}):
            self.nouns.setdefault(noun, {})["create"] = operation
        singular = next((s for s in (noun[:-1], noun[:-3] + "y") if noun.endswith("s") and s in self.nouns), "")
        if part.verb == "describe" and self.nouns.get(singular, {}).keys() & {"create", "update"}:
            self.parts[operation] = Part("list", singular)
            self.nouns[singular].setdefault("list", operation)
            self.nouns.pop(noun, None)

    def input(self, operation: str) -> Any:
        """The input shape of an operation, or None."""
        return self.shapes.operation_model(operation).input_shape

    def output(self, operation: str) -> Any:
        """The output shape of an operation, or None."""
        return self.shapes.operation_model(operation).output_shape

    def keys(self, noun: str) -> tuple[str, ...]:
        """The members that name one record; empty for what exists once in an account and region."""
        if noun not in self._keys:
            self._keys[noun] = self._find_keys(noun)
        return self._keys[noun]

    def _find_keys(self, noun: str) -> tuple[str, ...]:
        operations = self.nouns[noun]
        for verb in ("describe", "delete", "update"):
            shape = self.input(operations[verb]) if verb in operations else None
            if verb == "describe" and verb in operations and not (shape and shape.members):
                return ()
            if shape and shape.required_members:
                return tuple(shape.required_members)
        shape = self.input(next(iter(operations.values())))
        return tuple(shape.required_members[:1]) if shape else ()

    def arn_member(self, noun: str) -> str:
        """The member that holds the ARN of a record of this noun."""
        for verb in ("create", "describe"):
            operation = self.nouns[noun].get(verb)
            shape = self.output(operation) if operation else None
            arns: list[str] = [name for name in (shape.members if shape else ()) if name.lower().endswith("arn")]
            if arns:
                return next((name for name in arns if name.lower() == noun.lower() + "arn"), arns[0])
        return noun + "Arn"

    def described(self, noun: str) -> Any:
        """The shape that shows one record in full, or None; wrappers such as {Workload: ...} are taken off."""
        operation = self.nouns.get(noun, {}).get("describe")
        shape = self.output(operation) if operation else None
        inner = next((s for n, s in shape.members.items() if n.lower() == noun.lower()), None) if shape else None
        return inner if inner is not None and inner.type_name == "structure" else shape

    def modelled_error(self, operation: str, pattern: str) -> str | None:
        """The code of the operation's first modelled error whose name matches, or None."""
        shapes = self.shapes.operation_model(operation).error_shapes
        return next((str(s.error_code) for s in shapes if re.search(pattern, s.name)), None)

    def error_status(self, code: str) -> int | None:
        """The HTTP status that the model gives an error code."""
        return self._error_statuses.get(code)

    @cached_property
    def _error_statuses(self) -> dict[str, int]:
        return {s.error_code: s.metadata.get("error", {}).get("httpStatusCode") for s in self.shapes.error_shapes}

    @cached_property
    def invented(self) -> frozenset[str]:
        """Input members that SDKs fill with a random token when the caller gives none."""
        found: set[str] = set()
        for operation in self.shapes.operation_names:
            shape = self.input(operation)
            members = shape.members.items() if shape else ()
            found.update(name for name, member in members if "idempotencyToken" in member.metadata)
        return frozenset(found)

    @cached_property
    def _pages(self) -> Mapping[str, Any]:
        try:
            return dict(_LOADER.load_service_model(self.name, "paginators-1")["pagination"])
        except UnknownServiceError:
            return {}

    def paging(self, operation: str) -> Paging | None:
        """How a list operation pages, from botocore's paginators, else from the usual member names."""
        found: Paging | None = self._paging(operation)
        return found

    @cached_property
    def _paging(self) -> Any:
        return cache(self._read_paging)

    def _read_paging(self, operation: str) -> Paging | None:
        shape, given = self.output(operation), self._pages.get(operation, {})
        if shape is None:
            return None
        rows = given.get("result_key") or [n for n, s in shape.members.items() if s.type_name == "list"]
        members = tuple(rows) if isinstance(rows, list) else (rows,)
        token_in, token_out = given.get("input_token"), given.get("output_token")
        inputs = self.input(operation).members if self.input(operation) else {}
        if not isinstance(token_in, str) or not isinstance(token_out, str):
            token_out = next((n for n in shape.members if n.lower() in {"nexttoken", "nextmarker", "marker"}), "")
            token_in = next((n for n in inputs if n.lower() in {"nexttoken", "marker"}), "")
        limit = given.get("limit_key") or next(
            (n for n in inputs if n.lower() in {"maxresults", "maxitems", "limit"}), None
        )
        return Paging(token_in, token_out, limit, members, given.get("more_results"))


def _split(operation: str) -> tuple[Verb | None, str]:
    for verb, prefixes in _PREFIXES.items():
        for prefix in prefixes:
            if re.match(prefix + "[A-Z0-9]", operation):
                return verb, operation[len(prefix) :]
    return None, operation


@cache
def service(name: str) -> Service:
    """The service of that botocore name; loading its model takes up to a tenth of a second, once."""
    return Service(name)


@cache
def _names() -> frozenset[str]:
    return frozenset(_LOADER.list_available_services("service-2"))


def signed_by(signing_name: str) -> tuple[str, ...]:
    """The services that sign with a name; empty where botocore knows none."""
    return signers(signing_name) or ((signing_name,) if signing_name in _names() else ())
