"""The program as people run it: its own process, and the simulated AWS over HTTP."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import account
import click
import pytest
from program import ENVIRONMENT, Done, mllens

from mllens import __version__
from mllens.cli.config import BadConfig, defaults
from mllens.cli.main import COMMANDS, cli
from mllens.sandbox import Fault, Faults, Sandbox

ROOT = Path(__file__).parent.parent
REGIONS = ("--region", "us-east-1", "--region", "eu-west-1")


@pytest.fixture(scope="session")
def demo() -> Iterator[str]:
    """The address of `mllens sandbox serve`, its own process."""
    command = [sys.executable, "-m", "mllens", "sandbox", "serve", "--port", "0"]
    serving = subprocess.Popen(command, env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE)
    assert serving.stdout is not None
    first = serving.stdout.readline().decode()
    found = re.search(r"http://127\.0\.0\.1:\d+", first)
    assert found, first
    yield found[0]
    serving.terminate()
    assert serving.wait(10) == 0
    serving.stdout.close()


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Sandbox, str]]:
    """The small account, served from this process, so that faults and policies can be set."""
    with Sandbox() as sandbox, sandbox.serve() as url:
        account.seed(sandbox)
        yield sandbox, url


@pytest.fixture
def served(small: tuple[Sandbox, str]) -> Iterator[tuple[Sandbox, str]]:
    yield small
    small[0].faults = Faults()
    small[0].enforce(None)


@pytest.fixture(scope="session")
def inventory(demo: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a scan of the demo account kept."""
    folder = tmp_path_factory.mktemp("inventory")
    done = mllens("scan", "--endpoint-url", demo, *REGIONS, "-o", "a.mllens", cwd=folder)
    assert (done.code, done.out) == (0, "")
    assert "resources in a.mllens" in done.err
    return folder / "a.mllens"


# --------------------------------------------------------------------------------------------------- the main job


def test_the_same_audit_twice_gives_the_same_bytes(demo: str, inventory: Path, tmp_path: Path) -> None:
    audit = ("audit", "--endpoint-url", demo, *REGIONS, "-f", "json", "--reproducible")
    first, second = (mllens(*audit, cwd=tmp_path) for _ in range(2))
    assert (first.code, first.err) == (0, "")
    assert first.out == second.out
    assert json.loads(first.out)["resources"]["by_type"]["AWS::SageMaker::Endpoint"] == 12
    later = mllens("assess", inventory, "-f", "json", "--reproducible", cwd=tmp_path)
    assert later.out == first.out
    assert list(tmp_path.iterdir()) == []


def test_reports_go_where_they_belong(inside: Callable[..., Done], inventory: Path, tmp_path: Path) -> None:
    done = inside("assess", inventory, "-f", "terminal", "-f", "html", "-f", "json")
    assert done.code == 0
    assert sorted(p.name for p in (tmp_path / "mllens-report").iterdir()) == ["report.html", "report.json"]
    assert inside("assess", inventory, "-f", "html", "-o", "x/y.html").code == 0
    assert (tmp_path / "x" / "y.html").read_text().startswith("<!doctype html>")
    again = inside("report", "mllens-report/report.json", "-f", "json", "-o", "-")
    assert json.loads(again.out) == json.loads((tmp_path / "mllens-report" / "report.json").read_text())


def test_fail_on(inside: Callable[..., Done], inventory: Path, tmp_path: Path) -> None:
    codes = {
        level: inside("assess", inventory, "-f", "json", "--rule", "endpoint-idle", "--fail-on", level, "-o", "r").code
        for level in ("high", "medium")
    }
    unknown = ("--rule", "endpoint-idle", "--fail-on", "medium", "--fail-on-unknown")
    assert set(codes.values()) <= {0, 10}
    assert inside("assess", inventory, "-f", "json", *unknown, "-o", "r").code == 10
    failing = ("assess", inventory, "-f", "json", "--rule", "model-network-isolation", "-o", "r", "--fail-on")
    assert inside(*failing, "info").code == 10


