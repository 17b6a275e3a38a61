"""The linter over lenses that are not ours."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.lens import Problem, lint

Change = Callable[[dict[str, Any]], object]

CHOICE = "pillars[0].questions[0].choices[0]"
RULES = "pillars[0].questions[0].riskRules"


def good() -> dict[str, Any]:
    def choice(number: int) -> dict[str, Any]:
        plan = {"displayText": 'Write it down; 95% is "enough".', "url": "https://example.com/plan"}
        return {"id": f"Q1_{number}", "title": f"Practice {number} (A/B, it's done?)", "improvementPlan": plan}

    return {
        "schemaVersion": "2021-11-01",
        "name": "A lens",
        "description": "What it is for.",
        "pillars": [
            {
                "id": "reliability",
                "name": "Reliability",
                "questions": [
                    {
                        "id": "Q1_",
                        "title": "How?",
                        "description": "Why.",
                        "helpfulResource": {"displayText": "More", "url": "https://example.com"},
                        "choices": [choice(1), choice(2), {"id": "Q1_no", "title": "None of these"}],
                        "riskRules": [
                            {"condition": "Q1_1 && Q1_2 && !Q1_no", "risk": "NO_RISK"},
                            {"condition": "Q1_1 && !Q1_no", "risk": "MEDIUM_RISK"},
                            {"condition": "default", "risk": "HIGH_RISK"},
                        ],
                    }
                ],
            }
        ],
    }


def question(lens: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = lens["pillars"][0]["questions"][0]
    return found


def first(lens: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = question(lens)["choices"][0]
    return found


def conditions(*texts: str) -> Change:
    def change(lens: dict[str, Any]) -> None:
        risks = ("NO_RISK", "MEDIUM_RISK", "HIGH_RISK")
        rules = [{"condition": text, "risk": risk} for text, risk in zip(texts, risks, strict=False)]
        question(lens)["riskRules"] = rules

    return change


def put(path: str, value: object) -> Change:
    """Set a value at a path like `pillars.0.name` (at the first choice where it begins with `choice.`)."""

    def change(lens: dict[str, Any]) -> None:
        *way, last = path.replace("choice.", "pillars.0.questions.0.choices.0.").split(".")
        place: Any = lens
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        place[int(last) if last.isdigit() else last] = value

    return change


def test_a_good_lens_has_no_problem() -> None:
    assert lint(good()) == []
    assert lint(json.dumps(good())) == []
    assert lint(json.dumps(good(), indent=2).encode()) == []


LINK = {"displayText": "t", "url": "https://example.com"}

# What is changed in the good lens, and the one problem that follows: level, path, part of the message.
ONE_PROBLEM: list[tuple[Change, str, str, str]] = [
    (put("schemaVersion", "2022-01-01"), "error", "schemaVersion", "must be '2021-11-01'"),
    (lambda lens: lens.pop("name"), "error", "name", "is missing"),
    (put("name", "x" * 129), "error", "name", "has 129 characters and may have 128"),
    (put("name", 7), "error", "name", "must be a text, is a number"),
    (put("name", " "), "error", "name", "is empty"),
    (put("description", "x" * 2049), "error", "description", "may have 2048"),
    (put("description", "x" * 1025), "information", "description", "promises to return 1024"),
    (put("description", "one; two"), "error", "description", "holds ';', refused here"),
    (put("extra", 1), "warning", "extra", "is no key of the format"),
    (put("pillars.0.id", "a-b"), "error", "pillars[0].id", "letters, digits and _ only"),
    (put("pillars.0.id", "ab"), "error", "pillars[0].id", "has 2 characters, must have 3 to 128"),
    (put("pillars.0.id", "x" * 65), "warning", "pillars[0].id", "take at most 64"),
    (put("pillars.0.name", "a\tb"), "warning", "pillars[0].name", r"holds '\t'"),
    (put("pillars.0.name", "F1 >= 0"), "error", "pillars[0].name", "holds '>', '=', refused"),
    (put("pillars.0.name", "S\u00e9curit\u00e9"), "warning", "pillars[0].name", r"holds '\xe9'; only ASCII"),
    (put("pillars.0.questions", []), "warning", "pillars[0].questions", "is empty"),
    (put("pillars.0.questions", {}), "error", "pillars[0].questions", "must be an array, is an object"),
    (put("pillars.0.questions.0", None), "error", "pillars[0].questions[0]", "must be an object, is null"),
    (put("choice.title", "x" * 129), "error", f"{CHOICE}.title", "has 129 characters"),
    (put("choice.title", "x\ud800"), "error", f"{CHOICE}.title", "lone surrogate"),
    (
        lambda lens: first(lens).pop("improvementPlan"),
        "error",
        f"{CHOICE}.improvementPlan",
        "is missing; only a choice",
    ),
    (put("choice.improvementPlan", "text"), "error", f"{CHOICE}.improvementPlan", "must be an object, is a text"),
    (
        put("choice.improvementPlan", {"url": "http://a"}),
        "error",
        f"{CHOICE}.improvementPlan.displayText",
        "is missing",
    ),
    (put("choice.improvementPlan.url", "ftp://a"), "error", f"{CHOICE}.improvementPlan.url", "must begin http://"),
    (put("choice.improvementPlan.url", "http://" + "a" * 1018), "warning", f"{CHOICE}.improvementPlan.url", "1025"),
    (put("choice.improvementPlan.displayText", "x" * 2049), "error", f"{CHOICE}.improvementPlan.displayText", "2049"),
    (put("choice.helpfulResource", {}), "error", f"{CHOICE}.helpfulResource.displayText", "is missing"),
    (
        put("choice.additionalResources", [{"type": "OTHER", "content": [LINK]}]),
        "error",
        f"{CHOICE}.additionalResources[0].type",
        "must be HELPFUL_RESOURCE or IMPROVEMENT_PLAN, is 'OTHER'",
    ),
    (
        put("choice.additionalResources", [{"type": "HELPFUL_RESOURCE", "content": [LINK] * 3}] * 2),
        "error",
        f"{CHOICE}.additionalResources",
        "has 6 of type 'HELPFUL_RESOURCE', a choice may have 5",
    ),
    (
        lambda lens: question(lens).pop("description"),
        "warning",
        "pillars[0].questions[0].description",
        "is missing; the specification",
    ),
    (
        lambda lens: question(lens)["choices"][2].update(improvementPlan=LINK),
        "information",
        "pillars[0].questions[0].choices[2].improvementPlan",
        "needs none",
    ),
    (
        lambda lens: lens["pillars"].append({"id": "reliability", "name": "Again", "questions": copy.deepcopy([])}),
        "error",
        "pillars[1].id",
        "'reliability' is used at pillars[0] already",
    ),
    (put("choice.id", "Q1_2"), "error", "pillars[0].questions[0].choices[1].id", "is used at"),
    # rules
    (
        conditions("Q1_1 && Q1_2 && !Q1_no", "Q1_1 &&", "default"),
        "error",
        f"{RULES}[1].condition",
        "at position 7: exp",
    ),
    (conditions("Q1_1 && Q1_2 && !Q1_no", "Q9", "default"), "error", f"{RULES}[1].condition", "names 'Q9', no choice"),
    (
        conditions("Q1_1 && Q1_2 && !Q1_no", "(Q1_1 && !Q1_no) || Q1_1 && !Q1_no", "default"),
        "warning",
        f"{RULES}[1].condition",
        "mixes && and || without parentheses",
    ),
    (
        conditions("Q1_1 && Q1_2 && !Q1_no", " && ".join(["Q1_1"] * 43) + " && !Q1_no", "default"),
        "information",
        f"{RULES}[1].condition",
        "has 350 characters",
    ),
    (put("pillars.0.questions.0.riskRules.1.risk", "LOW_RISK"), "error", f"{RULES}[1].risk", "there is no low risk"),
    (put("pillars.0.questions.0.riskRules", []), "warning", RULES, "is empty"),
]


@pytest.mark.parametrize(("change", "level", "path", "message"), ONE_PROBLEM)
def test_each_fault_is_found_where_it_is(change: Change, level: str, path: str, message: str) -> None:
    lens = good()
    change(lens)
    found = [problem for problem in lint(lens) if (problem.level, problem.path) == (level, path)]
    assert len(found) == 1, lint(lens)
    assert message in found[0].message


# What the rules do to selections: conditions of NO, MEDIUM, HIGH, then every problem as "level path: message".
CONSEQUENCES: list[tuple[tuple[str, ...], list[str]]] = [
    (
        ("Q1_1 && Q1_2", "Q1_1", "default"),
        [
            (
                f"warning {RULES}: 'Q1_no' is not exclusive: with 'Q1_1', 'Q1_2' it is judged better than alone; "
                "add && !Q1_no to the better rules"
            )
        ],
    ),
    (
        ("Q1_1 && !Q1_no", "!Q1_1 || Q1_no", "default"),
        [
            f"warning {RULES}[2]: is never reached: HIGH_RISK cannot come out",
            f"information {RULES}: only NO_RISK and MEDIUM_RISK can come out",
            "warning pillars[0].questions[0].choices[1]: never changes the risk: no rule names it",
        ],
    ),
    (
        ("Q1_1 && !Q1_2 && !Q1_no", "Q1_1 && !Q1_no", "default"),
        [
            (
                "warning pillars[0].questions[0].choices[1]: ticking it worsens the risk when 'Q1_1' is selected; "
                "one more practice should never hurt"
            )
        ],
    ),
    (
        ("Q1_1 && (Q1_2 || !Q1_2) && !Q1_no", "default"),
        [
            f"information {RULES}: only NO_RISK and MEDIUM_RISK can come out",
            "warning pillars[0].questions[0].choices[1]: never changes the risk",
        ],
    ),
    (
        ("Q1_1 && Q1_2 && !Q1_no", "Q1_1 && !Q1_no", "Q1_no"),
        [
            f"error {RULES}: has no rule with the condition `default`, which every question must have",
            f"warning {RULES}: no rule holds when only 'Q1_2' is selected",
        ],
    ),
    (
        ("default", "Q1_1 && Q1_2"),
        [
            f"warning {RULES}[0].condition: `default` before the last rule hides the rest",
            f"warning {RULES}[1]: is never reached: MEDIUM_RISK cannot come out",
            "warning pillars[0].questions[0].choices[0]: never changes the risk",
            "warning pillars[0].questions[0].choices[1]: never changes the risk",
        ],
    ),
    (("default",), [f"information {RULES}: every answer gives NO_RISK: the question is informational"]),
]


@pytest.mark.parametrize(("texts", "expected"), CONSEQUENCES)
def test_what_rules_do_to_selections(texts: tuple[str, ...], expected: list[str]) -> None:
    lens = good()
    conditions(*texts)(lens)
    assert [f"{problem.level} {problem.path}: {problem.message}" for problem in lint(lens)] == expected


def test_one_practice_has_two_levels_and_that_is_no_warning() -> None:
    lens = good()
    del question(lens)["choices"][1]
    question(lens)["riskRules"] = [
        {"condition": "Q1_1 && !Q1_no", "risk": "NO_RISK"},
        {"condition": "default", "risk": "HIGH_RISK"},
    ]
    assert lint(lens) == [Problem("information", RULES, "has one practice, so two levels of risk")]


def test_none_of_these_is_asked_for() -> None:
    lens = good()
    del question(lens)["choices"][2]
    conditions("Q1_1 && Q1_2", "Q1_1", "default")(lens)
    assert [problem.path for problem in lint(lens)] == ["pillars[0].questions[0].choices"]
    assert "no id ends in _no" in lint(lens)[0].message
    lens = good()
    question(lens)["choices"].append({"id": "none_no", "title": "None"})
    assert any("keep one" in problem.message for problem in lint(lens))
    question(lens)["choices"] = question(lens)["choices"][2:3]
    assert "has none of these, and nothing else" in [problem.message for problem in lint(lens)]


def test_the_same_risk_twice_and_a_fourth_rule() -> None:
    lens = good()
    rules = question(lens)["riskRules"]
    rules.insert(1, {"condition": "Q1_2 && !Q1_no", "risk": "NO_RISK"})
    assert [(problem.path, problem.message) for problem in lint(lens)] == [
        (RULES, "has 4 items and may have 3"),
        (f"{RULES}[1].risk", f"NO_RISK has a rule at {RULES}[0] already"),
    ]


def test_numbers_of_things() -> None:
    lens = good()
    lens["pillars"] = [lens["pillars"][0] | {"id": f"pillar_{n}"} for n in range(11)]
    assert lint(lens)[0] == Problem("error", "pillars", "has 11 items and may have 10")
    lens = good()
    lens["pillars"][0]["questions"] = [question(lens) | {"id": f"Q1_{n}_"} for n in range(21)]
    assert lint(lens) == [Problem("error", "pillars[0].questions", "has 21 items and may have 20")]
    lens = good()
    question(lens)["choices"] += [first(lens) | {"id": f"more_{n}"} for n in range(13)]
    assert lint(lens) == [Problem("error", "pillars[0].questions[0].choices", "has 16 items and may have 15")]


# ---------------------------------------------------------------------------------------------------------- hostile input


def looped() -> dict[str, Any]:
    lens = good()
    lens["pillars"].append(lens)
    return lens


def fanned_out() -> dict[str, Any]:
    value: list[Any] = ["x"]
    for _ in range(28):
        value = [value] * 8
    return {"pillars": value}


@pytest.mark.parametrize(
    ("lens", "message"),
    [
        (b"", "is not JSON: Expecting value"),
        (b"\xff\xfe", "is not UTF-8: invalid start byte at byte 0"),
        ("\ufeff{}", "is not JSON: "),
        ("[]", "must be a JSON object, is an array"),
        ("null", "must be a JSON object, is null"),
        ("[" * 100_000, "nests deeper than 32 at character 32"),
        ('{"a":' * 100_000, "nests deeper than 32"),
        ('{"a": "\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "is not JSON: "),
        ('"' + '\\"' * 900_000, "is not JSON: "),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": 1' + "0" * 5000 + "}", "is not JSON: "),
        ('{"a": 1, "b": 2, "b": 3}', "the key 'b' stands twice in one object"),
        (b" " * 10_000_000, "is 10,000,000 long and may have 500,000 characters; nothing else was checked"),
        ({"name": {1, 2}}, "holds what JSON cannot say: Object of type set"),
        ({"name": float("nan")}, "holds what JSON cannot say: Out of range"),
        (looped(), "nests deeper than 32"),
        (fanned_out(), "holds more than 1,000,000 values"),
    ],
    ids=lambda value: None if isinstance(value, str) and len(value) < 100 else "input",
)
def test_what_cannot_be_read_is_one_problem(lens: Any, message: str) -> None:
    problems = lint(lens)
    assert len(problems) == 1
    assert (problems[0].level, problems[0].path) == ("error", "lens")
    assert message in problems[0].message


def test_a_lens_too_large_is_checked_all_the_same() -> None:
    lens = good()
    lens["name"] = "x" * 500_000
    problems = lint(lens)
    assert [problem.path for problem in problems] == ["lens", "name"]
    assert "may have 500,000" in problems[0].message
    assert len(json.dumps(good() | {"name": "\u00e9" * 300_000}, ensure_ascii=False)) < 500_000
    assert lint(good() | {"name": "\u00e9" * 300_000})[0].path == "lens"  # bytes count too


def test_a_condition_as_large_as_a_lens_is_judged() -> None:
    lens = good()
    question(lens)["choices"] += [first(lens) | {"id": f"more_{n}"} for n in range(12)]
    conditions("(" + " || ".join(["Q1_1"] * 40_000) + ") && Q1_2 && !Q1_no", "Q1_1 && !Q1_no", "default")(lens)
    assert {problem.path for problem in lint(lens) if problem.level == "warning"} == {
        f"pillars[0].questions[0].choices[{number}]" for number in range(3, 15)
    }


def test_hostile_text_is_quoted() -> None:
    lens = good()
    lens["\x1b[2J"] = 1
    lens["name"] = "\x1b[31m\u202e"
    question(lens)["riskRules"][0]["condition"] = "Q1_1 \x1b"
    for problem in lint(lens):
        assert (problem.path + problem.message).isprintable()
        assert (problem.path + problem.message).isascii()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    "schemaVersion",
    "name",
    "description",
    "pillars",
    "pillars.0",
    "pillars.0.id",
    "pillars.0.questions",
    "pillars.0.questions.0.helpfulResource",
    "pillars.0.questions.0.choices",
    "pillars.0.questions.0.riskRules",
    "pillars.0.questions.0.riskRules.0",
    "pillars.0.questions.0.riskRules.0.condition",
    "choice.id",
    "choice.improvementPlan",
    "choice.additionalResources",
]


@given(st.sampled_from(PLACES), JSON)
def test_any_value_anywhere_is_taken(path: str, value: object) -> None:
    lens = good()
    put(path, value)(lens)
    assert all(isinstance(problem, Problem) for problem in lint(lens))


@given(st.binary(max_size=200) | st.text(max_size=200) | JSON)
def test_any_input_is_taken(lens: Any) -> None:
    assert lint(lens)
