"""What the registry says of the versions that serve production: what made them, who approved them, what runs."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from mllens.rules import Case, Fail, NotApplicable, Pass, Rule, Severity, Verdict, case, rule
from mllens.rules.in_production import LIVE, MODELS, PACKAGES, live, models, packages
from mllens.rules.spec import Confidence
from mllens.rules.stage import ELSE, PRODUCTION
from mllens.scanner import Graph, Missing, Ref, Resource, Unobserved
from mllens.scanner.sagemaker import Container, Endpoint, EndpointConfig, HostedVariant, Model, ModelPackage
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


def of_served(
    name: str,
    fault: Callable[[ModelPackage], str | None],
    *reads: object,
    severity: Severity,
    confidence: Confidence,
    proves: tuple[str, ...],
    supports: tuple[str, ...],
    doc: str,
) -> Rule:
    """The rule for one thing that is said of a version; `fault` says what is wrong of it, empty if nothing, None if it is not asked."""

    def judge(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
        where = live(endpoint, production)
        if isinstance(where, NotApplicable):
            return where
        judged, gap = False, None
        for model in models(endpoint, graph):
            for package in packages(model, graph):
                if isinstance(package, Missing):
                    gap = gap or Unobserved(package.key.name, "the package was deleted; what it said cannot be told")
                    continue
                try:
                    wrong = None if package.approval_status is None else fault(package)  # None: a product of others
                except Unobserved as first:
                    gap = gap or first
                    continue
                if wrong:
                    return Fail(f"serves the package {package.name}, which {wrong} ({where})")
                judged = judged or wrong is not None
        if gap is not None:
            raise gap
        return Pass() if judged else NotApplicable("serves no model that came from a package of which this is asked")

    judge.__doc__ = doc
    return rule(
        severity=severity,
        confidence=confidence,
        proves=proves,
        supports=supports,
        presumes="a model package that serves production",
        reads=(*LIVE, *MODELS, *PACKAGES, ModelPackage.approval_status, *reads),
        name=name,
    )(judge)


CODE = ("commit", "git", "revision", "source_version", "generated", "pipeline", "run_id")
"""Parts of keys of a package's own metadata that tell what made it."""


def _no_source(package: ModelPackage) -> str:
    told = (package.commit, package.repository, package.generated_by, package.source_uri)
    named = (value for key, value in package.metadata.items() if any(word in key.lower() for word in CODE))
    if any(told) or any(named):
        return ""
    return "names no commit, no repository and no job that made it; fill MetadataProperties when the next is registered"


def _self_approved(package: ModelPackage) -> str | None:
    if package.approval_status != "Approved":
        return None
    if package.created_by is None:
        raise Unobserved(package.name, "AWS does not tell who registered it")
    maker, approver = _who(package.created_by), _who(package.modified_by or package.created_by)
    profiles = (package.created_by_profile, package.modified_by_profile)
    if all(profiles) and profiles[0] != profiles[1]:
        return ""  # people of Studio share sessions
    if maker != approver and maker[0] == approver[0] and not maker[0].startswith("AWSReservedSSO_"):
        raise Unobserved(
            package.name,
            f"{maker[0]} registered and approved it in sessions of two names; whether of two people is not told",
        )
    if maker != approver:
        return ""
    how = "registered as approved already" if package.modified_by is None else "registered and approved"
    return f"was {how} by {package.created_by}; have somebody else approve the next"


NOT_LIVE = (*ELSE, "archived", "deprecated", "retired")


def _stage(package: ModelPackage) -> str | None:
    if package.stage is None:
        return None
    words = set(re.findall(r"[a-z]+", package.stage.lower()))
    if not words.isdisjoint(PRODUCTION):
        return ""
    if not words.isdisjoint(NOT_LIVE):
        return f"is in the stage {package.stage} by its ModelLifeCycle; move it on, or serve the version that is live"
    raise Unobserved(package.name, f"whether its stage {package.stage} means production is not told")


def _who(arn: str) -> tuple[str, str]:
    """The role and the name of its session, or what else an identity is."""
    found = re.fullmatch(r"arn:[^:]+:sts::\d+:assumed-role/([^/]+)/(.+)", arn)
    return (found[1], found[2]) if found else (arn, "")


package_no_source_commit = of_served(
    "package-no-source-commit",
    _no_source,
    *(ModelPackage.commit, ModelPackage.repository, ModelPackage.generated_by, ModelPackage.source_uri),
    ModelPackage.metadata,
    severity="medium",
    confidence="high",
    proves=("MLOPS02_BP04", "MLRAI08_BP03"),
    supports=("MLOPS03_BP02", "MLSEC03_BP04", "MLREL03_BP01"),
    doc="""A served model package must tell which code, or which job, made it.

    When a version does harm, the first question is what it was made from. One that names neither commit nor
    repository nor pipeline can only be guessed about, and cannot be made again. Metadata of the package's own count,
    under a key that speaks of a commit, a revision, a pipeline or a run.
    """,
)
package_self_approved = of_served(
    "package-self-approved",
    _self_approved,
    *(ModelPackage.created_by, ModelPackage.modified_by),
    *(ModelPackage.created_by_profile, ModelPackage.modified_by_profile),
    severity="high",
    confidence="medium",
    proves=("MLOPS02_BP01", "MLRAI07_BP03"),
    supports=("MLSEC04_BP01",),
    doc="""A served model package must have been approved by another identity than registered it.

    Whoever built a version is the last to see what is wrong with it, and a pipeline that approves its own versions
    lets nobody see them. AWS tells who changed a package last, which after an approval is mostly who approved it; an
    edit of a description later on can hide that.
    """,
)

