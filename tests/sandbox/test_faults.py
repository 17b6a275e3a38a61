"""Each fault does what it says, over both taps, and hits the same calls in every run."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from mllens.sandbox import Fault, Faults, Sandbox

MODEL = {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/execution"}


def code(refused):
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("kind", "name", "operation", "expected", "status"),
    [
        ("throttle", "sagemaker", "list_models", "ThrottlingException", 400),
        ("throttle", "iam", "list_roles", "Throttling", 400),
        ("throttle", "s3", "list_buckets", "SlowDown", 503),
        ("throttle", "ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("throttle", "lambda", "list_functions", "TooManyRequestsException", 429),
        ("throttle", "accessanalyzer", "list_analyzers", "ThrottlingException", 429),
        ("deny", "sagemaker", "list_models", "AccessDeniedException", 400),
        ("deny", "iam", "list_roles", "AccessDenied", 403),
        ("deny", "s3", "list_buckets", "AccessDenied", 403),
        ("deny", "ec2", "describe_vpcs", "UnauthorizedOperation", 403),
        ("deny", "lambda", "list_functions", "AccessDeniedException", 403),
        ("error", "sagemaker", "list_models", "InternalFailure", 500),
        ("error", "s3", "list_buckets", "InternalError", 500),
        ("expired", "sagemaker", "list_models", "ExpiredTokenException", 400),
        ("expired", "iam", "list_roles", "ExpiredToken", 403),
    ],
)
def test_refusals(sandbox, client, kind, name, operation, expected, status):  # noqa: PLR0917 (one parameter each column of the table)
    sandbox.faults = Faults(Fault(kind, f"{name}:*"))
    with pytest.raises(ClientError) as refused:
        getattr(client(name), operation)()
    assert (code(refused), refused.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (expected, status)
    sandbox.faults = Faults()
    getattr(client(name), operation)()


def test_denials_name_caller_action_and_resource(sandbox, client):
    client("sagemaker").create_model(**MODEL)
    sandbox.faults = Faults(Fault("deny", "*:DescribeModel"), Fault("deny", "s3:GetBucketEncryption"))
    with pytest.raises(ClientError) as refused:
        client("sagemaker").describe_model(ModelName="m")
    assert refused.value.response["Error"]["Message"] == (
        "User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sagemaker:DescribeModel on resource: "
        "arn:aws:sagemaker:us-east-1:123456789012:model/m because no identity-based policy allows the sagemaker:DescribeModel action"
    )
    with pytest.raises(ClientError, match="perform: s3:GetEncryptionConfiguration on resource: arn:aws:s3:::b "):
        client("s3").get_bucket_encryption(Bucket="b")


def test_reset(sandbox, client):
    sandbox.faults = Faults(Fault("reset", "sagemaker:ListModels"))
    with pytest.raises(ConnectionClosedError):
        client("sagemaker").list_models()
    assert sandbox.calls[-1].outcome == "reset"
    client("sagemaker").list_endpoints()


def test_reset_is_retried(sandbox, sagemaker):
    sandbox.faults = Faults(Fault("reset", times=1))
    assert sagemaker.list_models()["ResponseMetadata"]["RetryAttempts"] == 1


def test_slow(sandbox, client, monkeypatch):
    slept = []
    monkeypatch.setattr("mllens.sandbox.engine.time.sleep", slept.append)
    sandbox.faults = Faults(Fault("slow", "sagemaker:*", seconds=0.04))
    client("sagemaker").list_models()
    assert slept == [0.04]


def test_repeated_tokens(sandbox, client):
    for name in "abc":
        client("sagemaker").create_model(**{**MODEL, "ModelName": name})
    sandbox.faults = Faults(Fault("repeat-token", "sagemaker:ListModels"))
    first = client("sagemaker").list_models(MaxResults=2)
    second = client("sagemaker").list_models(MaxResults=2, NextToken=first["NextToken"])
    assert first["NextToken"] == second["NextToken"]
    assert first["Models"] == second["Models"]


def test_repeated_tokens_of_moto_services(sandbox, client):
    client("logs").create_log_group(logGroupName="g")
    sandbox.faults = Faults(Fault("repeat-token", "logs:*"))
    first = client("logs").describe_log_groups()
    assert client("logs").describe_log_groups(nextToken=first["nextToken"])["nextToken"] == first["nextToken"]


def test_vanished(sandbox, client):
    client("sagemaker").create_model(**MODEL)
    sandbox.faults = Faults(Fault("vanish", "sagemaker:Describe*", resource="m"))
    assert len(client("sagemaker").list_models()["Models"]) == 1
    with pytest.raises(ClientError, match="Could not find model"):
        client("sagemaker").describe_model(ModelName="m")


def test_malformed_xml(sandbox, client):
    sandbox.faults = Faults(Fault("malformed", "iam:*"))
    with pytest.raises(ResponseParserError):
        client("iam").list_roles()


def test_malformed_json_loses_everything_without_a_word(sandbox, client):
    client("sagemaker").create_model(**MODEL)
    sandbox.faults = Faults(Fault("malformed", "sagemaker:*"))
    assert "Models" not in client("sagemaker").list_models()


@pytest.mark.parametrize(("when", "left"), [("before", 1), ("after", 2)])
def test_kill(when, left):
    def die(call):
        raise KeyboardInterrupt(call.operation)

    with Sandbox(on_kill=die, faults=Faults(Fault("kill", "sagemaker:CreateModel", nth=2, when=when))) as sandbox:
        sagemaker = sandbox.client("sagemaker")
        sagemaker.create_model(**MODEL)
        with pytest.raises(KeyboardInterrupt):
            sagemaker.create_model(**{**MODEL, "ModelName": "n"})
        assert len(sagemaker.list_models()["Models"]) == left


ALARM = {
    "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
    "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
BLOCK = {"Bucket": "data", "PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}
WRITES = [
    ("sagemaker", "create_model", MODEL),
    ("cloudwatch", "put_metric_alarm", ALARM),
    ("s3", "put_public_access_block", BLOCK),  # answered by moto
]


@pytest.mark.parametrize(("name", "operation", "params"), WRITES)
@pytest.mark.parametrize("kind", ["throttle", "deny", "error", "expired", "reset"])
def test_what_is_refused_does_nothing(sandbox, client, kind, name, operation, params):  # noqa: PLR0917 (the table's columns)
    client("s3").create_bucket(Bucket="data")
    before = sandbox.snapshot()
    sandbox.faults = Faults(Fault(kind, f"{name}:*"))
    with pytest.raises((ClientError, ConnectionClosedError)):
        getattr(client(name), operation)(**params)
    assert before.differences(sandbox.snapshot()) == ()


@pytest.mark.parametrize(("name", "operation", "params"), WRITES)
def test_what_is_lost_was_done(sandbox, client, name, operation, params):
    client("s3").create_bucket(Bucket="data")
    before = sandbox.snapshot()
    sandbox.faults = Faults(Fault("lost", f"{name}:*", times=1))
    with pytest.raises(ConnectionClosedError):
        getattr(client(name), operation)(**params)
    assert sandbox.calls[-1].outcome == "lost"
    assert len(before.differences(sandbox.snapshot())) == 1


def test_what_is_refused_can_be_lost(sandbox, client):
    client("sagemaker").create_model(**MODEL)
    sandbox.faults = Faults(Fault("lost", "sagemaker:CreateModel"))
    with pytest.raises(ConnectionClosedError):
        client("sagemaker").create_model(**MODEL)


def test_a_retry_finds_what_was_lost(sandbox, sagemaker):
    sandbox.faults = Faults(Fault("lost", "sagemaker:CreateModel", times=1))
    with pytest.raises(ClientError, match="already existing model"):
        sagemaker.create_model(**MODEL)
    assert [made.outcome for made in sandbox.calls] == ["lost", "ValidationException"]


@pytest.mark.parametrize(("when", "changes"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize(("name", "operation", "params"), WRITES)
def test_killing_somebody_else_breaks_the_connection(client, sandbox, name, operation, params, when, changes):  # noqa: PLR0917 (the table's columns)
    killed = []
    sandbox.engine.on_kill = killed.append
    client("s3").create_bucket(Bucket="data")
    before = sandbox.snapshot()
    sandbox.faults = Faults(Fault("kill", f"{name}:*", when=when))
    with pytest.raises(ConnectionClosedError):
        getattr(client(name), operation)(**params)
    assert (len(killed), sandbox.calls[-1].outcome) == (1, "killed")
    assert len(before.differences(sandbox.snapshot())) == changes


def test_rates_bind_writers(sandbox, client):
    sandbox.faults = Faults(Fault("rate", "sagemaker:Create*", rate=1, clock="virtual"))
    client("sagemaker").create_model(**MODEL)
    with pytest.raises(ClientError, match="Rate exceeded"):
        client("sagemaker").create_model(**{**MODEL, "ModelName": "n"})
    sandbox.clock.advance(timedelta(seconds=1))
    client("sagemaker").create_model(**{**MODEL, "ModelName": "n"})


def test_rates_on_the_virtual_clock(sandbox, client):
    sandbox.faults = Faults(Fault("rate", "sagemaker:List*", rate=2, clock="virtual"))
    sagemaker = client("sagemaker")
    sagemaker.list_models()
    sagemaker.list_models()
    with pytest.raises(ClientError, match="Rate exceeded"):
        sagemaker.list_models()
    sagemaker.list_endpoints()  # each operation has its own bucket
    sandbox.clock.advance(timedelta(seconds=0.5))
    sagemaker.list_models()
    with pytest.raises(ClientError, match="Rate exceeded"):
        sagemaker.list_models()


def hit(order, seed=7):
    """The models whose description is throttled, asked for in an order."""
    with Sandbox(seed=seed) as sandbox:
        fast = sandbox.client("sagemaker", fast=True)
        for n in range(40):
            fast.create_model(**{**MODEL, "ModelName": f"m{n}"})
        sandbox.faults = Faults(Fault("throttle", "sagemaker:Describe*", share=0.3))
        found = set()
        for n in order:
            try:
                fast.describe_model(ModelName=f"m{n}")
            except ClientError:
                found.add(n)
        return found


def test_shares_do_not_depend_on_the_order_of_calls():
    there = hit(range(40))
    assert there == hit(reversed(range(40)))
    assert 4 <= len(there) <= 20
    assert there != hit(range(40), seed=8)


def test_a_share_lets_a_retry_through(sandbox):
    sandbox.faults = Faults(Fault("throttle", "sagemaker:ListModels", share=0.5))
    fast, outcomes = sandbox.client("sagemaker", fast=True), []
    for _ in range(30):
        try:
            fast.list_models()
            outcomes.append(True)
        except ClientError:
            outcomes.append(False)
    assert {True, False} == set(outcomes)


def test_faults_can_be_narrowed(sandbox):
    sandbox.faults = Faults(Fault("deny", "sagemaker:*", region="eu-*"), Fault("deny", account="2*"))
    sandbox.client("sagemaker", "us-east-1").list_models()
    with pytest.raises(ClientError):
        sandbox.client("sagemaker", "eu-west-1").list_models()
    with pytest.raises(ClientError):
        sandbox.client("sagemaker", account="210987654321").list_models()


def test_faults_from_files(tmp_path):
    expected = Faults(Fault("throttle", "sagemaker:Describe*", share=0.2), Fault("slow", seconds=0.04))
    toml, js = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml.write_text(
        '[[fault]]\nkind = "throttle"\ncalls = "sagemaker:Describe*"\nshare = 0.2\n[[fault]]\nkind = "slow"\nseconds = 0.04\n'
    )
    js.write_text(
        json.dumps(
            [{"kind": "throttle", "calls": "sagemaker:Describe*", "share": 0.2}, {"kind": "slow", "seconds": 0.04}]
        )
    )
    assert Faults.read(toml) == Faults.read(js) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"fault": [{"kind": "quake"}]}, "unknown fault 'quake'"),
        ({"fault": [{"kind": "deny", "op": "x"}]}, "fault 1: unknown op"),
        ({"fault": [{"calls": "x"}]}, "fault 1 needs a kind"),
        ({"fault": [{"kind": "rate"}]}, "needs rate="),
        ({"fault": [{"kind": "deny", "share": 2}]}, "between 0 and 1"),
        ("deny", "expected a list"),
    ],
)
def test_wrong_fault_files_are_refused_by_name(content, message):
    with pytest.raises(ValueError, match=message):
        Faults.parse(content)


def test_many_threads(sandbox):
    fast = sandbox.client("sagemaker", fast=True)

    def work(start):
        for n in range(start, start + 50):
            fast.create_model(**{**MODEL, "ModelName": f"m{n}"})
            fast.describe_model(ModelName=f"m{n}")

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 50, 100, 150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.calls.count("sagemaker:*") == 400
    assert len(list(fast.get_paginator("list_models").paginate().search("Models[]"))) == 200


def test_one_moment_for_all(sandbox):
    assert sandbox.clock.now() == datetime(2026, 11, 1, 12, tzinfo=UTC)
