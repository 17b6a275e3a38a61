"""IAM: who may do what. One paged call reads every role and every managed policy in use."""

from datetime import datetime
from typing import Any

from mllens.scanner.collect import AccountWide, Call, Collector
from mllens.scanner.model import Ref, Resource, Struct, api, ref

EVERYTHING = {"Filter": ["Role", "LocalManagedPolicy", "AWSManagedPolicy"]}


class PolicyVersion(Struct):
    """One version of a managed policy; only the default one is in force."""

    is_default: bool = api("IsDefaultVersion")
    document: Any = api("Document")


class ManagedPolicy(Resource, type="AWS::IAM::ManagedPolicy", name="Arn", arn="Arn", scope="account", arn_tail=True):
    """A managed policy of the account, or one of AWS's own, whose account is "aws"."""

    default_version: str = api("DefaultVersionId")
    versions: tuple[PolicyVersion, ...] = api("PolicyVersionList")
    attachments: int = api("AttachmentCount")


class InlinePolicy(Struct):
    """A policy inside a role."""

    name: str = api("PolicyName")
    document: Any = api("PolicyDocument")


class Role(Resource, type="AWS::IAM::Role", name="RoleName", arn="Arn", scope="account", arn_tail=True):
    """An IAM role; names are unique in the account, whatever the path."""

    path: str = api("Path")
    created: datetime = api("CreateDate")
    trust_policy: Any = api("AssumeRolePolicyDocument")
    attached_policies: tuple[str, ...] = api("AttachedManagedPolicies[].PolicyArn", absent=())
    managed_policies: tuple[Ref[ManagedPolicy], ...] = ref("AttachedManagedPolicies[].PolicyArn", absent=())
    inline_policies: tuple[InlinePolicy, ...] = api("RolePolicyList", absent=())
    # A role without a boundary has what its policies allow.
    boundary: Ref[ManagedPolicy] | None = ref("PermissionsBoundary.PermissionsBoundaryArn")
    # IAM leaves the date out of a role that was not used in the time it keeps.
    last_used: datetime | None = api("RoleLastUsed.LastUsedDate")


COLLECTORS = (
    Collector(
        Role,
        AccountWide(
            Call("iam", "GetAccountAuthorizationDetails", items="RoleDetailList", fixed=EVERYTHING),
        ),
    ),
    Collector(
        ManagedPolicy,
        AccountWide(
            Call("iam", "GetAccountAuthorizationDetails", items="Policies", fixed=EVERYTHING),
        ),
    ),
)
