"""Notebook instances: AWS's defaults, and changes to the stopped only."""

from __future__ import annotations

import copy

from mllens.sandbox.answer import Answer, Call, amend, create, hook
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateNotebookInstance")
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


@hook("sagemaker", "UpdateNotebookInstance")
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


@hook("sagemaker", "DeleteNotebookInstance")
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
