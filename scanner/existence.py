"""Existence: which resources there are, from a list, from parents, or from what others name."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mllens.scanner.client import Answer
from mllens.scanner.collect import AccountWide, Call, Each, Listed, Month, Searched, Window
from mllens.scanner.found import (
    WRONG_SHAPE,
    Found,
    Scanning,
    filled,
    format_name,
    items_of,
    malformed,
    merged,
    of_parents,
    parsed,
    tags_in,
)
from mllens.scanner.inventory import WHOLE
from mllens.scanner.plan import Need
from mllens.scanner.row import Key, Row
from mllens.scanner.send import Gone, Refused
from mllens.scanner.watch import Unobserved

DAY = 86_400

Existing = tuple[list[Found], Refused | None, str]
"""What there is; why that may not be all; the bound that was applied."""


async def listed(
    scanning: Scanning,
    need: Need,
    source: Listed | Searched | AccountWide,
    region: str,
    then: Callable[[Found], None] = lambda _: None,
) -> Existing:
    """From a list call: everything, or what lies within the type's window; `then` is told of each while it pages."""
    where = region or scanning.home
    window = source.window if scanning.bounded and not isinstance(source, AccountWide) else None
    reading = _Window(window, scanning.now)
    found: dict[Key, Found] = {}
    refusal = None
    given = filled(source.call.given, lambda leaf: _of_account(scanning, leaf))
    try:
        async for page in _pages(scanning, source, where, given):
            for item in items_of(page.body, source.call.items):
                thing = _listed(scanning, need, item, page, where, given=given)
                if reading.wants(thing) and thing.key not in found:
                    found[thing.key] = thing
                    then(thing)
            if reading.passed:
                break
    except Refused as refused:
        refusal = refused
    except Gone as gone:
        refusal = Refused("failed", source.call, str(gone))
    except WRONG_SHAPE as error:
        refusal = malformed(source.call, error)
    return list(found.values()), refusal, reading.bound


async def _pages(
    scanning: Scanning, source: Listed | Searched | AccountWide, where: str, given: Mapping[str, Any]
) -> AsyncIterator[Answer]:
    """The pages of each reading of a list; those of a call that serves many types are read once."""
    if not isinstance(source, AccountWide):
        for more in source.each if isinstance(source, Listed) else ({},):
            async for page in scanning.sender.pages(source.call, where, {**given, **more}):
                yield page
        return
    call = source.call
    key = (str(call), repr(call.fixed), repr(call.given), where)
    if key not in scanning.shared:
        scanning.shared[key] = asyncio.ensure_future(_all_pages(scanning, call, where, given))
    pages, end = await scanning.shared[key]
    for page in pages:
        yield page
    if end is not None:
        raise Refused(end.status, call, end.reason) if isinstance(end, Refused) else Gone(str(end))


async def _all_pages(
    scanning: Scanning, call: Call, where: str, given: Mapping[str, Any]
) -> tuple[list[Answer], Refused | Gone | None]:
    pages: list[Answer] = []
    try:
        async for page in scanning.sender.pages(call, where, given):
            pages.append(page)  # noqa: PERF401 - what came before an error is kept
    except (Refused, Gone) as end:
        return pages, end
    return pages, None


def _of_account(scanning: Scanning, leaf: Any) -> Any:
    """What fills a parameter of a list: the account, or a month before or of the scan."""
    if isinstance(leaf, Month):
        now = datetime.fromtimestamp(scanning.now, UTC)
        year, month = divmod(now.year * 12 + now.month - 1 + leaf.offset, 12)
        return f"{year:04}-{month + 1:02}-01"
    return scanning.account if leaf == "account" else None


def _listed(
    scanning: Scanning, need: Need, item: Mapping[str, Any], page: Answer, region: str, *, given: Mapping[str, Any]
) -> Found:
    """From an item of a list; what the list was asked with belongs to it, for most items do not name their parent."""
    cls, call = need.collector.produces, need.collector.calls[0]
    item = {**{p: v for p, v in given.items() if p in call.given}, **item}
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


_STAMP = re.compile(r"(?=.*\d)[0-9a-fA-F]{6,}|\d[\dTZtz:]*")  # a hash, or a number, date or time


def family_of(name: str) -> str:
    """A job's name without the stamp of its run: numbers, dates, times and hashes at its end."""
    family = name
    while (cut := max(family.rfind(mark) for mark in "-_.")) > 0 and _STAMP.fullmatch(family[cut + 1 :]):
        family = family[:cut]
    return re.sub(r"\d{6,}$", "", family) or name  # a date run into the name; shorter numbers tell models apart


async def each(scanning: Scanning, need: Need, source: Each, region: str) -> Existing:
    """From a list call for each parent."""
    parents, where = scanning.read[source.parent.type, region], region or scanning.home
    found: dict[Key, Found] = {}
    refusals = [r for r in [of_parents(source, parents)] if r]
    cut: list[str] = []

    async def children(parent: Row) -> None:
        of = Found(source.parent, parent.key, parent.arn or "", where, merged(parent))
        given = filled(source.call.given, of.parameter)
        count = 0
        try:
            async for page in scanning.sender.pages(source.call, where, given):
                for item in items_of(page.body, source.call.items):
                    count += 1
                    if source.newest and scanning.bounded and count > source.newest:
                        cut.append(f"the newest {source.newest} of each")
                        return
                    thing = _listed(scanning, need, item, page, where, given=given)
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


def referred(scanning: Scanning, need: Need, place: str) -> Existing:
    """From what others name in this region of this account; what belongs to other accounts lies outside the scan."""
    cls, first = need.collector.produces, need.collector.then[0]
    found: dict[Key, Found] = {}
    refusal = None
    for source, values in scanning.references(cls):
        if isinstance(values, Unobserved):
            refusal = refusal or Refused("partial", first, f"some that name it were not read: {values}")
            continue
        for value in values:
            key = cls.key_of(value, source.account, source.region)
            if cls.scope != "global" and (key.account, key.region) != (scanning.account, place):
                continue
            region = key.region or source.region or scanning.home
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
