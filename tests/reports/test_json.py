import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from mllens.reports import json as report
from mllens.reports import schema
from mllens.reports.assessment import Assessment
from mllens.reports.json import AssessmentError, chunks, load, render

PUBLISHED = Path(schema.__file__).with_name("assessment.schema.json")


def test_reads_as_agreed(assessment: Assessment, golden: Callable[[str, str], None]) -> None:
    golden("example.json", render(assessment))


def test_nothing_read(nothing: Assessment, golden: Callable[[str, str], None]) -> None:
    golden("empty.json", render(nothing))


def test_schema_is_current() -> None:
    assert PUBLISHED.read_text("utf-8") == schema.schema(), "run `mllens generate` and commit the result"


def test_schema_is_a_schema_and_its_output_keeps_to_it(assessment: Assessment, nothing: Assessment) -> None:
    published = json.loads(PUBLISHED.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    validator = jsonschema.Draft202012Validator(published)
    for text in (render(assessment), render(nothing)):
        validator.validate(json.loads(text))
    wrong = json.loads(render(assessment))
    wrong["rules"][0]["pass"] = "three"
    assert [list(error.path) for error in validator.iter_errors(wrong)] == [["rules", 0, "pass"]]


def test_schema_names_what_is_promised() -> None:
    published = json.loads(schema.schema())
    assert "$id" not in published
    assert {"pass", "fail", "unknown", "not_applicable", "waived", "id", "severity"} <= set(
        published["$defs"]["RuleTally"]["properties"]
    )
    assert "title" in published["$defs"]["Practice"]["properties"]  # a property, not an annotation


def test_reading_back_gives_the_same_bytes(assessment: Assessment, nothing: Assessment) -> None:
    for text in (render(assessment), render(nothing)):
        assert render(load(text)) == text


def test_order_of_what_comes_in_does_not_show(assessment: Assessment) -> None:
    turned = assessment.model_copy(
        update={
            "coverage": assessment.coverage[::-1],
            "findings": assessment.findings[::-1],
            "practices": assessment.practices[::-1],
            "rules": assessment.rules[::-1],
            "calls": dict(reversed((assessment.calls or {}).items())),
        }
    )
    assert render(turned) == render(assessment)


def test_text_can_not_act_on_a_terminal(assessment: Assessment, example_module: ModuleType) -> None:
    text = render(assessment)
    assert text.isascii()
    assert all(character == "\n" or " " <= character <= "~" for character in text)
    names = {finding["resource"]["name"] for finding in json.loads(text)["findings"]}
    assert {example_module.ANSI, example_module.OVERRIDE, example_module.LINES} <= names


def test_values_that_utf8_can_not_hold(assessment: Assessment) -> None:
    row = assessment.findings[0].evidence[0].model_copy(update={"value": {"b": "\ud800", "a": ["\x7f", "\U0001f600"]}})
    odd = assessment.model_copy(update={"findings": [assessment.findings[0].model_copy(update={"evidence": [row]})]})
    value = json.loads(render(odd))["findings"][0]["evidence"][0]["value"]
    assert value == {"a": ["\x7f", "\U0001f600"], "b": "\ufffd"}
    assert list(value) == ["a", "b"]


def test_it_comes_in_pieces(assessment: Assessment) -> None:
    pieces = list(chunks(assessment))
    assert len(pieces) > len(assessment.findings) + len(assessment.coverage)
    assert max(map(len, pieces)) < 4_000


# ----------------------------------------------------------------------------------------------------------------- read


def changed(assessment: Assessment, path: list[Any], value: Any) -> str:
    content = json.loads(render(assessment))
    at = content
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ["schema_version"],
            2,
            "assessment: schema_version: 2 is newer than 1, the newest this mllens reads; update mllens",
        ),
        (["schema_version"], "1", "assessment: schema_version: 1 was expected"),
        (["schema_version"], 0, "assessment: schema_version: 1 was expected"),
        (["rules"], {}, "assessment: rules: Input should be a valid array"),
        (
            ["findings", 2, "severity"],
            "\x1b[31mbad",
            "assessment: findings[2].severity: Input should be 'critical', 'high', 'medium', 'low' or 'info'",
        ),
        (["coverage", 0, "seen"], "3", "assessment: coverage[0].seen: Input should be a valid integer"),
        (["scope", "x\u202ey"], 1, "assessment: scope.x\\u202ey: is not a known field; remove it"),
        (["practices", 0, "ruled_out"], "x.yaml", "assessment: practices[0].ruled_out: x.yaml is not among waivers"),
        (["findings", 0, "rule"], "no\nrule", "assessment: findings[0].rule: no\\nrule is not among rules"),
    ],
)
def test_what_is_wrong_is_named(assessment: Assessment, path: list[Any], value: Any, message: str) -> None:
    with pytest.raises(AssessmentError) as caught:
        load(changed(assessment, path, value))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ('{"a": ', "not JSON: EOF while parsing a value at line 1 column 6"),
        ("[" * 100_000, "not JSON: recursion limit"),
        ('{"schema_version":' * 100_000, "not JSON: recursion limit"),
        (b"\xff\xfe{}", "not JSON"),
        ("[]", "not an assessment: it has no schema_version"),
        ('{"schema_version": 1}', "mllens_version: is missing; scope: is missing"),
        ('{"schema_version": 1}', "and 8 more"),
    ],
)
def test_what_is_no_assessment(text: str | bytes, message: str) -> None:
    with pytest.raises(AssessmentError, match=message.replace("[", r"\[")):
        load(text)


def test_errors_name_the_file(tmp_path: Path, assessment: Assessment) -> None:
    path = tmp_path / "old.json"
    path.write_text(render(assessment), "utf-8")
    assert load(path).scope == assessment.scope
    path.write_text("{", "utf-8")
    with pytest.raises(AssessmentError, match=r"^old\.json: not JSON"):
        load(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LARGEST", 10)
    path = tmp_path / "large.json"
    path.write_text("[1, 2, 3, 4]", "utf-8")
    with pytest.raises(AssessmentError, match=r"^large\.json: 12 bytes are more than the 10 that are read"):
        load(path)
