"""Every protocol works over every tap, and what is unknown is refused as AWS refuses."""

import http.client
import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from mllens.sandbox import Sandbox

MODEL = {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/execution"}


def test_json(client):
    client("sagemaker").create_model(**MODEL)
    shown = client("sagemaker").describe_model(ModelName="m")
    assert shown["ModelArn"] == "arn:aws:sagemaker:us-east-1:123456789012:model/m"
    assert shown["ResponseMetadata"]["HTTPHeaders"]["date"] == "Sun, 01 Nov 2026 12:00:00 GMT"


def test_s3(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="a b/ü+.csv", Body=b"1,2", Metadata={"own": "value"})
    assert [row["Key"] for row in s3.list_objects_v2(Bucket="data")["Contents"]] == ["a b/ü+.csv"]
    found = s3.get_object(Bucket="data", Key="a b/ü+.csv")
    assert (found["Body"].read(), found["Metadata"]) == (b"1,2", {"own": "value"})
    assert s3.head_object(Bucket="data", Key="a b/ü+.csv")["ContentLength"] == 3
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket="absent")


def test_query(client):
    iam = client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Version": "2012-10-17"}')
    assert iam.get_role(RoleName="r")["Role"]["CreateDate"] == datetime(2026, 11, 1, 12, tzinfo=UTC)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="absent")
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    assert client("sns").list_topics()["Topics"] == [{"TopicArn": topic}]


def test_more_services(client):
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    assert client("ec2").describe_vpcs()["Vpcs"][0]["IsDefault"] is True
    assert client("kms").create_key()["KeyMetadata"]["CreationDate"] == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert client("ecr").create_repository(repositoryName="images")["repository"]["registryId"] == "123456789012"
    client("logs").create_log_group(logGroupName="/aws/sagemaker/Endpoints")
    assert client("logs").describe_log_groups()["logGroups"][0]["creationTime"] == 1793534400000
    assert client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert client("accessanalyzer").list_analyzers()["analyzers"] == []
    assert client("bedrock").list_guardrails()["guardrails"] == []


def test_virtual_hosts(sandbox):
    # the resolver does not know bucket.localhost, so the request is written by hand
    with sandbox.serve() as url:
        port = int(url.rsplit(":", 1)[1])
        boto3.client("s3", endpoint_url=url).create_bucket(Bucket="data")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        scope = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261101/us-east-1/s3/aws4_request, Signature=x"
        for host in (f"data.localhost:{port}", "data.s3.amazonaws.com", "data.s3.us-east-1.amazonaws.com"):
            connection.request("GET", "/?location", headers={"Host": host, "Authorization": scope})
            answer = connection.getresponse()
            assert (answer.status, b"LocationConstraint" in answer.read()) == (200, True)
        connection.close()


