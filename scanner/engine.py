"""The engine: reads what a plan says, side by side, and keeps what was answered and what was not."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import botocore

from mllens import __version__
from mllens.scanner.bodies import bodies
from mllens.scanner.client import THREADS, Answer, Clients
from mllens.scanner.collect import (
    CALLER,
    REGIONS,
    AccountWide,
    Call,
    DefinitionError,
    Each,
    Listed,
    Metrics,
    Referred,
    Searched,
)
from mllens.scanner.core import one_core
from mllens.scanner.existence import each, listed, referred
from mllens.scanner.found import Found, Scanning, lessened
from mllens.scanner.garbage import few_collections
from mllens.scanner.inventory import WHOLE, Coverage, Inventory, Manifest
from mllens.scanner.measure import measure
from mllens.scanner.model import Account, Region, Resource
from mllens.scanner.parts import Part, Parts
from mllens.scanner.plan import Need, Plan
from mllens.scanner.row import Key, Row
from mllens.scanner.send import Gone, Refused, Sender, beside, together
from mllens.scanner.shapes import answers
from mllens.scanner.tagging import add_tags, joined, lacking, tagged
from mllens.scanner.watch import Unobserved

READ = frozenset({*WHOLE, "bounded"})
HOMES = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
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
        cost: whether other priced calls are made.
        bounded: whether types that grow for ever are read within their window.
        deadline: seconds after which throttled calls are given up.
        parts: where finished parts are kept, so that a killed scan can go on; None keeps none.
        resume: whether parts found there are used.
        progress: told of units done, of how many, and what was last.
    """

    regions: tuple[str, ...]
    metrics: bool = False
    cost: bool = False
    bounded: bool = True
    deadline: float = 600.0
    parts: Path | None = None
    resume: bool = False
    progress: Progress = _quiet


def scan(clients: Clients, plan: Plan, options: Options) -> Inventory:
    """Read what the plan says.

    Raises:
        NothingRead: not one call was answered.
        NotSent: there are no credentials.
        BadInventory: the parts to resume from belong to another scan.
    """
    with one_core(), few_collections():
        return asyncio.run(_scan(clients, plan, options))


async def _scan(clients: Clients, plan: Plan, options: Options) -> Inventory:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="mllens") as pool:
        sender = Sender(clients, pool, options.deadline)
        if options.regions != ("all",):
            pool.submit(clients.prepare, _services(plan), options.regions[0])  # while the first answer is waited for
        caller = await _caller(sender, clients, options)
        account, partition = str(caller.body["Account"]), str(caller.body["Arn"]).split(":")[1]
        home = HOMES.get(partition, "us-east-1")
        asking = asyncio.ensure_future(_switched_on(sender, clients.region or home))
        regions = tuple(sorted(set(options.regions)))
        if options.regions == ("all",):
            regions = _all(await asking)
        identity = {"caller": str(caller.body["Arn"]), "plan": plan.sha256, "regions": " ".join(regions)}
        identity |= {"mllens": __version__, "botocore": botocore.__version__, "endpoint": clients.endpoint_url or ""}
        identity |= {"metrics": str(options.metrics), "cost": str(options.cost), "bounded": str(options.bounded)}
        parts = Parts(options.parts, identity)
        now = parts.start(caller.at, resume=options.resume)
        scanning = Scanning(sender, plan, account, home, now, options.bounded, options.metrics, options.cost)
        await _rounds(scanning, parts, regions, options.progress)
        await _dangling(scanning, parts, regions)
        await _tags(scanning, parts, regions)
        add_tags(scanning)
        elsewhere = _elsewhere(await asking, regions)
    arn = str(caller.body["Arn"])
    return _inventory(scanning, clients, arn, partition=partition, regions=regions, elsewhere=elsewhere)


def _services(plan: Plan) -> list[str]:
    """The services that are called in each region, those with the most calls first."""
    regional = (need for need in plan.needs.values() if need.collector.produces.scope == "regional")
    return [service for service, _ in Counter(call.service for need in regional for call in need.calls).most_common()]


async def _caller(sender: Sender, clients: Clients, options: Options) -> Answer:
    first = options.regions[0]
    try:
        return await sender.call(CALLER, clients.region or "us-east-1" if first == "all" else first, {})
    except (Refused, Gone) as refusal:
        raise NothingRead(f"Nothing could be read: {refusal}. Check the credentials and the network") from None


