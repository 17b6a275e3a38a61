"""`mllens review …` as people run it, against the simulated Tool over HTTP, with a person who edits meanwhile."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from program import ENVIRONMENT, Done, emptied

from mllens.cli.main import cli
from mllens.cli.review import cases
from mllens.lens import build, load
from mllens.lens.watool import Connection, Forbidden, Reviews
from mllens.reports.assessment import Assessment, Attestation, Finding, ResourceId, Waiver
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.errors import ConnectionLost
from mllens.workload import read_workload

QUESTIONS = ("H01", "H02")
RULES = [
    {"condition": "{0}_a && {0}_b && !{0}_no", "risk": "NO_RISK"},
    {"condition": "({0}_a || {0}_b) && !{0}_no", "risk": "MEDIUM_RISK"},
    {"condition": "default", "risk": "HIGH_RISK"},
]
LENS: dict[str, Any] = {
    "schemaVersion": "2021-11-01",
    "name": "House rules",
    "description": "What we expect.",
    "pillars": [
        {"id": "rules", "name": "Rules", "questions": [
            {"id": q, "title": "How?", "description": "Why.",
             "choices": [
                 {"id": f"{q}_a", "title": "So", "improvementPlan": {"displayText": "Do it."}},
                 {"id": f"{q}_b", "title": "And so", "improvementPlan": {"displayText": "Do that."}},
                 {"id": f"{q}_no", "title": "None of these"},
             ],
             "riskRules": [rule | {"condition": rule["condition"].format(q)} for rule in RULES]}
            for q in QUESTIONS
        ]},
    ],
}  # fmt: skip
ACCOUNT, REGION = "123456789012", "us-east-1"
WORKLOAD = f'name = "Estate"\naccounts = ["{ACCOUNT}"]\nregions = ["{REGION}"]\n'
MIXED = {"H01": ("proven", "partial"), "H02": ("disproven", "disproven")}
FLIPPED = {"H01": ("disproven", "proven"), "H02": ("proven", "unknown")}


def assessment(states: dict[str, tuple[str, ...]], scanned_at: str = "2026-11-01T10:00:00Z") -> str:
    """The JSON of an assessment in which each practice has a state."""
    given = {
        question: {f"{question}_{letter}": state for letter, state in zip("ab", found, strict=True)}
        for question, found in states.items()
    }
    return rendered(given, {question: f"{question}_no" for question in states}, scanned_at)


def rendered(given: dict[str, dict[str, str]], none: dict[str, str], scanned_at: str = "2026-11-01T10:00:00Z") -> str:
    counts = {"met": 7, "of": 9, "unknown": 1, "met_with_waivers": 8}
    content = {
        "schema_version": 1,
        "mllens_version": "0",
        "scope": {"accounts": [ACCOUNT], "regions": [REGION], "partition": "aws", "rules": 1},
        "scanned_at": scanned_at,
        "scan": {
            "caller_arn": "arn:aws:iam::123456789012:role/audit",
            "started_at": None,
            "finished_at": None,
            "botocore_version": "1",
            **dict.fromkeys(("policy_sha256", "rules_sha256", "lens_sha256", "inventory_sha256"), "0" * 64),
        },
        "resources": {"total": 0, "by_type": {}},
        "practices": [
            {"id": id_, "lens": "House rules", "title": "So", "risk": "high", "state": state, "rules": [], **counts}
            for states in given.values()
            for id_, state in states.items()
        ],
        "questions": [
            {
                "id": question,
                "pillar": "rules",
                "dimension": None,
                "title": "How?",
                "risk": "high",
                "risk_best": "none",
                "risk_worst": "high",
                "undecided": [],
                "choices": [
                    *({"id": id_, "selected": state == "proven", "state": state} for id_, state in states.items()),
                    {"id": none[question], "selected": set(states.values()) == {"disproven"}, "state": None},
                ],
            }
            for question, states in given.items()
        ],
        "coverage": [],
        "findings": [],
        "rules": [],
        **dict.fromkeys(("calls", "throttled", "retried")),
    }
    return json.dumps(content)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    with Sandbox() as sandbox, sandbox.serve() as url:
        yield sandbox, url


@pytest.fixture
def sandbox(served: tuple[Sandbox, str]) -> Iterator[Sandbox]:
    with emptied(served[0]) as sandbox:
        yield sandbox


class Person:
    """Who answers the same review in the console."""

    def __init__(self, sandbox: Sandbox, lens: dict[str, Any]) -> None:
        self.tool = sandbox.client("wellarchitected")
        arn = self.tool.import_lens(JSONString=json.dumps(lens))["LensArn"]
        self.tool.create_lens_version(LensAlias=arn, LensVersion="1.0", IsMajorVersion=True)
        made = self.tool.create_workload(
            WorkloadName="Estate", Description="all", Environment="PRODUCTION", Lenses=[arn], AwsRegions=[REGION],
            AccountIds=[ACCOUNT], ReviewOwner="owner",
        )  # fmt: skip
        self.id = made["WorkloadId"]
        self.review = {"WorkloadId": self.id, "LensAlias": arn}

    def says(self, question: str, **given: Any) -> None:
        self.tool.update_answer(**self.review, QuestionId=question, **given)

    def sees(self, question: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.tool.get_answer(**self.review, QuestionId=question)["Answer"]
        return answer

    def ticked(self) -> list[str]:
        return [choice for question in QUESTIONS for choice in self.sees(question)["SelectedChoices"]]


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    made = Person(sandbox, LENS)
    sandbox.calls.clear()
    return made


@pytest.fixture
def review(
    served: tuple[Sandbox, str], monkeypatch: pytest.MonkeyPatch, inside: Callable[..., Done]
) -> Callable[..., Done]:
    """Runs `mllens review …` in this process, beside an assessment and a workload file."""
    monkeypatch.setenv("AWS_REGION", REGION)
    Path("workload.toml").write_text(WORKLOAD)
    found(MIXED)

    def run(command: str, *arguments: str) -> Done:
        return inside("review", command, *arguments, "--endpoint-url", served[1])

    return run


def found(states: dict[str, tuple[str, ...]], scanned_at: str = "2026-11-01T10:00:00Z") -> None:
    Path("assessment.json").write_text(assessment(states, scanned_at))


def looking(person: Person) -> tuple[str, ...]:
    return "assessment.json", "--workload-id", person.id


def planning(person: Person, *more: str) -> tuple[str, ...]:
    return (*looking(person), "--workload", "workload.toml", *more)


def writes(sandbox: Sandbox) -> int:
    return sum(call.operation in ("UpdateAnswer", "CreateMilestone") and call.outcome == "ok" for call in sandbox.calls)


APPLY = ("review-plan.json", "--yes")


# --------------------------------------------------------------------------------------------------------- the whole way


def test_compared_planned_applied_verified_rolled_back(
    review: Callable[..., Done], person: Person, sandbox: Sandbox
) -> None:
    person.says("H02", Notes="We talked about this.")
    before = [person.sees(question) for question in QUESTIONS]
    sandbox.calls.clear()

    compared = review("compare", *looking(person))
    assert compared.code == 0
    assert "What is claimed and what was found agree.\n\n`mllens review plan` would write to 2 of 2" in compared.out
    assert not list(Path().glob("*.ledger.jsonl"))

    planned = review("plan", *planning(person))
    assert planned.code == 0
    assert ".ledger.jsonl begins with this plan: what is answered by now counts as answered by people" in planned.err
    assert "H01: 2 choices, our block in its note, risk UNANSWERED → MEDIUM\n" in planned.out
    assert "  H01_b  unselected, a note; partial (7 of 9 met, 1 unknown, 1 waived)\n" in planned.out
    assert writes(sandbox) == 0

    applied = review("apply", *APPLY)
    assert (applied.code, writes(sandbox)) == (0, 2)
    assert applied.out.endswith("  H01  done\n  H02  done\n2 questions: 2 done.\n")
    assert person.ticked() == ["H01_a", "H02_no"]
    notes = {row["ChoiceId"]: row["Notes"] for row in person.sees("H01")["ChoiceAnswers"]}
    assert notes["H01_a"].startswith("mllens: proven (7 of 9 met, 1 unknown, 1 waived); ev:")
    assert person.sees("H02")["Notes"].startswith("We talked about this.\n\n--- mllens v1 (do not edit) ---\n")

    assert review("verify", "review-plan.json").code == 0
    again = review("plan", *planning(person), "-o", "again.json")
    assert again.err == "\nPlan: again.json\n"
    assert (again.code, "There is nothing to write." in again.out) == (0, True)
    assert review("apply", "again.json", "--yes").out == "There is nothing to write.\n0 questions.\n"
    assert writes(sandbox) == 2

    back = review("rollback", *APPLY)
    assert (back.code, back.out) == (0, "  H02  done\n  H01  done\n2 questions: 2 done.\n")
    assert person.ticked() == []
    assert [person.sees(question).get("Notes", "") for question in QUESTIONS] == ["", "We talked about this."]
    assert [person.sees(question)["Risk"] for question in QUESTIONS] == [answer["Risk"] for answer in before]
    assert "There is nothing to take back" in review("rollback", *APPLY).out
    done = review("verify", "review-plan.json")
    assert (done.code, "H01  skipped: not as planned: H01_a, H01_b\n" in done.out) == (4, True)


def test_what_a_person_says_stands_and_over_claims_come_first(
    review: Callable[..., Done], person: Person, sandbox: Sandbox
) -> None:
    theirs = {"H01_b": {"Status": "SELECTED", "Notes": "believe me"}}
    person.says("H01", ChoiceUpdates=theirs)
    compared = review("compare", *looking(person))
    assert compared.code == 11
    assert (
        "\nClaimed, and the evidence says otherwise: 1\n"
        "  H01_b  selected by a person; partial (7 of 9 met, 1 unknown, 1 waived)\n"
        "\nMet by the evidence, and not claimed: 1\n"
        "  H01_a  unselected by a person; proven (7 of 9 met, 1 unknown, 1 waived)\n"
    ) in compared.out
    told = review("compare", *looking(person), "--json").told
    assert [(row["choice"], row["wrong"]) for row in told["claims"]] == [("H01_b", "over"), ("H01_a", "under")]
    assert [row["choice"] for row in told["conflicts"]] == ["H01_b", "H01_a"]

    assert review("plan", *planning(person)).code == 11
    applied = review("apply", *APPLY)
    assert applied.code == 11
    assert "Conflicts with what people answered: 2; nothing is written over them" in applied.out
    assert person.sees("H01")["SelectedChoices"] == ["H01_b"]
    assert [row["Notes"] for row in person.sees("H01")["ChoiceAnswers"]] == ["believe me"]

    found({"H01": ("disproven", "proven"), "H02": ("disproven", "disproven")})
    assert review("plan", *planning(person)).code == 0
    found(MIXED)
    flipped = review("plan", *planning(person))
    assert (flipped.code, person.ticked()) == (11, ["H01_b", "H02_no"])


def test_a_person_may_consent_for_one_choice_by_name(
    review: Callable[..., Done], person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.says("H01", SelectedChoices=["H01_b"])
    agreeing = ("--accept-conflict", "H01_b", "--as", "Ada", "--reason", "it was retired")
    for some in (agreeing[:2], agreeing[:4], agreeing[2:], (*agreeing[:5], " ")):
        nobody = review("plan", *planning(person, *some))
        assert (nobody.code, "--as NAME and --reason TEXT belong together" in nobody.err) == (2, True)
    scheduled = review("plan", *planning(person, *agreeing))
    assert (scheduled.code, "There is no terminal, so nobody is here to agree" in scheduled.err) == (2, True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    other = review("plan", *planning(person, "--accept-conflict", "H02_a", *agreeing[2:]))
    assert (other.code, "--accept-conflict H02_a: there is no such conflict" in other.err) == (2, True)
    planned = review("plan", *planning(person, *agreeing))
    assert "  H01_b  selected by a person → unselected, as Ada agrees: it was retired; partial" in planned.out
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert review("apply", *APPLY).code == 11  # H01_a stays a person's
    assert person.sees("H01")["SelectedChoices"] == []
    (ledger,) = Path().glob("review-*.ledger.jsonl")
    assert '"consent": {"H01_b": {"by": "Ada", "reason": "it was retired"}}' in ledger.read_text()


@pytest.mark.parametrize("name", ["accept-conflict", "accepted"])
def test_consent_does_not_come_from_a_file_or_the_environment(
    review: Callable[..., Done], person: Person, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    person.says("H01", SelectedChoices=["H01_b"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for variable, value in (("ACCEPTED", "H01_b"), ("PERSON", "Ada"), ("REASON", "so")):
        monkeypatch.setenv(f"MLLENS_REVIEW_PLAN_{variable}", value)
    assert "agrees" not in review("plan", *planning(person)).out
    Path("mllens.toml").write_text(f'[review.plan]\n{name} = ["H01_b"]\nas = "Ada"\nreason = "so"\n')
    done = review("plan", *planning(person))
    assert (done.code, "this is given on the command line only" in done.err) == (2, True)


def test_only_empty_questions_are_filled_where_that_is_the_mode(review: Callable[..., Done], person: Person) -> None:
    person.says("H02", Notes="We talk about this.")
    planned = review("plan", *planning(person, "--mode", "fill-empty"))
    assert (
        "\nLeft as it is by --mode fill-empty: 3\n  H02_a  unselected, a note; disproven (7 of 9 met, " in planned.out
    )
    applied = review("apply", *APPLY, "--json")
    assert [row["question"] for row in applied.told["questions"]] == ["H01"]
    assert [row["choice"] for row in applied.told["withheld"]] == ["H02_a", "H02_b", "H02_no"]
    found(FLIPPED)
    again = review("plan", *planning(person, "--mode", "fill-empty"))
    assert again.out.startswith("There is nothing to write.\n\nLeft as it is by --mode fill-empty: 3\n")
    assert review("apply", *APPLY).out.endswith("0 questions.\n")


def test_what_people_do_between_plan_and_apply_is_left(
    review: Callable[..., Done], person: Person, sandbox: Sandbox
) -> None:
    review("plan", *planning(person))
    person.says("H01", Notes="Hold on.")
    applied = review("apply", *APPLY)
    assert (applied.code, writes(sandbox)) == (4, 2)  # theirs, and ours on the other
    assert "  H01  skipped: somebody changed it since the plan; plan anew\n  H02  done\n" in applied.out
    assert person.sees("H01")["Notes"] == "Hold on."
    person.says("H02", IsApplicable=False, Reason="OUT_OF_SCOPE")
    compared = review("compare", *looking(person), "--json")
    assert compared.code == 11
    assert [row["choice"] for row in compared.told["claims"]] == ["H02_a", "H02_b"]


def test_what_mllens_wrote_follows_the_evidence(review: Callable[..., Done], person: Person) -> None:
    review("plan", *planning(person))
    review("apply", *APPLY)
    found(FLIPPED)
    assert review("plan", *planning(person)).code == 0
    assert review("apply", *APPLY).code == 0
    assert person.ticked() == ["H01_b", "H02_a"]


def test_what_is_found_again_is_told_in_the_same_words(review: Callable[..., Done], person: Person) -> None:
    review("plan", *planning(person))
    review("apply", *APPLY)
    found(MIXED, "2026-11-01T11:00:00Z")
    assert review("plan", *planning(person)).out == "There is nothing to write.\n"


def test_evidence_is_named_after_what_was_found_for_a_practice() -> None:
    def names(*findings: tuple[str, str, str]) -> list[str]:
        resource = {"arn": "", "type": "AWS::S3::Bucket", "account": ACCOUNT, "region": "", "name": "b"}
        rest = {"rule": "r", "resource": resource, "waived": False, "severity": "low", "message": "", "evidence": []}
        rows = [{"id": i, "status": s, "practices": [p], "fix": False, **rest} for i, s, p in findings]
        content = json.loads(assessment(MIXED)) | {"findings": rows}
        (first, _) = cases(Assessment.model_validate(content))
        return [one.evidence for one in first.found]

    one, other = ("f1", "pass", "H01_a"), ("f2", "fail", "H01_a")
    whole = names(one, other)
    assert whole == names(other, one)
    assert whole == names(one, other, ("f3", "fail", "H02_a"))
    flipped = names(one, ("f2", "unknown", "H01_a"))
    assert (flipped[0] != whole[0], flipped[1]) == (True, whole[1])


def test_who_vouches_and_who_accepts_is_told() -> None:
    read = Assessment.model_validate_json(assessment(MIXED)).model_copy(
        update={
            "attestations": [attested("Ada", "holds"), attested("Eve", "expired")],
            "waivers": [accepted("w.yaml", "Bob")],
            "findings": [failing("H01_b", "w.yaml"), failing("H01_b", None)],
        }
    )
    (first, _) = cases(read)
    assert first.found[0].stated == ("attested by Ada on 2026-10-01 until 2027-10-01", "https://example.com/a")
    assert first.found[1].stated == ("waived by Bob until 2027-10-01 (w.yaml)",)


def test_what_a_waiver_rules_out_over_http(review: Callable[..., Done], person: Person) -> None:
    def scope(standing: str, **by_practice: str) -> None:
        """An assessment with a waiver of practices, which counts for those named with their state."""
        read = json.loads(assessment({"H01": ("disproven", "partial"), "H02": ("unknown", "unknown")}))
        for practice in read["practices"]:
            practice["ruled_out"] = "scope.yaml" if practice["id"] in by_practice else None
            if practice["id"] == "H02_a":
                practice.update(met=0, of=0, met_with_waivers=0)
        waiver = accepted("scope.yaml", "Ada").model_copy(
            update={
                "findings": [], "practices": ["H01_a", "H02_a"], "accepted_by": "Grace", "accepted_on": "2026-10-02",
                "standing": standing, "why": "is a proposal", "tool_reason": "OUT_OF_SCOPE",
            }
        )  # fmt: skip
        Path("assessment.json").write_text(json.dumps(read | {"waivers": [waiver.model_dump(mode="json")]}))

    scope("unsigned")
    proposed = review("compare", *looking(person))
    assert "note: scope.yaml would rule out H01_a, H02_a: it is a proposal\n" in proposed.err
    scope("holds", H01_a="disproven", H02_a="unknown")
    compared = review("compare", *looking(person))
    assert (
        "\nRuled out by a waiver, and resources say that it applies: 1\n"
        "  H01_a  unselected → not applicable; ruled out; 9 resources say that it applies; disproven (7 of 9 met, "
    ) in compared.out
    assert review("plan", *planning(person)).code == 0
    assert review("apply", *APPLY).code == 0
    marks = {row["ChoiceId"]: row for row in person.sees("H01")["ChoiceAnswers"]}
    assert (marks["H01_a"]["Status"], marks["H01_a"]["Reason"]) == ("NOT_APPLICABLE", "OUT_OF_SCOPE")
    assert "; out of scope, accepted by Grace until 2027-10-01 (scope.yaml); ev:" in marks["H01_a"]["Notes"]
    assert review("verify", "review-plan.json").code == 0
    assert "There is nothing to write." in review("plan", *planning(person)).out
    scope("expired")
    assert review("plan", *planning(person)).code == 0
    assert review("apply", *APPLY).code == 0
    rows = [row for question in QUESTIONS for row in person.sees(question)["ChoiceAnswers"]]
    assert {row["Status"] for row in rows} == {"UNSELECTED"}


DAYS = {"date": "2026-10-01", "expires": "2027-10-01", "soon": False, "why": ""}


def attested(owner: str, standing: Any) -> Attestation:
    return Attestation(
        file="a.yaml", practice="H01_a", accounts=[], workload="", resources=[], statement="so", owner=owner,
        evidence="https://example.com/a", reviewer="Kim", standing=standing, **DAYS,
    )  # fmt: skip


def accepted(file: str, owner: str) -> Waiver:
    return Waiver(
        file=file, rules=[], findings=["f"], resources=[], tags={}, owner=owner, reason="so", tool_reason="OTHER",
        standing="holds", matched=1, **DAYS,
    )  # fmt: skip


def failing(practice: str, waiver: str | None) -> Finding:
    where = ResourceId(arn="", type="AWS::S3::Bucket", account=ACCOUNT, region="", name="b")
    return Finding(
        id="f", rule="r", resource=where, status="fail", waived=waiver is not None, waiver=waiver, severity="low",
        message="", evidence=[], practices=[practice], fix=False,
    )  # fmt: skip


def test_our_own_lens_and_the_risks_that_we_predict(
    review: Callable[..., Done], sandbox: Sandbox, served: tuple[Sandbox, str]
) -> None:
    person = Person(sandbox, json.loads(build()))
    dice = random.Random(5)  # noqa: S311 - which states there are is no secret
    for states in (
        ["disproven"],
        ["proven", "partial", "disproven", "unknown", "attested", "not_applicable"],
    ):
        given = {q.id: {c.id: dice.choice(states) for c in q.choices} for q in load().questions.values()}
        none = {q.id: q.none for q in load().questions.values()}
        read = json.loads(rendered(given, none))
        for practice in read["practices"]:
            practice["ruled_out"] = dice.choice([None, None, "w.yaml"])
        waivers = [accepted("w.yaml", "Ada").model_dump(mode="json")]
        Path("assessment.json").write_text(json.dumps(read | {"waivers": waivers}))
        assert review("plan", *planning(person), "--json").code == 0
        applied = review("apply", *APPLY, "--json")
        assert applied.code == 0
        assert {row["outcome"] for row in applied.told["questions"]} == {"done"}
        assert review("verify", "review-plan.json").code == 0


# ------------------------------------------------------------------------------------------------------- other lenses

OWN = {"MLREL04": {"MLREL04_BP01": "proven", "MLREL04_BP02": "attested"}, "MLSUS01": {"MLSUS01_BP01": "disproven"}}
MAPPING = """
    [practices]
    MLREL04_BP01 = ["H01_a"]
    MLREL04_BP02 = ["H01_a"]
    MLSUS01_BP01 = ["H01_b"]
