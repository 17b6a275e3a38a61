"""Roles that may call every endpoint."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import Access, Asked, parts
from mllens.rules.hosting import DOWN
from mllens.rules.role_rights import RIGHTS, Rights
from mllens.scanner import Account, Graph, Ref, Unobserved
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, Role
from mllens.scanner.sagemaker import Endpoint

CALLS = "sagemaker:InvokeEndpoint"
OF_SERVICES = "/aws-service-role/"


@rule(
    severity="medium",
    proves=("MLSEC06_BP01",),
    supports=("MLRAI03_BP02", "MLRAI04_BP07"),
    presumes="an endpoint that serves",
    reads=(*set(RIGHTS) - {Role.trust_policy}, Role.path, Endpoint, Endpoint.status),
)
def endpoint_invoke_permission_wide(role: Role, graph: Graph) -> Verdict:
    """A role must not be able to call every endpoint of the account.

    Answers give away what a model learned, bit by bit, and calls cost money. A right to call all endpoints includes
    those that are made tomorrow, whose callers nobody has thought of. Name the endpoints, or how their names begin.
    Administrators are judged elsewhere, and roles that AWS's services made for themselves are not judged.
    """
    if role.path.startswith(OF_SERVICES):
        return NotApplicable("was made by a service of AWS for itself")
    rights = Rights.of(role, graph)
    if rights.may("*", "*").answer == "allowed":
        return NotApplicable("may do anything; who is an administrator is judged elsewhere")
    if all(_wide(rights, region).answer == "denied" for region in _regions(rights)):
        return Pass()
    doubt = ""
    for endpoint in graph.all(Endpoint, within=Account(name=role.account, account=role.account)):
        told = _wide(rights, endpoint.region)
        if told.answer == "denied" or endpoint.status in DOWN:
            continue
        if told.answer == "allowed":
            by = rights.by(CALLS, rights.thing(CALLS, "endpoint/", endpoint.region))
            return Fail(f"may call every endpoint in {endpoint.region} by {by}; let {CALLS} name those that it needs")
        doubt = doubt or told.why
    if doubt:
        raise Unobserved(role.name, f"whether it may call every endpoint cannot be told ({doubt})")
    return NotApplicable("could call every endpoint, but where it could none serves")


def _wide(rights: Rights, region: str) -> Access:
    """Whether it may call an endpoint there that no policy can mean by name."""
    return rights.may(CALLS, rights.thing(CALLS, "endpoint/", region))


def _regions(rights: Rights) -> set[str]:
    """Regions in which answers may differ: those that its policies name, and one for all others."""
    every = Asked(rights.role.arn, CALLS, f"arn:{rights.partition}:sagemaker:*:*:endpoint/*")
    return {"us-east-1", *(pattern.split(":")[3] for pattern in parts(every, rights.policies))} - {"*", ""}


_ARN = "arn:aws:iam::111122223333:role/app"
_HERE = "arn:aws:sagemaker:us-east-1:111122223333:endpoint"
_LIVE = Endpoint(name="churn", status="InService")


def _role(*statements: Any, attached: str | None = None, boundary: str | None = None, path: str = "/") -> Role:
    return Role(
        name="app",
        arn=_ARN,
        path=path,
        inline_policies=(InlinePolicy(name="own", document={"Statement": list(statements)}),),
        managed_policies=(Ref(ManagedPolicy, attached),) if attached else (),
        boundary=Ref(ManagedPolicy, boundary) if boundary else None,
    )


def _calls(resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "sagemaker:Invoke*", "Resource": resource, **more}


_WIDE = _role(_calls())
_POLICY = "arn:aws:iam::111122223333:policy/calls"

endpoint_invoke_permission_wide.cases(
    passes=[
        case(_role(), _LIVE),
        case(_role(_calls(f"{_HERE}/churn")), _LIVE),
        case(_role(_calls([f"{_HERE}/churn-*", f"{_HERE}/lapse-*"])), _LIVE),
        case(_role(_calls(), _calls(effect="Deny")), _LIVE),
        case(_role(_calls("arn:aws:sagemaker:*:*:endpoint/churn*")), unread=[Endpoint]),
    ],
    fails=[
        case(_WIDE, _LIVE, unread=[Endpoint]),
        case(_role(_calls(f"{_HERE}/*")), _LIVE),
        case(_role(_calls("arn:aws:sagemaker:*:*:endpoint/*")), _LIVE),
        case(_role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), _LIVE),
        case(
            _role(_calls("arn:aws:sagemaker:eu-west-1:*:endpoint/*")),
            _LIVE,
            Endpoint(name="eu", region="eu-west-1", status="InService"),
        ),
    ],
    unknown=[
        Role(),
        case(_WIDE, unread=[Endpoint]),
        case(_WIDE, Endpoint(name="churn")),
        case(_role(attached=_POLICY), _LIVE, unread=[ManagedPolicy]),
        case(_role(attached=_POLICY), _LIVE, ManagedPolicy(name="calls", account="111122223333")),
        case(_role(_calls(), boundary=_POLICY), _LIVE, unread=[ManagedPolicy]),
        case(_role(_calls(Condition={"StringEquals": {"aws:ResourceTag/team": "churn"}})), _LIVE),
    ],
    not_applicable=[
        _WIDE,
        case(_role(_calls("arn:aws:sagemaker:eu-west-1:*:endpoint/*")), _LIVE),
        case(_WIDE, Endpoint(name="churn", status="Failed")),
        case(_role({"Effect": "Allow", "Action": "*", "Resource": "*"}), _LIVE),
        case(_role(_calls(), path="/aws-service-role/sagemaker.amazonaws.com/"), _LIVE),
    ],
)
