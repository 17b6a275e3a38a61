"""The language of risk rules."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.lens import ConditionError, RiskRule, evaluate, explain, level, parse, rules
from mllens.lens.risk import (
    MAX_DEPTH,
    SEVERITY,
    Condition,
    Default,
    Every,
    Level,
    Not,
    PracticeRisk,
    Some,
    Term,
    Ticked,
    choices_in,
    mixes_operators,
)

IDS = ("AB_1", "b2", "C", "Q1_no")
TERMS = st.recursive(
    st.sampled_from(IDS).map(Ticked),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Every(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Some(tuple(terms))),
    ),
    max_leaves=12,
)
RISKS: st.SearchStrategy[list[PracticeRisk]] = st.lists(
    st.sampled_from(["high", "medium", "low"]), min_size=1, max_size=7
)


def practices(risks: list[PracticeRisk]) -> dict[str, PracticeRisk]:
    return {f"Q1_BP{number:02}": risk for number, risk in enumerate(risks, 1)}


def selections(ids: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(ids) + 1) for chosen in itertools.combinations(ids, size)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default", Default()),
        (" default\n", Default()),
        ("a", Ticked("a")),
        ("((a))", Ticked("a")),
        ("!!a", Not(Not(Ticked("a")))),
        ("a&&b&&!c", Every((Ticked("a"), Ticked("b"), Not(Ticked("c"))))),
        ("a && (b && c)", Every((Ticked("a"), Every((Ticked("b"), Ticked("c")))))),
        ("a || b && c", Some((Ticked("a"), Every((Ticked("b"), Ticked("c")))))),
        ("(a || b) && c", Every((Some((Ticked("a"), Ticked("b"))), Ticked("c")))),
        ("default_1", Ticked("default_1")),
    ],
)
def test_reads(text: str, expected: Condition) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at position 0: expected a choice id, `!` or `(`, found the end"),
        ("a &&", "at position 4: expected a choice id, `!` or `(`, found the end"),
        ("a & b", "at position 2: expected `&&`, `||` or the end, found '&'"),
        ("a b", "at position 2: expected `&&`, `||` or the end, found 'b'"),
        ("(a || b", "at position 7: expected `&&`, `||` or `)`, found the end"),
        ("a)", "at position 1: expected `&&`, `||` or the end, found ')'"),
        ("default && a", "at position 8: expected the end: `default` stands alone, found '&&'"),
        ("a && default", "at position 5: expected a choice id: `default` stands alone, found 'default'"),
        ("a && \u00e9", r"at position 5: expected a choice id, `!` or `(`, found '\xe9'"),
    ],
)
def test_says_where_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("opening", ["(", "!", "!("])
def test_nesting_is_bounded(opening: str) -> None:
    with pytest.raises(ConditionError, match=f"nesting of at most {MAX_DEPTH} levels"):
        parse(opening * 100_000 + "a")


def test_a_wide_condition_is_no_nesting() -> None:
    assert evaluate(parse(" && ".join(["a"] * 50_000)), {"a"})


@given(TERMS)
def test_reads_what_it_writes(term: Term) -> None:
    assert parse(str(term)) == term


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b || c", True),
        ("a || b && c", True),
        ("(a && b) || c", False),
        ("!(a && b || c)", True),
        ("a && b", False),
    ],
)
def test_tells_mixed_operators(text: str, expected: bool) -> None:
    assert mixes_operators(text) is expected


def python_says(term: Term, selected: tuple[str, ...]) -> bool:
    """Let Python evaluate the same expression: a second reading of the language that shares no code with ours."""
    text = str(term).replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    return bool(eval(text, {"__builtins__": {}}, {id_: id_ in selected for id_ in IDS}))  # noqa: S307 - our own text


@given(TERMS)
def test_equals_the_truth_table(term: Term) -> None:
    for selected in selections(IDS):
        assert evaluate(term, selected) is python_says(term, selected)


@pytest.mark.parametrize(
    ("text", "selected", "removed", "expected"),
    [
        ("a && b", "a", "b", True),  # satisfies an && term
        ("a && b", "", "b", False),
        ("a || b", "", "b", False),  # does not satisfy an || term
        ("a || b", "a", "b", True),
        ("a && b", "", "ab", True),  # every choice not applicable: no risk
        ("a && b && !n", "", "ab", True),
        ("a && b && !n", "n", "ab", False),
        ("a || b", "", "ab", True),
        ("a && (b || c)", "a", "bc", True),  # nothing is left of the group
        ("a && (b || c)", "", "bc", False),
        ("(a && b) || c", "", "ab", False),
        ("(a && b) || c", "c", "ab", True),
        ("(a && b) || (b && c)", "c", "b", True),
        ("!a && b", "b", "a", True),
        ("!a || b", "", "a", False),
        ("b", "b", "b", True),  # not applicable stands above selected
        ("default", "", "a", True),
    ],
)
def test_what_is_not_applicable_is_taken_out(text: str, selected: str, removed: str, expected: bool) -> None:
    assert evaluate(parse(text), set(selected), set(removed)) is expected


def without(term: Term, removed: str) -> Term | None:
    """Rewrite the expression as a person would who strikes a choice out."""
    if isinstance(term, Ticked):
        return None if term.choice == removed else term
    if isinstance(term, Not):
        inner = without(term.term, removed)
        return None if inner is None else Not(inner)
    left = tuple(kept for part in term.terms if (kept := without(part, removed)) is not None)
    if len(left) < 2:
        return left[0] if left else None
    return type(term)(left)


@given(TERMS, st.sampled_from(IDS))
def test_taking_out_equals_striking_out(term: Term, removed: str) -> None:
    struck = without(term, removed)
    for selected in selections(IDS):
        assert evaluate(term, selected, {removed}) is (struck is None or evaluate(struck, selected))


# --------------------------------------------------------------------------------------------------------- the three rules


@pytest.mark.parametrize(
    ("risks", "expected"),
    [
        (["high"], ["Q1_BP01 && !Q1_no", "default HIGH_RISK"]),
        (["medium"], ["Q1_BP01 && !Q1_no", "default MEDIUM_RISK"]),
        (["low"], ["Q1_BP01 && !Q1_no", "default MEDIUM_RISK"]),
        (["high", "high"], ["Q1_BP01 && Q1_BP02 && !Q1_no", "(Q1_BP01 || Q1_BP02) && !Q1_no", "default HIGH_RISK"]),
        (
            ["high", "high", "high"],
            [
                "Q1_BP01 && Q1_BP02 && Q1_BP03 && !Q1_no",
                "((Q1_BP01 && (Q1_BP02 || Q1_BP03)) || (Q1_BP02 && Q1_BP03)) && !Q1_no",
                "default HIGH_RISK",
            ],
        ),
        (
            ["medium", "high", "low", "high"],
            [
                "Q1_BP01 && Q1_BP02 && Q1_BP03 && Q1_BP04 && !Q1_no",
                "Q1_BP02 && Q1_BP04 && !Q1_no",
                "default HIGH_RISK",
            ],
        ),
        (
            ["high", "medium"],
            ["Q1_BP01 && Q1_BP02 && !Q1_no", "Q1_BP01 && !Q1_no", "default HIGH_RISK"],
        ),
        (
            ["low", "medium"],
            ["Q1_BP01 && Q1_BP02 && !Q1_no", "(Q1_BP01 || Q1_BP02) && !Q1_no", "default HIGH_RISK"],
        ),
    ],
)
def test_writes_the_rules(risks: list[PracticeRisk], expected: list[str]) -> None:
    written = rules(practices(risks), "Q1_no")
    levels = ["NO_RISK", "MEDIUM_RISK", "HIGH_RISK"] if len(risks) > 1 else ["NO_RISK", expected[-1].split()[1]]
    assert [rule.risk for rule in written] == levels
    assert [str(rule.condition) for rule in written[:-1]] == expected[:-1]
    assert written[-1].condition == Default()


def test_a_question_without_practices_has_no_rules() -> None:
    with pytest.raises(ValueError, match="Q1_no has no practices"):
        rules({}, "Q1_no")


def said(risks: dict[str, PracticeRisk], selected: tuple[str, ...]) -> Level:
    """Semantics in words, by counting."""
    missing = [risk for practice, risk in risks.items() if practice not in selected]
    if not missing and "Q1_no" not in selected:
        return "none"
    if len(risks) == 1:
        return "high" if "high" in risks.values() else "medium"
    if "Q1_no" in selected:
        return "high"
    values = set(risks.values())
    if "high" not in values:
        return "medium" if len(missing) < len(risks) else "high"
    if values == {"high"}:
        return "medium" if len(missing) == 1 else "high"
    return "high" if "high" in missing else "medium"


@given(RISKS)
def test_rules_mean_what_is_said(risks: list[PracticeRisk]) -> None:
    named = practices(risks)
    written = rules(named, "Q1_no")
    for selected in selections((*named, "Q1_no")):
        assert level(written, selected) == said(named, selected)


@given(RISKS)
def test_one_practice_more_never_worsens_and_none_never_helps(risks: list[PracticeRisk]) -> None:
    named = practices(risks)
    written = rules(named, "Q1_no")
    worst = level(written, ())
    for selected in selections(tuple(named)):
        now = SEVERITY[level(written, selected)]
        assert all(SEVERITY[level(written, {*selected, more})] <= now for more in named)
        assert level(written, (*selected, "Q1_no")) == worst


@given(st.integers(2, 7), st.data())
def test_with_choices_not_applicable_all_but_one_is_never_laxer(count: int, data: st.DataObject) -> None:
    named = practices(["high"] * count)
    removed = data.draw(st.sets(st.sampled_from(tuple(named)), max_size=count - 1))
    selected = data.draw(st.sets(st.sampled_from(tuple(named))))
    rest = {practice: risk for practice, risk in named.items() if practice not in removed}
    real, ideal = level(rules(named, "Q1_no"), selected, removed), level(rules(rest, "Q1_no"), selected)
    assert SEVERITY[real] >= SEVERITY[ideal]


def test_the_largest_questions_stay_short() -> None:
    mixed: dict[str, PracticeRisk] = {
        f"MLCOST04_BP{n:02}": "high" if n in {6, 13, 14} else "medium" for n in range(1, 15)
    }
    high: dict[str, PracticeRisk] = {f"MLPERF06_BP{n:02}": "high" for n in range(1, 7)}
    lengths = [
        max(len(str(rule.condition)) for rule in rules(named, none))
        for named, none in ((mixed, "MLCOST04_no"), (high, "MLPERF06_no"))
    ]
    assert max(lengths) <= 342, lengths


# ---------------------------------------------------------------------------------------------------------------- level


def test_rules_are_tried_in_order() -> None:
    tried = [RiskRule(parse("a"), "HIGH_RISK"), RiskRule(Default(), "NO_RISK")]
    assert (level(tried, {"a"}), level(tried, ())) == ("high", "none")


def test_no_rule_that_holds_is_an_error() -> None:
    with pytest.raises(ValueError, match="add a last rule with the condition `default`"):
        level([RiskRule(parse("a"), "NO_RISK")], ())


def test_explains_what_decides_and_what_would_change_it() -> None:
    written = rules(practices(["high", "high", "medium"]), "Q1_no")
    choices = ("Q1_BP01", "Q1_BP02", "Q1_BP03", "Q1_no")
    told = explain(written, choices, {"Q1_BP01"})
    assert str(told) == (
        "high: no better rule holds\n"
        "not none: Q1_BP02, Q1_BP03\n"
        "not medium: Q1_BP02\n"
        "changing Q1_BP02 alone gives medium"
    )
    told = explain(written, choices, {"Q1_BP01", "Q1_BP02"})
    assert str(told) == (
        "medium: Q1_BP01, Q1_BP02, !Q1_no\n"
        "not none: Q1_BP03\n"
        "changing Q1_BP01 alone gives high\n"
        "changing Q1_BP02 alone gives high\n"
        "changing Q1_BP03 alone gives none\n"
        "changing Q1_no alone gives high"
    )
    told = explain(written, choices, {"Q1_BP01", "Q1_BP02", "Q1_no"}, {"Q1_BP03"})
    assert (
        str(told) == "high: no better rule holds\nnot none: !Q1_no\nnot medium: !Q1_no\nchanging Q1_no alone gives none"
    )


def test_explains_what_is_negated() -> None:
    tried = [RiskRule(parse("!(a || !b)"), "NO_RISK"), RiskRule(Default(), "HIGH_RISK")]
    assert str(explain(tried, (), {"a"})) == "high: no better rule holds\nnot none: !a"
    assert str(explain(tried, (), {"b"})) == "none: !a, b"
    tried = [RiskRule(parse("(a && b) || c"), "NO_RISK"), RiskRule(Default(), "HIGH_RISK")]
    assert str(explain(tried, (), {"c"})) == "none: c"
    assert str(explain(tried, (), (), {"a"})) == "high: no better rule holds\nnot none: b, c"


def test_choices_in_a_condition() -> None:
    assert choices_in(parse("(a && !b) || a")) == {"a", "b"}
    assert choices_in(Default()) == frozenset()
