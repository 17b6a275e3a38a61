"""Workloads on the command line, against the demo account over HTTP: suggested, shown, scanned, audited, assessed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from program import Done

from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.demo import seed

FRAUD = """name = "fraud"
accounts = ["123456789012"]
regions = ["us-east-1"]
tags = { use-case = "fraud" }
"""
PRICING = """name = "pricing"
accounts = ["123456789012"]
regions = ["eu-west-1"]
roots = ["Endpoint:pricing-eu-prod"]
"""
ENDPOINT = "AWS::SageMaker::Endpoint"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    with Sandbox() as sandbox, sandbox.serve() as url:
        seed(sandbox)
        yield sandbox, url


@pytest.fixture
def mllens(served: tuple[Sandbox, str], inside: Callable[..., Done]) -> Iterator[Callable[..., Done]]:
    Path("fraud.toml").write_text(FRAUD)
    Path("pricing.toml").write_text(PRICING)

    def run(*arguments: str) -> Done:
        reaches = ("--endpoint-url", served[1]) if arguments[0] in ("scan", "audit") else ()
        return inside(*arguments, *reaches)

    yield run
    served[0].faults = Faults()


@pytest.fixture
def scanned(mllens: Callable[..., Done]) -> str:
    done = mllens(
        "scan", "--region", "us-east-1", "--region", "eu-west-1", "--workload", "fraud.toml", "-o", "a.mllens"
    )
    assert done.code == 0
    return "a.mllens"


def statuses(told: dict[str, Any], type_: str = ENDPOINT) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in told["findings"]:
        if finding["resource"]["type"] == type_ and finding["resource"]["name"]:
            found.setdefault(finding["resource"]["name"], set()).add(finding["status"])
    return found


def test_an_audit_of_a_workload_is_an_assessment_of_its_scan(mllens: Callable[..., Done]) -> None:
    audit = ("audit", "--workload", "fraud.toml", "-f", "json", "--reproducible", "--inventory", "a.mllens")
    done = mllens(*audit, "-o", "one.json")  # its regions are read
    assert done.code == 0
    told = json.loads(Path("one.json").read_text())
    of = told["scope"]["workload"]
    assert (of["name"], of["tags"], of["unsure"], of["doubts"]) == ("fraud", {"use-case": "fraud"}, 0, [])
    assert told["scope"]["regions"] == ["us-east-1"]
    assert told["resources"]["by_type"][ENDPOINT] == 1
    assert set(statuses(told)) == {"fraud-scoring-prod"}
    assert mllens("assess", "a.mllens", "--workload", "fraud.toml", "-f", "json", "--reproducible").told == told
    assert "Workload  fraud (" in mllens("assess", "a.mllens", "--workload", "fraud.toml").out


def test_one_inventory_serves_several_workloads(mllens: Callable[..., Done], scanned: str) -> None:
    told = {
        name: mllens("assess", scanned, "--workload", f"{name}.toml", "-f", "json").told
        for name in ("fraud", "pricing")
    }
    assert set(statuses(told["pricing"])) == {"pricing-eu-prod"}
    shared = [
        {f["resource"]["name"] for f in t["findings"] if f["resource"]["type"] == "AWS::IAM::Role"}
        for t in told.values()
    ]
    assert "meridian-ml-serving" in shared[0] & shared[1]
    accounts = [
        {f["rule"]: f["status"] for f in t["findings"] if f["resource"]["type"] == "AWS::::Account"}
        for t in told.values()
    ]
    assert accounts[0] == accounts[1] != {}


def test_what_was_denied_leaves_doubt(mllens: Callable[..., Done], served: tuple[Sandbox, str]) -> None:
    served[0].faults = Faults(Fault("deny", "sagemaker:ListTags"), Fault("deny", "tagging:GetResources"))
    done = mllens("audit", "--workload", "fraud.toml", "-f", "json", "-o", "-")
    told = done.told
    assert done.code == 4
    assert told["scope"]["workload"]["unsure"] > 0
    assert any(f["message"].startswith("it may be of another workload") for f in told["findings"])


def test_suggested_files_are_read_and_never_written_over(mllens: Callable[..., Done], scanned: str) -> None:
    told = mllens("workload", "suggest", scanned, "-o", "all", "--json").told
    files = [row["file"] for row in told["workloads"]]
    assert all(row["written"] for row in told["workloads"])
    assert sorted(map(str, Path("all").iterdir())) == sorted(files)
    assert "all/fraud.toml" in files
    Path("all/fraud.toml").write_text(FRAUD)
    again = mllens("workload", "suggest", scanned, "-o", "all")
    assert "all/fraud.toml: is there already, and was left as it is" in again.out
    assert Path("all/fraud.toml").read_text() == FRAUD
    assert "meridian-ml-artifacts" in {row["name"] for row in told["shared"]}
    assert "AWS::SageMaker::NotebookInstance" in {row["type"] for row in told["none"]}
    for row in told["workloads"]:
        shown = mllens("workload", "show", scanned, "--workload", row["file"], "--json").told
        assert len(shown["members"]) == row["members"]


def test_members_are_shown_with_the_way_to_them(mllens: Callable[..., Done], scanned: str) -> None:
    shown = mllens("workload", "show", scanned, "--workload", "pricing.toml")
    assert shown.code == 0
    assert "  Endpoint pricing-eu-prod (eu-west-1) ← root Endpoint:pricing-eu-prod\n" in shown.out
    assert (
        "  LogGroup /aws/sagemaker/Endpoints/pricing-eu-prod (eu-west-1) ← Endpoint pricing-eu-prod ← root" in shown.out
    )
    told = mllens("workload", "show", scanned, "--workload", "pricing.toml", "--json").told
    config = next(m for m in told["members"] if m["type"] == "AWS::SageMaker::EndpointConfig")
    assert [step["how"] for step in config["path"]] == ["root Endpoint:pricing-eu-prod", "config"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("Endpoint:pricing-eu-prod", "Endpoint:nothing"), "roots: Endpoint:nothing is not there"),
        (("eu-west-1", "eu-north-1"), "has the region eu-north-1, which was not scanned"),
        (("name", "names"), "w.toml: names: no such entry"),
    ],
)
def test_a_file_that_does_not_fit(
    mllens: Callable[..., Done], scanned: str, change: tuple[str, str], told: str
) -> None:
    Path("w.toml").write_text(PRICING.replace(*change))
    for command in (("assess", scanned), ("workload", "show", scanned)):
        done = mllens(*command, "--workload", "w.toml")
        assert (done.code, told in done.err) == (2, True)
