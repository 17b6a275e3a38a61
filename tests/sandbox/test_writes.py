"""What a repair writes is kept, replaced, refused and taken away as AWS does it."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/execution"
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


def code(refused):
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("operation", "params", "expected", "words"),
    [
        (
            "create_model",
            {"ModelName": "M", "ExecutionRoleArn": ROLE},
            "ValidationException",
            f'Cannot create already existing model "{PREFIX}:model/m".',
        ),
        (
            "create_endpoint_config",
            {"EndpointConfigName": "c", "ProductionVariants": [VARIANT]},
            "ValidationException",
            f'Cannot create already existing endpoint configuration "{PREFIX}:endpoint-config/c".',
        ),
        (
            "create_model_card",
            {"ModelCardName": "c", "Content": "{}", "ModelCardStatus": "Draft"},
            "ConflictException",
            f'Cannot create already existing model card "{PREFIX}:model-card/c".',
        ),
    ],
)
def test_a_taken_name_is_refused(client, operation, params, expected, words):
    sagemaker = client("sagemaker")
    getattr(sagemaker, operation)(**params)
    with pytest.raises(ClientError) as refused:
        getattr(sagemaker, operation)(**params)
    assert (code(refused), refused.value.response["Error"]["Message"]) == (expected, words)


def test_a_configuration_can_be_deleted_unless_a_deployment_needs_it(sandbox, client):
    sagemaker = client("sagemaker")
    for name in ("one", "two", "three"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[VARIANT])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    sandbox.deployments(looks=1)
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
    sagemaker.delete_endpoint_config(EndpointConfigName="three")
    for name in ("one", "two"):
        with pytest.raises(ClientError, match="is in progress") as refused:
            sagemaker.delete_endpoint_config(EndpointConfigName=name)
        assert code(refused) == "ValidationException"
    for _ in range(2):
        sagemaker.describe_endpoint(EndpointName="e")
    for name in ("one", "two"):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)


def test_a_card_goes_with_its_versions(client):
    sagemaker = client("sagemaker")
    sagemaker.create_model_card(ModelCardName="c", Content="{}", ModelCardStatus="Draft")
    sagemaker.update_model_card(ModelCardName="c", Content='{"a": 1}')
    with pytest.raises(ClientError, match="in one call"):
        sagemaker.update_model_card(ModelCardName="c", Content="{}", ModelCardStatus="Approved")
    sagemaker.delete_model_card(ModelCardName="c")
    with pytest.raises(ClientError) as refused:
        sagemaker.update_model_card(ModelCardName="c", Content="{}")
    assert code(refused) == "ResourceNotFound"
    sagemaker.create_model_card(ModelCardName="c", Content="{}", ModelCardStatus="Draft")
    rows = sagemaker.list_model_card_versions(ModelCardName="c")["ModelCardVersionSummaryList"]
    assert [row["ModelCardVersion"] for row in rows] == [1]


def test_an_alarm_is_replaced_whole(client):
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, AlarmDescription="why", AlarmActions=["arn:aws:sns:us-east-1:123456789012:t"])
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 5.0})
    shown = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert (shown["Threshold"], shown["AlarmActions"], shown["StateValue"]) == (5.0, [], "ALARM")
    assert "AlarmDescription" not in shown
    with pytest.raises(ClientError) as refused:
        cloudwatch.delete_alarms(AlarmNames=["errors", "absent"])
    assert code(refused) in {"ResourceNotFound", "ResourceNotFoundException"}
    assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 1
    cloudwatch.delete_alarms(AlarmNames=["errors"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_a_scaling_policy_is_replaced(client):
    sagemaker, scaling = client("sagemaker"), client("application-autoscaling")
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[VARIANT])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    arns = {
        scaling.put_scaling_policy(
            **TARGET, PolicyName="p", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": value,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            },
        )["PolicyARN"]
        for value in (50.0, 70.0)
    }  # fmt: skip
    shown = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert [row["PolicyARN"] for row in shown] == list(arns)
    assert shown[0]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70.0
    scaling.delete_scaling_policy(**TARGET, PolicyName="p")
    with pytest.raises(ClientError) as refused:
        scaling.delete_scaling_policy(**TARGET, PolicyName="p")
    assert code(refused) == "ObjectNotFoundException"


def rule(frequency, *filters):
    wanted = [{"filter": text, "filterType": "WILDCARD"} for text in filters]
    return {"scanFrequency": frequency, "repositoryFilters": wanted}


def scanning(ecr, *names):
    rows = ecr.batch_get_repository_scanning_configuration(repositoryNames=list(names))["scanningConfigurations"]
    return [
        (row["scanFrequency"], row["scanOnPush"], [wanted["filter"] for wanted in row["appliedScanFilters"]])
        for row in rows
    ]


def test_the_registry_decides_what_is_scanned(client):
    ecr = client("ecr")
    for name in ("ml/train", "ml/serve", "web"):
        ecr.create_repository(repositoryName=name)
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": []}
    assert scanning(ecr, "web") == [("MANUAL", False, [])]
    rules = [rule("SCAN_ON_PUSH", "ml/*", "serve")]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": rules}
    assert scanning(ecr, "ml/train", "ml/serve", "web") == [
        ("SCAN_ON_PUSH", True, ["ml/*"]),
        ("SCAN_ON_PUSH", True, ["ml/*", "serve"]),
        ("MANUAL", False, []),
    ]
    rules = [rule("CONTINUOUS_SCAN", "ml/train"), rule("SCAN_ON_PUSH", "*")]
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
    assert scanning(ecr, "ml/train", "web") == [("CONTINUOUS_SCAN", False, ["ml/train"]), ("SCAN_ON_PUSH", True, ["*"])]
    ecr.create_repository(repositoryName="ml/train-again")
    assert scanning(ecr, "ml/train-again") == [("CONTINUOUS_SCAN", False, ["ml/train"])]
    answer = ecr.batch_get_repository_scanning_configuration(repositoryNames=["absent"])
    assert answer["failures"][0]["failureCode"] == "REPOSITORY_NOT_FOUND"


def test_basic_scanning_heeds_the_repository_too(client):
    ecr = client("ecr")
    ecr.create_repository(repositoryName="repo", imageScanningConfiguration={"scanOnPush": True})
    assert scanning(ecr, "repo") == [("SCAN_ON_PUSH", True, [])]
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])
    assert scanning(ecr, "repo") == [("MANUAL", False, [])]
    for kind, rules in (
        ("BASIC", [rule("CONTINUOUS_SCAN", "*")]),
        ("ENHANCED", [rule("MANUAL", "*")]),
        ("ENHANCED", [rule("SCAN_ON_PUSH", name) for name in "abc"]),
    ):
        with pytest.raises(ClientError):
            ecr.put_registry_scanning_configuration(scanType=kind, rules=rules)


def test_keys_rotate_as_often_as_told(client):
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]
    name = {"KeyId": key["KeyId"]}
    assert kms.get_key_rotation_status(**name)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(**name, RotationPeriodInDays=100)
    shown = kms.get_key_rotation_status(KeyId=key["Arn"])
    assert (shown["KeyRotationEnabled"], shown["RotationPeriodInDays"], shown["KeyId"]) == (True, 100, key["Arn"])
    assert shown["NextRotationDate"].astimezone(UTC) == datetime(2027, 2, 9, 12, tzinfo=UTC)
    kms.enable_key_rotation(**name)
    assert kms.get_key_rotation_status(**name)["RotationPeriodInDays"] == 365
    kms.disable_key_rotation(**name)
    shown = kms.get_key_rotation_status(**name)
    assert shown["KeyRotationEnabled"] is False
    assert not {"RotationPeriodInDays", "NextRotationDate"} & shown.keys()
    with pytest.raises(ClientError) as refused:
        kms.enable_key_rotation(**name, RotationPeriodInDays=2561)
    assert code(refused) == "ValidationException"


def test_keys_that_cannot_rotate(client):
    kms = client("kms")
    asymmetric = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    disabled, dying = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.disable_key(KeyId=disabled)
    kms.schedule_key_deletion(KeyId=dying)
    for key, expected in (
        (asymmetric, "UnsupportedOperationException"),
        (disabled, "DisabledException"),
        (dying, "KMSInvalidStateException"),
        ("00000000-0000-0000-0000-000000000000", "NotFoundException"),
    ):
        with pytest.raises(ClientError) as refused:
            kms.enable_key_rotation(KeyId=key)
        assert code(refused) == expected
    assert kms.get_key_rotation_status(KeyId=disabled)["KeyRotationEnabled"] is False


def test_public_access_blocks(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    s3.delete_public_access_block(Bucket="data")
    with pytest.raises(ClientError) as refused:
        s3.get_public_access_block(Bucket="data")
    assert code(refused) == "NoSuchPublicAccessBlockConfiguration"
    s3.put_public_access_block(Bucket="data", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert s3.get_public_access_block(Bucket="data")["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False,
    }  # fmt: skip
    with pytest.raises(ClientError) as refused:
        s3.put_public_access_block(Bucket="absent", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert code(refused) == "NoSuchBucket"
