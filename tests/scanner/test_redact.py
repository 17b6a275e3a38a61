"""Secrets never reach a row; what only points at one stays."""

from typing import Any

import account
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner.inventory import encode_rows
from mllens.scanner.plan import everything
from mllens.scanner.redact import FREE_FORM, redact, shape, text

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SECRETS = {
    "aws-access-key": st.text(LETTERS, min_size=16, max_size=16).map(lambda t: f"AKIA{t}"),
    "github-token": st.text("abcdefghijkLMNOP0123456789", min_size=36, max_size=36).map(lambda t: f"ghp_{t}"),
    "slack-token": st.text("0123456789abcdef-", min_size=12, max_size=30).map(lambda t: f"xoxb-{t}"),
    "hugging-face-token": st.text("abcdefABCDEF", min_size=34, max_size=34).map(lambda t: f"hf_{t}"),
    "api-key": st.text("abcdefABCDEF0123", min_size=32, max_size=48).map(lambda t: f"sk-proj-{t}"),
    "url-with-password": st.text("abcdef0123", min_size=4, max_size=20).map(lambda t: f"postgres://user:{t}@db:5432/x"),
    "private-key": st.just("-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
    "json-web-token": st.text("abcdefABCDEF01", min_size=12).map(lambda t: f"eyJ{t}.eyJ{t}.{t}"),
    "presigned-url": st.text("abcdef0123", min_size=8).map(
        lambda t: f"https://b.s3.amazonaws.com/k?a=1&X-Amz-Signature={t}"
    ),
}
NAMES = st.sampled_from(
    [
        "DB_PASSWORD",
        "password",
        "API_KEY",
        "apikey",
        "MLFLOW_TRACKING_TOKEN",
        "client_secret",
        "AUTHORIZATION",
        "private_key",
    ]
)
PLAIN = st.text("ghijklmnop qrstuv", min_size=8, max_size=20)


def wrap(secret: Any) -> st.SearchStrategy[Any]:
    """A secret somewhere in an answer."""
    return st.recursive(
        st.just(secret),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=2),
            st.dictionaries(st.sampled_from(["A", "Name", "Image", "Value"]), inner, min_size=1, max_size=2),
        ),
        max_leaves=4,
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(SECRETS)), before=PLAIN, after=PLAIN)
def test_shapes_are_removed_everywhere(data: st.DataObject, kind: str, before: str, after: str) -> None:
    secret = data.draw(SECRETS[kind])
    answer = data.draw(wrap(f"{before} {secret} {after}"))
    kept = msgspec.json.encode(redact({"Member": answer})).decode()
    assert secret not in kept
    assert kind in kept


@settings(max_examples=60, deadline=None)
@given(data=st.data(), member=st.sampled_from(sorted(FREE_FORM)), name=NAMES, secret=PLAIN)
def test_values_of_secret_names_are_removed_below_free_form_members(
    data: st.DataObject, member: str, name: str, secret: str
) -> None:
    answer = data.draw(wrap({name: secret}))
    kept = msgspec.json.encode(redact({"Thing": {member: answer}})).decode()
    assert secret not in kept
    assert f"named {name}" in kept


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--password", "hunter-two"],
        ["--db-password=hunter-two"],
        ["--api_key", "hunter-two", "--epochs", "3"],
        ["sh", "-c", "export DB_PASSWORD=hunter-two; train"],
    ],
)
def test_arguments_of_secret_options_are_removed(arguments: list[str]) -> None:
    assert "hunter-two" not in str(redact({"ContainerArguments": arguments}))


@pytest.mark.parametrize(
    "value",
    [
        {"password": ["hunter-two"]},
        {"credentials": {"user": "me", "value": "hunter-two"}},
        {"config": '{"db": {"password": "hunter-two"}}'},
        {"password": 20_041_889},
    ],
)
def test_values_that_are_no_plain_text_are_removed_too(value: Any) -> None:
    kept = str(redact({"HyperParameters": value}))
    assert "hunter-two" not in kept
    assert "20041889" not in kept


@pytest.mark.parametrize(
    "name",
    ["DB_SECRET_ARN", "SecretArn", "TOKEN_URL", "CREDENTIALS_PATH", "SECRET_NAME", "SECRET_ID", "ACCESS_KEY_ID_PATH"],
)
def test_pointers_stay(name: str) -> None:
    value = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-Ab12Cd"
    assert redact({"Environment": {name: value}}) == {"Environment": {name: value}}


@pytest.mark.parametrize(
    "value",
    [
        "s3://bucket/sklearn-token-model",
        "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20260101T000000",
        "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch:2.6.0",
        "risk-model-2026-01-01-00-00-00-000",
        "https://example.com/a?b=c",
    ],
)
def test_ordinary_values_stay(value: str) -> None:
    assert shape(value) == ""
    assert redact({"Environment": {"A": value}, "Name": value}) == {"Environment": {"A": value}, "Name": value}


def test_names_count_below_free_form_members_only() -> None:
    assert redact({"NextToken": "abc", "AccessKeyMetadata": "x"}) == {"NextToken": "abc", "AccessKeyMetadata": "x"}


def test_other_values_stay_as_they_are() -> None:
    answer = {"A": None, "B": 1, "C": 1.5, "D": True, "E": [], "F": {}, "G": ""}
    assert redact(answer) == answer


def test_error_texts() -> None:
    assert text("bad key AKIAABCDEFGHIJKLMNOP in https://u:p@h/") == "bad key [aws-access-key] in [url-with-password]h/"
    assert text("nothing here") == "nothing here"


def test_no_secret_of_an_account_reaches_a_row() -> None:
    """Planted where people put them: environment, hyperparameters, arguments, tags, descriptions."""
    key, token = "AKIAQWERTYUIOPASDFGH", "ghp_" + "a1B2" * 10
    wanted = everything()
    with Sandbox() as sandbox:
        client = sandbox.client("sagemaker")
        tags = [{"Key": "deploy", "Value": token}]
        container = {"Image": account.IMAGE, "Environment": {"DB_PASSWORD": "hunter-two", "KEY": key}}
        client.create_model(ModelName="m", ExecutionRoleArn=account.ROLE, PrimaryContainer=container, Tags=tags)
        client.create_model_package_group(ModelPackageGroupName="g", ModelPackageGroupDescription=f"use {token}")
        account.train(client, "job", "bucket", isolated=True)
        sandbox.record("sagemaker", "TrainingJob", "job").update(
            HyperParameters={"api_key": "hunter-two", "sagemaker_program": "train.py"},
            Environment={"WANDB_API_KEY": "hunter-two", "SECRET_ARN": "arn:aws:secretsmanager:us-east-1:1:secret:x"},
        )
        variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], Tags=tags)
        client.create_endpoint(EndpointName="e", EndpointConfigName="c", Tags=tags)
        inventory = Scanner(sandbox, wanted)(regions=("us-east-1",))
    kept = b"\n".join(encode_rows(inventory.rows)).decode()
    for secret in (key, token, "hunter-two"):
        assert secret not in kept
    assert "arn:aws:secretsmanager:us-east-1:1:secret:x" in kept
    assert "train.py" in kept
    tagged = {row.type: row.tags for row in inventory.rows if row.tags}
    assert tagged["AWS::SageMaker::Endpoint"] == {"deploy": "[github-token]"}


@pytest.mark.parametrize("mark", ["?X-Amz-Signature=", "&x-amz-security-token=", "?x-AMZ-signature="])
def test_a_presigned_address_is_told_in_any_case(mark: str) -> None:
    assert shape(f"https://b.s3.amazonaws.com/k{mark}0") == "presigned-url"
