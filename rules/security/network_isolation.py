"""Containers that can reach nothing but what SageMaker gives them: models, training jobs, monitoring schedules."""

from collections.abc import Callable, Iterator

from mllens.rules import Fail, NotApplicable, Pass, Rule, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Region, Resource, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model, MonitoringSchedule, TrainingJob

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
    for variant in _hosted(model, graph):
        if variant.serverless_concurrency is None:
            if model.network_isolation:
                return Pass()
            return Fail(
                "can reach the network while it serves; create it anew with EnableNetworkIsolation, and update its endpoint"
            )
        serverless = True
    _nothing_hidden(model, graph)
    if serverless:
        return NotApplicable("is served by serverless variants only, which cannot be isolated")
    return NotApplicable("is served by no endpoint")


def _nothing_hidden(model: Model, graph: Graph) -> None:
    """That no endpoint of the region may serve the model unseen.

    Raises:
        Unobserved: one may: its configuration was deleted, or it hosts inference components, which name models too.
    """
    region = Region(name=model.region, account=model.account, region=model.region)
    for endpoint in graph.all(Endpoint, within=region):
        config = graph.to(endpoint.config)
        if isinstance(config, Missing):
            raise Unobserved(endpoint.name, "the configuration was deleted; which models it serves cannot be told")
        if any(variant.model is None for variant in (*config.variants, *config.shadow_variants)):
            raise Unobserved(endpoint.name, "it hosts inference components, which may name this model")


def _hosted(model: Model, graph: Graph) -> Iterator[HostedVariant]:
    """The variants of live endpoints that serve a model."""
    for config in graph.into(model, EndpointConfig):
        if any(True for _ in graph.into(config, Endpoint)):
            for variant in (*config.variants, *config.shadow_variants):
                if variant.model is not None and variant.model.key == model.key:
                    yield variant


def _training(job: TrainingJob) -> Verdict:
    if job.network_isolation:
        return Pass()
    return Fail("could reach the network; run the next of its family with EnableNetworkIsolation")


def _schedule(schedule: MonitoringSchedule) -> Verdict:
    if schedule.definition is not None:
        raise Unobserved(
            schedule.name, f"its network settings are in the job definition {schedule.definition}, not read yet"
        )
    if schedule.inline_network_isolation:
        return Pass()
    return Fail("lets its monitoring jobs reach the network; set EnableNetworkIsolation in its network configuration")


model_network_isolation = isolated(
    "model-network-isolation",
    "A model that serves must not reach the network.",
    _model,
    *(Model.network_isolation, EndpointConfig, EndpointConfig.variants, EndpointConfig.shadow_variants),
    *(Endpoint, Endpoint.config),
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
    *(MonitoringSchedule.definition, MonitoringSchedule.inline_network_isolation),
)


def _config(name: str, *, concurrency: int | None = None, shadow: bool = False) -> EndpointConfig:
    variant = HostedVariant(name="main", model=Ref(Model, "open"), serverless_concurrency=concurrency)
    other = HostedVariant(name="other", model=Ref(Model, "closed"))
    hosts = ((other,), (variant,)) if shadow else ((variant,), ())
    return EndpointConfig(name=name, variants=hosts[0], shadow_variants=hosts[1])


def _live(config: str) -> Resource:
    return Endpoint(name=f"on-{config}", config=Ref(EndpointConfig, config))


_OPEN = Model(name="open", network_isolation=False)

model_network_isolation.cases(
    passes=[case(Model(name="closed", network_isolation=True), _config("a", shadow=True), _live("a"))],
    fails=[
        case(_OPEN, _config("a"), _live("a")),
        case(_OPEN, _config("a", shadow=True), _live("a")),
        case(_OPEN, _config("a", concurrency=5), _live("a"), _config("b"), _live("b"), unread=[EndpointConfig]),
    ],
    unknown=[
        case(Model(name="open"), _config("a"), _live("a")),
        case(_OPEN, unread=[EndpointConfig]),
        case(_OPEN, _config("a"), unread=[Endpoint]),
        case(_OPEN, _live("deleted")),
        case(_OPEN, EndpointConfig(name="a", variants=(HostedVariant(name="main"),), shadow_variants=()), _live("a")),
    ],
    not_applicable=[
        _OPEN,
        case(_OPEN, _config("a")),
        case(_OPEN, _config("a", concurrency=5), _live("a")),
    ],
)
training_network_isolation.cases(
    passes=[TrainingJob(network_isolation=True)],
    fails=[TrainingJob(network_isolation=False)],
    unknown=[TrainingJob()],
)
monitor_schedule_network_isolation.cases(
    passes=[MonitoringSchedule(definition=None, inline_network_isolation=True)],
    fails=[MonitoringSchedule(definition=None, inline_network_isolation=False)],
    unknown=[MonitoringSchedule(), MonitoringSchedule(definition="drift-of-churn", inline_network_isolation=False)],
)
