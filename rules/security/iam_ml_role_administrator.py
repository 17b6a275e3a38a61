"""ML roles that may do anything."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import ROLE_READS, Asked, Policy, boundary_of, decide, for_containers, policies_of
from mllens.rules.role_rights import USERS, users
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, PolicyVersion, Role
from mllens.scanner.sagemaker import Model, TrainingJob
from mllens.scanner.sagemaker_studio import Domain, NotebookInstance, UserProfile

# Rights over rights, over data, over machines and over models: who has one of each everywhere is an administrator,
# also where single actions are denied.
POWERS = (
    ("iam::{account}:role/any-other", ("iam:PutRolePolicy", "iam:AttachRolePolicy")),
    ("s3:::any-other/object", ("s3:GetObject", "s3:DeleteObject")),
    ("ec2:us-east-1:{account}:instance/i-any-other", ("ec2:TerminateInstances", "ec2:RunInstances")),
    ("sagemaker:us-east-1:{account}:endpoint/any-other", ("sagemaker:DeleteEndpoint", "sagemaker:UpdateEndpoint")),
)


@rule(
    severity="critical",
    proves=("MLSEC03_BP01",),
    supports=("MLRAI03_BP02", "MLRAI05_BP04"),
    reads=(*ROLE_READS, *USERS),
)
def iam_ml_role_administrator(role: Role, graph: Graph) -> Verdict:
    """Roles of models, jobs, notebooks and Studio users must not be administrators.

    A container, or a notebook, then rules the account: it can read all data, switch off what watches it and give
    itself any right. What the policies allow together counts, within the role's boundary, whatever they are called;
    what an organization's policies take away on top does not.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    policies, boundary = policies_of(role, graph), boundary_of(role, graph)
    doubt = ""
    partition = role.arn.split(":", 2)[1]
    for where, actions in POWERS:
        thing = f"arn:{partition}:{where.format(account=role.account)}"
        told = [decide(Asked(role.arn, action, thing), identity=policies, boundary=boundary) for action in actions]
        if all(access.answer == "denied" for access in told):
            return Pass()
        if not any(access.answer == "allowed" for access in told):
            doubt = doubt or next(access.why for access in told if access.answer == "unknown")
    if doubt:
        raise Unobserved(role.name, f"whether it may do anything cannot be told ({doubt})")
    for user in users(role, graph):
        return Fail(f"may do anything by {_by(role, policies)}, and is the role of {user}; give it what that needs")
    return NotApplicable("is the role of no model, no recent job, no notebook and nobody in Studio")


def _by(role: Role, policies: list[Policy]) -> str:
    """The one policy that is enough for it, if there is one."""
    asked = Asked(role.arn, "*", "*")
    return next((p.name for p in policies if decide(asked, identity=[p]).answer == "allowed"), "its policies together")


_ARN = "arn:aws:iam::111122223333:role/ml"
_ADMIN_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"


def _document(effect: str = "Allow", action: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Action": action, "Resource": "*", **more}]}


def _managed(name: str, document: Any, account: str = "aws") -> ManagedPolicy:
    return ManagedPolicy(name=name, account=account, versions=(PolicyVersion(is_default=True, document=document),))


def _role(
    *inline: Any, attached: tuple[str, ...] = (), boundary: str | None = None, service: str = "sagemaker"
) -> Role:
    principal = {"Service": f"{service}.amazonaws.com"}
    return Role(
        name="ml",
        arn=_ARN,
        trust_policy={"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}},
        inline_policies=tuple(InlinePolicy(name=f"inline-{n}", document=d) for n, d in enumerate(inline)),
        managed_policies=tuple(Ref(ManagedPolicy, arn) for arn in attached),
        boundary=Ref(ManagedPolicy, boundary) if boundary else None,
    )


_ADMIN = _managed("AdministratorAccess", _document())
_CARRIES = _role(attached=(_ADMIN_ARN,))
_MODEL = Model(role=Ref(Role, _ARN))
_JOB = TrainingJob(role=Ref(Role, _ARN))
_USER = UserProfile(name="d-1/ana", execution_role=Ref(Role, _ARN))
_BOUNDED = _role(_document(), boundary="arn:aws:iam::111122223333:policy/limits")
_ELSEWHERE = _document(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})

iam_ml_role_administrator.cases(
    passes=[
        case(_role(), _MODEL),
        case(_role(_document(action=["sagemaker:*", "s3:*", "ec2:*"])), _MODEL),
        case(_role({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}), _JOB),
        case(_role({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::ml-*"}}), _MODEL),
        case(_BOUNDED, _managed("limits", _document(action="s3:*"), "111122223333"), _MODEL),
        case(_role(_document(), _document("Deny", "iam:*")), _MODEL),
    ],
    fails=[
        case(_CARRIES, _ADMIN, _MODEL, unread=[Model, TrainingJob, UserProfile]),
        case(_CARRIES, _ADMIN, _JOB),
        case(_CARRIES, _ADMIN, _USER),
        case(_CARRIES, _ADMIN, NotebookInstance(role=Ref(Role, _ARN))),
        case(_CARRIES, _ADMIN, Domain(execution_role=Ref(Role, _ARN), space_execution_role=None)),
        case(_role(_document(action=["iam:*", "s3:*"]), _document(action=["sagemaker:*", "ec2:*"])), _MODEL),
        case(_role(_document(), _document("Deny", "iam:PutRolePolicy")), _MODEL),
        case(_BOUNDED, _managed("limits", _document(), "111122223333"), _MODEL),
    ],
    unknown=[
        Role(),
        case(_CARRIES, _MODEL, unread=[ManagedPolicy]),
        case(_role(_ELSEWHERE), _MODEL),
        case(_BOUNDED, _MODEL, unread=[ManagedPolicy]),
        case(_CARRIES, _ADMIN, unread=[UserProfile]),
    ],
    not_applicable=[case(_CARRIES, _ADMIN), case(_role(_document(), service="lambda"), _MODEL)],
)
