"""SageMaker's own ways: endpoints, packages, schedules, jobs, pipelines and what else the model cannot say."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from datetime import timedelta

from mllens.sandbox import identity, motoland
from mllens.sandbox.answer import Answer, Call, Hook, amend, create, cut, hook, list_rows, new_record, project, tag_list
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record

_BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
_ENDED = frozenset({"Completed", "Failed", "Stopped", "COMPLETED", "FAILED", "STOPPED"})
_RUN_SECONDS, _START_SECONDS, _SPOT_SHARE = 600, 60, 0.3


def _hook(*operations: str) -> Callable[[Hook], Hook]:
    return hook("sagemaker", *operations)


def _shown(call: Call, record: Record) -> Answer:
    return project(record, call.service.output(call.operation), call.noun, call.now)


# Endpoints


@_hook("CreateEndpointConfig")
def create_endpoint_config(call: Call) -> Answer:
    """Variants weigh 1 unless told otherwise."""
    record = copy.deepcopy(call.params)
    record.setdefault("EnableNetworkIsolation", False)
    for name in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in record.get(name, ()):
            variant.setdefault("InitialVariantWeight", 1.0)
    return create(call, given=record)


@_hook("CreateEndpoint")
def create_endpoint(call: Call) -> Answer:
    """An endpoint shows what its configuration says, and keeps showing it when the configuration is gone."""
    config = _config(call)
    if call.look() is not None:
        raise call.taken()
    record = copy.deepcopy(call.params)
    _deploy(call, record, config)
    return create(call, given=record)


@_hook("UpdateEndpoint")
def update_endpoint(call: Call) -> Answer:
    """Deploy another configuration, keeping counts and weights when told to."""
    record, config = call.find(), _config(call)
    if record["EndpointStatus"] in _BUSY:
        message = f'Cannot update in-progress endpoint "{record["EndpointArn"]}".'
        raise AwsError("ValidationException", message)
    before = {v["VariantName"]: v for v in record.get("ProductionVariants", ())}
    last = record.get("LastDeploymentConfig") if call.params.get("RetainDeploymentConfig") else None
    changes = {"EndpointConfigName": call.params["EndpointConfigName"]}
    given = copy.deepcopy({n: v for n, v in call.params.items() if n == "DeploymentConfig"})
    for name in ("ShadowProductionVariants", "DataCaptureConfig", "AsyncInferenceConfig", "LastDeploymentConfig"):
        record.pop(name, None)
    _deploy(call, record, config, given.get("DeploymentConfig") or last)
    if call.params.get("RetainAllVariantProperties"):
        _retain(call, record["ProductionVariants"], before)
    amend(call, record, changes)
    return {"EndpointArn": record["EndpointArn"]}


def _retain(call: Call, variants: list[Record], before: dict[str, Record]) -> None:
    dropped = {p["VariantPropertyType"] for p in call.params.get("ExcludeRetainedVariantProperties", ())}
    for variant in variants:
        old = before.get(variant["VariantName"], {})
        for kind, members in (
            ("DesiredInstanceCount", ("DesiredInstanceCount", "CurrentInstanceCount")),
            ("DesiredWeight", ("DesiredWeight", "CurrentWeight")),
        ):
            variant.update({m: old[m] for m in members if m in old and kind not in dropped})


def _config(call: Call) -> Record:
    return call.find("EndpointConfig", (call.params["EndpointConfigName"],))


def _deploy(call: Call, record: Record, config: Record, deployment: Record | None = None) -> None:
    """Write into an endpoint what its configuration implies."""
    for name in ("ProductionVariants", "ShadowProductionVariants"):
        if name in config:
            record[name] = [_variant(call, variant) for variant in config[name]]
    for name in ("AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig"):
        if name in config:
            record[name] = copy.deepcopy(config[name])
    if capture := config.get("DataCaptureConfig"):
        enabled = capture.get("EnableCapture", False)
        record["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    deployment = deployment or record.pop("DeploymentConfig", None)
    if deployment:
        record["LastDeploymentConfig"] = deployment


def _variant(call: Call, variant: Record) -> Record:
    weight, count = variant.get("InitialVariantWeight", 1.0), variant.get("InitialInstanceCount", 1)
    shown: Record = {"VariantName": variant["VariantName"], "CurrentWeight": weight, "DesiredWeight": weight}
    model = call.table("Model").get((variant.get("ModelName", ""),)) or {}
    containers = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    images = [image for container in containers for image in _images(call, container)]
    if images:
        shown["DeployedImages"] = [
            {
                "SpecifiedImage": i,
                "ResolvedImage": _resolved(call, i),
                "ResolutionTime": call.now,
            }
            for i in images
        ]
    if "ServerlessConfig" in variant:
        serverless = copy.deepcopy(variant["ServerlessConfig"])
        shown |= {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": copy.deepcopy(serverless)}
    else:
        shown |= {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
    return shown | {k: copy.deepcopy(variant[k]) for k in ("ManagedInstanceScaling", "RoutingConfig") if k in variant}


def _images(call: Call, container: Record) -> list[str]:
    """What a container runs: its own image, or those of its model package."""
    if "Image" in container:
        return [container["Image"]]
    package = call.table("ModelPackage").get((container.get("ModelPackageName", ""),)) or {}
    return [c["Image"] for c in package.get("InferenceSpecification", {}).get("Containers", ())]


def _resolved(call: Call, image: str) -> str:
    """An image under its digest: the one that the account's own ECR knows, else one made up."""
    repository, _, digest = image.partition("@")
    name, _, tag = repository.partition("/")[2].partition(":")
    if not digest and repository.startswith(f"{call.account}.dkr.ecr.{call.region}."):
        digest = motoland.image_digest(call.account, call.region, name, tag or "latest") or ""
    untagged = repository.rsplit(":", 1)[0] if tag else repository
    return f"{untagged}@{digest or f'sha256:{identity.digest(image) * 2}'}"


