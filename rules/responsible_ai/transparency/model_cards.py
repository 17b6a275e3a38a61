"""Model cards of what production serves: that there is one, approved, with its risk and its intended use."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from mllens.rules import Case, Fail, NotApplicable, Pass, Rule, Severity, Verdict, case, rule
from mllens.rules.drafted_card import READS as DRAFT_READS
from mllens.rules.drafted_card import as_template, drafted
from mllens.rules.fix import Fix, Look, Names, Step, Undo, created
from mllens.rules.in_production import CARDS, LIVE, MODELS, Card, cards, live, models
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref, Resource, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    ModelPackageGroup,
    PackageContainer,
    TrainingJob,
)
from mllens.scanner.sagemaker_governance import CardContent, ModelCard
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent

READS = (*LIVE, *MODELS, *CARDS)


@rule(
    severity="high",
    proves=("MLRAI08_BP01",),
    supports=("MLOPS02_BP02",),
    reads=READS,
    name="model-card-missing-for-production",
)
def missing(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """Every model that serves production must have a model card.

    Without one, those who use or review a model do not learn what it is meant for and where it fails. A card in the
    model's package counts, and one that stands alone and names the model, the package or its group; an archived one
    does not. Cards kept outside SageMaker are not seen.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    served = False
    for model in models(endpoint, graph):
        served = True
        if not any(True for _ in cards(model, graph)):
            return Fail(
                f"serves the model {model.name}, of which there is no model card; write one and have it approved ({where})"
            )
    return Pass() if served else NotApplicable("serves no model yet")


@missing.fix(
    sends=("sagemaker:CreateModelCard", "sagemaker:DeleteModelCard"),
    reads=tuple(set(DRAFT_READS) - set(READS)),
    makes=(ModelCard,),
)
def draft(endpoint: Endpoint, graph: Graph, names: Names) -> Fix:
    """Draft the model card from what the account shows.

    The draft says where the model came from and where it runs. What it is meant for, how risky it is, and whom it
    affects stays empty: the other rules about cards go on failing until a person has written that and had it approved.
    """
    drafts = {
        names(model, "card"): (model, drafted(model, endpoint, graph))
        for model in models(endpoint, graph)
        if not any(True for _ in cards(model, graph))
    }
    return Fix(
        steps=tuple(
            _create(f"card-{number}", name, model, content)
            for number, (name, (model, content)) in enumerate(drafts.items(), 1)
        ),
        effect=tuple(created(_drafted(name, model, content)) for name, (model, content) in drafts.items()),
    )


def _drafted(name: str, model: Model, content: Mapping[str, Any]) -> ModelCard:
    return ModelCard(
        name=name,
        arn=_arn(name, model),
        account=model.account,
        region=model.region,
        status="Draft",
        content=CardContent.from_answer(content, model),
    )


def _arn(name: str, model: Model) -> str:
    return f"{model.arn.rpartition(':')[0]}:model-card/{name}" if model.arn else ""


def _create(step: str, name: str, model: Model, content: Mapping[str, Any]) -> Step:
    which, on = {"ModelCardName": name}, (_arn(name, model) or "*",)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    told = {**which, "ModelCardStatus": "Draft", "Content": text}
    return Step(
        id=step,
        service="sagemaker",
        operation="CreateModelCard",
        params=told,
        subject=_drafted(name, model, content).key,
        look=Look("sagemaker", "DescribeModelCard", which, members=tuple(told), on=on),
        after=told,
        undo=Undo("DeleteModelCard", which, on=on),
        on=on,
        template={"Type": "AWS::SageMaker::ModelCard", "Properties": {**told, "Content": as_template(content)}},
    )


