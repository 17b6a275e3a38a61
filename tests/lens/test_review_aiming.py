"""Evidence for our practices as evidence for another lens: the fold of several into one, and the risk by its rules."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.lens import answer, load
from mllens.lens.answers import PracticeState
from mllens.lens.risk import RiskRule, parse
from mllens.lens.target import Place, Target, responsible_ai
from mllens.lens.watool import Aim, Case, Found, Unfit, aimed, evident_risk, folded

STATES = ("proven", "attested", "partial", "disproven", "conflict", "unknown", "supported", "not_applicable")
OUT = "out of scope, accepted by Grace until 2027-10-01 (w.yaml)"


def found(choice, state, **more):
    given = {"met": 1, "of": 2, "unknown": 3, "waived": 1, "complete": True, "stated": (), "evidence": "ev:a", **more}
    return Found(choice=choice, state=state, **given)


def case(question, *given, none=False, risk="high"):
    return Case(question=question, found=given, none=none, risk=risk)


# ------------------------------------------------------------------------------------------------------------- the fold

PAIRS = """
    proven     proven      proven        proven     attested    attested      proven     partial     partial
    proven     disproven   partial       proven     conflict    conflict      proven     unknown     unknown
    proven     supported   supported     proven     not_applicable proven     attested   attested    attested
    attested   partial     partial       attested   disproven   partial       attested   conflict    conflict
    attested   unknown     unknown       attested   supported   supported     attested   not_applicable attested
    partial    partial     partial       partial    disproven   partial       partial    conflict    conflict
    partial    unknown     partial       partial    supported   partial       partial    not_applicable partial
    disproven  disproven   disproven     disproven  conflict    conflict      disproven  unknown     disproven
    disproven  supported   disproven     disproven  not_applicable disproven  conflict   conflict    conflict
    conflict   unknown     conflict      conflict   supported   conflict      conflict   not_applicable conflict
    unknown    unknown     unknown       unknown    supported   unknown       unknown    not_applicable unknown
    supported  supported   supported     supported  not_applicable supported
    not_applicable not_applicable not_applicable
