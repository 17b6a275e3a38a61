"""The plan as a file: equal bytes, and what is no plan."""

import json
from pathlib import Path

import plans
import pytest

from mllens.remediation.owner import owner_of
from mllens.remediation.planfile import PlanError, dump, load, save

PLAN = plans.plan(plans.action("a", plans.alarm_step()), plans.action("b", *plans.deploy_steps()))


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save(PLAN, path)
    assert load(path) == PLAN
    assert dump(load(path)) == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a plan"),
        (b"[]", "not a plan"),
        (b"[" * 100_000, "not a plan"),
        (b'{"magic": "other"}', "not a plan"),
        (b'{"magic": "mllens-plan", "format": 9}', "newer mllens"),
        (b'{"magic": "mllens-plan", "format": 1}', "Field required"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanError, match=said):
        load(path)


def test_a_member_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = json.loads(dump(PLAN))
    content["actions"][0]["steps"][0]["force"] = True
    path.write_text(json.dumps(content))
    with pytest.raises(PlanError, match=r"actions\.0\.steps\.0\.force"):
        load(path)


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({}, "none"),
        ({"team": "ml"}, "none"),
        ({"aws:cloudformation:stack-name": "ml"}, "cloudformation"),
        ({"aws:cloudformation:stack-name": "ml", "aws-cdk:id": "x"}, "cdk"),
        ({"sagemaker:project-name": "churn", "aws:cloudformation:stack-name": "SC-1"}, "project"),
        ({"aws:servicecatalog:provisionedProductArn": "arn"}, "service-catalog"),
        ({"terraform": "true"}, "terraform"),
        ({"Managed-By": "Terraform Cloud"}, "terraform"),
        ({"managed-by": "hand"}, "none"),
    ],
)
def test_tags_tell_the_owner(tags: dict[str, str], kind: str) -> None:
    assert owner_of(tags).kind == kind


def test_a_team_s_own_tag_tells_it_too() -> None:
    assert owner_of({"stack-by": "us"}, {"terraform": ["stack-by"]}).kind == "terraform"


def test_a_plan_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = json.loads(dump(PLAN))
    content["actions"][0]["steps"][0]["params"]["Threshold"] = 9.0
    path.write_text(json.dumps(content))
    with pytest.raises(PlanError, match="changed after it was planned"):
        load(path)


def test_actions_stand_once_and_after_those_that_they_wait_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="before one that it waits for"):
        plans.plan(plans.action("a", plans.alarm_step(), waits_for=("b",)), plans.action("b", plans.alarm_step()))
    with pytest.raises(ValueError, match="stands twice"):
        plans.plan(plans.action("a", plans.alarm_step()), plans.action("a", plans.alarm_step()))