@_hook("UpdateEndpointWeightsAndCapacities")
def update_weights(call: Call) -> Answer:
    """Change the variants that are named; the current values follow at once."""
    record = call.find("Endpoint", (call.params["EndpointName"],))
    variants = {v["VariantName"]: v for v in record.get("ProductionVariants", ())}
    for wanted in call.params["DesiredWeightsAndCapacities"]:
        variant = variants.get(wanted["VariantName"])
        if variant is None:
            raise AwsError("ValidationException", f'Variant "{wanted["VariantName"]}" does not exist on the endpoint.')
        for source, stem in (("DesiredWeight", "Weight"), ("DesiredInstanceCount", "InstanceCount")):
            if source in wanted:
                variant |= {f"Desired{stem}": wanted[source], f"Current{stem}": wanted[source]}
    amend(call, record, {}, "Endpoint")
    return {"EndpointArn": record["EndpointArn"]}


# The model registry


def find_package(call: Call, name: str) -> Record:
    """A package by ARN, or by the name of an unversioned one."""
    table = call.table("ModelPackage")
    record = table.get((name,)) or table.get((call.arn(f"model-package/{name.lower()}"),))
    if record is None:
        raise AwsError("ValidationException", f"ModelPackage {name} does not exist.")
    return record


def _find_group(call: Call, name: str) -> Record:
    record = call.look("ModelPackageGroup", (name.rsplit("/", 1)[-1] if name.startswith("arn:") else name,))
    if record is None:
        raise AwsError("ValidationException", f"ModelPackageGroup {name} does not exist.")
    return record


@_hook("CreateModelPackage")
def create_model_package(call: Call) -> Answer:
    """In a group, packages are numbered and await approval; outside, they are named."""
    record = copy.deepcopy(call.params)
    group_name, name = record.get("ModelPackageGroupName"), record.get("ModelPackageName")
    if bool(group_name) == bool(name):
        raise AwsError(
            "ValidationException", "Exactly one of ModelPackageName and ModelPackageGroupName must be given."
        )
    if group_name:
        group = _find_group(call, group_name)
        version = group.get("versions", 0) + 1
        group["versions"] = version  # never given twice, not even after a deletion
        path = f"{group['ModelPackageGroupName'].lower()}/{version}"
        record |= {"ModelPackageGroupName": group["ModelPackageGroupName"], "ModelPackageVersion": version}
        record.setdefault("ModelApprovalStatus", "PendingManualApproval")
        record["ModelPackageName"] = path
    else:
        path = str(name).lower()
    arn = call.arn(f"model-package/{path}")
    record["ModelPackageArn"] = arn
    record["ModelPackageStatusDetails"] = {"ValidationStatuses": [], "ImageScanStatuses": []}
    # named and numbered packages share one table, whose key is the ARN
    new_record(call, "ModelPackage", record, key=(arn,))
    return {"ModelPackageArn": arn}


@_hook("DescribeModelPackage")
def describe_model_package(call: Call) -> Answer:
    """By name or ARN."""
    return _shown(call, find_package(call, call.params["ModelPackageName"]))


@_hook("UpdateModelPackage")
def update_model_package(call: Call) -> Answer:
    """Approve, and merge what comes as additions and removals."""
    record = find_package(call, call.params["ModelPackageArn"])
    changes = copy.deepcopy(call.params)
    for control in ("ModelPackageArn", "ClientToken"):
        changes.pop(control, None)
    properties = dict(record.get("CustomerMetadataProperties", {})) | changes.pop("CustomerMetadataProperties", {})
    for name in changes.pop("CustomerMetadataPropertiesToRemove", ()):
        properties.pop(name, None)
    if properties or "CustomerMetadataProperties" in record:
        changes["CustomerMetadataProperties"] = properties
    if added := changes.pop("AdditionalInferenceSpecificationsToAdd", None):
        changes["AdditionalInferenceSpecifications"] = [*record.get("AdditionalInferenceSpecifications", ()), *added]
    amend(call, record, changes, "ModelPackage")
    return {"ModelPackageArn": record["ModelPackageArn"]}


@_hook("BatchDescribeModelPackage")
def batch_describe_model_package(call: Call) -> Answer:
    """Packages found and packages missed, each under its ARN."""
    found, missed = {}, {}
    shape = call.service.output(call.operation).members["ModelPackageSummaries"].value
    for arn in call.params["ModelPackageArnList"]:
        record = call.table("ModelPackage").get((arn,))
        if record is None:
            missed[arn] = {"ErrorCode": "ValidationException", "ErrorResponse": f"ModelPackage {arn} does not exist."}
        else:
            found[arn] = project(record, shape, None, call.now)
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": missed}


