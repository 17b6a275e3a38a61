"""Containers that can reach nothing but what SageMaker gives them: models, training jobs, monitoring schedules."""

from collections.abc import Callable
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Rule, Verdict, case, rule
from mllens.rules.hosting import READS_BACK, hosts
from mllens.rules.monitoring import DEFINITION, KINDS, definition_of
from mllens.scanner import Graph, Missing, Ref, Resource, Unobserved
from mllens.scanner.sagemaker import (
    Endpoint,
    EndpointConfig,
    HostedVariant,
    InlineDefinition,
    Model,
    MonitoringSchedule,
    TrainingJob,
)
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent
from mllens.scanner.sagemaker_monitoring import DataQualityJobDefinition, ModelBiasJobDefinition

HARM = """An isolated container makes no network calls.

Code in a container that is not isolated, be it a dependency of a dependency or the model file itself, can send data
and credentials away. SageMaker still copies inputs and outputs for an isolated container. Isolation stays off where
code must fetch packages, call other services or write to a tracking server; then the subnets must bound it.
"""


def isolated(name: str, norm: str, judge: Callable[..., Verdict], *reads: object) -> Rule:
    """The rule for one type; `judge` says whether its containers are isolated."""
    judge.__doc__ = f"{norm}\n\n{HARM}"
    return rule(severity="medium", proves=("MLSEC03_BP02", "MLRAI03_BP04"), reads=reads, name=name)(judge)


def _model(model: Model, graph: Graph) -> Verdict:
    serverless = False
    for endpoint in hosts(model, graph):
        if _serverless(model, endpoint, graph):
            serverless = True
        elif model.network_isolation:
            return Pass()
        else:
            return Fail(
                "can reach the network while it serves; create it anew with EnableNetworkIsolation, and deploy that"
            )
    if serverless:
        return NotApplicable("is served by serverless variants only, which cannot be isolated")
    return NotApplicable("is served by no endpoint")


def _serverless(model: Model, endpoint: Endpoint, graph: Graph) -> bool:
    """Whether an endpoint runs a model on serverless variants only; inference components run on instances."""
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        return False
    mine = [v for v in (*config.variants, *config.shadow_variants) if v.model is not None and v.model.key == model.key]
    return bool(mine) and all(variant.serverless_concurrency is not None for variant in mine)


def _training(job: TrainingJob) -> Verdict:
    if job.network_isolation:
        return Pass()
    return Fail("could reach the network; run the next of its family with EnableNetworkIsolation")


def _schedule(schedule: MonitoringSchedule, graph: Graph) -> Verdict:
    settings = definition_of(schedule, graph)
    if isinstance(settings, Missing):
        raise Unobserved(
            settings.key.name, "the definition was deleted; the network settings of its jobs cannot be told"
        )
    if settings.network_isolation:
        return Pass()
    if isinstance(settings, InlineDefinition):
        return Fail(
            "lets its monitoring jobs reach the network; set EnableNetworkIsolation in its network configuration"
        )
    return Fail(
        f"lets its monitoring jobs reach the network by its definition {settings.name}; "
        "give it a new one with EnableNetworkIsolation"
    )


model_network_isolation = isolated(
    "model-network-isolation",
    "A model that serves must not reach the network.",
    _model,
    *(Model.network_isolation, *READS_BACK),
)
training_network_isolation = isolated(
    "training-network-isolation",
    "A training job must not reach the network.",
    _training,
    TrainingJob.network_isolation,
)
monitor_schedule_network_isolation = isolated(
    "monitor-schedule-network-isolation",
    "Monitoring jobs of a schedule must not reach the network.",
    _schedule,
    *(*DEFINITION, *(kind.network_isolation for kind in KINDS.values())),
)


def _config(name: str, *, concurrency: int | None = None, shadow: bool = False) -> EndpointConfig:
    variant = HostedVariant(name="main", model=Ref(Model, "open"), serverless_concurrency=concurrency)
    other = HostedVariant(name="other", model=Ref(Model, "closed"))
    hosts = ((other,), (variant,)) if shadow else ((variant,), ())
    return EndpointConfig(name=name, variants=hosts[0], shadow_variants=hosts[1])


