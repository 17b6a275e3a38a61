"""The lens that we ship."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from mllens.lens import build, lint, load
from mllens.lens.model import RESPONSIBLE_AI, Dimension, Phase
from mllens.lens.risk import SEVERITY, level

HERE = Path(__file__).parent
COMMITTED = HERE.parents[1] / "lens.json"

with (HERE / "ml_lens_practices.csv").open(encoding="utf-8", newline="") as rows:
    EXPECTED = {row["id"]: row["risk"] for row in csv.DictReader(rows)}


def of_machine_learning() -> dict[str, str]:
    pillars = [pillar for pillar in load().pillars if pillar.id != RESPONSIBLE_AI]
    return {c.id: c.risk for pillar in pillars for question in pillar.questions for c in question.choices}


def ids(lens: dict[str, Any]) -> Iterator[str]:
    for pillar in lens["pillars"]:
        for question in pillar["questions"]:
            yield question["id"]
            yield from (choice["id"] for choice in question["choices"])


def test_the_expected_ids_are_all_there() -> None:
    assert len(EXPECTED) == 105
    assert len({id_.partition("_")[0] for id_ in EXPECTED}) == 35


def test_has_no_problem_but_two_levels_for_one_practice() -> None:
    messages = [problem for problem in lint(build()) if problem.message != "has one practice, so two levels of risk"]
    assert messages == []


def test_practices_and_their_risks_are_those_of_the_machine_learning_lens() -> None:
    assert of_machine_learning() == EXPECTED


def test_questions_are_those_of_the_machine_learning_lens() -> None:
    lens = load()
    asked = [question.id for p in lens.pillars if p.id != RESPONSIBLE_AI for question in p.questions]
    assert asked == list(dict.fromkeys(id_.partition("_")[0] for id_ in EXPECTED))


def test_each_pillar_asks_by_phase_in_order() -> None:
    phases = get_args(Phase)
    for pillar in load().pillars:
        if pillar.id != RESPONSIBLE_AI:
            order = [phases.index(question.phase) for question in pillar.questions]
            assert order == sorted(set(order)), pillar.id


def test_each_dimension_has_one_question_in_order() -> None:
    *_, last = load().pillars
    assert [question.dimension for question in last.questions] == list(get_args(Dimension))


def test_ids_only_grow() -> None:
    if not COMMITTED.is_file():
        pytest.skip("lens.json is not generated yet")
    before = set(ids(json.loads(COMMITTED.read_text("utf-8"))))
    gone = before - set(ids(json.loads(build()))) - load().retired
    assert gone == set(), "ids are a contract: list them as retired in lens.toml, or bring them back"


def test_every_practice_counts_and_none_gives_the_worst() -> None:
    for question in load().questions.values():
        practices = [choice.id for choice in question.choices]
        assert level(question.rules, practices) == "none"
        worst = level(question.rules, [question.none])
        for practice in practices:
            others = [other for other in practices if other != practice]
            assert SEVERITY[level(question.rules, others)] > 0, practice
            assert level(question.rules, [*practices, question.none]) == worst


def test_conditions_stay_short() -> None:
    too_long = [q.id for q in load().questions.values() if any(len(str(rule.condition)) > 342 for rule in q.rules)]
    assert too_long == []


def test_links_are_https_to_aws() -> None:
    urls = re.findall(r'"url": "([^"]*)"', build())
    assert [url for url in urls if not re.match(r"https://([a-z0-9-]+\.)*(amazon|aws\.amazon|github)\.com/", url)] == []


def test_the_text_is_in_the_order_of_the_format() -> None:
    text = build()
    lens = json.loads(text)
    assert text.endswith("}\n")
    assert text.startswith('{\n  "schemaVersion": "2021-11-01",\n  "name": ')
    assert list(lens) == ["schemaVersion", "name", "description", "pillars"]
    for pillar in lens["pillars"]:
        assert list(pillar) == ["id", "name", "questions"]
        for question in pillar["questions"]:
            keys = ["id", "title", "description", "helpfulResource", "choices", "riskRules"]
            assert list(question) == [key for key in keys if key in question]
            assert question["choices"][-1] == {"id": f"{question['id']}_no", "title": "None of these"}
            for choice in question["choices"][:-1]:
                keys = ["id", "title", "helpfulResource", "improvementPlan", "additionalResources"]
                assert list(choice) == [key for key in keys if key in choice]
            assert all(list(rule) == ["condition", "risk"] for rule in question["riskRules"])
