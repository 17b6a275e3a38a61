"""ML roles with everything their service can do."""

from collections.abc import Iterable, Iterator
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import for_containers
from mllens.scanner import Graph, Ref
from mllens.scanner.iam import Role
from mllens.scanner.sagemaker import Model, TrainingJob

ADMINISTRATOR = "AdministratorAccess"
WIDE = ("AmazonSageMakerFullAccess", "AmazonBedrockFullAccess", "PowerUserAccess")


@rule(
    severity="medium",
    proves=("MLSEC03_BP01",),
    supports=("MLRAI03_BP02",),
    reads=(Role.trust_policy, Role.attached_policies, Model.role, TrainingJob.role),
)
def iam_ml_role_full_access(role: Role, graph: Graph, *, policies: Iterable[str] = WIDE) -> Verdict:
    """Roles of models and training jobs must not carry AWS's full-access policies.

    Those policies are made for first steps: they let a container delete every endpoint, approve its own successor and
    read any bucket whose name says sagemaker. Whoever controls one container then controls the platform. People's
    roles and those of notebooks are judged elsewhere.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    wide = next(_wide(role, tuple(policies)), None)
    if wide is None and any(_wide(role, (ADMINISTRATOR,))):
        return NotApplicable(f"carries {ADMINISTRATOR}, which iam-ml-role-administrator judges")
    if wide is None:
        return Pass()
    if any(True for _ in graph.into(role, Model)) or any(True for _ in graph.into(role, TrainingJob, bounded=True)):
        return Fail(f"carries {wide}; replace it with a policy of what its containers need")
    return NotApplicable("is the role of no model and no recent training job")


def _wide(role: Role, names: Iterable[str]) -> Iterator[str]:
    """The full-access policies of AWS's own that a role carries; a policy of the account may bear the same name."""
    for policy in role.attached_policies:
        _, owned_by_aws, name = policy.partition(":iam::aws:policy/")
        if owned_by_aws and name.rsplit("/", 1)[-1] in names:
            yield name


_ARN = "arn:aws:iam::111122223333:role/service-role/ml"
_TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": ["sagemaker.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    ]
}
_LAMBDA = {
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
}
_PEOPLE = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}
    ]
}


def _role(policy: str, trust: Any = _TRUST) -> Role:
    return Role(name="ml", trust_policy=trust, attached_policies=(policy,))


_FULL = _role("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
_MODEL = Model(role=Ref(Role, _ARN))
_JOB = TrainingJob(role=Ref(Role, _ARN), region="eu-west-1")

iam_ml_role_full_access.cases(
    passes=[
        Role(name="ml", trust_policy=_TRUST, attached_policies=()),
        case(_role("arn:aws:iam::111122223333:policy/AmazonSageMakerFullAccess"), _JOB),
        case(_FULL, _JOB, policies=["AmazonBedrockFullAccess"]),
    ],
    fails=[
        case(_FULL, _MODEL, unread=[Model, TrainingJob]),
        case(_FULL, _JOB),
        case(_role("arn:aws-cn:iam::aws:policy/AmazonSageMakerFullAccess"), _JOB),
    ],
    unknown=[
        Role(),
        case(_FULL, unread=[Model]),
        case(_FULL, unread=[TrainingJob]),
        case(Role(name="ml", trust_policy=_TRUST), _MODEL),
    ],
    not_applicable=[
        _FULL,
        case(_role("arn:aws:iam::aws:policy/AdministratorAccess"), _MODEL),
        case(_FULL, Model(role=None)),
        case(_role("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess", _LAMBDA), _JOB),
        Role(name="ml", trust_policy=_PEOPLE),
    ],
)
