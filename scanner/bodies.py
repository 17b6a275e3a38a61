"""Bodies: what SageMaker's Search says where it can be trusted, and Describe where it cannot."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mllens.scanner.collect import SEARCH, Searched
from mllens.scanner.found import Found, Record, Scanning, parsed
from mllens.scanner.path import ABSENT, dig
from mllens.scanner.plan import Need
from mllens.scanner.row import Key
from mllens.scanner.send import Gone, Refused, together
from mllens.scanner.shapes import members, search_members

SHAPES = 12  # sets of members, of each of which one record is described too and compared, beside three of all


async def bodies(scanning: Scanning, need: Need, source: Searched, found: list[Found]) -> str:
    """Read the bodies of what a list found; a note for the coverage where Search could not be trusted.

    A record that differs from its own list item is stale: the index lags. Of the others a few are described and
    compared; one difference, or none that could be compared, and all are described.
    """
    if need.mode == "describe" or not found:
        await together(thing.ask(scanning.sender, source.describe) for thing in found)
        return ""
    records = await _search(scanning, source, found)
    fresh = sorted((thing for thing in found if thing.key in records), key=lambda thing: thing.key)
    samples = _samples(fresh, records)
    await together(thing.ask(scanning.sender, source.describe) for thing in samples.values())
    compared = [thing for thing in samples.values() if source.describe.operation in thing.answers]
    both = set(members(source.describe)) & set(search_members(source))
    trusted = bool(compared) and all(
        _same(records[t.key].body, t.answers[source.describe.operation].body, both) for t in compared
    )
    for thing in fresh if trusted else ():
        thing.tags = thing.tags if thing.tags is not None else records[thing.key].tags
        if thing.key not in samples:
            thing.answers["Search"] = records[thing.key]
    rest = [thing for thing in found if thing.key not in samples and "Search" not in thing.answers]
    await together(thing.ask(scanning.sender, source.describe) for thing in rest)
    return "" if trusted or not compared else "Search differs from Describe, so all were described"


async def _search(scanning: Scanning, source: Searched, found: list[Found]) -> dict[Key, Record]:
    """By key the records that agree with what was listed; none where Search refuses."""
    wanted = {thing.key: thing for thing in found}
    records: dict[Key, Record] = {}
    missing = set(wanted)
    cls, region = found[0].cls, found[0].region
    given = {"Resource": source.record}
    if source.window:
        given |= {"SortBy": source.window.member, "SortOrder": "Descending"}
    with suppress(Refused, Gone):
        async for page in scanning.sender.pages(SEARCH, region, given):
            for result in page.body.get("Results", ()):
                body = dig(result, tuple(source.body.split(".")))
                if isinstance(body, Mapping) and isinstance(name := body.get(cls.name_member), str):
                    key = cls.key_of(name, scanning.account, region)
                    missing.discard(key)
                    records.pop(key, None)
                    if key in wanted and _agrees(wanted[key].item, body := parsed(body, source.describe)):
                        records[key] = Record.of(body, page)
            if not missing:
                break
    return records


def _samples(fresh: list[Found], records: Mapping[Key, Record]) -> dict[Key, Found]:
    """First, middle, last, and one of each set of members: a member that Search leaves out makes a set of its own."""
    if not fresh:
        return {}
    shapes: dict[frozenset[str], int] = {}
    for number, thing in enumerate(fresh):
        shapes.setdefault(records[thing.key].members, number)
    chosen = sorted({0, len(fresh) // 2, len(fresh) - 1, *list(shapes.values())[:SHAPES]})
    return {fresh[n].key: fresh[n] for n in chosen}


def _agrees(item: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return all(
        record[member] == value
        for member, value in item.items()
        if member in record and not isinstance(value, Mapping | list)
    )


def _same(record: Mapping[str, Any], described: Mapping[str, Any], both: set[str]) -> bool:
    return all(record.get(member, ABSENT) == described.get(member, ABSENT) for member in both)
