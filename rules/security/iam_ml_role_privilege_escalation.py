"""ML roles that can give themselves more rights."""

from collections.abc import Iterator
from typing import Any

from mllens.rules import NotApplicable, Verdict, case, rule
from mllens.rules.access import Access, for_containers
from mllens.rules.role_rights import OTHER, RIGHTS, USERS, Rights, judged, users
from mllens.scanner import Graph, Ref
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, PolicyVersion, Role
from mllens.scanner.sagemaker import Model, TrainingJob
from mllens.scanner.sagemaker_studio import NotebookInstance, UserProfile

ON_ITSELF = (
    ("iam:PutRolePolicy", "write a policy into itself"),
    ("iam:AttachRolePolicy", "attach policies to itself"),
)
STARTS = (
    ("sagemaker:CreateTrainingJob", "training-job/"),
    ("sagemaker:CreateProcessingJob", "processing-job/"),
    ("sagemaker:CreateNotebookInstance", "notebook-instance/"),
)
"""Calls that run code of the caller's choice with a role that is passed."""
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}


@rule(
    severity="high",
    proves=("MLSEC03_BP01", "MLRAI05_BP04"),
    supports=("MLRAI03_BP02",),
    reads=(*RIGHTS, *USERS),
)
def iam_ml_role_privilege_escalation(role: Role, graph: Graph) -> Verdict:
    """Roles of models, jobs, notebooks and Studio users must not be able to widen their own rights.

    Who may write a role's policies has whatever rights he likes. So has who may pass any role to SageMaker and start
    a job or a notebook with it: his code then runs with the rights of the strongest role that trusts SageMaker.
    AWS's full-access policy allows that. Passing roles of a certain name or path only is well. What an organization's
    policies take away on top is not seen.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    rights = Rights.of(role, graph)
    if rights.may("*", "*").answer == "allowed":
        return NotApplicable("may do anything already, which iam-ml-role-administrator judges")
    nobody = "is the role of no model, no recent job, no notebook and nobody in Studio"
    return judged(role, _ways(rights), users(role, graph), nobody)


def _ways(rights: Rights) -> Iterator[tuple[Access, str, str]]:
    role = rights.role
    for action, way in ON_ITSELF:
        yield rights.may(action, role.arn), way, f"take {action} from it"
    if role.boundary is not None:
        action = "iam:DeleteRolePermissionsBoundary"
        yield rights.may(action, role.arn), "take its own boundary away", f"take {action} from it"
    for policy in role.managed_policies:
        if ":iam::aws:" not in policy.value:
            told = rights.may("iam:CreatePolicyVersion", policy.value)
            yield told, f"rewrite its policy {policy.key.name}", "take iam:CreatePolicyVersion from it"
    passes = rights.may("iam:PassRole", f"arn:{rights.partition}:iam::{role.account}:role/{OTHER}", TO_SAGEMAKER)
    starts = [rights.may(action, rights.thing(action, kind)) for action, kind in STARTS]
    remedy = "let it pass only the roles that it needs"
    for told in starts:
        if "denied" not in {passes.answer, told.answer}:
            both = passes if passes.answer == "unknown" else told
            yield both, "pass any role to SageMaker and run code with it", remedy


_ARN = "arn:aws:iam::111122223333:role/ml"
_OWN = "arn:aws:iam::111122223333:policy/experiments"
_REF = Ref(Role, _ARN)


def _allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _role(*statements: Any, attached: str | None = None, boundary: str | None = None, by: str = "sagemaker") -> Role:
    principal = {"Service": f"{by}.amazonaws.com"}
    return Role(
        name="ml",
        arn=_ARN,
        trust_policy={"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}},
        inline_policies=(InlinePolicy(name="own", document={"Statement": list(statements)}),),
        managed_policies=(Ref(ManagedPolicy, attached),) if attached else (),
        boundary=Ref(ManagedPolicy, boundary) if boundary else None,
    )


def _policy(*statements: Any, name: str = "experiments", account: str = "111122223333") -> ManagedPolicy:
    version = PolicyVersion(is_default=True, document={"Statement": list(statements)})
    return ManagedPolicy(name=name, account=account, versions=(version,))


def _passing(resource: str = "*", service: str = "sagemaker.amazonaws.com") -> dict[str, Any]:
    return _allow("iam:PassRole", resource, Condition={"StringEquals": {"iam:PassedToService": service}})


_STARTS = _allow("sagemaker:Create*")
_MODEL = Model(role=_REF)
_WIDE = _role(_STARTS, _passing())

iam_ml_role_privilege_escalation.cases(
    passes=[
        case(_role(_allow(["s3:*", "sagemaker:*"])), _MODEL),
        case(_role(_STARTS, _passing("arn:aws:iam::111122223333:role/ml-*")), _MODEL),
        case(_role(_STARTS, _passing(service="glue.amazonaws.com")), _MODEL),
        case(_role(_allow("sagemaker:Describe*"), _passing()), _MODEL),
        case(_role(_allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/apps/*")), _MODEL),
        case(
            _role(_allow("iam:CreatePolicyVersion", _OWN), attached="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
            *(_MODEL, _policy(_allow("s3:Get*"), name="AmazonS3ReadOnlyAccess", account="aws")),
        ),
        case(_role(_STARTS, _passing(), boundary=_OWN), _policy(_allow("sagemaker:*")), _MODEL),
    ],
    fails=[
        case(_WIDE, _MODEL, unread=[Model, TrainingJob, UserProfile]),
        case(_WIDE, NotebookInstance(role=_REF), unread=[Model]),
        case(_role(_STARTS, _allow("iam:PassRole")), TrainingJob(role=_REF)),
        case(_role(_allow("sagemaker:CreateNotebookInstance"), _passing()), UserProfile(execution_role=_REF)),
        case(_role(_allow("iam:PutRolePolicy", _ARN)), _MODEL),
        case(_role(_allow("iam:*")), _MODEL),
        case(_role(_allow("iam:CreatePolicyVersion", _OWN), attached=_OWN), _policy(_STARTS), _MODEL),
        case(
            _role(_allow("iam:DeleteRolePermissionsBoundary"), boundary=_OWN),
            *(_policy(_allow("iam:*RoleP*", "*")), _MODEL),
        ),
    ],
    unknown=[
        Role(),
        case(_WIDE, unread=[Model]),
        case(_role(_STARTS, attached=_OWN), _MODEL, unread=[ManagedPolicy]),
        case(_role(_STARTS, attached=_OWN), _MODEL, ManagedPolicy(name="experiments", account="111122223333")),
        case(_role(_passing(), _allow("sagemaker:Create*", Condition={"Bool": {"aws:ViaAWSService": "true"}})), _MODEL),
        case(_role(_STARTS, _allow("iam:PassRole", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})), _MODEL),
    ],
    not_applicable=[_WIDE, case(_role(_allow("*")), _MODEL), case(_role(_allow("iam:*"), by="lambda"), _MODEL)],
)
