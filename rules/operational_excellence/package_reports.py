"""Reports that a served model package must name: results by group, and what drives the results."""

from collections.abc import Callable, Iterable
from typing import Any

from mllens.rules import Case, Fail, NotApplicable, Pass, Rule, Verdict, case, rule
from mllens.rules.in_production import AFFECTS_PEOPLE, CARDS, LIVE, MODELS, affects_people, live, models, packages
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Resource, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Container, Endpoint, EndpointConfig, HostedVariant, Model, ModelPackage
from mllens.scanner.sagemaker_governance import CardContent, ModelCard
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


def reported(
    name: str, doc: str, practice: str, lacks: Callable[[ModelPackage], str], supports: tuple[str, ...], *reads: object
) -> Rule:
    """The rule for one kind of report; `lacks` says what a package lacks of it, empty if nothing."""

    def judge(
        endpoint: Endpoint,
        graph: Graph,
        *,
        production: Iterable[str] = PRODUCTION,
        affects_people_tag: str = AFFECTS_PEOPLE,
    ) -> Verdict:
        where = live(endpoint, production)
        if isinstance(where, NotApplicable):
            return where
        judged, gone, lacking = False, "", ""
        for model in models(endpoint, graph):
            for package in packages(model, graph):
                if isinstance(package, Missing):
                    gone = package.key.name
                elif package.approval_status is not None:
                    judged = True
                    lacking = lacking or lacks(package)
        if lacking and affects_people(endpoint, graph, affects_people_tag):
            return Fail(f"{lacking} ({where})")
        if lacking:
            return NotApplicable(f"affects no people by its tag {affects_people_tag}")
        if gone:
            raise Unobserved(gone, "the package was deleted; its reports cannot be told")
        return Pass() if judged else NotApplicable("serves no model that came from a package with approval")

    judge.__doc__ = doc
    return rule(
        severity="medium",
        proves=("MLOPS02_BP06", practice),
        supports=supports,
        presumes="a model package that serves production",
        reads=(*LIVE, *MODELS, *CARDS, ModelPackage.approval_status, ModelPackage.metadata, *reads),
        name=name,
    )(judge)


def _says(package: ModelPackage, *words: str) -> bool:
    """Whether the package's own metadata name such a report: an address in S3, a run of MLflow, whatever made it."""
    return any(any(word in key.lower() for word in words) for key, value in package.metadata.items() if value)


def _bias(package: ModelPackage) -> str:
    if package.bias_post_training_report or package.bias_report or _says(package, "bias", "fairness"):
        return ""
    if package.bias_pre_training_report:
        return (
            f"serves the package {package.name}, whose bias report is of the data before training only; "
            "measure the predictions by group, and name the result as ModelMetrics.Bias.PostTrainingReport"
        )
    return (
        f"serves the package {package.name}, which names no bias report; "
        "measure by group with any tool, and name the result in ModelMetrics.Bias of the next version"
    )


def _explained(package: ModelPackage) -> str:
    if package.explainability_report or _says(package, "explain", "shap", "attribution"):
        return ""
    return (
        f"serves the package {package.name}, which names no explainability report; "
        "compute feature attributions with any tool, and name them in ModelMetrics.Explainability of the next version"
    )


package_bias_report_missing = reported(
    "package-bias-report-missing",
    """A served model package that affects people must name a bias report.

    Without results by group nobody who approves a version can see that it treats some people worse. Reports of any
    tool count, in the package's metrics or in its metadata under a key with bias or fairness. Whether people are
    affected is told by the endpoint's tag affects-people, or by a model card that rates the risk High.
    """,
    "MLRAI01_BP04",
    _bias,
    ("MLREL03_BP04",),
    *(ModelPackage.bias_report, ModelPackage.bias_pre_training_report, ModelPackage.bias_post_training_report),
)
package_explainability_report_missing = reported(
    "package-explainability-report-missing",
    """A served model package that affects people must name an explainability report.

    Without feature attributions nobody sees that a version decides by what should not matter, and a person who asks
    why gets no answer. Reports of any tool count, in the package's metrics or in its metadata under a key with
    explain, shap or attribution. Whether people are affected is told by the endpoint's tag affects-people, or by a
    model card that rates the risk High.
    """,
    "MLRAI02_BP02",
    _explained,
    ("MLPERF06_BP02",),
    ModelPackage.explainability_report,
)


