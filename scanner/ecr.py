"""ECR: the images that models and jobs run, where they lie, and how they are scanned."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from mllens.scanner.collect import Call, Collector, Listed, OfName, Referred
from mllens.scanner.model import Ref, Resource, Struct, api, ref

if TYPE_CHECKING:
    from mllens.scanner.kms import Key

REPOSITORY = OfName(r"([^:@]+).*")
IMAGE = {
    "imageTag": OfName(r"[^:@]+:([^:@]+)"),
    "imageDigest": OfName(r"[^@]+@(.+)"),
}  # a digest holds where both stand
BY_NAME = {"repositoryName": "repositoryName"}


class Repository(Resource, type="AWS::ECR::Repository", name="repositoryName", arn="repositoryArn"):
    """A repository of the account's own registry."""

    created: datetime = api("createdAt")
    tag_mutability: Literal["MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"] = api(
        "imageTagMutability"
    )
    # Only the two settings with exclusion have filters: wildcards of tags for which the opposite holds.
    mutability_exclusions: tuple[str, ...] = api("imageTagMutabilityExclusionFilters[].filter", absent=())
    encryption: Literal["AES256", "KMS", "KMS_DSSE"] = api("encryptionConfiguration.encryptionType")
    # AES256 has no key of the account.
    kms_key: "Ref[Key] | None" = ref("encryptionConfiguration.kmsKey")
    # What holds for the repository by the registry's rules; `imageScanningConfiguration` is the setting of old.
    scan_on_push: bool = api("scanOnPush", of="BatchGetRepositoryScanningConfiguration")
    scan_frequency: Literal["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"] = api(
        "scanFrequency", of="BatchGetRepositoryScanningConfiguration"
    )
    # A repository need not have policies of its own.
    lifecycle_policy: Any | None = api("lifecyclePolicyText", of="GetLifecyclePolicy")
    policy: Any | None = api("policyText", of="GetRepositoryPolicy")


class Image(Resource, type="AWS::ECR::Image", name="Image"):
    """An image that another resource refers to, under the tag or digest it is referred to by.

    Images of other accounts, as AWS's own containers, lie outside the scan.
    """

    repository: Ref[Repository] = ref("repositoryName", of="DescribeImages", local=True)
    digest: str = api("imageDigest")
    # An image that lost its last tag has none.
    image_tags: tuple[str, ...] = api("imageTags", absent=())
    pushed: datetime = api("imagePushedAt")
    # An image that was never pulled, or not since ECR keeps count, has no time of it.
    last_pulled: datetime | None = api("lastRecordedPullTime")
    # What DescribeImages says of scans is not kept up by every kind of scanning. An image never scanned has no status.
    scan_status: (
        Literal[
            "IN_PROGRESS",
            "COMPLETE",
            "FAILED",
            "UNSUPPORTED_IMAGE",
            "ACTIVE",
            "PENDING",
            "SCAN_ELIGIBILITY_EXPIRED",
            "FINDINGS_UNAVAILABLE",
            "LIMIT_EXCEEDED",
            "IMAGE_ARCHIVED",
            "IMAGE_SIZE_EXCEEDED",
        ]
        | None
    ) = api("imageScanStatus.status", of="DescribeImageScanFindings")
    scan_completed: datetime | None = api("imageScanFindings.imageScanCompletedAt", of="DescribeImageScanFindings")
    # Findings by severity: none before a scan was finished, and none where it found nothing.
    findings: Mapping[str, int] | None = api("imageScanFindings.findingSeverityCounts", of="DescribeImageScanFindings")


class ScanningRule(Struct):
    """One rule of a registry: how often repositories whose names match a filter are scanned."""

    frequency: Literal["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"] = api("scanFrequency")
    filters: tuple[str, ...] = api("repositoryFilters[].filter")


class RegistryScanning(Resource, type="AWS::ECR::RegistryScanningConfiguration", name="registryId"):
    """How a registry scans, in one region; its name is the account's."""

    scan_type: Literal["BASIC", "ENHANCED"] = api("scanningConfiguration.scanType")
    # A registry without rules scans nothing by itself.
    rules: tuple[ScanningRule, ...] = api("scanningConfiguration.rules", absent=())


COLLECTORS = (
    Collector(
        Repository,
        Listed(Call("ecr", "DescribeRepositories", items="repositories")),
        then=(
            Call(
                "ecr",
                "GetLifecyclePolicy",
                given=BY_NAME,
                none=("LifecyclePolicyNotFoundException",),
                parse=("lifecyclePolicyText",),
            ),
            Call(
                "ecr",
                "GetRepositoryPolicy",
                given=BY_NAME,
                none=("RepositoryPolicyNotFoundException",),
                parse=("policyText",),
            ),
            Call(
                "ecr",
                "BatchGetRepositoryScanningConfiguration",
                items="scanningConfigurations",
                given={"repositoryNames": ["repositoryName"]},
            ),
        ),
        tags=Call("ecr", "ListTagsForResource", items="tags", given={"resourceArn": "arn"}),
    ),
    Collector(
        Image,
        Referred(),
        then=(
            Call(
                "ecr",
                "DescribeImages",
                items="imageDetails",
                given={
                    "repositoryName": REPOSITORY,
                    "imageIds": [IMAGE],
                },
            ),
            Call(
                "ecr",
                "DescribeImageScanFindings",
                given={"repositoryName": REPOSITORY, "imageId": IMAGE},
                fixed={"maxResults": 1},  # the counts are of all findings
                none=("ScanNotFoundException",),
            ),
        ),
    ),
    Collector(RegistryScanning, Listed(Call("ecr", "GetRegistryScanningConfiguration"))),
)
