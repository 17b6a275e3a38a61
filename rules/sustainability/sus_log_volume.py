"""Logs that are kept for ever."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner.logs import LogGroup

GIB = 1 << 30
PREFIXES = ("/aws/sagemaker", "/aws/bedrock")


@rule(
    severity="low",
    proves=("MLSUS03_BP02",),
    supports=("MLSUS04_BP03",),
    presumes="a log group that holds much",
    reads=(LogGroup.retention_days, LogGroup.stored_bytes),
)
def sus_log_volume(group: LogGroup, *, most_gib: float = 1.0, prefixes: Iterable[str] = PREFIXES) -> Verdict:
    """Log groups of machine learning must not grow without limit.

    SageMaker makes its log groups without a retention, and what every container once printed is stored, paid for and
    powered for ever. Decide how long logs are needed, audits included, and let the rest expire. What a shorter
    retention removes does not come back.
    """
    if not group.name.startswith(tuple(prefixes)):
        return NotApplicable("is of no service of machine learning")
    if group.retention_days is not None:
        return Pass()
    if group.stored_bytes < most_gib * GIB:
        return NotApplicable(f"has no retention, and holds less than {most_gib:g} GiB")
    return Fail(f"holds {group.stored_bytes / GIB:.1f} GiB and keeps everything for ever; set a retention")


def _group(name: str, stored: int, retention: int | None = None) -> LogGroup:
    return LogGroup(name=name, stored_bytes=stored, retention_days=retention)


sus_log_volume.cases(
    passes=[_group("/aws/sagemaker/TrainingJobs", 40 * GIB, 90), LogGroup(name="/aws/bedrock/x", retention_days=365)],
    fails=[
        _group("/aws/sagemaker/TrainingJobs", 40 * GIB),
        _group("/aws/sagemaker/Endpoints/fraud-prod", GIB),
        case(_group("/aws/bedrock/modelinvocations", 5 << 20), most_gib=0.001),
        case(_group("/aws/codebuild/train", 2 * GIB), prefixes=("/aws/codebuild",)),
    ],
    unknown=[
        LogGroup(name="/aws/sagemaker/TrainingJobs"),
        LogGroup(name="/aws/sagemaker/TrainingJobs", retention_days=None),
    ],
    not_applicable=[_group("/aws/codebuild/website", 2 * GIB), _group("/aws/sagemaker/ProcessingJobs", 5 << 20)],
)
