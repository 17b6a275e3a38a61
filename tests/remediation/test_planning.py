"""Planning: which fixes come first, what one closes for another, and what is never planned."""

from typing import Any

import pytest

from mllens.remediation import planning
from mllens.remediation.planfile import PlanError, dump
from mllens.remediation.planning import Wanted, in_order, plan
from mllens.rules import Fail, Pass, Rule, Verdict, findings, rule
from mllens.rules.fix import Fix, Look, Names, NeedsPerson, Out, Step, Undo, changed, created
from mllens.scanner import DefinitionError, Graph, Inventory, Ref
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.sagemaker import Endpoint
from mllens.scanner.sns import Topic

ARN = "arn:aws:sns:us-east-1:111122223333:oncall"


def watched_rule() -> Rule:
    @rule(severity="high", proves=("MLOPS05_BP01",), reads=(Alarm.endpoints,), name="watched")
    def judge(endpoint: Endpoint, graph: Graph) -> Verdict:
        """An endpoint must be watched."""
        return (
            Pass() if any(a.endpoints for a in graph.into(endpoint, Alarm, Alarm.endpoints)) else Fail("is not watched")
        )

    @judge.fix(sends=("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"), makes=(Alarm,))
    def watch(endpoint: Endpoint, graph: Graph, names: Names, *, period: int = 60) -> Fix:
        """Watch it."""
        if endpoint.name.startswith("manual"):
            raise NeedsPerson("somebody watches it by hand; write down who")
        name = names(endpoint, "errors")
        alarm = Alarm(name=name, endpoints=(Ref(Endpoint, endpoint.name),), actions=(), math=())
        return Fix(
            steps=(_step(alarm, {"AlarmName": name, "Period": period}),), effect=(created(alarm),), cost="a little"
        )

    return judge


def _step(alarm: Alarm, params: dict[str, Any], *, before: Any = None) -> Step:
    which = {"AlarmNames": [alarm.name]}
    return Step(
        id="alarm",
        service="cloudwatch",
        operation="PutMetricAlarm",
        params=params,
        subject=alarm.key,
        look=Look("cloudwatch", "DescribeAlarms", which, at="MetricAlarms"),
        after=params,
        undo=Undo("DeleteAlarms", which),
    )


def told_rule() -> Rule:
    @rule(severity="low", proves=("MLOPS05_BP01",), reads=(Alarm.actions, Alarm.endpoints), name="told")
    def judge(endpoint: Endpoint, graph: Graph) -> Verdict:
        """Alarms of an endpoint must tell somebody."""
        mute = [alarm.name for alarm in graph.into(endpoint, Alarm, Alarm.endpoints) if not alarm.actions]
        return Fail(f"{mute[0]} tells nobody") if mute else Pass()

    @judge.fix(sends=("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"), reads=(Topic,))
    def tell(endpoint: Endpoint, graph: Graph, names: Names) -> Fix:
        """Tell somebody."""
        alarm = next(a for a in graph.into(endpoint, Alarm, Alarm.endpoints) if not a.actions)
        topic = next(iter(graph.all(Topic)))
        params = {"AlarmName": alarm.name, "AlarmActions": [topic.arn]}
        return Fix(steps=(_step(alarm, params),), effect=(changed(alarm, actions=(topic.arn,)),))

    return judge


def account(*endpoints: str, mute: str = "") -> Inventory:
    resources: list[Any] = [Endpoint(name=name, arn=f"arn:aws:sagemaker:::endpoint/{name}") for name in endpoints]
    resources.append(Topic(name="oncall", arn=ARN))
    if mute:
        resources.append(Alarm(name="old", endpoints=(Ref(Endpoint, mute),), actions=(), math=()))
    return Graph.of(*resources, encoded=True).inventory


@pytest.fixture
def rules() -> tuple[Rule, Rule]:
    return watched_rule(), told_rule()


def test_what_creates_comes_before_what_reads_it(rules: tuple[Rule, Rule]) -> None:
    assert [[r.id for r in batch] for batch in in_order(rules[::-1])] == [["watched"], ["told"]]


def test_a_gap_that_a_fix_before_opens_is_not_planned_and_one_that_was_there_is(rules: tuple[Rule, Rule]) -> None:
    made, _ = plan(account("a", "b", mute="b"), Wanted(rules))
    closes = [(gap.rule, gap.target.name) for action in made.actions for gap in action.closes]
    assert closes == [("watched", "a"), ("told", "b")]


def test_what_waits_for_what_is_told(rules: tuple[Rule, Rule]) -> None:
    """A second rule that looks at the same alarm is closed by the first fix, not planned again."""
    again = watched_rule()
    again.id = "watched-too"
    made, _ = plan(account("a"), Wanted((rules[0], again)))
    (action,) = made.actions
    assert [gap.rule for gap in action.closes] == ["watched", "watched-too"]