def _live(config: str) -> Resource:
    return Endpoint(name=f"on-{config}", status="InService", config=Ref(EndpointConfig, config))


def _on_components(model: str) -> tuple[Resource, ...]:
    """An endpoint whose instances run components: one that names a model, and one that names none."""
    parts = ComponentSpecification(model=Ref(Model, model)), ComponentSpecification()
    return (
        EndpointConfig(name="shared", variants=(HostedVariant(name="main"),), shadow_variants=()),
        _live("shared"),
        *(
            InferenceComponent(
                name=f"part-{n}", endpoint=Ref(Endpoint, "on-shared"), specification=part, specifications=()
            )
            for n, part in enumerate(parts)
        ),
    )


_OPEN = Model(name="open", network_isolation=False)

model_network_isolation.cases(
    passes=[case(Model(name="closed", network_isolation=True), _config("a", shadow=True), _live("a"))],
    fails=[
        case(_OPEN, _config("a"), _live("a")),
        case(_OPEN, _config("a", shadow=True), _live("a")),
        case(_OPEN, _config("a", concurrency=5), _live("a"), _config("b"), _live("b"), unread=[EndpointConfig]),
        case(_OPEN, *_on_components("open")),
        case(_OPEN, _live("deleted"), *_on_components("open")),
    ],
    unknown=[
        case(Model(name="open"), _config("a"), _live("a")),
        case(_OPEN, unread=[EndpointConfig]),
        case(_OPEN, _config("a"), unread=[Endpoint]),
        case(_OPEN, _live("deleted")),
        case(_OPEN, _config("a", concurrency=5), _live("a"), unread=[InferenceComponent]),
    ],
    not_applicable=[
        _OPEN,
        case(_OPEN, *_on_components("closed")),
        case(_OPEN, _config("a"), Endpoint(name="on-a", status="Failed", config=Ref(EndpointConfig, "a"))),
        case(_OPEN, _config("a")),
        case(_OPEN, _config("a", concurrency=5), _live("a")),
    ],
)
training_network_isolation.cases(
    passes=[TrainingJob(network_isolation=True)],
    fails=[TrainingJob(network_isolation=False)],
    unknown=[TrainingJob()],
)


def _named(kind: str) -> MonitoringSchedule:
    """A schedule that names a definition of one kind; definitions of other kinds may have the same name."""
    types: Any = dict(zip(KINDS, ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"), strict=True))
    references: dict[str, Any] = {other: Ref(cls, "drift") if other == kind else None for other, cls in KINDS.items()}
    return MonitoringSchedule(name="drift", monitoring_type=types[kind], definition="drift", inline=None, **references)


def _inline(*, isolation: bool) -> MonitoringSchedule:
    return MonitoringSchedule(definition=None, inline=InlineDefinition(network_isolation=isolation))


_OF_NO_KIND: dict[str, Any] = dict.fromkeys(KINDS)

monitor_schedule_network_isolation.cases(
    passes=[
        _inline(isolation=True),
        *(case(_named(kind), cls(name="drift", network_isolation=True)) for kind, cls in KINDS.items()),
    ],
    fails=[
        _inline(isolation=False),
        *(case(_named(kind), cls(name="drift", network_isolation=False)) for kind, cls in KINDS.items()),
        case(
            _named("model_bias"),
            DataQualityJobDefinition(name="drift", network_isolation=True),
            ModelBiasJobDefinition(name="drift", network_isolation=False),
        ),
    ],
    unknown=[
        MonitoringSchedule(),
        _named("data_quality"),
        case(_named("data_quality"), unread=[DataQualityJobDefinition]),
        MonitoringSchedule(definition="drift", monitoring_type=None, inline=None, **_OF_NO_KIND),
        MonitoringSchedule(definition=None, inline=None),
    ],
)
