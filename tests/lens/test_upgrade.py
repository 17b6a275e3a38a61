"""What a new lens does to answers given to an old one."""

import csv
import json
from typing import Any

import pytest

from mllens.lens import LensError, build, load
from mllens.lens.model import HOME
from mllens.lens.upgrade import Lost, Successor, read_text, upgrade


def choice(id_: str, title: str = "Do it") -> dict[str, Any]:
    return {"id": id_, "title": title, "improvementPlan": {"displayText": "Do it."}}


def question(id_: str, *choices: str, title: str = "How?") -> dict[str, Any]:
    rules = [{"condition": " && ".join(choices), "risk": "NO_RISK"}, {"condition": "default", "risk": "HIGH_RISK"}]
    return {"id": id_, "title": title, "choices": [*map(choice, choices), choice(f"{id_}_no")], "riskRules": rules}


def lens(**pillars: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "A", "pillars": [{"id": id_, "name": id_, "questions": asked} for id_, asked in pillars.items()]}


def test_a_lens_loses_nothing_against_itself() -> None:
    ours = read_text(build().encode())
    told = upgrade(ours, ours)
    assert (told.changes, told.lost, told.kind) == ((), (), "none")


def test_wording_alone_is_minor() -> None:
    told = upgrade(lens(a=[question("Q1", "x", "y")]), lens(a=[question("Q1", "x", "y", title="How then?")]))
    assert ([str(c) for c in told.changes], told.lost, told.kind) == (["question Q1 changed: title"], (), "minor")


def test_a_choice_that_goes_takes_its_answers_with_it() -> None:
    told = upgrade(lens(a=[question("Q1", "x", "y")]), lens(a=[question("Q1", "x", "z")]))
    assert [str(c) for c in told.changes] == [
        "question Q1 changed: riskRules",
        "choice z added",
        "choice y removed",
    ]
    assert told.lost == (Lost("Q1", "y", None),)
    assert told.kind == "major"


def test_a_choice_in_another_question_is_another_choice() -> None:
    told = upgrade(
        lens(a=[question("Q1", "x", "y"), question("Q2", "z")]), lens(a=[question("Q1", "x"), question("Q2", "y", "z")])
    )
    assert told.lost == (Lost("Q1", "y", Successor("y", reworded=False)),)


def test_a_question_that_goes_takes_notes_and_choices_with_it() -> None:
    told = upgrade(lens(a=[question("Q1", "x"), question("Q2", "y")]), lens(a=[question("Q1", "x")]))
    assert told.lost == (Lost("Q2", None, None), Lost("Q2", "y", None), Lost("Q2", "Q2_no", None))


def test_a_question_keeps_its_answers_in_another_pillar_but_that_is_major() -> None:
    told = upgrade(lens(a=[question("Q1", "x")]), lens(b=[question("Q1", "x")]))
    assert (told.lost, told.kind) == ((), "major")
    assert [str(c) for c in told.changes] == [
        "pillar b added",
        "question Q1 added",
        "pillar a removed",
        "question Q1 removed",
    ]


def test_practices_of_2023_are_found_under_their_ids_of_2025() -> None:
    old = lens(operational=[question("OE1", "MLOE_01", "mloe-03", "ours_01")], cost=[question("MLCOST_23", "MLSEC_03")])
    told = upgrade(old, json.loads(build()))
    assert told.lost == (
        Lost("OE1", None, None),
        Lost("OE1", "MLOE_01", Successor("MLOPS01_BP01", reworded=False)),
        Lost("OE1", "mloe-03", Successor("MLOPS01_BP03", reworded=True)),
        Lost("OE1", "ours_01", None),
        Lost("OE1", "OE1_no", None),
        Lost("MLCOST_23", None, Successor("MLCOST06_BP04", reworded=False)),
        Lost("MLCOST_23", "MLSEC_03", Successor("MLSEC03_BP01", reworded=True)),
        Lost("MLCOST_23", "MLCOST_23_no", None),
    )
    assert upgrade(old, lens(a=[question("Q1", "x")])).lost[1] == Lost("OE1", "MLOE_01", None)


def test_each_practice_of_2025_was_one_of_2023() -> None:
    with (HOME / "ids_2023_to_2025.csv").open(encoding="utf-8", newline="") as rows:
        mapped = [(row["old"], row["new"], row["title"]) for row in csv.DictReader(rows)]
    assert sorted(new for _, new, _ in mapped) == sorted(id_ for id_ in load().choices if not id_.startswith("MLRAI"))
    assert len({old for old, _, _ in mapped}) == 105
    assert {title for _, _, title in mapped} == {"same", "reworded"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"schema_version": 1}', "`pillars` must be an array: this is no custom lens"),
        ('{"pillars": null}', "`pillars` must be an array"),
        ('{"pillars": [[]]}', r"pillars\[0\] must be an object with an `id`"),
        ('{"pillars": [{"id": "a", "questions": {}}]}', "pillar a: `questions` must be an array"),
        ('{"pillars": [{"id": "a", "questions": [{"id": "q", "choices": ["x"]}]}]}', r"question q: choices\[0\] must"),
        ('{"pillars": [{"id": "a"}, {"id": "a"}]}', r"pillars\[1\]: the id a stands here twice"),
    ],
)
def test_says_why_a_file_is_no_lens(text: str, message: str) -> None:
    with pytest.raises(LensError, match=message):
        read_text(text.encode())


def test_a_lens_that_could_not_be_imported_can_be_compared() -> None:
    bare = b'{"pillars": [{"id": "a", "questions": [{"id": "q"}]}, {"id": "b"}]}'
    assert upgrade(read_text(bare), read_text(b'{"pillars": []}')).lost == (Lost("q", None, None),)
