"""Two snapshots tell everything that was written between them, and nothing that was only read."""

from datetime import UTC, datetime, timedelta

import pytest

from mllens.sandbox import Difference, Sandbox

US, EU, ACCOUNT, OTHER = "us-east-1", "eu-west-1", "123456789012", "210987654321"
NOON, ONE = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 1, 13, tzinfo=UTC)
VARIANT = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
ALARM = {
    "AlarmName": "errors", "Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


@pytest.fixture
def changed(sandbox):
    """Tells what changed since it was last asked, without account, region and service."""
    last = [sandbox.snapshot()]

    def ask():
        before, last[0] = last[0], sandbox.snapshot()
        return [(d.noun, d.key, d.member, d.before, d.after) for d in before.differences(last[0])]

    return ask


@pytest.fixture
def endpoint(sagemaker):
    for name in ("one", "two"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[VARIANT])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")


def test_nothing_changed(sandbox, sagemaker, endpoint):
    sandbox.client("s3").create_bucket(Bucket="data")
    sandbox.client("kms").create_key()
    before = sandbox.snapshot()
    sagemaker.describe_endpoint(EndpointName="e")
    sagemaker.list_models()
    sandbox.client("s3").list_buckets()
    sandbox.client("ecr", EU).get_registry_scanning_configuration()
    sandbox.client("logs").describe_log_groups()
    assert before.differences(sandbox.snapshot()) == ()


def test_places_are_told_apart(sandbox):
    before = sandbox.snapshot()
    sandbox.client("cloudwatch", EU, OTHER).put_metric_alarm(**ALARM)
    sandbox.client("logs", EU).create_log_group(logGroupName="/g")
    found = before.differences(sandbox.snapshot())
    assert [(d.account, d.region, d.service, d.noun, d.key, d.member) for d in found] == [
        (ACCOUNT, EU, "logs", "LogGroup", "/g", ""),
        (OTHER, EU, "cloudwatch", "MetricAlarm", "errors", ""),
    ]


def test_what_comes_and_goes_is_one_difference(sandbox, sagemaker, changed):
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/r", Tags=[{"Key": "k", "Value": "v"}]
    )
    model = {
        "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", "CreationTime": NOON, "Tags": {"k": "v"},
        "ModelArn": "arn:aws:sagemaker:us-east-1:123456789012:model/m",
    }  # fmt: skip
    assert changed() == [("Model", "m", "", None, model)]
    sagemaker.delete_tags(ResourceArn=model["ModelArn"], TagKeys=["k"])
    assert changed() == [("Model", "m", "Tags", {"k": "v"}, None)]
    sagemaker.delete_model(ModelName="m")
    del model["Tags"]
    assert changed() == [("Model", "m", "", model, None)]


def test_an_endpoint_put_back_shows_that_it_was_changed(sandbox, sagemaker, endpoint, changed):
    changed()
    sandbox.clock.advance(timedelta(hours=1))
    policy = {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 1}}
    }
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two", DeploymentConfig=policy)
    assert changed() == [
        ("Endpoint", "e", "EndpointConfigName", "one", "two"),
        ("Endpoint", "e", "LastDeploymentConfig", None, policy),
        ("Endpoint", "e", "LastModifiedTime", NOON, ONE),
    ]
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="one", RetainDeploymentConfig=True)
    assert changed() == [("Endpoint", "e", "EndpointConfigName", "two", "one")]


def test_a_deployment_under_way_shows(sandbox, sagemaker, endpoint, changed):
    changed()
    sandbox.deployments(looks=1)
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
    assert [(member, after) for _, _, member, _, after in changed() if member == "EndpointStatus"] == [
        ("EndpointStatus", "Updating")
    ]


def test_cards_show_their_versions(sagemaker, changed):
    sagemaker.create_model_card(ModelCardName="c", Content="{}", ModelCardStatus="Draft")
    changed()
    sagemaker.update_model_card(ModelCardName="c", Content='{"a": 1}')
    found = changed()
    assert found[:2] == [
        ("ModelCard", "c", "Content", "{}", '{"a": 1}'),
        ("ModelCard", "c", "ModelCardVersion", 1, 2),
    ]
    assert [row[:3] for row in found[2:]] == [("ModelCardVersion", "c/2", "")]


