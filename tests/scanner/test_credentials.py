"""Credentials that have to be asked for: of a role, of a web identity, of IAM Identity Center."""

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from mllens.scanner.client import Answer, Clients, NotSent, Refusal
from mllens.scanner.collect import CALLER

CONFIG = """
[profile base]
region = us-east-1
[profile role]
role_arn = arn:aws:iam::111122223333:role/audit
source_profile = base
region = us-east-1
[profile placeless]
role_arn = arn:aws:iam::111122223333:role/audit
source_profile = base
[profile process]
credential_process = cat PROCESS
region = us-east-1
[profile sso]
sso_session = house
sso_account_id = 111122223333
sso_role_name = audit
region = us-east-1
[sso-session house]
sso_region = us-east-1
sso_start_url = https://house.awsapps.com/start
"""
KEYS = "[base]\naws_access_key_id = AKIAMLLE123456789012\naws_secret_access_key = none\n"
XMLNS = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
GIVEN = """<Credentials><AccessKeyId>ASIAMLLE123456789012</AccessKeyId><SecretAccessKey>none</SecretAccessKey>
<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"""
CALLER_IS = "<Arn>arn:aws:sts::111122223333:assumed-role/audit/x</Arn><UserId>x</UserId><Account>111122223333</Account>"


class Asked(BaseHTTPRequestHandler):
    """AWS's services for credentials, which note what they were asked and who signed it."""

    said: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        action = dict(part.split("=") for part in body.split("&"))["Action"]
        signer = self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
        self.said.append((action, signer))
        told = CALLER_IS if action == "GetCallerIdentity" else GIVEN
        self.answer(f"<{action}Response {XMLNS}><{action}Result>{told}</{action}Result></{action}Response>")

    def do_GET(self) -> None:
        self.said.append((self.path.partition("?")[0], self.headers["x-amz-sso_bearer_token"]))
        role = {"accessKeyId": "ASIAMLLE123456789012", "secretAccessKey": "none", "sessionToken": "token"}
        self.answer(json.dumps({"roleCredentials": {**role, "expiration": 4_070_908_800_000}}))

    def answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    keys = {"Version": 1, "AccessKeyId": "ASIAMLLE123456789012", "SecretAccessKey": "none", "SessionToken": "token"}
    (tmp_path / "process").write_text(json.dumps({**keys, "Expiration": "2099-01-01T00:00:00Z"}))
    (tmp_path / "config").write_text(CONFIG.replace("PROCESS", str(tmp_path / "process")))
    (tmp_path / "keys").write_text(KEYS)
    token = tmp_path / f"{hashlib.sha1(b'house').hexdigest()}.json"  # noqa: S324 - how the AWS CLI names it
    token.write_text(json.dumps({"accessToken": "signed-in", "expiresAt": "2099-01-01T00:00:00Z"}))
    for provider in ("tokens.SSOTokenProvider", "credentials.SSOProvider"):  # both look below the home of the process
        monkeypatch.setattr(f"botocore.{provider}._SSO_TOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    Asked.said = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for service in ("STS", "SSO"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://127.0.0.1:{server.server_port}")
        yield Asked.said
        server.shutdown()


@pytest.mark.parametrize("profile", ["role", "placeless"])
def test_a_role_is_assumed_and_calls_are_signed_by_it(asked: list[tuple[str, str]], profile: str) -> None:
    answer = Clients([CALLER], profile=profile).send(CALLER, "us-east-1", {})
    assert isinstance(answer, Answer)
    assert answer.body["Account"] == "111122223333"
    assert asked == [("AssumeRole", "AKIAMLLE123456789012"), ("GetCallerIdentity", "ASIAMLLE123456789012")]


def test_a_role_at_an_address_of_this_machine_needs_no_region(asked: list[tuple[str, str]]) -> None:
    url = os.environ["AWS_ENDPOINT_URL_STS"]
    assert isinstance(Clients([CALLER], profile="placeless", endpoint_url=url).send(CALLER, "us-east-1", {}), Answer)
    assert [action for action, _ in asked] == ["AssumeRole", "GetCallerIdentity"]


def test_what_expired_before_it_was_given_tells_of_the_clock(
    asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "GIVEN", GIVEN.replace("2099", "1999"))
    with pytest.raises(NotSent, match=r"still expired\. Is the clock of this machine right"):
        Clients([CALLER], profile="role").send(CALLER, "us-east-1", {})
    assert {action for action, _ in asked} == {"AssumeRole"}


def test_a_web_identity_as_of_a_cluster_or_a_pipeline(
    asked: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("who-i-am")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/audit")
    assert isinstance(Clients([CALLER]).send(CALLER, "us-east-1", {}), Answer)
    assert asked == [("AssumeRoleWithWebIdentity", ""), ("GetCallerIdentity", "ASIAMLLE123456789012")]


def test_who_signed_in_to_identity_center(asked: list[tuple[str, str]]) -> None:
    assert isinstance(Clients([CALLER], profile="sso").send(CALLER, "us-east-1", {}), Answer)
    assert asked == [("/federation/credentials", "signed-in"), ("GetCallerIdentity", "ASIAMLLE123456789012")]


def test_what_a_process_gives(asked: list[tuple[str, str]]) -> None:
    assert isinstance(Clients([CALLER], profile="process").send(CALLER, "us-east-1", {}), Answer)
    assert asked == [("GetCallerIdentity", "ASIAMLLE123456789012")]


def test_an_address_of_this_machine_needs_no_credentials(asked: list[tuple[str, str]]) -> None:
    url = os.environ["AWS_ENDPOINT_URL_STS"]
    assert isinstance(Clients([CALLER], endpoint_url=url).send(CALLER, "us-east-1", {}), Answer)
    assert asked == [("GetCallerIdentity", "simulated")]


def test_who_did_not_sign_in_is_told_how(
    asked: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", str(tmp_path / "empty"))
    refusal = Clients([CALLER], profile="sso").send(CALLER, "us-east-1", {})
    assert isinstance(refusal, Refusal)
    assert (refusal.kind, "aws sso login" in refusal.reason) == ("failed", True)
    assert asked == []


def test_a_profile_that_is_none(asked: list[tuple[str, str]]) -> None:
    with pytest.raises(NotSent, match=r"\(nowhere\) could not be found; `aws configure list-profiles`"):
        Clients([CALLER], profile="nowhere")
    assert asked == []
