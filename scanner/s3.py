"""S3: the buckets that machine learning names. Only those are read, never all of an account's."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from mllens.scanner.collect import AccountWide, Call, Collector, Referred
from mllens.scanner.model import Ref, Resource, Struct, api, ref

if TYPE_CHECKING:
    from mllens.scanner.kms import Key

BY_NAME = {"Bucket": "name"}


class Transition(Struct):
    """When objects move to another storage class."""

    storage_class: Literal[
        "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"
    ] = api("StorageClass")
    # Either a number of days or a date.
    days: int | None = api("Days")


class LifecycleRule(Struct):
    """One rule of a bucket's lifecycle. It is for objects that its filter matches, for all where it has none."""

    status: Literal["Enabled", "Disabled"] = api("Status")
    # The prefix stands in the filter, in the filter's conjunction, or, in rules of old, beside it.
    prefix: str | None = api("Filter.Prefix")
    prefix_and: str | None = api("Filter.And.Prefix")
    prefix_of_old: str | None = api("Prefix")
    # A filter by tag, alone or in a conjunction, or by size, leaves out objects that the prefix matches.
    tag: str | None = api("Filter.Tag.Key")
    tags_and: tuple[str, ...] = api("Filter.And.Tags[].Key", absent=())
    larger_than: int | None = api("Filter.ObjectSizeGreaterThan")
    smaller_than: int | None = api("Filter.ObjectSizeLessThan")
    larger_than_and: int | None = api("Filter.And.ObjectSizeGreaterThan")
    smaller_than_and: int | None = api("Filter.And.ObjectSizeLessThan")
    # A rule has the actions that it has.
    expiration_days: int | None = api("Expiration.Days")
    expiration_date: datetime | None = api("Expiration.Date")
    noncurrent_expiration_days: int | None = api("NoncurrentVersionExpiration.NoncurrentDays")
    transitions: tuple[Transition, ...] = api("Transitions", absent=())


class ReplicationRule(Struct):
    """One rule of a bucket's replication."""

    status: Literal["Enabled", "Disabled"] = api("Status")
    destination: str = api("Destination.Bucket")


class Bucket(Resource, type="AWS::S3::Bucket", name="Bucket", scope="global"):
    """A bucket that another resource refers to; buckets are known by name alone, everywhere."""

    # AWS leaves the status out for a bucket that never had versioning.
    versioning: Literal["Enabled", "Suspended"] | None = api("Status", of="GetBucketVersioning")
    # AWS leaves the constraint out for us-east-1.
    location: str = api("LocationConstraint", of="GetBucketLocation", absent="us-east-1")
    # Buckets that were made before 2023 and never touched since could have no default encryption.
    encryption: tuple[Literal["AES256", "aws:fsx", "aws:backup", "aws:kms", "aws:kms:dsse"], ...] = api(
        "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm", absent=()
    )
    # Without a key of its own, aws:kms means the key that AWS manages for S3.
    kms_keys: "tuple[Ref[Key], ...]" = ref(
        "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID", absent=()
    )
    # A bucket without a block of its own blocks nothing; the account's may.
    block_public_acls: bool = api("PublicAccessBlockConfiguration.BlockPublicAcls", absent=False)
    ignore_public_acls: bool = api("PublicAccessBlockConfiguration.IgnorePublicAcls", absent=False)
    block_public_policy: bool = api("PublicAccessBlockConfiguration.BlockPublicPolicy", absent=False)
    restrict_public_buckets: bool = api("PublicAccessBlockConfiguration.RestrictPublicBuckets", absent=False)
    # A bucket without a policy is not public by one.
    public_by_policy: bool = api("PolicyStatus.IsPublic", absent=False)
    policy: Any | None = api("Policy", of="GetBucketPolicy")
    # Objects stay for ever where there is no lifecycle.
    lifecycle: tuple[LifecycleRule, ...] = api("Rules", of="GetBucketLifecycleConfiguration", absent=())
    # Requests are not logged unless a bucket for the logs was named.
    log_bucket: str | None = api("LoggingEnabled.TargetBucket")
    replication: tuple[ReplicationRule, ...] = api("ReplicationConfiguration.Rules", absent=())
    # Buckets without ownership controls keep to their ACLs, as ObjectWriter does.
    ownership: tuple[Literal["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"], ...] = api(
        "OwnershipControls.Rules[].ObjectOwnership", absent=()
    )


class AccountPublicAccessBlock(Resource, type="AWS::S3::AccountPublicAccessBlock", name="AccountId", scope="account"):
    """What the account keeps every bucket from, whatever the bucket says; its name is the account's."""

    # An account without a block blocks nothing.
    block_public_acls: bool = api("PublicAccessBlockConfiguration.BlockPublicAcls", absent=False)
    ignore_public_acls: bool = api("PublicAccessBlockConfiguration.IgnorePublicAcls", absent=False)
    block_public_policy: bool = api("PublicAccessBlockConfiguration.BlockPublicPolicy", absent=False)
    restrict_public_buckets: bool = api("PublicAccessBlockConfiguration.RestrictPublicBuckets", absent=False)


COLLECTORS = (
    Collector(
        Bucket,
        Referred(),
        then=(
            Call("s3", "GetBucketVersioning", given=BY_NAME),
            Call("s3", "GetBucketLocation", given=BY_NAME),
            Call(
                "s3",
                "GetBucketEncryption",
                given=BY_NAME,
                none=("ServerSideEncryptionConfigurationNotFoundError",),
                iam="s3:GetEncryptionConfiguration",
            ),
            Call(
                "s3",
                "GetPublicAccessBlock",
                given=BY_NAME,
                none=("NoSuchPublicAccessBlockConfiguration",),
                iam="s3:GetBucketPublicAccessBlock",
            ),
            Call("s3", "GetBucketPolicyStatus", given=BY_NAME, none=("NoSuchBucketPolicy",)),
            Call("s3", "GetBucketPolicy", given=BY_NAME, none=("NoSuchBucketPolicy",), parse=("Policy",)),
            Call(
                "s3",
                "GetBucketLifecycleConfiguration",
                given=BY_NAME,
                none=("NoSuchLifecycleConfiguration",),
                iam="s3:GetLifecycleConfiguration",
            ),
            Call("s3", "GetBucketLogging", given=BY_NAME),
            Call(
                "s3",
                "GetBucketReplication",
                given=BY_NAME,
                none=("ReplicationConfigurationNotFoundError",),
                iam="s3:GetReplicationConfiguration",
            ),
            Call("s3", "GetBucketOwnershipControls", given=BY_NAME, none=("OwnershipControlsNotFoundError",)),
        ),
    ),
    Collector(
        AccountPublicAccessBlock,
        AccountWide(
            Call(
                "s3control",
                "GetPublicAccessBlock",
                given={"AccountId": "account"},
                none=("NoSuchPublicAccessBlockConfiguration",),
                iam="s3:GetAccountPublicAccessBlock",
            )
        ),
    ),
)
