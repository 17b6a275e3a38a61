"""ML roles that others than the account's own may take on."""

from collections.abc import Iterable
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import Policy, for_containers, outsiders
from mllens.rules.role_rights import USERS, users
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.iam import Role
from mllens.scanner.sagemaker import Model, TrainingJob


@rule(
    severity="medium",
    proves=("MLSEC03_BP01",),
    supports=("MLRAI03_BP02",),
    reads=(Role.trust_policy, *USERS),
)
def iam_ml_role_trust_open(role: Role, graph: Graph, *, accounts: Iterable[str] = ()) -> Verdict:
    """Roles of models, jobs, notebooks and Studio users must not be open to other accounts.

    A role that a container works with is that container's own. Whoever else may take it on reads the same data and
    does so under the container's name, so that no log tells the two apart. Give people and systems of another account
    a role of their own; accounts that may share one are a setting. Services and federated identities are not judged.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    spared, doubt, fault = set(accounts), "", ""
    for who, surely in outsiders(Policy("its trust policy", role.trust_policy), _ACTION, role.arn, role.account):
        if spared.isdisjoint({who, (who.split(":", 5) + [""] * 5)[4]}):
            if surely:
                fault = fault or who
            else:
                doubt = doubt or who
    if not fault and not doubt:
        return Pass()
    for user in users(role, graph):
        if fault:
            return Fail(f"is the role of {user}, and can be taken on by {fault}; give them a role of their own")
        raise Unobserved(role.name, f"whether {doubt} can take it on depends on conditions")
    return NotApplicable("is the role of no model, no recent job, no notebook and nobody in Studio")


_ACTION = "sts:AssumeRole"
_ARN = "arn:aws:iam::111122223333:role/ml"
_REF = Ref(Role, _ARN)
_MODEL = Model(role=_REF)
_SERVICE = {"Service": "sagemaker.amazonaws.com"}


def _role(principal: Any = (), service: Any = _SERVICE, **more: Any) -> Role:
    statements = [{"Effect": "Allow", "Principal": service, "Action": _ACTION}]
    if principal:
        statements.append({"Effect": "Allow", "Principal": principal, "Action": _ACTION, **more})
    return Role(name="ml", arn=_ARN, trust_policy={"Statement": statements})


_OTHERS = _role({"AWS": "arn:aws:iam::444455556666:root"})
_WITH_ID = {"Condition": {"StringEquals": {"sts:ExternalId": "7f1"}}}

iam_ml_role_trust_open.cases(
    passes=[
        case(_role(), _MODEL),
        case(_role({"AWS": "arn:aws:iam::111122223333:role/deploy"}), _MODEL),
        case(_role({"AWS": "111122223333"}), _MODEL),
        case(_role({"Service": "states.amazonaws.com"}), _MODEL),
        case(_OTHERS, _MODEL, accounts=["444455556666"]),
        case(_role({"AWS": "444455556666"}), _MODEL, accounts=["444455556666"]),
        case(_role({"AWS": "arn:aws:iam::444455556666:root"}, Effect="Deny"), _MODEL),
    ],
    fails=[
        case(_OTHERS, _MODEL, unread=[Model, TrainingJob]),
        case(_role({"AWS": ["111122223333", "arn:aws:iam::444455556666:role/x"]}), TrainingJob(role=_REF)),
        case(_role("*"), _MODEL),
        case(_role("*"), _MODEL, accounts=["444455556666"]),
    ],
    unknown=[
        Role(),
        case(_OTHERS, unread=[TrainingJob]),
        case(_role({"AWS": "arn:aws:iam::444455556666:root"}, **_WITH_ID), _MODEL),
        case(_role("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), _MODEL),
    ],
    not_applicable=[_OTHERS, case(_role({"AWS": "444455556666"}, {"Service": "lambda.amazonaws.com"}), _MODEL)],
)