def test_alarms_and_scaling(sandbox, endpoint, changed):
    cloudwatch, scaling = sandbox.client("cloudwatch"), sandbox.client("application-autoscaling")
    cloudwatch.put_metric_alarm(**ALARM)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    changed()
    sandbox.clock.advance(timedelta(hours=1))
    cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 5.0})
    scaling.register_scalable_target(**TARGET, MaxCapacity=4)
    scaling.put_scaling_policy(**TARGET, PolicyName="p", PolicyType="StepScaling")
    key = "sagemaker/endpoint/e/variant/v/sagemaker:variant:DesiredInstanceCount"
    found = changed()
    assert found[0] == ("ScalableTarget", key, "MaxCapacity", 2, 4)
    assert found[1][:3] == ("ScalingPolicy", f"{key}/p", "")
    assert found[2:] == [
        ("MetricAlarm", "errors", "AlarmConfigurationUpdatedTimestamp", NOON, ONE),
        ("MetricAlarm", "errors", "Threshold", 1.0, 5.0),
    ]


def test_settings_that_moto_keeps(sandbox, changed):
    s3, kms, ecr, logs = (sandbox.client(name) for name in ("s3", "kms", "ecr", "logs"))
    s3.create_bucket(Bucket="data")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    logs.create_log_group(logGroupName="g")
    changed()
    s3.delete_public_access_block(Bucket="data")
    assert changed() == [("Bucket", "data", "PublicAccessBlockConfiguration", ALL, None)]
    s3.put_public_access_block(Bucket="data", PublicAccessBlockConfiguration=ALL)
    assert changed() == [("Bucket", "data", "PublicAccessBlockConfiguration", None, ALL)]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    assert changed() == [
        ("Key", key, "KeyRotationEnabled", False, True),
        ("Key", key, "NextRotationDate", None, datetime(2027, 2, 9, 12, tzinfo=UTC)),
        ("Key", key, "RotationPeriodInDays", None, 100),
    ]
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    assert changed() == [("RegistryScanningConfiguration", "", "rules", [], rules)]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])
    assert changed() == [("RegistryScanningConfiguration", "", "rules", rules, [])]
    logs.put_retention_policy(logGroupName="g", retentionInDays=30)
    assert changed() == [("LogGroup", "g", "retentionInDays", None, 30)]


def test_lifecycles_and_policies_compare_as_data(sandbox, changed):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_bucket_policy(Bucket="data", Policy='{"Version": "2012-10-17", "Statement": []}')
    days = {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "p"}, "Expiration": {"Days": 3}}]}
    s3.put_bucket_lifecycle_configuration(Bucket="data", LifecycleConfiguration=days)
    changed()
    s3.put_bucket_policy(Bucket="data", Policy='{"Statement":[],"Version":"2012-10-17"}')
    s3.put_bucket_lifecycle_configuration(Bucket="data", LifecycleConfiguration=days)
    assert changed() == []


def test_a_snapshot_does_not_change_with_the_account(sandbox, sagemaker, endpoint):
    before, same = sandbox.snapshot(), sandbox.snapshot()
    sandbox.record("sagemaker", "EndpointConfig", "one")["ProductionVariants"][0]["InitialInstanceCount"] = 7
    assert before.differences(same) == ()
    found = before.differences(sandbox.snapshot())
    changed = [{**VARIANT, "InitialVariantWeight": 1.0, "InitialInstanceCount": count} for count in (1, 7)]
    expected = Difference(
        ACCOUNT, US, "sagemaker", "EndpointConfig", "one", "ProductionVariants", changed[:1], changed[1:]
    )
    assert found == (expected,)


def test_nested_accounts_are_apart():
    with Sandbox() as outer:
        outer.client("s3").create_bucket(Bucket="outside")
        before = outer.snapshot()
        with Sandbox() as inner:
            inner.client("s3").create_bucket(Bucket="inside")
            assert [place.key for place in inner.snapshot().held if place.service == "s3"] == ["inside"]
        assert before.differences(outer.snapshot()) == ()
