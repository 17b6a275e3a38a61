"""Paths into JSON answers: `A.B` nested, `A[].B` in each item, `A[Name=x].B` in those items."""

from collections.abc import Iterator, Mapping
from typing import Any


class Absent:
    """The marker for a member that an answer does not hold."""


ABSENT = Absent()


def dig(value: Any, path: tuple[str, ...]) -> Any:
    """Follow a path. ABSENT where a member is not there.

    `A[]` continues in each item and gives a list; `A[Name=x]` only in the items whose `Name` is `x`.
    """
    for i, step in enumerate(path):
        name, _, inside = step.partition("[")
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
        if inside:
            if not isinstance(value, list):
                return ABSENT
            member, _, wanted = inside.rstrip("]").partition("=")
            items = [v for v in value if not member or (isinstance(v, dict) and v.get(member) == wanted)]
            rest = path[i + 1 :]
            return [found for item in items if (found := dig(item, rest) if rest else item) is not ABSENT]
    return ABSENT if value is None else value


def bury(into: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """The inverse of `dig`: write a value at a path; items of `A[].B` become one structure each."""
    name, _, inside = path[0].partition("[")
    if not inside:
        if len(path) == 1:
            into[name] = value
        else:
            bury(into.setdefault(name, {}), path[1:], value)
        return
    if len(path) == 1:
        into[name] = value
        return
    member, _, wanted = inside.rstrip("]").partition("=")
    items = into.setdefault(name, [])
    mine = [item for item in items if not member or item.get(member) == wanted]
    while len(mine) < len(value):
        mine.append({member: wanted} if member else {})
        items.append(mine[-1])
    for item, part in zip(mine, value, strict=True):
        bury(item, path[1:], part)


def misshapen(value: Any, path: tuple[str, ...]) -> bool:
    """Whether something else stands where the path expects a structure or a list: then nothing was "left out"."""
    for i, step in enumerate(path):
        name, _, inside = step.partition("[")
        if not isinstance(value, dict):
            return True
        if (value := value.get(name)) is None:
            return False
        if inside:
            if not isinstance(value, list):
                return True
            rest = path[i + 1 :]
            return any(misshapen(item, rest) for item in value) if rest else False
    return False


def lacking(value: Any, path: tuple[str, ...]) -> bool:
    """Whether an item of the list that the path goes through lacks what follows: the values are then not all there."""
    for i, step in enumerate(path[:-1]):
        name, _, inside = step.partition("[")
        value = value.get(name) if isinstance(value, dict) else None
        if inside:
            return isinstance(value, list) and any(dig(item, path[i + 1 :]) is ABSENT for item in value)
    return False


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every structure inside a JSON value, itself included."""
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value, names of members left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
