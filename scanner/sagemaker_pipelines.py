"""SageMaker Pipelines: definitions, parsed into steps, and their newest runs."""

from datetime import datetime
from typing import Any, Literal

from mllens.scanner.collect import Call, Collector, Each, Searched
from mllens.scanner.iam import Role
from mllens.scanner.model import Redacted, Ref, Resource, Struct, api, ref
from mllens.scanner.sagemaker import NEWEST_FIRST, TAGS


class Parameter(Struct):
    """A parameter of a pipeline."""

    name: str = api("Name")
    type: str = api("Type")
    # Without a default the value is given when a run is started.
    default: Any | Redacted | None = api("DefaultValue")


class Step(Struct):
    """A step of a pipeline.

    `arguments` are as written: a name or number there may be an expression such as `{"Get": "Parameters.Role"}`.
    """

    name: str = api("Name")
    type: str = api("Type")
    # Steps that only follow from what they use name no others.
    depends_on: tuple[str, ...] = api("DependsOn", absent=())
    # The schema asks for arguments of some types of step only, as for the members below.
    arguments: Any | None = api("Arguments")
    check_type: Any | None = api("CheckType")
    function: Any | None = api("FunctionArn")
    retries: tuple[Any, ...] = api("RetryPolicies", absent=())
    conditions: tuple[Any, ...] = api("Arguments.Conditions", absent=())
    if_steps: "tuple[Step, ...]" = api("Arguments.IfSteps", absent=())
    else_steps: "tuple[Step, ...]" = api("Arguments.ElseSteps", absent=())


class Pipeline(Resource, type="AWS::SageMaker::Pipeline", name="PipelineName", arn="PipelineArn"):
    """Steps that make a model, from data to registry."""

    created: datetime = api("CreationTime")
    last_modified: datetime = api("LastModifiedTime")
    role: Ref[Role] = ref("RoleArn")
    # A pipeline that never ran has no such time.
    last_run: datetime | None = api("LastRunTime")
    # The schema requires steps; a definition may do without parameters.
    steps: tuple[Step, ...] = api("PipelineDefinition.Steps")
    parameters: tuple[Parameter, ...] = api("PipelineDefinition.Parameters", absent=())


class PipelineExecution(
    Resource, type="AWS::SageMaker::PipelineExecution", name="PipelineExecutionArn", arn="PipelineExecutionArn"
):
    """One run of a pipeline."""

    pipeline: Ref[Pipeline] = ref("PipelineName", local=True)
    started: datetime = api("StartTime")
    status: Literal["Executing", "Stopping", "Stopped", "Failed", "Succeeded", "CompletedWithFailures"] = api(
        "PipelineExecutionStatus"
    )
    # Only runs that failed say why.
    failure_reason: str | None = api("PipelineExecutionFailureReason")


COLLECTORS = (
    Collector(
        Pipeline,
        Searched(
            Call("sagemaker", "ListPipelines", items="PipelineSummaries"),
            record="Pipeline",
            body="Pipeline",
            describe=Call(
                "sagemaker",
                "DescribePipeline",
                given={"PipelineName": "PipelineName"},
                parse=("PipelineDefinition",),
            ),
        ),
        tags=TAGS,
    ),
    Collector(
        PipelineExecution,
        Each(
            Pipeline,
            Call(
                "sagemaker",
                "ListPipelineExecutions",
                items="PipelineExecutionSummaries",
                given={"PipelineName": "PipelineName"},
                fixed=NEWEST_FIRST,
            ),
            newest=10,
        ),
    ),
)
