"""The way back on random accounts: what a plan claims comes true, nothing else changes, and all of it is taken back."""

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from account import US
from gaps import CHOICES, FIXABLE, Carried, Described, Served, looked, seed, written
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scans import RULES, Scanner

from mllens.assess import assess
from mllens.remediation.planfile import Plan
from mllens.remediation.planning import Wanted, plan
from mllens.remediation.what_if import WhatIf, what_if
from mllens.rules import Finding
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.scanner import Inventory
from mllens.scanner.plan import plan as reading_of

READING = reading_of(
    [read for rule in RULES for read in (*rule.reads, *(rule.repair.reads if rule.repair else ()))],
    {rule.subject for rule in RULES},
)
DENIED = (
    *("application-autoscaling:*", "cloudwatch:*", "ecr:*", "iam:*", "kms:*", "s3:*", "sns:*"),
    *("cloudwatch:GetMetricData", "s3:GetBucketPolicy", "s3:GetPublicAccessBlock"),
    *("sagemaker:*ModelCard*", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel", "sagemaker:ListTags"),
)
PICKED: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "endpoint-no-error-alarm": {"topic": (CHOICES["endpoint-no-error-alarm"]["topic"],), "threshold": (0.0, 0.05)},
    "capture-enabled": {"bucket": ("s3://kept/calls", "s3://captured/calls"), "sampling": (1, 100)},
    "endpoint-autoscaling-effective": {"target": (50.0,), "least": (1, 2), "most": (4,)},
}
"""Choices of fixes, and values that a person may give them."""

NAMES = ("churn", "lapse")
flag = st.booleans()
endpoint = st.builds(
    Served,
    name=st.just(""),
    stage=st.sampled_from(["production", "test", ""]),
    variants=st.sampled_from([("main",), ("main", "other")]),
    alarm=flag,
    captures=flag,
    scales=st.sampled_from(["no", "target", "policy"]),
    card=flag,
    owned=st.sampled_from([False, False, True]),
)
openness = st.sampled_from(["open", "half", "closed"])
account = st.builds(
    Described,
    endpoints=st.lists(endpoint, min_size=1, max_size=2).map(
        lambda drawn: tuple(Served(**{**vars(e), "name": name}) for name, e in zip(NAMES, drawn, strict=False))
    ),
    topic=flag,
    training=openness,
    captured=openness,
    rotates=flag,
    scanned=st.sampled_from(["nothing", "another", "all"]),
    owned=st.sampled_from([frozenset(), frozenset({"features"}), frozenset({"captured"})]),
)
rules = st.sets(st.sampled_from([rule.id for rule in FIXABLE]), min_size=1)
choices = st.fixed_dictionaries(
    {},
    optional={
        rule: st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in named.items()})
        for rule, named in PICKED.items()
    },
)


@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to shrink them takes minutes
@given(account, rules, choices, st.sets(st.sampled_from(DENIED), max_size=2), st.sampled_from(["", *NAMES]))
def test_what_a_plan_claims_comes_true_and_all_of_it_is_taken_back(
    described: Described, chosen: set[str], picked: dict[str, Any], denied: set[str], excluded: str
) -> None:
    with Sandbox(regions=(US,)) as sandbox, tempfile.TemporaryDirectory() as folder:
        seed(sandbox, described)
        sandbox.faults = Faults(*(Fault("deny", calls) for calls in sorted(denied)))
        start, scanner = sandbox.snapshot(), _scanner(sandbox)
        before = scanner()
        was = _told(before)

        def spared(finding: Finding) -> str:
            return "excluded" if finding.key.name == excluded else ""

        fixes = tuple(rule for rule in FIXABLE if rule.id in chosen)
        asked = {rule: values for rule, values in picked.items() if rule in chosen}
        made, then = plan(before, Wanted(fixes, choices=asked, spared=spared))
        assert sandbox.snapshot() == start, "planning only reads"
        _plans_what_fails(was, made, chosen, excluded)

        carried = Carried(sandbox, made, Path(folder))
        assert carried.apply() == _expected(made, described)
        assert set(carried.apply(drift=True).values()) <= {"done"}
        sandbox.calls.clear()
        assert set(carried.apply(drift=True).values()) <= {"done"}
        assert written(sandbox) == [], "a second run sends nothing"

        sandbox.faults = Faults()
        looked(sandbox)
        sandbox.faults = Faults(*(Fault("deny", calls) for calls in sorted(denied)))
        _comes_true(was, what_if(before, then, RULES, (), {}), made, _told(scanner()))
        assert set(carried.undo().values()) <= {"done"}
        assert carried.left(start) == []


_scanners: list[Scanner] = []


def _scanner(sandbox: Sandbox) -> Scanner:
    """The scanner of the example before, whose clients reach whichever sandbox is open: to make them takes longest."""
    if not _scanners:
        _scanners.append(Scanner(sandbox, READING))
    _scanners[0].sandbox = sandbox
    return _scanners[0]


@dataclass(frozen=True)
class Said:
    """What the rules say: of which resource, and status and message."""

    rule: str
    of: str
    what: str


def _told(inventory: Inventory) -> dict[str, Said]:
    found = assess(inventory, RULES, reproducible=True).findings
    return {
        f.id: Said(f.rule, f.resource.name, f.status + (f": {f.message}" if f.status in ("fail", "unknown") else ""))
        for f in found
    }


def _plans_what_fails(was: Mapping[str, Said], made: Plan, chosen: Collection[str], excluded: str) -> None:
    """Every failing finding is planned or left with a reason, once; what is unknown or excluded is not planned."""
    failing = {id_: said.of for id_, said in was.items() if said.rule in chosen and said.what.startswith("fail")}
    planned = [gap.finding for action in made.actions for gap in action.closes]
    assert sorted([*planned, *(left.gap.finding for left in made.left)]) == sorted(failing)
    assert all(left.why for left in made.left)
    assert excluded not in {failing[id_] for id_ in planned}


def _expected(made: Plan, described: Described) -> dict[str, str]:
    """What is to come of each action: what somebody owns is left alone, and what stands on that is not begun."""
    owned = {*described.owned, *(e.name for e in described.endpoints if e.owned)}
    out: dict[str, str] = {}
    for action in made.actions:
        if any(out[other] != "done" for other in action.waits_for):
            out[action.id] = "waiting"
        else:
            out[action.id] = "skipped" if owned & {target.name for target in action.targets} else "done"
    return out


def _comes_true(was: Mapping[str, Said], told: WhatIf, made: Plan, found: Mapping[str, Said]) -> None:
    """A fresh scan says what was foretold wherever that was not unknown; so gaps close, and what gets worse was announced."""
    now = {id_: said.what for id_, said in found.items()}
    foretold = {id_: said.what for id_, said in was.items()} | {d.id: d.then for d in told.findings}
    known = {id_: what for id_, what in foretold.items() if not what.startswith("unknown")}
    assert {id_: now.get(id_, "") for id_ in known} == known
    assert {now[gap.finding] for action in made.actions for gap in action.closes} <= {"pass"}
    worse = {id_ for id_, said in was.items() if said.what == "pass" and now.get(id_, "").startswith("fail")}
    assert worse <= {d.id for d in told.findings if d.then.startswith("fail")}
