"""EventBridge rules of machine learning that start nothing."""

from collections.abc import Mapping
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.events import Rule as EventRule
from mllens.scanner.events import Target
from mllens.scanner.sagemaker_pipelines import Pipeline


@rule(
    severity="medium",
    supports=("MLPERF06_BP05", "MLOPS04_BP01", "MLREL04_BP01"),
    presumes="an EventBridge rule that starts a pipeline, or hears SageMaker",
    reads=(EventRule.managed_by, EventRule.pattern, EventRule.targets, EventRule.state, Pipeline),
)
def event_rule_disabled_or_targetless(  # noqa: PLR0911 - one return for each way to be idle
    listener: EventRule, graph: Graph
) -> Verdict:
    """An EventBridge rule that starts a pipeline, or hears SageMaker, must be enabled and lead somewhere.

    A rule that was turned off for a day, or whose pipeline was renamed, stays in the list: everybody believes that the
    model is retrained every week or deployed once it is approved. A rule whose pipelines others start may stay off.
    """
    if listener.managed_by is not None:
        return NotApplicable(f"is managed by {listener.managed_by}")
    starts = [target.pipeline for target in listener.targets if target.pipeline is not None]
    if not starts and not _hears_sagemaker(listener.pattern):
        return NotApplicable("neither starts a pipeline nor hears SageMaker")
    if listener.state == "DISABLED":
        still = [reference for reference in starts if not _else_started(reference, listener, graph)]
        if starts and not still:
            return NotApplicable("is disabled, and other rules start what it started")
        what = f"{still[0].key.name} is not started by it" if still else "nothing follows what it heard"
        return Fail(f"is disabled, so that {what}; enable it, or delete it")
    if not listener.targets:
        return Fail("has no target; give it one, or delete it")
    for reference in starts:
        pipeline = graph.to(reference)
        if isinstance(pipeline, Missing):
            return Fail(f"starts the pipeline {pipeline.key.name}, which does not exist; name the right one")
    return Pass() if starts else NotApplicable("starts no pipeline; what its targets do cannot be seen")


def _hears_sagemaker(pattern: Any) -> bool:
    sources = pattern.get("source") if isinstance(pattern, Mapping) else None
    return isinstance(sources, list) and "aws.sagemaker" in sources


def _else_started(reference: Ref[Pipeline], listener: EventRule, graph: Graph) -> bool:
    """Whether another rule, that is enabled, starts a pipeline."""
    others = graph.into(reference, EventRule)
    return any(other.key != listener.key and other.state != "DISABLED" for other in others)


State = Literal["ENABLED", "DISABLED"]
_ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"
_STARTS = Target(id="1", target_arn=_ARN, pipeline=Ref(Pipeline, _ARN))
_TELLS = Target(id="1", target_arn="arn:aws:lambda:us-east-1:111122223333:function:deploy")
_APPROVED = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]}
_CHURN = Pipeline(name="churn", arn=_ARN)


def _rule(*targets: Target, state: State = "ENABLED", pattern: Any = None, name: str = "weekly") -> EventRule:
    return EventRule(name=name, managed_by=None, state=state, pattern=pattern, targets=targets)


event_rule_disabled_or_targetless.cases(
    passes=[case(_rule(_STARTS), _CHURN), case(_rule(_TELLS, _STARTS, pattern=_APPROVED), _CHURN)],
    fails=[
        case(_rule(_STARTS, state="DISABLED"), _CHURN),
        case(_rule(_STARTS, state="DISABLED"), _CHURN, _rule(_STARTS, state="DISABLED", name="daily")),
        _rule(_TELLS, state="DISABLED", pattern=_APPROVED),
        _rule(pattern=_APPROVED),
        _rule(_STARTS),
    ],
    unknown=[
        EventRule(),
        case(_rule(_STARTS), unread=[Pipeline]),
        case(_rule(_STARTS, state="DISABLED"), _CHURN, unread=[EventRule]),
    ],
    not_applicable=[
        _rule(_TELLS),
        _rule(_TELLS, pattern=_APPROVED),
        _rule(state="DISABLED", pattern={"source": ["aws.ec2"]}),
        EventRule(managed_by="sagemaker.amazonaws.com"),
        case(_rule(_STARTS, state="DISABLED"), _CHURN, _rule(_STARTS, name="daily")),
    ],
)