def test_one_service_denied(inside: Callable[..., Done], served: tuple[Sandbox, str], tmp_path: Path) -> None:
    sandbox, url = served
    sandbox.faults = Faults(Fault("deny", "cloudwatch:*"))
    audit = ("audit", "--endpoint-url", url, *REGIONS, "-f", "json", "-o", "a.json")
    done = inside(*audit)
    assert done.code == 4
    found = json.loads((tmp_path / "a.json").read_text())
    denied = [line for line in found["coverage"] if line["status"] == "denied"]
    assert {line["action"] for line in denied} == {"cloudwatch:DescribeAlarms"}
    rule = [f["status"] for f in found["findings"] if f["rule"] == "endpoint-no-error-alarm"]
    assert set(rule) == {"unknown"}
    shown = inside("report", "a.json")
    assert "cloudwatch:DescribeAlarms" in shown.out
    accepted = inside(*audit, "--accept-partial")
    assert accepted.code == 0
    assert "2 types could not be read whole; accepted, as asked" in accepted.err
    scanned = inside("scan", "--endpoint-url", url, *REGIONS)
    assert scanned.code == 4
    assert "AWS::CloudWatch::Alarm in eu-west-1: denied: AccessDenied" in scanned.err


@pytest.mark.parametrize("everything", [True, False], ids=["by faults", "by policy"])
def test_everything_denied(
    inside: Callable[..., Done], served: tuple[Sandbox, str], tmp_path: Path, everything: bool
) -> None:
    sandbox, url = served
    if everything:
        sandbox.faults = Faults(Fault("deny"))
    else:
        sandbox.enforce({"Version": "2012-10-17", "Statement": []})
    done = inside("audit", "--endpoint-url", url, *REGIONS)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("mllens: Nothing could be read")
    assert done.err.count("\n") == 1


