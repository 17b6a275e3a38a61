"""Approvals in the registry that start nothing."""

from collections.abc import Mapping
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.event_patterns import matches
from mllens.scanner import Graph, Ref, Region, Unobserved
from mllens.scanner.events import Rule as EventRule
from mllens.scanner.events import Target
from mllens.scanner.sagemaker import ModelPackage, ModelPackageGroup


@rule(
    severity="medium",
    confidence="medium",
    supports=("MLOPS04_BP01", "MLREL04_BP01", "MLPERF06_BP05"),
    presumes="a group of the registry with an approved version",
    reads=(
        *(ModelPackage.group, ModelPackage.approval_status),
        *(EventRule, EventRule.state, EventRule.pattern, EventRule.targets),
    ),
)
def model_approval_event_unconnected(group: ModelPackageGroup, graph: Graph) -> Verdict:
    """The approval of a version must start something: its deployment, or a message to those who deploy.

    Where it starts nothing, somebody copies a version's name into a console by hand, now and then the wrong one. The
    registry tells of each approval on the account's default event bus. Where the approval is a step of the pipeline
    that deploys, and the registry only records it, waive this.
    """
    if not any(package.approval_status == "Approved" for package in graph.into(group, ModelPackage)):
        return NotApplicable("has no approved version")
    doubt = ""
    for listener in graph.all(EventRule, within=Region(name=group.region, account=group.account, region=group.region)):
        if listener.state == "DISABLED" or not listener.targets:
            continue
        heard = listener.pattern is not None and matches(listener.pattern, _approval(group))
        if heard:
            return Pass()
        doubt = doubt or (listener.name if heard is None else "")
    if doubt:
        raise Unobserved(doubt, "whether the pattern of this EventBridge rule matches an approval cannot be told")
    return Fail(
        "has approved versions, and no enabled EventBridge rule hears of an approval; "
        "add one for SageMaker Model Package State Change that starts the deployment"
    )


def _approval(group: ModelPackageGroup) -> dict[tuple[str, ...], str]:
    """The event of an approval."""
    return {
        ("source",): "aws.sagemaker",
        ("detail-type",): "SageMaker Model Package State Change",
        ("account",): group.account,
        ("region",): group.region,
        ("detail", "ModelPackageGroupName"): group.name,
        ("detail", "ModelApprovalStatus"): "Approved",
    }


_GROUP = ModelPackageGroup(name="churn")
_DEPLOYS = Target(id="1", target_arn="arn:aws:codepipeline:us-east-1:111122223333:deploy")
_HEARS = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]}


def _version(status: Literal["Approved", "Rejected", "PendingManualApproval"] = "Approved") -> ModelPackage:
    return ModelPackage(name="churn/1", group=Ref(ModelPackageGroup, "churn"), approval_status=status)


def _rule(
    detail: Mapping[str, Any] | None = None,
    *targets: Target,
    state: Literal["ENABLED", "DISABLED"] = "ENABLED",
    pattern: Any = _HEARS,
) -> EventRule:
    asked = {**pattern, "detail": detail} if detail else pattern
    return EventRule(name="approved", state=state, pattern=asked, targets=targets or (_DEPLOYS,))


model_approval_event_unconnected.cases(
    passes=[
        case(_GROUP, _version(), _rule()),
        case(_GROUP, _version(), _rule({"ModelPackageGroupName": ["churn"], "ModelApprovalStatus": ["Approved"]})),
        case(_GROUP, _version(), _rule({"ModelPackageGroupName": [{"prefix": "ch"}]})),
    ],
    fails=[
        case(_GROUP, _version()),
        case(_GROUP, _version(), _rule(state="DISABLED")),
        case(_GROUP, _version(), _rule({"ModelPackageGroupName": ["lapse"]})),
        case(_GROUP, _version(), _rule({"ModelApprovalStatus": ["Rejected"]})),
        case(_GROUP, _version(), EventRule(name="aimless", state="ENABLED", pattern=_HEARS, targets=())),
        case(_GROUP, _version(), _rule(pattern=None)),
    ],
    unknown=[
        case(_GROUP, unread=[ModelPackage]),
        case(_GROUP, _version(), unread=[EventRule]),
        case(_GROUP, _version(), _rule({"ModelPackageGroupName": [{"wildcard": "c*"}]})),
        case(_GROUP, _version(), _rule({"ModelPackageVersion": [{"numeric": [">", 3]}]})),
    ],
    not_applicable=[_GROUP, case(_GROUP, _version("Rejected"))],
)
