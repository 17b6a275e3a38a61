"""Inference components: what is asked for and what is shown differ in shape."""

from __future__ import annotations

import copy

from mllens.sandbox.answer import Answer, Call, amend, create, hook
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateInferenceComponent", "UpdateInferenceComponent")
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


@hook("sagemaker", "UpdateInferenceComponentRuntimeConfig")
def update_component_runtime(call: Call) -> Answer:
    """The number of copies."""
    component = call.find("InferenceComponent", (call.params["InferenceComponentName"],))
    count = call.params["DesiredRuntimeConfig"]["CopyCount"]
    runtime = {"DesiredCopyCount": count, "CurrentCopyCount": count}
    amend(call, component, {"RuntimeConfig": runtime}, "InferenceComponent")
    return {"InferenceComponentArn": component["InferenceComponentArn"]}
