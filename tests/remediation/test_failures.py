"""What is known to go wrong with tools that change accounts, each tried on this one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plans
import pytest
from account import ACCOUNT, EU, US
from gaps import CHOICES, FIXABLE, Carried, Described, Served, seed, train, words, written
from scans import Scanner

from mllens.remediation.planfile import Left, Plan
from mllens.remediation.planning import Wanted, plan
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.scanner.plan import plan as reading_of

GAPS = Described(
    (Served("churn"), Served("lapse", captures=True)),
    training="open",
    captured="half",
    rotates=False,
    scanned="another",
)
READING = reading_of(
    [read for rule in FIXABLE if rule.repair for read in (*rule.reads, *rule.repair.reads)],
    {rule.subject for rule in FIXABLE},
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(regions=(US,)) as made:
        seed(made, GAPS)
        yield made


@pytest.fixture
def empty() -> Iterator[Sandbox]:
    with Sandbox(regions=(US,)) as made:
        yield made


def planned(sandbox: Sandbox, *rules: str) -> Plan:
    """A plan of a scan made now, for these rules or for all that have a fix."""
    chosen = tuple(rule for rule in FIXABLE if not rules or rule.id in rules)
    asked = {rule: values for rule, values in CHOICES.items() if not rules or rule in rules}
    made, _ = plan(Scanner(sandbox, READING)(), Wanted(chosen, choices=asked))
    return made


def closes(made: Plan) -> set[tuple[str, str]]:
    return {(gap.rule, gap.target.name) for action in made.actions for gap in action.closes}


def said(made: Plan) -> dict[tuple[str, str], Left]:
    return {(left.gap.rule, left.gap.target.name): left for left in made.left}


def ten_buckets(sandbox: Sandbox) -> Plan:
    """Ten buckets that block nothing, to be closed one by one."""
    for number in range(1, 11):
        sandbox.client("s3").create_bucket(Bucket=f"data-{number}")
        sandbox.client("s3").put_public_access_block(Bucket=f"data-{number}", PublicAccessBlockConfiguration=plans.OPEN)
    sandbox.calls.clear()
    return plans.plan(*(plans.action(f"{n}", plans.block_step(f"data-{n}")) for n in range(1, 11)))


def closed(sandbox: Sandbox) -> set[str]:
    """The numbers of those of the ten buckets that are closed."""
    s3 = sandbox.client("s3")
    return {
        str(n)
        for n in range(1, 11)
        if s3.get_public_access_block(Bucket=f"data-{n}")["PublicAccessBlockConfiguration"] == plans.CLOSED
    }


# -- what could not be read is taken for what does not match, and turned round for what does


@pytest.mark.parametrize("kind", ["deny", "error", "throttle"])
@pytest.mark.parametrize(
    ("read", "rule"),
    [
        ("application-autoscaling:DescribeScalableTargets", "endpoint-autoscaling-effective"),
        ("cloudwatch:DescribeAlarms", "endpoint-no-error-alarm"),
        ("ecr:BatchGetRepositoryScanningConfiguration", "ecr-scan-on-push"),
        ("kms:GetKeyRotationStatus", "kms-rotation"),
        ("s3:GetBucketPolicyStatus", "training-data-bucket-public"),
        ("s3:GetBucketPolicy", "capture-bucket-public-or-shared"),
        ("sagemaker:ListModelCards", "model-card-missing-for-production"),
        ("sagemaker:DescribeEndpoint", "capture-enabled"),
    ],
)
def test_a_read_that_fails_plans_nothing(sandbox: Sandbox, read: str, rule: str, kind: Any) -> None:
    sandbox.faults = Faults(Fault(kind, read))
    assert planned(sandbox, rule).actions == []


@pytest.mark.parametrize(
    ("read", "rule"),
    [
        ("sagemaker:DescribeEndpointConfig", "endpoint-no-error-alarm"),
        ("sagemaker:DescribeEndpointConfig", "capture-enabled"),
        ("sagemaker:DescribeModel", "model-card-missing-for-production"),
        ("sagemaker:DescribeTrainingJob", "training-data-bucket-public"),
        ("ecr:GetRegistryScanningConfiguration", "ecr-scan-on-push"),
        ("s3:GetPublicAccessBlock", "training-data-bucket-public"),
    ],
)
def test_what_is_related_and_cannot_be_read_is_not_taken_for_absent(sandbox: Sandbox, read: str, rule: str) -> None:
    sandbox.faults = Faults(Fault("deny", read))
    assert planned(sandbox, rule).actions == []


def test_a_deployment_whose_alarms_could_not_be_read_is_left_for_a_person(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(Fault("deny", "cloudwatch:DescribeAlarms"))
    made = planned(sandbox, "capture-enabled")
    assert made.actions == []
    assert "Alarm" in said(made)["capture-enabled", "churn"].why


# -- "dry run and apply are strangers; stale cache feeds apply"


def test_an_endpoint_that_went_after_the_plan_is_left_out_and_the_rest_is_done(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    around_endpoints = ("endpoint-no-error-alarm", "capture-enabled", "endpoint-autoscaling-effective")
    carried = Carried(sandbox, planned(sandbox, *around_endpoints, "kms-rotation"), tmp_path)
    sandbox.client("sagemaker").delete_endpoint(EndpointName="churn")
    start = sandbox.snapshot()
    outcomes = {o.action.title: o for o in carried.outcomes(lambda carrying: carrying.apply())}
    deploying = outcomes["Capture what the endpoint is asked and answers: churn"]
    assert (deploying.word, "it is no longer there" in deploying.why) == ("skipped", True)
    assert "sagemaker:CreateEndpointConfig" not in written(sandbox), "half a deployment is of no use"
    scaling = outcomes["Let the endpoint's variants scale with their calls: churn"]
    assert scaling.word == "waiting"
    assert {o.word for o in outcomes.values() if "churn" not in o.action.title} == {"done"}
    carried.undo()
    assert carried.left(start) == []


def test_what_changed_after_the_plan_is_compared_and_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    made = planned(sandbox, "ecr-scan-on-push")
    rules = [
        {"scanFrequency": "MANUAL", "repositoryFilters": [{"filter": "tools/*", "filterType": "WILDCARD"}]},
    ]
    sandbox.client("ecr").put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    start = sandbox.snapshot()
    (outcome,) = Carried(sandbox, made, tmp_path).outcomes(lambda carrying: carrying.apply())
    assert (outcome.word, "it changed since the plan: scanningConfiguration was" in outcome.why) == ("skipped", True)
    assert sandbox.snapshot() == start


# -- "one failure aborts mid-list, nothing records how far it got"; "success line counts the intended"


def test_the_fifth_of_ten_fails_and_nine_are_done_and_all_stand_in_the_journal(empty: Sandbox, tmp_path: Path) -> None:
    carried = Carried(empty, ten_buckets(empty), tmp_path)
    empty.faults = Faults(Fault("deny", "s3:PutPublicAccessBlock", resource="data-5"))
    assert carried.apply() == {str(n): "failed" if n == 5 else "done" for n in range(1, 11)}
    assert closed(empty) == {str(n) for n in range(1, 11) if n != 5}
    lines = [json.loads(line) for line in carried.journal.read_text().splitlines()[1:]]
    events = {str(n): [line["event"] for line in lines if line["action"] == str(n)] for n in range(1, 11)}
    assert events.pop("5") == ["sending", "refused", "failed"]
    assert list(events.values()) == [["sending", "answered", "done"]] * 9

    empty.faults = Faults()
    empty.calls.clear()
    assert set(carried.apply().values()) == {"done"}
    assert written(empty) == ["s3:PutPublicAccessBlock"], "only what failed is sent again"


def test_an_answer_that_was_lost_fails_its_own_action_only(empty: Sandbox, tmp_path: Path) -> None:
    """The second step needs what the first answered, and the process ended before that was written down."""
    first, *others = ten_buckets(empty).actions
    alarm = plans.alarm_step()
    name = {"$out": {"step": "alarm", "path": "AlarmName"}}
    second = plans.block_step("data-1", params={**plans.block_step("data-1").params, "ExpectedBucketOwner": name})
    lost = first.model_copy(update={"steps": [alarm, second]})
    outcomes = Carried(empty, plans.plan(lost, *others), tmp_path).outcomes(lambda carrying: carrying.apply())
    assert words(outcomes) == {str(n): "failed" if n == 1 else "done" for n in range(1, 11)}
    assert "alarm answered no AlarmName" in outcomes[0].why


def test_what_was_there_already_is_not_counted_as_done(empty: Sandbox, tmp_path: Path) -> None:
    carried = Carried(empty, ten_buckets(empty), tmp_path)
    for number in (2, 7):
        empty.client("s3").put_public_access_block(Bucket=f"data-{number}", PublicAccessBlockConfiguration=plans.CLOSED)
    empty.calls.clear()
    assert carried.apply() == {str(n): "already" if n in (2, 7) else "done" for n in range(1, 11)}
    assert len(written(empty)) == 8


# -- "not-found handled by guessing the code"


def test_sagemaker_s_validation_error_means_gone_only_where_it_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    """SageMaker answers ValidationException for what does not exist and for what it does not understand."""
    carried = Carried(sandbox, planned(sandbox, "model-card-missing-for-production"), tmp_path)
    carried.apply()
    for card in sandbox.client("sagemaker").list_model_cards()["ModelCardSummaries"]:
        sandbox.client("sagemaker").delete_model_card(ModelCardName=card["ModelCardName"])
    sandbox.calls.clear()
    assert set(carried.undo().values()) == {"already"}
    assert written(sandbox) == [], "what is gone is taken back already"


# -- "no rollback, no verification"


def test_a_deployment_that_is_rolled_back_in_silence_is_no_success(sandbox: Sandbox, tmp_path: Path) -> None:
    start = sandbox.snapshot()
    carried = Carried(sandbox, planned(sandbox, "endpoint-no-error-alarm", "capture-enabled"), tmp_path)
    sandbox.deployments(looks=1)
    sandbox.rolls_back("churn", times=1)
    outcomes = carried.outcomes(lambda carrying: carrying.apply())
    assert [o.word for o in outcomes if o.action.steps[-1].operation == "UpdateEndpoint"] == ["failed"]
    carried.undo()
    assert carried.left(start) == []


def test_each_step_of_every_fix_has_its_way_back_or_says_why_not(sandbox: Sandbox) -> None:
    made = planned(sandbox)
    assert {rule for rule, _ in closes(made)} == {rule.id for rule in FIXABLE}
    steps = [step for action in made.actions for step in action.steps]
    assert all((step.undo is None) == bool(step.irreversible) for step in steps)


# -- "one denied or vanished item loses the type"


def test_one_denied_item_costs_only_itself(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(Fault("deny", "sagemaker:DescribeEndpoint", resource="lapse"))
    found = closes(planned(sandbox, "endpoint-no-error-alarm"))
    assert found == {("endpoint-no-error-alarm", "churn")}


def test_one_vanished_item_costs_only_itself(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(Fault("vanish", "sagemaker:DescribeEndpoint", resource="lapse"))
    made = planned(sandbox, "endpoint-no-error-alarm")
    assert closes(made) == {("endpoint-no-error-alarm", "churn")}
    assert made.left == []


# -- "throttling"


def test_half_of_all_calls_are_throttled_and_all_is_done(empty: Sandbox, tmp_path: Path) -> None:
    carried = Carried(empty, ten_buckets(empty), tmp_path)
    empty.faults = Faults(Fault("throttle", "*", share=0.5))
    assert set(carried.apply().values()) == {"done"}
    empty.faults = Faults()
    assert closed(empty) == {str(n) for n in range(1, 11)}
    assert carried.slept


# -- "training, tuning, transform default to what runs"


def test_jobs_that_have_ended_count(sandbox: Sandbox) -> None:
    assert (
        sandbox.client("sagemaker").describe_training_job(TrainingJobName="train-1")["TrainingJobStatus"] == "Completed"
    )
    assert closes(planned(sandbox, "training-data-bucket-public")) == {("training-data-bucket-public", "train-1")}


# -- "small bugs": what was never configured


def test_what_was_never_configured_is_configured_and_then_is_not_again(empty: Sandbox, tmp_path: Path) -> None:
    seed(empty, Described((Served("churn", stage="test"),), training="open", scanned="nothing"))
    start = empty.snapshot()
    carried = Carried(empty, planned(empty, "ecr-scan-on-push", "training-data-bucket-public"), tmp_path)
    assert list(carried.apply().values()) == ["done", "done"]
    assert list(carried.undo().values()) == ["done", "done"]
    assert carried.left(start) == []


# -- "state in a tag everyone can edit"


def test_no_state_lies_in_tags_so_that_taking_back_needs_none(sandbox: Sandbox, tmp_path: Path) -> None:
    start = sandbox.snapshot()
    carried = Carried(sandbox, planned(sandbox), tmp_path)
    carried.apply()
    changed = start.differences(sandbox.snapshot())
    assert changed
    assert {d.member for d in changed} & {"Tags"} == set()
    arn = f"arn:aws:sagemaker:{US}:{ACCOUNT}:endpoint/churn"
    sandbox.client("sagemaker").delete_tags(ResourceArn=arn, TagKeys=["environment"])
    assert set(carried.undo().values()) == {"done"}
    assert {d.member for d in carried.left(start)} == {"Tags"}


# -- who owns it: a bucket's ARN stands in none of its answers


def test_a_bucket_that_a_tool_owns_is_left_to_it(empty: Sandbox, tmp_path: Path) -> None:
    seed(empty, Described((), training="open", owned=frozenset({"features"})))
    carried = Carried(empty, planned(empty, "training-data-bucket-public"), tmp_path)
    (outcome,) = carried.outcomes(lambda carrying: carrying.apply())
    assert (outcome.word, "Terraform" in outcome.why) == ("skipped", True)
    assert written(empty) == []


def test_the_owner_of_a_bucket_is_asked_for_where_it_lies(empty: Sandbox, tmp_path: Path) -> None:
    """The tagging service of a region knows the buckets of that region only."""
    seed(empty, Described(()))
    s3 = empty.client("s3", EU)
    s3.create_bucket(Bucket="labels", CreateBucketConfiguration={"LocationConstraint": EU})
    s3.delete_public_access_block(Bucket="labels")
    read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::labels/*"}
    s3.put_bucket_policy(Bucket="labels", Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))
    s3.put_bucket_tagging(Bucket="labels", Tagging={"TagSet": [{"Key": "managed-by", "Value": "Terraform"}]})
    train(empty, "train-2", "labels", "")
    carried = Carried(empty, planned(empty, "training-data-bucket-public"), tmp_path)
    (outcome,) = carried.outcomes(lambda carrying: carrying.apply())
    assert (outcome.word, "Terraform" in outcome.why) == ("skipped", True)
