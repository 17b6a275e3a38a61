"""Whatever of an account is hidden, a verdict stays or becomes unknown: it never turns into another."""

from collections.abc import Mapping

import pytest
from hiding import hide
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mllens.rules import Unknown, findings
from mllens.rules.load import ours
from mllens.sandbox import Sandbox
from mllens.sandbox.demo import seed
from mllens.scanner import Graph, Inventory, Key
from mllens.scanner.client import Clients
from mllens.scanner.engine import Options, scan
from mllens.scanner.plan import plan

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


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_verdict_turns_into_another(whole: Inventory, data: st.DataObject) -> None:
    before, after = said(whole), said(hide(data, whole))
    changed = {
        key: (before[key], verdict) for key, verdict in after.items() if verdict not in {before[key], Unknown.__name__}
    }
    assert changed == {}
