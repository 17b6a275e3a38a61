"""Models and the endpoints that host them, in both directions: through variants, pools and inference components."""

from collections.abc import Iterator

from mllens.scanner import Graph, Missing, Region, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, Model
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent

DOWN = ("Creating", "Deleting", "Failed", "OutOfService")
"""What an endpoint says of itself that answers no request."""

READS = (
    *(Endpoint.status, Endpoint.config, EndpointConfig, EndpointConfig.variants, EndpointConfig.shadow_variants),
    *(InferenceComponent.endpoint, InferenceComponent.specification, InferenceComponent.specifications, Model),
)
"""What `hosted` reads, with the status."""

READS_BACK = (
    *(Endpoint, Endpoint.status, Endpoint.config, EndpointConfig),
    *(EndpointConfig.variants, EndpointConfig.shadow_variants),
    *(InferenceComponent.endpoint, InferenceComponent.specification, InferenceComponent.specifications),
)
"""What `hosts` reads."""


def hosted(endpoint: Endpoint, graph: Graph, *, shadows: bool = True) -> Iterator[Model]:
    """The models on an endpoint, those in shadow too, or only those that answer its callers.

    Raises:
        Unobserved: when exhausted, if one of them cannot be told.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it serves cannot be told")
    variants = (*config.variants, *config.shadow_variants) if shadows else config.variants
    named = [r for variant in variants for r in (variant.model, *variant.pool_models) if r is not None]
    untold = ""
    if any(variant.model is None and not variant.pool_models for variant in variants):
        for component in graph.into(endpoint, InferenceComponent):
            for part in _parts(component):
                if part.model is not None:
                    named.append(part.model)
                else:
                    untold = f"its component {component.name} runs a container or an adapter, not a model of SageMaker"
    for reference in dict.fromkeys(named):
        model = graph.to(reference)
        if isinstance(model, Missing):
            untold = f"the model {model.key.name} was deleted; what it was cannot be told"
        else:
            yield model
    if untold:
        raise Unobserved(endpoint.name, untold)


def hosts(model: Model, graph: Graph) -> Iterator[Endpoint]:
    """The endpoints that serve a model now, in shadow too.

    Raises:
        Unobserved: when exhausted, if one may serve it unseen.
    """
    for config in graph.into(model, EndpointConfig):
        yield from (endpoint for endpoint in graph.into(config, Endpoint) if endpoint.status not in DOWN)
    for component in graph.into(model, InferenceComponent):
        host = graph.to(component.endpoint)
        if isinstance(host, Endpoint) and host.status not in DOWN:
            yield host
    region = Region(name=model.region, account=model.account, region=model.region)
    for endpoint in graph.all(Endpoint, within=region):
        if isinstance(graph.to(endpoint.config), Missing):
            raise Unobserved(endpoint.name, "its configuration was deleted; which models it serves cannot be told")


def _parts(component: InferenceComponent) -> Iterator[ComponentSpecification]:
    if component.specification is not None:
        yield component.specification
    yield from component.specifications
