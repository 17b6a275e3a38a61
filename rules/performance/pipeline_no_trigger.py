"""Pipelines that train and that nothing starts."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import RUNNING, running
from mllens.rules.pipeline_steps import Steps
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.events import Rule as EventRule
from mllens.scanner.events import Target
from mllens.scanner.sagemaker_pipelines import Pipeline, Step

TRAINS = ("Training", "Tuning", "AutoML")


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLPERF06_BP05", "MLOPS04_BP01"),
    supports=("MLREL03_BP01",),
    presumes="a pipeline in production that trains",
    reads=(*RUNNING, Pipeline.steps, EventRule.targets, EventRule.state),
)
def pipeline_no_trigger(
    pipeline: Pipeline, graph: Graph, *, days: int = 90, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production pipeline that trains must be started by an event or a schedule.

    What a person must remember is forgotten on holidays, and a model grows old meanwhile. A rule of EventBridge that is
    enabled counts. Where all that is left is a rule that was disabled, the pipeline is started by hand or not at all.
    Functions, state machines and EventBridge Scheduler may start it as well, which is not read: then nothing is said.
    """
    where = running(pipeline, graph.now, days, production)
    if isinstance(where, NotApplicable):
        return where
    if not any(step.type in TRAINS for step in Steps(pipeline.steps)):
        return NotApplicable("trains nothing")
    disabled = ""
    for listener in graph.into(pipeline, EventRule):
        if listener.state != "DISABLED":
            return Pass()
        disabled = listener.name
    if disabled:
        return Fail(f"is started by no rule but {disabled}, which is disabled; enable it ({where})")
    raise Unobserved(pipeline.name, "no EventBridge rule starts it; whether something else does cannot be told")


def _pipeline(type_: str = "Training", *, name: str = "churn", month: int = 10) -> Pipeline:
    steps = (Step(name="Step", type=type_),)
    return Pipeline(name=name, tags={}, last_run=datetime(2026, month, 30, tzinfo=UTC), steps=steps)


def _rule(name: str, state: Literal["ENABLED", "DISABLED"] = "ENABLED") -> EventRule:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"
    return EventRule(name=name, state=state, targets=(Target(id="1", target_arn=arn, pipeline=Ref(Pipeline, arn)),))


pipeline_no_trigger.cases(
    passes=[
        case(_pipeline(), _rule("weekly")),
        case(_pipeline("AutoML"), _rule("daily", "DISABLED"), _rule("weekly")),
    ],
    fails=[case(_pipeline(), _rule("weekly", "DISABLED")), case(_pipeline(month=5), _rule("a", "DISABLED"), days=400)],
    unknown=[
        Pipeline(),
        _pipeline(),
        case(_pipeline(), EventRule(name="other", state="ENABLED", targets=())),
        case(_pipeline(), _rule("weekly", "DISABLED"), unread=[EventRule]),
    ],
    not_applicable=[
        Pipeline(last_run=None),
        _pipeline(month=5),
        _pipeline(name="churn-dev"),
        case(_pipeline("Lambda"), _rule("weekly", "DISABLED")),
    ],
)
