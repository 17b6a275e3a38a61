"""Monitoring: the settings behind a schedule, what reads captured traffic, and what a kind of drift is watched by."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mllens.rules.in_production import CARDS, LIVE, MODELS, affects_people, live
from mllens.rules.verdict import Fail, NotApplicable, Pass, Verdict
from mllens.scanner import Graph, Missing, Region, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, InlineDefinition, MonitoringSchedule
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_monitoring import (
    DataQualityJobDefinition,
    ModelBiasJobDefinition,
    ModelExplainabilityJobDefinition,
    ModelQualityJobDefinition,
)
from mllens.scanner.sagemaker_pipelines import Pipeline

Named = DataQualityJobDefinition | ModelQualityJobDefinition | ModelBiasJobDefinition | ModelExplainabilityJobDefinition
Definition = InlineDefinition | Named
KINDS: dict[str, type[Named]] = {
    "data_quality": DataQualityJobDefinition,
    "model_quality": ModelQualityJobDefinition,
    "model_bias": ModelBiasJobDefinition,
    "model_explainability": ModelExplainabilityJobDefinition,
}
DEFINITION = (
    *(MonitoringSchedule.definition, MonitoringSchedule.inline),
    *(MonitoringSchedule.data_quality, MonitoringSchedule.model_quality),
    *(MonitoringSchedule.model_bias, MonitoringSchedule.model_explainability),
    *KINDS.values(),
)
"""What a rule reads that asks for the settings behind a schedule."""
CAPTURED = (
    *(Endpoint.capture, ProcessingJob, ProcessingJob.input_buckets, ProcessingJob.schedule_arn),
    *(Pipeline, Pipeline.steps, Pipeline.parameters),
)
"""What a rule reads that asks who reads an endpoint's captured traffic."""
WATCHED = (
    *(*LIVE, *MODELS, *CARDS, *CAPTURED, MonitoringSchedule),
    *(MonitoringSchedule.endpoint, MonitoringSchedule.monitoring_type, MonitoringSchedule.status),
)
"""What a rule reads that asks by what drift is watched."""


def definition_of(schedule: MonitoringSchedule, graph: Graph) -> Definition | Missing:
    """The settings of a schedule's jobs: its own, or those of the definition that it names, followed by its kind.

    Raises:
        Unobserved: they were not read, or the kind is not known.
    """
    if schedule.definition is None:
        if schedule.inline is None:
            raise Unobserved(schedule.name, "AWS told neither the settings of its jobs nor the definition it names")
        return schedule.inline
    for field in KINDS:
        found: Definition | Missing | None = graph.to(getattr(schedule, field))
        if found is not None:
            return found
    raise Unobserved(schedule.name, f"the definition {schedule.definition} is of a kind not known")


def reader_of(endpoint: Endpoint, graph: Graph) -> str | None:
    """The processing job, of those a scan reads, or the pipeline that reads what an endpoint captured.

    Runs of monitoring schedules are left out: the schedule itself tells whether they go on.

    Raises:
        Unobserved: it cannot be told.
    """
    if endpoint.capture is None:
        return None
    prefix = endpoint.capture.bucket.value.rstrip("/") + "/"
    bucket = endpoint.capture.bucket.key.name
    untold = ""
    for job in graph.all(ProcessingJob, bounded=True):  # of any region: a bucket can be read from everywhere
        if job.schedule_arn is not None:
            continue
        for source in job.input_buckets:
            if _reads(source.value, prefix, endpoint.name):
                return f"the processing job {job.name}"
            if source.key.name == bucket and not (source.value.startswith("s3://") and prefix.startswith("s3://")):
                untold = f"what the processing job {job.name} reads has an address of another form: {source.value}"
    for pipeline in graph.all(Pipeline):
        texts = [text for step in pipeline.steps for text in _texts(step.arguments)]
        texts += [text for parameter in pipeline.parameters for text in _texts(parameter.default)]
        if any(_reads(text, prefix, endpoint.name) for text in texts):
            return f"the pipeline {pipeline.name}"
    if untold:
        raise Unobserved(endpoint.name, untold)
    return None


def drift_watched(
    endpoint: Endpoint, graph: Graph, monitoring_type: str, what: str, *, production: Iterable[str], tag: str
) -> Verdict:
    """Whether something watches one kind of drift on a production endpoint whose results affect people.

    Model Monitor takes no new accounts: where a region shows none of it, nothing is held against the endpoint.

    Raises:
        Unobserved: it cannot be told, as where a job of one's own reads the captured traffic.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    if scheduled(endpoint, graph, monitoring_type):
        return Pass()
    config = graph.to(endpoint.config)
    if not isinstance(config, Missing) and serverless(config):
        return captures_nothing(what)
    if not affects_people(endpoint, graph, tag):
        return NotApplicable(f"affects no people by its tag {tag}")
    return unseen(endpoint, graph, what) or Fail(
        f"affects people, and nothing seen watches {what}; add an active schedule of type {monitoring_type}, "
        f"or a recurring job of any tool over what it captures ({where})"
    )


def scheduled(endpoint: Endpoint, graph: Graph, monitoring_type: str) -> bool:
    """Whether an active schedule watches one kind of drift on an endpoint."""
    return any(
        schedule.monitoring_type == monitoring_type and schedule.status == "Scheduled"
        for schedule in graph.into(endpoint, MonitoringSchedule, MonitoringSchedule.endpoint)
    )


def serverless(config: EndpointConfig) -> bool:
    """Whether all variants run without instances, so that nothing can be captured."""
    return bool(config.variants) and all(v.serverless_concurrency is not None for v in config.variants)


def captures_nothing(what: str) -> NotApplicable:
    """What is said of a serverless endpoint."""
    return NotApplicable(f"is serverless and captures nothing; by what {what} is watched is to be answered")


def unseen(endpoint: Endpoint, graph: Graph, what: str) -> NotApplicable | None:
    """Where nothing watches an endpoint as far as is seen: why that is not held against it, if so.

    Raises:
        Unobserved: it cannot be told, for a job of one's own reads the captured traffic.
    """
    if (reader := reader_of(endpoint, graph)) is not None:
        raise Unobserved(endpoint.name, f"{reader} reads what it captures; whether that watches {what} cannot be told")
    region = Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    if any(True for _ in graph.all(MonitoringSchedule, within=region)):
        return None
    return NotApplicable(
        f"has no Model Monitor in its region, which takes no new accounts; by what {what} is watched is to be answered"
    )


def watches(
    schedule: MonitoringSchedule, graph: Graph, production: Iterable[str]
) -> tuple[Endpoint | None, str] | NotApplicable:
    """The live production endpoint that a schedule watches, none for batch output, and a word on it for people."""
    endpoint = graph.to(schedule.endpoint)
    if isinstance(endpoint, Missing):
        return NotApplicable(f"watches {endpoint.key.name}, which no longer exists")
    if endpoint is None:
        return None, "it watches batch transform output"
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return NotApplicable(f"watches {endpoint.name}, which {where.why}")
    return endpoint, f"it watches {endpoint.name}, {where}"


def _reads(address: str, prefix: str, endpoint: str) -> bool:
    """Whether an address covers what an endpoint captures below a prefix, or lies in it."""
    own = f"{prefix}{endpoint}/"
    same_bucket = address.startswith("s3://") and address.split("/")[2] == own.split("/")[2]
    return same_bucket and (own.startswith(address) or address.startswith(own))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)
