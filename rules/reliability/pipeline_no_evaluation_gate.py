"""Pipelines that release whatever comes out of them."""

from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.rules.pipeline_steps import KINDS, OPAQUE, RELEASES, Steps, references
from mllens.scanner import Unobserved
from mllens.scanner.sagemaker_pipelines import Pipeline, Step

FOUND = {*RELEASES, "RegisterModel"}


@rule(
    severity="high",
    confidence="medium",
    proves=("MLREL03_BP01", "MLPERF04_BP03", "MLRAI06_BP01"),
    supports=("MLREL03_BP03", "MLPERF02_BP01", "MLRAI04_BP04"),
    presumes="a pipeline that registers or deploys models",
    reads=(Pipeline.last_run, Pipeline.steps),
)
def pipeline_no_evaluation_gate(pipeline: Pipeline) -> Verdict:
    """A pipeline must register or deploy a model only on a condition about its evaluation.

    Without one a model that came out worse goes the same way as one that came out better. A condition on a parameter
    says nothing of the model. A condition beside the way counts if one of its branches ends the run. A script that
    fails by itself on bad results cannot be seen: waive it there.
    """
    if pipeline.last_run is None:
        return NotApplicable("was never run")
    steps = Steps(pipeline.steps)
    releases = [step for step in steps if step.type in FOUND]
    doubt = ""
    for release in releases:
        if not any(_gates(steps, step, release) for step in steps.before(release)):
            if (unclear := steps.unclear(release)) is None and not _checks(steps, release):
                return Fail(
                    f"reaches {release.name} ({release.type}) without a condition on an evaluation; "
                    "put it into the branch of a condition step that reads the evaluation's report"
                )
            doubt = doubt or f"{(unclear or release).name}: what it does before {release.name} may be the gate"
    for step in steps:
        if step.type not in KINDS or (step.type in OPAQUE and not releases):
            doubt = doubt or f"{step.name}: what this step ({step.type}) does is not in the definition"
    if doubt:
        raise Unobserved(pipeline.name, doubt)
    return Pass() if releases else NotApplicable("registers and deploys no model")


def _gates(steps: Steps, step: Step, release: Step) -> bool:
    return step.type == "Condition" and any(references(step.conditions)) and steps.holds(step, release)


def _checks(steps: Steps, release: Step) -> bool:
    """Whether a check of the model's quality, which may end the run, comes before."""
    return any(s.type == "QualityCheck" and s.check_type != "DATA_QUALITY" for s in steps.before(release))


_READS_REPORT = {
    "Type": "GreaterThanOrEqualTo",
    "LeftValue": {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "auc"}},
    "RightValue": {"Get": "Parameters.Least"},
}
_ON_PARAMETER = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Release"}, "RightValue": "yes"}
_EVALUATE = Step(name="Evaluate", type="Processing", depends_on=("Train",))
_REGISTER = Step(name="Register", type="RegisterModel", depends_on=("Train",))
_STOP = Step(name="Stop", type="Fail")


def _pipeline(*steps: Step) -> Pipeline:
    return Pipeline(last_run=datetime(2026, 10, 1, tzinfo=UTC), steps=(Step(name="Train", type="Training"), *steps))


def _gate(condition: Any, then: tuple[Step, ...] = (), other: tuple[Step, ...] = (), name: str = "Gate") -> Step:
    return Step(name=name, type="Condition", conditions=(condition,), if_steps=then, else_steps=other)


def _after(*names: str, type: str = "RegisterModel") -> Step:  # noqa: A002 - AWS's word for it
    return Step(name="Register", type=type, depends_on=names)


pipeline_no_evaluation_gate.cases(
    passes=[
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (_REGISTER,), (_STOP,))),
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (_gate(_ON_PARAMETER, (_REGISTER,), name="Wanted"),))),
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (), (_REGISTER,))),
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (), (_STOP,)), _after("Gate")),
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (_REGISTER, Step(name="Tell", type="Lambda")))),
    ],
    fails=[
        _pipeline(_REGISTER),
        _pipeline(_EVALUATE, _after("Evaluate")),
        _pipeline(_gate(_ON_PARAMETER, (_REGISTER,))),
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (Step(name="Keep", type="Model"),)), _after("Gate")),
        _pipeline(_EVALUATE, _gate(_READS_REPORT, (Step(name="Serve", type="Endpoint"),)), _REGISTER),
        _pipeline(Step(name="Tell", type="Lambda", depends_on=("Register",)), _REGISTER),
    ],
    unknown=[
        Pipeline(),
        Pipeline(last_run=datetime(2026, 10, 1, tzinfo=UTC)),
        _pipeline(Step(name="Judge", type="Lambda"), _after("Judge")),
        _pipeline(Step(name="Check", type="QualityCheck", check_type="MODEL_QUALITY"), _after("Check")),
        _pipeline(Step(name="Each", type="ForEach")),
        _pipeline(Step(name="Each", type="ForEach"), _EVALUATE, _gate(_READS_REPORT, (_REGISTER,))),
        _pipeline(Step(name="Deploy", type="Lambda")),
    ],
    not_applicable=[Pipeline(last_run=None), _pipeline(_EVALUATE)],
)
