"""Shadow tests: inference experiments beside the endpoint that they watch."""

from __future__ import annotations

from mllens.sandbox.answer import Answer, Call, create, hook


@hook("sagemaker", "CreateInferenceExperiment")
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
