"""Who may do what, told from policy documents alone: allowed, denied, or unknown where a document does not tell."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.iam import ManagedPolicy, Role

ML_SERVICES = ("sagemaker.amazonaws.com", "sagemaker.amazonaws.com.cn", "bedrock.amazonaws.com")
ROLE_READS = (
    Role.trust_policy,
    Role.inline_policies,
    Role.managed_policies,
    Role.boundary,
    ManagedPolicy,
    ManagedPolicy.versions,
)
"""What `for_containers`, `policies_of` and `boundary_of` read."""

Truth = bool | None  # None: it cannot be told, or it holds for a part of what was asked for only
Bearing = Literal["named", "any", "account", "session"]  # how a policy of a resource speaks of who asks


@dataclass(frozen=True)
class Unread:
    """Stands for a document that was not read."""

    why: str


@dataclass(frozen=True)
class Policy:
    """A policy document and what to call it."""

    name: str
    document: Any


@dataclass(frozen=True)
class Asked:
    """A question: may this role do this to that?

    Action and resource may hold wildcards and then stand for all that they match. `owner` is the account that the
    resource belongs to, where it is not the role's. `context` adds what is known of the request for conditions; None: not known.
    """

    principal: str
    action: str
    resource: str
    owner: str | None = None
    context: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account of who asks."""
        return (self.principal.split(":", 5) + [""] * 5)[4]

    @property
    def known(self) -> Mapping[str, str | None]:
        """What conditions may be judged by; a caller can always choose an encrypted connection."""
        told: dict[str, str | None] = {
            "aws:SecureTransport": "true",
            "aws:PrincipalArn": self.principal,
            "aws:PrincipalAccount": self.account,
        }
        return {key.lower(): value for key, value in {**told, **self.context}.items()}


@dataclass(frozen=True)
class Access:
    """The answer. "allowed" and "denied" hold for all that was asked for; `why` says what made it unknown."""

    answer: Literal["allowed", "denied", "unknown"]
    why: str = ""


def decide(
    asked: Asked, *, identity: Iterable[Policy], boundary: Policy | None = None, resource: Iterable[Policy] = ()
) -> Access:
    """Whether the account's own documents allow it; what an organization's policies take away is not asked.

    `boundary` is None for a role without one. Resources whose policy alone decides (KMS keys) are not for this.
    """
    identity, resource = tuple(identity), tuple(resource)
    named, anyone, account = (_granted(asked, resource, kind) for kind in ("named", "any", "account"))
    session = _granted(asked, resource, "session")
    within: Truth = True if boundary is None else _said(asked, (boundary,), "Allow")
    own = both(_said(asked, identity, "Allow"), within)
    if asked.owner in (None, asked.account):
        # a boundary also bounds what a policy of a resource grants to a role; not surely what it grants to all
        allowed = either(own, both(named, within), both(anyone, either(within, None)), both(session, None))
    else:
        allowed = both(own, either(named, anyone, account, both(session, None)))
    bounds = () if boundary is None else (boundary,)
    denied = either(_said(asked, (*identity, *bounds), "Deny"), _denied(asked, resource))
    result = both(allowed, _negated(denied))
    if result is None:
        return Access("unknown", _why(asked, (*identity, *bounds, *resource)))
    return Access("allowed" if result else "denied")


def trusted(trust: Any, service: str) -> Access:
    """Whether a trust policy lets an AWS service (`sagemaker.amazonaws.com`) take the role on."""
    asked = Asked(service, "sts:AssumeRole", "*", context={"aws:PrincipalArn": "", "aws:PrincipalAccount": ""})
    policy = Policy("its trust policy", trust)
    # whether a role that all may take on can be taken on by services, too, is not told
    granted = either(_granted(asked, (policy,), "named"), both(_granted(asked, (policy,), "any"), None))
    told = both(granted, _negated(_denied(asked, (policy,))))
    if told is None:
        return Access("unknown", _why(asked, (policy,)))
    return Access("allowed" if told else "denied")


def outsiders(policy: Policy, action: str, resource: str, account: str) -> Iterator[tuple[str, Truth]]:
    """Who outside an account a policy of a resource allows something, and whether it surely does; "everyone", too.

    Every statement is asked by itself; one that denies makes the answer unsure.
    """
    if isinstance(policy.document, Unread):
        yield policy.document.why, None
    statements = _statements(policy.document)
    for statement in statements:
        for name in _principals(statement):
            own = account in (name, (name.split(":", 5) + [""] * 5)[4])
            unnamed = {"aws:PrincipalArn": None, "aws:PrincipalAccount": None}
            asked = Asked(name, action, resource, context=unnamed)
            if not own and (told := _fits(asked, statement, "Allow")) is not False:
                denied = either(*(_fits(asked, other, "Deny") for other in statements))
                yield ("everyone" if name == "*" else name), told if denied is False else None


def parts(asked: Asked, policies: Iterable[Policy]) -> Iterator[str]:
    """Resources inside those asked for that some policy allows something to: narrower questions worth asking."""
    for policy in policies:
        for statement in _statements(policy.document):
            if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
                for pattern in _texts(statement.get("Resource")) or ():
                    if pattern != asked.resource and "${" not in pattern and covers(asked.resource, pattern):
                        yield pattern