def test_no_network_no_credentials_no_region(tmp_path: Path) -> None:
    away = mllens("audit", "--endpoint-url", "http://127.0.0.1:9", *REGIONS, cwd=tmp_path)
    assert away.code == 3
    assert "Check the credentials and the network" in away.err
    nobody = mllens("audit", *REGIONS, cwd=tmp_path, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert nobody.code == 3
    assert "Configure credentials" in nobody.err
    nowhere = mllens("audit", cwd=tmp_path)
    assert nowhere.code == 2
    assert "No region: name one with --region" in nowhere.err
    profile = mllens("audit", "--profile", "absent", *REGIONS, cwd=tmp_path)
    assert profile.code in (2, 3)
    assert "The config profile (absent) could not be found" in profile.err


def test_the_printed_policy_is_enough_and_needed(
    inside: Callable[..., Done], served: tuple[Sandbox, str], tmp_path: Path
) -> None:
    sandbox, url = served
    printed = inside("policy", "scan")
    assert json.loads(printed.out)["Statement"][0]["Sid"] == "MllensScan"
    sandbox.enforce(json.loads(printed.out))
    audit = ("audit", "--endpoint-url", url, *REGIONS, "--with-metrics", "-f", "json", "-o", "a.json")
    assert inside(*audit).code == 0
    narrow = inside("policy", "scan", "--rule", "model-network-isolation")
    assert "iam:GetAccountAuthorizationDetails" not in narrow.out
    sandbox.enforce(json.loads(narrow.out))
    assert inside(*audit, "--rule", "model-network-isolation").code == 0
    assert inside(*audit, "--rule", "iam-ml-role-full-access").code in (3, 4)


def test_metrics_are_announced_with_their_price(
    inside: Callable[..., Done], served: tuple[Sandbox, str], tmp_path: Path
) -> None:
    sandbox, url = served
    sandbox.calls.clear()
    scan = ("scan", "--endpoint-url", url, *REGIONS)
    assert inside(*scan).code == 0
    assert sandbox.calls.count("cloudwatch:GetMetricData") == 0
    done = inside(*scan, "--with-metrics")
    assert "Priced: cloudwatch:GetMetricData, $0.00001 for each metric" in done.err
    assert sandbox.calls.count("cloudwatch:GetMetricData") == 2


# --------------------------------------------------------------------------------------------------- hostile names


def test_hostile_names_are_harmless_everywhere(tmp_path: Path) -> None:
    script, colours, formula = "<script>alert(1)</script>", "\x1b[31mred\x1b[0m\x07", "=cmd|' /C calc'!A0"
    with Sandbox() as sandbox, sandbox.lenient(), sandbox.serve() as url:
        client = sandbox.client("sagemaker")
        for name in (script, colours, formula):
            client.create_model(ModelName=name, ExecutionRoleArn=account.ROLE, PrimaryContainer={"Image": name})
            variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
            client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
            client.create_endpoint(
                EndpointName=name, EndpointConfigName=name, Tags=[{"Key": "environment", "Value": name}]
            )
            sandbox.amend("sagemaker", "Endpoint", name, EndpointStatus="Failed", FailureReason=f"{name} failed\nOK\r")
        done = mllens(
            "audit", "--endpoint-url", url, "--region", "us-east-1", "-f", "terminal", "-f", "html", "-f", "json",
            "-o", "out", cwd=tmp_path,
        )  # fmt: skip
    assert done.code in (0, 4)  # some operations do not take such names
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    page = (tmp_path / "out" / "report.html").read_text()
    assert script not in page
    assert "\x1b" not in page
    found = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {f["resource"]["name"] for f in found["findings"] if f["rule"] == "endpoint-status-unhealthy"} >= {
        script,
        colours,
        formula,
    }
    assert "\x1b" not in (tmp_path / "out" / "report.json").read_text()


# ------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("content", [b"", b"hello", b"\x28\xb5\x2f\xfd" + b"\xff" * 40, b"{}\n"])
def test_a_file_that_is_no_inventory(inside: Callable[..., Done], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    done = inside("assess", "a")
    assert done.code == 2
    assert done.err.startswith("mllens: a: ")


def test_a_cut_inventory(inside: Callable[..., Done], inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(inventory.read_bytes()[:-200])
    done = inside("assess", "a")
    assert done.code == 2
    assert re.search(r"a: (truncated|damaged)", done.err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("assess", "absent"), "'absent' does not exist"),
        (("report", "absent"), "'absent' does not exist"),
        (("audit", "--frobnicate"), "No such option"),
        (("frobnicate",), "No such command"),
        (("audit", "--region", "all", "--region", "us-east-1"), "--region all stands alone"),
        (("audit", "--region", "us-east-1", "--resume"), "--resume needs --inventory FILE"),
        (("audit", "--region", "us-east-1", "--rule", "nothing-*"), "No rule is left of"),
        (("rules", "show", "absent"), "There is no rule absent"),
        (("rules", "test", "absent"), "does not exist"),
        (("lens", "show", "ABSENT"), "There is no question ABSENT"),
        (("lens", "lint", "absent"), "does not exist"),
        (("lens", "diff", "absent", "absent"), "does not exist"),
        (("lens", "plan", "absent"), "does not exist"),
        (("sandbox", "serve", "--faults", "absent"), "does not exist"),
    ],
)
def test_wrong_use(inside: Callable[..., Done], tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = inside(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_lens_show_says_who_decides(inside: Callable[..., Done]) -> None:
    done = inside("lens", "show")
    assert (done.code, done.err) == (0, "")
    assert "    MLSEC04_BP02  rules               Traffic between nodes of all distributed" in done.out
    assert "    MLREL04_BP02  rules and a person  New versions get traffic step by step" in done.out
    assert "\n105 practices of the Machine Learning Lens: " in done.out
    one = inside("lens", "show", "MLREL04").out
    assert "  MLREL04_BP02  (high; decided by rules and a person)  New versions get traffic" in one
    assert "Proven by: deploy-all-at-once, " in one
    assert "No rule sees: Whether the rollback alarms watch errors as well as latency" in one
    told = json.loads(inside("lens", "show", "MLREL04", "--json").out)
    assert [(row["practice"], row["risk"]) for row in told] == [("MLREL04_BP01", "high"), ("MLREL04_BP02", "high")]
    assert told[1]["decided_by"] == "rules and a person"
    assert "deploy-all-at-once" in told[1]["proves"]


def test_a_way_out_of_high_risk(inside: Callable[..., Done], inventory: Path) -> None:
    assert inside("assess", inventory, "-f", "json", "-o", "a.json").code in (0, 4)
    done = inside("lens", "plan", "a.json")
    assert (done.code, done.err) == (0, "")
    assert re.match(
        r"To clear the high risk of \d+ questions takes \d+ practices, no fewer. Cheapest first:\n", done.out
    )
    assert "`mllens lens plan a.json --possible` clears these too." in done.out
    told = json.loads(inside("lens", "plan", "a.json", "--json").out)
    assert {step["question"] for step in told["steps"]} == set(told["clears"])
    assert "MLREL05" in told["clears"]
    every = json.loads(inside("lens", "plan", "a.json", "--possible", "--json").out)
    assert (set(every["clears"]), every["possible"]) == ({*told["clears"], *told["possible"]}, [])


def test_two_lenses_are_compared(inside: Callable[..., Done], tmp_path: Path) -> None:
    asked = {"id": "Q1", "title": "How?", "choices": [{"id": "MLOE_03"}, {"id": "x"}]}
    old = {"name": "A", "pillars": [{"id": "a", "questions": [asked]}]}
    asked_anew = {"id": "Q1", "title": "How\x1b?", "choices": [{"id": "x"}, {"id": "MLOPS01_BP03"}]}
    new = {"name": "A", "pillars": [{"id": "a", "questions": [asked_anew]}]}
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps(new))
    done = inside("lens", "diff", "old.json", "new.json")
    assert (done.code, done.err) == (0, "")
    assert "    question Q1 changed: title\n  ! choice MLOPS01_BP03 added\n  ! choice MLOE_03 removed\n" in done.out
    assert "\nA major version. Workloads stay on their version" in done.out
    assert "\nAnswers that are lost (1):\n  Q1 MLOE_03: now MLOPS01_BP03, reworded\n" in done.out
    told = json.loads(inside("lens", "diff", "old.json", "new.json", "--json").out)
    assert told == {
        "version": "major",
        "changes": [
            {"what": "question", "id": "Q1", "how": "changed", "parts": ["title"], "meaning": False},
            {"what": "choice", "id": "MLOPS01_BP03", "how": "added", "parts": [], "meaning": True},
            {"what": "choice", "id": "MLOE_03", "how": "removed", "parts": [], "meaning": True},
        ],
        "lost": [{"question": "Q1", "choice": "MLOE_03", "successor": "MLOPS01_BP03", "reworded": True}],
    }
    same = inside("lens", "diff", "old.json", "old.json")
    assert (same.code, same.out) == (0, "Both say the same; there is nothing to publish.\n")
    (tmp_path / "new.json").write_text("{}")
    wrong = inside("lens", "diff", "old.json", "new.json")
    assert (wrong.code, wrong.out) == (2, "")
    assert "new.json: `pillars` must be an array" in wrong.err


def test_a_mapping_to_another_lens_is_checked(inside: Callable[..., Done], tmp_path: Path) -> None:
    inside("lens", "build", "-o", "lens.json")
    (tmp_path / "map.toml").write_text("[practices]\nMLREL04_BP02 = ['MLREL04_BP01', 'MLREL04_BP02']\n")
    done = inside("lens", "lint", "lens.json", "--mapping", "map.toml")
    assert done.code == 0
    assert done.err.endswith("map.toml: 1 of our practices answer 2 choices\n")
    (tmp_path / "map.toml").write_text("[practices]\nMLREL04_BP02 = ['absent']\n")
    done = inside("lens", "lint", "lens.json", "--mapping", "map.toml")
    assert done.code == 2
    assert "map.toml: practices.MLREL04_BP02: the other lens has no choice absent" in done.err


@pytest.mark.parametrize("content", ["{", "[]", '{"schema_version": 99}', "\x00", '{"a": ' * 5000])
def test_a_file_that_is_no_assessment(inside: Callable[..., Done], tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    done = inside("report", "a.json")
    assert done.code == 2
    assert "a.json" in done.err


@pytest.mark.parametrize("content", ["[[fault]]\nkind = 'quake'\n", "not toml", "[[fault]]\nkind = 'deny'\nop = 'x'\n"])
def test_a_wrong_file_of_faults(inside: Callable[..., Done], tmp_path: Path, content: str) -> None:
    (tmp_path / "faults.toml").write_text(content)
    done = inside("sandbox", "serve", "--port", "0", "--faults", "faults.toml")
    assert done.code == 2
    assert "faults.toml" in done.err


# -------------------------------------------------------------------------------------------------- mllens.toml


def test_options_come_from_the_file(inside: Callable[..., Done], served: tuple[Sandbox, str], tmp_path: Path) -> None:
    (tmp_path / "mllens.toml").write_text(
        f'[audit]\nendpoint-url = "{served[1]}"\nregion = ["us-east-1"]\nformat = ["json"]\nrule = ["endpoint-*"]\n'
    )
    done = inside("audit")
    assert done.code == 0
    assert json.loads(done.out)["scope"]["regions"] == ["us-east-1"]
    both = inside("audit", "--region", "eu-west-1")
    assert json.loads(both.out)["scope"]["regions"] == ["eu-west-1"]


def test_rules_settings_come_from_the_file(inside: Callable[..., Done], inventory: Path, tmp_path: Path) -> None:
    assess = ("assess", inventory, "-f", "json", "--rule", "deploy-canary-too-large")
    assert json.loads(inside(*assess).out)["rules"][0]["fail"] == 1
    (tmp_path / "own.toml").write_text("[rules.deploy-canary-too-large]\nmax_percent = 100\n")
    assert json.loads(inside("--config", "own.toml", *assess).out)["rules"][0]["fail"] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[audit", "not TOML"),
        ("\x00", "not TOML"),
        ("audit = 5", "audit: expected a table"),
        ("[audit]\nfial-on = 'high'", "[audit] fial-on: there is no such option"),
        ("[adit]\nfail-on = 'high'", "[adit]: there is no such command"),
        ("[audit]\nrules-path = 'x'", "given on the command line only"),
        ("[audit]\nrules_path = 'x'", "given on the command line only"),
        ("[assess]\nfail-on = 'extreme'", "extreme"),
        ("[rules.nobody]\na = 1", "[rules.nobody]: there is no such rule"),
        ("[rules.endpoint-idle]\nfrobnicate = 1", "[rules.endpoint-idle] frobnicate: no such setting"),
        ("[rules]\nendpoint-idle = 1", "rules.endpoint-idle: expected a table"),
    ],
)
def test_a_wrong_settings_file(
    inside: Callable[..., Done], inventory: Path, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "mllens.toml").write_text(content)
    done = inside(
        "audit" if "audit" in content or "adit" in content else "assess",
        *(() if "adit" in content or "audit" in content else (inventory,)),
    )
    assert done.code == 2
    assert message in done.err


def test_rules_are_never_taken_from_a_file_or_the_environment(inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "mllens.toml").write_text("[assess]\nrules-path = 'rules'\n")
    with pytest.raises(BadConfig, match="given on the command line only"):
        defaults(tmp_path / "mllens.toml", COMMANDS)
    (tmp_path / "mllens.toml").unlink()
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "evil.py").write_text("open('ran', 'w')")
    done = mllens("assess", inventory, "-f", "json", "-o", "r", cwd=tmp_path, MLLENS_ASSESS_RULES_PATH="evil")
    assert done.code == 0
    assert not (tmp_path / "ran").exists()


# ---------------------------------------------------------------------------------------------------------- plug-ins


def test_rules_of_ones_own(inside: Callable[..., Done], inventory: Path, tmp_path: Path) -> None:
    own = ("assess", inventory, "-f", "json", "--rules-path", ROOT / "examples" / "rules", "--rule", "endpoint-name-*")
    done = inside(*own)
    assert done.code == 0
    found = {f["resource"]["name"]: f["status"] for f in json.loads(done.out)["findings"]}
    assert found["fraud-scoring-prod"] == "pass"
    assert found["churn-scores"] in ("fail", "not_applicable")
    tested = inside("rules", "test", ROOT / "examples" / "rules")
    assert tested.code == 0


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import absent_module", "cannot be imported: ModuleNotFoundError: No module named 'absent_module'"),
        ("def broken(:", "cannot be imported: SyntaxError"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("x = 1", "holds no rule"),
    ],
)
def test_a_broken_rule_stops_the_run(
    inside: Callable[..., Done], inventory: Path, tmp_path: Path, code: str, message: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "broken.py").write_text(code)
    done = inside("assess", inventory, "--rules-path", "mine")
    assert (done.code, done.out) == (2, "")
    assert f"broken.py: {message}" in done.err


