"""Deployments to endpoints take their time, are refused as AWS refuses them, and may be rolled back in silence."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"
VARIANT = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 50,
    "DestinationS3Uri": "s3://b/c",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ALL_AT_ONCE = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60}}
GUARDED = {
    "BlueGreenUpdatePolicy": ALL_AT_ONCE,
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
}
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@pytest.fixture
def endpoint(client):
    """An endpoint `e` on `one`, which captures; `two` does not."""
    sagemaker = client("sagemaker")
    sagemaker.create_endpoint_config(EndpointConfigName="one", ProductionVariants=[VARIANT], DataCaptureConfig=CAPTURE)
    sagemaker.create_endpoint_config(
        EndpointConfigName="two", ProductionVariants=[{**VARIANT, "InitialInstanceCount": 4}]
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    return sagemaker


def alarm(client, state="OK"):
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", Namespace="AWS/SageMaker", MetricName="Invocation5XXErrors", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")


def looks(sagemaker, number):
    """Status and configuration as so many descriptions show them."""
    shown = [sagemaker.describe_endpoint(EndpointName="e") for _ in range(number)]
    return [(row["EndpointStatus"], row["EndpointConfigName"]) for row in shown]


def refusal(refused):
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_an_update_takes_its_time(sandbox, endpoint):
    sandbox.deployments(looks=2)
    sandbox.clock.advance(timedelta(hours=1))
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two")
    shown = endpoint.describe_endpoint(EndpointName="e")
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "one")
    assert shown["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    assert shown["DataCaptureConfig"]["CurrentSamplingPercentage"] == 50
    coming = shown["PendingDeploymentSummary"]
    assert (coming["EndpointConfigName"], coming["StartTime"]) == ("two", datetime(2026, 11, 1, 13, tzinfo=UTC))
    assert coming["ProductionVariants"][0]["InstanceType"] == "ml.m5.large"
    assert coming["ProductionVariants"][0]["DesiredInstanceCount"] == 4
    assert coming["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Creating"
    assert looks(endpoint, 3) == [("Updating", "one"), ("InService", "two"), ("InService", "two")]
    shown = endpoint.describe_endpoint(EndpointName="e")
    assert shown["ProductionVariants"][0]["DesiredInstanceCount"] == 4
    assert not {"PendingDeploymentSummary", "DataCaptureConfig"} & shown.keys()


def test_a_creation_takes_its_time(sandbox, endpoint):
    sandbox.deployments(looks=1)
    endpoint.delete_endpoint(EndpointName="e")
    endpoint.create_endpoint(EndpointName="e", EndpointConfigName="one")
    shown = endpoint.describe_endpoint(EndpointName="e")
    assert (shown["EndpointStatus"], shown["PendingDeploymentSummary"]["EndpointConfigName"]) == ("Creating", "one")
    assert "ProductionVariants" not in shown
    assert looks(endpoint, 1) == [("InService", "one")]
    assert "ProductionVariants" in endpoint.describe_endpoint(EndpointName="e")


def test_what_is_under_way_cannot_be_changed(sandbox, endpoint):
    sandbox.deployments(looks=1)
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two")
    weights = {"DesiredWeightsAndCapacities": [{"VariantName": "v", "DesiredInstanceCount": 1}]}
    for operation, more in (
        ("update_endpoint", {"EndpointConfigName": "one"}),
        ("update_endpoint_weights_and_capacities", weights),
        ("delete_endpoint", {}),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(endpoint, operation)(EndpointName="e", **more)
        assert refusal(refused) == ("ValidationException", f'Cannot update in-progress endpoint "{PREFIX}:endpoint/e".')
    looks(endpoint, 2)
    endpoint.delete_endpoint(EndpointName="e")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_alarm_rolls_back(sandbox, client, endpoint, number):
    sandbox.deployments(looks=number)
    alarm(client, "ALARM")
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=GUARDED)
    seen = looks(endpoint, 2 * number + 1)
    assert seen == [("Updating", "one")] * number + [("RollingBack", "one")] * number + [("InService", "one")]
    shown = endpoint.describe_endpoint(EndpointName="e")
    assert shown["DataCaptureConfig"]["CurrentSamplingPercentage"] == 50
    assert shown["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    assert not {"FailureReason", "PendingDeploymentSummary"} & shown.keys()
    client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="test")
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=GUARDED)
    assert looks(endpoint, number + 1)[-1] == ("InService", "two")


def test_an_alarm_that_went_off_for_one_look_rolls_back(sandbox, client, endpoint):
    sandbox.deployments(looks=2)
    alarm(client)
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=GUARDED)
    alarm(client, "ALARM")
    looks(endpoint, 1)
    alarm(client)
    assert looks(endpoint, 4)[-1] == ("InService", "one")


def test_rollback_on_order(sandbox, endpoint):
    sandbox.rolls_back("e", times=1)
    for expected in ("one", "two"):
        endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two")
        assert looks(endpoint, 1) == [("InService", expected)]
    sandbox.rolls_back("e")
    for _ in range(2):
        endpoint.update_endpoint(EndpointName="e", EndpointConfigName="one")
        assert looks(endpoint, 1) == [("InService", "two")]
    sandbox.rolls_back("e", times=0)
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="one")
    assert looks(endpoint, 1) == [("InService", "one")]


def test_deployments_that_cannot_be(endpoint):
    both = GUARDED | {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 60}}  # fmt: skip
    for config, words in ((GUARDED, "alarms that do not exist: \\[errors\\]"), (both, "Only one of")):
        with pytest.raises(ClientError, match=words) as refused:
            endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=config)
        assert refusal(refused)[0] == "ValidationException"
    endpoint.delete_endpoint_config(EndpointConfigName="one")
    with pytest.raises(ClientError) as refused:
        endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two")
    words = f'Could not find endpoint configuration "{PREFIX}:endpoint-config/one".'
    assert refusal(refused) == ("ValidationException", words)
    assert looks(endpoint, 1) == [("InService", "one")]


def test_a_failed_endpoint_can_only_be_deleted(sandbox, endpoint):
    sandbox.amend("sagemaker", "Endpoint", "e", EndpointStatus="Failed")
    with pytest.raises(ClientError, match="failed endpoint"):
        endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two")
    endpoint.delete_endpoint(EndpointName="e")


def test_the_last_deployment_is_the_last(sandbox, client, endpoint):
    def last(**more):
        endpoint.update_endpoint(EndpointName="e", EndpointConfigName="two", **more)
        return endpoint.describe_endpoint(EndpointName="e").get("LastDeploymentConfig")

    alarm(client)
    assert last(DeploymentConfig=GUARDED) == GUARDED
    assert last(RetainDeploymentConfig=True) == GUARDED
    assert last() is None
    sandbox.rolls_back("e", times=1)
    assert last(DeploymentConfig=GUARDED) == GUARDED


def test_variants_keep_what_they_are_told_to_keep(endpoint):
    endpoint.update_endpoint_weights_and_capacities(
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "v", "DesiredInstanceCount": 3, "DesiredWeight": 0.5}],
    )
    endpoint.update_endpoint(
        EndpointName="e", EndpointConfigName="two", RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
    )  # fmt: skip
    variant = endpoint.describe_endpoint(EndpointName="e")["ProductionVariants"][0]
    assert (variant["DesiredInstanceCount"], variant["CurrentInstanceCount"]) == (4, 4)
    assert (variant["DesiredWeight"], variant["CurrentWeight"]) == (0.5, 0.5)


def test_variants_that_scale_stay_as_they_are(client, endpoint):
    scaling = client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    for name, variant in (
        ("renamed", {**VARIANT, "VariantName": "w"}),
        ("larger", {**VARIANT, "InstanceType": "ml.m5.xlarge"}),
        ("another-model", {**VARIANT, "ModelName": "n"}),
    ):
        endpoint.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    for name, words in (("renamed", "variant being deleted: v"), ("larger", "instance type would change: v")):
        with pytest.raises(ClientError, match=words):
            endpoint.update_endpoint(EndpointName="e", EndpointConfigName=name)
    endpoint.update_endpoint(EndpointName="e", EndpointConfigName="another-model")
    endpoint.delete_endpoint(EndpointName="e")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
