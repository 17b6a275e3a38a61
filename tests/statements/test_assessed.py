"""What statements change in an assessment, and what they leave as it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mllens.assess import assess, reached
from mllens.reports.assessment import Assessment
from mllens.rules import Fail, NotApplicable, Pass, Rule, Unknown, Verdict, rule
from mllens.scanner import Graph
from mllens.scanner.sagemaker import Endpoint
from mllens.statements.attestations import Attestation
from mllens.statements.waivers import Waiver

PRACTICE = "MLOPS01_BP02"  # decided by the API and an answer
API = "MLSEC04_BP02"


def judged(practice: str, **relation: Any) -> Rule:
    @rule(severity="high", reads=(Endpoint.status,), name="says", **(relation or {"proves": (practice,)}))
    def judge(endpoint: Endpoint) -> Verdict:
        """An endpoint must be called good."""
        assert endpoint.status
        match endpoint.name[0]:
            case "f":
                return Fail("is not good")
            case "u":
                return Unknown("is not known")
            case "n":
                return NotApplicable("is not asked")
        return Pass()

    return judge


def attested(practice: str = PRACTICE, **changes: Any) -> dict[str, Attestation]:
    values = {
        "format": 1,
        "practice": practice,
        "statement": "It is agreed.",
        "evidence": "DOC-7",
        "owner": "Ada",
        "reviewer": "Grace",
        "date": "2026-01-15",
        "expires": "2026-11-01",
    }
    return {"a.yaml": Attestation.model_validate(values | changes)}


def waived(*names: str, **changes: Any) -> dict[str, Waiver]:
    values = {
        "format": 1,
        "rules": ["says"],
        "resources": list(names),
        "owner": "Alan",
        "reason": "a sandbox",
        "tool_reason": "OTHER",
        "date": "2026-01-15",
        "expires": "2026-11-01",
    }
    return {"w.yaml": Waiver.model_validate(values | changes)}


def account(names: str) -> Any:
    found = [Endpoint(name=f"{letter}{n}", arn=f"arn:{n}", status="InService") for n, letter in enumerate(names)]
    return Graph.of(*found, encoded=True).inventory


def state(told: Assessment, practice: str = PRACTICE) -> Any:
    return next(p for p in told.practices if p.id == practice)


# Endpoints that pass, fail, are unknown or not asked; the state without and with an attestation.
@pytest.mark.parametrize(
    ("practice", "names", "alone", "with_word"),
    [
        (PRACTICE, "", "unknown", "attested"),  # no endpoint: a rule that does not apply to anything
        (PRACTICE, "p", "supported", "attested"),
        (PRACTICE, "pu", "unknown", "attested"),
        (PRACTICE, "f", "disproven", "conflict"),
        (PRACTICE, "pf", "partial", "conflict"),
        (PRACTICE, "fu", "disproven", "conflict"),
        (PRACTICE, "n", "not_applicable", "not_applicable"),
        (API, "p", "proven", "proven"),
        (API, "u", "unknown", "attested"),
        (API, "pf", "partial", "conflict"),
    ],
)
def test_states(practice: str, names: str, alone: str, with_word: str) -> None:
    if not names:
        inventory, rules = account("p"), []
    else:
        inventory, rules = account(names), [judged(practice)]
    assert state(assess(inventory, rules), practice).state == alone
    assert state(assess(inventory, rules, attestations=attested(practice)), practice).state == with_word
    for idle in ({"expires": "2026-10-31"}, {"reviewer": ""}, {"owner": ""}, {"scope": {"accounts": ["444455556666"]}}):
        told = assess(inventory, rules, attestations=attested(practice, **idle))
        assert state(told, practice).state == alone
        assert [a.file for a in told.attestations if a.why] == ["a.yaml"]


def test_an_answer_is_selected_and_a_conflict_is_not() -> None:
    told = assess(account("p"), [judged(PRACTICE)], attestations=attested())
    assert [c.selected for q in told.questions for c in q.choices if c.id == PRACTICE] == [True]
    told = assess(account("pf"), [judged(PRACTICE)], attestations=attested())
    assert [c.selected for q in told.questions for c in q.choices if c.id == PRACTICE] == [False]


def test_the_clock_is_the_scan_s_or_the_one_given() -> None:
    inventory = account("p")  # read on 2026-11-01
    kept = attested(expires="2026-11-01")
    assert state(assess(inventory, [judged(PRACTICE)], attestations=kept)).state == "attested"
    later = datetime(2026, 11, 2, tzinfo=UTC)
    told = assess(inventory, [judged(PRACTICE)], attestations=kept, as_of=later)
    assert (state(told).state, told.attestations[0].standing) == ("supported", "expired")


def test_hints_against_do_not_conflict() -> None:
    hint = judged(PRACTICE, supports=(PRACTICE,))
    assert state(assess(account("f"), [hint], attestations=attested())).state == "attested"


def test_what_is_left_out_is_not_covered_by_resources() -> None:
    kept = attested(scope={"resources": ["p*"]})
    chosen, left = judged(PRACTICE), judged(PRACTICE)
    assert state(assess(account("p"), [chosen], attestations=kept)).state == "attested"
    assert state(assess(account("p"), [chosen], left_out=[left], attestations=kept)).state == "unknown"
    assert state(assess(account("p"), [chosen], left_out=[left], attestations=attested())).state == "attested"


def test_waived_fails_stay_fails() -> None:
    told = assess(account("pff"), [judged(PRACTICE)], waivers=waived("f1"))
    practice = state(told)
    assert (practice.state, practice.met, practice.of, practice.met_with_waivers) == ("partial", 1, 3, 2)
    findings = {f.resource.name: (f.status, f.waived, f.waiver) for f in told.findings}
    assert findings == {"p0": ("pass", False, None), "f1": ("fail", True, "w.yaml"), "f2": ("fail", False, None)}
    assert [(r.fail, r.waived) for r in told.rules] == [(2, 1)]
    assert [(w.file, w.matched, w.tool_reason) for w in told.waivers] == [("w.yaml", 1, "OTHER")]
    assert reached(told, "high")


def test_what_is_waived_does_not_count_for_fail_on() -> None:
    told = assess(account("pff"), [judged(PRACTICE)], waivers=waived("f*"))
    assert not reached(told, "info")
    assert state(told).state == "partial"
    assert not reached(assess(account("p"), [judged(PRACTICE)]), "info")
    assert reached(assess(account("pff"), [judged(PRACTICE)], waivers=waived("f*", expires="2026-10-31")), "high")


def test_a_waiver_of_unknown_and_passing_findings_matches_nothing() -> None:
    told = assess(account("pu"), [judged(PRACTICE)], waivers=waived("*"))
    assert told.waivers[0].why.startswith("matches nothing that fails")
    assert not any(f.waived for f in told.findings)