def for_containers(role: Role) -> bool:
    """Whether SageMaker or Bedrock may be able to take a role on."""
    return any(trusted(role.trust_policy, service).answer != "denied" for service in ML_SERVICES)


def policies_of(role: Role, graph: Graph) -> list[Policy]:
    """The identity policies of a role: those in it, and those attached to it, unread ones marked."""
    found = [Policy(inline.name, inline.document) for inline in role.inline_policies]
    return found + [_managed(reference, graph) for reference in role.managed_policies]


def boundary_of(role: Role, graph: Graph) -> Policy | None:
    """The permissions boundary of a role; None where it has none."""
    return None if role.boundary is None else _managed(role.boundary, graph)


def _managed(reference: Ref[ManagedPolicy], graph: Graph) -> Policy:
    name = reference.value.rsplit("/", 1)[-1]
    try:
        policy = graph.to(reference)
        if isinstance(policy, Missing):
            return Policy(name, Unread("the policy is attached, and was not found"))
        current = next((v.document for v in policy.versions if v.is_default), Unread("no version of it is in force"))
    except Unobserved as gap:
        return Policy(name, Unread(str(gap)))
    return Policy(name, current)


# ------------------------------------------------------------------------------------------------------- three values


def both(*truths: Truth) -> Truth:
    """All of them."""
    return False if False in truths else None if None in truths else True


def either(*truths: Truth) -> Truth:
    """At least one of them."""
    return True if True in truths else None if None in truths else False


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


# --------------------------------------------------------------------------------------------------------- statements


def _said(asked: Asked, policies: Iterable[Policy], effect: str) -> Truth:
    """Whether a statement with this effect fits; for policies that speak of nobody."""
    return either(*(_fits(asked, s, effect) for p in policies for s in _statements(p.document)))


def _granted(asked: Asked, policies: Iterable[Policy], bearing: Bearing) -> Truth:
    """Whether a policy of a resource allows it to who asks, spoken of in this way."""
    return either(
        *(
            both(_fits(asked, s, "Allow"), _speaks_of(asked, s)[bearing])
            for p in policies
            for s in _statements(p.document)
        )
    )


def _denied(asked: Asked, policies: Iterable[Policy]) -> Truth:
    """Whether a policy of a resource denies it to who asks."""
    return either(
        *(
            both(_fits(asked, s, "Deny"), _reached(_speaks_of(asked, s)))
            for p in policies
            for s in _statements(p.document)
        )
    )


def _reached(bearings: Mapping[Bearing, Truth]) -> Truth:
    """Whether a denial reaches who asks; one for a single session reaches some of its requests."""
    surely = either(bearings["named"], bearings["any"], bearings["account"])
    return either(surely, both(bearings["session"], None))


def _statements(document: Any) -> tuple[Any, ...]:
    """The statements; a document that is none, or was not read, is one that nothing is known of."""
    if document is None:
        return ()
    if not isinstance(document, Mapping) or "Statement" not in document:
        return (None,)
    statements = document["Statement"]
    return tuple(statements) if isinstance(statements, list | tuple) else (statements,)


def _fits(asked: Asked, statement: Any, effect: str) -> Truth:
    """Whether a statement has this effect on what is asked for, whoever asks."""
    if not isinstance(statement, Mapping) or statement.get("Effect") not in {"Allow", "Deny"}:
        return None
    if statement["Effect"] != effect:
        return False
    return both(
        _among(statement, "Action", asked.action.lower(), fold=True),
        # a trust policy names no resource: it is about its role
        _among(statement, "Resource", asked.resource, default=("*",)),
        _holds(statement.get("Condition"), asked.known),
    )


def _among(statement: Mapping[str, Any], member: str, text: str, *, fold: bool = False, default: Any = None) -> Truth:
    """Whether the patterns at Action or Resource match, or those at NotAction or NotResource do not."""
    excluded = f"Not{member}" in statement
    patterns = _texts(statement.get(f"Not{member}" if excluded else member, default))
    if patterns is None:
        return None
    found = either(*(_matches(pattern.lower() if fold else pattern, text) for pattern in patterns))
    return _negated(found) if excluded else found


def _texts(value: Any) -> tuple[str, ...] | None:
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    return values if all(isinstance(v, str) for v in values) else None


def _matches(pattern: str, text: str) -> Truth:
    """Whether a pattern matches all that `text` stands for; a variable in it may stand for anything."""
    if "${" in pattern:
        return None if meets(re.sub(r"\$\{[^}]*\}", "*", pattern), text) else False
    return True if covers(pattern, text) else None if meets(pattern, text) else False


def _speaks_of(asked: Asked, statement: Any) -> Mapping[Bearing, Truth]:
    """How a statement speaks of who asks."""
    if not isinstance(statement, Mapping) or not ({"Principal", "NotPrincipal"} & statement.keys()):
        return {"named": None, "any": None, "account": None, "session": None}
    if "Principal" in statement:
        return _listed(asked, statement["Principal"])
    # Everyone but those. To spare a role its account and its session must be listed, too: what is half spared is unsure.
    told = _listed(asked, statement["NotPrincipal"])
    spared: Truth = True if told["any"] else None if any(v is not False for v in told.values()) else False
    return {"named": False, "any": _negated(spared), "account": False, "session": False}