@_hook("ListModelPackages")
def list_model_packages(call: Call) -> Answer:
    """The versions of a group, or by default the unversioned packages."""
    group = call.params.pop("ModelPackageGroupName", None)
    kind = call.params.pop("ModelPackageType", "Versioned" if group else "Unversioned")
    rows = [
        row
        for row in call.table("ModelPackage")
        if kind == "Both" or ("ModelPackageVersion" in row) == (kind == "Versioned")
    ]
    if group:
        name = _find_group(call, group)["ModelPackageGroupName"]
        rows = [row for row in rows if row.get("ModelPackageGroupName") == name]
    answer = _listed(call, rows)
    for summary in answer["ModelPackageSummaryList"]:
        if "ModelPackageVersion" in summary:
            summary.pop("ModelPackageName", None)
    return answer


def _listed(call: Call, rows: list[Record]) -> Answer:
    """A page of rows that are not simply all of a table."""
    return list_rows(call, rows)


@_hook("DeleteModelPackage")
def delete_model_package(call: Call) -> Answer:
    """By name or ARN."""
    record = find_package(call, call.params["ModelPackageName"])
    call.state.remove("sagemaker", "ModelPackage", record, record["ModelPackageArn"])
    return {}


@_hook("DescribeModelPackageGroup")
def describe_model_package_group(call: Call) -> Answer:
    """By name or ARN."""
    return _shown(call, _find_group(call, call.params["ModelPackageGroupName"]))


@_hook("DeleteModelPackageGroup")
def delete_model_package_group(call: Call) -> Answer:
    """Refused while there are packages in it."""
    group = _find_group(call, call.params["ModelPackageGroupName"])
    name = group["ModelPackageGroupName"]
    if any(row.get("ModelPackageGroupName") == name for row in call.table("ModelPackage")):
        call.fail("Conflict", f"Model Package Group {name} cannot be deleted because it still contains Model Packages.")
    call.state.remove("sagemaker", "ModelPackageGroup", group, group["ModelPackageGroupArn"])
    return {}


@_hook("GetModelPackageGroupPolicy")
def get_model_package_group_policy(call: Call) -> Answer:
    """No policy is an error with words of its own, and so is no group."""
    if (record := call.look()) is not None:
        return _shown(call, record)
    name = call.params["ModelPackageGroupName"]
    there = call.look("ModelPackageGroup", (name,)) is not None
    lacking = "resource policy for" if there else "Model Package Group"
    raise AwsError("ValidationException", f"Cannot find {lacking}: {call.arn(f'model-package-group/{name.lower()}')}")


# Shadow tests


@_hook("CreateInferenceExperiment")
def create_inference_experiment(call: Call) -> Answer:
    """A shadow test shows its endpoint and its ARN in words of its own."""
    answer = create(call)
    record = call.find()
    endpoint = call.table("Endpoint").get((record["EndpointName"],)) or {}
    shown = {n: endpoint[n] for n in ("EndpointConfigName", "EndpointStatus") if n in endpoint}
    record["Arn"] = record["InferenceExperimentArn"]
    record["EndpointMetadata"] = {"EndpointName": record["EndpointName"]} | shown
    record["ModelVariants"] = [{**variant, "Status": "InService"} for variant in record["ModelVariants"]]
    return answer


# Monitoring


@_hook(
    "CreateDataQualityJobDefinition",
    "CreateModelQualityJobDefinition",
    "CreateModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition",
)
def create_job_definition(call: Call) -> Answer:
    """Lists have words of their own for the name and the ARN."""
    answer = create(call)
    record = call.find()
    record |= {
        "MonitoringJobDefinitionName": record["JobDefinitionName"],
        "MonitoringJobDefinitionArn": record["JobDefinitionArn"],
    }
    return answer


@_hook("CreateMonitoringSchedule", "UpdateMonitoringSchedule")
def save_monitoring_schedule(call: Call) -> Answer:
    """A schedule shows the endpoint that it watches, also when only its job definition names it."""
    creating = call.operation == "CreateMonitoringSchedule"
    answer = create(call) if creating else call.generic()
    record = call.find()
    config = record["MonitoringScheduleConfig"]
    record["MonitoringType"] = config.get("MonitoringType", record.get("MonitoringType", "DataQuality"))
    endpoint = _watched(call, record["MonitoringType"], config)
    if endpoint:
        record["EndpointName"] = endpoint
    return answer


def _watched(call: Call, kind: str, config: Record) -> str | None:
    inputs = [i for i in config.get("MonitoringJobDefinition", {}).get("MonitoringInputs", ()) if "EndpointInput" in i]
    if inputs:
        return str(inputs[0]["EndpointInput"]["EndpointName"])
    definition = call.table(f"{kind}JobDefinition").get((config.get("MonitoringJobDefinitionName", ""),)) or {}
    given: Record = definition.get(f"{kind}JobInput", {}).get("EndpointInput", {})
    return given.get("EndpointName")