RAISES = '''
from mllens.rules import Fail, Pass, Verdict, rule
from mllens.scanner.sagemaker import Endpoint


@rule(severity="low", proves=("MLREL05_BP02",), reads=(Endpoint.status,))
def own_raises(endpoint: Endpoint) -> Verdict:
    """An endpoint must not surprise its judge.

    It would cost the others.
    """
    if endpoint.status == "Failed":
        return Fail("has failed")
    if endpoint.name.endswith("-prod"):
        raise RuntimeError("surprise")
    return Pass()


own_raises.cases(
    passes=[Endpoint(name="good", status="InService")],
    fails=[Endpoint(name="bad", status="Failed")],
    unknown=[Endpoint(name="unread")],
)
'''


def test_a_rule_that_raises_costs_only_its_own_findings(
    inside: Callable[..., Done], inventory: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own_raises.py").write_text(RAISES)
    done = inside("assess", inventory, "--rules-path", "mine", "-f", "json", "-o", "a.json", "--fail-on", "low")
    assert done.code == 1
    assert re.search(r"the rule own-raises failed while running.*own_raises\.py:\d+: RuntimeError: surprise", done.err)
    found = json.loads((tmp_path / "a.json").read_text())
    own = {f["resource"]["name"]: f["status"] for f in found["findings"] if f["rule"] == "own-raises"}
    assert own["fraud-scoring-prod"] == "unknown"
    assert own["churn-scores"] == "pass"
    assert {f["status"] for f in found["findings"] if f["rule"] == "endpoint-status-unhealthy"} >= {"pass", "fail"}
    (tmp_path / "mine" / "own_raises.py").rename(tmp_path / "own_raises.py")


def test_a_new_rule_runs(inside: Callable[..., Done], inventory: Path, tmp_path: Path) -> None:
    assert inside("rules", "new", "endpoint-has-owner", "-o", "mine").code == 0
    assert inside("rules", "test", "mine").code == 0
    assert inside("assess", inventory, "--rules-path", "mine", "-f", "json", "-o", "r").code == 0
    assert inside("rules", "new", "endpoint-has-owner", "-o", "mine").code == 2
    assert inside("rules", "new", "Not An Id").code == 2


# ----------------------------------------------------------------------------------------------------- help, start-up


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


EVERY = sorted(commands(cli))


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])
def test_every_command_has_help_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    page = command.get_help(click.Context(command, info_name=" ".join(("mllens", *path))))
    if path in (("generate",), ("demo",)):  # no arguments to show
        return
    assert f"Example: mllens {' '.join(path)}" in " ".join(page.split())
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and parameter.name not in ("output", "pillar"):
            assert parameter.help, f"{path}: {parameter.name}"


