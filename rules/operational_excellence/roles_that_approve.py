"""Roles that build models and could release them, too."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import for_containers
from mllens.rules.role_rights import APPROVES, JOBS, RIGHTS, STUDIO, Rights, jobs, judged, studio
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, Role
from mllens.scanner.sagemaker import TrainingJob
from mllens.scanner.sagemaker_jobs import HyperParameterTuningJob, ProcessingJob, TunedTraining
from mllens.scanner.sagemaker_studio import Domain, UserProfile

RELEASES = (
    ("sagemaker:UpdateModelPackage", "model-package/", "approve versions in the registry"),
    ("sagemaker:UpdateEndpoint", "endpoint/", "update endpoints"),
    ("sagemaker:CreateEndpoint", "endpoint/", "create endpoints"),
)


@rule(
    severity="high",
    proves=("MLOPS02_BP01", "MLRAI05_BP04"),
    supports=("MLSEC03_BP01",),
    presumes="a job that trains or processes data",
    reads=(*RIGHTS, *JOBS),
    name="training-role-can-approve-or-deploy",
)
def training(role: Role, graph: Graph) -> Verdict:
    """Roles of training and processing jobs must not be able to approve versions or change endpoints.

    Whatever runs in such a job, a package of a package included, could put its own model into production, past the
    person who is to decide. A denial for approvals alone, by the key sagemaker:ModelApprovalStatus, counts. What an
    organization's policies take away on top is not seen.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    rights = Rights.of(role, graph)
    told = [(rights.may_to_some(do, kind, APPROVES), what, f"take {do} from it") for do, kind, what in RELEASES]
    return judged(role, told, jobs(role, graph), "is the role of no recent training or processing job")


@rule(
    severity="high",
    proves=("MLOPS02_BP01",),
    supports=("MLSEC03_BP01", "MLRAI07_BP03"),
    presumes="a user of Studio",
    reads=(*RIGHTS, *STUDIO),
    name="studio-role-can-deploy-and-approve",
)
def in_studio(role: Role, graph: Graph) -> Verdict:
    """A role of Studio users must not be able both to register and to approve versions of a model.

    Who builds a model would then decide alone that it is good enough. Registering with a pending approval is enough
    for those who build; keep approvals from them by a denial on sagemaker:ModelApprovalStatus, or leave the right to
    update packages out. What an organization's policies take away on top is not seen.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    rights = Rights.of(role, graph)
    registers = rights.may_to_some("sagemaker:CreateModelPackage", "model-package/", _PENDING)
    approves = rights.may_to_some("sagemaker:UpdateModelPackage", "model-package/", APPROVES)
    if "denied" in {registers.answer, approves.answer}:
        return Pass()
    for user in studio(role, graph):
        for told, what in ((registers, "register"), (approves, "approve")):
            if told.answer == "unknown":
                raise Unobserved(role.name, f"whether it may {what} versions cannot be told ({told.why})")
        return Fail(
            f"may register and approve versions, and is the role of {user}; "
            "deny it sagemaker:UpdateModelPackage where sagemaker:ModelApprovalStatus is Approved"
        )
    return NotApplicable("is the role of nobody in Studio")


_PENDING = {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
_ARN = "arn:aws:iam::111122223333:role/ml"
_MANAGED = "arn:aws:iam::111122223333:policy/ml"
_REF = Ref(Role, _ARN)


def _allow(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def _role(*statements: Any, boundary: str | None = None, service: str = "sagemaker", managed: bool = False) -> Role:
    principal = {"Service": f"{service}.amazonaws.com"}
    return Role(
        name="ml",
        arn=_ARN,
        trust_policy={"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}},
        inline_policies=(InlinePolicy(name="own", document={"Statement": list(statements)}),),
        managed_policies=(Ref(ManagedPolicy, _MANAGED),) if managed else (),
        boundary=Ref(ManagedPolicy, boundary) if boundary else None,
    )


_ALL = _role(_allow("sagemaker:*"))
_NOT_APPROVING = _allow(
    "sagemaker:UpdateModelPackage",
    effect="Deny",
    Condition={"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
)
_OF_TAGGED = _allow("sagemaker:Update*", Condition={"StringEquals": {"aws:ResourceTag/team": "churn"}})
_JOB = TrainingJob(role=_REF)
_TUNING = HyperParameterTuningJob(definition=TunedTraining(role=_REF), definitions=())
_OWN_GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/*"
_USER = UserProfile(name="d-1/ana", execution_role=_REF)
_LAMBDA = _role(_allow("*"), service="lambda")

training.cases(
    passes=[
        case(_role(_allow(["sagemaker:CreateModelPackage", "s3:*"])), _JOB),
        case(_role(_allow("sagemaker:*"), _NOT_APPROVING, _allow("sagemaker:*Endpoint", effect="Deny")), _JOB),
        case(_role(_allow("sagemaker:UpdateEndpoint", "arn:aws:sagemaker:*:*:notebook-instance/*")), _JOB),
    ],
    fails=[
        case(_ALL, _JOB, unread=[TrainingJob, ProcessingJob]),
        case(_ALL, ProcessingJob(role=_REF)),
        case(_ALL, _TUNING),
        case(_role(_allow("sagemaker:Update*", _OWN_GROUP)), _JOB),
        case(_role(_allow("sagemaker:*"), _NOT_APPROVING), _JOB),
        case(_role(_allow("sagemaker:CreateEndpoint"), _NOT_APPROVING), _JOB),
    ],
    unknown=[
        Role(),
        case(_ALL, unread=[TrainingJob]),
        case(_role(_OF_TAGGED), _JOB),
        case(_role(managed=True), _JOB, unread=[ManagedPolicy]),
        case(_role(managed=True), _JOB, ManagedPolicy(name="ml", account="111122223333")),
        case(_role(_allow("sagemaker:*"), boundary=_MANAGED), _JOB, unread=[ManagedPolicy]),
    ],
    not_applicable=[_ALL, case(_ALL, _USER), case(_LAMBDA, _JOB)],
)
in_studio.cases(
    passes=[
        case(_role(_allow(["sagemaker:Create*", "sagemaker:Describe*"])), _USER),
        case(_role(_allow("sagemaker:*"), _NOT_APPROVING), _USER),
        case(_role(_allow("sagemaker:UpdateModelPackage")), _USER),
        case(
            _role(_allow("sagemaker:Create*"), _OF_TAGGED, _allow("sagemaker:UpdateModelPackage", effect="Deny")), _USER
        ),
    ],
    fails=[
        case(_ALL, _USER, unread=[UserProfile, Domain]),
        case(_ALL, Domain(name="d-1", execution_role=_REF, space_execution_role=None)),
        case(_ALL, Domain(name="d-1", execution_role=None, space_execution_role=_REF)),
        case(_role(_allow(["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"], _OWN_GROUP)), _USER),
    ],
    unknown=[
        Role(),
        case(_ALL, unread=[UserProfile]),
        case(_role(_allow("sagemaker:Create*"), _OF_TAGGED), _USER),
        case(_role(managed=True), _USER, unread=[ManagedPolicy]),
        case(_role(managed=True), _USER, ManagedPolicy(name="ml", account="111122223333")),
        case(_role(_allow("sagemaker:*"), boundary=_MANAGED), _USER, unread=[ManagedPolicy]),
    ],
    not_applicable=[_ALL, case(_ALL, _JOB), case(_LAMBDA, _USER)],
)
