"""Decoding: from the JSON that AWS sent to the annotated type; another shape is unobserved, never guessed at."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from mllens.scanner.model import REDACTED, Redacted, Ref, Resource, Struct
from mllens.scanner.watch import WATCH, Unobserved


def _wrong(what: str, value: Any, expected: str) -> Unobserved:
    return Unobserved(what, f"AWS answered {type(value).__name__} where {expected} was expected")


Decode = Callable[[Any, Resource], Any]
Named = Callable[[str], str | None]


def decoder(hint: Any, what: str, named: Named) -> Decode:
    """How a JSON value becomes the annotated type; a value of another shape is unobserved, never guessed at."""
    inner = _plain_decoder(hint, what, named)

    judged = hint is Any or Redacted in get_args(hint)

    def decode(value: Any, owner: Resource) -> Any:
        if isinstance(value, Mapping) and REDACTED in value:
            if judged:
                return Redacted(str(value[REDACTED]))
            raise Unobserved(what, f"a secret stood in it and was removed ({str(value[REDACTED])[:80]})")
        return inner(value, owner)

    return decode


def _plain_decoder(hint: Any, what: str, named: Named) -> Decode:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        parts = [a for a in args if a is not NoneType and a is not Redacted]
        if len(parts) > 1:
            raise TypeError(f"{what}: only one type beside None and Redacted, not {hint}")
        return decoder(parts[0], what, named)
    if origin is None:
        return _scalar(hint, what)
    if origin is Literal:
        return _literal(args, what)
    if origin is Ref:
        return _reference(args[0], what, named)
    if origin is tuple:
        return _list(args[0], what, named)
    return _map(args[1], what, named)


def _scalar(hint: Any, what: str) -> Decode:
    if hint is Any:
        return lambda value, _: value
    if hint is datetime:
        return _time(what)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct(hint, what)
    if hint not in (str, bool, int, float):
        raise TypeError(f"{what}: no decoder for {hint}")
    accepted = (int, float) if hint is float else (hint,)

    def decode(value: Any, _: Resource) -> Any:
        if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
            raise _wrong(what, value, hint.__name__)
        return value

    return decode


def _time(what: str) -> Decode:
    def decode(value: Any, _: Resource) -> datetime:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(what, value, "a time")
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, ValueError, OSError):
            raise _wrong(what, value, "a time this calendar has") from None

    return decode


def _struct(hint: type[Struct], what: str) -> Decode:
    def decode(value: Any, owner: Resource) -> Struct:
        if not isinstance(value, Mapping):
            raise _wrong(what, value, "a structure")
        return hint.from_answer(value, owner)

    return decode


def _reference(target: type[Resource], what: str, named: Named) -> Decode:
    def decode(value: Any, owner: Resource) -> Ref[Resource] | None:
        if not isinstance(value, str):
            raise _wrong(what, value, "a name or ARN")
        name = named(value)
        return None if name is None else Ref(target, name, owner.account, owner.region)

    return decode


def _list(hint: Any, what: str, named: Named) -> Decode:
    item = decoder(hint, what, named)

    def decode(value: Any, owner: Resource) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(what, value, "a list")
        return tuple(part for v in value if (part := item(v, owner)) is not None)

    return decode


def _map(hint: Any, what: str, named: Named) -> Decode:
    part = decoder(hint, what, named)

    def decode(value: Any, owner: Resource) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _wrong(what, value, "a map")
        return {k: part(v, owner) for k, v in value.items()}

    return decode


def _literal(known: tuple[Any, ...], what: str) -> Decode:
    def decode(value: Any, _: Resource) -> Any:
        if not isinstance(value, type(known[0])):
            raise _wrong(what, value, type(known[0]).__name__)
        if value not in known and (watch := WATCH.get()) is not None:
            watch.unlisted.append(f"{what} is {value!r}, a value this version does not know")
        return value

    return decode
