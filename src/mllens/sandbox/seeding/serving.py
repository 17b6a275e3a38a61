"""What answers requests: models, endpoints through their releases, inference components, shadow tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mllens.sandbox.seeding.account import NETWORKS, Account, tags
from mllens.sandbox.seeding.registry import artifact


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model; `package` is group and version, None for one that was uploaded by hand to `bucket`."""

    name: str
    region: str
    role: str
    created: datetime
    package: tuple[str, int] | None = None
    bucket: str = ""
    image: str = "pytorch-inference"
    isolated: bool = False
    in_network: bool = False
    pulled_privately: bool = False
    preprocessing: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What is captured of requests and answers; `modes` lacks one of the two where only the other is kept."""

    bucket: str
    percent: int = 100
    key: str | None = None
    modes: tuple[str, ...] = ("Input", "Output")
    stopped: bool = False


@dataclass(frozen=True, kw_only=True)
class Asynchronous:
    """Where the results of an asynchronous endpoint go, and its failures; topics are told of them."""

    bucket: str
    failures: bool = True
    topic: str | None = None


@dataclass(frozen=True, kw_only=True)
class Release:
    """One deployment of an endpoint: what it serves from then on; without models, inference components do."""

    on: datetime
    models: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    shadows: tuple[str, ...] = ()
    instances: int = 2
    instance_type: str = "ml.m5.xlarge"
    serverless: int | None = None
    canary: tuple[str, int] | None = None
    linear: tuple[str, int] | None = None
    bakes: int = 600
    stays: int = 600
    guards: tuple[str, ...] = ()
    capture: Capture | None = None
    asynchronous: Asynchronous | None = None
    debugged: bool = False  # by a shell in the container
    key: str | None = None
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint through its releases; `calls` is a typical day's, None if nothing was recorded at all."""

    name: str
    region: str
    releases: tuple[Release, ...]
    calls: int | None
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "InService"
    reason: str | None = None
    forgets: bool = False  # configurations of earlier releases are deleted


@dataclass(frozen=True, kw_only=True)
class Component:
    """A model on an endpoint's instances."""

    name: str
    region: str
    endpoint: str
    model: str
    created: datetime
    copies: int = 1
    memory: int = 4096


@dataclass(frozen=True, kw_only=True)
class ShadowTest:
    """A shadow test that SageMaker runs."""

    name: str
    region: str
    on: datetime
    role: str
    endpoint: str
    models: tuple[str, str]
    bucket: str
    data_key: str | None = None
    instance_key: str | None = None


def make_model(account: Account, model: Model) -> None:
    """A model with one container or a pipeline of two."""
    if model.package:
        main: dict[str, Any] = {"ModelPackageName": account.package(model.region, *model.package)}
    else:
        main = {"Image": account.image(model.region, model.image), "ModelDataUrl": artifact(model.bucket, model.name)}
        if model.pulled_privately:
            main["ImageConfig"] = {"RepositoryAccessMode": "Vpc"}
    if model.environment:
        main["Environment"] = dict(model.environment)
    encoder = {
        "Image": account.image(model.region, "sklearn-inference"),
        "ModelDataUrl": artifact("meridian-ml-artifacts", f"{model.name}-encoder"),
    }
    account.sagemaker(
        model.created, model.region, "create_model", ModelName=model.name, ExecutionRoleArn=account.role(model.role),
        EnableNetworkIsolation=model.isolated, Tags=tags(model.tags),
        **({"Containers": [encoder, main]} if model.preprocessing else {"PrimaryContainer": main}),
        **({"VpcConfig": NETWORKS[model.region]} if model.in_network else {}),
    )  # fmt: skip


def make_endpoint(account: Account, endpoint: Endpoint) -> None:
    """An endpoint, release by release, and the traffic of its last two weeks."""
    for number, release in enumerate(endpoint.releases):
        config = f"{endpoint.name}-{release.on:%Y%m%d}"
        account.sagemaker(
            release.on, endpoint.region, "create_endpoint_config", EndpointConfigName=config,
            **_config(account, endpoint.region, release, endpoint.name),
        )  # fmt: skip
        settled = release.canary or release.linear or release.guards
        deployment = {"DeploymentConfig": _deployment(release)} if settled else {}
        names = {"EndpointName": endpoint.name, "EndpointConfigName": config}
        if number:
            account.sagemaker(release.on, endpoint.region, "update_endpoint", **names, **deployment)
        else:
            account.sagemaker(
                release.on, endpoint.region, "create_endpoint", **names, Tags=tags(endpoint.tags), **deployment
            )
        if number and endpoint.forgets:
            before = f"{endpoint.name}-{endpoint.releases[number - 1].on:%Y%m%d}"
            account.sagemaker(release.on, endpoint.region, "delete_endpoint_config", EndpointConfigName=before)
    _condition(account, endpoint)
    _traffic(account, endpoint)


