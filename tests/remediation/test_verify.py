"""Verifying: only a pass closes a gap, and what was not read is neither closed nor gone."""

from typing import Any

import plans
import pytest

from mllens.remediation.planfile import Gap, Target
from mllens.remediation.verify import verify
from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner import Graph
from mllens.scanner.sagemaker import Endpoint


@rule(severity="high", proves=("MLREL05_BP02",), reads=(Endpoint.status,), name="serves")
def serves(endpoint: Endpoint) -> Verdict:
    """An endpoint must serve."""
    if endpoint.status == "Updating":
        return NotApplicable("is Updating")
    return Pass() if endpoint.status == "InService" else Fail(f"is {endpoint.status}")


def _graph(*endpoints: Endpoint, **options: Any) -> Graph:
    return Graph.of(Endpoint(name="other", status="InService"), *endpoints, encoded=True, **options)


@pytest.mark.parametrize(
    ("now", "word", "why"),
    [
        (_graph(Endpoint(name="fraud", status="InService")), "closed", ""),
        (_graph(Endpoint(name="fraud", status="Failed")), "open", "is Failed"),
        (_graph(Endpoint(name="fraud", status="Updating")), "unknown", "does not apply now: it is Updating"),
        (_graph(Endpoint(name="fraud")), "unknown", "not set"),
        (_graph(), "gone", "no longer there"),
        (_graph(unread=[Endpoint]), "unknown", "denied"),
    ],
    ids=["passes", "fails", "changing", "unread", "gone", "denied"],
)
def test_only_a_pass_closes_a_gap(now: Graph, word: str, why: str) -> None:
    there = Endpoint(name="fraud")
    target = Target(**there.key._asdict())
    gap = Gap(finding="f", rule="serves", severity="high", target=target, message="is Failed")
    made = plans.plan(plans.action("a", plans.alarm_step(), closes=[gap]))
    (proof,) = verify(made, now.inventory, [serves], settings={}, look_again=lambda inventory, _: inventory)
    assert proof.word == word
    assert why in proof.why
