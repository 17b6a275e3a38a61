"""Who decides each practice."""

from dataclasses import dataclass

import pytest

from mllens.deciding import deciding, table, tallies
from mllens.lens import load
from mllens.rules.load import ours


@dataclass(frozen=True)
class Said:
    id: str
    proves: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()


BY_API = "MLSEC04_BP02"
BY_API_IN_PART = "MLREL04_BP02"
BY_API_AND_ANSWER = "MLOPS02_BP06"
BY_ANSWER = "MLOPS01_BP01"


def test_what_the_lens_leaves_to_the_api() -> None:
    choices = load().choices
    practices = [choices[id_] for id_ in (BY_API, BY_API_IN_PART, BY_API_AND_ANSWER, BY_ANSWER)]
    assert [(practice.decided_by, practice.by_rules) for practice in practices] == [
        ("api", True),
        ("api", False),
        ("api-and-answer", False),
        ("answer", False),
    ]


@pytest.mark.parametrize(
    ("practice", "proven", "supported", "who"),
    [
        (BY_API, True, False, "rules"),
        (BY_API, True, True, "rules"),
        (BY_API, False, True, "rules and a person"),
        (BY_API, False, False, "a person"),
        (BY_API_IN_PART, True, False, "rules and a person"),
        (BY_API_IN_PART, False, False, "a person"),
        (BY_API_AND_ANSWER, True, False, "rules and a person"),
        (BY_API_AND_ANSWER, False, True, "rules and a person"),
        (BY_API_AND_ANSWER, False, False, "a person"),
        (BY_ANSWER, True, False, "rules and a person"),
        (BY_ANSWER, False, False, "a person"),
    ],
)
def test_who_decides(practice: str, proven: bool, supported: bool, who: str) -> None:
    rules = [Said("b", proves=(practice,))] * proven + [Said("a", supports=(practice,))] * supported
    assert deciding(rules)[practice].who == who


def test_every_practice_is_there_with_its_rules_in_order() -> None:
    decided = deciding([Said("z", proves=(BY_API,)), Said("a", proves=(BY_API,)), Said("m", supports=(BY_API,))])
    assert list(decided) == list(load().choices)
    assert (decided[BY_API].proves, decided[BY_API].supports) == (("a", "z"), ("m",))


def test_counts_by_lens() -> None:
    rules = [Said("a", proves=(BY_API, BY_API_AND_ANSWER, "MLRAI07_BP02"), supports=(BY_ANSWER,))]
    assert list(tallies(deciding(rules))) == [
        "105 practices of the Machine Learning Lens: 1 by rules, 2 by rules and a person, 102 by a person",
        "54 practices of responsible AI: 0 by rules, 1 by rules and a person, 53 by a person",
    ]


def test_what_no_rule_looks_at_is_said_only_beside_rules_that_look_at_the_rest() -> None:
    idle = [id_ for id_, found in deciding(ours()).items() if found.choice.beyond and not found.proves]
    assert idle == []


def test_the_table_has_a_line_for_each_practice() -> None:
    lines = [line.split(" | ") for line in table().splitlines() if line.startswith("| ML")]
    assert [line[1] for line in lines] == list(load().choices)
    assert {line[4] for line in lines} == {"rules", "rules and a person", "a person"}
