"""Exporting a plan for those who change the account by other means: as AWS CLI commands, as CloudFormation."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

from mllens.remediation.planfile import Action, Plan, PlanError, Step
from mllens.scanner.path import nodes
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
        (
            f'test "$(aws sts get-caller-identity --query Account --output text)" = {shlex.quote(plan.account)} ||'
            ' { echo "these credentials are for another account" >&2; exit 1; }'
        ),
    ]
    for number, action in enumerate(plan.actions, 1):
        lines += ["", f"# {number}. {_comment(action.title)}"]
        lines += [f"#    disrupts: {_comment(action.disrupts)}"] if action.disrupts else []
        lines += [f"#    owner: {_comment(str(action.owner))}"] if action.owner.kind != "none" else []
        for step in action.steps:
            lines += _commands(step)
    return "\n".join(lines) + "\n"


def _commands(step: Step) -> Iterator[str]:
    if any("$out" in node for node in nodes(step.params)):
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
        which = f"--region {region} {option} {shlex.quote(str(step.params[member]))}"
        yield f"aws {step.service} wait {name} {which}"
        yield from _reached(step, which)


def _reached(step: Step, which: str) -> Iterator[str]:
    """The test that a wait ended where it should: what was rolled back is in service, too."""
    wanted = (step.after or {}).get(config := "EndpointConfigName")
    if wanted is not None:
        look = f"aws {step.service} {hyphenated(step.look.operation)} {which} --query {config} --output text"
        yield f'test "$({look})" = {shlex.quote(str(wanted))} || {{ echo "it was rolled back" >&2; exit 1; }}'


def as_cloudformation(plan: Plan) -> str:
    """A template of what the plan creates; what it changes stands in its metadata, for the owners of those resources."""
    resources: dict[str, Any] = {}
    regions = sorted({step.region for action in plan.actions for step in action.steps if step.template})
    for action in plan.actions:
        resources |= _resources(action, several=len(regions) > 1)
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What the mllens plan {plan.id} creates in account {plan.account}, {', '.join(regions) or 'nowhere'}",
        "Metadata": {"Mllens": {"Plan": plan.id, "Patches": _patches(plan)}},
    }
    if not resources:
        raise PlanError("this plan creates nothing that CloudFormation knows; `-f patches` tells what it changes")
    if len(regions) > 1:
        template["Conditions"] = {
            _condition(region): {"Fn::Equals": [{"Ref": "AWS::Region"}, region]} for region in regions
        }
    return json.dumps(template | {"Resources": resources}, indent=2, ensure_ascii=False) + "\n"


def as_patches(plan: Plan) -> str:
    """What the owners of changed resources write into their templates, as JSON."""
    return json.dumps(_patches(plan), indent=2, ensure_ascii=False) + "\n"


def _patches(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "Type": patch.target.type,
            "Resource": patch.target.arn or patch.target.name,
            "Region": patch.target.region,
            "Owner": str(action.owner),
            "Properties": patch.properties,
            "Why": action.title,
        }
        for action in plan.actions
        for patch in action.patches
    ]


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
