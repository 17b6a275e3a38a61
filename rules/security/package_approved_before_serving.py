"""What serves production has a standing approval."""

from collections.abc import Iterable, Iterator

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker import Container, Endpoint, EndpointConfig, HostedVariant, Model, ModelPackage


@rule(
    severity="high",
    proves=("MLSEC04_BP01", "MLRAI05_BP01"),
    supports=("MLREL05_BP02",),
    presumes="a model package that serves production",
    reads=(
        *(Endpoint.tags, Endpoint.config, EndpointConfig, EndpointConfig.variants, EndpointConfig.shadow_variants),
        *(Model, Model.primary_container, Model.containers, ModelPackage, ModelPackage.approval_status),
    ),
)
def package_approved_before_serving(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production endpoint must serve only model packages that are approved.

    Approval is where a person takes responsibility for a version. A package that is pending or rejected, and serves
    all the same, went around that person. Test endpoints may serve what is to be approved; a model that came from no
    package, or from one without approval (Marketplace), is not judged here.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    judged = False
    for package in _packages(endpoint, graph):
        if isinstance(package, Missing):
            return Fail(f"serves the package {package.key.name}, which no longer exists ({where.assumed})")
        match package.approval_status:
            case "Approved":
                judged = True
            case "Rejected" | "PendingManualApproval" as status:
                return Fail(
                    f"serves the package {package.name}, which is {status}; "
                    f"decide on it, or go back to an approved version ({where.assumed})"
                )
            case None:
                pass
    return Pass() if judged else NotApplicable("serves no model that came from a package with approval")


def _packages(endpoint: Endpoint, graph: Graph) -> Iterator[ModelPackage | Missing]:
    """The packages behind every variant of an endpoint, shadows too.

    Raises:
        Unobserved: when exhausted, if a variant's model cannot be told.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it serves cannot be told")
    untold = ""
    for variant in (*config.variants, *config.shadow_variants):
        model = graph.to(variant.model)
        if model is None:
            untold = f"the variant {variant.name} hosts inference components, whose models are not read yet"
        elif isinstance(model, Missing):
            untold = f"the model {model.key.name} was deleted; its package cannot be told"
        else:
            for container in (model.primary_container, *model.containers):
                if container is not None and (package := graph.to(container.package)) is not None:
                    yield package
    if untold:
        raise Unobserved(endpoint.name, untold)


def _variant(model: str | None, name: str = "main") -> HostedVariant:
    return HostedVariant(name=name, model=Ref(Model, model) if model else None)


_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/"


def _container(version: int | None) -> Container:
    return Container(package=Ref(ModelPackage, f"{_ARN}{version}") if version else None)


_CONFIG = Ref(EndpointConfig, "current")
_PROD = Endpoint(name="churn-prod", tags={}, config=_CONFIG)
_ONE = EndpointConfig(name="current", variants=(_variant("one"),), shadow_variants=())
_SHADOWED = EndpointConfig(name="current", variants=(_variant("one"),), shadow_variants=(_variant("two", "shadow"),))
_COMPONENTS = EndpointConfig(name="current", variants=(_variant(None), _variant("one", "old")), shadow_variants=())
_MODEL = Model(name="one", primary_container=_container(1), containers=())
_SECOND = Model(name="two", primary_container=None, containers=(_container(None), _container(2)))
_APPROVED = ModelPackage(name="churn/1", approval_status="Approved")
_PENDING = ModelPackage(name="churn/2", approval_status="PendingManualApproval")

package_approved_before_serving.cases(
    passes=[
        case(_PROD, _ONE, _MODEL, _APPROVED),
        case(Endpoint(name="churn", tags={"Environment": "Production"}, config=_CONFIG), _ONE, _MODEL, _APPROVED),
    ],
    fails=[
        case(_PROD, _ONE, _MODEL, ModelPackage(name="churn/1", approval_status="Rejected")),
        case(_PROD, _ONE, _MODEL),
        case(_PROD, _SHADOWED, _MODEL, _APPROVED, _SECOND, _PENDING),
        case(_PROD, _COMPONENTS, _MODEL, ModelPackage(name="churn/1", approval_status="PendingManualApproval")),
        case(Endpoint(name="churn", tags={}, config=_CONFIG), _ONE, _MODEL),
    ],
    unknown=[
        Endpoint(name="churn-prod", tags={}),
        case(Endpoint(name="churn-dev", config=_CONFIG), _ONE, _MODEL, _PENDING),
        case(Endpoint(name="churn", config=_CONFIG), _ONE, _MODEL, _APPROVED),
        case(_PROD),
        case(_PROD, _ONE),
        case(_PROD, _ONE, _MODEL, unread=[ModelPackage]),
        case(_PROD, _COMPONENTS, _MODEL, _APPROVED),
    ],
    not_applicable=[
        case(_PROD, _ONE, Model(name="one", primary_container=_container(None), containers=())),
        case(_PROD, _ONE, _MODEL, ModelPackage(name="churn/1", approval_status=None)),
        case(Endpoint(name="churn-dev", tags={}, config=_CONFIG), _ONE, _MODEL, _PENDING),
        case(Endpoint(name="churn-prod", tags={"env": "staging"}, config=_CONFIG), _ONE, _MODEL, _PENDING),
    ],
)