def test_every_command_is_found() -> None:
    assert {path[0] for path, _ in EVERY} == set(COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["audit", "--help"], ["rules", "--help"], ["rules", "show", "capture-enabled"]],
)
def test_start_up_does_not_import_what_only_aws_needs(tmp_path: Path, arguments: list[str]) -> None:
    program = (
        "import sys; from mllens.cli.main import cli, run; "
        f"code = run(lambda: cli.main({arguments!r}, prog_name='mllens', standalone_mode=False)); "
        "heavy = {'boto3', 'botocore', 'networkx', 'pydantic', 'jinja2', 'rich', 'moto'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False
    )
    assert done.stderr == b""
    assert done.returncode == 0
    if arguments == ["--version"]:
        assert done.stdout.decode().strip() == f"mllens, version {__version__}"


def test_the_version_is_that_of_the_package() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_the_demo(tmp_path: Path) -> None:
    done = mllens("demo", "-o", "here", cwd=tmp_path)
    assert done.code == 0
    assert sorted(p.name for p in (tmp_path / "here").iterdir()) == [
        "assessment.json",
        "inventory.mllens",
        "report.html",
    ]
    assert "mllens audit --region us-east-1" in done.out


def test_stopping_is_no_bug(tmp_path: Path) -> None:
    program = "import sys; from mllens.cli.main import run\ndef stop(): raise KeyboardInterrupt\nsys.exit(run(stop))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, b"Stopped.\n")


