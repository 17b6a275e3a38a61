"""Existence: which resources there are, from a list, from parents, or from what others name."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from mllens.scanner.client import Answer
from mllens.scanner.collect import AccountWide, Each, Listed, Searched, Window
from mllens.scanner.found import Found, Scanning, format_name, items_of, malformed, merged, of_parents, parsed, tags_in
from mllens.scanner.inventory import WHOLE
from mllens.scanner.plan import Need
from mllens.scanner.row import Key, Row
from mllens.scanner.send import Gone, Refused
from mllens.scanner.watch import Unobserved

DAY = 86_400
WRONG_SHAPE = (KeyError, TypeError, AttributeError)

Existing = tuple[list[Found], Refused | None, str]
"""What there is; why that may not be all; the bound that was applied."""


async def listed(scanning: Scanning, need: Need, source: Listed | Searched | AccountWide, region: str) -> Existing:
    """From a list call: everything, or what lies within the type's window."""
    where = scanning.home if isinstance(source, AccountWide) else region
    window = source.window if scanning.bounded and not isinstance(source, AccountWide) else None
    reading = _Window(window, scanning.now)
    found: dict[Key, Found] = {}
    refusal = None
    try:
        async for page in scanning.sender.pages(source.call, where, {}):
            for item in items_of(page.body, source.call.items):
                thing = _listed(scanning, need, item, page, where)
                if reading.wants(thing):
                    found.setdefault(thing.key, thing)
            if reading.passed:
                break
    except Refused as refused:
        refusal = refused
    except Gone as gone:
        refusal = Refused("failed", source.call, str(gone))
    except WRONG_SHAPE as error:
        refusal = malformed(source.call, error)
    return list(found.values()), refusal, reading.bound


def _listed(scanning: Scanning, need: Need, item: Mapping[str, Any], page: Answer, region: str) -> Found:
    """From an item of a list."""
    cls, call = need.collector.produces, need.collector.calls[0]
    name = format_name(cls.name_member, item) if "{" in cls.name_member else item[cls.name_member]
    found = Found(cls, cls.key_of(name, scanning.account, region), str(item.get(cls.arn_member) or ""), region, item)
    found.answers[call.operation] = Answer(parsed(item, call), page.at, page.request_id)
    found.tags = tags_in(item)
    return found


class _Window:
    """What a window lets through: the newest of each family, while the list is within its days."""

    def __init__(self, window: Window | None, now: float) -> None:
        self._window, self._now = window, now
        self._families: set[str] = set()
        self._seen = 0
        self._left_out = self.passed = False

    def wants(self, thing: Found) -> bool:
        """Whether a listed item is read; items come newest first."""
        if self._window is None:
            return True
        if self.passed or thing.item[self._window.member] < self._now - self._window.days * DAY:
            self.passed = self._left_out = True
            return False
        self._seen += 1
        family = family_of(thing.key.name)
        if family in self._families:
            self._left_out = True
            return False
        self._families.add(family)
        return True

    @property
    def bound(self) -> str:
        """The bound in words; empty if it left nothing out."""
        if self._window is None or not self._left_out:
            return ""
        return f"the newest of each family, of {self._seen} in the last {self._window.days} days"


def family_of(name: str) -> str:
    """A job's name without the stamp of its run: dates, digits and hashes at its end."""
    return re.sub(r"([-_.](?=[0-9a-f]*\d)[0-9a-f]+|[-_.]?\d[\dTZtz:-]*)+$", "", name) or name


async def each(scanning: Scanning, need: Need, source: Each, region: str) -> Existing:
    """From a list call for each parent."""
    parents = scanning.read[source.parent.type, region]
    found: dict[Key, Found] = {}
    refusals = [r for r in [of_parents(source, parents)] if r]
    cut: list[str] = []

    async def children(parent: Row) -> None:
        of = Found(source.parent, parent.key, parent.arn or "", region, merged(parent))
        given = {parameter: of.parameter(member) for parameter, member in source.call.given.items()}
        count = 0
        try:
            async for page in scanning.sender.pages(source.call, region, given):
                for item in items_of(page.body, source.call.items):
                    count += 1
                    if source.newest and scanning.bounded and count > source.newest:
                        cut.append(f"the newest {source.newest} of each")
                        return
                    thing = _listed(scanning, need, item, page, region)
                    found.setdefault(thing.key, thing)
        except Refused as refused:
            refusals.append(refused)
        except Gone as gone:  # deleted since its own part was finished: it still counts there, childless it must not
            why = f"{parent.name} was deleted while the scan ran ({gone})"
            refusals.append(Refused("partial", source.call, why))
        except WRONG_SHAPE as error:
            refusals.append(malformed(source.call, error))

    await asyncio.gather(*(children(row) for row in parents.rows if not row.gone))
    first = min(refusals, key=lambda r: r.reason, default=None)  # whichever came first would differ from run to run
    return list(found.values()), first, cut[0] if cut else ""


def referred(scanning: Scanning, need: Need) -> Existing:
    """From what others name."""
    cls, first = need.collector.produces, need.collector.then[0]
    found: dict[Key, Found] = {}
    refusal = None
    for source, values in scanning.references(cls):
        if isinstance(values, Unobserved):
            refusal = refusal or Refused("partial", first, f"some that name it were not read: {values}")
            continue
        for value in values:
            key, region = cls.key_of(value, source.account, source.region), source.region or scanning.home
            if key not in found or found[key].region > region:
                arn = value if value.startswith("arn:") else ""
                found[key] = Found(cls, key, arn, region, {cls.name_member: key.name})
    for (type_, _), part in sorted(scanning.read.items()):
        naming = any(e.target is cls for f in scanning.plan.needs[type_].references for e in f.targets)
        if naming and part.coverage.status not in (*WHOLE, "bounded"):
            refusal = refusal or Refused(
                "partial", first, f"some that name it were not read: {part.coverage.explain()}"
            )
    return [found[key] for key in sorted(found)], refusal, ""