def test_as_a_proxy(sandbox):
    with sandbox.serve() as url:
        # the tap in this process must not answer for the server, so the request is written by hand
        connection = http.client.HTTPConnection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        scope = (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261101/eu-west-1/sagemaker/aws4_request, Signature=x"
        )
        headers = {
            "Authorization": scope,
            "X-Amz-Target": "SageMaker.ListModels",
            "Content-Type": "application/x-amz-json-1.1",
        }
        connection.request("POST", "http://api.sagemaker.eu-west-1.amazonaws.com/", body=b"{}", headers=headers)
        assert json.loads(connection.getresponse().read()) == {"Models": []}
        connection.close()
    assert [(made.region, made.operation) for made in sandbox.calls] == [("eu-west-1", "ListModels")]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (
            {"X-Amz-Target": "SageMaker.Nonsense", "Content-Type": "application/x-amz-json-1.1", "scope": "sagemaker"},
            "UnknownOperationException",
        ),
        (
            {"X-Amz-Target": "Nothing.Here", "Content-Type": "application/x-amz-json-1.1", "scope": "nothing"},
            "UnrecognizedClientException",
        ),
        ({"scope": "lambda"}, "UnknownOperationException"),
        ({}, "NoSuchBucket"),
    ],
)
def test_the_unknown_is_refused_and_never_in_html(sandbox, headers, code):
    with sandbox.serve() as url:
        connection = http.client.HTTPConnection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        scope = headers.pop("scope", None)
        if scope:
            headers["Authorization"] = (
                f"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261101/us-east-1/{scope}/aws4_request, Signature=x"
            )
        connection.request("POST" if "X-Amz-Target" in headers else "GET", "/no/such/place", body=b"", headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
    assert 400 <= answer.status < 500
    assert code in body
    assert "html" not in answer.headers["Content-Type"]


def test_fast_sessions_answer_the_same(sandbox, sagemaker):
    fast = sandbox.client("sagemaker", fast=True)
    fast.create_model(**MODEL, Tags=[{"Key": "team", "Value": "ml"}])
    shown, quick = sagemaker.describe_model(ModelName="m"), fast.describe_model(ModelName="m")
    assert shown.pop("ResponseMetadata")["RequestId"] == quick.pop("ResponseMetadata")["RequestId"]
    assert shown == quick
    with pytest.raises(ClientError, match="Could not find model"):
        fast.describe_model(ModelName="absent")
    # what moto has a part in takes the other way
    assert sandbox.client("s3", fast=True).list_buckets()["Buckets"] == []


def test_answers_do_not_share_the_store(sandbox):
    fast = sandbox.client("sagemaker", fast=True)
    fast.create_model(**MODEL, PrimaryContainer={"Image": "one"})
    fast.describe_model(ModelName="m")["PrimaryContainer"]["Image"] = "two"
    assert fast.describe_model(ModelName="m")["PrimaryContainer"]["Image"] == "one"


def test_accounts_and_regions_are_apart(sandbox):
    sandbox.client("sagemaker", "us-east-1").create_model(**MODEL)
    assert sandbox.client("sagemaker", "eu-west-1").list_models()["Models"] == []
    assert sandbox.client("sagemaker", account="210987654321").list_models()["Models"] == []
    sandbox.client("iam", account="210987654321").create_user(UserName="u")
    assert sandbox.client("iam").list_users()["Users"] == []


def test_assumed_roles_land_in_their_account(client):
    given = client("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/audit", RoleSessionName="me")[
        "Credentials"
    ]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    assert client("sts", **keys).get_caller_identity()["Arn"] == "arn:aws:sts::210987654321:assumed-role/audit/me"
    client("sagemaker", **keys).create_model(**MODEL)
    assert client("sagemaker").list_models()["Models"] == []
    assert len(client("sagemaker", **keys).list_models()["Models"]) == 1


def test_keys_made_by_iam_belong_to_their_account(sandbox):
    iam = sandbox.client("iam", account="210987654321")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    foreign = boto3.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert foreign.get_caller_identity()["Account"] == "210987654321"


def test_calls_are_logged(sandbox, sagemaker):
    sagemaker.list_models()
    with pytest.raises(ClientError):
        sagemaker.describe_model(ModelName="absent")
    with pytest.raises(ClientError):
        sandbox.client("iam").get_role(RoleName="absent")
    assert list(sandbox.calls) == [
        ("123456789012", "us-east-1", "sagemaker", "ListModels", "ok"),
        ("123456789012", "us-east-1", "sagemaker", "DescribeModel", "ValidationException"),
        ("123456789012", "us-east-1", "iam", "GetRole", "NoSuchEntity"),
    ]
    assert (sandbox.calls.count("sagemaker:ListModels"), sandbox.calls.count("sagemaker:*")) == (1, 2)


def test_sandboxes_nest(sandbox):
    boto3.client("s3").create_bucket(Bucket="outer")
    with Sandbox():
        assert boto3.client("s3").list_buckets()["Buckets"] == []
        boto3.client("s3").create_bucket(Bucket="outer")
    assert [row["Name"] for row in boto3.client("s3").list_buckets()["Buckets"]] == ["outer"]


def test_s3control_reaches_the_account(sandbox):
    control = sandbox.client("s3control")
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    control.put_public_access_block(AccountId="123456789012", PublicAccessBlockConfiguration=block)
    assert control.get_public_access_block(AccountId="123456789012")["PublicAccessBlockConfiguration"] == block


def test_what_nobody_implements_is_refused_as_aws_would(client):
    with pytest.raises(ClientError) as refused:
        client("sagemaker").query_lineage()
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