@_hook("DescribeMonitoringSchedule")
def describe_monitoring_schedule(call: Call) -> Answer:
    """With its latest execution."""
    record = call.find()
    runs = [
        r for r in call.table("MonitoringExecution") if r["MonitoringScheduleName"] == record["MonitoringScheduleName"]
    ]
    last = {"LastMonitoringExecutionSummary": max(runs, key=lambda r: r["CreationTime"])} if runs else {}
    return _shown(call, record | last)


@_hook("ListMonitoringExecutions")
def list_monitoring_executions(call: Call) -> Answer:
    """The executions that were seeded, newest first unless asked otherwise."""
    rows = list(call.table("MonitoringExecution"))
    for name, member in (
        ("MonitoringScheduleName", "MonitoringScheduleName"),
        ("EndpointName", "EndpointName"),
        ("MonitoringJobDefinitionName", "MonitoringJobDefinitionName"),
        ("MonitoringTypeEquals", "MonitoringType"),
        ("StatusEquals", "MonitoringExecutionStatus"),
    ):
        if name in call.params:
            rows = [row for row in rows if row.get(member) == call.params[name]]
    for stem in ("ScheduledTime", "CreationTime", "LastModifiedTime"):
        after, before = call.params.get(f"{stem}After"), call.params.get(f"{stem}Before")
        rows = [row for row in rows if (not after or row[stem] > after) and (not before or row[stem] < before)]
    by = {"Status": "MonitoringExecutionStatus"}.get(
        call.params.get("SortBy", ""), call.params.get("SortBy", "CreationTime")
    )
    rows.sort(key=lambda row: row[by], reverse=call.params.get("SortOrder") != "Ascending")
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"), 10)
    return {"MonitoringExecutionSummaries": page, **({"NextToken": token} if token else {})}


# Jobs


@_hook("CreateTrainingJob")
def create_training_job(call: Call) -> Answer:
    """A job is over as soon as it is made, with the times and seconds that a run leaves."""
    record = copy.deepcopy(call.params)
    start = call.now + timedelta(seconds=_START_SECONDS)
    end = start + timedelta(seconds=_RUN_SECONDS)
    spot = record.get("EnableManagedSpotTraining", False)
    output = record.get("OutputDataConfig", {}).get("S3OutputPath", "").rstrip("/")
    record |= {
        "SecondaryStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": f"{output}/{record['TrainingJobName']}/output/model.tar.gz"},
        "TrainingStartTime": start,
        "TrainingEndTime": end,
        "LastModifiedTime": end,
        "TrainingTimeInSeconds": _RUN_SECONDS,
        "BillableTimeInSeconds": int(_RUN_SECONDS * _SPOT_SHARE) if spot else _RUN_SECONDS,
        "SecondaryStatusTransitions": [
            {"Status": "Training", "StartTime": start, "EndTime": end, "StatusMessage": "Training job is in progress"},
            {"Status": "Completed", "StartTime": end, "EndTime": end, "StatusMessage": "Training job completed"},
        ],
    }
    for name in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
        record.setdefault(name, False)
    return create(call, given=record)


@_hook("CreateHyperParameterTuningJob")
def create_tuning_job(call: Call) -> Answer:
    """It counts its training jobs, of which there are none here."""
    answer = create(call)
    record = call.find()
    states = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    record["TrainingJobStatusCounters"] = dict.fromkeys(states, 0)
    record["ObjectiveStatusCounters"] = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
    return answer


@_hook("StopTrainingJob", "StopProcessingJob", "StopTransformJob", "StopHyperParameterTuningJob")
def stop_job(call: Call) -> Answer:
    """Only what runs can be stopped."""
    record = call.find()
    status = record[f"{call.noun}Status"]
    if status in _ENDED:
        words = {"TrainingJob": "training job", "HyperParameterTuningJob": "hyperparameter tuning job"}
        job = words.get(call.noun, call.noun.replace("Job", " job").lower())
        raise AwsError("ValidationException", f"The request was rejected because the {job} is in status {status}.")
    changes = {f"{call.noun}Status": "Stopped"}
    if call.noun == "TrainingJob":
        changes["SecondaryStatus"] = "Stopped"
    amend(call, record, changes)
    return {}


@_hook("ListAutoMLJobs")
def list_automl_jobs(call: Call) -> Answer:
    """Jobs of both versions of the API."""
    return _listed(call, [*call.table("AutoMLJob"), *call.table("AutoMLJobV2")])


# Pipelines


@_hook("CreatePipeline", "UpdatePipeline")
def save_pipeline(call: Call) -> Answer:
    """Every definition is a version."""
    answer = create(call) if call.operation == "CreatePipeline" else call.generic()
    record = call.find()
    version = record.get("versions", 0) + 1
    record["versions"] = version
    key = (record["PipelineArn"], str(version))
    row = {
        "PipelineArn": record["PipelineArn"], "PipelineVersionId": version, "CreationTime": call.now, "LastModifiedTime": call.now,
        "PipelineVersionDisplayName": f"{record['PipelineName']}-{version}",
    }  # fmt: skip
    call.table("PipelineVersion").put(key, row)
    return answer | ({"PipelineVersionId": version} if call.operation == "UpdatePipeline" else {})


@_hook("ListPipelineVersions")
def list_pipeline_versions(call: Call) -> Answer:
    """The versions of one pipeline."""
    arn = _pipeline(call)["PipelineArn"]
    call.params.pop("PipelineName")
    return _listed(call, [row for row in call.table("PipelineVersion") if row["PipelineArn"] == arn])


