"""Gaps in an inventory, as a scan that may not read everything leaves them."""

import msgspec
from hypothesis import strategies as st

from mllens.scanner import Coverage, Inventory
from mllens.scanner.row import Row


def hide(data: st.DataObject, whole: Inventory) -> Inventory:
    """Some lists denied or partial, with any of their resources lost; of the rest, some details and tags not read."""
    coverage, rows = [], []
    lines = [line for line in whole.manifest.coverage if not line.type.startswith("AWS::::")]
    hidden = data.draw(st.sets(st.sampled_from(lines), max_size=5))
    for line in whole.manifest.coverage:
        status = data.draw(st.sampled_from(["denied", "partial", "failed"])) if line in hidden else line.status
        coverage.append(msgspec.structs.replace(line, status=status, reason="hidden"))
    for row in whole.rows:
        if _line(whole, row) in hidden and data.draw(st.booleans()):
            continue
        if data.draw(st.integers(0, 9)) == 0:
            lost = data.draw(st.sampled_from(sorted(row.decode()) or [""]))
            answers = {operation: body for operation, body in row.decode().items() if operation != lost}
            row = Row.encode(  # noqa: PLW2901 - the row as a scan would have kept it
                row.key, arn=row.arn, tags=row.tags, answers=answers, gaps={**row.gaps, lost: "hidden"}, gone=row.gone
            )
        if data.draw(st.integers(0, 9)) == 0:
            row = msgspec.structs.replace(row, tags=None)  # noqa: PLW2901
        rows.append(row)
    return Inventory(msgspec.structs.replace(whole.manifest, coverage=coverage), rows)


def _line(inventory: Inventory, row: Row) -> Coverage:
    return next(c for c in inventory.manifest.coverage if c.type == row.type and c.region in ("", row.region))
