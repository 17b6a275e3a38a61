"""Instances of families that newer ones replaced: of endpoints, and of the newest training jobs."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import DOWN
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model, TrainingJob

# As of August 2026: family to what took its place. Not every region has the newer ones.
SUPERSEDED: Mapping[str, str] = MappingProxyType(
    {
        "t2": "m7i or m8g",
        "m4": "m7i or m8g",
        "c4": "c7i or c8g",
        "p2": "g6 or g7",
        "p3": "p5 or g6e",
        "p3dn": "p5",
        "g3": "g6 or g7",
        "g4dn": "g6 or g7",
        "inf1": "inf2",
    }
)
FOR_TRAINING: Mapping[str, str] = MappingProxyType(
    {**SUPERSEDED, "m4": "m7i or m8i", "c4": "c7i or c8i"}  # no Graviton there
)


@rule(
    severity="low",
    proves=("MLPERF04_BP01", "MLCOST05_BP02"),
    supports=("MLSUS05_BP02",),
    reads=(
        *(Endpoint.status, Endpoint.config),
        *(EndpointConfig, EndpointConfig.variants, EndpointConfig.shadow_variants),
    ),
    name="endpoint-instance-family-superseded",
)
def endpoints(endpoint: Endpoint, graph: Graph, *, superseded: Mapping[str, str] = SUPERSEDED) -> Verdict:
    """An endpoint must not run on instances of a superseded family.

    Newer families do the same work for less money and energy, and old ones become scarce. Every type of a pool
    counts. Before a change look whether the region has the newer family, and measure the model on it.
    """
    if endpoint.status in DOWN:
        return NotApplicable(f"serves nothing ({endpoint.status})")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what its variants run on cannot be told")
    hosted = (*config.variants, *config.shadow_variants)
    return _judge([t for v in hosted for t in (v.instance_type or "", *v.pool_types) if t], superseded)


@rule(
    severity="low",
    proves=("MLPERF04_BP01", "MLCOST04_BP01"),
    supports=("MLSUS05_BP02",),
    reads=(TrainingJob.instance_type, TrainingJob.group_types),
    name="training-instance-family-superseded",
)
def training(job: TrainingJob, *, superseded: Mapping[str, str] = FOR_TRAINING) -> Verdict:
    """A training job must not run on instances of a superseded family.

    Newer families train the same model in less time, with less energy. A job that has run cannot be changed; the
    next one of its family can. Before a change look whether the region has the newer family.
    """
    return _judge([*([job.instance_type] if job.instance_type else ()), *job.group_types], superseded)


def _judge(types: Iterable[str], superseded: Mapping[str, str]) -> Verdict:
    family = ""
    for type_ in types:
        family = type_.removeprefix("ml.").partition(".")[0]
        if family in superseded:
            return Fail(f"uses {type_}, of a superseded family; measure {superseded[family]} where the region has it")
    return Pass() if family else NotApplicable("has no instances of a type of its own")


def _config(
    type_: str | None, *, pool: tuple[str, ...] = (), shadow: str | None = None, calls: int | None = None
) -> EndpointConfig:
    model = Ref(Model, "churn")
    main = HostedVariant(name="main", model=model, instance_type=type_, pool_types=pool, serverless_concurrency=calls)
    other = (HostedVariant(name="shadow", model=model, instance_type=shadow),) if shadow else ()
    return EndpointConfig(name="current", variants=(main,), shadow_variants=other)


_LIVE = Endpoint(status="InService", config=Ref(EndpointConfig, "current"))

endpoints.cases(
    passes=[
        case(_LIVE, _config("ml.m5.xlarge")),
        case(_LIVE, _config(None, pool=("ml.g6.xlarge", "ml.g5.xlarge")), unread=[EndpointConfig]),
        case(_LIVE, _config("ml.g4dn.xlarge"), superseded={}),
    ],
    fails=[
        case(_LIVE, _config("ml.g4dn.xlarge")),
        case(_LIVE, _config("ml.inf2.xlarge", shadow="ml.inf1.xlarge")),
        case(_LIVE, _config(None, pool=("ml.p5.48xlarge", "ml.p3.16xlarge"))),
        case(_LIVE, _config("ml.m5.xlarge"), superseded={"m5": "m7i"}),
    ],
    unknown=[Endpoint(), _LIVE, case(_LIVE, unread=[EndpointConfig])],
    not_applicable=[case(_LIVE, _config(None, calls=5)), Endpoint(status="Failed")],
)
training.cases(
    passes=[
        TrainingJob(instance_type="ml.g5.2xlarge", group_types=()),
        TrainingJob(instance_type=None, group_types=("ml.trn1.32xlarge", "ml.c5.xlarge")),
    ],
    fails=[
        TrainingJob(instance_type="ml.p3dn.24xlarge", group_types=()),
        TrainingJob(instance_type=None, group_types=("ml.p5.48xlarge", "ml.c4.xlarge")),
    ],
    unknown=[TrainingJob()],
    not_applicable=[TrainingJob(instance_type=None, group_types=())],
)