def carded(
    name: str,
    doc: str,
    lacks: Callable[[Card], str],
    *,
    severity: Severity = "medium",
    proves: tuple[str, ...] = (),
    supports: tuple[str, ...] = ("MLOPS02_BP02",),
) -> Rule:
    """The rule for one thing that a card must show; `lacks` says what of it a card lacks, empty if nothing."""

    def judge(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
        where = live(endpoint, production)
        if isinstance(where, NotApplicable):
            return where
        judged = False
        for model in models(endpoint, graph):
            lacking = ""
            for card in cards(model, graph):
                judged = True
                if not (found := lacks(card)):
                    break
                lacking = lacking or f"serves {model.name}, of which {card.called} {found} ({where})"
            else:
                if lacking:
                    return Fail(lacking)
        return Pass() if judged else NotApplicable("serves no model that has a card")

    judge.__doc__ = doc
    return rule(
        severity=severity,
        proves=("MLRAI08_BP01", *proves),
        supports=supports,
        presumes="a model card of what serves production",
        reads=READS,
        name=name,
    )(judge)


def _content(card: Card) -> CardContent:
    if card.content is None:
        raise Unobserved(
            card.called,
            "it stands in the package, where a scan does not open it; read it there, and attest what it says",
        )
    return card.content


def _approval(card: Card) -> str:
    return "" if card.status == "Approved" else f"is {card.status}; have its owner and a reviewer approve it"


def _risk(card: Card) -> str:
    match _content(card).risk_rating:
        case None:
            return "has no risk rating; rate the risk in its intended uses"
        case "Unknown":
            return "rates the risk Unknown; rate it in its intended uses"
        case _:
            return ""


def _use(card: Card) -> str:
    content = _content(card)
    said = {"intended uses": content.intended_uses, "factors that harm its quality": content.quality_factors}
    empty = [what for what, text in said.items() if not (text or "").strip()]
    return f"states no {' and no '.join(empty)}; write them down" if empty else ""


model_card_not_approved = carded(
    "model-card-not-approved",
    """The card of a model that serves production must be approved.

    A draft binds nobody: what it says of use, risk and limits was agreed by no one, and may change unseen. A card
    that was archived counts as none.
    """,
    _approval,
    supports=("MLOPS02_BP02", "MLOPS02_BP06"),
)
model_card_no_risk_rating = carded(
    "model-card-no-risk-rating",
    """The card of a model that serves production must rate its risk.

    The rating decides how strict reviews, oversight and monitoring are. Without one the riskiest model passes as the
    least.
    """,
    _risk,
    proves=("MLRAI04_BP01",),
    supports=("MLOPS02_BP06", "MLSEC04_BP01"),
)
model_card_intended_use_empty = carded(
    "model-card-intended-use-empty",
    """The card of a model that serves production must state its intended uses and what harms its quality.

    Who is not told what a model is meant for, and where it fails, will use it for something else and trust it there.
    """,
    _use,
)

_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/2"
_CONFIG = EndpointConfig(name="current", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),))
_TWO = EndpointConfig(
    name="current",
    variants=(HostedVariant(name="a", model=Ref(Model, "churn")), HostedVariant(name="b", model=Ref(Model, "other"))),
)
_COMPONENTS = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
_COMPONENT = InferenceComponent(
    name="one",
    endpoint=Ref(Endpoint, "churn-prod"),
    specification=ComponentSpecification(model=Ref(Model, "churn")),
    specifications=(),
)
_MODEL_ARN = "arn:aws:sagemaker:us-east-1:111122223333:model/churn"
_MODEL = Model(
    name="churn", arn=_MODEL_ARN, primary_container=Container(package=Ref(ModelPackage, _ARN)), containers=()
)
_BARE = Model(name="churn", arn=_MODEL_ARN, primary_container=Container(), containers=())
_OTHER = Model(name="other", primary_container=Container(), containers=())
_OF_GROUP = CardContent(package_group=Ref(ModelPackageGroup, "churn"))
Status = Literal["Draft", "PendingReview", "Approved", "Archived"]


def _endpoint(name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"))


def _package(card: Status | None = None) -> ModelPackage:
    return ModelPackage(name="churn/2", arn=_ARN, card_status=card, group=Ref(ModelPackageGroup, "churn"))


def _card(status: Status = "Approved", name: str = "churn", **content: Any) -> ModelCard:
    return ModelCard(name=name, status=status, content=CardContent(**{"model": Ref(Model, "churn"), **content}))


def _of(content: CardContent) -> ModelCard:
    return ModelCard(name="churn", status="Draft", content=content)


_PROD = _endpoint()
_UNKNOWN: list[Resource | Case] = [
    Endpoint(),
    case(_PROD, _CONFIG, _MODEL, _package(), ModelCard(name="unseen", status="Approved")),
    case(_PROD, _CONFIG, _MODEL),
    case(_PROD, _CONFIG),
    case(_PROD),
    case(_PROD, _CONFIG, _BARE, unread=[ModelCard]),
]
_SPARED: list[Resource | Case] = [_endpoint("churn-dev"), _endpoint(status="Failed")]
_UNCARDED: list[Resource | Case] = [
    case(_PROD, _CONFIG, _BARE),
    case(_PROD, _CONFIG, _MODEL, _package("Archived"), _card("Archived")),
]
_LINEAGE = (
    EndpointConfig(
        name="current", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),), shadow_variants=()
    ),
    Model(
        name="churn",
        arn=_MODEL_ARN,
        primary_container=Container(package=Ref(ModelPackage, _ARN)),
        containers=(Container(image="shared/churn:2", source="s3://artifacts/churn/tokens/"),),
    ),
    ModelPackage(
        name="churn/2",
        arn=_ARN,
        card_status=None,
        group=Ref(ModelPackageGroup, "churn"),
        version=2,
        approval_status="Approved",
        approval_description="AUC 0.91 on May's customers",
        containers=(PackageContainer(image="shared/churn:1", artifact="s3://artifacts/churn/model.tar.gz"),),
        quality_statistics=Ref(Bucket, "s3://artifacts/churn/statistics.json"),
        bias_report=Ref(Bucket, "s3://artifacts/churn/bias.json"),
        explainability_report=None,
    ),
    TrainingJob(
        name="churn-2026",
        arn="arn:aws:sagemaker:us-east-1:111122223333:training-job/churn-2026",
        artifact="s3://artifacts/churn/model.tar.gz",
        image="shared/training:1",
        input_buckets=(Ref(Bucket, "s3://features/churn/train/"),),
        hyperparameters={"max_depth": "6", "eta": "0.2"},
    ),
    TrainingJob(name="other", artifact="s3://artifacts/other/model.tar.gz"),
)

