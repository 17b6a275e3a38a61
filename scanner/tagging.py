"""Tagging: tags that no answer held, from the tagging service, which never returns what was never tagged."""

import re
from collections.abc import Sequence

import msgspec

from mllens.scanner.collect import TAGGED
from mllens.scanner.found import WRONG_SHAPE, Found, Scanning, filled, items_of, malformed, without_secrets
from mllens.scanner.inventory import WHOLE, Coverage
from mllens.scanner.parts import Part
from mllens.scanner.plan import Need
from mllens.scanner.row import Row
from mllens.scanner.send import Gone, Refused, together
from mllens.scanner.shapes import iam_action

Lacking = Sequence[tuple[Need, Row]]


def lacking(scanning: Scanning, region: str) -> Lacking:
    """Resources whose tags a rule reads and no answer told."""
    return [
        (need, row)
        for type_, need in scanning.plan.needs.items()
        if need.tags and need.collector.tags is not None and (type_, region) in scanning.read
        for row in scanning.read[type_, region].rows
        if not row.gone and row.tags is None and row.arn
    ]


async def tagged(scanning: Scanning, wanted: Lacking, region: str) -> Part:
    """Their tags, as rows without answers.

    A resource that the tagging service leaves out is untagged only if another of its type came back; else it is
    asked for alone.
    """
    by_arn, refused = await _all(scanning, wanted, region)
    answering = {
        type_
        for (type_, where), part in scanning.read.items()
        if refused is None and where == region and any(row.arn in by_arn for row in part.rows)
    }
    told: list[Row] = []
    refusals: list[Refused] = []

    async def one(need: Need, row: Row) -> None:
        if row.arn in by_arn:
            told.append(_bare(row, by_arn[str(row.arn)]))
        elif row.type in answering:
            told.append(_bare(row, {}))
        else:
            try:
                told.append(_bare(row, await _alone(scanning, need, row, region)))
            except Refused as refusal:
                refusals.append(refusal)
                gaps = {"Tags": refusal.reason if refused is None else f"{refused}; {refusal}"}
                told.append(msgspec.structs.replace(_bare(row, None), gaps=gaps))

    await together(one(need, row) for need, row in wanted)
    line = Coverage(scanning.account, region, "tags", "complete")
    if refusals:
        first = refused or min(refusals, key=lambda r: r.reason)
        action = iam_action(first.call) if first.status == "denied" else ""
        line = Coverage(scanning.account, region, "tags", "partial", first.reason, str(first.call), action)
    return Part(line, sorted(told, key=lambda row: row.key))


async def _all(scanning: Scanning, wanted: Lacking, region: str) -> tuple[dict[str, dict[str, str]], Refused | None]:
    kinds = sorted({_kind(str(row.arn)) for _, row in wanted})  # a whole service would be all its jobs of all time
    by_arn: dict[str, dict[str, str]] = {}
    try:
        async for page in scanning.sender.pages(TAGGED, region, {"ResourceTypeFilters": kinds}):
            for item in items_of(page.body, TAGGED.items):
                by_arn[item["ResourceARN"]] = {t["Key"]: t["Value"] for t in item.get("Tags", ())}
    except Refused as refused:
        return by_arn, refused
    except (Gone, *WRONG_SHAPE) as error:
        return by_arn, malformed(TAGGED, error)
    return by_arn, None


def _kind(arn: str) -> str:
    """What the tagging service calls a resource's type: service, and the type in its ARN, where that holds one."""
    service, resource = arn.split(":", 5)[2::3]
    kind = re.match(r"([a-z][a-z-]*)[:/]", resource)
    return f"{service}:{kind[1]}" if kind else service


async def _alone(scanning: Scanning, need: Need, row: Row, region: str) -> dict[str, str]:
    call = need.collector.tags
    assert call is not None  # `lacking` asked
    thing = Found(need.collector.produces, row.key, row.arn or "", region, {})
    found: dict[str, str] = {}
    try:
        async for page in scanning.sender.pages(call, region, filled(call.given, thing.parameter)):
            found |= {t["Key"]: t["Value"] for t in items_of(page.body, call.items)}
    except (Gone, *WRONG_SHAPE) as error:
        raise malformed(call, error) from None
    return found


def _bare(row: Row, tags: dict[str, str] | None) -> Row:
    return msgspec.structs.replace(row, answers=msgspec.Raw(b"{}"), seen={}, gaps={}, tags=without_secrets(tags))


def joined(before: Part | None, told: Part) -> Part:
    """What was told at two times as one part, in part if either is."""
    if before is None:
        return told
    line = min(before.coverage, told.coverage, key=lambda line: (line.status == "complete", line.reason))
    return Part(line, sorted([*before.rows, *told.rows], key=lambda row: row.key))


def add_tags(scanning: Scanning) -> None:
    """Give what was read the tags that were told since."""
    for region, told in scanning.tags.items():
        for type_ in {row.type for row in told.rows}:
            scanning.read[type_, region] = _with_tags(scanning.read[type_, region], told)


def _with_tags(part: Part, told: Part) -> Part:
    """A part whose rows have the tags that were told later; where they were not, it was read in part."""
    by_key = {row.key: row for row in told.rows if row.type == part.coverage.type}
    rows = [
        msgspec.structs.replace(row, tags=late.tags, gaps={**row.gaps, **late.gaps})
        if row.tags is None and (late := by_key.get(row.key)) is not None
        else row
        for row in part.rows
    ]
    untold = sum(bool(row.gaps) for row in by_key.values())
    line, why = part.coverage, told.coverage
    if untold and line.status in (*WHOLE, "bounded"):
        told_of = {"reason": why.reason, "operation": why.operation, "action": why.action}
        line = msgspec.structs.replace(line, status="partial", read=max(0, line.read - untold), **told_of)
    return Part(line, rows)