def _pipeline(call: Call) -> Record:
    return call.find("Pipeline", (call.params["PipelineName"],))


@_hook("StartPipelineExecution")
def start_pipeline_execution(call: Call) -> Answer:
    """Runs through at once; its steps are those of the definition."""
    pipeline = _pipeline(call)
    arn = f"{pipeline['PipelineArn']}/execution/{identity.letters(12, call.fingerprint, call.ordinal)}"
    record = copy.deepcopy({n: v for n, v in call.params.items() if n not in {"PipelineName", "ClientRequestToken"}})
    record.setdefault("PipelineExecutionDisplayName", f"execution-{int(call.now.timestamp() * 1000)}")
    record |= {
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": arn,
        "PipelineExecutionStatus": "Succeeded",
        "PipelineVersionId": record.get("PipelineVersionId", pipeline["versions"]),
        "StartTime": call.now,
        "PipelineDefinition": pipeline.get("PipelineDefinition", "{}"),
    }
    new_record(call, "PipelineExecution", record)
    amend(call, pipeline, {"LastRunTime": call.now}, "Pipeline")
    return {"PipelineExecutionArn": arn}


@_hook("ListPipelineExecutions")
def list_pipeline_executions(call: Call) -> Answer:
    """The executions of one pipeline."""
    arn = _pipeline(call)["PipelineArn"]
    call.params.pop("PipelineName")
    return _listed(call, [row for row in call.table("PipelineExecution") if row["PipelineArn"] == arn])


@_hook("StopPipelineExecution")
def stop_pipeline_execution(call: Call) -> Answer:
    """Stopped at once."""
    record = call.find()
    amend(call, record, {"PipelineExecutionStatus": "Stopped"})
    return {"PipelineExecutionArn": record["PipelineExecutionArn"]}


@_hook("ListPipelineExecutionSteps")
def list_pipeline_execution_steps(call: Call) -> Answer:
    """The steps of the definition, all of them as the execution ended; `PipelineExecutionSteps` of the record wins."""
    record = call.find("PipelineExecution", (call.params.get("PipelineExecutionArn", ""),))
    steps = record.get("PipelineExecutionSteps") or _steps(call, record)
    page, token = cut(call, steps, call.params.get("NextToken"), call.params.get("MaxResults"), 10)
    return {"PipelineExecutionSteps": page, **({"NextToken": token} if token else {})}


def _steps(call: Call, record: Record) -> list[Record]:
    try:
        definition = json.loads(record["PipelineDefinition"])
    except ValueError:
        return []
    listed = definition.get("Steps", []) if isinstance(definition, dict) else []
    status = {"Succeeded": "Succeeded", "Stopped": "Stopped"}.get(record["PipelineExecutionStatus"], "Executing")
    return [
        {
            "StepName": step["Name"],
            "StepStatus": status,
            "StartTime": record["CreationTime"],
            "EndTime": record["CreationTime"],
        }
        for step in listed
        if isinstance(step, dict) and "Name" in step
    ]


@_hook("DescribePipelineDefinitionForExecution")
def describe_pipeline_definition(call: Call) -> Answer:
    """The definition as it was when the execution began."""
    record = call.find("PipelineExecution", (call.params["PipelineExecutionArn"],))
    return {"PipelineDefinition": record["PipelineDefinition"], "CreationTime": record["CreationTime"]}


# Notebooks, domains, images, cards


@_hook("CreateNotebookInstance")
def create_notebook(call: Call) -> Answer:
    """With the defaults that AWS fills in, and the names that Describe uses."""
    record = copy.deepcopy(call.params)
    _rename_notebook(record)
    defaults = {
        "DirectInternetAccess": "Enabled",
        "RootAccess": "Enabled",
        "VolumeSizeInGB": 5,
        "PlatformIdentifier": "notebook-al2-v3",
    }
    for name, value in defaults.items():
        record.setdefault(name, value)
    record.setdefault("InstanceMetadataServiceConfiguration", {"MinimumInstanceMetadataServiceVersion": "1"})
    record["Url"] = f"{record['NotebookInstanceName'].lower()}.notebook.{call.region}.sagemaker.aws"
    return create(call, given=record)


def _rename_notebook(record: Record) -> None:
    for given, shown in (
        ("LifecycleConfigName", "NotebookInstanceLifecycleConfigName"),
        ("SecurityGroupIds", "SecurityGroups"),
    ):
        if given in record:
            record[shown] = record.pop(given)


@_hook("UpdateNotebookInstance")
def update_notebook(call: Call) -> Answer:
    """Only a stopped notebook can be changed."""
    record = call.find()
    _need_stopped(record, "Updating")
    changes = copy.deepcopy(call.params)
    del changes["NotebookInstanceName"]
    _rename_notebook(changes)
    for control, member in (
        ("DisassociateLifecycleConfig", "NotebookInstanceLifecycleConfigName"),
        ("DisassociateDefaultCodeRepository", "DefaultCodeRepository"),
        ("DisassociateAdditionalCodeRepositories", "AdditionalCodeRepositories"),
        ("DisassociateAcceleratorTypes", "AcceleratorTypes"),
    ):
        if changes.pop(control, False):
            record.pop(member, None)
    amend(call, record, changes)
    return {}


