"""Groups of the registry that other accounts may use at will."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mllens.rules import Fail, Pass, Verdict, rule
from mllens.scanner import Unobserved
from mllens.scanner.sagemaker import ModelPackageGroup

EVERY_ACTION = ("*", "sagemaker:*")
BOUNDS = (
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn"),
    *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"),
)
"""Condition keys that bound who asks."""
EQUALS = ("stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase")


@rule(severity="high", supports=("MLSEC03_BP01", "MLRAI03_BP02"), reads=(ModelPackageGroup.policy,))
def registry_group_policy_open(group: ModelPackageGroup) -> Verdict:
    """A model package group's policy must name who may use it, and give others no more than they need.

    Whoever may read a group can copy its models, and whoever may do everything can approve a version of his own. A
    grant to everyone must be bounded to an organization or to accounts; one to another account must name actions.
    """
    if group.policy is None:
        return Pass()
    statements = list(_statements(group.policy))
    for statement in statements:
        if statement.get("Effect") != "Allow":
            continue
        if (who := _too_wide(statement, group.account)) is None:
            continue
        if who == "everyone" and _bounded(statement, group):
            continue
        if any(other.get("Effect") == "Deny" for other in statements):
            raise Unobserved(group.name, f"its policy allows {who}, and denies some again; what is left is not told")
        return Fail(
            f"lets {who} {'use it' if who == 'everyone' else 'do everything with it'} (statement "
            f"{statement.get('Sid', 'without a name')}); name the accounts and the actions they need"
        )
    return Pass()


def _statements(policy: Any) -> Iterator[Mapping[str, Any]]:
    found = policy.get("Statement") if isinstance(policy, Mapping) else None
    for statement in (found,) if isinstance(found, Mapping) else found or ():
        if not isinstance(statement, Mapping):
            raise Unobserved("ModelPackageGroup.policy", "it holds a statement that is none")
        yield statement
    if not found:
        raise Unobserved("ModelPackageGroup.policy", "it holds no statement")


def _too_wide(statement: Mapping[str, Any], own: str) -> str | None:
    """Whom an allowing statement gives too much: everyone, or another account with every action."""
    principal = statement.get("Principal", "*" if "NotPrincipal" in statement else ())
    names = principal.get("AWS", ()) if isinstance(principal, Mapping) else principal
    every = "NotAction" in statement or any(a.lower() in EVERY_ACTION for a in _listed(statement.get("Action", ())))
    for name in _listed(names):
        if name == "*":
            return "everyone"
        account = name.split(":")[4] if name.startswith("arn:") else name
        if every and account != own:
            return name
    return None


def _bounded(statement: Mapping[str, Any], group: ModelPackageGroup) -> bool:
    """Whether a condition bounds who everyone is.

    Raises:
        Unobserved: it has conditions of other kinds only.
    """
    other = False
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            equals = key.lower() in BOUNDS and operator.lower().removeprefix("foranyvalue:") in EQUALS
            if equals and all(_named(value) for value in _listed(values)):
                return True
            excludes = key.lower() in BOUNDS and "not" in operator.lower()  # all the world but some
            other = other or not (excludes or (equals and "*" in _listed(values)))
    if other:
        raise Unobserved(group.name, "its policy allows everyone under conditions that do not tell who may ask")
    return False


def _named(value: str) -> bool:
    """Whether a value of a condition names an account or an organization, whatever stands open behind it."""
    owner = value.split(":")[4] if value.count(":") > 4 else value.partition("/")[0]
    return bool(owner) and "*" not in owner and "?" not in owner


def _listed(value: Any) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value


def _policy(
    principal: Any, action: Any = "sagemaker:DescribeModelPackage", *more: Any, **parts: Any
) -> ModelPackageGroup:
    allow = {"Sid": "share", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **parts}
    return ModelPackageGroup(name="churn", policy={"Version": "2012-10-17", "Statement": [allow, *more]})


_OTHER = {"AWS": "arn:aws:iam::444455556666:root"}
_ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}
_NOT_ORG = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sagemaker:*",
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}},
}

registry_group_policy_open.cases(
    passes=[
        ModelPackageGroup(policy=None),
        _policy(_OTHER, ["sagemaker:DescribeModelPackage", "sagemaker:CreateModel"]),
        _policy({"AWS": "111122223333"}, "sagemaker:*"),
        _policy("*", Condition=_ORG),
        _policy("*", "sagemaker:*", _NOT_ORG, Condition=_ORG),
        _policy("*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example/r-ab12/*"}}),
        _policy("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}),
        _policy(_OTHER, "sagemaker:Describe*", {**_NOT_ORG}),
        _policy({"Service": "ram.amazonaws.com"}),
    ],
    fails=[
        _policy("*"),
        _policy({"AWS": ["444455556666", "*"]}),
        _policy("*", Condition={"StringLike": {"aws:PrincipalOrgID": "*"}}),
        _policy("*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}),
        _policy(_OTHER, "sagemaker:*"),
        _policy({"AWS": "444455556666"}, ["*"]),
        ModelPackageGroup(
            policy={"Statement": {"Effect": "Allow", "NotPrincipal": _OTHER, "Action": "sagemaker:CreateModel"}}
        ),
    ],
    unknown=[
        ModelPackageGroup(),
        ModelPackageGroup(policy={}),
        _policy("*", "sagemaker:DescribeModelPackage", _NOT_ORG),
        _policy("*", Condition={"StringEqualsIfExists": {"aws:PrincipalAccount": "444455556666"}}),
        _policy("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deployer"}}),
        _policy("*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ],
)
