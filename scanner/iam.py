"""IAM: who may do what. One paged call reads every role with its policies."""

from datetime import datetime
from typing import Any

from mllens.scanner.collect import AccountWide, Call, Collector
from mllens.scanner.model import Resource, api


class Role(Resource, type="AWS::IAM::Role", name="RoleName", arn="Arn", scope="account", arn_tail=True):
    """An IAM role; names are unique in the account, whatever the path."""

    created: datetime = api("CreateDate")
    trust_policy: Any = api("AssumeRolePolicyDocument")
    attached_policies: tuple[str, ...] = api("AttachedManagedPolicies[].PolicyArn", absent=())


COLLECTORS = (
    Collector(
        Role,
        AccountWide(
            Call("iam", "GetAccountAuthorizationDetails", items="RoleDetailList", fixed={"Filter": ["Role"]}),
        ),
    ),
)
