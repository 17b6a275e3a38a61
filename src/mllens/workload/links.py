"""Which references make one workload of two resources, and which way: the one place that decides it.

A member takes in what it uses: an endpoint its configuration, that its models, those their packages, images, artifact
buckets, roles and keys, and the job or pipeline that made them. And what is there for a member's sake comes along: its
alarms, monitoring schedules, scaling targets, the card of its model, the versions of its package group. What several
workloads may use is a member of each that reaches it, and brings none of the others in: from a bucket, role, key, topic
or model nothing leads back to what uses it. A domain, an image repository and a pipeline bring their parts (profiles,
images, the packages that it registered) only where the workload names them itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from mllens.scanner import Graph, Key, Resource, Unobserved
from mllens.scanner.catalogue import load
from mllens.scanner.graph import source_values
from mllens.scanner.model import TYPES, Edge, Field, edges_of

Along = Literal["always", "named", "never"]
"""When the source comes along with the target: always, only where the workload names the target itself, or never."""

SERVES: dict[str, tuple[str, ...]] = {
    "Alarm": ("Endpoint", "InferenceComponent", "MonitoringSchedule", "ScalingPolicy"),
    "DataQualityJobDefinition": ("Endpoint",),
    "InferenceExperiment": ("Endpoint",),
    "InferenceRecommendationsJob": ("Model", "ModelPackage"),
    "ModelBiasJobDefinition": ("Endpoint",),
    "ModelCard": ("Model", "ModelPackage", "ModelPackageGroup"),
    "ModelExplainabilityJobDefinition": ("Endpoint",),
    "ModelQualityJobDefinition": ("Endpoint",),
    "MonitoringExecution": ("MonitoringSchedule",),
    "MonitoringSchedule": ("Endpoint",),
    "PipelineExecution": ("Pipeline",),
    "Rule": ("Pipeline",),
    "ScalableTarget": ("Endpoint", "InferenceComponent"),
    "ScalingPolicy": ("ScalableTarget", "Endpoint", "InferenceComponent"),
    "ScheduledAction": ("ScalableTarget",),
    "VariantMetrics": ("Endpoint",),
}
"""Class of what watches, starts or describes others, to their classes. It comes along with them, and not they with it:
an alarm may watch the endpoints of several workloads."""

PARTS: dict[str, tuple[str, ...]] = {
    "HyperParameterTuningJob": ("TrainingJob",),
    "InferenceComponent": ("Endpoint", "InferenceComponent"),
    "ModelPackage": ("ModelPackageGroup",),
}
"""Class of what is one thing with another, so that each comes with the other."""

PARTS_OF_SHARED: dict[str, tuple[str, ...]] = {
    "App": ("Domain",),
    "Image": ("Repository",),
    "Space": ("Domain",),
    "UserProfile": ("Domain",),
}
"""Parts of what several workloads may use: they come with it only where the workload names it itself."""

USED_BY_SEVERAL = frozenset(
    {"Alarm", "Bucket", "Domain", "Image", "Key", "LogGroup", "ManagedPolicy", "Repository", "Role", "Rule", "Topic"}
)
"""Classes of what several workloads may use or be watched by: that two hold it does not make one of them."""

ACCOUNT_WIDE = frozenset(
    {
        "AWS::::Account",
        "AWS::::Region",
        "AWS::Budgets::Budget",
        "AWS::Budgets::BudgetsAction",
        "AWS::Budgets::Notification",
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",
        "AWS::CE::MonthlyCost",
        "AWS::ECR::RegistryScanningConfiguration",
        "AWS::S3::AccountPublicAccessBlock",
    }
)
"""Types that are of an account or a region as a whole: what is found of them counts in each workload there."""

ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"


def account_wide(key: Key) -> bool:
    """Whether it is of an account or region as a whole; so are log groups that all jobs of a kind write to."""
    return key.type in ACCOUNT_WIDE or (key.type == "AWS::Logs::LogGroup" and not key.name.startswith(ENDPOINT_LOGS))


@dataclass(frozen=True)
class Named:
    """What a resource refers to through a link.

    `perhaps`: what it may refer to beside, each with the reason for the doubt. `unread`: it may refer to one that was
    not read, and does not say its name.
    """

    targets: tuple[Key, ...] = ()
    perhaps: tuple[tuple[Key, str], ...] = ()
    unread: bool = False


Naming = Callable[[Resource], Named]
"""What a resource refers to; raises Unobserved where that was not read."""


@dataclass(frozen=True, eq=False)
class Link:
    """A way in which resources of one type refer to those of another.

    `takes`: the target is a member where the source is. `along`: when the source is one where the target is.
    `local`: both are of one account and region. `reads`: the fields that tell it.
    """

    source: type[Resource]
    target: type[Resource]
    how: str
    takes: bool
    along: Along
    local: bool
    reads: tuple[Field, ...]
    naming: Callable[[Graph], Naming]


@cache
def links() -> tuple[Link, ...]:
    """Every way in which membership spreads."""
    load()
    found = [_declared(cls, edge) for _, cls in sorted(TYPES.items()) for edge in edges_of(cls)]
    return (*(link for link in found if link.takes or link.along != "never"), *_derived())


def _declared(cls: type[Resource], edge: Edge) -> Link:
    source, target = cls.__name__, edge.target.__name__
    serves = target in SERVES.get(source, ())
    along: Along = "always" if serves or target in PARTS.get(source, ()) else "never"
    if target in PARTS_OF_SHARED.get(source, ()):
        along = "named"

    def naming(graph: Graph) -> Naming:
        def named(resource: Resource) -> Named:
            values = source_values(resource, edge)
            return Named(tuple(graph.key_of(edge.target, v, resource.account, resource.region) for v in values))

        return named

    takes = cls.type not in ACCOUNT_WIDE and not serves
    return Link(cls, edge.target, edge.field.attr, takes, along, edge.by.local, (edge.field,), naming)


# -- what no reference says


def _derived() -> Iterator[Link]:
    from mllens.scanner.logs import LogGroup  # noqa: PLC0415 - the catalogue loads these when they are asked for
    from mllens.scanner.sagemaker import Endpoint, Model, ModelPackage, TrainingJob  # noqa: PLC0415
    from mllens.scanner.sagemaker_pipelines import Pipeline  # noqa: PLC0415

    yield Link(LogGroup, Endpoint, "name", False, "always", True, (), lambda _: _logs_of(Endpoint))
    by = ModelPackage.fields["generated_by"]
    yield Link(
        ModelPackage, Pipeline, "generated_by", True, "named", False, (by,), lambda graph: _made_by(graph, Pipeline, by)
    )
    made = TrainingJob.fields["artifact"]
    for cls in (Model, ModelPackage):
        places = _artifacts(cls)
        reads = (made, *dict.fromkeys(edge.field for edge in places))
        yield Link(
            cls, TrainingJob, "artifact", True, "never", False, reads, _Trained(TrainingJob, made, places).naming
        )


def _logs_of(endpoint: type[Resource]) -> Naming:
    def named(group: Resource) -> Named:
        name = group.name.removeprefix(ENDPOINT_LOGS)
        return Named(() if name == group.name else (Key(endpoint.type, group.account, group.region, name),))

    return named


def _made_by(graph: Graph, pipeline: type[Resource], by: Field) -> Naming:
    """The pipeline that registered a package, which SageMaker notes as the run's ARN."""

    def named(package: Resource) -> Named:
        maker = package.raw(by)
        if not isinstance(maker, str) or not maker.startswith("arn:") or ":pipeline/" not in maker:
            return Named()
        return Named((graph.key_of(pipeline, maker.split("/execution/")[0], package.account, package.region),))

    return named


def _artifacts(cls: type[Resource]) -> tuple[Edge, ...]:
    return tuple(e for e in edges_of(cls) if e.path[-1] == "ModelDataUrl" or "ModelDataSource" in e.path)


@dataclass(frozen=True)
class _Trained:
    """The training jobs that wrote what a model or package holds: the address is the same."""

    jobs: type[Resource]
    made: Field
    places: tuple[Edge, ...]

    def naming(self, graph: Graph) -> Naming:
        wrote: dict[str, list[Key]] = {}
        untold: list[tuple[Key, str]] = []
        for job in graph.known(self.jobs):
            try:
                address = job.raw(self.made)
            except Unobserved as gap:
                untold.append((job.key, str(gap)))
            else:
                wrote.setdefault(str(address).rstrip("/"), []).append(job.key)

        def named(resource: Resource) -> Named:
            held = [value.rstrip("/") for edge in self.places for value in source_values(resource, edge)]
            found = [key for address in held for key in wrote.get(address, ())]
            elsewhere = any(address not in wrote for address in held)
            return Named(tuple(found), tuple(untold) if elsewhere else (), elsewhere)

        return named