@_hook("DeleteNotebookInstance")
def delete_notebook(call: Call) -> Answer:
    """Only a stopped notebook can be deleted."""
    _need_stopped(call.find(), "Deleting")
    return call.generic()


def _need_stopped(record: Record, into: str) -> None:
    status = record["NotebookInstanceStatus"]
    if status not in {"Stopped", "Failed"}:
        arn = record["NotebookInstanceArn"]
        message = f"Status ({status}) not in ([Stopped, Failed]). Unable to transition to ({into}) for Notebook Instance ({arn})."
        raise AwsError("ValidationException", message)


@_hook("CreateDomain")
def create_domain(call: Call) -> Answer:
    """Domains are named by an id that AWS makes up."""
    record = copy.deepcopy(call.params)
    if any(row["DomainName"] == record["DomainName"] for row in call.table()):
        raise call.taken(key=(record["DomainName"],))
    record["DomainId"] = f"d-{identity.letters(12, call.fingerprint, call.ordinal)}"
    record["Url"] = f"https://{record['DomainId']}.studio.{call.region}.sagemaker.aws"
    answer = create(call, given=record)
    return answer | {"DomainId": record["DomainId"]}


@_hook("CreateProject")
def create_project(call: Call) -> Answer:
    """Projects have a name and an id that AWS makes up."""
    record = copy.deepcopy(call.params)
    record["ProjectId"] = f"p-{identity.letters(12, call.fingerprint, call.ordinal)}"
    return create(call, given=record)


@_hook("CreateCluster")
def create_cluster(call: Call) -> Answer:
    """Instance groups count what was asked for."""
    record = copy.deepcopy(call.params)
    record["InstanceGroups"] = _groups(record.get("InstanceGroups", ()))
    return create(call, name=identity.letters(12, call.fingerprint, call.ordinal), given=record)


def _groups(groups: Iterable[Record]) -> list[Record]:
    shown = []
    for group in groups:
        count = group.get("InstanceCount", 0)
        shown.append(
            {n: v for n, v in group.items() if n != "InstanceCount"}
            | {"CurrentCount": count, "TargetCount": count, "Status": "InService"}
        )
    return shown


@_hook("UpdateCluster")
def update_cluster(call: Call) -> Answer:
    """Groups are changed by name; those not named stay."""
    record = call.find()
    changes = copy.deepcopy({n: v for n, v in call.params.items() if n != "ClusterName"})
    groups = {g["InstanceGroupName"]: g for g in record.get("InstanceGroups", ())}
    groups |= {g["InstanceGroupName"]: g for g in _groups(changes.get("InstanceGroups", ()))}
    for name in changes.pop("InstanceGroupsToDelete", ()):
        groups.pop(name, None)
    amend(call, record, changes | {"InstanceGroups": list(groups.values())})
    return {"ClusterArn": record["ClusterArn"]}


@_hook("ListClusterNodes")
def list_cluster_nodes(call: Call) -> Answer:
    """One node for each instance counted in the groups."""
    cluster = call.find("Cluster", (call.params["ClusterName"],))
    nodes = [
        {
            "InstanceGroupName": group["InstanceGroupName"],
            "InstanceId": f"i-{identity.digest(cluster['ClusterArn'], group['InstanceGroupName'], number)[:17]}",
            "InstanceType": group.get("InstanceType", "ml.m5.large"),
            "LaunchTime": cluster["CreationTime"],
            "InstanceStatus": {"Status": "Running"},
        }
        for group in cluster["InstanceGroups"]
        for number in range(group["CurrentCount"])
    ]
    page, token = cut(call, nodes, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"ClusterNodeSummaries": page, **({"NextToken": token} if token else {})}


@_hook("CreateImageVersion")
def create_image_version(call: Call) -> Answer:
    """Versions of an image are numbered from 1."""
    image = call.find("Image", (call.params["ImageName"],))
    version = image.get("versions", 0) + 1
    image["versions"] = version
    record = copy.deepcopy({n: v for n, v in call.params.items() if n != "ClientToken"})
    arn = call.arn(f"image-version/{record['ImageName'].lower()}/{version}")
    record |= {
        "ImageVersionArn": arn, "ImageArn": image["ImageArn"], "Version": version, "ImageVersionStatus": "CREATED",
        "ContainerImage": f"{record['BaseImage'].split('@')[0]}@sha256:{identity.digest(arn) * 2}",
        "CreationTime": call.now, "LastModifiedTime": call.now,
    }  # fmt: skip
    call.state.put("sagemaker", "ImageVersion", (record["ImageName"], str(version)), record, arn)
    return {"ImageVersionArn": arn}


def _image_version(call: Call) -> Record:
    rows = [row for row in call.table("ImageVersion") if row["ImageName"] == call.params["ImageName"]]
    if "Version" in call.params:
        rows = [row for row in rows if row["Version"] == call.params["Version"]]
    if "Alias" in call.params:
        rows = [row for row in rows if call.params["Alias"] in row.get("Aliases", ())]
    if not rows:
        raise call.missing("ImageVersion", (call.params["ImageName"],))
    return rows[-1]


@_hook("DescribeImageVersion")
def describe_image_version(call: Call) -> Answer:
    """By number or alias, else the latest."""
    return _shown(call, _image_version(call))


