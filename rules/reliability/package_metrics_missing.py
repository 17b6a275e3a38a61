"""Approved versions whose quality nobody wrote down."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import READS_BACK, hosts
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    ModelPackageGroup,
)
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    confidence="medium",
    proves=("MLREL03_BP03",),
    supports=("MLPERF02_BP01", "MLPERF04_BP03", "MLRAI06_BP01", "MLRAI08_BP03"),
    presumes="an approved version in the registry",
    reads=(
        *(ModelPackage.approval_status, ModelPackage.group, ModelPackage.version, ModelPackage.quality_statistics),
        *(ModelPackage.source_uri, ModelPackageGroup, Model.primary_container, Model.containers, *READS_BACK),
    ),
)
def package_metrics_missing(package: ModelPackage, graph: Graph) -> Verdict:
    """An approved model package must name its evaluation metrics.

    Who approves without a report approves a file name, and who compares the next version has nothing to compare with.
    Metrics can only be given at registration, so of each group the newest approved version and those that serve are
    judged. Metrics kept elsewhere, as in a tracking server, are not seen: waive them with their place.
    """
    if package.approval_status != "Approved":
        return NotApplicable(f"is not approved ({package.approval_status or 'of a kind without approval'})")
    if package.quality_statistics is not None:
        return Pass()
    if (later := _later(package, graph)) and not _serves(package, graph):
        return NotApplicable(f"serves nothing, and {later} is a later approved version")
    if package.source_uri is not None and "mlflow" in package.source_uri.lower():
        raise Unobserved(package.name, "it was registered by MLflow, which keeps the metrics of its runs itself")
    return Fail("is approved without evaluation metrics; register it again with ModelMetrics.ModelQuality")


def _later(package: ModelPackage, graph: Graph) -> str:
    """A later approved version of the group, where there is one.

    Raises:
        Unobserved: none is known, and not all packages were read.
    """
    group = graph.to(package.group)
    if not isinstance(group, ModelPackageGroup) or package.version is None:
        return ""
    for other in graph.into(group, ModelPackage, via=ModelPackage.group):
        if other.version is not None and other.version > package.version and other.approval_status == "Approved":
            return other.name
    return ""


def _serves(package: ModelPackage, graph: Graph) -> bool:
    return any(True for model in graph.into(package, Model) for _ in hosts(model, graph))


def _package(
    number: int, report: str | None = None, approval: Any = "Approved", source: str | None = None
) -> ModelPackage:
    return ModelPackage(
        name=f"churn/{number}",
        group=Ref(ModelPackageGroup, "churn"),
        version=number,
        approval_status=approval,
        quality_statistics=Ref(Bucket, report) if report else None,
        source_uri=source,
    )


_GROUP = ModelPackageGroup(name="churn")
_REPORT = "s3://models/churn/statistics.json"
_SERVED = (
    Model(
        name="one",
        primary_container=Container(
            package=Ref(ModelPackage, "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1")
        ),
        containers=(),
    ),
    EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "one")),), shadow_variants=()),
)
_ENDPOINT = Endpoint(name="churn-prod", status="InService", config=Ref(EndpointConfig, "current"))
_DOWN = (
    Endpoint(name="churn-old", status="Failed", config=Ref(EndpointConfig, "current")),
    InferenceComponent(
        name="churn",
        endpoint=Ref(Endpoint, "churn-old"),
        specification=ComponentSpecification(model=Ref(Model, "one")),
        specifications=(),
    ),
)
_SOURCE = "arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/team"

package_metrics_missing.cases(
    passes=[case(_package(1, _REPORT), _GROUP, unread=[ModelPackage, Model])],
    fails=[
        case(_package(1), _GROUP),
        case(_package(1), _GROUP, _package(2, approval="Rejected")),
        case(_package(2), _GROUP, _package(1, _REPORT)),
        case(_package(1), _GROUP, _package(2, _REPORT), *_SERVED, _ENDPOINT),
    ],
    unknown=[
        ModelPackage(),
        case(_package(1), _GROUP, unread=[ModelPackage]),
        case(_package(1), _GROUP, _package(2, _REPORT), unread=[Model]),
        case(_package(1, source=_SOURCE), _GROUP),
    ],
    not_applicable=[
        _package(1, approval="PendingManualApproval"),
        _package(1, approval=None),
        case(_package(1), _GROUP, _package(2, _REPORT)),
        case(_package(1), _GROUP, _package(2, _REPORT), *_SERVED, *_DOWN),
    ],
)