def test_a_bug_of_ours_is_said_to_be_one(tmp_path: Path) -> None:
    program = (
        "import sys; from mllens.cli.main import run\ndef fail(): raise RuntimeError('unforeseen')\nsys.exit(run(fail))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"A bug in mllens: RuntimeError: unforeseen" in done.stderr
    assert b"Traceback" not in done.stderr
    (log,) = tmp_path.glob("mllens-*.log")
    assert "RuntimeError: unforeseen" in log.read_text()


def test_the_list_of_rules_tells_what_each_is_evidence_for(inside: Callable[..., Done]) -> None:
    text = inside("rules", "list", "--rule", "training-data-is-capture-prefix").out
    assert text.splitlines() == [
        (
            "medium   training-data-is-capture-prefix: "
            "Training must not read straight from where an endpoint captures its requests and answers."
        ),
        "         AWS::SageMaker::TrainingJob; proves MLRAI01_BP05; supports MLSEC04_BP03; fairness; 2 hops",
        "         reads Endpoint.capture, TrainingJob.input_buckets",
    ]
    (told,) = json.loads(inside("rules", "list", "--json", "--rule", "training-data-is-capture-prefix").out)
    assert (told["hops"], told["dimensions"], told["proves"]) == (2, ["fairness"], ["MLRAI01_BP05"])
    assert told["fix"] is None


def test_who_chooses_rules_sees_which_have_a_fix(inside: Callable[..., Done]) -> None:
    listed = inside("rules", "list", "--rule", "kms-rotation", "--rule", "endpoint-idle")
    assert [line for line in listed.out.splitlines() if "fix" in line] == [
        "         fix: Let KMS rotate the key each year"
    ]
    assert "2 rules, 1 with a fix." in listed.err
    told = json.loads(inside("rules", "list", "--json", "--rule", "kms-rotation").out)
    assert [rule["fix"] for rule in told] == ["Let KMS rotate the key each year"]


def test_a_rule_tells_its_fix(inside: Callable[..., Done]) -> None:
    page = inside("rules", "show", "endpoint-no-error-alarm").out
    fix = page[page.index("\nFix: ") :].partition("\n\n")[0].strip().splitlines()
    assert fix[0].startswith("Fix: Create an alarm on server errors for each variant of the endpoint. It watches ")
    assert fix[1:] == [
        "  Planned by: mllens remediate plan --rule endpoint-no-error-alarm",
        "  Choices, by --set endpoint-no-error-alarm.NAME=VALUE: topic = '', threshold = 0.01",
        "  Sends, taking it back included: cloudwatch:DeleteAlarms, cloudwatch:PutMetricAlarm",
    ]
    without = inside("rules", "show", "kms-rotation").out
    assert "Choices" not in without
    assert "Fix: " not in inside("rules", "show", "endpoint-idle").out


def test_a_lens_with_errors_ends_with_ten_and_tells_programs_where(inside: Callable[..., Done], tmp_path: Path) -> None:
    lens = json.loads((ROOT / "lens.json").read_text("utf-8"))
    lens["pillars"][0]["questions"][0]["id"] = "!"
    (tmp_path / "lens.json").write_text(json.dumps(lens))
    done = inside("lens", "lint", "lens.json", "--json")
    told = json.loads(done.out)
    assert done.code == 10
    assert told["errors"] == sum(problem["level"] == "error" for problem in told["problems"]) > 0
    (tmp_path / "lens.json").write_text((ROOT / "lens.json").read_text("utf-8"))
    assert inside("lens", "lint", "lens.json").code == 0
