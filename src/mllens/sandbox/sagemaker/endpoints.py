"""Endpoints: what they show of their configuration, and what an update makes of them."""

from __future__ import annotations

import copy

from mllens.sandbox import identity, motoland
from mllens.sandbox.answer import Answer, Call, amend, create, hook
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record

_BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


@hook("sagemaker", "CreateEndpointConfig")
def create_endpoint_config(call: Call) -> Answer:
    """Variants weigh 1 unless told otherwise."""
    record = copy.deepcopy(call.params)
    record.setdefault("EnableNetworkIsolation", False)
    for name in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in record.get(name, ()):
            variant.setdefault("InitialVariantWeight", 1.0)
    return create(call, given=record)


@hook("sagemaker", "CreateEndpoint")
def create_endpoint(call: Call) -> Answer:
    """An endpoint shows what its configuration says, and keeps showing it when the configuration is gone."""
    config = _config(call)
    if call.look() is not None:
        raise call.taken()
    record = copy.deepcopy(call.params)
    _deploy(call, record, config)
    return create(call, given=record)


@hook("sagemaker", "UpdateEndpoint")
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


@hook("sagemaker", "UpdateEndpointWeightsAndCapacities")
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
