"""Amazon Augmented AI: flows that send predictions to people."""

from datetime import datetime
from typing import Literal

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Ref, Resource, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TAGS


class FlowDefinition(
    Resource, type="AWS::SageMaker::FlowDefinition", name="FlowDefinitionName", arn="FlowDefinitionArn"
):
    """How people review predictions: who, how many for each, and where their verdicts go."""

    status: Literal["Initializing", "Active", "Failed", "Deleting"] = api("FlowDefinitionStatus")
    created: datetime = api("CreationTime")
    role: Ref[Role] = ref("RoleArn")
    workteam: str = api("HumanLoopConfig.WorkteamArn")
    reviewers: int = api("HumanLoopConfig.TaskCount")
    # Flows of an application's own have neither: it sends what it wants reviewed.
    task_type: (
        Literal["AWS/Rekognition/DetectModerationLabels/Image/V3", "AWS/Textract/AnalyzeDocument/Forms/V1"] | None
    ) = api("HumanLoopRequestSource.AwsManagedHumanLoopRequestSource")
    conditions: str | None = api(
        "HumanLoopActivationConfig.HumanLoopActivationConditionsConfig.HumanLoopActivationConditions"
    )
    output: Ref[Bucket] = ref("OutputConfig.S3OutputPath")
    # Without a key of the account's own the verdicts are encrypted with one that AWS chose.
    kms_key: Ref[Key] | None = ref("OutputConfig.KmsKeyId")


COLLECTORS = (
    Collector(
        FlowDefinition,
        Listed(Call("sagemaker", "ListFlowDefinitions", items="FlowDefinitionSummaries")),
        then=(Call("sagemaker", "DescribeFlowDefinition", given={"FlowDefinitionName": "FlowDefinitionName"}),),
        tags=TAGS,
    ),
)
