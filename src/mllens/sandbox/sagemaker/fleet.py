"""What an endpoint shows of the configuration that it runs."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from mllens.sandbox import identity, motoland
from mllens.sandbox.answer import Call
from mllens.sandbox.store import Record

_COPIED = ("AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig")
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
# All that comes from the configuration, and goes with it.
CONFIGURED = ("EndpointConfigName", *_VARIANTS, *_COPIED, "DataCaptureConfig")


def configured(call: Call, config: Record) -> Record:
    """The members of an endpoint that its configuration implies."""
    members: Record = {"EndpointConfigName": config["EndpointConfigName"]}
    for name in _VARIANTS:
        if name in config:
            members[name] = [_variant(call, variant) for variant in config[name]]
    members |= {name: copy.deepcopy(config[name]) for name in _COPIED if name in config}
    if capture := config.get("DataCaptureConfig"):
        enabled = capture.get("EnableCapture", False)
        members["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return members


def retain(variants: Iterable[Record], before: Iterable[Record], excluded: Iterable[str]) -> None:
    """Give variants the counts and weights that those of the same name had before, but for the kinds excluded."""
    had, fresh = {v["VariantName"]: v for v in before}, frozenset(excluded)
    for variant in variants:
        old = had.get(variant["VariantName"], {})
        for kind, members in (
            ("DesiredInstanceCount", ("DesiredInstanceCount", "CurrentInstanceCount")),
            ("DesiredWeight", ("DesiredWeight", "CurrentWeight")),
        ):
            variant.update({m: old[m] for m in members if m in old and kind not in fresh})


def pending(call: Call, members: Record, config: Record) -> Record:
    """What an endpoint shows of the fleet that is to come."""
    types = {v["VariantName"]: v.get("InstanceType") for name in _VARIANTS for v in config.get(name, ())}
    status = [{"Status": "Creating", "StartTime": call.now}]
    summary: Record = {"EndpointConfigName": members["EndpointConfigName"], "StartTime": call.now}
    for name in _VARIANTS:
        if name in members:
            summary[name] = [
                variant | {"InstanceType": types[variant["VariantName"]], "VariantStatus": status}
                for variant in copy.deepcopy(members[name])
            ]
    return summary


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
