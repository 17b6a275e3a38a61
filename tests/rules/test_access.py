"""The policy evaluator against a brute force over small accounts, and the cases that people get wrong."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.rules.access import Asked, Policy, Unread, covers, decide, meets, outsiders, parts, trusted

ROLE = "arn:aws:iam::111122223333:role/service/serving"
ACTIONS = ("s3:get", "s3:put")
RESOURCES = ("a", "b", "ab", "ba", "")
UNKNOWNS = ("x", "y")

# ------------------------------------------------------------------------------------------------- a brute-force oracle

PRINCIPALS: Mapping[str, Any] = {
    "named": {"AWS": [ROLE]},
    "any": "*",
    "account": {"AWS": "111122223333"},
    "other": {"AWS": "arn:aws:iam::111122223333:role/another"},
}


def patterns(values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    one = st.sampled_from(values)
    return one | st.lists(one, min_size=1, max_size=2)


def statements(*, principal: bool) -> st.SearchStrategy[dict[str, Any]]:
    actions = patterns(("*", "s3:*", "S3:Get", "s3:pu?"))
    resources = patterns(("*", "a*", "?", "b", "*b", "a?"))
    which = {
        "Effect": st.sampled_from(("Allow", "Allow", "Deny")),
        "asks": st.tuples(st.sampled_from(("Action", "NotAction")), actions),
        "about": st.tuples(st.sampled_from(("Resource", "NotResource")), resources),
        "if": st.sampled_from((None, None, True, False, *UNKNOWNS)),
        "who": st.sampled_from(sorted(PRINCIPALS)) if principal else st.none(),
    }
    return st.fixed_dictionaries(which)


def written(statement: dict[str, Any]) -> dict[str, Any]:
    out = {"Effect": statement["Effect"], **dict([statement["asks"], statement["about"]])}
    match statement["if"]:
        case bool(holds):
            out["Condition"] = {"Bool": {"aws:SecureTransport": "true" if holds else "false"}}
        case str(unknown):
            out["Condition"] = {"StringEquals": {f"aws:RequestTag/{unknown}": "1"}}
    if statement["who"]:
        out["Principal"] = PRINCIPALS[statement["who"]]
    return out


def matches(listed: Any, text: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in ([listed] if isinstance(listed, str) else listed))


def fits(s: dict[str, Any], action: str, resource: str, world: dict[str, bool]) -> bool:
    (verb, actions), (noun, resources) = s["asks"], s["about"]
    lowered = actions.lower() if isinstance(actions, str) else [a.lower() for a in actions]
    holds = world[s["if"]] if isinstance(s["if"], str) else s["if"] is not False
    return (
        (matches(lowered, action) != (verb == "NotAction"))
        and (matches(resources, resource) != (noun == "NotResource"))
        and holds
    )


def truth(
    account: tuple[list[Any], list[Any] | None, list[Any]], action: str, resource: str, world: dict[str, bool]
) -> bool:
    identity, boundary, policy = ([s for s in part or () if fits(s, action, resource, world)] for part in account)
    if any(s["Effect"] == "Deny" and s["who"] != "other" for s in (*identity, *boundary, *policy)):
        return False
    inside = account[1] is None or bool(boundary)
    return (
        (bool(identity) and inside)
        or (any(s["who"] == "named" for s in policy) and inside)
        or (any(s["who"] == "any" for s in policy) and (inside or world["past the boundary"]))
    )


def worlds() -> Iterator[dict[str, bool]]:
    names = (*UNKNOWNS, "past the boundary")
    for values in product((True, False), repeat=len(names)):
        yield dict(zip(names, values, strict=True))


def told(account: tuple[list[Any], list[Any] | None, list[Any]], action: str, resource: str) -> str:
    identity, boundary, policy = (
        None if part is None else Policy("it", {"Statement": [written(s) for s in part]}) for part in account
    )
    assert identity is not None
    assert policy is not None
    return decide(Asked(ROLE, action, resource), identity=[identity], boundary=boundary, resource=[policy]).answer


accounts = st.tuples(
    st.lists(statements(principal=False), max_size=3),
    st.none() | st.lists(statements(principal=False), max_size=2),
    st.lists(statements(principal=True), max_size=2),
)


@given(account=accounts, action=st.sampled_from(ACTIONS), resource=st.sampled_from(RESOURCES))
def test_an_answer_holds_in_every_world(account: Any, action: str, resource: str) -> None:
    answers = {truth(account, action, resource, world) for world in worlds()}
    said = told(account, action, resource)
    if said != "unknown":
        assert answers == {said == "allowed"}
    elif not any(isinstance(s["if"], str) or s["who"] == "any" for part in account for s in part or ()):
        pytest.fail("nothing is unknown here, and the answer is")


@given(account=accounts, action=st.sampled_from(("*", "s3:*")), resource=st.sampled_from(("*", "a*", "?", "*b")))
def test_an_answer_about_many_holds_for_each(account: Any, action: str, resource: str) -> None:
    said = told(account, action, resource)
    inside = [r for r in RESOURCES if fnmatchcase(r, resource)]
    answers = {truth(account, a, r, w) for a in ACTIONS for r in inside for w in worlds()}
    assert said == "unknown" or answers == {said == "allowed"}


texts = st.text("ab*?", max_size=5)


@given(one=texts, other=texts)
def test_patterns_meet_and_cover_as_their_matches_do(one: str, other: str) -> None:
    words = ["".join(word) for n in range(8) for word in product("abc", repeat=n)]
    first, second = ({w for w in words if fnmatchcase(w, p)} for p in (one, other))
    assert meets(one, other) == bool(first & second)
    assert not covers(one, other) or second <= first


# ------------------------------------------------------------------------------------------------------- by hand


def allow(action: str = "s3:PutObject", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str = "s3:PutObject", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def policy(*statements: Any) -> Policy:
    return Policy("p", {"Version": "2012-10-17", "Statement": list(statements)})


PUT = Asked(ROLE, "s3:PutObject", "arn:aws:s3:::data/train/1.csv")
INSECURE = deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([allow()], "allowed"),
        ([allow("S3:putobject")], "allowed"),
        ([allow(resource="arn:aws:s3:::DATA/*")], "denied"),  # names in ARNs are told apart by case
        ([allow(), deny("s3:*", "arn:aws:s3:::data/*")], "denied"),
        ([allow(), deny(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], "unknown"),
        ([allow(Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})], "allowed"),
        ([allow(Condition={"StringNotEquals": {"aws:PrincipalAccount": ["111122223333"]}})], "denied"),
        ([allow(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/service/*"}})], "denied"),
        ([allow(Condition={"ForAnyValue:StringLike": {"aws:PrincipalArn": ROLE}})], "unknown"),
        ([allow(resource="arn:aws:s3:::data/${aws:PrincipalTag/team}/*")], "unknown"),
        ([allow(resource="arn:aws:s3:::other/${aws:PrincipalTag/team}/*")], "denied"),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "allowed"),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::data/*"}], "denied"),
        ([{"Effect": "Allow", "Action": {"$redacted": "secret"}, "Resource": "*"}], "unknown"),
        ([], "denied"),
    ],
)
def test_identity_policies(statements: list[Any], answer: str) -> None:
    assert decide(PUT, identity=[policy(*statements)]).answer == answer


def test_a_single_statement_stands_alone() -> None:
    assert decide(PUT, identity=[Policy("p", {"Statement": allow()})]).answer == "allowed"


def test_an_unread_policy_may_allow_and_may_deny() -> None:
    unread = Policy("secret", Unread("denied"))
    assert decide(PUT, identity=[policy(allow()), unread]).why == "secret: denied"
    assert decide(PUT, identity=[unread]).answer == "unknown"
    assert decide(PUT, identity=[policy(deny()), unread]).answer == "denied"
    assert decide(PUT, identity=[policy(allow())], boundary=unread).answer == "unknown"
    assert decide(PUT, identity=[], boundary=unread).answer == "denied"


def test_why_names_the_condition() -> None:
    known = decide(PUT, identity=[policy(allow(Condition={"DateLessThan": {"aws:CurrentTime": "2027-01-01"}}))])
    assert (known.answer, known.why) == ("unknown", "p: it depends on a condition")


@pytest.mark.parametrize(
    ("statement", "inside", "answer"),
    [
        (allow(Principal={"AWS": ROLE}), True, "allowed"),
        (allow(Principal={"AWS": ROLE}), False, "denied"),  # the boundary bounds it
        (allow(Principal="*"), True, "allowed"),
        (allow(Principal="*"), False, "unknown"),
        (allow(Principal={"AWS": "arn:aws:iam::111122223333:root"}), True, "denied"),  # hands on to identity policies
        (allow(Principal={"AWS": "arn:aws:sts::111122223333:assumed-role/serving/job"}), True, "unknown"),
        (allow(Principal={"Service": "sagemaker.amazonaws.com"}), True, "denied"),
        (allow(Principal={"AWS": "arn:aws:iam::111122223333:role/serving"}), True, "denied"),  # another path: not it
    ],
)
def test_policies_of_buckets(statement: Any, inside: bool, answer: str) -> None:
    boundary = policy(allow("s3:*" if inside else "logs:*"))
    assert decide(PUT, identity=[], boundary=boundary, resource=[policy(statement)]).answer == answer


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (INSECURE, "allowed"),
        (deny(Principal="*"), "denied"),
        (deny(Principal={"AWS": "111122223333"}), "denied"),
        (deny(Principal={"AWS": "arn:aws:iam::444455556666:root"}), "allowed"),
        (deny(NotPrincipal={"AWS": "arn:aws:iam::111122223333:role/pipeline"}), "denied"),
        (deny(NotPrincipal={"AWS": ["111122223333", ROLE]}), "unknown"),
        (deny(Principal="*", Condition={"ArnNotEquals": {"aws:PrincipalArn": ROLE}}), "allowed"),
    ],
)
def test_denials_by_buckets(statement: Any, answer: str) -> None:
    assert decide(PUT, identity=[policy(allow())], resource=[policy(statement)]).answer == answer


def test_across_accounts_both_must_allow() -> None:
    there = Asked(ROLE, "s3:PutObject", "arn:aws:s3:::data/x", owner="444455556666")
    handed_on = policy(allow(Principal={"AWS": "111122223333"}))
    assert decide(there, identity=[policy(allow())]).answer == "denied"
    assert decide(there, identity=[], resource=[handed_on]).answer == "denied"
    assert decide(there, identity=[policy(allow())], resource=[handed_on]).answer == "allowed"


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ({"Effect": "Allow", "Principal": {"Service": ["sagemaker.amazonaws.com"]}, "Action": "sts:AssumeRole"}, "allowed"),
        ({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, "denied"),
        ({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}, "denied"),
        ({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:TagSession"}, "denied"),
        ({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, "unknown"),
        (
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:*",
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            },
            "unknown",
        ),
    ],
)  # fmt: skip
def test_trust(statement: Any, answer: str) -> None:
    assert trusted({"Statement": [statement]}, "sagemaker.amazonaws.com").answer == answer


def test_a_trust_policy_may_deny_all() -> None:
    allowing = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    denying = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    assert trusted({"Statement": [allowing, denying]}, "sagemaker.amazonaws.com").answer == "denied"


def test_an_unread_trust_policy_is_unknown() -> None:
    assert trusted(Unread("denied"), "sagemaker.amazonaws.com").answer == "unknown"


def test_parts_are_what_lies_inside() -> None:
    asked = Asked(ROLE, "s3:PutObject", "arn:aws:s3:::data/train/*")
    listed = ["arn:aws:s3:::data/*", "arn:aws:s3:::data/train/new/*", "arn:aws:s3:::data/${aws:userid}"]
    assert list(parts(asked, [policy(allow(resource=listed), deny(resource="arn:aws:s3:::data/train/x"))])) == [  # type: ignore[arg-type]
        "arn:aws:s3:::data/train/new/*"
    ]


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([allow(Principal={"AWS": [ROLE, "111122223333"]})], []),
        ([allow(Principal={"AWS": "444455556666"})], [("444455556666", True)]),
        ([allow(Principal="*"), INSECURE], [("everyone", True)]),
        ([allow(Principal="*"), deny(Principal="*")], [("everyone", None)]),
        ([allow(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})], [("everyone", None)]),
        ([allow(Principal="*", Condition={"ArnLike": {"aws:PrincipalArn": ROLE}})], [("everyone", None)]),
        ([allow("s3:GetObject", Principal="*")], []),
        ([allow(NotPrincipal={"AWS": ROLE})], [("everyone", True)]),
        ([allow(Principal={"Service": "logging.s3.amazonaws.com"})], []),
    ],
)
def test_outsiders(statements: list[Any], told: list[Any]) -> None:
    found = outsiders(policy(*statements), "s3:PutObject", "arn:aws:s3:::data/train/*", "111122223333")
    assert list(found) == told


def test_outsiders_of_an_unread_policy_are_not_told() -> None:
    found = outsiders(Policy("p", Unread("denied")), "s3:PutObject", "*", "111122223333")
    assert [surely for _, surely in found] == [None, None]
