"""Registered artifacts that can be overwritten without a trace."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import ModelPackage, ModelPackageGroup, PackageContainer


@rule(
    severity="high",
    proves=("MLOPS03_BP02",),
    supports=("MLREL05_BP02", "MLRAI05_BP02", "MLRAI06_BP05", "MLRAI04_BP06"),
    presumes="an approved version with an artifact in S3",
    reads=(
        *(ModelPackage.group, ModelPackage.approval_status, ModelPackage.containers),
        *(Bucket, Bucket.versioning),
    ),
)
def registry_artifact_bucket_unversioned(group: ModelPackageGroup, graph: Graph) -> Verdict:
    """Artifacts of approved model packages must lie in buckets with versioning.

    A package holds an address, not the file. In a bucket without versions a write or a deletion there changes or ends
    what was approved, and nothing brings it back. Write-once storage (Object Lock) needs versions and so has them.
    """
    judged = False
    for package in graph.into(group, ModelPackage, via=ModelPackage.group):
        if package.approval_status != "Approved":
            continue
        for container in package.containers:
            for reference in (container.artifact_bucket, container.source_bucket):
                bucket = graph.to(reference)
                if isinstance(bucket, Missing):
                    return Fail(
                        f"has the artifact of {package.name} in {bucket.key.name}, a bucket that no longer exists; "
                        f"withdraw the version, or register its artifact elsewhere"
                    )
                if bucket is None:
                    continue
                judged = True
                if bucket.versioning != "Enabled":
                    how = "whose versioning is suspended" if bucket.versioning else "which keeps no versions"
                    return Fail(f"has the artifact of {package.name} in {bucket.name}, {how}; turn versioning on")
    return Pass() if judged else NotApplicable("has no approved version with an artifact in S3")


_GROUP = ModelPackageGroup(name="churn")


def _package(number: int, bucket: str | None, approval: Any = "Approved", *, unpacked: bool = False) -> ModelPackage:
    reference = Ref(Bucket, f"s3://{bucket}/churn/{number}") if bucket else None
    held = PackageContainer(source_bucket=reference) if unpacked else PackageContainer(artifact_bucket=reference)
    return ModelPackage(
        name=f"churn/{number}",
        group=Ref(ModelPackageGroup, "churn"),
        approval_status=approval,
        containers=(PackageContainer(), held),
    )


_KEPT = Bucket(name="models", versioning="Enabled")
_OPEN = Bucket(name="scratch", versioning=None)

registry_artifact_bucket_unversioned.cases(
    passes=[
        case(_GROUP, _package(1, "models"), _KEPT),
        case(_GROUP, _package(1, "scratch", "Rejected"), _package(2, "models"), _KEPT, _OPEN),
    ],
    fails=[
        case(_GROUP, _package(1, "scratch"), _package(2, "models"), _KEPT, _OPEN),
        case(_GROUP, _package(1, "scratch", unpacked=True), _OPEN),
        case(_GROUP, _package(1, "paused"), Bucket(name="paused", versioning="Suspended")),
        case(_GROUP, _package(1, "scratch"), _OPEN, unread=[ModelPackage]),
        case(_GROUP, _package(1, "deleted")),
    ],
    unknown=[
        case(_GROUP, unread=[ModelPackage]),
        case(_GROUP, _package(1, "models"), _KEPT, unread=[ModelPackage]),
        case(_GROUP, _package(1, "models"), unread=[Bucket]),
        case(_GROUP, _package(1, "models"), Bucket(name="models")),
    ],
    not_applicable=[
        _GROUP,
        case(_GROUP, _package(1, None)),
        case(_GROUP, _package(1, "scratch", "PendingManualApproval"), _OPEN),
    ],
)