"""
WORDS = PAIRS.split()
TABLE = {(one, other): both for one, other, both in zip(WORDS[::3], WORDS[1::3], WORDS[2::3], strict=True)}


def test_the_table_of_pairs_is_whole():
    assert set(TABLE) == set(combinations_with_replacement(STATES, 2))


@pytest.mark.parametrize(("pair", "both"), TABLE.items())
def test_two_practices_that_one_choice_asks_for(pair, both):
    one, other = (found(name, state) for name, state in zip("ab", pair, strict=True))
    assert folded("safe", [one, other]).state == folded("safe", [other, one]).state == both


@given(states=st.lists(st.sampled_from(STATES), min_size=2, max_size=6))
def test_all_met_is_met_and_any_against_is_against(states):
    both = folded("safe", [found(f"p{number}", state) for number, state in enumerate(states)])
    against = not {"partial", "disproven", "conflict"}.isdisjoint(states)
    met = {"proven", "attested"} >= set(states) - {"not_applicable"} != set()
    assert both.wanted == ("UNSELECTED" if against else "SELECTED" if met else None)


def test_counts_add_up_and_all_is_named():
    one = found("a", "partial", stated=("waived by Bob",), complete=False)
    both = folded("safe", [one, found("b", "proven", stated=("waived by Bob",), evidence="ev:b")])
    assert (both.met, both.of, both.unknown, both.waived, both.complete) == (2, 4, 6, 2, False)
    assert both.stated == ("waived by Bob",)
    assert both.evidence.startswith("ev:")
    assert both.evidence != folded("safe", [one, found("b", "proven", evidence="ev:c")]).evidence


def test_one_practice_is_told_as_it_is():
    alone = found("a", "partial", ruled_out=OUT)
    assert folded("safe", [alone]) == alone.model_copy(update={"choice": "safe"})


def test_a_choice_is_ruled_out_only_if_all_that_it_asks_for_is():
    out, other = found("a", "disproven", ruled_out=OUT), found("b", "proven", ruled_out=OUT)
    both = folded("safe", [out, other])
    assert (both.wanted, both.ruled_out, both.state, both.contradicted) == ("NOT_APPLICABLE", OUT, "partial", True)
    rest = folded("safe", [out, found("b", "proven")])
    assert (rest.wanted, rest.ruled_out, rest.met, rest.of) == ("SELECTED", "", 1, 2)
    assert rest.stated == (
        f"a ruled out; 2 resources say that it applies; disproven (1 of 2 met, 3 unknown, 1 waived); {OUT}",
    )
    mixed = folded("safe", [out, found("b", "not_applicable")])
    assert (mixed.wanted, mixed.ruled_out, mixed.state) == (None, "", "not_applicable")


# ----------------------------------------------------------------------------------------------------------- the mapping

THERE = {"Q1": ("safe", "shared", "Q1_no"), "Q2": ("shared",), "Q3": ("tested",)}
TARGET = Target({Place("Q1", "safe"): ("a", "b"), Place("Q1", "shared"): ("c",), Place("Q2", "shared"): ("a",)})


def test_evidence_reaches_the_questions_that_are_mapped():
    made = aimed(
        [case("X", found("a", "proven"), found("b", "unknown")), case("Y", found("c", "proven"))], TARGET, THERE
    )
    assert [(c.question, [(f.choice, f.state) for f in c.found]) for c in made] == [
        ("Q1", [("safe", "unknown"), ("shared", "proven")]),
        ("Q2", [("shared", "proven")]),
    ]
    with pytest.raises(Unfit, match="The assessment does not speak of c, which the mapping names"):
        aimed([case("X", found("a", "proven"), found("b", "unknown"))], TARGET, THERE)


@pytest.mark.parametrize(
    ("states", "changes", "certain"),
    [
        ("ddd", {}, True),
        ("ddp", {}, False),
        ("ddn", {}, True),
        ("dud", {}, False),
        ("nnn", {}, False),
        ("ddd", {"complete": False}, False),
        ("ddd", {"ruled_out": OUT}, False),
    ],
)
def test_none_is_certain_where_all_that_applies_is_disproven(states, changes, certain):
    words = {"d": "disproven", "p": "partial", "n": "not_applicable", "u": "unknown"}
    given = [found(name, words[state], **changes) for name, state in zip("abc", states, strict=True)]
    (first, _) = aimed([case("X", *given)], TARGET, THERE)
    assert first.none == certain
    wider = THERE | {"Q1": ("safe", "shared", "other", "Q1_no")}
    assert not aimed([case("X", *given)], TARGET, wider)[0].none


def test_a_mapping_is_pinned_and_named_where_it_is_wrong():
    aim = Aim("to-house.toml", "[practices]\nMLREL04_BP02 = ['safe', 'Q2/shared']\n")
    assert aim.at(THERE).practices == {
        Place("Q1", "safe"): ("MLREL04_BP02",),
        Place("Q2", "shared"): ("MLREL04_BP02",),
    }
    assert len(aim.sha256) == 64
    with pytest.raises(Unfit, match=r"^to-house.toml: practices.MLREL04_BP02: the other lens has no choice safe"):
        aim.at({"Q2": ("shared",)})


def test_ours_reach_the_responsible_ai_lens_by_their_own_word():
    named = {name.replace("-", "_") for choice in load().choices.values() for name in choice.rai}
    there = {question: tuple(n for n in sorted(named) if n.startswith(question)) for question in {n[:7] for n in named}}
    target = Aim("responsible-ai", responsible_ai()).at(there)
    assert {place.choice for place in target.practices} == named
    assert "MLRAI01_BP01" in target.practices[Place("RAIBR02", "RAIBR02_BP01")]


# -------------------------------------------------------------------------------------------------------------- the risk


@given(data=st.data())
def test_the_risk_by_evidence_is_the_assessment_s(data):
    question = data.draw(st.sampled_from(list(load().questions.values())))
    states, complete = {}, data.draw(st.booleans())
    for choice in question.choices:
        state = data.draw(st.sampled_from(STATES))
        states[choice.id] = PracticeState(
            choice.id, state, met=0, of=1, unknown=0, met_with_waivers=0, hints_for=0, hints_against=0, complete=complete,
            heard=state != "unknown", attestation=None,
        )  # fmt: skip
    said = answer(question, states)
    given = [found(id_, state.state) for id_, state in states.items()]
    made = case(question.id, *given, none=question.none in said.selected, risk=said.risk)
    choices = (*states, question.none)
    assert evident_risk(made, choices, {question.id: question.rules}) == said.risk


def rules(*conditions):
    levels = ("NO_RISK", "MEDIUM_RISK", "HIGH_RISK")
    return {"Q": tuple(RiskRule(parse(c), risk) for c, risk in zip(conditions, levels, strict=True))}


OTHER = rules("a && b", "a || b", "default")


@pytest.mark.parametrize(
    ("a", "b", "risk"),
    [
        ("proven", "attested", "none"),
        ("proven", "partial", "medium"),
        ("proven", "unknown", "undetermined"),
        ("proven", "not_applicable", "none"),
        ("disproven", "disproven", "high"),
        ("unknown", "unknown", "unanswered"),
        ("not_applicable", "not_applicable", "not_applicable"),
    ],
)
def test_the_risk_by_another_lens_s_rules(a, b, risk):
    made = case("Q", found("a", a), found("b", b, ruled_out=OUT), risk="")
    assert evident_risk(made, ("a", "b"), OTHER) == risk
    assert evident_risk(made, ("a", "b"), None) is None
    assert evident_risk(made, ("a", "b"), {}) is None


def test_a_choice_that_nothing_is_mapped_to_leaves_the_risk_open():
    made = case("Q", found("a", "proven"), risk="")
    assert evident_risk(made, ("a", "b", "Q_no"), OTHER) == "undetermined"
    assert evident_risk(made, ("a", "b"), {"Q": OTHER["Q"][:1]}) is None
