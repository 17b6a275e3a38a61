"""Whatever of an account is hidden, a verdict stays or becomes unknown: it never turns into another."""

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mllens.rules import Unknown, findings
from mllens.rules.load import ours
from mllens.sandbox import Sandbox
from mllens.sandbox.demo import seed
from mllens.scanner import Coverage, Graph, Inventory, Key
from mllens.scanner.client import Clients
from mllens.scanner.engine import Options, scan
from mllens.scanner.plan import plan
from mllens.scanner.row import Row

RULES = ours()
SETTINGS: Mapping[str, Mapping[str, object]] = {"inventory-shadow-ml": {"declared": ["us-east-1"]}}


@pytest.fixture(scope="module")
def whole() -> Inventory:
    wanted = plan(read for rule in RULES for read in rule.reads)
    with Sandbox() as sandbox:
        seed(sandbox)
        return scan(Clients(wanted.calls), wanted, Options(regions=sandbox.regions, metrics=True))


def said(inventory: Inventory) -> dict[tuple[str, Key], str]:
    return {
        (f.rule.id, f.key): type(f.verdict).__name__ for f in findings(RULES, Graph(inventory), SETTINGS) if f.key.name
    }


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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_verdict_turns_into_another(whole: Inventory, data: st.DataObject) -> None:
    before, after = said(whole), said(hide(data, whole))
    changed = {
        key: (before[key], verdict) for key, verdict in after.items() if verdict not in {before[key], Unknown.__name__}
    }
    assert changed == {}
