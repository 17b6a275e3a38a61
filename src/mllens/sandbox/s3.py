"""S3 in front of moto: the defaults that AWS gives a new bucket, and the settings that moto only pretends to keep."""

from __future__ import annotations

import copy
from typing import Any

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, cut, hook
from mllens.sandbox.errors import AwsError

_ENCRYPTION: dict[str, Any] = {
    "Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}
}
# Settings of which a bucket has many: the noun -> the member that carries one, and the member that lists all.
_MANY = {
    "Analytics": ("AnalyticsConfiguration", "AnalyticsConfigurationList"),
    "IntelligentTiering": ("IntelligentTieringConfiguration", "IntelligentTieringConfigurationList"),
    "Metrics": ("MetricsConfiguration", "MetricsConfigurationList"),
}


def _bucket(call: Call) -> Any:
    name = call.params["Bucket"]
    # bucket names are one space for all accounts, and moto keeps it that way
    owner = motoland.bucket_owner(name)
    buckets = motoland.backend("s3", owner, call.region).buckets if owner else {}
    if name not in buckets:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
    return buckets[name]


@hook("s3", "CreateBucket")
def create_bucket(call: Call) -> Answer:
    """Encrypted, closed to the public and without ACLs, as AWS makes buckets since April 2023."""
    from moto.s3.models import PublicAccessBlock  # noqa: PLC0415 (a third of a second, for S3 users only)

    answer = call.forward()
    bucket = _bucket(call)
    if bucket.encryption is None:
        bucket.encryption = copy.deepcopy(_ENCRYPTION)
    if bucket.public_access_block is None:
        bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    if bucket.ownership_rule is None:
        bucket.ownership_rule = "BucketOwnerEnforced"
    return answer


@hook("s3", "DeleteBucketEncryption")
def delete_bucket_encryption(call: Call) -> Answer:
    """There is no bucket without encryption: deleting goes back to AES256."""
    answer = call.forward()
    _bucket(call).encryption = copy.deepcopy(_ENCRYPTION)
    return answer


@hook("s3", "GetBucketRequestPayment", "PutBucketRequestPayment")
def request_payment(call: Call) -> Answer:
    """Who pays: the owner, unless set."""
    _bucket(call)
    table = call.state.table("s3", "RequestPayment")
    key = (call.params["Bucket"],)
    if call.operation.startswith("Put"):
        table.put(key, call.params["RequestPaymentConfiguration"])
        return {}
    return table.get(key) or {"Payer": "BucketOwner"}


def _of_many(call: Call) -> Answer:
    _bucket(call)
    noun = next(noun for noun in _MANY if noun in call.operation)
    member, listed = _MANY[noun]
    table = call.state.table("s3", noun)
    key = (call.params["Bucket"], call.params.get("Id", ""))
    if call.operation.startswith("List"):
        rows = [row[member] for row in table if row["Bucket"] == key[0]]
        page, token = cut(call, rows, call.params.get("ContinuationToken"), None)
        return {listed: page, "IsTruncated": bool(token), **({"NextContinuationToken": token} if token else {})}
    if call.operation.startswith("Put"):
        table.put(key, copy.deepcopy(call.params))
        return {}
    row = table.pop(key) if call.operation.startswith("Delete") else table.get(key)
    if row is None:
        raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    return {} if call.operation.startswith("Delete") else {member: row[member]}


for _noun in _MANY:
    _operations = [f"{_verb}Bucket{_noun}Configuration" for _verb in ("Put", "Get", "Delete")]
    hook("s3", *_operations, f"ListBucket{_noun}Configurations")(_of_many)
