"""Exports: what the tools they are for make of them, and what hostile names do in them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import plans
import pytest
from botocore import xform_name
from botocore.session import get_session
from botocore.validate import ParamValidator
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from scans import Scanner

from mllens.remediation.export import as_cli, as_cloudformation
from mllens.remediation.planfile import Owner, Patch, Plan, PlanError
from mllens.remediation.planning import Wanted, plan
from mllens.rules.load import ours
from mllens.sandbox import Sandbox
from mllens.sandbox.demo import seed
from mllens.scanner.plan import plan as reading_of

RULES = tuple(rule for rule in ours() if rule.repair is not None)
CHOICES = {
    "endpoint-no-error-alarm": {"topic": "arn:aws:sns:us-east-1:123456789012:ml-on-call"},
    "capture-enabled": {"bucket": "s3://meridian-ml-capture/capture"},
    "endpoint-autoscaling-effective": {"target": 100.0},
}
CREATED = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::ModelCard",
}
PATCHED = {
    "AWS::ECR::RegistryScanningConfiguration",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SageMaker::EndpointConfig",
}
REQUIRED = "E3003"  # a patch is a part of its resource: it need not have what the whole must

# -- what CloudFormation and the AWS CLI make of the demo account's plan


@pytest.fixture(scope="module")
def made() -> Plan:
    reads = [read for rule in RULES if rule.repair for read in (*rule.reads, *rule.repair.reads)]
    with Sandbox() as sandbox:
        seed(sandbox)
        inventory = Scanner(sandbox, reading_of(reads, {rule.subject for rule in RULES}))(regions=sandbox.regions)
    return plan(inventory, Wanted(RULES, choices=CHOICES))[0]


def _wrong(template: str, *regions: str) -> list[str]:
    found = lint(template, config=ManualArgs(regions=list(regions)))
    return [f"{match.rule.id} {match.message}" for match in found]


def test_cloudformation_takes_the_template(made: Plan) -> None:
    text = as_cloudformation(made)
    template = json.loads(text)
    assert {resource["Type"] for resource in template["Resources"].values()} >= CREATED
    assert {resource["Condition"] for resource in template["Resources"].values()} == {"InEuWest1", "InUsEast1"}
    assert _wrong(text, "eu-west-1", "us-east-1") == []
    spoiled = text.replace('"ComparisonOperator"', '"Comparison"', 1)
    assert [wrong[:5] for wrong in _wrong(spoiled, "us-east-1")] == ["E3002"], "the check sees properties"


def test_a_patch_is_of_the_type_that_has_its_properties(made: Plan) -> None:
    patches = json.loads(as_cloudformation(made))["Metadata"]["Mllens"]["Patches"]
    assert {patch["Type"] for patch in patches} >= PATCHED
    resources = {
        f"Patched{number}": {"Type": patch["Type"], "Properties": patch["Properties"]}
        for number, patch in enumerate(patches)
    }
    wrong = _wrong(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}), "us-east-1")
    assert [told for told in wrong if not told.startswith(REQUIRED)] == []


def test_a_patch_names_the_resource_that_bears_it(made: Plan) -> None:
    patches = json.loads(as_cloudformation(made))["Metadata"]["Mllens"]["Patches"]
    told = {(p["Type"], p["Resource"], p["Region"], p["Owner"]) for p in patches}
    config = "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/churn-scores-20260113"
    assert ("AWS::SageMaker::EndpointConfig", config, "us-east-1", "nobody") in told
    bucket = next(owner for _, resource, _, owner in told if resource == "arn:aws:s3:::meridian-claims-samples")
    assert "tags of Bucket meridian-claims-samples were not read" in bucket


def test_the_aws_cli_takes_the_commands(made: Plan, tmp_path: Path) -> None:
    session, sent, waited = get_session(), [], []
    for argv in _recorded(as_cli(made), tmp_path):
        service, verb, region, options = _parsed(argv)
        model = session.get_service_model("s3" if service == "s3api" else service)
        if verb[0] == "wait":
            waiter = session.get_waiter_model(service).waiter_names
            assert verb[1] in {xform_name(name, "-") for name in waiter}
            waited.append((verb[1], region, options))
            continue
        (operation,) = (name for name in model.operation_names if xform_name(name, "-") == verb[0])
        params = json.loads(options.pop("--cli-input-json"))
        assert options == {}
        report = ParamValidator().validate(params, model.operation_model(operation).input_shape)
        assert report.generate_report() == ""
        sent.append((operation, region, params))
    steps = [step for action in made.actions for step in action.steps]
    assert sent == [(step.operation, step.region, step.params) for step in steps]
    updates = [step for step in steps if step.operation == "UpdateEndpoint"]
    assert waited == [
        ("endpoint-in-service", step.region, {"--endpoint-name": step.params["EndpointName"]}) for step in updates
    ]
    assert updates


# -- what hostile names do


HARM = "$(touch harmed)`touch harmed`'\"; touch harmed\n touch harmed #\\' \\\" \t\u2028 \x1b[31m é 🙂 \\"


def test_hostile_names_are_arguments_and_nothing_else(tmp_path: Path) -> None:
    alarm = plans.alarm_step(params={**plans.ALARM, "AlarmName": HARM, "AlarmDescription": {HARM: [HARM]}})
    config, update = plans.deploy_steps()
    deploy = update.model_copy(update={"params": {**update.params, "EndpointName": HARM}})
    block = plans.block_step(HARM)
    owner = Owner(kind="cloudformation", name=HARM)
    first = plans.action(HARM, alarm, title=HARM, disrupts=HARM, owner=owner)
    made = plans.plan(first, plans.action("b", config, deploy), plans.action("c", block), id=HARM)
    told = [_parsed(argv) for argv in _recorded(as_cli(made), tmp_path)]
    sent = [json.loads(options["--cli-input-json"]) for _, verb, _, options in told if verb[0] != "wait"]
    assert sent == [alarm.params, config.params, deploy.params, block.params]
    assert [options for _, verb, _, options in told if verb[0] == "wait"] == [{"--endpoint-name": HARM}]
    assert not (tmp_path / "harmed").exists()


def test_nothing_is_sent_to_another_account(tmp_path: Path) -> None:
    script = as_cli(plans.plan(plans.action("a", plans.alarm_step())))
    with pytest.raises(subprocess.CalledProcessError):
        _recorded(script, tmp_path, account="999999999999")
    assert _told(tmp_path) == [["sts", "get-caller-identity", "--query", "Account", "--output", "text"]]


def test_a_script_ends_where_a_deployment_was_rolled_back(tmp_path: Path) -> None:
    steps = plans.deploy_steps()
    script = as_cli(plans.plan(plans.action("a", *steps), plans.action("b", plans.block_step())))
    with pytest.raises(subprocess.CalledProcessError):
        _recorded(script, tmp_path, back="fraud-1")
    assert "put-public-access-block" not in {argv[1] for argv in _told(tmp_path)}


def test_the_first_command_that_fails_is_the_last(tmp_path: Path) -> None:
    script = as_cli(plans.plan(plans.action("a", plans.alarm_step()), plans.action("b", plans.block_step())))
    with pytest.raises(subprocess.CalledProcessError):
        _recorded(script, tmp_path, fails="put-metric-alarm")
    assert [argv[1] for argv in _told(tmp_path)] == ["get-caller-identity", "put-metric-alarm"]


def test_what_needs_an_earlier_answer_is_no_script() -> None:
    answered = {**plans.ALARM, "AlarmActions": [{"$out": {"step": "topic", "path": "TopicArn"}}]}
    with pytest.raises(PlanError, match="step alarm needs what an earlier one answers"):
        as_cli(plans.plan(plans.action("a", plans.alarm_step(params=answered))))


# -- the template, from plans written by hand


def test_what_only_changes_is_no_template_and_stands_in_patches() -> None:
    with pytest.raises(PlanError, match="-f patches"):
        as_cloudformation(plans.plan(plans.action("a", plans.block_step())))


def test_steps_of_an_action_come_one_after_the_other_and_a_patch_tells_its_owner() -> None:
    def step(name: str) -> Any:
        return plans.alarm_step(id=name, template={"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": name}})

    bucket = plans.target("AWS::S3::Bucket", "features", "", "arn:aws:s3:::features")
    action = plans.action(
        "a1",
        step("first"),
        plans.block_step(),
        step("last"),
        owner=Owner(kind="cloudformation", name="ml-data"),
        patches=[Patch(target=bucket, properties={"PublicAccessBlockConfiguration": plans.CLOSED})],
    )
    template = json.loads(as_cloudformation(plans.plan(action)))
    assert template["Resources"] == {
        "Alarma11": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "first"}},
        "Alarma13": {
            "Type": "AWS::CloudWatch::Alarm",
            "DependsOn": "Alarma11",
            "Properties": {"AlarmName": "last"},
        },
    }
    assert template["Metadata"]["Mllens"]["Patches"] == [
        {
            "Type": "AWS::S3::Bucket",
            "Resource": "arn:aws:s3:::features",
            "Region": "",
            "Owner": "CloudFormation stack ml-data",
            "Properties": {"PublicAccessBlockConfiguration": plans.CLOSED},
            "Why": "Do a1",
        }
    ]


# -- a script, run with an `aws` that only notes what it is called with

AWS = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
said, runs = Path(os.environ["SAID"]), Path(os.environ["SAID"] + ".runs")
with said.open("a", encoding="utf-8") as file:
    file.write("".join(word + chr(0) for word in (str(len(sys.argv) - 1), *sys.argv[1:])))
match sys.argv[2]:
    case "get-caller-identity":
        print(os.environ["ACCOUNT"])
    case "update-endpoint":
        runs.write_text(json.loads(sys.argv[-1])["EndpointConfigName"], "utf-8")
    case "describe-endpoint":
        print(os.environ["BACK"] or runs.read_text("utf-8"))
sys.exit(sys.argv[2] == os.environ["FAILS"])
"""


