"""Exporting a plan for those who change the account by other means: as AWS CLI commands, as CloudFormation."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from mllens.remediation.planfile import Action, Plan, PlanError, Step
from mllens.scanner.shapes import hyphenated

COMMANDS = {"s3": "s3api"}
"""Services that the AWS CLI has under another name."""
WAITERS = {"sagemaker:UpdateEndpoint": ("endpoint-in-service", "EndpointName")}


def as_cli(plan: Plan) -> str:
    """A shell script of the plan's calls, in order. It compares nothing: it is for review, and for today."""
    lines = [
        "#!/usr/bin/env bash",
        f"# {_comment(f'Plan {plan.id} for account {plan.account}, from what was read on {plan.scanned_at}.')}",
        "# Unlike `mllens remediate apply` this does not look whether anything changed since, and keeps no journal.",
        "set -euo pipefail",
        f'test "$(aws sts get-caller-identity --query Account --output text)" = {shlex.quote(plan.account)}',
    ]
    for number, action in enumerate(plan.actions, 1):
        lines += ["", f"# {number}. {_comment(action.title)}"]
        lines += [f"#    disrupts: {_comment(action.disrupts)}"] if action.disrupts else []
        lines += [f"#    owner: {_comment(str(action.owner))}"] if action.owner.kind != "none" else []
        for step in action.steps:
            lines += _commands(step)
    return "\n".join(lines) + "\n"


def _commands(step: Step) -> Iterator[str]:
    if any("$out" in node for node in _nodes(step.params)):
        raise PlanError(
            f"the step {step.id} needs what an earlier one answers, which a script of commands does not keep"
        )
    command = shlex.join((COMMANDS.get(step.service, step.service), hyphenated(step.operation)))
    region = shlex.quote(step.region)
    params = shlex.quote(json.dumps(step.params, ensure_ascii=False))
    yield f"aws {command} --region {region} --cli-input-json {params}"
    if waiter := WAITERS.get(f"{step.service}:{step.operation}"):
        name, member = waiter
        option = f"--{hyphenated(member)}"
        yield f"aws {step.service} wait {name} --region {region} {option} {shlex.quote(str(step.params[member]))}"


def as_cloudformation(plan: Plan) -> str:
    """A template of what the plan creates; what it changes stands in its metadata, for the owners of those resources."""
    resources: dict[str, Any] = {}
    patches: list[dict[str, Any]] = []
    regions = sorted({step.region for action in plan.actions for step in action.steps if step.template})
    for action in plan.actions:
        resources |= _resources(action, several=len(regions) > 1)
        patches += [
            {
                "Type": patch.target.type,
                "Resource": patch.target.arn or patch.target.name,
                "Region": patch.target.region,
                "Owner": str(action.owner),
                "Properties": patch.properties,
                "Why": action.title,
            }
            for patch in action.patches
        ]
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What the mllens plan {plan.id} creates in account {plan.account}, {', '.join(regions) or 'nowhere'}",
        "Metadata": {"Mllens": {"Plan": plan.id, "Patches": patches}},
    }
    if not resources:
        raise PlanError("this plan creates nothing that CloudFormation knows; `-f cli` shows its calls")
    if len(regions) > 1:
        template["Conditions"] = {
            _condition(region): {"Fn::Equals": [{"Ref": "AWS::Region"}, region]} for region in regions
        }
    return json.dumps(template | {"Resources": resources}, indent=2, ensure_ascii=False) + "\n"


def _resources(action: Action, *, several: bool) -> dict[str, Any]:
    """The resources of one action, each after the one before; with a condition where the plan has several regions."""
    out: dict[str, Any] = {}
    for number, step in enumerate(action.steps, 1):
        if step.template is None:
            continue
        told: dict[str, Any] = {
            "Type": step.template["Type"],
            **({"Condition": _condition(step.region)} if several else {}),
            **({"DependsOn": next(reversed(out))} if out else {}),
            "Properties": step.template["Properties"],
        }
        stem = re.sub(r"[^A-Za-z0-9]", "", str(step.template["Type"]).rsplit("::", 1)[-1])
        out[f"{stem}{action.id}{number}"] = told
    return out


def _condition(region: str) -> str:
    return "In" + re.sub(r"[^A-Za-z0-9]", "", region.title())


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)
