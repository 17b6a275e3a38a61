"""Reading the lens's files, and looking practices up."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mllens.lens
from mllens.lens import LensError, Link, choice, dimension_of, folder_of, load, pillar_of, question_of, read
from mllens.lens.model import RESPONSIBLE_AI, Choice

with (Path(__file__).parent / "responsible_ai_practices.csv").open(encoding="utf-8", newline="") as rows:
    RESPONSIBLE_AI_LENS = {row["id"] for row in csv.DictReader(rows)}

INDEX = """
schema_version = "2021-11-01"
version = "1.0"
name = "Small"
description = "Two pillars."
retired = ["MLREL01_BP09"]

[[pillars]]
id = "reliability"
name = "Reliability"
folder = "reliability"
prefix = "MLREL"

[[pillars]]
id = "responsibleAi"
name = "Responsible AI"
folder = "responsible_ai"
prefix = "MLRAI"
"""
QUESTION = """
id = "MLREL01"
phase = "deployment"
title = "How?"
description = "Why."
help = { text = "More" }

[[choices]]
id = "MLREL01_BP01"
title = "Do it"
why = "It breaks."
seen = "Look."
risk = "low"
decided_by = "api"
ask = "Do you?"
improve = "Do."
more = [ { text = "Page", url = "https://example.com" } ]
"""
DIMENSION = QUESTION.replace("MLREL", "MLRAI").replace('phase = "deployment"', 'dimension = "safety"')


def written(home: Path, *, index: str = INDEX, question: str = QUESTION, dimension: str = DIMENSION) -> Path:
    for folder in ("reliability", "responsible_ai"):
        (home / "questions" / folder).mkdir(parents=True)
    (home / "lens.toml").write_text(index, "utf-8")
    (home / "questions" / "reliability" / "MLREL01.toml").write_text(question, "utf-8")
    (home / "questions" / "responsible_ai" / "MLRAI01.toml").write_text(dimension, "utf-8")
    return home


def test_reads_a_lens(tmp_path: Path) -> None:
    lens = read(written(tmp_path))
    assert [pillar.id for pillar in lens.pillars] == ["reliability", "responsibleAi"]
    assert list(lens.questions) == ["MLREL01", "MLRAI01"]
    first, second = lens.questions.values()
    assert (first.phase, first.dimension, second.phase, second.dimension) == ("deployment", None, None, "safety")
    assert (first.none, first.help) == ("MLREL01_no", Link("More", None))
    assert lens.choices["MLREL01_BP01"].more == (Link("Page", "https://example.com"),)
    assert [str(rule.condition) for rule in first.rules] == ["MLREL01_BP01 && !MLREL01_no", "default"]


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        ("index", 'name = "Small"', "", "lens.toml: name: is missing"),
        ("index", 'name = "Small"', 'name = "Small"\nnmae = 1', "lens.toml: nmae: is not a key of this table"),
        ("index", '"1.0"', '"1-0"', "lens.toml: version: must be 1 to 32 letters"),
        ("index", 'folder = "reliability"', "folder = 1", "lens.toml: pillars[0].folder: must be a text"),
        ("index", '"MLREL01_BP09"', '"MLREL01_BP01"', "lens.toml: retired: MLREL01_BP01 is in use again"),
        ("index", '["MLREL01_BP09"]', "[1]", "lens.toml: retired: must be an array of texts"),
        ("question", "id = ", "id == ", "questions/reliability/MLREL01.toml: Invalid value"),
        ("question", '"MLREL01"', '"MLREL02"', "MLREL01.toml: id: must be the file's name and begin with MLREL"),
        ("question", '"deployment"', '"later"', "phase: is 'later', must be one of business-goal, problem-framing"),
        ("question", 'phase = "deployment"', 'dimension = "safety"', "MLREL01.toml: phase: is missing"),
        ("question", 'description = "Why."', 'description = " "', "description: must be a text that is not empty"),
        ("question", '{ text = "More" }', '"More"', "help: must be a table"),
        ("question", "[[choices]]", "[choices]", "choices: must be an array of tables"),
        ("question", 'risk = "low"', 'risk = "none"', "MLREL01.toml: choices[0].risk: is 'none', must be one of high"),
        ("question", 'improve = "Do."', "", "choices[0].improve: is missing"),
        ("question", "_BP01", "_BP1", "choices[0].id: must be MLREL01_BP and two digits"),
        ("question", 'text = "Page"', 'txt = "Page"', "choices[0].more[0].text: is missing"),
        ("dimension", '"safety"', '"safe"', "MLRAI01.toml: dimension: is 'safe', must be one of fairness"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, part: str, old: str, new: str, message: str) -> None:
    text = {"index": INDEX, "question": QUESTION, "dimension": DIMENSION}[part]
    assert old in text
    with pytest.raises(LensError, match=re.escape(message)):
        read(written(tmp_path, **{part: text.replace(old, new)}))


def test_a_choice_twice_is_named(tmp_path: Path) -> None:
    twice = QUESTION + QUESTION[QUESTION.index("[[choices]]") :]
    with pytest.raises(LensError, match=re.escape("choices[1].id: MLREL01_BP01 stands here twice")):
        read(written(tmp_path, question=twice))


def test_a_folder_that_no_pillar_names_is_not_lost(tmp_path: Path) -> None:
    home = written(tmp_path)
    (home / "questions" / "relyability").mkdir()
    with pytest.raises(LensError, match=re.escape("questions/relyability: no pillar")):
        read(home)


# ----------------------------------------------------------------------------------------------------------------- ours


def test_looks_practices_up() -> None:
    assert choice("MLREL04_BP01").id == "MLREL04_BP01"
    assert question_of("MLREL04_BP01").phase == "deployment"
    assert pillar_of("MLREL04_BP01") == "reliability"
    assert pillar_of("MLCOST04_BP14") == "costOptimization"
    assert dimension_of("MLREL04_BP01") is None
    assert folder_of("MLCOST04_BP14") == "cost"
    assert choice("MLREL04_BP01") == load().choices["MLREL04_BP01"]


def test_each_practice_is_found_as_it_is_read() -> None:
    for pillar in load().pillars:
        for question in pillar.questions:
            for found in question.choices:
                looked_up = (pillar_of(found.id), dimension_of(found.id), question_of(found.id), choice(found.id))
                assert looked_up == (pillar.id, question.dimension, question, found)


def test_looks_dimensions_up() -> None:
    practice = next(c.id for q in load().questions.values() if q.dimension == "privacy-and-security" for c in q.choices)
    assert (pillar_of(practice), dimension_of(practice)) == ("responsibleAi", "privacy-and-security")
    assert folder_of(practice) == "responsible_ai/privacy_and_security"


def of_responsible_ai() -> list[Choice]:
    return [c for p in load().pillars if p.id == RESPONSIBLE_AI for question in p.questions for c in question.choices]


def test_responsible_ai_covers_the_whole_lens_of_that_name() -> None:
    assert len(RESPONSIBLE_AI_LENS) == 99
    assert {id_ for practice in of_responsible_ai() for id_ in practice.rai} == RESPONSIBLE_AI_LENS


@pytest.mark.parametrize("practice", of_responsible_ai(), ids=lambda practice: practice.id)
def test_a_practice_of_responsible_ai_names_its_kin(practice: Choice) -> None:
    others = load().choices.keys() - {other.id for other in of_responsible_ai()}
    assert practice.rai
    assert 1 <= len(practice.ml) <= 4
    assert set(practice.ml) <= others
    assert len(set(practice.rai)) == len(practice.rai)
    assert len(set(practice.ml)) == len(practice.ml)
    assert practice.url is not None
    assert practice.url.endswith(f"/responsible-ai-lens/{practice.rai[0].lower()}.html"), "the page of the closest"


@pytest.mark.parametrize("practice", of_responsible_ai(), ids=lambda practice: practice.id)
def test_a_practice_of_responsible_ai_says_why_and_how_it_is_seen(practice: Choice) -> None:
    assert 80 <= len(practice.why) <= 260
    assert 120 <= len(practice.seen) <= 420


def test_what_no_rule_looks_at_is_said_where_rules_alone_would_decide() -> None:
    saying = [practice for practice in load().choices.values() if practice.beyond]
    assert {practice.decided_by for practice in saying} == {"api"}
    assert [practice.id for practice in saying if not 40 <= len(practice.beyond) <= 240] == []


def test_a_question_of_responsible_ai_has_five_to_ten_practices() -> None:
    *_, pillar = load().pillars
    assert {question.id for question in pillar.questions if not 5 <= len(question.choices) <= 10} == set()


@pytest.mark.parametrize("unknown", ["MLREL04-BP01", "MLREL04_BP99", "MLREL99_BP01", "MLXYZ01_BP01", "MLREL04", "../x"])
def test_an_unknown_practice_is_named(unknown: str) -> None:
    for look in (choice, pillar_of, dimension_of, folder_of, question_of):
        with pytest.raises(KeyError, match=re.escape(unknown)):
            look(unknown)


def test_exports_what_it_lists() -> None:
    assert mllens.lens.__all__ == sorted(mllens.lens.__all__)
    assert dir(mllens.lens) == mllens.lens.__all__
    for name in mllens.lens.__all__:
        assert getattr(mllens.lens, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'unheard_of'"):
        getattr(mllens.lens, "unheard_of")  # noqa: B009 - a type checker must not see it


def test_importing_reads_nothing_and_loads_nothing_heavy() -> None:
    shown = "import sys, mllens.lens; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", shown], check=True, capture_output=True, text=True).stdout.split()
    assert not {"tomllib", "json", "dataclasses", "boto3", "pydantic", "mllens.lens.model"} & set(loaded)
