"""Groups of the registry with nothing to go back to."""

from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Ref
from mllens.scanner.sagemaker import ModelPackage, ModelPackageGroup


@rule(
    severity="high",
    confidence="medium",
    proves=("MLREL05_BP02", "MLRAI05_BP02"),
    presumes="a group with a second approved version",
    reads=(
        *(ModelPackage.group, ModelPackage.version, ModelPackage.approval_status, ModelPackage.status),
        *(ModelPackage.created, ModelPackage.last_modified),
    ),
)
def registry_no_rollback_version(group: ModelPackageGroup, graph: Graph) -> Verdict:
    """A model package group must keep an approved version before the newest approved one.

    When the newest version misbehaves, the quickest cure is the one before it. If that was deleted or is no longer
    approved, there is nothing that may serve until a new one was trained and approved. Whether the earlier version's
    artifact and image still exist is not told here: a scan does not look into buckets. The first version that was
    ever approved has none before it.
    """
    approved: list[int] = []
    others: list[tuple[int, bool]] = []
    for package in graph.into(group, ModelPackage, via=ModelPackage.group):
        if package.version is None:
            continue
        if package.approval_status == "Approved" and package.status == "Completed":
            approved.append(package.version)
            if len(approved) > 1:
                return Pass()
        else:
            untouched = package.last_modified in {None, package.created}  # it has the status it was registered with
            others.append((package.version, untouched and package.approval_status != "Approved"))
    if not approved:
        return NotApplicable("has no approved version")
    newest = approved[0]
    earlier = [untouched for version, untouched in others if version < newest]
    if len(earlier) == newest - 1 and all(earlier):
        return NotApplicable(f"has version {newest} as the first that was ever approved")
    gone = "were deleted" if not earlier else "are not approved" if len(earlier) == newest - 1 else "are not there"
    return Fail(
        f"has no approved version before {newest} (those before it {gone}); "
        f"approve one that can serve again, and keep it until its successor has proven itself"
    )


_GROUP = ModelPackageGroup(name="churn")
_MADE = datetime(2026, 9, 1, tzinfo=UTC)
_LATER = datetime(2026, 10, 1, tzinfo=UTC)


def _version(
    number: int, approval: Any, *, changed: datetime | None = _LATER, status: Any = "Completed"
) -> ModelPackage:
    return ModelPackage(
        name=f"churn/{number}",
        group=Ref(ModelPackageGroup, "churn"),
        version=number,
        approval_status=approval,
        status=status,
        created=_MADE,
        last_modified=changed,
    )


_SECOND = _version(2, "Approved")

registry_no_rollback_version.cases(
    passes=[
        case(_GROUP, _version(1, "Approved"), _SECOND),
        case(_GROUP, _version(1, "Approved"), _version(2, "Rejected"), _version(3, "Approved"), unread=[ModelPackage]),
    ],
    fails=[
        case(_GROUP, _SECOND),
        case(_GROUP, _version(1, "Rejected"), _SECOND, _version(3, "PendingManualApproval")),
        case(_GROUP, _version(1, "Approved", status="Failed"), _SECOND),
        case(_GROUP, _version(1, "Approved", status="Failed", changed=None), _SECOND),
        case(_GROUP, _version(1, "PendingManualApproval", changed=None), _version(3, "Approved")),
    ],
    unknown=[
        case(_GROUP, unread=[ModelPackage]),
        case(_GROUP, _SECOND, unread=[ModelPackage]),
        case(_GROUP, ModelPackage(name="churn/1", group=Ref(ModelPackageGroup, "churn"))),
    ],
    not_applicable=[
        _GROUP,
        case(_GROUP, _version(1, "Approved")),
        case(_GROUP, _version(1, "Approved"), _version(2, "Rejected")),
        case(_GROUP, _version(1, "PendingManualApproval")),
        case(_GROUP, _version(1, "PendingManualApproval", changed=None), _SECOND),
        case(_GROUP, _version(1, "Rejected", changed=_MADE), _SECOND),
    ],
)