@_hook("UpdateImageVersion")
def update_image_version(call: Call) -> Answer:
    """Aliases come as additions and deletions."""
    record = _image_version(call)
    changes = copy.deepcopy({n: v for n, v in call.params.items() if n not in {"ImageName", "Version", "Alias"}})
    aliases = [a for a in record.get("Aliases", ()) if a not in changes.pop("AliasesToDelete", ())]
    added = changes.pop("AliasesToAdd", [])
    amend(call, record, changes | {"Aliases": [*aliases, *added]})
    return {"ImageVersionArn": record["ImageVersionArn"]}


@_hook("DeleteImageVersion")
def delete_image_version(call: Call) -> Answer:
    """By number or alias, else the latest."""
    record = _image_version(call)
    call.state.remove("sagemaker", "ImageVersion", record, record["ImageVersionArn"])
    return {}


@_hook("CreateModelCard", "UpdateModelCard")
def save_model_card(call: Call) -> Answer:
    """Every save of a card is a version."""
    creating = call.operation == "CreateModelCard"
    answer = create(call) if creating else call.generic()
    record = call.find()
    record["ModelCardVersion"] = record.get("ModelCardVersion", 0) + 1
    record.setdefault("ModelCardStatus", "Draft")
    key = (record["ModelCardName"], str(record["ModelCardVersion"]))
    call.table("ModelCardVersion").put(key, copy.deepcopy(record))
    return answer


@_hook("DescribeModelCard")
def describe_model_card(call: Call) -> Answer:
    """By name or ARN, and by version on request."""
    record = call.find()
    version = call.params.get("ModelCardVersion")
    if version is not None:
        record = _old_card(call, record, version)
    return _shown(call, record)


def _old_card(call: Call, record: Record, version: int) -> Record:
    old = call.table("ModelCardVersion").get((record["ModelCardName"], str(version)))
    if old is None:
        call.fail("NotFound", f"Model card {record['ModelCardName']} has no version {version}.")
    return old


@_hook("ListModelCardVersions")
def list_model_card_versions(call: Call) -> Answer:
    """All versions of one card."""
    card = call.find("ModelCard", (call.params["ModelCardName"],))
    rows = [row for row in call.table("ModelCardVersion") if row["ModelCardName"] == card["ModelCardName"]]
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"ModelCardVersionSummaryList": page, **({"NextToken": token} if token else {})}


# Inference components


@_hook("CreateInferenceComponent", "UpdateInferenceComponent")
def save_inference_component(call: Call) -> Answer:
    """What is asked for and what is shown have different shapes."""
    record = copy.deepcopy(call.params)
    if "Specification" in record:
        record["Specification"] = _specification(record["Specification"])
    if "RuntimeConfig" in record:
        count = record["RuntimeConfig"]["CopyCount"]
        record["RuntimeConfig"] = {"DesiredCopyCount": count, "CurrentCopyCount": count}
    if call.operation == "CreateInferenceComponent":
        endpoint = call.find("Endpoint", (record["EndpointName"],))
        record["EndpointArn"] = endpoint["EndpointArn"]
        return create(call, given=record)
    component = call.find()
    amend(call, component, {n: v for n, v in record.items() if n not in {"InferenceComponentName", "DeploymentConfig"}})
    if "DeploymentConfig" in record:
        component["LastDeploymentConfig"] = record["DeploymentConfig"]
    return {"InferenceComponentArn": component["InferenceComponentArn"]}


def _specification(given: Record) -> Record:
    if "Container" not in given:
        return given
    container = {n: v for n, v in given["Container"].items() if n != "Image"}
    if "Image" in given["Container"]:
        container["DeployedImage"] = {"SpecifiedImage": given["Container"]["Image"]}
    return given | {"Container": container}


@_hook("UpdateInferenceComponentRuntimeConfig")
def update_component_runtime(call: Call) -> Answer:
    """The number of copies."""
    component = call.find("InferenceComponent", (call.params["InferenceComponentName"],))
    count = call.params["DesiredRuntimeConfig"]["CopyCount"]
    runtime = {"DesiredCopyCount": count, "CurrentCopyCount": count}
    amend(call, component, {"RuntimeConfig": runtime}, "InferenceComponent")
    return {"InferenceComponentArn": component["InferenceComponentArn"]}


# Features, lineage, experiments


@_hook("CreateFeatureGroup")
def create_feature_group(call: Call) -> Answer:
    """An offline store is active at once."""
    record = copy.deepcopy(call.params)
    if "OfflineStoreConfig" in record:
        record["OfflineStoreStatus"] = {"Status": "Active"}
    return create(call, given=record)


@_hook("UpdateFeatureGroup")
def update_feature_group(call: Call) -> Answer:
    """Features are added, settings of the online store merged."""
    record = call.find()
    changes = copy.deepcopy({n: v for n, v in call.params.items() if n != "FeatureGroupName"})
    if added := changes.pop("FeatureAdditions", None):
        changes["FeatureDefinitions"] = [*record.get("FeatureDefinitions", ()), *added]
    if "OnlineStoreConfig" in changes:
        changes["OnlineStoreConfig"] = record.get("OnlineStoreConfig", {}) | changes["OnlineStoreConfig"]
    amend(call, record, changes | {"LastUpdateStatus": {"Status": "Successful"}})
    return {"FeatureGroupArn": record["FeatureGroupArn"]}