"""


def own(states: dict[str, dict[str, str]] = OWN) -> None:
    Path("assessment.json").write_text(rendered(states, {question: f"{question}_no" for question in states}))


def test_another_lens_is_answered_by_a_mapping(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    own(OWN | {"MLOPS01": {"MLOPS01_BP01": "proven"}})
    Path("to-house.toml").write_text(MAPPING)
    given = ("--mapping", "to-house.toml")
    person.says("H02", SelectedChoices=["H02_a"], Notes="Ours alone.")
    compared = review("compare", *looking(person), *given)
    assert compared.code == 0
    assert "or nothing of which is mapped to it: MLOPS01\n" in compared.err
    assert "note: questions and choices of the lens that were not assessed, and are left alone: H02\n" in compared.err
    planned = review("plan", *planning(person, *given), "--json").told
    assert (len(planned["mapping_sha256"]), planned["lens_version"]) == (64, "1.0")
    (item,) = planned["items"]
    assert (item["risk_then"], item["risk_found"]) == ("MEDIUM", "medium")
    assert review("apply", *APPLY).code == 0
    assert person.ticked() == ["H01_a", "H02_a"]
    notes = {row["ChoiceId"]: row["Notes"] for row in person.sees("H01")["ChoiceAnswers"]}
    assert notes["H01_a"].startswith("mllens: attested (14 of 18 met, 2 unknown, 2 waived); ev:")
    assert "Risk by evidence: medium.\n" in person.sees("H01")["Notes"]
    assert person.sees("H02")["Notes"] == "Ours alone."
    assert review("verify", "review-plan.json").code == 0
    assert "There is nothing to write." in review("plan", *planning(person, *given)).out
    own(OWN | {"MLREL04": {"MLREL04_BP01": "proven", "MLREL04_BP02": "partial"}})
    assert review("plan", *planning(person, *given)).code == 0
    assert review("apply", *APPLY).code == 0
    assert person.ticked() == ["H02_a"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (
            MAPPING.replace("H01_b", "H01_z"),
            "to-house.toml: practices.MLSUS01_BP01: the other lens has no choice H01_z",
        ),
        (MAPPING.replace("MLSUS01_BP01", "MLSUS01_BP99"), "practices.MLSUS01_BP99: our lens has no such practice"),
        (MAPPING.replace("MLSUS01_BP01", "MLOPS01_BP01"), "The assessment does not speak of MLOPS01_BP01"),
        ("practices", "to-house.toml: is not TOML"),
    ],
)
def test_a_mapping_that_does_not_fit_stops_before_anything_is_written(
    review: Callable[..., Done], person: Person, sandbox: Sandbox, mapping: str, told: str
) -> None:
    own()
    Path("to-house.toml").write_text(mapping)
    done = review("plan", *planning(person, "--mapping", "to-house.toml"))
    assert (done.code, told in done.err, Path("review-plan.json").exists()) == (2, True, False)
    absent = review("plan", *planning(person, "--mapping", "none.toml"))
    assert (absent.code, "--mapping none.toml: " in absent.err) == (2, True)
    assert writes(sandbox) == 0


def test_aws_s_own_lens_by_its_name_with_our_ids(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    arn, alias = person.review["LensAlias"], "arn:aws:wellarchitected::aws:lens/machinelearning"
    lens = sandbox.record("wellarchitected", "Lens", arn) | {"LensArn": alias, "LensAlias": alias, "Owner": "aws"}
    sandbox.engine.world.state(sandbox.account, REGION).table("wellarchitected", "Lens").put((alias,), lens)
    person.tool.associate_lenses(WorkloadId=person.id, LensAliases=[alias])
    sandbox.calls.clear()
    of_aws = ("--lens-arn", "machinelearning")
    found(MIXED | {"MLRAI01": ("proven", "proven")})
    planned = review("plan", *planning(person, *of_aws), "--json")
    assert planned.code == 0
    assert planned.told["lens"] == alias
    assert [(item["risk_then"], item["risk_found"]) for item in planned.told["items"]] == [(None, ""), (None, "")]
    assert planned.told["absent"] == ["MLRAI01"]
    assert any("the rules of this lens cannot be read" in notice for notice in planned.told["notices"])
    assert review("apply", *APPLY).code == 0
    answered = person.tool.get_answer(WorkloadId=person.id, LensAlias=alias, QuestionId="H01")["Answer"]
    assert (answered["SelectedChoices"], "Risk by evidence" in answered["Notes"]) == (["H01_a"], False)
    assert person.ticked() == []
    assert not any(call.operation == "ExportLens" for call in sandbox.calls)


def test_risks_are_compared(review: Callable[..., Done], person: Person) -> None:
    person.says("H01", SelectedChoices=["H01_a", "H01_b"])
    person.says("H02", SelectedChoices=["H02_no"])
    found(MIXED | {"H02": ("proven", "unknown")})
    compared = review("compare", *looking(person))
    assert (
        "\nRisk by the answers and by the evidence differ: 2\n"
        "  H01  none by the answers, medium by the evidence\n"
        "  H02  high by the answers, undetermined by the evidence\n"
    ) in compared.out
    assert review("compare", *looking(person), "--json").told["risks"] == [
        {"question": "H01", "claimed": "NONE", "found": "medium"},
        {"question": "H02", "claimed": "HIGH", "found": "undetermined"},
    ]


# ---------------------------------------------------------------------------------------------------- being careful


def test_a_milestone_when_it_is_asked_for(review: Callable[..., Done], person: Person) -> None:
    def names() -> list[str]:
        rows = person.tool.list_milestones(WorkloadId=person.id)["MilestoneSummaries"]
        return [row["MilestoneName"] for row in rows]

    review("plan", *planning(person))
    assert review("apply", *APPLY, "--milestone", "before evidence").code == 0
    assert names() == ["before evidence"]
    then = person.tool.get_answer(**person.review, QuestionId="H01", MilestoneNumber=1)["Answer"]
    assert then["SelectedChoices"] == []
    found(FLIPPED)
    review("plan", *planning(person))
    taken = review("apply", *APPLY, "--milestone", "before evidence")
    assert (taken.code, "called before evidence already" in taken.err) == (2, True)
    assert person.ticked() == ["H01_a", "H02_no"]


def test_a_milestone_is_named_after_the_plan_where_nobody_says(review: Callable[..., Done], person: Person) -> None:
    plan = review("plan", *planning(person), "--json").told
    assert review("apply", *APPLY, "--milestone").code == 0
    (row,) = person.tool.list_milestones(WorkloadId=person.id)["MilestoneSummaries"]
    assert row["MilestoneName"] == f"mllens-20261101-{plan['id'][:8]}"
    assert review("apply", *APPLY, "--milestone").err == ""
    for number in range(78):
        person.tool.create_milestone(WorkloadId=person.id, MilestoneName=f"weekly {number}")
    found(FLIPPED)
    review("plan", *planning(person))
    told = review("apply", *APPLY, "--milestone", "after")
    assert (told.code, "note: 80 of 100 milestones are taken, and none can ever be deleted" in told.err) == (0, True)


def test_jira_is_thought_of(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    setting = {"IssueManagementStatus": "ENABLED", "IssueManagementType": "AUTO"}
    person.tool.update_workload(WorkloadId=person.id, JiraConfiguration=setting)
    assert "note: answers that change go on to Jira" in review("plan", *planning(person)).err
    stopped = review("apply", *APPLY)
    assert (stopped.code, writes(sandbox), "give --allow-jira-sync" in stopped.err) == (2, 0, True)
    assert "may change issues there: 2 questions, and their choices." in stopped.err
    assert review("apply", *APPLY, "--allow-jira-sync").code == 0
    setting["IssueManagementType"] = "MANUAL"
    person.tool.update_workload(WorkloadId=person.id, JiraConfiguration=setting)
    assert f"update-integration --workload-id {person.id}" in review("apply", *APPLY).err
    person.tool.update_workload(WorkloadId=person.id, JiraConfiguration={"IssueManagementStatus": "INHERIT"})
    assert review("rollback", *APPLY).code == 0


def test_the_account_decides_on_jira_where_the_workload_inherits(review: Callable[..., Done], person: Person) -> None:
    setting = {"IssueManagementStatus": "ENABLED", "IssueManagementType": "AUTO"}
    person.tool.update_global_settings(JiraConfiguration=setting)
    review("plan", *planning(person))
    assert review("apply", *APPLY).code == 2


def test_without_a_terminal_and_without_yes_nothing_is_written(
    review: Callable[..., Done], person: Person, sandbox: Sandbox
) -> None:
    review("plan", *planning(person))
    done = review("apply", "review-plan.json")
    assert (done.code, writes(sandbox)) == (2, 0)
    assert "Nothing was written: there is no terminal to ask on." in done.err


def test_an_old_scan_is_not_written(review: Callable[..., Done], person: Person) -> None:
    found(MIXED, "2026-10-30T12:00:00Z")
    review("plan", *planning(person))
    old = review("apply", *APPLY)
    assert (old.code, "48 hours ago; scan and plan anew, or allow it with --max-age 49" in old.err) == (2, True)
    assert review("apply", *APPLY, "--max-age", "49").code == 0


def test_a_lens_that_moved_on_is_planned_for_anew(review: Callable[..., Done], person: Person) -> None:
    review("plan", *planning(person))
    lens = person.review["LensAlias"]
    changed = json.loads(json.dumps(LENS).replace("How?", "How exactly?"))
    person.tool.import_lens(LensAlias=lens, JSONString=json.dumps(changed))
    person.tool.create_lens_version(LensAlias=lens, LensVersion="1.1")
    done = review("apply", *APPLY)
    assert (done.code, "plan is for version 1.0 of House rules, and the workload answers version 1.1" in done.err) == (
        2, True,
    )  # fmt: skip
    changed["pillars"][0]["questions"][0]["choices"][0]["id"] = "H01_z"
    for rule in changed["pillars"][0]["questions"][0]["riskRules"]:
        rule["condition"] = rule["condition"].replace("H01_a", "H01_z")
    person.tool.import_lens(LensAlias=lens, JSONString=json.dumps(changed))
    person.tool.create_lens_version(LensAlias=lens, LensVersion="2.0", IsMajorVersion=True)
    behind = review("plan", *planning(person))
    assert "note: the workload is on version 1.1, and the lens has a newer one\n" in behind.err
    person.tool.upgrade_lens_review(**person.review, MilestoneName="upgrade")
    gone = review("compare", *looking(person))
    assert (gone.code, "H01 has no choice H01_a in version 2.0 of House rules" in gone.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = 1\n", "workload.toml: name: expected the workload's name"),
        ("[", "workload.toml: not TOML"),
        ('name = "E"\naccount = "1"\n', "workload.toml: account: no such entry; there are accounts"),
        ('name = "E"\naccounts = []\nregions = ["r"]\n', "accounts: expected at least one"),
        ('name = "E"\naccounts = ["12"]\nregions = ["r"]\n', "'12' is no account, which has 12 digits"),
        (WORKLOAD + 'roots = ["endpoint"]\n', "roots: 'endpoint' is no ARN"),
        (WORKLOAD + "tags = 1\n", "tags: expected a table of text"),
        (
            WORKLOAD + "tags = { team = 'vision' }\n",
            "Estate is a part of its accounts, and the assessment is of the whole",
        ),
        (WORKLOAD.replace(REGION, "eu-west-1"), "has the regions eu-west-1, and the assessment is of us-east-1"),
    ],
)
def test_a_workload_file_that_does_not_fit(
    review: Callable[..., Done], person: Person, sandbox: Sandbox, text: str, told: str
) -> None:
    Path("workload.toml").write_text(text)
    done = review("plan", *planning(person))
    assert (done.code, done.out, len(sandbox.calls)) == (2, "", 0)
    assert told in done.err


def test_what_the_tool_says_of_the_workload_is_compared(review: Callable[..., Done], person: Person) -> None:
    person.tool.update_workload(WorkloadId=person.id, AwsRegions=["eu-west-1"])
    done = review("plan", *planning(person))
    assert "note: regions: the file says us-east-1, the Tool eu-west-1\n" in done.err


def test_the_plan_needs_the_file_by_which_the_assessment_was_made(review: Callable[..., Done], person: Person) -> None:
    file, path = Path("workload.toml"), Path("assessment.json")
    file.write_text(WORKLOAD + "tags = { team = 'vision' }\n")
    content = json.loads(path.read_text())
    content["scope"]["workload"] = {
        "name": "Estate", "sha256": read_workload(file).sha256, "tags": {"team": "vision"}, "roots": [],
        "applications": [], "members": 12, "unsure": 3, "doubts": ["a list was denied"],
    }  # fmt: skip
    path.write_text(json.dumps(content))
    fits = review("plan", *planning(person))
    assert (fits.code, "of 3 resources it cannot be told whether they are the workload's" in fits.err) == (0, True)
    for other in (WORKLOAD, WORKLOAD + "tags = { team = 'voice' }\n"):
        file.write_text(other)
        done = review("plan", *planning(person))
        assert (done.code, "is of the workload Estate by another file, or by this one as it was" in done.err) == (
            2,
            True,
        )


def test_workload_and_lens_must_be_meant(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    odd = review("compare", "assessment.json", "--workload-id", "Estate")
    assert (odd.code, "'Estate' is no workload: give its id of 32 characters or its ARN" in odd.err) == (2, True)
    absent = review("compare", "assessment.json", "--workload-id", "0" * 32)
    assert (absent.code, "ResourceNotFoundException" in absent.err) == (3, True)
    other = review("compare", *looking(person), "--lens-arn", "wellarchitected")
    assert (other.code, "has no lens wellarchitected; it has arn:aws:" in other.err) == (2, True)
    found({"X01": ("proven", "proven")})
    strange = review("compare", *looking(person))
    assert (strange.code, "has none of the questions that were assessed" in strange.err) == (2, True)
    found({"H01": ("proven", "proven"), "X01": ("proven", "proven")})
    partly = review("compare", *looking(person))
    assert "note: questions that this lens does not have, or nothing of which is mapped to it: X01\n" in partly.err
    assert "note: questions and choices of the lens that were not assessed, and are left alone: H02\n" in partly.err
    arn = person.tool.get_workload(WorkloadId=person.id)["Workload"]["WorkloadArn"]
    assert review("compare", "assessment.json", "--workload-id", arn).code == 0


# ---------------------------------------------------------------------------------------------------- what goes wrong


def test_a_permission_that_is_lacking_is_named(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    review("plan", *planning(person))
    sandbox.faults = Faults(Fault("deny", "wellarchitected:UpdateAnswer"))
    done = review("apply", *APPLY)
    assert done.code == 4
    assert "mllens: wellarchitected:UpdateAnswer is denied" in done.err
    assert "`mllens policy review` prints the permissions needed" in done.err
    sandbox.faults = Faults(Fault("deny", "wellarchitected:*"))
    assert review("compare", *looking(person)).code == 3


def test_the_printed_policy_is_enough_and_needed(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    def of(*commands: str) -> dict[str, Any]:
        given = ["policy", "review", *commands, "--workload-id", person.id]
        printed: dict[str, Any] = json.loads(CliRunner().invoke(cli, given).output)
        return printed

    sandbox.enforce(of("plan"))
    assert review("compare", *looking(person)).code == 0
    assert review("plan", *planning(person)).code == 0
    assert review("apply", *APPLY).code == 4
    sandbox.enforce(of("apply"))
    assert review("apply", *APPLY, "--milestone", "first").code == 0
    sandbox.enforce(of("verify"))
    assert review("verify", "review-plan.json").code == 0
    assert review("rollback", *APPLY).code == 4
    sandbox.enforce(of("rollback"))
    assert review("rollback", *APPLY).code == 0
    sandbox.enforce(of("compare") | {"Statement": of("compare")["Statement"][1:]})
    assert review("compare", *looking(person)).code == 3


def test_only_declared_operations_leave(person: Person, served: tuple[Sandbox, str]) -> None:
    reviews = Reviews(boto3.Session("AKIA", "secret"), REGION, served[1])
    for client in (reviews._client, reviews._unrepeated):
        with pytest.raises(Forbidden, match="wellarchitected:UpdateLensReview is never sent"):
            client.update_lens_review(**person.review, LensNotes="n")


def test_throttled_or_unanswered_it_goes_on(review: Callable[..., Done], person: Person, sandbox: Sandbox) -> None:
    review("plan", *planning(person))
    sandbox.faults = Faults(
        Fault("throttle", "wellarchitected:UpdateAnswer", times=1, resource="H01"),
        Fault("lost", "wellarchitected:UpdateAnswer", times=1, resource="H02"),
    )
    done = review("apply", *APPLY)
    assert (done.code, person.ticked()) == (0, ["H01_a", "H02_no"])
    assert "H02  unchanged: it is as planned already" in done.out


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_the_write_the_same_command_finishes(
    review: Callable[..., Done], person: Person, served: tuple[Sandbox, str], tmp_path: Path, when: Any
) -> None:
    sandbox, url = served
    review("plan", *planning(person))
    program = [sys.executable, "-m", "mllens", "review", "apply", *APPLY, "--endpoint-url", url]
    started: list[subprocess.Popen[bytes]] = []

    def kill(_: object) -> None:
        started[0].kill()
        started[0].wait()
        raise ConnectionLost("killed")

    sandbox.engine.on_kill = kill
    sandbox.faults = Faults(Fault("kill", "wellarchitected:UpdateAnswer", nth=2, when=when))
    started.append(subprocess.Popen(program, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL))
    assert started[0].wait(60) == -9
    sandbox.faults = Faults()
    done = review("apply", *APPLY)
    assert done.code == 0
    assert ("H01  unchanged" in done.out, "H02  unchanged" in done.out) == (True, when == "after")
    assert review("plan", *planning(person), "-o", "again.json").out == "There is nothing to write.\n"
    found(FLIPPED)
    assert review("plan", *planning(person)).code == 0  # all of it is known to be ours


class Ended(BaseException):
    """The process is gone."""


def test_ended_at_any_call_the_next_run_ends_as_an_unbroken_one(
    review: Callable[..., Done], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(sandbox, LENS)
    lens = person.review["LensAlias"]
    send = Connection._send
    made: list[str] = []

    def begin(name: str) -> None:
        started = person.tool.create_workload(
            WorkloadName=name, Description="all", Environment="PRODUCTION", Lenses=[lens], AwsRegions=[REGION],
            ReviewOwner="owner",
        )  # fmt: skip
        person.id, person.review["WorkloadId"] = started["WorkloadId"], started["WorkloadId"]
        person.says("H01", Notes="Ours.")
        assert review("plan", *planning(person)).code == 0

    def end() -> list[dict[str, Any]]:
        monkeypatch.setattr(Connection, "_send", send)
        assert review("apply", *APPLY).code == 0
        assert review("plan", *planning(person), "-o", "again.json").out == "There is nothing to write.\n"
        return [person.sees(question) for question in QUESTIONS]

    def sending_until(last: int) -> Callable[..., dict[str, Any]]:
        def ending(connection: Connection, operation: str, **given: Any) -> dict[str, Any]:
            answer = send(connection, operation, **given)
            made.append(operation)
            if len(made) == last:
                raise Ended
            return answer

        return ending

    begin("whole")
    monkeypatch.setattr(Connection, "_send", sending_until(0))
    assert review("apply", *APPLY).code == 0
    whole, calls = end(), len(made)
    assert made[-6:] == ["GetAnswer", "UpdateAnswer", "GetAnswer"] * 2
    for number in range(1, calls + 1):
        begin(f"ended at {number}")
        made.clear()
        monkeypatch.setattr(Connection, "_send", sending_until(number))
        with pytest.raises(Ended):
            review("apply", *APPLY)
        assert end() == whole