def _config(account: Account, region: str, release: Release, name: str) -> dict[str, Any]:
    config: dict[str, Any] = {"ProductionVariants": _variants(release)}
    if release.shadows:
        config["ShadowProductionVariants"] = _shadows(release)
    if capture := release.capture:
        config["DataCaptureConfig"] = {
            "EnableCapture": True,
            "InitialSamplingPercentage": capture.percent,
            "DestinationS3Uri": f"s3://{capture.bucket}/capture/{name}",
            "CaptureOptions": [{"CaptureMode": mode} for mode in capture.modes],
            "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
            **account.encrypted(region, capture.key, "KmsKeyId"),
        }
    if results := release.asynchronous:
        topic = account.topic(region, results.topic) if results.topic else None
        told = {"NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic}} if topic else {}
        failed = {"S3FailurePath": f"s3://{results.bucket}/async/{name}/failed/"} if results.failures else {}
        output = {"S3OutputPath": f"s3://{results.bucket}/async/{name}/", **failed, **told}
        config["AsyncInferenceConfig"] = {"OutputConfig": output}
    if release.role:
        config["ExecutionRoleArn"] = account.role(release.role)
    return config | account.encrypted(region, release.key, "KmsKeyId")


def _hardware(release: Release) -> dict[str, Any]:
    if release.serverless is not None:
        return {"ServerlessConfig": {"MemorySizeInMB": 4096, "MaxConcurrency": release.serverless}}
    shell = {"EnableSSMAccess": True} if release.debugged else {}
    return {"InstanceType": release.instance_type, "InitialInstanceCount": release.instances, **shell}


def _variants(release: Release) -> list[dict[str, Any]]:
    if not release.models:
        managed = {
            "Status": "ENABLED",
            "MinInstanceCount": release.instances,
            "MaxInstanceCount": release.instances + 2,
        }
        return [{"VariantName": "main", **_hardware(release), "ManagedInstanceScaling": managed}]
    weights = release.weights or (1.0,) * len(release.models)
    return [
        {"VariantName": name, "ModelName": model, "InitialVariantWeight": weight, **_hardware(release)}
        for name, model, weight in zip(_names(release), release.models, weights, strict=False)
    ]


def _shadows(release: Release) -> list[dict[str, Any]]:
    names = _names(release)[len(release.models) :]
    return [
        {"VariantName": n, "ModelName": m, **_hardware(release)} for n, m in zip(names, release.shadows, strict=True)
    ]


def _names(release: Release) -> list[str]:
    others = [f"other-{number}" for number in range(1, len(release.models))]
    return ["main", *others, *(f"shadow-{number}" for number in range(1, len(release.shadows) + 1))]


def _deployment(release: Release) -> dict[str, Any]:
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    for kind, member, size in (("CANARY", "CanarySize", release.canary), ("LINEAR", "LinearStepSize", release.linear)):
        if size:
            share = {"Type": size[0], "Value": size[1]}
            routing = {"Type": kind, "WaitIntervalInSeconds": release.bakes, member: share}
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": release.stays},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in release.guards]},
    }


def _condition(account: Account, endpoint: Endpoint) -> None:
    changed: dict[str, Any] = {}
    if endpoint.status != "InService":
        changed |= {"EndpointStatus": endpoint.status, "FailureReason": endpoint.reason}
    capture = endpoint.releases[-1].capture
    if capture and capture.stopped:
        seen = account.sandbox.record("sagemaker", "Endpoint", endpoint.name, region=endpoint.region)
        changed["DataCaptureConfig"] = {**seen["DataCaptureConfig"], "CaptureStatus": "Stopped"}
    if changed:
        account.sandbox.amend("sagemaker", "Endpoint", endpoint.name, region=endpoint.region, **changed)


def _traffic(account: Account, endpoint: Endpoint) -> None:
    """Fourteen whole days: calls where there were any, and the load that running instances report."""
    if endpoint.calls is None:
        return
    release, metric = endpoint.releases[-1], account.sandbox.metric
    today = account.sandbox.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [moment for n in range(14, 0, -1) if (moment := today - timedelta(days=n)) > release.on]
    weights = (*(release.weights or (1.0,) * len(release.models)), *(1.0 for _ in release.shadows))
    for number, (name, model) in enumerate(
        zip(_names(release), (*release.models, *release.shadows) or ("",), strict=True)
    ):
        which = {"EndpointName": endpoint.name, "VariantName": name}
        called = not release.models or weights[number] > 0
        if endpoint.calls and called and release.asynchronous is None:  # of those, calls are not recorded
            calls = {moment: float(endpoint.calls + 37 * moment.day + len(model)) for moment in days}
            metric("AWS/SageMaker", "Invocations", which, calls, unit="None", region=endpoint.region)
        if release.serverless is None:
            load = dict.fromkeys(days, 2.0 + endpoint.calls / 4_000)
            metric("/aws/sagemaker/Endpoints", "CPUUtilization", which, load, unit="Percent", region=endpoint.region)


def make_component(account: Account, component: Component) -> None:
    """A component on the variant main."""
    account.sagemaker(
        component.created, component.region, "create_inference_component", InferenceComponentName=component.name,
        EndpointName=component.endpoint, VariantName="main", RuntimeConfig={"CopyCount": component.copies},
        Specification={
            "ModelName": component.model,
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": component.memory, "NumberOfAcceleratorDevicesRequired": 1.0},
        },
    )  # fmt: skip


def make_shadow_test(account: Account, test: ShadowTest) -> None:
    """A test of one model in the shadow of another."""
    hardware = {
        "InfrastructureType": "RealTimeInference",
        "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    }
    names = ("production", "candidate")
    account.sagemaker(
        test.on, test.region, "create_inference_experiment", Name=test.name, Type="ShadowMode",
        RoleArn=account.role(test.role), EndpointName=test.endpoint,
        Schedule={"StartTime": test.on, "EndTime": test.on + timedelta(days=21)},
        ModelVariants=[
            {"ModelName": model, "VariantName": name, "InfrastructureConfig": hardware}
            for model, name in zip(test.models, names, strict=True)
        ],
        ShadowModeConfig={
            "SourceModelVariantName": names[0],
            "ShadowModelVariants": [{"ShadowModelVariantName": names[1], "SamplingPercentage": 20}],
        },
        DataStorageConfig={
            "Destination": f"s3://{test.bucket}/shadow/{test.name}",
            **account.encrypted(test.region, test.data_key, "KmsKey"),
        },
        **account.encrypted(test.region, test.instance_key, "KmsKey"),
    )  # fmt: skip
