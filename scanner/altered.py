"""Altered: an inventory as it would be with some resources created, changed or removed. Nothing is called."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mllens.scanner.inventory import Inventory
from mllens.scanner.model import Resource, Tags, encode, raw_value, telling
from mllens.scanner.path import bury
from mllens.scanner.row import Key, Row, Shapes


def replaced(inventory: Inventory, rows: Iterable[Row], without: Iterable[Key] = ()) -> Inventory:
    """An inventory with other rows in place of those with their keys, and without some; its coverage stays."""
    left = {row.key: row for row in inventory.rows}
    for key in without:
        left.pop(key, None)
    left |= {row.key: row for row in rows}
    return Inventory(inventory.manifest, [left[key] for key in sorted(left)])


def with_created(inventory: Inventory, resource: Resource) -> Inventory:
    """An inventory in which a resource was created as its constructor says: what it was not given is not set."""
    if (shapes := inventory.manifest.shapes.get(resource.type)) is None:
        _, told = encode(resource)
        shapes = {operation: tuple(members) for operation, members in told.items()}
        known = {**inventory.manifest.shapes, resource.type: shapes}
        inventory = Inventory(msgspec.structs.replace(inventory.manifest, shapes=known), inventory.rows)
    row = Row.encode(
        resource.key,
        answers=_buried({operation: {} for operation in shapes}, shapes, resource, resource.given),
        arn=resource.arn or None,
        tags=dict(resource.given.get("tags", {})),
    )
    return replaced(inventory, [row])


def with_changed(inventory: Inventory, resource: Resource, values: Mapping[str, Any]) -> Inventory:
    """An inventory in which fields of a resource have other values."""
    row = next(row for row in inventory.rows if row.key == resource.key)
    shapes = inventory.manifest.shapes.get(resource.type, {})
    gaps = {name: why for name, why in row.gaps.items() if name not in {resource.fields[a].member for a in values}}
    answers = _buried(row.decode(), shapes, resource, values)
    changed = Row.encode(row.key, answers=answers, arn=row.arn, tags=row.tags, gaps=gaps, seen=row.seen)
    return replaced(inventory, [changed])


def with_removed(inventory: Inventory, resource: Resource) -> Inventory:
    """An inventory in which a resource is no longer."""
    return replaced(inventory, (), [resource.key])


def _buried(
    answers: dict[str, Any], shapes: Shapes, resource: Resource, values: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Answers with values written where each operation that tells a field has it."""
    for attr, value in values.items():
        field = resource.fields[attr]
        if isinstance(field, Tags):
            continue
        able = telling(field, shapes)
        operations = [o for o in able if o in answers] or able[:1]
        if not operations:
            raise KeyError(f"{field!r}: nothing in this inventory tells it")
        for operation in operations:
            answer = answers.setdefault(operation, {})
            _cut(answer, field.path)
            if value is not None and not (field.optional and value == field.absent):
                bury(answer, field.path, raw_value(value))
    return answers


def _cut(answer: dict[str, Any], path: tuple[str, ...]) -> None:
    """Take out what stands at a path, if anything does; of a path through a list, the items that it goes through."""
    inner: Any = answer
    for number, step in enumerate(path):
        name, _, listed = step.partition("[")
        if not isinstance(inner, dict):
            return
        if listed or number == len(path) - 1:
            member, _, wanted = listed.rstrip("]").partition("=")
            left = [item for item in inner.get(name) or () if item.get(member) != wanted] if member else []
            inner.pop(name, None)
            if left:
                inner[name] = left
            return
        inner = inner.get(name)
