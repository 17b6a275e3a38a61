"""CloudWatch Logs: the groups that machine learning and what delivers it write to."""

from typing import TYPE_CHECKING, Literal

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.model import Ref, Resource, api, ref

if TYPE_CHECKING:
    from mllens.scanner.kms import Key


class LogGroup(Resource, type="AWS::Logs::LogGroup", name="logGroupName", arn="logGroupArn"):
    """A log group of SageMaker, Bedrock, or a service that pipelines run on; groups named otherwise are not looked for."""

    # Without a retention events are kept for ever.
    retention_days: int | None = api("retentionInDays")
    # Without a key of the account's own the service encrypts with one that it owns.
    kms_key: "Ref[Key] | None" = ref("kmsKeyId")
    # A group that never had a data protection policy has no status of one.
    data_protection: Literal["ACTIVATED", "DELETED", "ARCHIVED", "DISABLED"] | None = api("dataProtectionStatus")
    stored_bytes: int = api("storedBytes")


COLLECTORS = (
    Collector(
        LogGroup,
        Listed(
            Call("logs", "DescribeLogGroups", items="logGroups"),
            each=(
                {"logGroupNamePrefix": "/aws/sagemaker"},
                {"logGroupNamePrefix": "/aws/bedrock"},
                {"logGroupNamePrefix": "/aws/code"},  # CodeBuild, CodePipeline
                {"logGroupNamePrefix": "/aws/vendedlogs/states"},
                {"logGroupNamePrefix": "/aws-glue"},
            ),
        ),
    ),
)
