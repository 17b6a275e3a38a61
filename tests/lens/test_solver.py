"""The cheapest way out of a high risk, against trying every set."""

import itertools
from collections.abc import Collection, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.lens import RiskRule, level, load, parse, rules
from mllens.lens.risk import Default, Every, Not, PracticeRisk, Some, Term, Ticked
from mllens.lens.solver import Start, cheapest, shortest

IDS = ("a1", "b2", "c3", "d4")
TERMS = st.recursive(
    st.sampled_from(IDS).map(Ticked),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Every(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Some(tuple(terms))),
    ),
    max_leaves=8,
)
COSTS = st.fixed_dictionaries({id_: st.integers(1, 5) for id_ in IDS})
RISKS: st.SearchStrategy[list[PracticeRisk]] = st.lists(
    st.sampled_from(["high", "medium", "low"]), min_size=1, max_size=7
)


def subsets(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(ids) + 1):
        yield from itertools.combinations(ids, size)


def clearing(
    written: Sequence[RiskRule], ids: Sequence[str], met: Collection[str], removed: Collection[str]
) -> list[tuple[str, ...]]:
    """Every set that clears the high risk, by trying all."""
    return [chosen for chosen in subsets(ids) if level(written, {*met, *chosen}, removed) != "high"]


@given(TERMS, TERMS, COSTS, st.sets(st.sampled_from(IDS)), st.sets(st.sampled_from(IDS), max_size=2))
def test_no_set_is_cheaper_whatever_the_rules(
    best: Term, middle: Term, cost: dict[str, int], met: set[str], removed: set[str]
) -> None:
    written = (RiskRule(best, "NO_RISK"), RiskRule(middle, "MEDIUM_RISK"), RiskRule(Default(), "HIGH_RISK"))
    candidates = [id_ for id_ in IDS if id_ not in met and id_ not in removed]
    found = cheapest(written, candidates, cost, met=met, not_applicable=removed)
    every = clearing(written, candidates, met, removed)
    if found is None:
        assert every == []
    else:
        assert found in every
        assert min((sum(cost[id_] for id_ in chosen), len(chosen), chosen) for chosen in every)[2] == found


@given(RISKS, st.data())
def test_by_derived_rules_the_cheapest_is_the_smallest_too(risks: list[PracticeRisk], data: st.DataObject) -> None:
    named = {f"Q1_BP{number:02}": risk for number, risk in enumerate(risks, 1)}
    written = rules(named, "Q1_no")
    removed = data.draw(st.sets(st.sampled_from(tuple(named)), max_size=len(named) - 1))
    met = data.draw(st.sets(st.sampled_from(tuple(named)))) - removed
    cost = {id_: data.draw(st.integers(1, 9)) for id_ in named}
    candidates = [id_ for id_ in named if id_ not in met and id_ not in removed]
    found = cheapest(written, candidates, cost, met=met, not_applicable=removed)
    assert found is not None
    assert len(found) == min(map(len, clearing(written, candidates, met, removed)))


@pytest.mark.parametrize(
    ("text", "met", "cost", "expected"),
    [
        ("a1 || b2", "", {"a1": 2, "b2": 1}, ("b2",)),
        ("a1 || b2", "", {"a1": 1, "b2": 1}, ("a1",)),  # ties by id
        ("a1 || (b2 && c3)", "", {"a1": 2, "b2": 1, "c3": 1}, ("a1",)),  # as cheap, and smaller
        ("a1 || (b2 && c3)", "", {"a1": 3, "b2": 1, "c3": 1}, ("b2", "c3")),
        ("a1 || (b2 && c3)", "c3", {"a1": 3, "b2": 4}, ("a1",)),
        ("a1 && b2", "a1", {"b2": 7}, ("b2",)),
        ("a1", "a1", {"b2": 7}, ()),  # nothing to clear
        ("!a1", "a1", {"b2": 1}, None),
    ],
)
def test_chooses(text: str, met: str, cost: dict[str, int], expected: tuple[str, ...] | None) -> None:
    written = (RiskRule(parse(text), "NO_RISK"), RiskRule(Default(), "HIGH_RISK"))
    assert cheapest(written, cost, cost, met=met.split()) == expected


def test_what_does_not_apply_need_not_be_met() -> None:
    written = rules({"a1": "high", "b2": "high", "c3": "medium"}, "q_no")
    assert cheapest(written, ["b2", "c3"], {"b2": 5, "c3": 1}, not_applicable={"a1"}) == ("b2",)


def test_another_level_can_be_cleared() -> None:
    written = rules({"a1": "high", "b2": "medium"}, "q_no")
    assert cheapest(written, ["a1", "b2"], {"a1": 1, "b2": 1}, clear="medium") == ("a1", "b2")


def test_a_practice_without_cost_is_an_error() -> None:
    written = (RiskRule(Default(), "HIGH_RISK"),)
    with pytest.raises(KeyError, match="b2"):
        cheapest(written, ["a1", "b2"], {"a1": 1})
    with pytest.raises(ValueError, match="the cost of b2 is 0 and must be above zero"):
        cheapest(written, ["a1", "b2"], {"a1": 1, "b2": 0})


# ------------------------------------------------------------------------------------------------------- whole lens

OURS = load().questions


def test_lists_the_cheapest_first() -> None:
    cost = dict.fromkeys(load().choices, 3) | {"MLREL04_BP02": 1, "MLSUS03_BP01": 2}
    starts = [Start.of(OURS["MLCOST04"], met=["MLCOST04_BP01"]), Start.of(OURS["MLREL04"])]
    # MLCOST04 rates three of fourteen practices high, MLREL04 both of two: one of those is enough
    assert shortest(starts, cost) == ("MLREL04_BP02", "MLCOST04_BP06", "MLCOST04_BP13", "MLCOST04_BP14")


def test_clears_the_whole_lens_and_each_practice_of_the_list_is_needed() -> None:
    starts = [Start.of(question) for question in OURS.values()]
    chosen = set(shortest(starts, dict.fromkeys(load().choices, 1)))
    for start in starts:
        ids = [choice.id for choice in start.question.choices]
        ours = chosen.intersection(ids)
        assert level(start.question.rules, ours) != "high"
        assert all(level(start.question.rules, ours - {id_}) == "high" for id_ in ours)


def test_what_is_not_high_needs_nothing() -> None:
    (pair,) = [Start.of(OURS["MLREL04"], met=["MLREL04_BP01"])]
    assert (pair.level, pair.open) == ("medium", ("MLREL04_BP02",))
    assert shortest([pair], {"MLREL04_BP02": 1}) == ()


def test_none_of_these_goes_with_the_first_practice() -> None:
    question = next(q for q in OURS.values() if len({c.risk for c in q.choices}) > 1)
    high = [c.id for c in question.choices if c.risk == "high"]
    lesser = [c.id for c in question.choices if c.risk != "high"]
    # nothing that rates high applies: nothing ticked is a medium risk, "None of these" a high one
    assert Start.of(question, not_applicable=high).level == "medium"
    start = Start.of(question, met=[question.none], not_applicable=high)
    assert start.level == "high"
    cost = dict.fromkeys(lesser, 2) | {lesser[-1]: 1}
    assert shortest([start], cost) == (lesser[-1],)
    whole = Start.of(question, met=[question.none])
    assert shortest([whole], dict.fromkeys(start.open, 1) | dict.fromkeys(high, 1)) == tuple(high)
