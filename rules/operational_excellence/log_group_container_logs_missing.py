"""Production endpoints whose containers leave no logs."""

from collections.abc import Iterable, Iterator
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import LIVE, live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.logs import LogGroup
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model
from mllens.scanner.sagemaker_inference import InferenceComponent


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLOPS06_BP02",),
    supports=("MLCOST06_BP04", "MLRAI08_BP05"),
    reads=(
        *(*LIVE, Endpoint.config, EndpointConfig, EndpointConfig.variants, LogGroup),
        InferenceComponent.endpoint,
    ),
)
def log_group_container_logs_missing(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production endpoint must have the log group that its containers write to.

    SageMaker hands on whatever a container prints, if the model's role allows it to make the group. Where the group is
    missing, no error, no stack trace and no slow request was ever kept, and the first incident has nothing to go by.
    Containers that send their logs elsewhere by themselves are not seen.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    judged = False
    for group in _groups(endpoint, graph):
        judged = True
        if isinstance(graph.to(Ref(LogGroup, group, endpoint.account, endpoint.region)), Missing):
            return Fail(
                f"has no log group {group}: nothing that its containers print is kept; allow the role of its model "
                f"logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents ({where})"
            )
    return Pass() if judged else NotApplicable("hosts no inference component yet")


def _groups(endpoint: Endpoint, graph: Graph) -> Iterator[str]:
    """The names of its log groups: its own, or one for each component that it hosts."""
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; where its containers log cannot be told")
    if any(variant.model is not None or variant.pool_models for variant in config.variants):
        yield f"/aws/sagemaker/Endpoints/{endpoint.name}"
    if any(variant.model is None and not variant.pool_models for variant in config.variants):
        for component in graph.into(endpoint, InferenceComponent):
            yield f"/aws/sagemaker/InferenceComponents/{component.name}"


def _endpoint(name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"))


_PROD = _endpoint()
_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),))
_SHARED = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
_PART = InferenceComponent(name="letters", endpoint=Ref(Endpoint, "churn-prod"))
_OWN = LogGroup(name="/aws/sagemaker/Endpoints/churn-prod")
_OF_PART = LogGroup(name="/aws/sagemaker/InferenceComponents/letters")
_MIXED = EndpointConfig(name="current", variants=(*_CONFIG.variants, HostedVariant(name="shared")))

log_group_container_logs_missing.cases(
    passes=[
        case(_PROD, _CONFIG, _OWN),
        case(_PROD, _SHARED, _PART, _OF_PART),
        case(_PROD, _MIXED, _PART, _OWN, _OF_PART),
    ],
    fails=[
        case(_PROD, _CONFIG),
        case(_PROD, _CONFIG, LogGroup(name="/aws/sagemaker/Endpoints/churn")),
        case(_PROD, _SHARED, _PART, _OWN),
        case(_PROD, _MIXED, _PART, _OWN),
    ],
    unknown=[
        Endpoint(),
        case(_PROD),
        case(_PROD, _CONFIG, unread=[LogGroup]),
        case(_PROD, _SHARED, unread=[InferenceComponent]),
    ],
    not_applicable=[
        _endpoint("churn-dev"),
        _endpoint(status="Creating"),
        case(_PROD, _SHARED),
    ],
)
