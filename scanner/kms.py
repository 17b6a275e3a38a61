"""KMS: the keys that machine learning names. Only those are read, never all of an account's."""

from datetime import datetime
from typing import Any, Literal

from mllens.scanner.collect import Call, Collector, Referred
from mllens.scanner.model import Resource, api

BY_ID = {"KeyId": "KeyId"}  # as DescribeKey answered it: the other operations take no alias
OF_CUSTOMERS = {"KeyManager": "CUSTOMER"}  # some of AWS's own keys let nobody ask, and none of them can be set


class Key(Resource, type="AWS::KMS::Key", name="Key", arn="Arn"):
    """A key that another resource refers to, by its id or ARN, or by an alias, which is its name here then."""

    key_id: str = api("KeyId", of="DescribeKey")
    manager: Literal["AWS", "CUSTOMER"] = api("KeyManager")
    state: Literal[
        "Creating",
        "Enabled",
        "Disabled",
        "PendingDeletion",
        "PendingImport",
        "PendingReplicaDeletion",
        "Unavailable",
        "Updating",
    ] = api("KeyState")
    origin: Literal["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] = api("Origin")
    spec: str = api("KeySpec")
    # Only a key that waits for its deletion has a date of it.
    deletion_date: datetime | None = api("DeletionDate")
    # Keys that KMS cannot rotate by itself (asymmetric, imported, in a key store) answer false, or that the operation does
    # not apply: None. AWS's own keys are not asked.
    rotation_enabled: bool | None = api("KeyRotationEnabled", of="GetKeyRotationStatus")
    rotation_days: int | None = api("RotationPeriodInDays", of="GetKeyRotationStatus")
    policy: Any = api("Policy", of="GetKeyPolicy")


COLLECTORS = (
    Collector(
        Key,
        Referred(),
        then=(
            Call("kms", "DescribeKey", items="KeyMetadata", given={"KeyId": "name"}),
            Call(
                "kms",
                "GetKeyRotationStatus",
                given=BY_ID,
                when=OF_CUSTOMERS,
                none=("UnsupportedOperationException",),
            ),
            Call(
                "kms",
                "GetKeyPolicy",
                given=BY_ID,
                fixed={"PolicyName": "default"},  # the only one there can be
                when=OF_CUSTOMERS,
                parse=("Policy",),
            ),
        ),
    ),
)
