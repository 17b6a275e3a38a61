"""From an assessment to the shortest list of practices that clears its high risks."""

from typing import Any

import pytest

from mllens import clearing
from mllens.clearing import Step, Way, way
from mllens.lens import LensError, load
from mllens.reports.assessment import (
    Assessment,
    Choice,
    Finding,
    FindingStatus,
    Practice,
    PracticeState,
    Question,
    ResourceId,
    Resources,
    Risk,
    RuleTally,
    Scan,
    Scope,
)

ENDPOINT = ResourceId(arn="", type="AWS::SageMaker::Endpoint", account="1", region="r", name="e")


def question(id_: str, risk: Risk, states: dict[str, PracticeState], *, none: bool = False) -> Question:
    """One of ours, whose practices are disproven but for these."""
    asked = load().questions[id_]
    by_id: dict[str, PracticeState] = {choice.id: states.get(choice.id, "disproven") for choice in asked.choices}
    choices = [
        Choice(id=practice, selected=state in ("proven", "attested"), state=state) for practice, state in by_id.items()
    ]
    return Question(
        id=id_,
        pillar="reliability",
        dimension=None,
        title="?",
        risk=risk,
        risk_best="high" if risk == "high" else "none",
        risk_worst="none" if risk in ("none", "not_applicable") else "high",
        undecided=[practice for practice, state in by_id.items() if state in ("unknown", "supported")],
        choices=[*choices, Choice(id=asked.none, selected=none, state=None)],
    )


def finding(rule: str, status: FindingStatus, *, fix: bool = False) -> Finding:
    return Finding(id=f"{rule} {status}", rule=rule, resource=ENDPOINT, status=status, waived=False, severity="high",
                   message="", evidence=[], practices=[], fix=fix)  # fmt: skip


def rule(id_: str, *proves: str) -> RuleTally:
    counts: dict[str, Any] = dict.fromkeys(("passed", "fail", "unknown", "not_applicable", "waived"), 0)
    return RuleTally(id=id_, title="", harm="", severity="high", confidence="high", proves=list(proves), supports=[],
                     module="", **counts)  # fmt: skip


def assessed(questions: list[Question], findings: list[Finding] = [], rules: list[RuleTally] = []) -> Assessment:  # noqa: B006 - only read
    scan = Scan(caller_arn="", started_at=None, finished_at=None, policy_sha256="", botocore_version="", rules_sha256="",
                lens_sha256="", inventory_sha256="")  # fmt: skip
    return Assessment(
        mllens_version="1",
        scope=Scope(accounts=[], regions=[], partition="aws", rules=len(rules)),
        scanned_at="2026-11-01T12:00:00Z",
        scan=scan,
        resources=Resources(total=0, by_type={}),
        coverage=[],
        findings=findings,
        practices=[],
        questions=questions,
        rules=rules,
        calls=None,
        throttled=None,
        retried=None,
    )


