"""Pipelines that one failed instance stops."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import RUNNING, running
from mllens.rules.pipeline_steps import Steps
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph
from mllens.scanner.sagemaker_pipelines import Pipeline, Step

JOBS = ("Processing", "Training", "Transform", "NotebookJob")
"""Kinds of step whose jobs nothing starts again by itself; tuning and AutoML jobs retry inside."""


@rule(
    severity="low",
    proves=("MLREL02_BP02",),
    supports=("MLOPS04_BP01", "MLREL03_BP01"),
    presumes="a pipeline in production with jobs of its own",
    reads=(*RUNNING, Pipeline.steps),
)
def pipeline_no_retry_policy(
    pipeline: Pipeline, graph: Graph, *, days: int = 90, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """The job steps of a production pipeline must be tried again when a job fails for want of capacity.

    Pipelines repeat calls that were throttled, and nothing else: a job without an instance, or on one that broke, ends
    the whole run, often at night. A policy for a job's errors counts, and so does the retry strategy of a training job.
    """
    where = running(pipeline, graph.now, days, production)
    if isinstance(where, NotApplicable):
        return where
    jobs = [step for step in Steps(pipeline.steps) if step.type in JOBS]
    if not jobs:
        return NotApplicable("has no step that runs a job")
    once = [step.name for step in jobs if not _again(step)]
    if once:
        return Fail(
            f"ends when a job of {', '.join(once)} fails once; give each RetryPolicies for SageMaker.JOB_INTERNAL_ERROR "
            f"and SageMaker.CAPACITY_ERROR ({where})"
        )
    return Pass()


def _again(step: Step) -> bool:
    arguments = step.arguments if isinstance(step.arguments, Mapping) else {}
    if step.type == "Training" and arguments.get("RetryStrategy"):
        return True
    kinds = [kind for policy in step.retries if isinstance(policy, Mapping) for kind in policy.get("ExceptionType", ())]
    return any(isinstance(kind, str) and kind.startswith("SageMaker.") for kind in kinds)


def _pipeline(*steps: Step, name: str = "churn", month: int = 10) -> Pipeline:
    return Pipeline(name=name, tags={}, last_run=datetime(2026, month, 30, tzinfo=UTC), steps=steps)


def _step(type_: str, *errors: str, **arguments: Any) -> Step:
    retries = ({"ExceptionType": list(errors), "MaxAttempts": 3},) if errors else ()
    return Step(name=f"{type_}1", type=type_, retries=retries, arguments=arguments or None)


_TRIED_AGAIN = _step("Training", "SageMaker.CAPACITY_ERROR")
_GATE = Step(name="Gate", type="Condition", if_steps=(_step("Transform"),))

pipeline_no_retry_policy.cases(
    passes=[
        _pipeline(_TRIED_AGAIN, _step("Processing", "SageMaker.JOB_INTERNAL_ERROR", "Step.THROTTLING")),
        _pipeline(_step("Training", RetryStrategy={"MaximumRetryAttempts": 2})),
        _pipeline(_TRIED_AGAIN, _step("Tuning"), _step("RegisterModel"), _step("Lambda")),
    ],
    fails=[
        _pipeline(_step("Training")),
        _pipeline(_TRIED_AGAIN, _step("Processing", "Step.THROTTLING")),
        _pipeline(_TRIED_AGAIN, _step("Processing", RetryStrategy={"MaximumRetryAttempts": 2})),
        _pipeline(_TRIED_AGAIN, _GATE),
        case(_pipeline(_step("Training"), month=5), days=400),
    ],
    unknown=[Pipeline(), Pipeline(last_run=datetime(2026, 10, 1, tzinfo=UTC), tags={})],
    not_applicable=[
        Pipeline(last_run=None),
        _pipeline(_step("Training"), month=5),
        _pipeline(_step("Training"), name="churn-dev"),
        _pipeline(_step("Lambda")),
    ],
)
