"""The server's side of parameter checking: what SDKs check too, and enumerations and names, which they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from botocore.validate import ParamValidator

from mllens.sandbox.errors import AwsError
from mllens.sandbox.model import Service

_LENIENT: ContextVar[bool] = ContextVar("mllens_sandbox_lenient", default=False)
_VALIDATOR = ParamValidator()


@contextmanager
def lenient() -> Iterator[None]:
    """Let this thread's in-process calls through unchecked: the seeder's way round patterns and enumerations."""
    token = _LENIENT.set(True)
    try:
        yield
    finally:
        _LENIENT.reset(token)


def is_lenient() -> bool:
    """Whether this thread's in-process calls go through unchecked."""
    return _LENIENT.get()


def check(service: Service, operation: str, params: dict[str, Any], *, typed: bool = False) -> None:
    """Refuse what the model does not allow; `typed` parameters were checked for types by the SDK already."""
    shape = service.input(operation)
    if shape is None or is_lenient():
        return
    problems = []
    if not typed:
        report = _VALIDATOR.validate(params, shape)
        if report.has_errors():
            problems.append(str(report.generate_report()))
    problems += _enumerations(params, shape, "")
    problems += _names(params, shape)
    if problems:
        raise AwsError(
            _refusal(service, operation), f"{len(problems)} validation error(s) detected: " + "; ".join(problems)
        )


def _refusal(service: Service, operation: str) -> str:
    return service.modelled_error(operation, "^Validation|^InvalidParameter|^InvalidRequest") or "ValidationException"


def _enumerations(value: Any, shape: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from _enumerations(member, shape.members[name], f"{path}.{name}" if path else name)
    elif kind == "list" and isinstance(value, list):
        for number, member in enumerate(value, 1):
            yield from _enumerations(member, shape.member, f"{path}.{number}.member")
    elif kind == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from _enumerations(member, shape.value, f"{path}.{name}")
    elif kind == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        )


def _names(params: dict[str, Any], shape: Any) -> Iterator[str]:
    for name, value in params.items():
        member = shape.members.get(name)
        if member is None or not isinstance(value, str) or getattr(member, "enum", None):
            continue
        longest = member.metadata.get("max")
        if longest is not None and len(value) > longest:
            yield f"Value at '{name}' failed to satisfy constraint: Member must have length less than or equal to {longest}"
        pattern = _compiled(member.metadata.get("pattern"))
        if name.endswith("Name") and pattern and not pattern.fullmatch(value):
            yield (
                f"Value '{value}' at '{name}' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {pattern.pattern}"
            )


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None or r"\p{" in pattern:
        return None  # Java's character classes mean nothing to Python
    try:
        return re.compile(pattern)
    except re.error:
        return None
