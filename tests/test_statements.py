"""Attestations and waivers as people use them: ask, check, count, and plan around them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import Done

from mllens.scanner import Graph, save
from mllens.scanner.kms import Key
from mllens.scanner.sagemaker import Endpoint
from mllens.scanner.sagemaker_studio import NotebookInstance

ACCOUNT = "111122223333"
ROOT = "notebook-root-access-disabled"


@pytest.fixture
def mllens(tmp_path: Path, inside: Callable[..., Done]) -> Callable[..., Done]:
    """The program in a folder that holds an inventory: notebooks, of which two fail, and keys that do not rotate."""

    def notebook(name: str, root: Any, stage: str) -> NotebookInstance:
        arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:notebook-instance/{name}"
        return NotebookInstance(name=name, arn=arn, status="InService", root_access=root, tags={"stage": stage})

    graph = Graph.of(
        notebook("sandbox-ada", "Enabled", "dev"),
        notebook("claims", "Enabled", "prod"),
        notebook("locked", "Disabled", "prod"),
        Endpoint(name="fraud", tags={"owner": "payments"}),
        encoded=True,
    )
    save(graph.inventory, tmp_path / "a.mllens")
    return inside


def assess(mllens: Callable[..., Done], *more: str, code: int = 0) -> Any:
    done = mllens("assess", "a.mllens", "-f", "json", "-o", "-", *more)
    assert done.code == code, done.err
    return done.told


def states(told: Any, *practices: str) -> list[str]:
    by_id = {p["id"]: p["state"] for p in told["practices"]}
    return [by_id[id_] for id_ in practices]


def test_what_is_asked_of_a_workload_speaks_of_it(mllens: Callable[..., Done], tmp_path: Path) -> None:
    where = f'name = "claims"\naccounts = ["{ACCOUNT}"]\nregions = ["us-east-1"]\nroots = ["NotebookInstance:claims"]\n'
    (tmp_path / "w.toml").write_text(where)
    told = assess(mllens, "--workload", "w.toml")
    assert {f["resource"]["name"]: f["status"] for f in told["findings"] if f["rule"] == ROOT} == {"claims": "fail"}
    (tmp_path / "assessment.json").write_text(json.dumps(told))
    assert mllens("attest", "new", "MLOPS01_BP01", "--assessment", "assessment.json").code == 0
    asked = (tmp_path / "attestations" / "MLOPS01_BP01.yaml").read_text("utf-8")
    assert f"scope:\n  accounts:\n  - '{ACCOUNT}'\n  workload: claims\n" in asked


def test_ask_sign_check_count(mllens: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "assessment.json").write_text(json.dumps(assess(mllens)))
    new = ("attest", "new", "MLOPS01_BP01", "MLPERF01*", "--assessment", "assessment.json", "--inventory", "a.mllens")
    done = mllens(*new)
    assert (done.code, done.out.split()) == (
        0,
        ["attestations/MLOPS01_BP01.yaml", "attestations/MLPERF01_BP01.yaml"],
    )
    file = tmp_path / "attestations" / "MLOPS01_BP01.yaml"
    asked = file.read_text("utf-8")
    assert "# - tags name payments as owner of 1 resource\n" in asked
    assert f"- '{ACCOUNT}'\n" in asked
    assert asked.endswith(
        "statement: ''\nevidence: ''\nowner: payments\nreviewer: ''\ndate: 2026-11-01\nexpires: 2027-11-01\n"
    )

    unsigned = mllens("attest", "check", "--as-of", "2026-11-01")
    assert unsigned.code == 2
    assert (
        "unsigned  MLOPS01_BP01  payments, until 2027-11-01  MLOPS01_BP01.yaml  lacks statement, evidence"
        in unsigned.out
    )
    assert states(assess(mllens, "--attestations", "attestations"), "MLOPS01_BP01") == ["unknown"]

    signed = asked.replace("statement: ''", "statement: Each has one.").replace("evidence: ''", "evidence: DOC-7")
    file.write_text(signed.replace("reviewer: ''", "reviewer: Grace"), "utf-8")
    again = mllens(*new, "--json")
    assert [row["written"] for row in again.told] == [False, False]
    (tmp_path / "attestations" / "MLPERF01_BP01.yaml").unlink()
    checked = mllens("attest", "check", "--as-of", "2027-10-02", "--json")
    assert checked.code == 0
    assert [(row["file"], row["standing"], row["soon"]) for row in checked.told] == [
        ("MLOPS01_BP01.yaml", "holds", True)
    ]
    assert mllens("attest", "check", "--as-of", "2027-11-02").code == 2
    assert mllens("attest", "list", "--as-of", "2027-11-02").code == 0

    told = assess(mllens, "--attestations", "attestations")
    assert states(told, "MLOPS01_BP01") == ["attested"]
    assert [(a["owner"], a["reviewer"], a["expires"], a["standing"]) for a in told["attestations"]] == [
        ("payments", "Grace", "2027-11-01", "holds")
    ]
    shown = mllens("assess", "a.mllens", "--attestations", "attestations").out
    assert "attested  MLOPS01_BP01 by payments, reviewed by Grace, until 2027-11-01" in shown
    later = assess(mllens, "--attestations", "attestations", "--as-of", "2027-11-02")
    assert states(later, "MLOPS01_BP01") == ["unknown"]
    assert later["attestations"][0]["why"] == "expired on 2027-11-01"


def test_answers_at_a_terminal(mllens: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["Each has one.", "DOC-7", "Ada", "Grace", "", "They are met.", "DOC-8", "Ada", "Grace"])
    offered = []

    def answer(text: str, *, default: str, **_: object) -> str:
        offered.append((text, default))
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.prompt", answer)
    done = mllens("attest", "new", "MLOPS01_BP01", "MLOPS02_BP03", "MLPERF01_BP01", "--owner", "Alan")
    assert done.code == 0
    assert "Which roles run each phase" in done.out
    assert [path.name for path in sorted((tmp_path / "attestations").iterdir())] == [
        "MLOPS01_BP01.yaml",
        "MLPERF01_BP01.yaml",
    ]
    assert [default for text, default in offered if text == "Owner"] == ["Alan", "Ada"]
    assert mllens("attest", "check").code == 0


def test_waive_check_count_and_never_plan(mllens: Callable[..., Done], tmp_path: Path) -> None:
    failing = ("--rule", ROOT, "--fail-on", "info")
    assert [f["status"] for f in assess(mllens, *failing, code=10)["findings"]] == ["fail", "pass", "fail"]
    made = mllens(
        *("waive", "new", "--rule", ROOT, "--resource", "sandbox-*", "--tag", "stage=dev"),
        *("--owner", "Alan", "--reason", "a sandbox", "--tool-reason", "BUSINESS_PRIORITIES", "--date", "2026-11-01"),
    )
    assert (made.code, made.out.split("\n")[0]) == (0, f"waivers/{ROOT}.yaml")
    told = assess(mllens, *failing, "--waivers", "waivers", code=10)
    assert {f["resource"]["name"]: f["waiver"] for f in told["findings"] if f["waived"]} == {
        "sandbox-ada": f"{ROOT}.yaml"
    }
    finding = next(f["id"] for f in told["findings"] if f["resource"]["name"] == "claims")
    by_id = ("waive", "new", "--finding", finding, "--owner", "Ada", "--reason", "agreed", "--tool-reason", "OTHER")
    (tmp_path / "told.json").write_text(json.dumps(told), "utf-8")
    assert mllens(*by_id, "--assessment", "told.json").out.startswith(f"waivers/finding-{finding}.yaml")
    assert mllens(*by_id, "--date", "2026-12-01").out.startswith(f"waivers/finding-{finding}-2.yaml")
    told = assess(mllens, *failing, "--waivers", "waivers")
    assert [(r["fail"], r["waived"]) for r in told["rules"]] == [(2, 2)]
    assert [p["met_with_waivers"] for p in told["practices"] if p["id"] == "MLSEC03_BP02"] == [3]
    listed = mllens("waive", "list", "--as-of", "2026-11-01", "--json").told
    assert [row["standing"] for row in listed] == ["early", "holds", "holds"]
    assert mllens("waive", "check", "--as-of", "2026-12-01").code == 0
    assert mllens("waive", "check", "--as-of", "2026-11-01").code == 2


def test_a_waived_finding_is_never_planned(mllens: Callable[..., Done], tmp_path: Path) -> None:
    keys = [
        Key(
            name=f"alias/{name}",
            arn=f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/{name}",
            key_id=f"1234abcd-12ab-34cd-56ef-12345678900{n}",
            manager="CUSTOMER",
            state="Enabled",
            origin="AWS_KMS",
            spec="SYMMETRIC_DEFAULT",
            rotation_enabled=False,
            tags={},
        )
        for n, name in enumerate(("ml", "old"))
    ]
    save(Graph.of(*keys, encoded=True).inventory, tmp_path / "keys.mllens")
    plan = ("remediate", "plan", "keys.mllens", "--rule", "kms-rotation", "--json")
    whole = mllens(*plan).told["plan"]
    assert sorted(gap["target"]["name"] for action in whole["actions"] for gap in action["closes"]) == [
        "alias/ml",
        "alias/old",
    ]
    waiver = (
        "waive",
        "new",
        "--rule",
        "kms-rotation",
        "--resource",
        "alias/old",
        "--owner",
        "Ada",
        "--reason",
        "retired",
    )
    assert mllens(*waiver, "--tool-reason", "OTHER", "--date", "2026-11-01").code == 0
    made = mllens(*plan, "--waivers", "waivers", "--what-if").told["plan"]
    assert [gap["target"]["name"] for action in made["actions"] for gap in action["closes"]] == ["alias/ml"]
    assert [(left["gap"]["target"]["name"], left["why"]) for left in made["left"]] == [
        ("alias/old", "waived by Ada until 2027-04-30 (kms-rotation.yaml): retired")
    ]
    file = tmp_path / "waivers" / "kms-rotation.yaml"
    file.write_text(file.read_text("utf-8").replace("date: 2026-11-01", "date: 2026-11-02"), "utf-8")
    later = mllens(*plan, "--waivers", "waivers")  # given after the scan: the plan is carried out later still
    assert [gap["target"]["name"] for action in later.told["plan"]["actions"] for gap in action["closes"]] == [
        "alias/ml"
    ]
    file.write_text(file.read_text("utf-8").replace("owner: Ada", "owner: ''"), "utf-8")
    unsigned = mllens(*plan, "--waivers", "waivers")
    assert len(unsigned.told["plan"]["actions"]) == 2
    assert unsigned.err == "mllens: the waiver kms-rotation.yaml lacks owner; what it names is planned\n"


def test_a_practice_out_of_scope_is_a_proposal_until_somebody_else_accepts_it(
    mllens: Callable[..., Done], tmp_path: Path
) -> None:
    new = ("waive", "new", "--practice", "MLSEC03_BP02", "--owner", "Ada", "--reason", "no notebooks of people")
    made = mllens(*new, "--date", "2026-11-01")
    assert made.code == 0
    assert made.out.endswith("Next: somebody other than the owner adds accepted_by and accepted_on, then mllens audit "
                             "--waivers waivers\n")  # fmt: skip
    file = tmp_path / "waivers" / "MLSEC03_BP02.yaml"
    assert file.read_text("utf-8").startswith("# A proposal. Who accepts it, and is not its owner, adds: accepted_by")
    assert mllens("waive", "check", "--as-of", "2026-11-01").code == 2

    def ruled_out() -> Any:
        told = assess(mllens, "--waivers", "waivers")
        return next((p["ruled_out"], p["state"]) for p in told["practices"] if p["id"] == "MLSEC03_BP02")

    before = ruled_out()
    assert before[0] is None
    file.write_text(file.read_text("utf-8") + "accepted_by: Grace\naccepted_on: 2026-11-01\n", "utf-8")
    assert ruled_out() == ("MLSEC03_BP02.yaml", before[1])
    shown = " ".join(mllens("assess", "a.mllens", "--waivers", "waivers").out.split())
    assert "Ruled out by waivers: 1 practice; the risks above are what the evidence says." in shown
    assert (
        "MLSEC03_BP02 is out of scope, accepted by Grace until 2027-04-30: no notebooks of people; 2 resources say"
        in shown
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("attest", "new", "MLOPS99_BP01"), "There is no practice MLOPS99_BP01; `mllens lens show` lists them."),
        (("attest", "check"), "Directory 'attestations' does not exist"),
        (("waive", "new", "--rule", ROOT, "--resource", "*"), "Missing --owner."),
        (("waive", "new"), "Missing --rule, --finding or --practice."),
        (("waive", "new", "--rule", ROOT), "Missing --resource or --tag."),
        (("waive", "new", "--rule", ROOT, "--tag", "stage"), "--tag stage: expected K=V"),
        (
            ("waive", "new", "--finding", "0" * 16, "--assessment", "told.json"),
            "told.json: no finding 0000000000000000 fails there.",
        ),
        (
            ("waive", "new", "--rule", "no-such", "--resource", "*", "--owner", "A", "--reason", "B", "--tool-reason", "OTHER"),
            "there is no rule 'no-such'; `mllens rules list` shows them",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(
    mllens: Callable[..., Done], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    if "told.json" in arguments:
        (tmp_path / "told.json").write_text(json.dumps(assess(mllens)), "utf-8")
    done = mllens(*arguments)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("command", ["assess", "audit", "remediate plan"])
def test_a_wrong_file_stops_before_anything_is_done(mllens: Callable[..., Done], tmp_path: Path, command: str) -> None:
    (tmp_path / "said").mkdir()
    (tmp_path / "said" / "a.yaml").write_text("format: 1\nrules: [kms-rotatoin]\n", "utf-8")
    given = [] if command == "audit" else ["a.mllens"]
    done = mllens(*command.split(), *given, "--waivers", "said")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "mllens: said/a.yaml:1: date: is missing",
        "said/a.yaml:1: expires: is missing",
        "said/a.yaml:1: tool_reason: is missing",
        "said/a.yaml:2: rules: there is no rule 'kms-rotatoin'; `mllens rules list` shows them (--rules-path adds some)",
    ]
    assert not (tmp_path / "plan.json").exists()


def test_a_report_of_an_older_program_is_still_read(mllens: Callable[..., Done], tmp_path: Path) -> None:
    told = assess(mllens)
    for name in ("attestations", "waivers"):
        del told[name]
    for finding in told["findings"]:
        del finding["waiver"]
    (tmp_path / "old.json").write_text(json.dumps(told), "utf-8")
    assert mllens("report", "old.json").code == 0