_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1"
_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),))
_COMPONENTS = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
_COMPONENT = InferenceComponent(
    name="one",
    endpoint=Ref(Endpoint, "churn-prod"),
    specification=ComponentSpecification(model=Ref(Model, "churn")),
    specifications=(),
)
_OWN_CONTAINER = InferenceComponent(
    name="one", endpoint=Ref(Endpoint, "churn-prod"), specification=ComponentSpecification(), specifications=()
)
_MODEL = Model(
    name="churn", primary_container=None, containers=(Container(), Container(package=Ref(ModelPackage, _ARN)))
)
_CARD = ModelCard(
    name="churn", status="Approved", content=CardContent(package=Ref(ModelPackage, _ARN), risk_rating="High")
)
_LOW = ModelCard(name="churn", status="Approved", content=CardContent(model=Ref(Model, "churn"), risk_rating="Low"))


def _endpoint(tag: str = "", status: Any = "InService", name: str = "churn-prod") -> Endpoint:
    tags = {"Affects-People": tag} if tag else {}
    return Endpoint(name=name, tags=tags, status=status, config=Ref(EndpointConfig, "current"))


def _package(**reports: Any) -> ModelPackage:
    none: dict[str, Any] = dict.fromkeys(
        ("bias_report", "bias_pre_training_report", "bias_post_training_report", "explainability_report", "card_status")
    )
    values: dict[str, Any] = {"approval_status": "Approved", "metadata": {}, "group": None, **none, **reports}
    return ModelPackage(name="churn/1", arn=_ARN, **values)


_REPORT: Ref[Resource] = Ref(Bucket, "s3://churn-reports/1/report.json")
_FAILS: list[Resource | Case] = [
    case(_endpoint("yes"), _CONFIG, _MODEL, _package()),
    case(_endpoint("yes"), _COMPONENTS, _COMPONENT, _MODEL, _package()),
    case(_endpoint(), _CONFIG, _MODEL, _package(card_status="Approved"), _LOW, _CARD),
    case(_endpoint("true"), _CONFIG, _MODEL, _package(approval_status="PendingManualApproval")),
]
_UNKNOWN: list[Resource | Case] = [
    Endpoint(),
    case(_endpoint("yes"), _COMPONENTS, _OWN_CONTAINER),
    case(_endpoint("yes"), _CONFIG, _MODEL),
    case(_endpoint("yes"), _CONFIG),
    case(_endpoint("yes"), _MODEL, _package()),
    case(_endpoint("yes"), _CONFIG, _MODEL, unread=[ModelPackage]),
    case(_endpoint("yes"), _CONFIG, _MODEL, ModelPackage(name="churn/1", arn=_ARN, approval_status="Approved")),
    case(_endpoint(), _CONFIG, _MODEL, _package()),
    case(_endpoint("perhaps"), _CONFIG, _MODEL, _package(), _LOW),
    case(_endpoint(), _CONFIG, _MODEL, _package(), unread=[ModelCard]),
]
_NOT_APPLICABLE: list[Resource | Case] = [
    case(_endpoint("no"), _CONFIG, _MODEL, _package()),
    case(_endpoint("yes"), _CONFIG, Model(name="churn", primary_container=Container(), containers=())),
    case(_endpoint("yes"), _CONFIG, _MODEL, _package(approval_status=None)),
    _endpoint("yes", name="churn-dev"),
    _endpoint("yes", status="Failed"),
]

package_bias_report_missing.cases(
    passes=[
        case(_endpoint(), _CONFIG, _MODEL, _package(bias_post_training_report=_REPORT)),
        case(_endpoint(), _CONFIG, _MODEL, _package(bias_report=_REPORT)),
        case(_endpoint("yes"), _CONFIG, _MODEL, _package(metadata={"fairness_report": "runs:/4f/by-group.json"})),
    ],
    fails=[*_FAILS, case(_endpoint("yes"), _CONFIG, _MODEL, _package(bias_pre_training_report=_REPORT))],
    unknown=_UNKNOWN,
    not_applicable=_NOT_APPLICABLE,
)
package_explainability_report_missing.cases(
    passes=[
        case(_endpoint(), _CONFIG, _MODEL, _package(explainability_report=_REPORT)),
        case(_endpoint("yes"), _CONFIG, _MODEL, _package(metadata={"SHAP": "s3://churn-reports/1/shap.json"})),
    ],
    fails=_FAILS,
    unknown=_UNKNOWN,
    not_applicable=_NOT_APPLICABLE,
)
