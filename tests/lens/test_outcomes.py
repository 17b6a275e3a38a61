"""Truth tables as bits, against a plain walk over all selections."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mllens.lens import RiskRule, evaluate, level
from mllens.lens.outcomes import table
from mllens.lens.risk import SEVERITY, Default, Every, Not, Some, Term, Ticked

IDS = ("a1", "b2", "c3", "q_no")
TERMS = st.recursive(
    st.sampled_from(IDS).map(Ticked),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Every(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Some(tuple(terms))),
    ),
    max_leaves=8,
)
ALL = [frozenset(chosen) for size in range(5) for chosen in itertools.combinations(IDS, size)]


@given(TERMS, TERMS)
def test_agrees_with_evaluating_each_selection(best: Term, middle: Term) -> None:
    rules = (RiskRule(best, "NO_RISK"), RiskRule(middle, "MEDIUM_RISK"), RiskRule(Default(), "HIGH_RISK"))
    told = table(IDS, rules)
    levels = {chosen: SEVERITY[level(rules, chosen)] for chosen in ALL}
    asked = ALL[1:]
    assert {SEVERITY[name] for name in told.levels()} == {levels[chosen] for chosen in asked}
    for number, risk in enumerate((0, 1, 2)):
        assert told.reachable(number) is any(levels[chosen] == risk for chosen in asked)
    for id_ in IDS:
        assert told.has_effect(id_) is any(levels[chosen] != levels[chosen | {id_}] for chosen in ALL)
        found = told.worsened_by(id_)
        assert (found is not None) is any(levels[chosen | {id_}] > levels[chosen] for chosen in asked)
        if found is not None:
            assert levels[frozenset(found) | {id_}] > levels[frozenset(found)]
    eased = told.eased_despite("q_no")
    alone = levels[frozenset({"q_no"})]
    assert (eased is not None) is any("q_no" in chosen and levels[chosen] < alone for chosen in ALL)


@given(TERMS)
def test_gives_a_selection_that_no_rule_decides(only: Term) -> None:
    found = table(IDS, (RiskRule(only, "NO_RISK"),)).undecided()
    assert (found is not None) is any(not evaluate(only, chosen) for chosen in ALL[1:])
    assert found is None or not evaluate(only, found)
