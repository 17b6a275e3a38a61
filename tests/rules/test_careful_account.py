"""What the rules say of a platform that is run with care: hardly anything fails."""

import pytest

from mllens.rules import Fail, Finding, Pass, findings
from mllens.rules.load import ours
from mllens.sandbox import Sandbox
from mllens.sandbox.careful import seed
from mllens.scanner import Graph
from mllens.scanner.client import Clients
from mllens.scanner.engine import Options, scan
from mllens.scanner.plan import plan

RULES = ours()


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    wanted = plan(read for rule in RULES for read in rule.reads)
    with Sandbox(regions=("us-east-1",)) as sandbox:
        seed(sandbox)
        inventory = scan(Clients(wanted.calls), wanted, Options(regions=sandbox.regions, metrics=True))
    return list(findings(RULES, Graph(inventory)))


def test_no_rule_breaks(found: list[Finding]) -> None:
    assert [f.failed for f in found if f.failed] == []


def test_less_than_one_finding_in_twenty_fails(found: list[Finding]) -> None:
    failing = [f"{f.rule.id}: {f.key.name}: {f.verdict}" for f in found if isinstance(f.verdict, Fail)]
    passing = sum(isinstance(f.verdict, Pass) for f in found)
    assert len(failing) < 0.05 * (passing + len(failing)), failing