@pytest.fixture(autouse=True)
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which practices rules decide is a matter of the rules there are; here it is these two that there are rules of."""
    monkeypatch.setattr(clearing, "ours", lambda: [rule("of traffic", "MLSEC04_BP02"), rule("of size", "MLREL05_BP01")])


# MLSEC04: three practices that rate high, two of them are enough; rules decide the second, a person the others
FIRST_MET: dict[str, PracticeState] = {"MLSEC04_BP01": "attested"}


def test_what_a_fix_closes_comes_before_what_a_person_states() -> None:
    told = way(
        assessed(
            [question("MLSEC04", "high", FIRST_MET)],
            [finding("mine", "fail", fix=True), finding("other", "fail"), finding("mine", "pass")],
            [rule("mine", "MLSEC04_BP02"), rule("other", "MLREL05_BP01")],
        )
    )
    assert (told.clears, told.possible) == (("MLSEC04",), ())
    title = "Traffic between nodes of all distributed training, tuning, processing and monitoring jobs is encrypted"
    assert told.steps == (Step("MLSEC04", "MLSEC04_BP02", title, "disproven", "fix", ("mine",)),)


@pytest.mark.parametrize(
    ("findings", "means"),
    [
        ([finding("mine", "fail", fix=True), finding("mine", "unknown")], "rules"),
        ([finding("mine", "fail", fix=True), finding("also", "fail")], "rules"),
        ([], "rules"),
    ],
)
def test_what_no_fix_closes_is_for_rules_to_see(findings: list[Finding], means: str) -> None:
    rules = [rule("mine", "MLSEC04_BP02"), rule("also", "MLSEC04_BP02")]
    (step,) = way(assessed([question("MLSEC04", "high", FIRST_MET)], findings, rules)).steps
    assert (step.practice, step.means) == ("MLSEC04_BP02", means)


def test_rules_that_were_left_out_still_decide() -> None:
    (step,) = way(assessed([question("MLSEC04", "high", FIRST_MET)])).steps
    assert (step.practice, step.means, step.rules) == ("MLSEC04_BP02", "rules", ())


def test_what_a_fix_closes_of_a_practice_that_rules_see_in_part_waits_for_a_person_all_the_same() -> None:
    states: dict[str, PracticeState] = {"MLREL05_BP02": "not_applicable"}
    given = assessed([question("MLREL05", "high", states)], [finding("of size", "fail", fix=True)])
    told = way(given.model_copy(update={"rules": [rule("of size", "MLREL05_BP01")]}))
    assert [(step.practice, step.means, step.rules) for step in told.steps] == [
        ("MLREL05_BP01", "person", ("of size",))
    ]


def test_what_does_not_apply_leaves_what_a_person_states() -> None:
    asked = question("MLREL04", "high", {"MLREL04_BP02": "not_applicable", "MLREL04_BP01": "unknown"}, none=True)
    (step,) = way(assessed([asked])).steps
    assert (step.practice, step.state, step.means) == ("MLREL04_BP01", "unknown", "person")


def test_what_fails_and_waits_for_a_person_costs_more_than_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "ours", lambda: [rule("of limits", "MLSEC04_BP01")])
    given = [question("MLSEC04", "high", {"MLSEC04_BP02": "attested"})]  # either of the two others is enough
    assert [step.practice for step in way(assessed(given)).steps] == ["MLSEC04_BP01"]
    told = assessed(given, [finding("of limits", "fail", fix=True)], [rule("of limits", "MLSEC04_BP01")])
    assert [step.practice for step in way(told).steps] == ["MLSEC04_BP03"]


def test_what_a_waiver_rules_out_is_not_to_be_met() -> None:
    asked = question("MLSEC01", "high", {})
    practice = Practice(id="MLSEC01_BP01", lens="", title="", risk="high", state="disproven", met=0, of=1, unknown=0,
                        met_with_waivers=0, rules=[], ruled_out="waivers/no-data.yaml")  # fmt: skip
    told = assessed([asked, question("MLSEC02", "high", {})])
    assert {step.practice for step in way(told).steps} == {"MLSEC01_BP01", "MLSEC02_BP01"}
    found = way(told.model_copy(update={"practices": [practice]}))
    assert (found.clears, [step.practice for step in found.steps]) == (("MLSEC02",), ["MLSEC02_BP01"])


def test_what_may_be_high_is_told_apart_and_cleared_on_request() -> None:
    undecided: dict[str, PracticeState] = dict.fromkeys(("MLSEC04_BP02", "MLSEC04_BP03"), "unknown")
    given = assessed(
        [
            question("MLREL01", "none", {}),
            question("MLREL02", "not_applicable", {}),
            question("MLSEC04", "unanswered", FIRST_MET | undecided),
            question("MLREL05", "undetermined", {"MLREL05_BP01": "supported"}),
        ]
    )
    assert way(given) == Way((), ("MLSEC04", "MLREL05"), ())
    told = way(given, possible=True)
    assert (told.clears, told.possible) == (("MLSEC04", "MLREL05"), ())
    assert [(step.practice, step.state) for step in told.steps if step.question == "MLSEC04"] == [
        ("MLSEC04_BP02", "unknown")
    ]


def test_an_assessment_of_another_lens_is_refused() -> None:
    asked = question("MLREL04", "high", {})
    for other in (
        asked.model_copy(update={"id": "MLREL99"}),
        asked.model_copy(update={"choices": asked.choices[1:]}),
    ):
        with pytest.raises(LensError, match="is not asked like this by the lens of this program: assess the inventory"):
            way(assessed([other]))
