"""What production serves and runs: live endpoints, the models and packages behind them, their cards, and whom they affect."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mllens.rules.hosting import DOWN, hosted
from mllens.rules.stage import PRODUCTION, stage
from mllens.rules.verdict import NotApplicable
from mllens.scanner import Graph, Key, Missing, Ref, Resource, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, Model, ModelPackage
from mllens.scanner.sagemaker_governance import CardContent, ModelCard
from mllens.scanner.sagemaker_inference import InferenceComponent
from mllens.scanner.sagemaker_pipelines import Pipeline

LIVE = (Endpoint.tags, Endpoint.status)
RUNNING = (Pipeline.last_run, Pipeline.tags)
MODELS = (
    *(Endpoint.config, EndpointConfig, EndpointConfig.variants, Model),
    *(InferenceComponent.endpoint, InferenceComponent.specification, InferenceComponent.specifications),
)
PACKAGES = (Model.primary_container, Model.containers, ModelPackage)
CARDS = (*PACKAGES, ModelPackage.card_status, ModelPackage.group, ModelCard, ModelCard.content, ModelCard.status)

AFFECTS_PEOPLE = "affects-people"  # the tag of an endpoint that says so, yes or no


def live(endpoint: Endpoint, production: Iterable[str] = PRODUCTION) -> str | NotApplicable:
    """By what a live endpoint is taken for production; else why it is not judged.

    Raises:
        Unobserved: tags or status were not read.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    if endpoint.status in DOWN:
        return NotApplicable(f"serves nothing ({endpoint.status})")
    return where.assumed


def running(
    pipeline: Pipeline, now: datetime, days: int, production: Iterable[str] = PRODUCTION
) -> str | NotApplicable:
    """By what a pipeline that ran within `days` is taken for production; else why it is not judged.

    Raises:
        Unobserved: its last run or its tags were not read.
    """
    if pipeline.last_run is None:
        return NotApplicable("was never run")
    if pipeline.last_run < now - timedelta(days=days):
        return NotApplicable(f"is not in use; its last run was on {pipeline.last_run:%Y-%m-%d}")
    where = stage(pipeline, tuple(production))
    return where.assumed if where.production else NotApplicable(f"is {where.assumed}")


def models(endpoint: Endpoint, graph: Graph) -> Iterator[Model]:
    """The models that answer an endpoint's callers; shadow variants do not.

    Raises:
        Unobserved: when exhausted, if a model cannot be told.
    """
    yield from hosted(endpoint, graph, shadows=False)


def packages(model: Model, graph: Graph) -> Iterator[ModelPackage | Missing]:
    """The packages that a model's containers came from."""
    for container in (model.primary_container, *model.containers):
        if container is not None and (package := graph.to(container.package)) is not None:
            yield package


@dataclass(frozen=True)
class Card:
    """A card written for a model; `content` is None for one that stands in the package, which a scan does not open."""

    called: str
    status: str
    content: CardContent | None


def cards(model: Model, graph: Graph) -> Iterator[Card]:
    """The cards of a model: in its packages, or standing alone for the model, a package or its group; none archived.

    Raises:
        Unobserved: when exhausted, if what another card or a deleted package was about cannot be told.
    """
    about, untold = {model.key}, ""
    ids = {model.arn.lower()}
    for package in packages(model, graph):
        if isinstance(package, Missing):
            untold = f"the package {package.key.name} was deleted; whether it had a card cannot be told"
            continue
        if package.card_status not in {None, "Archived"}:
            yield Card(f"the card in its package {package.name}", str(package.card_status), None)
        about |= {package.key} if package.group is None else {package.key, package.group.key}
        ids.add(package.arn.lower())
    for card in graph.all(ModelCard):
        try:
            content = card.content
        except Unobserved as gap:
            untold = str(gap)
            continue
        named = (_key(reference, graph) for reference in (content.model, content.package, content.package_group))
        if (not about.isdisjoint(named) or (content.model_id or "-").lower() in ids) and card.status != "Archived":
            yield Card(f"the card {card.name}", card.status, content)
    if untold:
        raise Unobserved(model.name, untold)


def _key(reference: Ref[Resource] | None, graph: Graph) -> Key | None:
    if reference is None:
        return None
    return graph.key_of(reference.target, reference.value, reference.account, reference.region)


def affects_people(endpoint: Endpoint, graph: Graph, tag: str) -> bool:
    """Whether an endpoint's results affect people: by its tag, else by a card that rates the risk High.

    Raises:
        Unobserved: neither says.
    """
    said = {key.lower(): value.strip().lower() for key, value in endpoint.tags.items()}.get(tag.lower())
    if said in {"yes", "true", "no", "false"}:
        return said in {"yes", "true"}
    for model in models(endpoint, graph):
        for card in cards(model, graph):
            if card.content is not None and card.content.risk_rating == "High":
                return True
    raise Unobserved(
        endpoint.name,
        f"whether its results affect people is not told; set its tag {tag} to yes or no",
    )
