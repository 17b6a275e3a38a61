"""Studio users who cannot be told apart in logs."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Key, Ref, Unobserved
from mllens.scanner.iam import Role
from mllens.scanner.sagemaker_studio import Domain, UserProfile


@rule(
    severity="medium",
    proves=("MLSEC06_BP02",),
    supports=("MLRAI08_BP05",),
    presumes="a domain of Studio with several users",
    reads=(
        *(Domain.status, Domain.source_identity, Domain.identity_propagation, Domain.execution_role),
        *(UserProfile.domain, UserProfile.execution_role),
    ),
)
def studio_domain_source_identity_set(domain: Domain, graph: Graph) -> Verdict:
    """A Studio domain must let logs tell its users apart.

    CloudTrail writes down the role that a call was made with. Where several people share one, nobody can say who of
    them read the data or deleted the model. The user profile's name as source identity tells, so does identity
    propagation from IAM Identity Center, and so does a role for each person.
    """
    if domain.status in {"Deleting", "Failed"}:
        return NotApplicable(f"is not in use ({domain.status})")
    if domain.source_identity == "USER_PROFILE_NAME" or domain.identity_propagation == "ENABLED":
        return Pass()
    seen: dict[Key, str] = {}
    for user in graph.into(domain, UserProfile):
        role = user.execution_role or domain.execution_role
        if role is None:
            raise Unobserved(user.name, "AWS told no role, neither of the profile nor of the domain")
        if (other := seen.setdefault(role.key, user.name)) != user.name:
            return Fail(
                f"lets {_short(other)} and {_short(user.name)} work as one role, {role.key.name}, so that no log tells "
                "them apart; set ExecutionRoleIdentityConfig to USER_PROFILE_NAME in its DomainSettings, and allow "
                "sts:SetSourceIdentity in the trust policy of the role"
            )
    return Pass() if len(seen) > 1 else NotApplicable("has no two users")


def _short(user: str) -> str:
    return user.rsplit("/", 1)[-1]


def _domain(role: str | None = "studio", status: Any = "InService", **settings: Any) -> Domain:
    told: dict[str, Any] = {"source_identity": "DISABLED", "identity_propagation": "DISABLED", **settings}
    return Domain(name="d-1", status=status, execution_role=Ref(Role, role) if role else None, **told)


def _user(name: str, role: str | None = None) -> UserProfile:
    own = Ref(Role, f"arn:aws:iam::111122223333:role/{role}") if role else None
    return UserProfile(name=f"d-1/{name}", domain=Ref(Domain, "d-1"), execution_role=own)


_TWO = (_user("ana"), _user("bo"))

studio_domain_source_identity_set.cases(
    passes=[
        case(_domain(source_identity="USER_PROFILE_NAME"), *_TWO, unread=[UserProfile]),
        case(_domain(identity_propagation="ENABLED"), *_TWO),
        case(_domain(), _user("ana", "ana"), _user("bo", "bo")),
    ],
    fails=[
        case(_domain(), *_TWO, unread=[UserProfile]),
        case(_domain(), _user("ana"), _user("bo", "studio")),
        case(_domain(None), _user("ana", "team"), _user("bo", "team"), _user("cy", "cy")),
    ],
    unknown=[
        Domain(),
        case(_domain(), unread=[UserProfile]),
        case(_domain(None), *_TWO),
        case(_domain(), UserProfile(name="d-1/ana", domain=Ref(Domain, "d-1"))),
    ],
    not_applicable=[_domain(), case(_domain(), _user("ana")), _domain(status="Deleting")],
)
