"""Served models whose role is gone or refuses SageMaker."""

from collections.abc import Mapping
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import READS_BACK, hosts
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.iam import Role
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    proves=("MLREL05_BP02", "MLRAI05_BP02"),
    reads=(Model.role, Role, Role.trust_policy, *READS_BACK),
)
def model_role_missing_or_broken(model: Model, graph: Graph) -> Verdict:
    """The role of a served model must exist and let SageMaker take it on.

    Instances that run keep working for a while, so nothing shows. The next one, when the endpoint grows, is repaired
    or goes back to this model, can fetch neither image nor artifact.
    """
    if not any(True for _ in hosts(model, graph)):
        return NotApplicable("is served by no endpoint")
    role = graph.to(model.role)
    if role is None:
        return NotApplicable("has no role of its own")
    if isinstance(role, Missing):
        return Fail(f"has the role {role.key.name}, which no longer exists; create it anew with the same rights")
    if _refuses(role):
        return Fail(f"has the role {role.name}, which does not let sagemaker.amazonaws.com take it on; mend its trust")
    return Pass()


def _refuses(role: Role) -> bool:
    """Whether no statement of a trust policy lets SageMaker take the role on.

    Raises:
        Unobserved: one may, under conditions; or one denies something.
    """
    policy = role.trust_policy
    if not isinstance(policy, Mapping):
        raise Unobserved(role.name, "its trust policy is no policy document")
    found = policy.get("Statement", ())
    statements = [found] if isinstance(found, Mapping) else list(found)
    trusting = [s for s in statements if s.get("Effect") == "Allow" and _names_sagemaker(s)]
    if not trusting:
        return True
    if any(s.get("Effect") == "Deny" for s in statements):
        raise Unobserved(role.name, "its trust policy also denies; what is left is not told")
    if not any(_met(s.get("Condition") or {}, role.account) for s in trusting):
        raise Unobserved(role.name, "it trusts SageMaker under conditions; whether they hold is not told")
    return False


def _met(condition: Mapping[str, Any], account: str) -> bool:
    """Whether SageMaker, asking for resources of the account, surely meets a condition."""
    pairs = [
        (f"{operator}:{key}".lower(), value) for operator, keys in condition.items() for key, value in keys.items()
    ]
    return all(
        test in {"stringequals:aws:sourceaccount", "stringlike:aws:sourceaccount"}
        and account in ([value] if isinstance(value, str) else value)
        for test, value in pairs
    )


def _names_sagemaker(statement: Mapping[str, Any]) -> bool:
    principal, actions = statement.get("Principal", ()), statement.get("Action", ())
    services = principal.get("Service", ()) if isinstance(principal, Mapping) else principal
    named = {"*", "sagemaker.amazonaws.com", "sagemaker.amazonaws.com.cn"}
    assumes = {"*", "sts:*", "sts:assumerole"}
    return bool(
        named.intersection([services] if isinstance(services, str) else services)
        and assumes.intersection(a.lower() for a in ([actions] if isinstance(actions, str) else actions))
    )


def _role(service: Any, action: Any = "sts:AssumeRole", *more: Any, **parts: Any) -> Role:
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, **parts}
    return Role(name="serving", trust_policy={"Statement": [allow, *more]})


_TRUSTED = _role("sagemaker.amazonaws.com")
_MODEL = Model(name="one", role=Ref(Role, "arn:aws:iam::111122223333:role/ml/serving"))
_CONFIG = EndpointConfig(
    name="current", variants=(HostedVariant(name="main", model=Ref(Model, "one")),), shadow_variants=()
)
_ENDPOINT = Endpoint(name="churn-prod", status="InService", config=Ref(EndpointConfig, "current"))
_LIVE = (_CONFIG, _ENDPOINT)
_DOWN = (
    Endpoint(name="churn-old", status="Failed", config=Ref(EndpointConfig, "current")),
    InferenceComponent(
        name="churn",
        endpoint=Ref(Endpoint, "churn-old"),
        specification=ComponentSpecification(model=Ref(Model, "one")),
        specifications=(),
    ),
)
_MINE = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
_ORG = {"StringEquals": {"aws:SourceOrgID": "o-example"}}
_DENY = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": _MINE}

model_role_missing_or_broken.cases(
    passes=[
        case(_MODEL, *_LIVE, _TRUSTED),
        case(_MODEL, *_LIVE, _role("sagemaker.amazonaws.com", Condition=_MINE)),
        case(
            _MODEL,
            *_LIVE,
            _role(["bedrock.amazonaws.com", "sagemaker.amazonaws.com"], ["sts:AssumeRole", "sts:TagSession"]),
        ),
    ],
    fails=[
        case(_MODEL, *_LIVE),
        case(_MODEL, *_LIVE, _role("lambda.amazonaws.com")),
        case(_MODEL, *_LIVE, _role("sagemaker.amazonaws.com", "sts:TagSession")),
    ],
    unknown=[
        case(Model(name="one"), *_LIVE),
        case(_MODEL, *_LIVE, unread=[Role]),
        case(_MODEL, *_LIVE, Role(name="serving")),
        case(_MODEL, *_LIVE, Role(name="serving", trust_policy="")),
        case(_MODEL, *_LIVE, _role("sagemaker.amazonaws.com", Condition=_ORG)),
        case(_MODEL, *_LIVE, _role("sagemaker.amazonaws.com", Condition={"StringEquals": {"aws:SourceAccount": "1"}})),
        case(_MODEL, *_LIVE, _role("sagemaker.amazonaws.com", "sts:AssumeRole", _DENY)),
        case(_MODEL, unread=[Endpoint, EndpointConfig]),
    ],
    not_applicable=[
        case(_MODEL, _CONFIG),
        case(_MODEL, _CONFIG, *_DOWN),
        case(Model(name="one", role=None), *_LIVE),
    ],
)
