"""A model card drafted from what a scan knows of a model; what only people know is left to them."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from mllens.rules.hosting import READS_BACK, hosts
from mllens.rules.in_production import packages
from mllens.scanner import Graph, Region, Unobserved
from mllens.scanner.sagemaker import Container, Endpoint, Model, ModelPackage, PackageContainer, TrainingJob

READS = (
    *(Model.primary_container, Model.containers, ModelPackage, ModelPackage.containers, *READS_BACK),
    *(ModelPackage.version, ModelPackage.approval_status, ModelPackage.approval_description),
    *(ModelPackage.quality_statistics, ModelPackage.bias_report, ModelPackage.explainability_report),
    *(TrainingJob, TrainingJob.artifact, TrainingJob.image, TrainingJob.input_buckets, TrainingJob.hyperparameters),
)
"""What `drafted` reads."""

# The limits of SageMaker's schema of a card.
MOST = 15
LONGEST = 1024
LONGEST_NAME = 63

T = TypeVar("T")


def drafted(model: Model, endpoint: Endpoint, graph: Graph) -> dict[str, Any]:
    """The content of a card for a model that an endpoint serves, in SageMaker's schema.

    A card for a model has no details of a package: SageMaker takes one or the other, so what the packages tell stands
    among the custom details. Values of hyperparameters may be secrets; only their names are told.
    """
    theirs = _read(package for package in packages(model, graph) if isinstance(package, ModelPackage))
    parts: list[Container | PackageContainer] = [
        *_hosted(model),
        *(part for package in theirs for part in _read(_packed(package))),
    ]
    artifacts = _once(_read(part.artifact or part.source for part in parts))
    jobs = _read(_trained(model, artifacts, graph))
    training = _read(_training(job) for job in jobs[:1])
    details = {
        "endpoints": _line(sorted({endpoint.name, *(host.name for host in _read(hosts(model, graph)))})),
        **{f"package {package.name}": "; ".join(_read(_registered(package))) for package in theirs},
        "hyperparameters": _line(_once(_read(name for job in jobs for name in sorted(job.hyperparameters)))),
        "other training jobs": _line(job.name for job in jobs[1:]),
    }
    content = {
        "model_overview": {
            "model_id": model.arn,
            "model_name": model.name,
            "model_artifact": artifacts[:MOST],
            "inference_environment": {"container_image": _once(_read(part.image for part in parts))[:MOST]},
        },
        "training_details": {"training_job_details": training[0] if training else {}},
        "evaluation_details": [report for package in theirs for report in _read(_reports(package))],
        "additional_information": {"custom_details": details},
    }
    return {section: inner for section, said in content.items() if (inner := _filled(said))}


def as_template(content: Any, *, named: bool = False) -> Any:
    """A card's content as CloudFormation spells it; keys of maps that are `named` by people stay as they are."""
    match content:
        case Mapping():
            return {
                key if named else key.title().replace("_", ""): as_template(
                    value, named=key in {"custom_details", "metadata"}
                )
                for key, value in content.items()
            }
        case list():
            return [as_template(value) for value in content]
    return content


def _hosted(model: Model) -> Iterator[Container]:
    yield from (c for c in (model.primary_container, *model.containers) if c is not None)


def _packed(package: ModelPackage) -> Iterator[PackageContainer]:
    yield from package.containers


def _trained(model: Model, artifacts: Sequence[str], graph: Graph) -> Iterator[TrainingJob]:
    """The jobs that wrote a model's artifacts."""
    region = Region(name=model.region, account=model.account, region=model.region)
    for job in graph.all(TrainingJob, within=region, bounded=True):
        if job.artifact in artifacts:
            yield job


def _training(job: TrainingJob) -> dict[str, Any]:
    return {
        "training_arn": job.arn,
        "training_datasets": _once(reference.value for reference in job.input_buckets)[:MOST],
        "training_environment": {"container_image": _once([job.image])},
    }


def _registered(package: ModelPackage) -> Iterator[str]:
    """What the registry says of a package."""
    yield package.arn or package.name
    if package.version is not None:
        yield f"version {package.version}"
    if package.approval_status is not None:
        yield package.approval_status
    if package.approval_description:
        yield textwrap.shorten(package.approval_description, LONGEST // 2, placeholder=" …")


def _reports(package: ModelPackage) -> Iterator[dict[str, Any]]:
    """Where the reports lie that were registered with a package; what they say is not read."""
    for what, report in (
        ("Model quality", package.quality_statistics),
        ("Bias", package.bias_report),
        ("Explainability", package.explainability_report),
    ):
        if report is not None:
            yield {"name": f"{what}, {package.name}"[:LONGEST_NAME], "metadata": {"report": report.value}}


def _read(items: Iterator[T]) -> list[T]:
    """The items up to one that was not read: a draft says what is known."""
    out: list[T] = []
    try:
        for item in items:
            out.append(item)  # noqa: PERF402 - what came before a gap is kept
    except Unobserved:
        pass
    return out


def _once(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _line(texts: Iterable[str]) -> str:
    return textwrap.shorten(", ".join(texts), LONGEST, placeholder=" …")


def _filled(content: Any) -> Any:
    """Content without its empty parts."""
    if not isinstance(content, dict):
        return content
    return {key: inner for key, value in content.items() if (inner := _filled(value)) not in ("", [], {})}
