"""What the engine makes of rules that run."""

from datetime import UTC, datetime

import pytest

from mllens.rules import Fail, NotApplicable, Pass, Rule, Unknown, Verdict, case, findings, judge, rule
from mllens.rules.reliability.endpoint_status_unhealthy import endpoint_status_unhealthy
from mllens.scanner import EXAMPLE_NOW, DefinitionError, Graph
from mllens.scanner.model import encode
from mllens.scanner.sagemaker import Endpoint, Model


@rule(severity="low", supports=("MLREL05_BP02",), reads=(Endpoint.status,))
def breaks_on_one(endpoint: Endpoint) -> Verdict:
    """A rule must not break."""
    if endpoint.name == "b":
        raise ZeroDivisionError("by nought")
    return Fail("is judged") if endpoint.status == "Failed" else Pass()


@rule(severity="low", supports=("MLREL05_BP02",), reads=(Endpoint.status,))
def passes_blindly(endpoint: Endpoint) -> Verdict:
    """A pass must rest on something."""
    return Pass()


@rule(severity="low", supports=("MLREL05_BP02",), reads=(Endpoint.status,))
def says_nothing(endpoint: Endpoint) -> Verdict:
    """A rule must say something."""
    return None  # type: ignore[return-value]  # the mistake that is shown


@rule(severity="low", supports=("MLREL05_BP02",), reads=(Endpoint.status,))
def reads_more(endpoint: Endpoint) -> Verdict:
    """A rule must read no more than it lists."""
    return Pass() if endpoint.created.year > 2000 else Fail("is old")


def verdict_of(judged: Rule, *resources: Endpoint) -> dict[str, Verdict]:
    return {f.key.name: f.verdict for f in findings([judged], Graph.of(*resources))}


def test_a_rule_that_breaks_costs_only_its_own_finding() -> None:
    endpoints = [Endpoint(name=name, status="Failed") for name in "abc"]
    found = list(findings([breaks_on_one, endpoint_status_unhealthy], Graph.of(*endpoints)))
    mine = {f.key.name: f for f in found if f.rule is breaks_on_one}
    assert mine["a"].verdict == mine["c"].verdict == Fail("is judged")
    assert isinstance(mine["b"].verdict, Unknown)
    assert mine["b"].verdict.why.startswith("the rule failed (test_findings.py:")
    assert "ZeroDivisionError: by nought" in mine["b"].failed
    assert not mine["a"].failed
    assert [type(f.verdict) for f in found if f.rule is endpoint_status_unhealthy] == [Fail, Fail, Fail]


def test_with_strict_it_raises() -> None:
    endpoint = Endpoint(name="b", status="Failed")
    with pytest.raises(ZeroDivisionError):
        judge(breaks_on_one, endpoint, Graph.of(endpoint), {}, strict=True)


@pytest.mark.parametrize("wrong", [passes_blindly, says_nothing])
def test_a_pass_without_an_observed_read_and_no_verdict_are_failures_of_the_rule(wrong: Rule) -> None:
    (found,) = findings([wrong], Graph.of(Endpoint(status="InService")))
    assert isinstance(found.verdict, Unknown)
    assert found.failed


def test_an_undeclared_read_stops_the_run() -> None:
    with pytest.raises(DefinitionError, match=r"reads-more reads Endpoint\.created"):
        list(findings([reads_more], Graph.of(Endpoint(created=EXAMPLE_NOW))))


def test_a_value_that_the_enumeration_lacks_is_unknown() -> None:
    endpoint = Endpoint(name="odd", status="InService")
    graph = Graph.of(endpoint, encoded=True)
    row, shapes = encode(Endpoint(name="odd", status="Hibernating"))  # type: ignore[arg-type]  # what a newer AWS might say
    graph.inventory.rows[:] = [row]
    graph.inventory.manifest.shapes[Endpoint.type] = dict(shapes)
    (found,) = findings([endpoint_status_unhealthy], Graph(graph.inventory))
    assert found.verdict == Unknown("Endpoint.status is 'Hibernating', a value this version does not know")


def test_no_resource_is_not_applicable_and_an_unread_type_is_unknown() -> None:
    (nothing,) = findings([endpoint_status_unhealthy], Graph.of(Model()))
    assert nothing.verdict == NotApplicable("there is no AWS::SageMaker::Endpoint")
    (denied,) = findings([endpoint_status_unhealthy], Graph.of(unread=[Endpoint]))
    assert denied.verdict == Unknown("AWS::SageMaker::Endpoint in us-east-1: denied: denied in this case")
    assert denied.key.name == ""


def test_what_was_read_of_a_denied_type_is_judged_all_the_same() -> None:
    found = list(
        findings([endpoint_status_unhealthy], Graph.of(Endpoint(name="a", status="Failed"), unread=[Endpoint]))
    )
    assert [(f.key.name, type(f.verdict)) for f in found] == [("a", Fail), ("", Unknown)]


def test_evidence_is_what_was_read() -> None:
    (found,) = findings(
        [endpoint_status_unhealthy], Graph.of(Endpoint(name="a", status="Failed", created=EXAMPLE_NOW), encoded=True)
    )
    assert [(e.field, e.value, e.absent) for e in found.evidence] == [("EndpointStatus", "Failed", False)]


def test_settings_reach_the_rule_and_ids_do_not_depend_on_them() -> None:
    from mllens.rules.performance.monitor_never_ran import monitor_never_ran  # noqa: PLC0415 - one test's material
    from mllens.scanner.sagemaker import MonitoringSchedule  # noqa: PLC0415

    schedule = MonitoringSchedule(name="s", status="Scheduled", created=datetime(2026, 10, 31, tzinfo=UTC))
    graph = Graph.of(schedule)
    (before,) = findings([monitor_never_ran], graph)
    (after,) = findings([monitor_never_ran], graph, {"monitor-never-ran": {"grace_hours": 12}})
    assert isinstance(before.verdict, NotApplicable)
    assert isinstance(after.verdict, Fail)
    assert before.id == after.id


def test_a_case_knows_its_settings() -> None:
    assert case(Endpoint(), limit=3).settings == {"limit": 3}
