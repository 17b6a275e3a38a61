"""The engine: sends what a plan says, side by side, and keeps what was answered and what was not."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore
import msgspec

from mllens import __version__
from mllens.scanner.client import THREADS, Answer, Clients
from mllens.scanner.collect import (
    CALLER,
    REGIONS,
    SEARCH,
    TAGGED,
    AccountWide,
    Call,
    Each,
    Listed,
    Metrics,
    Referred,
    Searched,
    Window,
)
from mllens.scanner.graph import source_values
from mllens.scanner.inventory import WHOLE, Coverage, Inventory, Manifest, Status
from mllens.scanner.model import Account, Field, Region, Resource
from mllens.scanner.pace import Pace
from mllens.scanner.parts import Part, Parts
from mllens.scanner.path import ABSENT, dig
from mllens.scanner.plan import Need, Plan
from mllens.scanner.redact import redact
from mllens.scanner.row import Key, Row, Shapes
from mllens.scanner.shapes import answers, iam_action, largest_page, paging
from mllens.scanner.watch import Unobserved

TRIES = 4  # for server errors and broken connections; throttles are repeated until the deadline
SAMPLES = 3  # Search records of a type that are compared with Describe
METRICS_A_CALL = 500
STATUS_OF: Mapping[str, Status] = {
    "denied": "denied", "throttled": "throttled", "not_enabled": "not_enabled", "unsupported": "unsupported",
    "retry": "failed", "failed": "failed", "gone": "failed", "not_attempted": "not_attempted",
}  # fmt: skip

Progress = Callable[[int, int, str], None]


def _quiet(done: int, total: int, what: str) -> None:
    """Report nothing."""


class NothingRead(Exception):  # noqa: N818 - named for the outcome
    """Not one call was answered: the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """How to scan.

    Attributes:
        regions: region names, or "all" for those switched on in the account.
        metrics: whether priced metric calls are made.
        bounded: whether types that grow for ever are read within their window.
        deadline: seconds after which throttled calls are given up.
        parts: where finished parts are kept, so that a killed scan can go on; None keeps none.
        resume: whether parts found there are used.
    """

    regions: tuple[str, ...]
    metrics: bool = False
    bounded: bool = True
    deadline: float = 600.0
    parts: Path | None = None
    resume: bool = False
    progress: Progress = _quiet


class _Refused(Exception):  # noqa: N818 - carries a value
    def __init__(self, status: Status, operation: Call, reason: str, code: str = "") -> None:
        self.status, self.call, self.reason, self.code = status, operation, reason, code
        super().__init__(reason)


class _Gone(Exception):  # noqa: N818
    """AWS said that what was asked for does not exist."""


@dataclass
class _Found:
    """A resource while it is being read."""

    cls: type[Resource]
    key: Key
    arn: str
    region: str
    item: dict[str, Any]
    answers: dict[str, Answer] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    refused: list[_Refused] = field(default_factory=list)
    tags: dict[str, str] | None = None
    gone: str = ""

    def row(self) -> Row:
        return Row.encode(
            self.key,
            answers={operation: redact(answer.body) for operation, answer in self.answers.items()},
            arn=self.arn or None,
            tags=self.tags,
            gaps=dict(sorted(self.gaps.items())),
            seen={operation: (answer.at, answer.request_id) for operation, answer in sorted(self.answers.items())},
            gone=self.gone,  # type: ignore[arg-type]  # one of the words Row knows
        )

    def parameter(self, member: str) -> Any:
        """A value for a call's parameter: `arn`, `name`, or a member of what was answered so far."""
        if member in ("arn", "name"):
            return self.arn if member == "arn" else self.key.name
        for answer in (self.item, *(a.body for a in self.answers.values())):
            if member in answer:
                return answer[member]
        return None

    def refuse(self, refusal: _Refused) -> None:
        self.gaps[refusal.call.operation] = refusal.reason
        self.refused.append(refusal)


def scan(clients: Clients, plan: Plan, options: Options) -> Inventory:
    """Read what the plan says.

    Raises:
        NothingRead: no credentials, or not one call was answered.
        NotSent: there are no credentials.
    """
    with _few_collections():
        return asyncio.run(_Scan(clients, plan, options).run())