async def _switched_on(sender: Sender, region: str) -> tuple[str, ...] | Refused | Gone:
    """The regions that are switched on in the account."""
    try:
        answer = await sender.call(REGIONS, region, {})
    except (Refused, Gone) as refusal:
        return refusal
    return tuple(sorted(r["RegionName"] for r in answer.body.get("Regions", ())))


def _all(on: tuple[str, ...] | Refused | Gone) -> tuple[str, ...]:
    if isinstance(on, tuple):
        return on
    hint = "Name them with --region, or allow ec2:DescribeRegions"
    raise NothingRead(f"The account's regions could not be listed: {on}. {hint}")


def _elsewhere(on: tuple[str, ...] | Refused | Gone, regions: tuple[str, ...]) -> str:
    """The regions that are switched on beside those scanned, in words."""
    if not isinstance(on, tuple):
        return f"other regions: which are switched on is not known ({on})"
    others = [name for name in on if name not in regions]
    return ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")


# -- rounds: parents before children, what is referred to after all that may refer to it


async def _rounds(scanning: Scanning, parts: Parts, regions: tuple[str, ...], progress: Progress) -> None:
    waiting = list(scanning.plan.needs.values())
    total, done = sum(len(_places(need, regions)) for need in waiting), 0

    async def unit(need: Need, region: str) -> None:
        nonlocal done
        type_ = need.collector.produces.type
        if (part := parts.load(type_, region)) is None:
            part = await read_type(scanning, need, region)
            parts.keep(type_, region, part)
        scanning.read[type_, region] = part
        done += 1
        progress(done, total, f"{type_} {region}".strip())

    finished: set[str] = set()
    while waiting:
        ready = [need for need in waiting if _after(need, scanning.plan) <= finished]
        if not ready:
            circle = ", ".join(need.collector.produces.type for need in waiting)
            raise DefinitionError(f"{circle}: read only where others name them, and they name each other in a circle")
        work = [unit(need, region) for need in ready for region in _places(need, regions)]
        if all(isinstance(need.collector.source, Referred) for need in waiting):
            work.append(_tags(scanning, parts, regions))  # of what was listed, while what it names is read
        await together(work)
        finished |= {need.collector.produces.type for need in ready}
        waiting = [need for need in waiting if need not in ready]


def _after(need: Need, plan: Plan) -> set[str]:
    match need.collector.source:
        case Each(parent=parent) | Metrics(parent=parent):
            return {parent.type}
        case Referred():
            cls = need.collector.produces
            naming = {
                t
                for t, other in plan.needs.items()
                if any(e.target is cls for f in other.references for e in f.targets)
            }
            listed = {t for t, other in plan.needs.items() if not isinstance(other.collector.source, Referred)}
            return (naming | listed) - {cls.type}
    return set()


def _places(need: Need, regions: tuple[str, ...]) -> tuple[str, ...]:
    return regions if need.collector.produces.scope == "regional" else ("",)


async def read_type(scanning: Scanning, need: Need, region: str) -> Part:
    """Everything of a type in one region, with its coverage."""
    source = need.collector.source
    if not isinstance(source, Metrics | Referred) and source.call.price and not scanning.cost:
        return scanning.unasked(need, region, "--with-cost")
    if isinstance(source, Metrics):
        return await measure(scanning, need, source, region)
    note = ""
    async with beside() as begin:

        def details(thing: Found) -> None:
            begin(thing.details(scanning.sender, need.then))

        match source:
            case Listed() | AccountWide():  # the details of one page are asked for while the next one comes
                found, refusal, bounded = await listed(scanning, need, source, region, details)
            case Searched():
                found, refusal, bounded = await listed(scanning, need, source, region)
                note = await bodies(scanning, need, source, found) if need.mode != "list" else ""
            case Each():
                found, refusal, bounded = await each(scanning, need, source, region)
            case Referred():
                found, refusal, bounded = referred(scanning, need, region)
        for thing in () if isinstance(source, Listed | AccountWide) else found:
            details(thing)
    return scanning.part(need, region, found, refusal, bounded, note=note)


# -- what is named but was not found, and tags


async def _dangling(scanning: Scanning, parts: Parts, regions: tuple[str, ...]) -> None:
    """Ask AWS once for each resource that others name and no list held: only its own word means "absent"."""
    for need in scanning.plan.needs.values():
        cls, call = need.collector.produces, _asked_by_name(need)
        if call is None:
            continue
        for region in _places(need, regions):
            part = scanning.read[cls.type, region]
            if part.coverage.status not in (*WHOLE, "bounded"):
                continue
            wanted = _named_only(scanning, cls, region, {row.key for row in part.rows})
            if not wanted:
                continue
            extra = parts.load(f"{cls.type}+named", region)
            if extra is None or not wanted.keys() <= {row.key for row in extra.rows}:
                extra = await _ask_for(scanning, need, call, region, wanted)
                parts.keep(f"{cls.type}+named", region, extra)
            rows = sorted([*part.rows, *extra.rows], key=lambda row: row.key)
            scanning.read[cls.type, region] = Part(extra.coverage, rows)