def _recorded(
    script: str, folder: Path, *, account: str = plans.ACCOUNT, fails: str = "", back: str = ""
) -> list[list[str]]:
    """The commands of a script as `aws` got them, without those that ask whether to go on."""
    (folder / "bin").mkdir()
    (folder / "bin" / "aws").write_text(AWS)
    (folder / "bin" / "aws").chmod(0o755)
    file = folder / "script.sh"
    file.write_text(script, "utf-8")
    subprocess.run(["bash", "-n", str(file)], check=True)
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "SAID": str(folder / "said"),
        "ACCOUNT": account,
        "FAILS": fails,
        "BACK": back,
    }
    subprocess.run(["bash", str(file)], cwd=folder, env=environment, check=True)
    asked, *commands = _told(folder)
    assert asked[:2] == ["sts", "get-caller-identity"]
    return [command for command in commands if "--query" not in command]


def _told(folder: Path) -> list[list[str]]:
    words = iter((folder / "said").read_text("utf-8").split("\0")[:-1])
    return [[next(words) for _ in range(int(number))] for number in words]


def _parsed(argv: list[str]) -> tuple[str, list[str], str, dict[str, str]]:
    """Service, operation (or `wait` and what for), region and the other options of a command."""
    at = next(n for n, word in enumerate(argv) if word.startswith("--"))
    options = dict(zip(argv[at::2], argv[at + 1 :: 2], strict=True))
    return argv[0], argv[1:at], options.pop("--region"), options
