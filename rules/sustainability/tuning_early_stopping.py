"""Searches for hyperparameters that let weak trials run to their end."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner.sagemaker_jobs import HyperParameterTuningJob


@rule(
    severity="low",
    confidence="medium",
    proves=("MLSUS04_BP04", "MLCOST04_BP11"),
    presumes="a tuning job",
    reads=(
        *(HyperParameterTuningJob.strategy, HyperParameterTuningJob.early_stopping),
        *(HyperParameterTuningJob.max_jobs, HyperParameterTuningJob.max_parallel_jobs),
    ),
)
def tuning_early_stopping(job: HyperParameterTuningJob) -> Verdict:
    """A tuning job must stop trials that fall behind.

    Most trials of a search are worse than the best, and that shows early. Run to their end they cost as much time
    and energy as the best one does. Hyperband stops trials by itself. An algorithm that reports its objective only
    once, at its end, has nothing to stop by: waive it there.
    """
    if job.strategy == "Hyperband" or job.early_stopping == "Auto":
        return Pass()
    if job.max_jobs is not None and job.max_jobs <= job.max_parallel_jobs:
        return NotApplicable("runs all its trials at the same time, with none before to compare with")
    return Fail(
        f"let every trial of its {job.strategy} search run to its end; "
        "set TrainingJobEarlyStoppingType to Auto for the next, or search with Hyperband"
    )


tuning_early_stopping.cases(
    passes=[
        HyperParameterTuningJob(strategy="Bayesian", early_stopping="Auto"),
        HyperParameterTuningJob(strategy="Hyperband", early_stopping="Off"),
    ],
    fails=[
        HyperParameterTuningJob(strategy="Bayesian", early_stopping="Off", max_jobs=50, max_parallel_jobs=5),
        HyperParameterTuningJob(strategy="Random", early_stopping="Off", max_jobs=None, max_parallel_jobs=5),
    ],
    unknown=[HyperParameterTuningJob()],
    not_applicable=[HyperParameterTuningJob(strategy="Random", early_stopping="Off", max_jobs=4, max_parallel_jobs=4)],
)