def _listed(asked: Asked, principal: Any) -> Mapping[Bearing, Truth]:
    told: dict[Bearing, Truth] = {"named": False, "any": False, "account": False, "session": False}
    of_service = not asked.principal.startswith("arn:")
    for kind, values in principal.items() if isinstance(principal, Mapping) else (("AWS", principal),):
        for name in _texts(values) or (None,):
            if name is None or (kind == "CanonicalUser" and not of_service):
                told["account"] = either(told["account"], None)
            elif of_service and kind == "Service" and name == asked.principal:
                told["named"] = True
            elif kind == "AWS" and (bearing := _bearing(asked, name)) is not None:
                told[bearing] = True
    return told


def _principals(statement: Any) -> Iterator[str]:
    """Who a statement speaks of: AWS accounts and identities; services and federated users do not count."""
    if not isinstance(statement, Mapping) or "NotPrincipal" in statement:
        yield "*"
        return
    principal = statement.get("Principal")
    for kind, values in principal.items() if isinstance(principal, Mapping) else (("AWS", principal),):
        if kind in {"AWS", "CanonicalUser"}:
            yield from _texts(values) or ("*",)


def _bearing(asked: Asked, name: str) -> Bearing | None:
    if name == "*":
        return "any"
    if name == asked.principal:
        return "named"
    if not asked.account:
        return None
    if name == asked.account or re.fullmatch(rf"arn:[^:]+:iam::{re.escape(asked.account)}:root", name):
        return "account"
    role = re.escape(asked.principal.rsplit("/", 1)[-1])
    of_session = rf"arn:[^:]+:sts::{re.escape(asked.account)}:assumed-role/{role}/.+"
    return "session" if re.fullmatch(of_session, name) else None


def _why(asked: Asked, policies: Iterable[Policy]) -> str:
    """What keeps an answer from being sure: the first document that does."""
    for policy in policies:
        if isinstance(policy.document, Unread):
            return f"{policy.name}: {policy.document.why}"
        for statement in _statements(policy.document):
            if isinstance(statement, Mapping) and None in (_fits(asked, statement, e) for e in ("Allow", "Deny")):
                if _holds(statement.get("Condition"), asked.known) is None:
                    return f"{policy.name}: it depends on a condition"
                return f"{policy.name}: it speaks of a part of that only"
            if not isinstance(statement, Mapping):
                return f"{policy.name}: it is no policy document"
    return "the policies do not tell together"


# --------------------------------------------------------------------------------------------------------- conditions


def _holds(condition: Any, known: Mapping[str, str | None]) -> Truth:
    if not condition:
        return True
    if not isinstance(condition, Mapping):
        return None
    told: list[Truth] = []
    for operator, tests in condition.items():
        if not isinstance(tests, Mapping):
            return None
        told += [_test(operator.lower().removesuffix("ifexists"), known.get(k.lower()), v) for k, v in tests.items()]
    return both(*told)


def _test(operator: str, actual: str | None, values: Any) -> Truth:
    """One comparison; what is not known of the request, or is not compared here, is not told."""
    listed = values if isinstance(values, list | tuple) else (values,)
    wanted = _texts([str(value).lower() if isinstance(value, bool) else value for value in listed])
    if actual is None or wanted is None or any("${" in value for value in wanted):
        return None
    positive = operator.replace("not", "", 1)
    match positive:
        case "stringequals":
            found = actual in wanted
        case "stringequalsignorecase" | "bool":
            found = actual.lower() in {value.lower() for value in wanted}
        case "stringlike" | "arnlike" | "arnequals":
            found = any(covers(pattern, actual) for pattern in wanted)
        case _:
            return None
    return found if positive == operator else not found


# ------------------------------------------------------------------------------------------------------------ patterns


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    # IAM knows * and ? only. A ? stands for one character: not for a * of the question, which stands for many.
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "[^*]"), re.DOTALL)


def covers(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text, or everything that the text, a pattern itself, matches."""
    return _expression(pattern).fullmatch(text) is not None


def meets(one: str, other: str) -> bool:
    """Whether two patterns have a match in common."""
    if "*" not in other and "?" not in other:
        return covers(one, other)
    # row[j]: whether the rest of `one` and the rest of `other` from j have a match in common
    row = [False] * len(other) + [True]
    for j in range(len(other) - 1, -1, -1):
        row[j] = other[j] == "*" and row[j + 1]
    for char in reversed(one):
        above, row = row, [False] * (len(other) + 1)
        for j in range(len(other), -1, -1):
            theirs = other[j] if j < len(other) else ""
            if char == "*":
                row[j] = above[j] or (j < len(other) and row[j + 1])
            elif theirs == "*":
                row[j] = row[j + 1] or above[j]
            elif theirs:
                row[j] = above[j + 1] and (char in {theirs, "?"} or theirs == "?")
    return row[0]