@_hook("DescribeFeatureMetadata", "UpdateFeatureMetadata")
def feature_metadata(call: Call) -> Answer:
    """What is known of one feature of a group."""
    group = call.find("FeatureGroup", (call.params["FeatureGroupName"],))
    name = call.params["FeatureName"]
    feature = next((f for f in group.get("FeatureDefinitions", ()) if f["FeatureName"] == name), None)
    if feature is None:
        call.fail("NotFound", f"Feature {name} does not exist in {group['FeatureGroupName']}.")
    saved = call.table("FeatureMetadata").get((group["FeatureGroupName"], name)) or {}
    if call.operation == "DescribeFeatureMetadata":
        return _shown(call, feature | feature_body(group, feature) | saved)
    parameters = {p["Key"]: p for p in [*saved.get("Parameters", ()), *call.params.get("ParameterAdditions", ())]}
    for key in call.params.get("ParameterRemovals", ()):
        parameters.pop(key, None)
    changed = saved | {"Parameters": list(parameters.values()), "LastModifiedTime": call.now}
    if "Description" in call.params:
        changed["Description"] = call.params["Description"]
    call.table("FeatureMetadata").put((group["FeatureGroupName"], name), changed)
    return {}


def feature_body(group: Record, feature: Record) -> Record:
    """What a feature shows without anybody having described it."""
    return {
        "FeatureGroupArn": group["FeatureGroupArn"],
        "FeatureGroupName": group["FeatureGroupName"],
        "FeatureName": feature["FeatureName"],
        "FeatureType": feature["FeatureType"],
        "CreationTime": group["CreationTime"],
        "LastModifiedTime": group["CreationTime"],
    }


@_hook("AddAssociation", "DeleteAssociation")
def change_association(call: Call) -> Answer:
    """An edge between two lineage entities."""
    source, destination = call.params["SourceArn"], call.params["DestinationArn"]
    table = call.table("Association")
    if call.operation == "DeleteAssociation":
        if table.pop((source, destination)) is None:
            call.fail("NotFound", f"There is no association from {source} to {destination}.")
    else:
        table.put((source, destination), {**call.params, "CreationTime": call.now})
    return {"SourceArn": source, "DestinationArn": destination}


@_hook("ListAssociations")
def list_associations(call: Call) -> Answer:
    """Edges by either end."""
    rows = list(call.table("Association"))
    for name in ("SourceArn", "DestinationArn", "AssociationType"):
        if name in call.params:
            rows = [row for row in rows if row.get(name) == call.params[name]]
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"AssociationSummaries": page, **({"NextToken": token} if token else {})}


@_hook("AssociateTrialComponent", "DisassociateTrialComponent")
def relate_trial_component(call: Call) -> Answer:
    """A component belongs to trials."""
    component = call.find("TrialComponent", (call.params["TrialComponentName"],))
    trial = call.find("Trial", (call.params["TrialName"],))
    parents = [p for p in component.get("Parents", ()) if p["TrialName"] != trial["TrialName"]]
    if call.operation == "AssociateTrialComponent":
        parents.append({"TrialName": trial["TrialName"], "ExperimentName": trial["ExperimentName"]})
    component["Parents"] = parents
    return {"TrialComponentArn": component["TrialComponentArn"], "TrialArn": trial["TrialArn"]}


@_hook("ListTrialComponents")
def list_trial_components(call: Call) -> Answer:
    """All, or those of a trial or an experiment."""
    rows = list(call.table("TrialComponent"))
    for name in ("TrialName", "ExperimentName"):
        wanted = call.params.pop(name, None)
        if wanted:
            rows = [row for row in rows if any(p[name] == wanted for p in row.get("Parents", ()))]
    return _listed(call, rows)


@_hook("ListTags")
def list_tags(call: Call) -> Answer:
    """Tags of anything with an ARN."""
    arn = call.params["ResourceArn"]
    if arn not in call.state.places:
        raise AwsError("ValidationException", f"Could not find resource {arn}.")
    tags = tag_list(call.state.tags.get(arn, {}))
    page, token = cut(call, tags, call.params.get("NextToken"), call.params.get("MaxResults"), 50)
    return {"Tags": page, **({"NextToken": token} if token else {})}


def add_monitoring_execution(call: Call, schedule: str, members: Record) -> None:
    """Add an execution to a schedule, completed now unless told otherwise."""
    watched = call.find("MonitoringSchedule", (schedule,))
    record: Record = {
        "MonitoringScheduleName": schedule,
        "ScheduledTime": call.now,
        "CreationTime": call.now,
        "LastModifiedTime": call.now,
        "MonitoringExecutionStatus": "Completed",
        "MonitoringType": watched["MonitoringType"],
    }
    named = watched["MonitoringScheduleConfig"].get("MonitoringJobDefinitionName")
    record |= {"MonitoringJobDefinitionName": named} if named else {}
    record |= {"EndpointName": watched["EndpointName"]} if "EndpointName" in watched else {}
    table = call.table("MonitoringExecution")
    table.put((schedule, str(len(table))), record | members)
