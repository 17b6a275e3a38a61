"""Pipelines that train on whatever data there are."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.rules.pipeline_steps import KINDS, OPAQUE, Steps
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Unobserved
from mllens.scanner.sagemaker_pipelines import Pipeline, Step

TRAINS = ("Training", "Tuning", "AutoML")
MAY_CHECK = frozenset({*OPAQUE, "Processing", "EMR", "EMRServerless", "NotebookJob"})
"""Kinds of step that may check data; their code, which would tell, is not read."""


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLOPS03_BP01", "MLREL02_BP02", "MLRAI06_BP03"),
    supports=("MLSEC04_BP03", "MLREL03_BP01"),
    presumes="a pipeline in production that trains",
    reads=(Pipeline.last_run, Pipeline.tags, Pipeline.steps),
)
def pipeline_no_data_quality_step(pipeline: Pipeline, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """A production pipeline must check its data before it trains on them.

    A column that comes empty, or in another unit, trains a model that is wrong and looks well. A check step of type
    DATA_QUALITY ends the run in time. Steps with code of the account's own may do the same, which cannot be seen; rules
    on the source's own tables are a reason to waive this.
    """
    if pipeline.last_run is None:
        return NotApplicable("was never run")
    where = stage(pipeline, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    steps = Steps(pipeline.steps)
    trainings = [step for step in steps if step.type in TRAINS]
    doubt = ""
    for training in trainings:
        before = steps.before(training)
        if any(_checks(step) for step in before):
            continue
        unclear = next((step for step in before if step.type in MAY_CHECK or step.type not in KINDS), None)
        if unclear is None:
            return Fail(
                f"reaches {training.name} ({training.type}) without a check of its data; "
                f"put a QualityCheck step of type DATA_QUALITY before it ({where.assumed})"
            )
        doubt = doubt or f"{unclear.name}: whether it checks the data before {training.name} is not in the definition"
    if doubt:
        raise Unobserved(pipeline.name, doubt)
    return Pass() if trainings else NotApplicable("trains nothing")


def _checks(step: Step) -> bool:
    return step.type == "QualityCheck" and "DATA_QUALITY" in str(step.check_type)


def _pipeline(*steps: Step, name: str = "churn") -> Pipeline:
    return Pipeline(name=name, tags={}, last_run=datetime(2026, 10, 1, tzinfo=UTC), steps=steps)


def _step(name: str, type_: str, *after: str, **values: Any) -> Step:
    return Step(name=name, type=type_, depends_on=after, **values)


_CHECK = _step("Check", "QualityCheck", "Prepare", check_type="DATA_QUALITY")
_PREPARE = _step("Prepare", "Processing")
_TRAIN = _step("Train", "Training", "Prepare")

pipeline_no_data_quality_step.cases(
    passes=[
        _pipeline(_PREPARE, _CHECK, _step("Train", "Training", "Check")),
        _pipeline(_PREPARE, _CHECK, _step("Look", "Lambda", "Check"), _step("Tune", "Tuning", "Look")),
    ],
    fails=[
        _pipeline(_step("Train", "Training")),
        _pipeline(_PREPARE, _CHECK, _step("Train", "Training")),
        _pipeline(_step("Train", "Training"), _step("Look", "Processing", "Train")),
        _pipeline(_step("Bias", "ClarifyCheck", check_type="DATA_BIAS"), _step("Train", "Training", "Bias")),
        _pipeline(_step("Model", "QualityCheck", check_type="MODEL_QUALITY"), _step("Train", "AutoML", "Model")),
    ],
    unknown=[
        Pipeline(),
        Pipeline(last_run=datetime(2026, 10, 1, tzinfo=UTC), tags={}),
        _pipeline(_PREPARE, _TRAIN),
        _pipeline(_step("Prepare", "Lambda"), _TRAIN),
        _pipeline(_step("Prepare", "ForEach"), _TRAIN),
    ],
    not_applicable=[
        Pipeline(last_run=None),
        _pipeline(_PREPARE),
        _pipeline(_step("Train", "Training"), name="churn-dev"),
    ],
)
