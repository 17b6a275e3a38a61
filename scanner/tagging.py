"""Tagging: tags that no answer held, from the tagging service, which never returns what was never tagged."""

from collections.abc import Sequence

import msgspec

from mllens.scanner.collect import TAGGED
from mllens.scanner.found import Found, Scanning, items_of, without_secrets
from mllens.scanner.inventory import Coverage
from mllens.scanner.parts import Part
from mllens.scanner.plan import Need
from mllens.scanner.row import Row
from mllens.scanner.send import Gone, Refused, together

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
    by_arn, refusal = await _all(scanning, wanted, region)
    answering = set() if refusal else {row.type for _, row in wanted if row.arn in by_arn}
    told: list[Row] = []

    async def one(need: Need, row: Row) -> None:
        if row.arn in by_arn:
            told.append(_bare(row, by_arn[str(row.arn)]))
        elif row.type in answering:
            told.append(_bare(row, {}))
        else:
            told.append(await _alone(scanning, need, row, region))

    await together(one(need, row) for need, row in wanted)
    line = Coverage(scanning.account, region, "tags", "partial" if refusal else "complete", refusal)
    return Part(line, sorted(told, key=lambda row: row.key))


async def _all(scanning: Scanning, wanted: Lacking, region: str) -> tuple[dict[str, dict[str, str]], str]:
    services = sorted({str(row.arn).split(":")[2] for _, row in wanted})
    by_arn: dict[str, dict[str, str]] = {}
    try:
        async for page in scanning.sender.pages(TAGGED, region, {"ResourceTypeFilters": services}):
            for item in items_of(page.body, TAGGED.items):
                by_arn[item["ResourceARN"]] = {t["Key"]: t["Value"] for t in item.get("Tags", ())}
    except (Refused, Gone) as refused:
        return by_arn, str(refused)
    return by_arn, ""


async def _alone(scanning: Scanning, need: Need, row: Row, region: str) -> Row:
    call = need.collector.tags
    assert call is not None  # `lacking` asked
    thing = Found(need.collector.produces, row.key, row.arn or "", region, {})
    given = {parameter: thing.parameter(member) for parameter, member in call.given.items()}
    try:
        found: dict[str, str] = {}
        async for page in scanning.sender.pages(call, region, given):
            found |= {t["Key"]: t["Value"] for t in items_of(page.body, call.items)}
    except (Refused, Gone) as refused:
        return msgspec.structs.replace(_bare(row, None), gaps={"Tags": str(refused)})
    return _bare(row, found)


def _bare(row: Row, tags: dict[str, str] | None) -> Row:
    return msgspec.structs.replace(row, answers=msgspec.Raw(b"{}"), seen={}, gaps={}, tags=without_secrets(tags))


def with_tags(part: Part, told: Part) -> Part:
    """A part whose rows have the tags that were told later."""
    by_key = {row.key: row for row in told.rows}
    rows = [
        msgspec.structs.replace(row, tags=late.tags, gaps={**row.gaps, **late.gaps})
        if row.tags is None and (late := by_key.get(row.key)) is not None
        else row
        for row in part.rows
    ]
    return Part(part.coverage, rows)