missing.cases(
    passes=[
        case(_PROD, _CONFIG, _BARE, _card("Draft")),
        case(_PROD, _COMPONENTS, _COMPONENT, _BARE, _card("Draft")),
        case(_PROD, _CONFIG, _BARE, _of(CardContent(model_id=_MODEL_ARN))),
        case(_PROD, _CONFIG, _MODEL, _package("Draft"), unread=[ModelCard]),
        case(_PROD, _CONFIG, _MODEL, _package(), _of(CardContent(package=Ref(ModelPackage, _ARN)))),
        case(_PROD, _CONFIG, _MODEL, _package(), _of(_OF_GROUP)),
    ],
    fails=[
        *_UNCARDED,
        case(_PROD, _CONFIG, _MODEL, _package(), _of(CardContent(model=Ref(Model, "another")))),
        case(_PROD, _TWO, _BARE, _OTHER, _card()),
        case(_PROD, *_LINEAGE),
    ],
    unknown=_UNKNOWN,
    not_applicable=[*_SPARED, case(_PROD, _COMPONENTS)],
)
model_card_not_approved.cases(
    passes=[
        case(_PROD, _CONFIG, _BARE, _card()),
        case(_PROD, _COMPONENTS, _COMPONENT, _MODEL, _package("Approved"), _card("Draft")),
        case(_PROD, _TWO, _BARE, _OTHER, _card()),
    ],
    fails=[
        case(_PROD, _CONFIG, _BARE, _card("Draft")),
        case(_PROD, _CONFIG, _MODEL, _package("PendingReview")),
        case(_PROD, _CONFIG, _MODEL, _package(), _of(_OF_GROUP)),
    ],
    unknown=_UNKNOWN,
    not_applicable=[*_SPARED, *_UNCARDED],
)
model_card_no_risk_rating.cases(
    passes=[
        case(_PROD, _CONFIG, _BARE, _card(risk_rating="Low")),
        case(_PROD, _COMPONENTS, _COMPONENT, _MODEL, _package(), _card("Draft", risk_rating="High")),
    ],
    fails=[
        case(_PROD, _CONFIG, _BARE, _card()),
        case(_PROD, _CONFIG, _BARE, _card(risk_rating="Unknown"), _card(name="second")),
    ],
    unknown=[*_UNKNOWN, case(_PROD, _CONFIG, _MODEL, _package("Approved"))],
    not_applicable=[*_SPARED, *_UNCARDED],
)
model_card_intended_use_empty.cases(
    passes=[
        case(_PROD, _CONFIG, _BARE, _card(intended_uses="Rank customers for a call", quality_factors="New tariffs")),
        case(
            _PROD,
            _COMPONENTS,
            _COMPONENT,
            _MODEL,
            _package(),
            _card(intended_uses="Rank customers for a call", quality_factors="New tariffs"),
        ),
    ],
    fails=[
        case(_PROD, _CONFIG, _BARE, _card()),
        case(_PROD, _CONFIG, _BARE, _card(intended_uses="Rank customers for a call", quality_factors=" ")),
    ],
    unknown=[*_UNKNOWN, case(_PROD, _CONFIG, _MODEL, _package("Approved"))],
    not_applicable=[*_SPARED, *_UNCARDED],
)
