"""Broken rules stop the run, and the message names file and reason."""

import importlib.metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from mllens.rules.load import load
from mllens.scanner import DefinitionError

GOOD = '''
from mllens.rules import Fail, Pass, Verdict, case, rule
from mllens.scanner.sagemaker import Endpoint


@rule(severity="low", supports=("MLREL05_BP02",), reads=(Endpoint.status,))
def our_rule(endpoint: Endpoint) -> Verdict:
    """An endpoint must serve.

    Else it is of no use.
    """
    return Pass() if endpoint.status == "InService" else Fail("does not serve")


our_rule.cases(passes=[Endpoint(status="InService")], fails=[Endpoint(status="Failed")], unknown=[Endpoint()])
'''


def write(folder: Path, text: str, name: str = "our_rule.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


def test_a_rule_in_a_folder_without_init_file_is_found(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "deeper", GOOD)
    assert "our-rule" in {rule.id for rule in load(tmp_path)}


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ('"""An endpoint must serve.\n\n    Else it is of no use.\n    """', "", "has no docstring"),
        ("endpoint: Endpoint)", "endpoint: str)", "must be annotated with the resource type"),
        ("endpoint: Endpoint)", "endpoint)", "must be annotated with the resource type"),
        ("endpoint: Endpoint)", 'endpoint: "Endpont")', "annotation cannot be resolved"),
        ("endpoint: Endpoint)", "endpoint: Endpoint, limit: int)", "only `graph: Graph`"),
        ("endpoint: Endpoint)", "endpoint: Endpoint, *, limit: int)", "the setting limit needs"),
        (
            "from mllens.scanner.sagemaker import Endpoint",
            "from mllens.scanner.sagemaker import Endpont",
            "ImportError",
        ),
        ("def our_rule(", "def our_rule((", "SyntaxError"),
        ("Endpoint.status,)", "Endpoint.staus,)", "AttributeError"),
        ("our_rule.cases(", "our_rule.cases(colour=1, ", "TypeError"),
        ("unknown=[Endpoint()]", "unknown=[Endpoint(color=1)]", "has no field 'color'"),
        ('passes=[Endpoint(status="InService")]', "passes=[]", "at least one passing and one failing case"),
        ('fails=[Endpoint(status="Failed")]', "fails=[]", "at least one passing and one failing case"),
        (
            'fails=[Endpoint(status="Failed")]',
            'fails=[Endpoint(status="InService")]',
            "failing case 1 (direct) gives Pass()",
        ),
        ("unknown=[Endpoint()]", 'unknown=[Endpoint(status="Failed")]', "unknown case 1 (direct) gives Fail"),
        (
            "reads=(Endpoint.status,)",
            "reads=(Endpoint.created,)",
            "reads Endpoint.status, which its `reads` does not list",
        ),
        (
            "reads=(Endpoint.status,)",
            "reads=(Endpoint.status, Endpoint.created)",
            "Endpoint.created, which no case reads",
        ),
        ("reads=(Endpoint.status,)", "reads=()", "`reads` lists fields"),
        ('("MLREL05_BP02",)', '("MLREL99_BP02",)', "no practice MLREL99_BP02"),
        ('supports=("MLREL05_BP02",), ', "", "evidence for no practice"),
        ('severity="low"', 'severity="mild"', "'mild'"),
        ("def our_rule(", "def endpoint_status_unhealthy(", ""),
    ],
)
def test_a_broken_rule_stops_the_run(tmp_path: Path, change: str, to: str, says: str) -> None:
    assert change in GOOD
    write(tmp_path, GOOD.replace(change, to))
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)
    assert "our_rule.py" in str(caught.value)
    assert says in str(caught.value)


def test_two_rules_of_one_id(tmp_path: Path) -> None:
    write(tmp_path / "a", GOOD)
    write(tmp_path / "b", GOOD)
    with pytest.raises(DefinitionError, match=r"b/our_rule\.py:\d+: the id our-rule is taken by .*a/our_rule\.py"):
        load(tmp_path)


def test_an_id_of_ours_cannot_be_taken(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("our_rule", "endpoint_idle"), "endpoint_idle.py")
    with pytest.raises(DefinitionError, match="the id endpoint-idle is taken"):
        load(tmp_path)


def test_a_file_without_a_rule(tmp_path: Path) -> None:
    write(
        tmp_path,
        "from mllens.rules.reliability.endpoint_status_unhealthy import endpoint_status_unhealthy\n",
        "words.py",
    )
    with pytest.raises(DefinitionError, match=r"words\.py: holds no rule"):
        load(tmp_path)


def test_a_rule_lies_in_a_file_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "another.py")
    with pytest.raises(
        DefinitionError, match=r"another\.py:\d+: the rule our-rule belongs in a file of its name, our_rule\.py"
    ):
        load(tmp_path)


@pytest.mark.parametrize("file", [None, "__init__.py"])
def test_an_empty_folder(tmp_path: Path, file: str | None) -> None:
    if file:
        write(tmp_path, "", file)
    with pytest.raises(DefinitionError, match="holds no rules"):
        load(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no such folder"):
        load(tmp_path / "nowhere")


# Installed packs


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, value: str) -> None:
    entry = EntryPoint(name="theirs", value=value, group="mllens.rules")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda **wanted: [entry] if wanted == {"group": "mllens.rules"} else []
    )


def test_the_rules_of_an_installed_pack_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "their_pack", "", "__init__.py")
    write(tmp_path / "their_pack" / "deep", GOOD)
    install(monkeypatch, tmp_path, "their_pack")
    assert "our-rule" in {rule.id for rule in load()}


@pytest.mark.parametrize(
    ("pack", "says"),
    [
        ("their_broken_pack", r"failing case 1 \(direct\) gives Pass"),
        ("their_absent_pack", "their_absent_pack.*cannot be imported"),
        ("their_module", "is no package of rule modules"),
    ],
)
def test_a_broken_pack_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str, says: str) -> None:
    wrong = GOOD.replace('fails=[Endpoint(status="Failed")]', 'fails=[Endpoint(status="InService")]')
    write(tmp_path / "their_broken_pack", "", "__init__.py")
    write(tmp_path / "their_broken_pack", wrong)
    write(tmp_path, "", "their_module.py")
    install(monkeypatch, tmp_path, pack)
    with pytest.raises(DefinitionError, match=says):
        load()
