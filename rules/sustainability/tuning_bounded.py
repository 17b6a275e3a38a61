"""Searches for hyperparameters that go on when nothing gets better."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner.sagemaker_jobs import HyperParameterTuningJob


@rule(
    severity="low",
    proves=("MLSUS04_BP04", "MLCOST04_BP11"),
    supports=("MLPERF04_BP02",),
    presumes="a tuning job",
    reads=(
        *(HyperParameterTuningJob.strategy, HyperParameterTuningJob.max_jobs, HyperParameterTuningJob.max_runtime),
        *(HyperParameterTuningJob.target_value, HyperParameterTuningJob.patience),
        HyperParameterTuningJob.on_convergence,
    ),
)
def tuning_bounded(job: HyperParameterTuningJob, *, few: int = 20) -> Verdict:
    """A tuning job must be bounded in trials or time, and a long one must end when it finds nothing better.

    The first trials of a search bring most of the gain. Without a bound and a criterion the rest is computed all the
    same. A search of few trials needs no criterion; one over a grid ends with its grid.
    """
    if job.strategy == "Grid":
        return NotApplicable("searches a grid, which has an end of its own")
    if job.max_jobs is None and job.max_runtime is None:
        return Fail("bounded neither its trials nor its time; set ResourceLimits for the next")
    if job.max_jobs is not None and job.max_jobs <= few:
        return Pass()
    if job.target_value is not None or job.patience is not None or job.on_convergence == "Enabled":
        return Pass()
    return Fail(
        f"was to go on for {f'{job.max_jobs} trials' if job.max_jobs is not None else f'{job.max_runtime} s'}, "
        "whether or not results improved; set TuningJobCompletionCriteria for the next"
    )


def _job(
    jobs: int | None = None,
    *,
    seconds: int | None = None,
    target: float | None = None,
    patience: int | None = None,
    converged: bool = False,
) -> HyperParameterTuningJob:
    return HyperParameterTuningJob(
        strategy="Bayesian",
        max_jobs=jobs,
        max_runtime=seconds,
        target_value=target,
        patience=patience,
        on_convergence="Enabled" if converged else "Disabled",
    )


tuning_bounded.cases(
    passes=[
        _job(20),
        _job(100, patience=10),
        _job(100, target=0.95),
        _job(seconds=36_000, converged=True),
        case(_job(50), few=50),
    ],
    fails=[_job(), _job(converged=True), _job(100), _job(seconds=36_000), case(_job(20), few=10)],
    unknown=[HyperParameterTuningJob()],
    not_applicable=[HyperParameterTuningJob(strategy="Grid")],
)
