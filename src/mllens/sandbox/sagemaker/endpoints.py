"""Endpoints and their configurations: what may be changed, and when."""

from __future__ import annotations

import copy

from mllens.sandbox import scaling
from mllens.sandbox.answer import Answer, Call, amend, create, hook, shown
from mllens.sandbox.errors import AwsError
from mllens.sandbox.sagemaker import deployments, fleet
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateEndpointConfig")
def create_endpoint_config(call: Call) -> Answer:
    """Variants weigh 1 unless told otherwise."""
    record = copy.deepcopy(call.params)
    record.setdefault("EnableNetworkIsolation", False)
    for name in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in record.get(name, ()):
            variant.setdefault("InitialVariantWeight", 1.0)
    return create(call, given=record)


@hook("sagemaker", "DeleteEndpointConfig")
def delete_endpoint_config(call: Call) -> Answer:
    """Possible while an endpoint runs on it, but not while one is being brought to it or from it."""
    name = call.find()["EndpointConfigName"]
    for endpoint in call.table("Endpoint"):
        coming = endpoint.get("PendingDeploymentSummary", {})
        if coming and name in {endpoint["EndpointConfigName"], coming["EndpointConfigName"]}:
            message = (
                f'Cannot delete endpoint configuration "{name}": endpoint "{endpoint["EndpointArn"]}" is in progress.'
            )
            raise AwsError("ValidationException", message)
    return call.generic()


@hook("sagemaker", "CreateEndpoint")
def create_endpoint(call: Call) -> Answer:
    """An endpoint shows what its configuration says, and keeps showing it when the configuration is gone."""
    config = _config(call)
    if call.look() is not None:
        raise call.taken()
    given = copy.deepcopy(call.params) | {"EndpointStatus": "Creating"}
    deployment = deployments.checked(call, given.pop("DeploymentConfig", None))
    answer = create(call, given=given)
    deployments.begin(call, call.find(), fleet.configured(call, config), deployment, config)
    return answer


@hook("sagemaker", "UpdateEndpoint")
def update_endpoint(call: Call) -> Answer:
    """Deploy another configuration, keeping counts and weights when told to."""
    record, config = call.find(), _config(call)
    deployments.refuse_busy(record)
    if record["EndpointStatus"] == "Failed":
        raise AwsError("ValidationException", f'Cannot update failed endpoint "{record["EndpointArn"]}": delete it.')
    # AWS reads the configuration in use, too, and fails as for the other when somebody deleted it
    present = call.find("EndpointConfig", (record["EndpointConfigName"],))
    _refuse_scaled(call, present, config)
    deployment = copy.deepcopy(call.params.get("DeploymentConfig"))
    if deployment is None and call.params.get("RetainDeploymentConfig"):
        deployment = record.get("LastDeploymentConfig")
    deployment = deployments.checked(call, deployment)
    members = fleet.configured(call, config)
    if call.params.get("RetainAllVariantProperties"):
        excluded = [p["VariantPropertyType"] for p in call.params.get("ExcludeRetainedVariantProperties", ())]
        fleet.retain(members["ProductionVariants"], record.get("ProductionVariants", ()), excluded)
    deployments.begin(call, record, members, deployment, config)
    return {"EndpointArn": record["EndpointArn"]}


def _config(call: Call) -> Record:
    return call.find("EndpointConfig", (call.params["EndpointConfigName"],))


def _refuse_scaled(call: Call, present: Record, config: Record) -> None:
    """A variant that scales must stay, on instances of the same type."""
    scaled = scaling.variants(call.state, call.params["EndpointName"])
    types = {v["VariantName"]: v.get("InstanceType") for v in config["ProductionVariants"]}
    for variant in present["ProductionVariants"]:
        name = variant["VariantName"]
        if name not in scaled:
            continue
        if name not in types:
            message = "An Application AutoScaling scalable target exists for a variant being deleted"
        elif types[name] != variant.get("InstanceType"):
            message = "An Application AutoScaling scalable target exists for a variant whose instance type would change"
        else:
            continue
        raise AwsError("ValidationException", f"{message}: {name}. Deregister the scalable target first.")


@hook("sagemaker", "DescribeEndpoint")
def describe_endpoint(call: Call) -> Answer:
    """Every description is a look at the deployment under way, if there is one."""
    record = call.find()
    deployments.look(call, record)
    return shown(call, record)


@hook("sagemaker", "DeleteEndpoint")
def delete_endpoint(call: Call) -> Answer:
    """Together with the scalable targets of its variants."""
    record = call.find()
    deployments.refuse_busy(record)
    scaling.forget(call.state, record["EndpointName"])
    return call.generic()


@hook("sagemaker", "UpdateEndpointWeightsAndCapacities")
def update_weights(call: Call) -> Answer:
    """Change the variants that are named; the current values follow at once."""
    record = call.find("Endpoint", (call.params["EndpointName"],))
    deployments.refuse_busy(record)
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