def _asked_by_name(need: Need) -> Call | None:
    """The call that tells whether one resource exists, from its name alone."""
    source = need.collector.source
    if need.collector.by_name is not None:
        return need.collector.by_name
    if isinstance(source, Searched):
        return source.describe
    telling = [call for call in need.then if not call.none]  # the others say "not set" of what does not exist, too
    return telling[0] if isinstance(source, Listed) and telling else None


def _named_only(scanning: Scanning, cls: type[Resource], region: str, known: set[Key]) -> dict[Key, str]:
    wanted: dict[Key, str] = {}
    for source, values in scanning.references(cls):
        for value in () if isinstance(values, Unobserved) else values:
            key = cls.key_of(value, source.account, source.region)
            if (key.account, key.region) == (scanning.account, region) and key not in known:
                wanted[key] = value
    return wanted


async def _ask_for(scanning: Scanning, need: Need, call: Call, region: str, wanted: dict[Key, str]) -> Part:
    cls = need.collector.produces
    things = [
        Found(cls, key, "", region, {cls.name_member: value if cls.name_member == cls.arn_member else key.name})
        for key, value in sorted(wanted.items())
    ]
    await together(thing.ask(scanning.sender, call) for thing in things)
    unsure = [thing for thing in things if thing.refused]
    for thing in unsure:
        thing.gone, thing.gaps["exists"] = "unsure", thing.refused[0].reason
    shapes = answers(need.collector)
    line = lessened(scanning.read[cls.type, region].coverage, unsure[0].refused[0] if unsure else None, 0)
    return Part(line, [thing.row(shapes) for thing in things])


async def _tags(scanning: Scanning, parts: Parts, regions: tuple[str, ...]) -> None:
    """Ask for the tags that no answer told, each once, however often this is done."""

    async def of(region: str) -> None:
        told = scanning.tags.get(region) or parts.load("tags", region)
        known = {row.key for row in told.rows} if told is not None else set()
        if wanted := [(need, row) for need, row in lacking(scanning, region) if row.key not in known]:
            told = joined(told, await tagged(scanning, wanted, region))
            parts.keep("tags", region, told)
        if told is not None:
            scanning.tags[region] = told

    await together(of(region) for region in regions)


# -- the end


def _inventory(
    scanning: Scanning, clients: Clients, caller_arn: str, *, partition: str, regions: tuple[str, ...], elsewhere: str
) -> Inventory:
    account = scanning.account
    lines = [part.coverage for part in scanning.read.values()]
    asked = [
        part.coverage
        for (type_, _), part in scanning.read.items()
        if not _after(scanning.plan.needs[type_], scanning.plan) and part.coverage.scope != "priced"
    ]
    if asked and not any(line.seen or line.status in READ for line in asked):
        hint = "`mllens policy scan` prints the policy that an audit needs"
        raise NothingRead(f"Nothing could be read as {caller_arn}: {asked[0].reason}. {hint}")
    rows = {row.key: row for part in scanning.read.values() for row in part.rows}
    places = [
        Key(Account.type, account, "", account),
        *(Key(Region.type, account, region, region) for region in regions),
    ]
    for key in places:
        rows[key] = Row.encode(key, answers={})
        lines.append(Coverage(key.account, key.region, key.type, "complete", seen=1, read=1))
    manifest = Manifest(
        mllens_version=__version__,
        botocore_version=botocore.__version__,
        caller_arn=caller_arn,
        partition=partition,
        now=scanning.now,
        started_at=scanning.now,
        finished_at=max([scanning.now, *(at for row in rows.values() for at, _ in row.seen.values())]),
        policy_sha256=scanning.plan.policy_sha256,
        accounts=[account],
        regions=list(regions),
        elsewhere=elsewhere,
        shapes={type_: dict(answers(need.collector)) for type_, need in sorted(scanning.plan.needs.items())},
        coverage=sorted(lines, key=lambda line: (line.account, line.region, line.type)),
        calls=dict(sorted(clients.calls.items())),
        throttled=scanning.sender.throttled,
        retried=scanning.sender.retried,
    )
    return Inventory(manifest, [rows[key] for key in sorted(rows)])
