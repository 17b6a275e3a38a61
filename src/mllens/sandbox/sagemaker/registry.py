"""The model registry: packages, by number in a group and by name outside."""

from __future__ import annotations

import copy

from mllens.sandbox.answer import Answer, Call, amend, hook, list_rows, new_record, project, shown
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record


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


@hook("sagemaker", "CreateModelPackage")
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


@hook("sagemaker", "DescribeModelPackage")
def describe_model_package(call: Call) -> Answer:
    """By name or ARN."""
    return shown(call, find_package(call, call.params["ModelPackageName"]))


@hook("sagemaker", "UpdateModelPackage")
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


@hook("sagemaker", "BatchDescribeModelPackage")
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


@hook("sagemaker", "ListModelPackages")
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
    answer = list_rows(call, rows)
    for summary in answer["ModelPackageSummaryList"]:
        if "ModelPackageVersion" in summary:
            summary.pop("ModelPackageName", None)
    return answer


@hook("sagemaker", "DeleteModelPackage")
def delete_model_package(call: Call) -> Answer:
    """By name or ARN."""
    record = find_package(call, call.params["ModelPackageName"])
    call.state.remove("sagemaker", "ModelPackage", record, record["ModelPackageArn"])
    return {}


@hook("sagemaker", "DescribeModelPackageGroup")
def describe_model_package_group(call: Call) -> Answer:
    """By name or ARN."""
    return shown(call, _find_group(call, call.params["ModelPackageGroupName"]))


@hook("sagemaker", "DeleteModelPackageGroup")
def delete_model_package_group(call: Call) -> Answer:
    """Refused while there are packages in it."""
    group = _find_group(call, call.params["ModelPackageGroupName"])
    name = group["ModelPackageGroupName"]
    if any(row.get("ModelPackageGroupName") == name for row in call.table("ModelPackage")):
        call.fail("Conflict", f"Model Package Group {name} cannot be deleted because it still contains Model Packages.")
    call.state.remove("sagemaker", "ModelPackageGroup", group, group["ModelPackageGroupArn"])
    return {}


@hook("sagemaker", "GetModelPackageGroupPolicy")
def get_model_package_group_policy(call: Call) -> Answer:
    """No policy is an error with words of its own, and so is no group."""
    if (record := call.look()) is not None:
        return shown(call, record)
    name = call.params["ModelPackageGroupName"]
    there = call.look("ModelPackageGroup", (name,)) is not None
    lacking = "resource policy for" if there else "Model Package Group"
    raise AwsError("ValidationException", f"Cannot find {lacking}: {call.arn(f'model-package-group/{name.lower()}')}")
