"""The same calls give the same answers, to the byte, and time stands where it was set."""

import json
import time
from datetime import UTC, datetime, timedelta

import boto3
from moto.core import utils

from mllens.sandbox import Sandbox

ROLE = "arn:aws:iam::123456789012:role/execution"


def story():
    """Everything that many services answer to a fixed list of calls."""
    with Sandbox() as sandbox:
        session, told = sandbox.session(), []

        def tell(service, operation, **params):
            answer = getattr(session.client(service), operation)(**params)
            told.append((service, operation, {k: v for k, v in answer.items() if k != "Body"}))
            return answer

        tell("sagemaker", "create_model", ModelName="m", ExecutionRoleArn=ROLE)
        tell(
            "sagemaker",
            "create_domain",
            DomainName="d",
            AuthMode="IAM",
            DefaultUserSettings={},
            SubnetIds=["s"],
            VpcId="v",
        )
        tell("sagemaker", "create_pipeline", PipelineName="p", PipelineDefinition="{}", RoleArn=ROLE)
        tell("sagemaker", "start_pipeline_execution", PipelineName="p")
        tell("sagemaker", "start_pipeline_execution", PipelineName="p")
        tell("accessanalyzer", "create_analyzer", analyzerName="a", type="ACCOUNT")
        tell("iam", "create_role", RoleName="r", AssumeRolePolicyDocument="{}")
        tell("iam", "list_roles")
        tell("kms", "create_key")
        tell("ec2", "describe_vpcs")
        tell("ec2", "create_vpc", CidrBlock="10.0.0.0/16")
        tell("s3", "create_bucket", Bucket="data")
        tell("s3", "put_object", Bucket="data", Key="k", Body=b"x")
        tell("s3", "list_objects_v2", Bucket="data")
        tell("logs", "create_log_group", logGroupName="g")
        tell("logs", "describe_log_groups")
        tell("sns", "create_topic", Name="t")
        tell("ecr", "create_repository", repositoryName="images")
        tell("secretsmanager", "create_secret", Name="s", SecretString="x", ClientRequestToken="t" * 32)
        tell(
            "stepfunctions",
            "create_state_machine",
            name="s",
            definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
            roleArn=ROLE,
        )
        tell("sts", "assume_role", RoleArn="arn:aws:iam::210987654321:role/r", RoleSessionName="me")
        return json.dumps(told, default=str, sort_keys=True)


def test_two_runs_are_equal():
    assert story() == story()


def test_time_stands_still_and_can_be_moved(sandbox):
    iam, sagemaker, s3 = sandbox.client("iam"), sandbox.client("sagemaker"), sandbox.client("s3")
    with sandbox.at(datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)):
        iam.create_role(RoleName="old", AssumeRolePolicyDocument="{}")
        sagemaker.create_model(ModelName="old", ExecutionRoleArn=ROLE)
        s3.create_bucket(Bucket="old")
    sandbox.clock.advance(timedelta(days=1))
    sagemaker.create_model(ModelName="new", ExecutionRoleArn=ROLE)
    old, new = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC), datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert iam.get_role(RoleName="old")["Role"]["CreateDate"] == old
    assert [row["CreationTime"] for row in sagemaker.list_models()["Models"]] == [old, new]
    assert s3.list_buckets()["Buckets"][0]["CreationDate"] == old
    sandbox.clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert sagemaker.list_models()["ResponseMetadata"]["HTTPHeaders"]["date"] == "Tue, 01 Jan 2030 00:00:00 GMT"


def test_moto_is_free_when_no_sandbox_is_at_work(sandbox):
    sandbox.client("sns").list_topics()  # moto is changed when it is first asked
    assert utils.unix_time() == 1793534400.0
    sandbox.__exit__(None, None, None)
    assert abs(utils.unix_time() - time.time()) < 60
    sandbox.__enter__()


def test_request_ids_tell_calls_apart_and_not_runs(sandbox, sagemaker):
    def request_id(**params):
        return sagemaker.list_models(**params)["ResponseMetadata"]["RequestId"]

    assert request_id() == request_id()
    assert request_id() != request_id(MaxResults=5)
    elsewhere = boto3.client("sagemaker", "eu-west-1").list_models()["ResponseMetadata"]["RequestId"]
    assert elsewhere != request_id()


def test_managed_policies_have_the_same_ids_in_every_run():
    def ids():
        with Sandbox() as sandbox:
            policies = sandbox.client("iam").list_policies(Scope="AWS")["Policies"]
            return {policy["PolicyName"]: policy["PolicyId"] for policy in policies}

    assert ids() == ids()
