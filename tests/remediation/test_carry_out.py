"""Carrying out: what is there already, what changed meanwhile, what is refused, what ends in the middle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plans
import pytest

from mllens.remediation.carry_out import Carrying, Limits, Outcome
from mllens.remediation.journal import Journal
from mllens.remediation.planfile import Owner, Plan, PlanError
from mllens.remediation.send import Writer
from mllens.sandbox import Fault, Faults, Sandbox


class Killed(BaseException):
    """The process ended here."""


def _die(_: object) -> None:
    raise Killed


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(on_kill=_die) as made:
        yield sandbox_with(made)


class Run:
    """One plan in a folder: applied and taken back, each time by a process of its own as far as the journal knows."""

    def __init__(self, sandbox: Sandbox, folder: Path, plan: Plan, **limits: Any) -> None:
        self.sandbox, self.journal, self.plan, self.limits = sandbox, folder / "journal.jsonl", plan, Limits(**limits)
        self.slept: list[float] = []

    def _run(self, backwards: bool) -> dict[str, Outcome]:
        writer = Writer(self.plan, plans.DECLARED, session=self.sandbox.session(), sleep=self.slept.append)
        with Journal(self.journal, self.plan.id) as journal:
            carrying = Carrying(self.plan, writer, journal, self.limits)
            return {o.action.id: o for o in (carrying.undo() if backwards else carrying.apply())}

    def apply(self) -> dict[str, Outcome]:
        return self._run(backwards=False)

    def undo(self) -> dict[str, Outcome]:
        return self._run(backwards=True)


def words(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {id_: outcome.word for id_, outcome in outcomes.items()}


def block_of(sandbox: Sandbox, bucket: str = "features") -> dict[str, Any]:
    return dict(sandbox.client("s3").get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"])


def alarms(sandbox: Sandbox) -> list[str]:
    return [a["AlarmName"] for a in sandbox.client("cloudwatch").describe_alarms()["MetricAlarms"]]


BOTH = plans.plan(plans.action("a", plans.alarm_step()), plans.action("b", plans.block_step()))


def test_what_a_plan_says_is_done_and_taken_back(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run(sandbox, tmp_path, BOTH)
    assert words(run.apply()) == {"a": "done", "b": "done"}
    assert block_of(sandbox) == plans.CLOSED
    assert alarms(sandbox) == ["fraud-errors"]
    assert words(run.undo()) == {"b": "done", "a": "done"}
    assert block_of(sandbox) == plans.OPEN
    assert alarms(sandbox) == []
    assert run.undo() == {}


def test_a_second_run_sends_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run(sandbox, tmp_path, BOTH)
    run.apply()
    sandbox.calls.clear()
    assert words(run.apply()) == {"a": "done", "b": "done"}
    assert not [c for c in sandbox.calls if c.operation.startswith(("Put", "Delete", "Create", "Update"))]


def test_what_was_there_already_is_not_ours_to_take_back(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.client("cloudwatch").put_metric_alarm(**plans.ALARM)
    run = Run(sandbox, tmp_path, BOTH)
    assert words(run.apply()) == {"a": "already", "b": "done"}
    assert words(run.undo()) == {"b": "done"}
    assert alarms(sandbox) == ["fraud-errors"]


def test_one_of_the_same_name_with_other_settings_is_left_as_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.client("cloudwatch").put_metric_alarm(**{**plans.ALARM, "Threshold": 7.0})
    outcomes = Run(sandbox, tmp_path, BOTH).apply()
    assert words(outcomes) == {"a": "skipped", "b": "done"}
    assert "there is one of its name already, with other settings" in outcomes["a"].why
    (alarm,) = sandbox.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["Threshold"] == 7.0


def test_what_changed_since_the_plan_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    half = {**plans.OPEN, "BlockPublicAcls": True}
    sandbox.client("s3").put_public_access_block(Bucket="features", PublicAccessBlockConfiguration=half)
    outcome = Run(sandbox, tmp_path, BOTH).apply()["b"]
    assert outcome.word == "skipped"
    assert "it changed since the plan: BlockPublicAcls was false, and is true" in outcome.why
    assert block_of(sandbox) == half


def test_what_is_no_longer_there_is_said_to_be_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.client("s3").delete_bucket(Bucket="features")
    outcome = Run(sandbox, tmp_path, BOTH).apply()["b"]
    assert (outcome.word, "no longer there" in outcome.why) == ("skipped", True)


def test_what_was_changed_after_is_not_taken_back(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run(sandbox, tmp_path, BOTH)
    run.apply()
    half = {**plans.OPEN, "BlockPublicAcls": True}
    sandbox.client("s3").put_public_access_block(Bucket="features", PublicAccessBlockConfiguration=half)
    outcomes = run.undo()
    assert words(outcomes) == {"b": "skipped", "a": "done"}
    assert "it was changed since" in outcomes["b"].why
    assert block_of(sandbox) == half


def test_a_denied_write_costs_its_own_action_only(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults = Faults(Fault("deny", "cloudwatch:PutMetricAlarm"))
    waiting = plans.action("c", plans.block_step("labels"), waits_for=("a",))
    outcomes = Run(sandbox, tmp_path, plans.plan(*BOTH.actions, waiting)).apply()
    assert words(outcomes) == {"a": "failed", "b": "done", "c": "waiting"}
    assert "AccessDenied" in outcomes["a"].why
    assert "it needs “Do a”, which was not done" in outcomes["c"].why
    assert block_of(sandbox, "labels") == plans.OPEN


def test_a_throttled_write_is_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults = Faults(Fault("throttle", "s3:PutPublicAccessBlock", times=3))
    run = Run(sandbox, tmp_path, BOTH)
    assert words(run.apply())["b"] == "done"
    assert run.slept


def test_a_write_that_is_throttled_for_ever_fails(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults = Faults(Fault("throttle", "s3:PutPublicAccessBlock"))
    run = Run(sandbox, tmp_path, BOTH)
    assert words(run.apply()) == {"a": "done", "b": "failed"}
    assert sum(run.slept) < 1000


@pytest.mark.parametrize("kind", ["reset", "error", "malformed"])
def test_a_broken_answer_is_looked_at_before_it_is_sent_again(sandbox: Sandbox, tmp_path: Path, kind: Any) -> None:
    sandbox.faults = Faults(Fault(kind, "cloudwatch:PutMetricAlarm", times=1))
    assert words(Run(sandbox, tmp_path, BOTH).apply())["a"] == "done"
    assert sandbox.calls.count("cloudwatch:PutMetricAlarm") <= 2


def test_what_somebody_owns_is_not_applied(sandbox: Sandbox, tmp_path: Path) -> None:
    owned = plans.action("b", plans.block_step(), owner=Owner(kind="cloudformation", name="ml-data"))
    outcome = Run(sandbox, tmp_path, plans.plan(owned)).apply()["b"]
    assert (outcome.word, "CloudFormation stack ml-data" in outcome.why) == ("skipped", True)
    assert block_of(sandbox) == plans.OPEN
    assert words(Run(sandbox, tmp_path, plans.plan(owned), drift=True).apply()) == {"b": "done"}


def test_tags_that_came_later_tell_the_owner(sandbox: Sandbox, tmp_path: Path) -> None:
    tags = {"TagSet": [{"Key": "managed-by", "Value": "Terraform"}]}
    sandbox.client("s3").put_bucket_tagging(Bucket="features", Tagging=tags)
    outcome = Run(sandbox, tmp_path, BOTH).apply()["b"]
    assert (outcome.word, "Terraform" in outcome.why) == ("skipped", True)


def test_the_owner_of_each_bucket_is_asked_for_where_it_lies_in_one_call_a_region(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    s3 = sandbox.client("s3", "eu-west-1")
    s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_public_access_block(Bucket="far", PublicAccessBlockConfiguration=plans.OPEN)
    s3.put_bucket_tagging(Bucket="far", Tagging={"TagSet": [{"Key": "managed-by", "Value": "terraform"}]})
    far = plans.block_step("far", id="far", region="eu-west-1")
    both = plans.action("b", plans.block_step(), far)
    sandbox.calls.clear()
    outcomes = Run(sandbox, tmp_path, plans.plan(both, plans.action("c", plans.block_step("labels")))).apply()
    assert words(outcomes) == {"b": "skipped", "c": "done"}
    assert "Terraform" in outcomes["b"].why
    asked = [c.region for c in sandbox.calls if c.operation == "GetResources"]
    assert asked == ["eu-west-1", "us-east-1"]


def test_where_tags_cannot_be_read_an_unknown_owner_keeps_it_from_being_changed(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.faults = Faults(Fault("deny", "resourcegroupstaggingapi:GetResources"))
    unknown = plans.action("b", plans.block_step(), owner=Owner(kind="unknown", name="not read"))
    outcome = Run(sandbox, tmp_path, plans.plan(unknown)).apply()["b"]
    assert outcome.word == "skipped"
    assert "GetResources" in outcome.why


@pytest.mark.parametrize(
    ("limits", "said"),
    [({"run": 1}, "2 actions"), ({"targets": 0}, "1 actions for rule-a"), ({"share": 0.01}, "AWS::S3::Bucket")],
)
def test_beyond_a_limit_nothing_is_sent(sandbox: Sandbox, tmp_path: Path, limits: Any, said: str) -> None:
    many = [plans.action(f"m{n}", plans.block_step(f"bucket-{n}")) for n in range(11 if "share" in limits else 0)]
    with pytest.raises(PlanError, match=said):
        Run(sandbox, tmp_path, plans.plan(*(many or BOTH.actions), resources={"AWS::S3::Bucket": 12}), **limits).apply()
    assert len(sandbox.calls) == 0


def test_an_operation_that_no_fix_declares_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    changed = plans.alarm_step(service="iam", operation="AttachRolePolicy")
    with pytest.raises(PlanError, match="iam:AttachRolePolicy"):
        Run(sandbox, tmp_path, plans.plan(plans.action("a", changed))).apply()


def test_a_look_that_would_change_something_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    look = plans.alarm_step().look.model_copy(update={"operation": "DeleteAlarms"})
    with pytest.raises(Exception, match="only reads"):
        Run(sandbox, tmp_path, plans.plan(plans.action("a", plans.alarm_step(look=look)))).apply()


THREE = plans.plan(
    plans.action("a", plans.alarm_step()),
    plans.action("b", plans.block_step()),
    plans.action("c", *plans.deploy_steps(), waits_for=("a",)),
)


def sandbox_with(made: Sandbox) -> Sandbox:
    s3, sagemaker = made.client("s3"), made.client("sagemaker")
    for bucket in ("features", "labels"):
        s3.create_bucket(Bucket=bucket)
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=plans.OPEN)
    role = f"arn:aws:iam::{plans.ACCOUNT}:role/serving"
    sagemaker.create_model(ModelName="fraud", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "main", "ModelName": "fraud", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    sagemaker.create_endpoint_config(EndpointConfigName="fraud-1", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="fraud", EndpointConfigName="fraud-1")
    made.calls.clear()
    return made


def test_a_deployment_is_taken_back_before_its_configuration(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run(sandbox, tmp_path, THREE)
    run.apply()
    sandbox.calls.clear()
    assert words(run.undo()) == {"c": "done", "b": "done", "a": "done"}
    sent = [c.operation for c in sandbox.calls if c.operation in ("UpdateEndpoint", "DeleteEndpointConfig")]
    assert sent == ["UpdateEndpoint", "DeleteEndpointConfig"]
    described = sandbox.client("sagemaker").describe_endpoint(EndpointName="fraud")
    assert described["EndpointConfigName"] == "fraud-1"
