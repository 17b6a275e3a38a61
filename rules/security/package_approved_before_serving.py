"""What serves production has a standing approval."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import READS, hosted
from mllens.rules.in_production import LIVE, PACKAGES, live, packages
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.sagemaker import Container, Endpoint, EndpointConfig, HostedVariant, Model, ModelPackage
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    proves=("MLSEC04_BP01", "MLRAI05_BP01"),
    supports=("MLREL05_BP02",),
    presumes="a model package that serves production",
    reads=(*LIVE, *READS, *PACKAGES, ModelPackage.approval_status),
)
def package_approved_before_serving(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production endpoint must serve only model packages that are approved.

    Approval is where a person takes responsibility for a version. A package that is pending or rejected, and serves
    all the same, went around that person. Test endpoints may serve what is to be approved; a model that came from no
    package, or from one without approval (Marketplace), is not judged here.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    judged = False
    for package in (found for model in hosted(endpoint, graph) for found in packages(model, graph)):
        if isinstance(package, Missing):
            return Fail(f"serves the package {package.key.name}, which no longer exists; {_BACK} ({where})")
        match package.approval_status:
            case "Approved":
                judged = True
            case "Rejected":
                return Fail(f"serves the package {package.name}, which is Rejected; {_BACK} ({where})")
            case "PendingManualApproval":
                return Fail(
                    f"serves the package {package.name} before its approval; have it decided, or {_BACK} ({where})"
                )
            case None:
                pass
    return Pass() if judged else NotApplicable("serves no model that came from a package with approval")


_BACK = "go back to an approved version"


def _variant(model: str | None, name: str = "main") -> HostedVariant:
    return HostedVariant(name=name, model=Ref(Model, model) if model else None)


_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/"


def _container(version: int | None) -> Container:
    return Container(package=Ref(ModelPackage, f"{_ARN}{version}") if version else None)


_CONFIG = Ref(EndpointConfig, "current")
_PROD = Endpoint(name="churn-prod", tags={}, status="InService", config=_CONFIG)
_ONE = EndpointConfig(name="current", variants=(_variant("one"),), shadow_variants=())
_SHADOWED = EndpointConfig(name="current", variants=(_variant("one"),), shadow_variants=(_variant("two", "shadow"),))
_COMPONENTS = EndpointConfig(name="current", variants=(_variant(None), _variant("one", "old")), shadow_variants=())
_PART = InferenceComponent(
    name="part",
    endpoint=Ref(Endpoint, "churn-prod"),
    specification=ComponentSpecification(model=Ref(Model, "two")),
    specifications=(),
)
_MODEL = Model(name="one", primary_container=_container(1), containers=())
_SECOND = Model(name="two", primary_container=None, containers=(_container(None), _container(2)))
_APPROVED = ModelPackage(name="churn/1", approval_status="Approved")
_PENDING = ModelPackage(name="churn/2", approval_status="PendingManualApproval")

package_approved_before_serving.cases(
    passes=[
        case(_PROD, _ONE, _MODEL, _APPROVED),
        case(
            _PROD,
            _COMPONENTS,
            _PART,
            _MODEL,
            _APPROVED,
            _SECOND,
            ModelPackage(name="churn/2", approval_status="Approved"),
        ),
        case(
            Endpoint(name="churn", tags={"Environment": "Production"}, status="InService", config=_CONFIG),
            _ONE,
            _MODEL,
            _APPROVED,
        ),
    ],
    fails=[
        case(_PROD, _ONE, _MODEL, ModelPackage(name="churn/1", approval_status="Rejected")),
        case(_PROD, _ONE, _MODEL),
        case(_PROD, _SHADOWED, _MODEL, _APPROVED, _SECOND, _PENDING),
        case(_PROD, _COMPONENTS, _MODEL, ModelPackage(name="churn/1", approval_status="PendingManualApproval")),
        case(_PROD, _COMPONENTS, _PART, _MODEL, _APPROVED, _SECOND, _PENDING),
        case(Endpoint(name="churn", tags={}, status="InService", config=_CONFIG), _ONE, _MODEL),
    ],
    unknown=[
        Endpoint(name="churn-prod", tags={}),
        case(Endpoint(name="churn-dev", status="InService", config=_CONFIG), _ONE, _MODEL, _PENDING),
        case(Endpoint(name="churn", status="InService", config=_CONFIG), _ONE, _MODEL, _APPROVED),
        case(_PROD),
        case(_PROD, _ONE),
        case(_PROD, _ONE, _MODEL, unread=[ModelPackage]),
        case(_PROD, _COMPONENTS, _MODEL, _APPROVED, unread=[InferenceComponent]),
    ],
    not_applicable=[
        Endpoint(name="churn-prod", tags={}, status="Failed"),
        case(_PROD, _ONE, Model(name="one", primary_container=_container(None), containers=())),
        case(_PROD, _ONE, _MODEL, ModelPackage(name="churn/1", approval_status=None)),
        case(Endpoint(name="churn-dev", tags={}, status="InService", config=_CONFIG), _ONE, _MODEL, _PENDING),
        case(
            Endpoint(name="churn-prod", tags={"env": "staging"}, status="InService", config=_CONFIG),
            _ONE,
            _MODEL,
            _PENDING,
        ),
    ],
)
