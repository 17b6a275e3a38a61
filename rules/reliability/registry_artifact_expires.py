"""Registered artifacts that a bucket's lifecycle deletes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.s3 import Bucket, LifecycleRule
from mllens.scanner.sagemaker import ModelPackage, PackageContainer


@rule(
    severity="high",
    proves=("MLREL05_BP02", "MLRAI05_BP02"),
    reads=(ModelPackage.approval_status, ModelPackage.containers, Bucket, Bucket.lifecycle),
)
def registry_artifact_expires(package: ModelPackage, graph: Graph) -> Verdict:
    """A bucket's lifecycle must not delete the artifact of an approved model package.

    Rules made to clear away old runs do not know which file was registered. The endpoint serves on, until it scales
    or is deployed anew and finds nothing; the version to go back to is gone the same way. Where the bucket keeps
    versions the file can be brought back by hand, but SageMaker does not find it either.
    """
    if package.approval_status != "Approved":
        return NotApplicable(f"is not approved ({package.approval_status or 'of a kind without approval'})")
    judged, untold = False, ""
    for address, reference in _artifacts(package):
        bucket = graph.to(reference)
        if isinstance(bucket, Missing):
            return Fail(f"has its artifact in {bucket.key.name}, a bucket that no longer exists; withdraw the version")
        judged = True
        for entry in bucket.lifecycle:
            if (when := _deletes(entry, address)) is None:
                continue
            if _by_prefix_alone(entry):
                return Fail(
                    f"loses {address} by a lifecycle rule of {bucket.name} {when}; leave that prefix out of the rule"
                )
            untold = f"a lifecycle rule of {bucket.name} goes by tags or sizes of objects, which are not read"
    if untold:
        raise Unobserved(package.name, untold)
    return Pass() if judged else NotApplicable("has no artifact in S3")


def _artifacts(package: ModelPackage) -> Iterator[tuple[str, Ref[Bucket]]]:
    """Where a package's artifacts lie: address and bucket.

    Raises:
        Unobserved: an address does not tell the path in the bucket.
    """
    for container in package.containers:
        for address, reference in (
            (container.artifact, container.artifact_bucket),
            (container.source, container.source_bucket),
        ):
            if address is not None and reference is not None:
                if not address.startswith("s3://"):
                    raise Unobserved(package.name, f"its artifact has an address of another form: {address}")
                yield address, reference


def _deletes(entry: LifecycleRule, address: str) -> str | None:
    """When a rule deletes what lies at an address or below it; None where it does not."""
    path = address.removeprefix("s3://").partition("/")[2]
    prefix = entry.prefix or entry.prefix_and or entry.prefix_of_old or ""
    meets = path.startswith(prefix) or (path.endswith("/") and prefix.startswith(path))
    if entry.status != "Enabled" or not meets:
        return None
    if entry.expiration_date is not None:
        return f"from {entry.expiration_date:%Y-%m-%d} on"
    if entry.expiration_days is not None:
        return f"after {entry.expiration_days} days"
    return None


def _by_prefix_alone(entry: LifecycleRule) -> bool:
    return not (
        entry.tag
        or entry.tags_and
        or any(
            size is not None
            for size in (
                entry.larger_than,
                entry.smaller_than,
                entry.larger_than_and,
                entry.smaller_than_and,
            )
        )
    )


def _package(address: str | None, approval: Any = "Approved", *, unpacked: bool = False) -> ModelPackage:
    reference = Ref(Bucket, address) if address else None
    held = (
        PackageContainer(source=address, source_bucket=reference)
        if unpacked
        else PackageContainer(artifact=address, artifact_bucket=reference)
    )
    return ModelPackage(name="churn/1", approval_status=approval, containers=(held,))


def _bucket(*entries: LifecycleRule) -> Bucket:
    return Bucket(name="models", lifecycle=entries)


_PACKAGE = _package("s3://models/churn/1/model.tar.gz")
_UNPACKED = _package("s3://models/churn/1/", unpacked=True)
_DATE = datetime(2027, 1, 1, tzinfo=UTC)

registry_artifact_expires.cases(
    passes=[
        case(_PACKAGE, _bucket()),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", prefix="tmp/", expiration_days=7))),
        case(_PACKAGE, _bucket(LifecycleRule(status="Disabled", expiration_days=7))),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", noncurrent_expiration_days=30))),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", prefix="tmp/", tag="scratch", expiration_days=7))),
    ],
    fails=[
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", expiration_days=90))),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", prefix="churn/", expiration_date=_DATE))),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", prefix_of_old="churn/1/", expiration_days=90))),
        case(_UNPACKED, _bucket(LifecycleRule(status="Enabled", prefix="churn/1/weights/", expiration_days=90))),
        case(_PACKAGE),
    ],
    unknown=[
        ModelPackage(),
        case(_PACKAGE, Bucket(name="models")),
        case(_PACKAGE, unread=[Bucket]),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", tag="scratch", expiration_days=7))),
        case(
            _PACKAGE,
            _bucket(
                LifecycleRule(status="Enabled", prefix_and="churn/", tags_and=("scratch",), expiration_days=7),
                LifecycleRule(status="Enabled", larger_than=10, expiration_days=7),
            ),
        ),
        case(_PACKAGE, _bucket(LifecycleRule(status="Enabled", smaller_than_and=10, expiration_days=7))),
        case(_package("https://models.s3.us-east-1.amazonaws.com/churn/model.tar.gz"), _bucket()),
    ],
    not_applicable=[_package(None), _package("s3://models/churn/1/model.tar.gz", "Rejected")],
)