class _Scan:
    def __init__(self, clients: Clients, plan: Plan, options: Options) -> None:
        self.clients, self.plan, self.options = clients, plan, options
        self.paces: dict[tuple[str, str, str], Pace] = {}
        self.throttled = self.retried = self.done = self.total = 0
        self.account = self.partition = ""
        self.now = 0.0
        self.read: dict[tuple[str, str], Part] = {}  # (type, region) to what was read of it

    async def run(self) -> Inventory:
        loop = asyncio.get_running_loop()
        self.deadline = loop.time() + self.options.deadline
        with ThreadPoolExecutor(THREADS, thread_name_prefix="mllens") as self.pool:
            caller = await self._caller()
            regions = await self._regions()
            self.parts = Parts(self.options.parts, {"account": self.account, "plan": self.plan.policy_sha256})
            self.now, started = self.parts.start(caller.at, resume=self.options.resume)
            await self._rounds(regions)
            await self._dangling(regions)
            await self._tags(regions)
        return self._inventory(str(caller.body["Arn"]), started, regions)

    # -- calls

    async def call(self, call: Call, region: str, parameters: Mapping[str, Any]) -> Answer:
        """One answer, repeated at the learned pace until the deadline where AWS throttles."""
        pace = self.paces.setdefault((call.service, call.operation, region), Pace())
        loop = asyncio.get_running_loop()
        tries, throttled = 0, False
        while True:
            if loop.time() > self.deadline:
                status: Status = "throttled" if throttled else "not_attempted"
                raise _Refused(status, call, f"{call}: the deadline of {self.options.deadline:.0f} s passed")
            await pace.turn()
            outcome = await loop.run_in_executor(self.pool, self.clients.send, call, region, {**call.fixed, **parameters})
            if isinstance(outcome, Answer):
                pace.succeeded()
                return outcome
            if outcome.kind == "throttled":
                pace.throttled()
                self.throttled += 1
                throttled = True
                await asyncio.sleep(0.02)
                continue
            tries += 1
            if outcome.kind == "retry" and tries < TRIES:
                self.retried += 1
                await asyncio.sleep(0.05 * 2**tries)
                continue
            if outcome.kind == "gone":
                raise _Gone(outcome.reason)
            raise _Refused(STATUS_OF[outcome.kind], call, outcome.reason, outcome.code)

    async def pages(self, call: Call, region: str, parameters: Mapping[str, Any]) -> AsyncIterator[Answer]:
        """Every page of a list, at the largest page size."""
        page = paging(call.service, call.operation)
        given = dict(parameters)
        if (size := largest_page(call.service, call.operation)) and page["limit_key"] not in call.fixed:
            given[page["limit_key"]] = size
        seen: set[str] = set()
        while True:
            answer = await self.call(call, region, given)
            yield answer
            token = answer.body.get(page.get("output_token", ""))
            if not token or (page.get("more_results") and not answer.body.get(page["more_results"])):
                return
            if token in seen:
                raise _Refused("failed", call, f"{call}: it gave the same page token twice")
            seen.add(token)
            given[page["input_token"]] = token

    async def _caller(self) -> Answer:
        region = self.options.regions[0] if self.options.regions[0] != "all" else (self.clients.region or "us-east-1")
        try:
            caller = await self.call(CALLER, region, {})
        except (_Refused, _Gone) as refusal:
            raise NothingRead(f"Nothing could be read: {refusal}. Check the credentials and the network") from None
        self.account, self.partition = str(caller.body["Account"]), str(caller.body["Arn"]).split(":")[1]
        return caller

    async def _regions(self) -> tuple[str, ...]:
        if self.options.regions != ("all",):
            return tuple(sorted(self.options.regions))
        try:
            answer = await self.call(REGIONS, self.clients.region or self._home, {})
        except (_Refused, _Gone) as refusal:
            raise NothingRead(
                f"The account's regions could not be listed: {refusal}. Name them with --region, or allow ec2:DescribeRegions"
            ) from None
        return tuple(sorted(r["RegionName"] for r in answer.body.get("Regions", ())))

    @property
    def _home(self) -> str:
        """The region where the partition's global services are called."""
        return {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(self.partition, "us-east-1")

    # -- rounds

    async def _rounds(self, regions: tuple[str, ...]) -> None:
        waiting = list(self.plan.needs.values())
        self.total = sum(len(self._places(need, regions)) for need in waiting)
        finished: set[str] = set()
        while waiting:
            ready = [n for n in waiting if self._after(n) <= finished]
            await asyncio.gather(*(self._unit(n, region) for n in ready for region in self._places(n, regions)))
            finished |= {n.collector.produces.type for n in ready}
            waiting = [n for n in waiting if n not in ready]

    def _after(self, need: Need) -> set[str]:
        match need.collector.source:
            case Each(parent=parent) | Metrics(parent=parent):
                return {parent.type}
            case Referred():
                return {t for t, n in self.plan.needs.items() if not isinstance(n.collector.source, Referred)}
        return set()

    @staticmethod
    def _places(need: Need, regions: tuple[str, ...]) -> tuple[str, ...]:
        return regions if need.collector.produces.scope == "regional" else ("",)

    async def _unit(self, need: Need, region: str) -> None:
        type_ = need.collector.produces.type
        part = self.parts.load(type_, region)
        if part is None:
            part = await self._read(need, region)
            self.parts.keep(type_, region, part)
        self.read[type_, region] = part
        self.done += 1
        self.options.progress(self.done, self.total, f"{type_} {region}".strip())

    async def _read(self, need: Need, region: str) -> Part:
        source = need.collector.source
        match source:
            case Searched() | Listed():
                found, refusal, bounded = await self._list(need, source, region)
            case AccountWide():
                found, refusal, bounded = await self._list(need, Listed(source.call), self._home)
            case Each():
                found, refusal, bounded = await self._each(need, source, region)
            case Referred():
                found, refusal, bounded = self._referred(need)
            case Metrics():
                return await self._metrics(need, source, region)
        if isinstance(source, Searched) and need.mode != "list":
            await self._bodies(need, source, found)
        await self._details(need, found)
        return self._part(need, region, found, refusal, bounded)

    async def _list(
        self, need: Need, source: Listed | Searched, region: str
    ) -> tuple[list[_Found], _Refused | None, str]:
        """What exists. Also: why the list broke off, and what bound was applied."""
        found: dict[Key, _Found] = {}
        window = source.window if self.options.bounded else None
        families: set[str] = set()
        listed, bounded, refusal = 0, "", None
        try:
            async for page in self.pages(source.call, region, {}):
                for item in _items(page.body, source.call.items):
                    thing = self._found(need.collector.produces, item, page, source.call, region)
                    listed += 1
                    if window and item[window.member] < self.now - window.days * 86_400:
                        bounded = _bound(window)
                        break
                    if window and (family := family_of(thing.key.name)) in families:
                        bounded = _bound(window)
                        continue
                    if window:
                        families.add(family)
                    found.setdefault(thing.key, thing)
                if window and bounded and item[window.member] < self.now - window.days * 86_400:
                    break
        except _Refused as refused:
            refusal = refused
        except _Gone as gone:
            refusal = _Refused("failed", source.call, str(gone))
        except (KeyError, TypeError, AttributeError) as error:
            refusal = _malformed(source.call, error)
        return list(found.values()), refusal, bounded and f"{bounded}; {listed} listed"

    def _found(self, cls: type[Resource], item: dict[str, Any], answer: Answer, call: Call, region: str) -> _Found:
        name = _format(cls.name_member, item) if "{" in cls.name_member else item[cls.name_member]
        key = cls.key_of(name, self.account, region)
        arn = str(item.get(cls.arn_member) or "")
        found = _Found(cls, key, arn, region, item)
        found.answers[call.operation] = Answer(item, answer.at, answer.request_id)
        if (tags := _tags(item)) is not None:
            found.tags = tags
        return found

    async def _each(self, need: Need, source: Each, region: str) -> tuple[list[_Found], _Refused | None, str]:
        parents = self.read[source.parent.type, region]
        found: list[_Found] = []
        refusal = _of_parents(source, parents)
        bounded = ""

        async def children(parent: Row) -> None:
            nonlocal refusal, bounded
            thing = _Found(source.parent, parent.key, parent.arn or "", region, _merged(parent))
            given = {p: thing.parameter(m) for p, m in source.call.given.items()}
            count = 0
            try:
                async for page in self.pages(source.call, region, given):
                    for item in _items(page.body, source.call.items):
                        count += 1
                        if source.newest and self.options.bounded and count > source.newest:
                            bounded = f"the newest {source.newest} of each"
                            return
                        found.append(self._found(need.collector.produces, item, page, source.call, region))
            except _Refused as refused:
                refusal = refused
            except _Gone:
                return  # the parent was deleted meanwhile, and its children with it
            except (KeyError, TypeError, AttributeError) as error:
                refusal = _malformed(source.call, error)

        await asyncio.gather(*(children(row) for row in parents.rows if not row.gone))
        unique = {thing.key: thing for thing in sorted(found, key=lambda f: f.key)}
        return list(unique.values()), refusal, bounded

    def _referred(self, need: Need) -> tuple[list[_Found], _Refused | None, str]:
        cls = need.collector.produces
        found: dict[Key, _Found] = {}
        refusal = None
        for source, field_, path in self._references(cls):
            try:
                values = source_values(source, field_, path)
            except Unobserved as gap:
                refusal = _Refused("partial", need.then[0], f"some that name it were not read: {gap}")
                continue
            for value in values:
                key = cls.key_of(value, source.account, source.region)
                region = source.region or self._home
                if key not in found or found[key].region > region:
                    found[key] = _Found(cls, key, value if value.startswith("arn:") else "", region, {cls.name_member: key.name})
        for (type_, _), part in sorted(self.read.items()):
            if part.coverage.status not in WHOLE and any(target is cls for f in self.plan.needs[type_].references for _, target in f.targets):
                refusal = refusal or _Refused("partial", need.then[0], f"some that name it were not read: {part.coverage.explain()}")
        return [found[key] for key in sorted(found)], refusal, ""

    def _references(self, cls: type[Resource]) -> Iterable[tuple[Resource, Field, tuple[str, ...]]]:
        """Every resource read so far with the fields and paths that may name a type."""
        for (type_, _), part in sorted(self.read.items()):
            need = self.plan.needs[type_]
            shapes = _shapes(need)
            edges = [(f, path) for f in need.references for path, target in f.targets if target is cls]
            for row in part.rows if edges else ():
                if not row.gone:
                    source = need.collector.produces.from_row(row, shapes)
                    for field_, path in edges:
                        yield source, field_, path

    # -- bodies and details

    async def _bodies(self, need: Need, source: Searched, found: list[_Found]) -> None:
        """What Search says, where it can be trusted; Describe for the rest."""
        if need.mode == "describe" or not found:
            await self._gather(self._detail(thing, source.describe) for thing in found)
            return
        records = await self._search(source, found)
        stale = [thing for thing in found if not _agrees(thing.item, records.get(thing.key))]
        fresh = [thing for thing in found if _agrees(thing.item, records.get(thing.key))]
        samples = [fresh[i] for i in sorted({0, len(fresh) // 2, len(fresh) - 1})][:SAMPLES] if fresh else []
        await self._gather(self._detail(thing, source.describe) for thing in samples)
        checked = [thing for thing in samples if source.describe.operation in thing.answers]
        same = all(_same(records[t.key].body, t.answers[source.describe.operation].body, _shapes(need)) for t in checked)
        if checked and same:
            for thing in fresh:
                record = records[thing.key]
                thing.tags = _tags(record.body) if thing.tags is None else thing.tags
                if thing not in samples:
                    thing.answers["Search"] = record
            stale += [thing for thing in samples if thing not in checked and not thing.gone]
        else:
            stale += [thing for thing in fresh if thing not in samples]
        await self._gather(self._detail(thing, source.describe) for thing in stale if thing not in samples)

    async def _search(self, source: Searched, found: list[_Found]) -> dict[Key, Answer]:
        """Record by key; empty where Search refuses: Describe then answers for all."""
        wanted = {thing.key for thing in found}
        records: dict[Key, Answer] = {}
        cls, region = found[0].cls, found[0].region
        given = {"Resource": source.record}
        if source.window:
            given |= {"SortBy": source.window.member, "SortOrder": "Descending"}
        with suppress(_Refused, _Gone):
            async for page in self.pages(SEARCH, region, given):
                for result in page.body.get("Results", ()):
                    body = dig(result, tuple(source.body.split(".")))
                    if isinstance(body, Mapping) and cls.name_member in body:
                        key = cls.key_of(body[cls.name_member], self.account, region)
                        records[key] = Answer(body, page.at, page.request_id)
                if wanted <= records.keys():
                    break
        return records

    async def _details(self, need: Need, found: list[_Found]) -> None:
        await self._gather(self._detail(thing, call) for thing in found for call in need.then)

    async def _detail(self, thing: _Found, call: Call) -> None:
        given = {parameter: thing.parameter(member) for parameter, member in call.given.items()}
        try:
            answer = await self.call(call, thing.region, given)
        except _Refused as refusal:
            thing.refuse(refusal)
        except _Gone as gone:
            thing.gone = "vanished" if thing.item.keys() - {thing.cls.name_member} else "absent"
            thing.gaps["exists"] = f"it was deleted while the scan ran ({gone})" if thing.gone == "vanished" else str(gone)
        else:
            body = dig(answer.body, tuple(call.items.split("."))) if call.items else answer.body
            thing.answers[call.operation] = Answer(body if isinstance(body, Mapping) else {}, answer.at, answer.request_id)
            thing.arn = thing.arn or str(thing.answers[call.operation].body.get(thing.cls.arn_member) or "")
            if (tags := _tags(answer.body)) is not None:
                thing.tags = tags

    @staticmethod
    async def _gather(work: Iterable[Awaitable[None]]) -> None:
        await asyncio.gather(*work)

    def _part(self, need: Need, region: str, found: list[_Found], refusal: _Refused | None, bounded: str) -> Part:
        shapes = _shapes(need)
        for thing in found:
            _drop_covered(thing, shapes)
        there = [thing for thing in found if not thing.gone]
        troubled = [thing for thing in there if thing.refused]
        status: Status = "complete" if there else "empty"
        reason, operation, action = "", "", ""
        if bounded:
            status, reason = "bounded", bounded
        first = refusal or (troubled[0].refused[0] if troubled else None)
        if first is not None:
            all_failed = (refusal is not None and not found) or (refusal is None and len(troubled) == len(there))
            status = first.status if all_failed else "partial"
            reason, operation = first.reason, str(first.call)
            action = iam_action(first.call) if first.status == "denied" else ""
        coverage = Coverage(
            account=self.account,
            region=region,
            type=need.collector.produces.type,
            status=status,
            reason=reason,
            operation=operation,
            action=action,
            seen=len(there),
            read=len(there) - len(troubled),
            scope="referred" if isinstance(need.collector.source, Referred) else "",
        )
        return Part(coverage, [thing.row() for thing in sorted(found, key=lambda f: f.key)])

    # -- metrics

    async def _metrics(self, need: Need, source: Metrics, region: str) -> Part:
        parents = self.read[source.parent.type, region]
        if not self.options.metrics:
            priced = "priced, so it is off: turn it on with --with-metrics"
            return self._part(need, region, [], None, priced)
        found, refusal = self._measured(need, source, parents, region)
        queries = [(thing, metric) for thing in found for metric in source.metrics]
        for start in range(0, len(queries), METRICS_A_CALL):
            refused = await self._metric_page(source, queries[start : start + METRICS_A_CALL], region)
            for thing, _ in queries[start : start + METRICS_A_CALL]:
                if refused is not None:
                    thing.refuse(refused)
        return self._part(need, region, found, refusal, "")

    def _measured(
        self, need: Need, source: Metrics, parents: Part, region: str
    ) -> tuple[list[_Found], _Refused | None]:
        """What there is to measure: one for each item below each parent."""
        cls, found, refusal = need.collector.produces, [], _of_parents(source, parents)
        shapes = _shapes(self.plan.needs[source.parent.type])
        each = Field(source.each, None, ABSENT)
        each.__set_name__(source.parent, source.each)
        for row in parents.rows:
            if row.gone:
                continue
            try:
                items = source.parent.from_row(row, shapes).raw(each)
            except Unobserved as gap:
                refusal = _Refused("partial", source.call, str(gap))
                continue
            for value in items if isinstance(items, list) else ():
                merged = _merged(row) | {source.each.rsplit(".", 1)[-1]: value}
                dimensions = {dimension: str(merged[member]) for dimension, member in source.dimensions.items()}
                key = cls.key_of(_format(cls.name_member, dimensions), self.account, region)
                found.append(_Found(cls, key, "", region, dict(dimensions)))
        return found, refusal

    async def _metric_page(self, source: Metrics, queries: list[tuple[_Found, Any]], region: str) -> _Refused | None:
        end = self.now // 86_400 * 86_400  # whole UTC days: the running one would look like a fall
        asked = [
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": metric.namespace,
                        "MetricName": metric.name,
                        "Dimensions": [{"Name": d, "Value": thing.item[d]} for d in source.dimensions],
                    },
                    "Period": metric.period,
                    "Stat": metric.statistic,
                },
                "ReturnData": True,
            }
            for number, (thing, metric) in enumerate(queries)
        ]
        days = max(metric.days for metric in source.metrics)
        given = {"MetricDataQueries": asked, "StartTime": end - days * 86_400, "EndTime": end, "ScanBy": "TimestampAscending"}
        points: dict[str, list[dict[str, float]]] = {}
        last: Answer | None = None
        try:
            async for page in self.pages(source.call, region, given):
                last = page
                for result in page.body.get("MetricDataResults", ()):
                    if result.get("StatusCode") in ("InternalError", "Forbidden"):
                        return _Refused("partial", source.call, f"{source.call}: {result['StatusCode']} for some metrics")
                    mine = points.setdefault(result["Id"], [])
                    mine += [{"Time": t, "Value": v} for t, v in zip(result["Timestamps"], result["Values"], strict=True)]
        except (_Refused, _Gone) as refusal:
            return refusal if isinstance(refusal, _Refused) else _Refused("failed", source.call, str(refusal))
        for number, (thing, metric) in enumerate(queries):
            if last is not None and f"m{number}" in points:
                old = thing.answers.get(source.call.operation)
                body = {**(old.body if old else thing.item), metric.name: points[f"m{number}"]}
                thing.answers[source.call.operation] = Answer(body, last.at, last.request_id)
        return None

    # -- what is named but was not found, and tags

    async def _dangling(self, regions: tuple[str, ...]) -> None:
        """Ask AWS once for each resource that others name and no list held: only its own word means "absent"."""
        for need in self.plan.needs.values():
            call = _by_name(need)
            cls = need.collector.produces
            if call is None:
                continue
            for region in self._places(need, regions):
                part = self.read[cls.type, region]
                if part.coverage.status not in (*WHOLE, "bounded"):
                    continue
                known = {row.key for row in part.rows}
                wanted: dict[Key, str] = {}
                for source, field_, path in self._references(cls):
                    with suppress(Unobserved):
                        for value in source_values(source, field_, path):
                            key = cls.key_of(value, source.account, source.region)
                            if key.account == self.account and key.region == region and key not in known:
                                wanted[key] = value
                if not wanted:
                    continue
                extra = self.parts.load(f"{cls.type}+named", region)
                if extra is None:
                    things = [_Found(cls, k, "", region or self._home, {cls.name_member: _named(cls, k, v)}) for k, v in sorted(wanted.items())]
                    await self._gather(self._detail(thing, call) for thing in things)
                    for thing in things:
                        if thing.refused:
                            thing.gone, thing.gaps["exists"] = "unsure", thing.refused[0].reason
                    extra = Part(part.coverage, [thing.row() for thing in things])
                    self.parts.keep(f"{cls.type}+named", region, extra)
                self.read[cls.type, region] = Part(part.coverage, sorted([*part.rows, *extra.rows], key=lambda r: r.key))

    async def _tags(self, regions: tuple[str, ...]) -> None:
        """Tags that no answer held: from the tagging service, which never returns what was never tagged."""
        needs = [n for n in self.plan.needs.values() if n.tags and n.collector.tags is not None]
        for region in regions:
            lacking = [(n, row) for n in needs for row in self.read[n.collector.produces.type, region].rows if not row.gone and row.tags is None and row.arn]
            if not lacking:
                continue
            told = self.parts.load("tags", region)
            if told is None:
                told = await self._tagged(lacking, region)
                self.parts.keep("tags", region, told)
            tags = {row.key: row for row in told.rows}
            for need in needs:
                type_ = need.collector.produces.type
                part = self.read[type_, region]
                rows = [_with_tags(row, tags.get(row.key)) for row in part.rows]
                self.read[type_, region] = Part(part.coverage, rows)

    async def _tagged(self, lacking: list[tuple[Need, Row]], region: str) -> Part:
        services = sorted({str(row.arn).split(":")[2] for _, row in lacking})
        by_arn: dict[str, dict[str, str]] = {}
        refusal = ""
        try:
            async for page in self.pages(TAGGED, region, {"ResourceTypeFilters": services}):
                for item in _items(page.body, TAGGED.items):
                    by_arn[item["ResourceARN"]] = {t["Key"]: t["Value"] for t in item.get("Tags", ())}
        except (_Refused, _Gone) as refused:
            refusal = str(refused)
        answering = {need.collector.produces.type for need, row in lacking if str(row.arn) in by_arn} if not refusal else set()
        rows: list[Row] = []

        async def one(need: Need, row: Row) -> None:
            if row.arn in by_arn:
                rows.append(msgspec.structs.replace(row, tags=by_arn[row.arn]))
            elif row.type in answering:
                rows.append(msgspec.structs.replace(row, tags={}))
            elif need.collector.tags is not None:
                thing = _Found(need.collector.produces, row.key, row.arn or "", region, {})
                given = {p: thing.parameter(m) for p, m in need.collector.tags.given.items()}
                try:
                    found: dict[str, str] = {}
                    async for page in self.pages(need.collector.tags, region, given):
                        found |= {t["Key"]: t["Value"] for t in _items(page.body, need.collector.tags.items)}
                    rows.append(msgspec.structs.replace(row, tags=found))
                except (_Refused, _Gone) as refused:
                    rows.append(msgspec.structs.replace(row, gaps={**row.gaps, "Tags": str(refused)}))

        await self._gather(one(need, row) for need, row in lacking)
        empty = msgspec.Raw(b"{}")
        slim = [msgspec.structs.replace(row, answers=empty, seen={}) for row in sorted(rows, key=lambda r: r.key)]
        return Part(Coverage(self.account, region, "tags", "partial" if refusal else "complete", refusal), slim)

    # -- the end

    def _inventory(self, caller_arn: str, started: float, regions: tuple[str, ...]) -> Inventory:
        lines = [part.coverage for part in self.read.values()]
        if lines and all(line.status in ("denied", "failed", "throttled", "not_attempted") for line in lines):
            raise NothingRead(
                f"Nothing could be read as {caller_arn}: {lines[0].reason}. "
                "`mllens policy scan` prints the policy that an audit needs"
            )
        rows = {row.key: row for part in self.read.values() for row in part.rows}
        for row in (
            Row.encode(Key(Account.type, self.account, "", self.account), answers={}),
            *(Row.encode(Key(Region.type, self.account, region, region), answers={}) for region in regions),
        ):
            rows[row.key] = row
        lines.append(Coverage(self.account, "", Account.type, "complete", seen=1, read=1))
        lines += [Coverage(self.account, region, Region.type, "complete", seen=1, read=1) for region in regions]
        manifest = Manifest(
            mllens_version=__version__,
            botocore_version=botocore.__version__,
            caller_arn=caller_arn,
            partition=self.partition,
            now=self.now,
            started_at=started,
            finished_at=max([started, *(at for row in rows.values() for at, _ in row.seen.values())]),
            policy_sha256=self.plan.policy_sha256,
            accounts=[self.account],
            regions=list(regions),
            shapes={type_: dict(_shapes(need)) for type_, need in sorted(self.plan.needs.items())},
            coverage=sorted(lines, key=lambda c: (c.account, c.region, c.type)),
            calls=dict(sorted(self.clients.calls.items())),
            throttled=self.throttled,
            retried=self.retried,
        )
        return Inventory(manifest, [rows[key] for key in sorted(rows)])


def family_of(name: str) -> str:
    """A job's name without the stamp of its run: dates, digits and hashes at its end."""
    return re.sub(r"([-_.](?=[0-9a-f]*\d)[0-9a-f]+|[-_.]?\d[\dTZtz:-]*)+$", "", name) or name


def _bound(window: Window) -> str:
    return f"the newest of each family in the last {window.days} days"


def _malformed(call: Call, error: Exception) -> _Refused:
    return _Refused("failed", call, f"{call}: an item of its answer has not the expected shape ({type(error).__name__}: {error})")


def _items(body: Mapping[str, Any], paths: str) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for path in paths.split("|"):
        found = dig(body, tuple(path.split(".")))
        out += found if isinstance(found, list) else []
    return out


def _format(template: str, values: Mapping[str, Any]) -> str:
    """A name from members, as `{ScheduleName}/{ScheduledTime}`; whole seconds without a fraction."""

    def plain(match: re.Match[str]) -> str:
        value = values[match[1]]
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    return re.sub(r"\{(\w+)\}", plain, template)


def _tags(answer: Mapping[str, Any]) -> dict[str, str] | None:
    """Tags in an answer; an empty list may mean that the operation does not tell, so it says nothing."""
    tags = answer.get("Tags")
    if isinstance(tags, list) and tags:
        return {str(t["Key"]): str(t["Value"]) for t in tags}
    return None


def _shapes(need: Need) -> Shapes:
    return answers(need.collector)


def _merged(row: Row) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for answer in reversed(row.decode().values()):
        merged |= answer
    return merged


def _agrees(item: Mapping[str, Any], record: Answer | None) -> bool:
    """Whether a Search record tells what the list told: a difference means that the index lags."""
    return record is not None and all(
        record.body[m] == value for m, value in item.items() if m in record.body and not isinstance(value, Mapping | list)
    )


def _same(record: Mapping[str, Any], described: Mapping[str, Any], shapes: Shapes) -> bool:
    """Whether a Search record equals Describe in every member that both can have."""
    describe, search = list(shapes.values())[:2]
    both = set(describe) & set(search)
    return all(record.get(m, ABSENT) == described.get(m, ABSENT) for m in both)


def _drop_covered(thing: _Found, shapes: Shapes) -> None:
    """Forget a list item that a later answer covers: what both have need not be kept twice."""
    best = next((o for o in shapes if o in thing.answers), None)
    for operation in list(thing.answers):
        if operation != best and best is not None and set(shapes.get(operation, ())) <= set(shapes[best]):
            del thing.answers[operation]


def _by_name(need: Need) -> Call | None:
    """The call that tells whether one resource exists, from its name alone."""
    source = need.collector.source
    if "{" in need.collector.produces.name_member:
        return None
    if isinstance(source, Searched):
        return source.describe
    if isinstance(source, Listed) and need.then:
        return need.then[0]
    return None


def _named(cls: type[Resource], key: Key, value: str) -> str:
    return value if cls.name_member == cls.arn_member else key.name


def _of_parents(source: Each | Metrics, parents: Part) -> _Refused | None:
    """What children inherit: parents that were not read may have more of them."""
    if parents.coverage.status in WHOLE:
        return None
    return _Refused("partial", source.call, f"not all of what they belong to was read: {parents.coverage.explain()}")


def _with_tags(row: Row, told: Row | None) -> Row:
    if told is None or row.tags is not None:
        return row
    return msgspec.structs.replace(row, tags=told.tags, gaps={**row.gaps, **({"Tags": told.gaps["Tags"]} if "Tags" in told.gaps else {})})


@contextmanager
def _few_collections() -> Any:
    """Collect garbage rarely: with millions of new values alive, the collector is the largest single cost."""
    old = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*old)


__all__ = ["NothingRead", "Options", "family_of", "scan"]
