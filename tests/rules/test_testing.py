"""The public helper tells authors of packs all that is wrong."""

import pytest

from mllens import testing
from mllens.rules import Fail, Pass, Rule, Unknown, Verdict, case, rule
from mllens.scanner import EXAMPLE_NOW
from mllens.scanner.sagemaker import Endpoint


def made(first_line: str, message: str, *, reads: tuple[object, ...] = (Endpoint.status,)) -> Rule:
    def judged(endpoint: Endpoint) -> Verdict:
        return Pass() if endpoint.status == "InService" else Fail(message)

    judged.__doc__ = f"{first_line}\n\nHarm."
    out = rule(severity="low", supports=("MLREL05_BP02",), reads=reads)(judged)
    out.cases(passes=[Endpoint(status="InService")], fails=[Endpoint(status="Failed")], unknown=[Endpoint()])
    return out


def test_a_good_rule_is_proven_and_well_spoken() -> None:
    good = made("An endpoint must serve.", "does not serve")
    testing.prove(good)
    testing.style(good)


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad = made("An endpoint must serve.", "does not serve", reads=(Endpoint.status, Endpoint.created))
    bad.cases(passes=[Endpoint(status="Failed")], fails=[Endpoint(status="InService")])
    with pytest.raises(AssertionError) as caught:
        testing.prove(bad)
    for told in (
        "no unknown case",
        "passing case 1 (direct) gives Fail",
        "passing case 1 (stored) gives Fail",
        "failing case 1 (direct) gives Pass()",
        "Endpoint.created, which no case reads",
    ):
        assert told in str(caught.value)


def test_an_undeclared_read_is_told() -> None:
    with pytest.raises(AssertionError, match=r"reads Endpoint\.status, which its `reads` does not list"):
        testing.prove(made("An endpoint must serve.", "does not serve", reads=(Endpoint.created,)))


@pytest.mark.parametrize(
    ("first_line", "message", "told"),
    [
        ("Checks endpoints.", "does not serve", "must or must not"),
        ("An endpoint must serve", "does not serve", "must or must not"),
        ("An endpoint must serve.", "Does not serve", "lower case"),
        ("An endpoint must serve.", "does not serve.", "full stop"),
        ("An endpoint must serve.", "failed 3 days ago", "dates, not ages"),
    ],
)
def test_the_style_of_reports(first_line: str, message: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        testing.style(made(first_line, message))


def test_a_verdict_can_be_asked_for() -> None:
    good = made("An endpoint must serve.", "does not serve")
    assert testing.verdict(good, case(Endpoint(status="Failed"))) == Fail("does not serve")
    assert testing.verdict(good, case(Endpoint(status="Failed")), stored=True) == Fail("does not serve")
    assert isinstance(testing.verdict(good, case(Endpoint(created=EXAMPLE_NOW))), Unknown)
