"""Looking again: some resources anew, one by one and never through Search, in an inventory that stays as it was."""

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec

from mllens.scanner.altered import replaced
from mllens.scanner.client import THREADS, Clients
from mllens.scanner.collect import Listed, Referred, Searched
from mllens.scanner.engine import HOMES, read_type
from mllens.scanner.found import Found, Scanning
from mllens.scanner.inventory import Coverage, Inventory
from mllens.scanner.model import TYPES
from mllens.scanner.parts import Part
from mllens.scanner.plan import Need, Plan
from mllens.scanner.row import Key, Row
from mllens.scanner.send import Sender, together
from mllens.scanner.shapes import answers


def again(
    clients: Clients, plan: Plan, inventory: Inventory, keys: Collection[Key], *, deadline: float = 120
) -> Inventory:
    """An inventory with these resources as they are now; those that are no longer there are gone, and new ones there.

    Where a type has no call for one resource, all of its type in that region are read anew. Tags stay as they were.
    """
    return asyncio.run(_again(clients, plan, inventory, keys, deadline))


async def _again(
    clients: Clients, plan: Plan, inventory: Inventory, keys: Collection[Key], deadline: float
) -> Inventory:
    manifest = inventory.manifest
    home = HOMES.get(manifest.partition, "us-east-1")
    with ThreadPoolExecutor(THREADS, thread_name_prefix="mllens") as pool:
        sender = Sender(clients, pool, deadline)
        scanning = Scanning(sender, plan, manifest.accounts[0], home, manifest.now, bounded=True, metrics=False)
        scanning.read |= _as_read(inventory)
        fresh: list[Row] = []
        without: set[Key] = set()
        lines = {(line.type, line.account, line.region): line for line in manifest.coverage}

        async def one_type(need: Need, region: str, wanted: list[Key]) -> None:
            rows, old, line = await _one_type(scanning, need, region, wanted, inventory)
            fresh.extend(rows)
            without.update(old)
            if line is not None:
                lines[line.type, line.account, line.region] = line

        places = sorted({(key.type, key.region) for key in keys if key.type in plan.needs})
        await together(
            one_type(plan.needs[type_], region, sorted(k for k in keys if (k.type, k.region) == (type_, region)))
            for type_, region in places
        )
    tags = {row.key: row.tags for row in inventory.rows}
    looked = Inventory(msgspec.structs.replace(manifest, coverage=sorted(lines.values())), inventory.rows)
    return replaced(looked, [_with_tags(row, tags.get(row.key)) for row in fresh], without)


async def _one_type(
    scanning: Scanning, need: Need, region: str, wanted: list[Key], inventory: Inventory
) -> tuple[list[Row], list[Key], Coverage | None]:
    """Fresh rows, the keys that they stand for, and the coverage where the whole type was read."""
    cls, source = need.collector.produces, need.collector.source
    by_name = isinstance(source, Searched | Referred) or (isinstance(source, Listed) and need.then)
    if not by_name:
        part = await read_type(scanning, replace(need, mode="describe"), region)
        old = [row.key for row in inventory.rows if (row.type, row.region) == (cls.type, region)]
        return part.rows, old, part.coverage
    rows = {row.key: row for row in inventory.rows if row.type == cls.type}
    things = []
    for key in wanted:
        arn = (rows[key].arn or "") if key in rows else ""
        name = arn if cls.name_member == cls.arn_member and arn else key.name
        things.append(Found(cls, key, arn, region or scanning.home, {cls.name_member: name}))
    calls = (source.describe, *need.then) if isinstance(source, Searched) else need.then
    await together(thing.details(scanning.sender, calls) for thing in things)
    shapes = answers(need.collector)
    return [thing.row(shapes) for thing in things], wanted, None


def _as_read(inventory: Inventory) -> dict[tuple[str, str], Part]:
    """An inventory as a scan would hold it: what others name, and belong to, is told by what was read."""
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in inventory.rows:
        rows.setdefault((row.type, row.region), []).append(row)
    lines = {(line.type, line.region): line for line in inventory.manifest.coverage}
    return {
        place: Part(lines.get(place, Coverage("", place[1], place[0], "not_attempted")), rows.get(place, []))
        for place in {*rows, *lines}
        if place[0] in TYPES
    }


def _with_tags(row: Row, tags: dict[str, str] | None) -> Row:
    return msgspec.structs.replace(row, tags=tags) if row.tags is None else row
