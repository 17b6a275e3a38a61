"""Least privilege: which IAM action a call needs, and whether an identity policy allows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllens.sandbox.answer import Call, kebab
from mllens.sandbox.store import find_member

# IAM's word for a service, where it is not the name the service signs with.
_PREFIXES = {
    "bedrock-agent": "bedrock",
    "cloudwatch": "cloudwatch",
    "mwaa": "airflow",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "stepfunctions": "states",
}
# Actions whose name is not that of the operation.
_ACTIONS: dict[tuple[str, str], str] = {
    ("s3", operation): f"s3:{action}"
    for operation, action in {
        "AbortMultipartUpload": "AbortMultipartUpload",
        "CompleteMultipartUpload": "PutObject",
        "CopyObject": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
        "DeleteBucketCors": "PutBucketCORS",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
        "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
        "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
        "GetBucketLifecycle": "GetLifecycleConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
        "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
        "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
        "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
        "PutBucketCors": "PutBucketCORS",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
        "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
        "PutBucketLifecycle": "PutLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "UploadPart": "PutObject",
    }.items()
} | {
    ("s3control", "DeletePublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("budgets", "DescribeBudgets"): "budgets:ViewBudget",
    ("budgets", "DescribeNotificationsForBudget"): "budgets:ViewBudget",
    ("budgets", "DescribeSubscribersForNotification"): "budgets:ViewBudget",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("sagemaker-featurestore-runtime", "BatchGetRecord"): "sagemaker:BatchGetRecord",
}
_ALWAYS = frozenset({"sts:GetCallerIdentity"})


def action_of(service: str, signing_name: str, operation: str) -> str:
    """The IAM action that an operation needs."""
    named = _ACTIONS.get((service, operation))
    return named or f"{_PREFIXES.get(service, signing_name)}:{operation}"


def resource_of(call: Call) -> str | None:
    """The ARN that a call is about, or None where the parameters do not tell."""
    if call.service.name == "s3":
        bucket, key = call.params.get("Bucket"), call.params.get("Key")
        return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "") if bucket else None
    given = next((v for v in call.params.values() if isinstance(v, str) and v.startswith("arn:")), None)
    if given and (call.verb != "create" or call.operation == "AssumeRole"):
        return given
    if call.noun and call.verb != "list" and call.service.keys(call.noun):
        names = [find_member(call.params, key) for key in call.service.keys(call.noun)]
        if all(isinstance(name, str) for name in names):
            record = call.look()
            known = record.get(call.service.arn_member(call.noun)) if record else None
            return str(known) if known else call.arn(f"{kebab(call.noun)}/{'/'.join(names)}")
    return given


@dataclass(frozen=True)
class Policy:
    """An identity policy. Conditions are not evaluated: with one, an Allow never counts and a Deny always does."""

    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Policy:
        """Take a policy document apart; refuses one without statements."""
        statements = document.get("Statement")
        if statements is None:
            raise ValueError("the policy has no Statement: give a whole policy document")
        return cls(tuple(statements) if isinstance(statements, list) else (statements,))

    def allows(self, action: str, resource: str | None) -> bool:
        """Whether some statement allows the action and none denies it; an unknown resource fits every statement."""
        if action in _ALWAYS:
            return True
        fitting = [s for s in self.statements if _fits_action(s, action) and _fits_resource(s, resource)]
        if any(s.get("Effect") == "Deny" for s in fitting):
            return False
        return any(s.get("Effect") == "Allow" and not s.get("Condition") for s in fitting)


def _fits_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_glob(pattern, action, fold=True) for pattern in _many(statement["NotAction"]))
    return any(_glob(pattern, action, fold=True) for pattern in _many(statement.get("Action", ())))


def _fits_resource(statement: Mapping[str, Any], resource: str | None) -> bool:
    if resource is None:
        return True
    if "NotResource" in statement:
        return not any(_glob(pattern, resource) for pattern in _many(statement["NotResource"]))
    return any(_glob(pattern, resource) for pattern in _many(statement.get("Resource", "*")))


def _many(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _glob(pattern: str, text: str, *, fold: bool = False) -> bool:
    # IAM knows * and ? only; fnmatch would also read brackets
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, text, re.IGNORECASE | re.DOTALL if fold else re.DOTALL) is not None