def test_names_come_from_plan_and_target_so_that_equal_plans_are_equal(rules: tuple[Rule, Rule]) -> None:
    one, two = (plan(account("a", "b"), Wanted(rules))[0] for _ in range(2))
    assert dump(one) == dump(two)
    other, _ = plan(account("a", "b", "c"), Wanted(rules))
    assert other.id != one.id
    names = {step.target.name for made in (one, other) for action in made.actions for step in action.steps}
    assert len(names) == 5
    assert all(len(name) <= 63 for name in names)


def test_what_is_left_is_left_with_its_reason(rules: tuple[Rule, Rule]) -> None:
    spared = Wanted(rules, spared=lambda f: "waived until March by Ada" if f.key.name == "b" else "")
    made, _ = plan(account("a", "b", "manual-c"), spared)
    assert [gap.target.name for action in made.actions for gap in action.closes] == ["a"]
    assert {left.gap.target.name: left.why for left in made.left} == {
        "b": "waived until March by Ada",
        "manual-c": "somebody watches it by hand; write down who",
    }


def test_what_could_not_be_read_is_never_planned(rules: tuple[Rule, Rule]) -> None:
    inventory = Graph.of(Endpoint(name="a"), unread=[Alarm], encoded=True).inventory
    made, _ = plan(inventory, Wanted(rules))
    assert (made.actions, made.left) == ([], [])


def test_a_fix_that_needs_what_was_not_read_is_left(rules: tuple[Rule, Rule]) -> None:
    alarm = Alarm(name="old", endpoints=(Ref(Endpoint, "a"),), actions=(), math=())
    inventory = Graph.of(Endpoint(name="a"), alarm, unread=[Topic], encoded=True).inventory
    made, _ = plan(inventory, Wanted(rules))
    assert made.actions == []
    (left,) = made.left
    assert "Topic" in left.why


def test_choices_are_for_fixes_that_there_are(rules: tuple[Rule, Rule]) -> None:
    made, _ = plan(account("a"), Wanted(rules, choices={"watched": {"period": 300}}))
    assert made.actions[0].steps[0].params["Period"] == 300
    with pytest.raises(DefinitionError, match="no choice colour"):
        plan(account("a"), Wanted(rules, choices={"watched": {"colour": 1}}))
    with pytest.raises(PlanError, match="unheard-of"):
        plan(account("a"), Wanted(rules, choices={"unheard-of": {}}))


def test_a_fix_that_would_not_close_its_gap_is_left_and_says_so(rules: tuple[Rule, Rule]) -> None:
    @rule(severity="low", proves=("MLOPS05_BP01",), reads=(Alarm.endpoints,), name="wrong")
    def wrong(endpoint: Endpoint, graph: Graph) -> Verdict:
        """It must be watched."""
        return (
            Pass() if any(a.endpoints for a in graph.into(endpoint, Alarm, Alarm.endpoints)) else Fail("is not watched")
        )

    @wrong.fix(sends=("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"))
    def nothing(endpoint: Endpoint, graph: Graph, names: Names) -> Fix:
        """Do nothing of use."""
        alarm = Alarm(name=names(endpoint, "x"), endpoints=(), actions=(), math=())
        return Fix(steps=(_step(alarm, {"AlarmName": alarm.name}),), effect=(created(alarm),))

    made, _ = plan(account("a"), Wanted((wrong,)))
    assert made.actions == []
    assert made.left[0].why == "its fix would not close it (is not watched)"


def test_an_answer_that_a_later_step_needs_stands_in_the_plan_by_name() -> None:
    @rule(severity="low", proves=("MLOPS05_BP01",), reads=(Alarm.endpoints,), name="two-steps")
    def judge(endpoint: Endpoint, graph: Graph) -> Verdict:
        """It must be watched."""
        return (
            Pass() if any(a.endpoints for a in graph.into(endpoint, Alarm, Alarm.endpoints)) else Fail("is not watched")
        )

    @judge.fix(sends=("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"), makes=(Alarm,))
    def watch(endpoint: Endpoint, graph: Graph, names: Names) -> Fix:
        """Watch it."""
        alarm = Alarm(name=names(endpoint, "x"), endpoints=(Ref(Endpoint, endpoint.name),), actions=(), math=())
        params = {"AlarmName": alarm.name, "AlarmActions": [Out("topic", "TopicArn")]}
        return Fix(steps=(_step(alarm, params),), effect=(created(alarm),))

    made, _ = plan(account("a"), Wanted((judge,)))
    assert made.actions[0].steps[0].params["AlarmActions"] == [{"$out": {"step": "topic", "path": "TopicArn"}}]


def test_of_fixes_that_go_together_none_is_lost_when_one_would_not_close_its_gap() -> None:
    good, bad = watched_rule(), told_rule()
    graph = Graph(account("a", mute="a"))
    gaps = [f for rule in (good, bad) for f in findings([rule], graph)]
    failing = [gap for gap in gaps if isinstance(gap.verdict, Fail)]
    planner = planning._Planner(account("a", mute="a"), Wanted((good, bad)))
    planner._take(planning._Draft(Fix(effect=()), [*failing, *failing]))
    left = planner.finish("").left
    assert [one.gap.rule for one in left] == ["told", "told"]
    assert "would not close it" in left[0].why
