"""Only declared reads leave the scanner's clients, whoever asks."""

from collections.abc import Iterator

import pytest

from mllens.sandbox import Sandbox
from mllens.scanner import DefinitionError, Resource, api
from mllens.scanner import catalogue as catalogue_module
from mllens.scanner.catalogue import add, collectors
from mllens.scanner.client import Answer, Clients, Forbidden, NotSent
from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.engine import Options, scan
from mllens.scanner.plan import everything, plan
from mllens.scanner.sagemaker import Model

US = "us-east-1"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def forged(service: str, operation: str, items: str = "") -> Call:
    """A declaration that got round its own check, as code of others might."""
    call = Call("sagemaker", "ListModels", items=items)
    object.__setattr__(call, "service", service)
    object.__setattr__(call, "operation", operation)
    return call


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("sagemaker", "create_model", {"ModelName": "m"}),
        ("sagemaker", "delete_endpoint", {"EndpointName": "e"}),
        ("s3", "put_bucket_versioning", {"Bucket": "b", "VersioningConfiguration": {}}),
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
        ("ssm", "get_parameter", {"Name": "p"}),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "session"}),
        ("glacier", "list_vaults", {"accountId": "-"}),
    ],
)
def test_the_clients_themselves_refuse(
    sandbox: Sandbox, service: str, method: str, arguments: dict[str, object]
) -> None:
    clients = Clients(everything().calls)
    with pytest.raises(Forbidden):
        getattr(clients.client(service, US), method)(**arguments)
    assert len(sandbox.calls) == 0


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "why"),
    [
        (
            "sagemaker",
            "DeleteEndpoint",
            {"EndpointName": "e"},
            "sagemaker:DeleteEndpoint is never sent: the scanner only reads",
        ),
        ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, "is never sent: it returns secrets, data or code"),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, "is never sent: it returns secrets, data or code"),
    ],
)
def test_a_forged_declaration_is_refused(
    sandbox: Sandbox, service: str, operation: str, parameters: dict[str, str], why: str
) -> None:
    call = forged(service, operation)
    with pytest.raises(Forbidden, match=why):
        Clients([call]).send(call, US, parameters)
    assert len(sandbox.calls) == 0


def test_what_is_declared_goes_through(sandbox: Sandbox) -> None:
    call = Call("sagemaker", "ListModels", items="Models")
    assert isinstance(Clients([call]).send(call, US, {}), Answer)
    with pytest.raises(Forbidden, match="sagemaker:ListModels is not declared by any collector"):
        Clients([]).send(call, US, {})
    assert len(sandbox.calls) == 1


def test_a_packs_collector_is_held_to_it(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_module, "_PACKS", [])
    monkeypatch.setattr(
        "mllens.scanner.model.TYPES", dict(__import__("mllens.scanner.model", fromlist=["TYPES"]).TYPES)
    )

    class Secret(Resource, type="Pack::Secrets::Value", name="Name"):
        value: str = api("SecretString")

    with pytest.raises(DefinitionError, match="secretsmanager:GetSecretValue"):
        Collector(Secret, Listed(Call("secretsmanager", "ListSecrets", items="SecretList")), then=(Call("secretsmanager", "GetSecretValue", given={"SecretId": "Name"}),))  # fmt: skip
    sandbox.client("secretsmanager").create_secret(Name="s", SecretString="hunter-two")
    details = forged("secretsmanager", "GetSecretValue")
    object.__setattr__(details, "given", {"SecretId": "Name"})
    add(Collector(Secret, Listed(Call("secretsmanager", "ListSecrets", items="SecretList")), then=(details,)))
    wanted = plan([Secret.value])
    sandbox.calls.clear()
    with pytest.raises(Forbidden, match="secretsmanager:GetSecretValue is never sent"):
        scan(Clients(wanted.calls), wanted, Options(regions=(US,)))
    assert sandbox.calls.count("secretsmanager:GetSecretValue") == 0


def test_a_pack_cannot_take_over_a_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_module, "_PACKS", [])
    add(Collector(Model, Listed(Call("sagemaker", "ListModels", items="Models"))))
    with pytest.raises(DefinitionError, match="AWS::SageMaker::Model has a collector already"):
        collectors()


def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, f"{tmp_path}/absent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    call = Call("sagemaker", "ListModels", items="Models")
    with pytest.raises(NotSent, match="Configure credentials"):
        Clients([call]).send(call, US, {})
