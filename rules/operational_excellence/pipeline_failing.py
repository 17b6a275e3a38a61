"""Pipelines that do not come to an end any more."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import RUNNING, running
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref
from mllens.scanner.sagemaker_pipelines import Pipeline, PipelineExecution


@rule(
    severity="high",
    supports=("MLOPS04_BP01", "MLREL03_BP01", "MLPERF06_BP05"),
    reads=(
        *RUNNING,
        *(PipelineExecution.pipeline, PipelineExecution.status, PipelineExecution.started),
    ),
)
def pipeline_failing(
    pipeline: Pipeline, graph: Graph, *, runs: int = 2, days: int = 90, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """The latest runs of a pipeline must not all have failed.

    A pipeline that fails leaves the old model in place, and nobody may notice before its answers are wrong. Pipelines
    in development fail while they are made; one that has not run for long (`days`) is not in use.
    """
    where = running(pipeline, graph.now, days, production)
    if isinstance(where, NotApplicable):
        return where
    ended = [
        (run.started, run.status)
        for run in graph.into(pipeline, PipelineExecution, bounded=True)
        if run.status in {"Succeeded", "Failed", "CompletedWithFailures"}
    ]
    latest = sorted(ended, reverse=True)[:runs]
    if any(status == "Succeeded" for _, status in latest):
        return Pass()
    if len(latest) < runs:
        return NotApplicable(f"has too few runs that ended to judge ({len(latest)} of {runs})")
    return Fail(
        f"failed in each of its last {runs} runs, from {latest[-1][0]:%Y-%m-%d} to {latest[0][0]:%Y-%m-%d}; "
        f"repair it or stop its trigger ({where})"
    )


def _run(
    day: int, status: Literal["Succeeded", "Failed", "CompletedWithFailures", "Stopped", "Executing"]
) -> PipelineExecution:
    started = datetime(2026, 10, day, tzinfo=UTC)
    return PipelineExecution(name=f"run-{day}", pipeline=Ref(Pipeline, "churn"), started=started, status=status)


def _pipeline(name: str = "churn", day: int = 30) -> Pipeline:
    return Pipeline(name=name, tags={}, last_run=datetime(2026, 10, day, tzinfo=UTC))


pipeline_failing.cases(
    passes=[
        case(_pipeline(), _run(30, "Succeeded"), _run(29, "Failed")),
        case(_pipeline(), _run(30, "Failed"), _run(29, "Succeeded"), _run(28, "Failed")),
        case(_pipeline(), _run(30, "Executing"), _run(29, "Stopped"), _run(2, "Succeeded"), _run(1, "Succeeded")),
    ],
    fails=[
        case(_pipeline(), _run(30, "Failed"), _run(29, "Failed"), _run(28, "Succeeded")),
        case(_pipeline(), _run(30, "Stopped"), _run(9, "Failed"), _run(8, "CompletedWithFailures")),
        case(_pipeline(), _run(30, "Failed"), runs=1),
    ],
    unknown=[
        Pipeline(),
        case(_pipeline(), unread=[PipelineExecution]),
        case(_pipeline(), _run(30, "Failed"), PipelineExecution(name="unseen", pipeline=Ref(Pipeline, "churn"))),
    ],
    not_applicable=[
        Pipeline(last_run=None),
        Pipeline(name="churn", last_run=datetime(2026, 5, 1, tzinfo=UTC)),
        _pipeline("churn-dev"),
        case(_pipeline(), _run(30, "Failed")),
    ],
)
