"""What an attestation counts for: its days, its signatures, its scope."""

from datetime import date

import pytest

from mllens.scanner import Key
from mllens.statements.attestations import Attestation, Attesting, Heard

DAY = date(2026, 11, 1)
HERE, THERE = "111122223333", "444455556666"
PRACTICE = "MLOPS01_BP02"


def attestation(**changes: object) -> Attestation:
    values = {
        "format": 1,
        "practice": PRACTICE,
        "statement": "It is agreed.",
        "evidence": "DOC-7",
        "owner": "Ada",
        "reviewer": "Grace",
        "date": "2026-01-15",
        "expires": "2027-01-14",
    }
    return Attestation.model_validate(values | changes)


def heard(name: str, account: str = HERE, *, failed: bool = False) -> Heard:
    return Heard(Key("AWS::SageMaker::Endpoint", account, "us-east-1", name), f"arn:{account}:{name}", failed)


@pytest.mark.parametrize(
    ("day", "standing", "soon"),
    [
        (date(2026, 1, 14), "early", False),
        (date(2026, 1, 15), "holds", False),
        (date(2026, 12, 14), "holds", False),
        (date(2026, 12, 15), "holds", True),  # 30 days before
        (date(2027, 1, 14), "holds", True),
        (date(2027, 1, 15), "expired", False),
    ],
)
def test_first_and_last_day_count(day: date, standing: str, soon: bool) -> None:
    stands = attestation().stands(day)
    assert (stands.standing, stands.soon) == (standing, soon)


def test_why_it_does_not_count() -> None:
    told = {
        "lacks reviewer": attestation(reviewer="").stands(DAY),
        "lacks statement, evidence, owner and reviewer": attestation(
            statement=" ", evidence="", owner="", reviewer=""
        ).stands(DAY),
        "has its owner as reviewer: somebody else must check it": attestation(reviewer="ada ").stands(DAY),
        "expired on 2026-10-31": attestation(expires="2026-10-31").stands(DAY),
        "is dated 2026-11-02, after 2026-11-01: scan anew, or judge --as-of 2026-11-02": attestation(
            date="2026-11-02"
        ).stands(DAY),
    }
    assert {why: stands.why for why, stands in told.items()} == {why: why for why in told}
    assert [stands.standing for stands in told.values()] == ["unsigned", "unsigned", "unsigned", "expired", "early"]


ALL: dict[str, object] = {}
IN_HERE, IN_THERE = {"accounts": [HERE]}, {"accounts": [THERE]}
FRAUD, CHURN = {"resources": ["fraud-*"]}, {"resources": [f"arn:{HERE}:churn"]}


@pytest.mark.parametrize(
    ("scopes", "found", "counts", "why"),
    [
        ([ALL], [], True, ""),
        ([ALL], [heard("fraud-eu"), heard("churn", THERE)], True, ""),
        ([IN_HERE, IN_THERE], [heard("fraud-eu"), heard("churn", THERE)], True, ""),
        ([IN_HERE], [], False, f"does not speak of account {THERE}, which was scanned"),
        ([IN_HERE], [heard("b", THERE)], False, f"does not speak of AWS::SageMaker::Endpoint b ({THERE} us-east-1)"),
        ([FRAUD, IN_THERE], [heard("fraud-eu")], True, ""),
        ([FRAUD, CHURN, IN_THERE], [heard("fraud-eu"), heard("churn")], True, ""),
        ([FRAUD], [heard("fraud-eu"), heard("churn")], False, f"does not speak of AWS::SageMaker::Endpoint churn ({HERE} us-east-1)"),
        ([FRAUD, IN_THERE], [], False, f"names resources, and no rule judged any of account {HERE}: leave them out to speak of all"),
        ([FRAUD], [Heard(Key("", "", "", ""), "", failed=False)], False, "does not speak of rules that were left out"),
        # against what fails
        ([ALL], [heard("churn", failed=True)], True, ""),
        ([FRAUD], [heard("fraud-eu", failed=True), heard("churn")], True, ""),
        ([FRAUD], [heard("fraud-eu"), heard("churn", failed=True)], False, "what fails lies outside of its scope"),
        ([IN_THERE], [heard("churn", failed=True)], False, "what fails lies outside of its scope"),
        ([IN_HERE], [heard("bucket", "", failed=True)], True, ""),
        ([{"workload": "fraud"}], [], False, "speaks of the workload fraud, and whole accounts are assessed"),
    ],
)  # fmt: skip
def test_together_they_must_speak_of_all_there_is(
    scopes: list[dict[str, object]], found: list[Heard], counts: bool, why: str
) -> None:
    made = {f"{n}.yaml": attestation(scope=scope) for n, scope in enumerate(scopes)}
    attesting = Attesting(made, DAY, [HERE, THERE])
    assert (attesting.of(PRACTICE, found) is not None) == counts
    told = attesting.told()
    assert {t.standing for t in told} == {"holds" if counts else "outside"}
    assert {t.why for t in told} == {why}


def test_of_several_the_first_to_expire_speaks() -> None:
    made = {
        "a.yaml": attestation(owner="Ada", expires="2027-01-14"),
        "b.yaml": attestation(owner="Alan", expires="2026-12-31"),
        "c.yaml": attestation(owner="", expires="2026-11-30"),
        "d.yaml": attestation(practice="MLOPS01_BP01"),
    }
    said = Attesting(made, DAY, [HERE]).of(PRACTICE, [])
    assert said is not None
    assert (said.by, said.until.isoformat()) == ("Alan", "2026-12-31")