package_lifecycle_stage_mismatch = of_served(
    "package-lifecycle-stage-mismatch",
    _stage,
    ModelPackage.stage,
    severity="medium",
    confidence="high",
    proves=(),
    supports=("MLOPS06_BP01", "MLRAI07_BP02", "MLREL03_BP01"),
    doc="""A model package that serves production must not be in a stage of development, or retired, by its life cycle.

    Those who read the registry to learn what is live, to roll back, to audit or to clear up, are misled: they keep
    watch over the wrong version, or delete the right one. Packages without a stage are not judged, nor shadow variants.
    """,
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
_MODEL = Model(
    name="churn", primary_container=None, containers=(Container(), Container(package=Ref(ModelPackage, _ARN)))
)


def _endpoint(name: str = "churn-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(name=name, tags={}, status=status, config=Ref(EndpointConfig, "current"))


_PROD = _endpoint()


def _served(**members: Any) -> Case:
    sources = ("commit", "repository", "generated_by", "source_uri")
    people = ("created_by", "modified_by", "created_by_profile", "modified_by_profile")
    values: dict[str, Any] = {"approval_status": "Approved", "metadata": {}, **dict.fromkeys((*sources, *people))}
    values |= members
    return case(_PROD, _CONFIG, _MODEL, ModelPackage(name="churn/1", arn=_ARN, **values))


_UNKNOWN: list[Resource | Case] = [
    Endpoint(),
    case(_PROD),
    case(_PROD, _CONFIG, _MODEL),
    case(_PROD, _CONFIG, _MODEL, unread=[ModelPackage]),
    case(_PROD, _COMPONENTS, unread=[InferenceComponent]),
    case(_PROD, _CONFIG, _MODEL, ModelPackage(name="churn/1", arn=_ARN, approval_status="Approved")),
]
_NOT_APPLICABLE: list[Resource | Case] = [
    _endpoint("churn-dev"),
    _endpoint(status="Failed"),
    case(_PROD, _CONFIG, Model(name="churn", primary_container=Container(), containers=())),
    _served(approval_status=None),
]

package_no_source_commit.cases(
    passes=[
        _served(commit="4f1c09a"),
        _served(repository="https://git.example.com/churn"),
        _served(generated_by="arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"),
        _served(source_uri="arn:aws:sagemaker:us-east-1:111122223333:training-job/churn-1"),
        _served(metadata={"GitCommit": "4f1c09a"}),
    ],
    fails=[
        _served(),
        _served(approval_status="PendingManualApproval"),
        _served(metadata={"accuracy": "0.94"}),
        case(_PROD, _COMPONENTS, _COMPONENT, _MODEL, *_served().others[2:]),
    ],
    unknown=_UNKNOWN,
    not_applicable=_NOT_APPLICABLE,
)


def _session(role: str, name: str = "SageMaker") -> str:
    return f"arn:aws:sts::111122223333:assumed-role/{role}/{name}"


def _profile(name: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:111122223333:user-profile/d-1/{name}"


_SSO = "AWSReservedSSO_DataScientist_0a1b"
_STUDIO = {"created_by": _session("studio"), "modified_by": _session("studio")}

package_self_approved.cases(
    passes=[
        _served(created_by=_session("pipeline"), modified_by=_session("approver", "ana")),
        _served(created_by=_session(_SSO, "ana"), modified_by=_session(_SSO, "bo")),
        _served(**_STUDIO, created_by_profile=_profile("ana"), modified_by_profile=_profile("bo")),
    ],
    fails=[
        _served(created_by=_session("pipeline"), modified_by=_session("pipeline")),
        _served(created_by=_session("pipeline")),
        case(_PROD, _COMPONENTS, _COMPONENT, _MODEL, *_served(created_by=_session("pipeline")).others[2:]),
        _served(created_by="arn:aws:iam::111122223333:user/ana", modified_by="arn:aws:iam::111122223333:user/ana"),
        _served(**_STUDIO, created_by_profile=_profile("ana"), modified_by_profile=_profile("ana")),
    ],
    unknown=[
        *_UNKNOWN,
        _served(),
        _served(created_by=_session("ci", "run-1"), modified_by=_session("ci", "run-2")),
    ],
    not_applicable=[*_NOT_APPLICABLE, _served(created_by=_session("ana"), approval_status="Rejected")],
)
package_lifecycle_stage_mismatch.cases(
    passes=[_served(stage="Production"), _served(stage="Live-EU")],
    fails=[
        _served(stage="Development"),
        _served(stage="pre-QA"),
        _served(stage="Retired"),
        case(_PROD, _COMPONENTS, _COMPONENT, _MODEL, *_served(stage="Development").others[2:]),
    ],
    unknown=[*_UNKNOWN, _served(stage="Phase 4")],
    not_applicable=[*_NOT_APPLICABLE, _served(stage=None)],
)
