"""Approved versions that came without the limits of their features."""

from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import ModelPackage, ModelPackageGroup

NO_FEATURES = ("TEXT_GENERATION", "FILL_MASK", "IMAGE_CLASSIFICATION", "OBJECT_DETECTION", "IMAGE_SEGMENTATION")
"""Tasks that SageMaker knows, and whose inputs are no table."""


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLPERF04_BP04",),
    supports=("MLOPS03_BP01", "MLREL03_BP02"),
    presumes="an approved version in a group of the registry",
    reads=(
        *(ModelPackage.approval_status, ModelPackage.group, ModelPackage.version, ModelPackage.task),
        *(ModelPackage.drift_data_quality, ModelPackage.data_quality_constraints),
    ),
)
def package_drift_baselines_missing(package: ModelPackage, graph: Graph) -> Verdict:
    """The newest approved version of a model must carry the limits of its features.

    Statistics and limits that stand with the version are those of its own training data. Without them a monitor compares
    with what some earlier version knew, or with nothing. Limits named as drift baselines count, and so do those among
    the version's metrics. Models of text or pictures have no features to limit: the version's task says so.
    """
    if package.approval_status != "Approved":
        return NotApplicable(f"is not approved ({package.approval_status})")
    if package.group is None or package.version is None:
        return NotApplicable("is no version of a group")
    if package.task in NO_FEATURES:
        return NotApplicable(f"has no features to limit by its task {package.task}")
    if package.drift_data_quality is not None or package.data_quality_constraints is not None:
        return Pass()
    for other in graph.into(package.group, ModelPackage):
        if other.version is None:
            raise Unobserved(other.name, "it is in a group and has no version")
        if other.version > package.version and other.approval_status == "Approved":
            return NotApplicable(f"was followed by {other.name}, which is approved")
    return Fail(
        "is approved without the limits of its features; register the next version with DriftCheckBaselines "
        "from its training data"
    )


def _package(
    version: int | None,
    status: Literal["Approved", "Rejected", "PendingManualApproval"] = "Approved",
    *,
    drift: bool = False,
    metrics: bool = False,
    task: str | None = None,
) -> ModelPackage:
    where = Ref(Bucket, "s3://churn/baselines/data-constraints.json")
    return ModelPackage(
        name=f"churn/{version}",
        group=Ref(ModelPackageGroup, "churn") if version else None,
        version=version,
        task=task,
        approval_status=status,
        drift_data_quality=where if drift else None,
        data_quality_constraints=where if metrics else None,
    )


package_drift_baselines_missing.cases(
    passes=[_package(1, drift=True), case(_package(2, metrics=True), unread=[ModelPackage])],
    fails=[
        _package(1, task="REGRESSION"),
        case(_package(2), _package(1, drift=True)),
        case(_package(2), _package(3, "PendingManualApproval", drift=True)),
    ],
    unknown=[
        ModelPackage(),
        case(_package(1), unread=[ModelPackage]),
        case(
            _package(1), ModelPackage(name="churn/2", group=Ref(ModelPackageGroup, "churn"), approval_status="Approved")
        ),
        case(
            _package(1),
            ModelPackage(
                name="churn/2", group=Ref(ModelPackageGroup, "churn"), version=None, approval_status="Approved"
            ),
        ),
    ],
    not_applicable=[
        _package(1, "Rejected"),
        _package(None),
        _package(1, task="TEXT_GENERATION"),
        case(_package(1), _package(2)),
    ],
)
