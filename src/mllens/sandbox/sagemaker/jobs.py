"""Jobs that train, tune, process and transform: over as soon as they are made."""

from __future__ import annotations

import copy
from datetime import timedelta

from mllens.sandbox.answer import Answer, Call, amend, create, hook, list_rows
from mllens.sandbox.errors import AwsError

_ENDED = frozenset({"Completed", "Failed", "Stopped", "COMPLETED", "FAILED", "STOPPED"})
_RUN_SECONDS, _START_SECONDS, _SPOT_SHARE = 600, 60, 0.3


@hook("sagemaker", "CreateTrainingJob")
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


@hook("sagemaker", "CreateHyperParameterTuningJob")
def create_tuning_job(call: Call) -> Answer:
    """It counts its training jobs, of which there are none here."""
    answer = create(call)
    record = call.find()
    states = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    record["TrainingJobStatusCounters"] = dict.fromkeys(states, 0)
    record["ObjectiveStatusCounters"] = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
    return answer


@hook("sagemaker", "StopTrainingJob", "StopProcessingJob", "StopTransformJob", "StopHyperParameterTuningJob")
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


@hook("sagemaker", "ListAutoMLJobs")
def list_automl_jobs(call: Call) -> Answer:
    """Jobs of both versions of the API."""
    return list_rows(call, [*call.table("AutoMLJob"), *call.table("AutoMLJobV2")])
