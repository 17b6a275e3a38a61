"""From findings to answers."""

import itertools
from datetime import date
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mllens.lens import (
    Attestation,
    Choice,
    Counts,
    Evidence,
    PracticeState,
    Question,
    Tally,
    answer,
    fold,
    tally,
)
from mllens.lens.answers import Outcome, Relation, State
from mllens.lens.model import DecidedBy
from mllens.lens.risk import SEVERITY, PracticeRisk

SOMEONE = Attestation("Ada", date(2026, 1, 1), date(2026, 12, 31), "Reviewed with the owners.")


def practice(number: int = 1, decided_by: DecidedBy = "api", risk: PracticeRisk = "high", beyond: str = "") -> Choice:
    return Choice(
        id=f"MLX01_BP{number:02}",
        title="Do it",
        risk=risk,
        decided_by=decided_by,
        beyond=beyond,
        why="Else it fails.",
        seen="Look.",
        ask="Do you?",
        improve="Do.",
        url=None,
        more=(),
        rai=(),
        ml=(),
    )


def question(*choices: Choice) -> Question:
    return Question("MLX01", "deployment", None, "How?", "Why.", None, choices)


def counts(letters: str, *, waived: bool = False) -> Counts:
    return Counts(
        passed=letters.count("p"),
        failed=letters.count("f"),
        unknown=letters.count("u"),
        not_applicable=letters.count("n"),
        waived=letters.count("f") if waived else 0,
    )


# Outcomes that occur among the findings of rules that prove (p pass, f fail, u unknown, n not applicable), then the
# state where the API alone decides and where it does not, without and with an attestation. What hints say is no matter.
PROVED = """
p     proven          supported       proven          attested
f     disproven       disproven       conflict        conflict
u     unknown         unknown         attested        attested
n     not_applicable  not_applicable  not_applicable  not_applicable
pf    partial         partial         conflict        conflict
pu    unknown         unknown         attested        attested
pn    proven          supported       proven          attested
fu    disproven       disproven       conflict        conflict
fn    disproven       disproven       conflict        conflict
un    unknown         unknown         attested        attested
pfu   partial         partial         conflict        conflict
pfn   partial         partial         conflict        conflict
pun   unknown         unknown         attested        attested
fun   disproven       disproven       conflict        conflict
pfun  partial         partial         conflict        conflict
"""
# Outcomes among rules that support, where no rule that proves found anything; the state without and with attestation.
HINTED = """
-     unknown    attested
p     supported  attested
f     unknown    attested
u     unknown    attested
n     unknown    attested
pf    unknown    attested
pu    unknown    attested
pn    supported  attested
fu    unknown    attested
fn    unknown    attested
un    unknown    attested
pfu   unknown    attested
pfn   unknown    attested
pun   unknown    attested
fun   unknown    attested
pfun  unknown    attested
"""
COMBINATIONS = ["".join(c) for size in range(5) for c in itertools.combinations("pfun", size)]
DECIDED: tuple[DecidedBy, ...] = ("api", "api-and-answer", "answer")


def table() -> dict[tuple[str, str, DecidedBy, bool], str]:
    expected: dict[tuple[str, str, DecidedBy, bool], str] = {}
    for line in PROVED.split("\n")[1:-1]:
        proves, alone, together, alone_attested, together_attested = line.split()
        for hints in COMBINATIONS:
            expected[proves, hints, "api", False] = alone
            expected[proves, hints, "api", True] = alone_attested
            for decided in DECIDED[1:]:
                expected[proves, hints, decided, False] = together
                expected[proves, hints, decided, True] = together_attested
    for line in HINTED.split("\n")[1:-1]:
        hints, said, attested = line.split()
        for decided in DECIDED:
            expected["", hints.strip("-"), decided, False] = said
            expected["", hints.strip("-"), decided, True] = attested
    return expected


def test_the_truth_table_is_full() -> None:
    assert table().keys() == set(itertools.product(COMBINATIONS, COMBINATIONS, DECIDED, (False, True)))


@pytest.mark.parametrize("waived", [False, True])
def test_every_state(waived: bool) -> None:
    wrong = []
    for (proves, hints, decided, attested), expected in table().items():
        found = Tally(counts(proves, waived=waived), counts(hints, waived=waived), counts(proves, waived=waived))
        state = fold(found, practice(decided_by=decided), SOMEONE if attested else None)
        if state.state != expected:
            wrong.append((proves, hints, decided, attested, expected, state.state))
    assert wrong == []


def test_where_rules_see_a_part_only_they_prove_nothing_and_rule_nothing_out() -> None:
    wrong = []
    for proves, hints, _, attested in table():
        seen = "" if proves == "n" else proves
        expected = table()[seen, hints, "api-and-answer", attested]
        found = Tally(counts(proves), counts(hints), counts(proves))
        state = fold(found, practice(beyond="What no rule sees."), SOMEONE if attested else None)
        if state.state != expected:
            wrong.append((proves, hints, attested, expected, state.state))
    assert wrong == []


# ---------------------------------------------------------------------------------------------------------------- counts


def test_resources_count_once_by_their_worst_finding() -> None:
    found = tally(
        [
            Evidence("proves", "a", "pass", waived=False),
            Evidence("proves", "a", "fail", waived=False),
            Evidence("proves", "b", "pass", waived=False),
            Evidence("proves", "b", "unknown", waived=False),
            Evidence("proves", "c", "fail", waived=True),
            Evidence("proves", "d", "fail", waived=True),
            Evidence("proves", "d", "fail", waived=False),
            Evidence("proves", "e", "pass", waived=False),
            Evidence("proves", "e", "not_applicable", waived=False),
            Evidence("proves", "f", "not_applicable", waived=False),
            Evidence("supports", "a", "pass", waived=False),
            Evidence("supports", "g", "fail", waived=False),
        ]
    )
    assert found.proves == Counts(passed=3, failed=4, unknown=1, not_applicable=2, waived=2)
    assert found.supports == Counts(passed=1, failed=1)
    assert found.resources == Counts(passed=1, failed=3, unknown=1, not_applicable=1, waived=1)
    state = fold(found, practice(), None)
    assert state == PracticeState(
        practice="MLX01_BP01",
        state="partial",
        met=1,
        of=4,
        unknown=1,
        met_with_waivers=2,
        hints_for=1,
        hints_against=1,
        complete=False,
        heard=True,
        attestation=None,
    )


def test_one_resource_that_passes_one_rule_and_fails_another_is_partial() -> None:
    found = tally([Evidence("proves", "a", "pass", waived=False), Evidence("proves", "a", "fail", waived=False)])
    state = fold(found, practice(), None)
    assert (state.state, state.met, state.of) == ("partial", 0, 1)


def test_a_hint_against_shows_and_decides_nothing() -> None:
    state = fold(tally([Evidence("supports", "a", "fail", waived=False)]), practice(), None)
    assert (state.state, state.hints_against, state.of, state.heard) == ("unknown", 1, 0, True)
    both = [Evidence("proves", "a", "pass", waived=False), Evidence("supports", "a", "fail", waived=False)]
    state = fold(tally(both), practice(), None)
    assert (state.state, state.hints_against) == ("proven", 1)


def test_nothing_found_is_not_heard_and_an_attestation_is() -> None:
    assert not fold(tally(()), practice(), None).heard
    state = fold(tally(()), practice(decided_by="answer"), SOMEONE)
    assert (state.state, state.heard, state.attestation) == ("attested", True, SOMEONE)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="more waived than failed"):
        Counts(failed=1, waived=2)
    with pytest.raises(ValueError, match="below zero"):
        Counts(passed=-1)
    with pytest.raises(ValueError, match="a: a waiver accepts a fail, but the outcome is unknown"):
        tally([Evidence("proves", "a", "unknown", waived=True)])


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_an_attestation_holds_for_its_days(day: date, expected: bool) -> None:
    assert SOMEONE.holds(day) is expected


# ------------------------------------------------------------------------------------------------------------- questions

FOUND: dict[State, tuple[str, bool]] = {
    "proven": ("p", False),
    "partial": ("pf", False),
    "disproven": ("f", False),
    "not_applicable": ("n", False),
    "unknown": ("u", False),
    "attested": ("u", True),
    "conflict": ("f", True),
}


def in_state(choice: Choice, state: str) -> PracticeState:
    if state == "unheard":
        return fold(tally(()), choice, None)
    if state == "supported":
        return fold(Tally(Counts(), counts("p"), Counts()), choice, None)
    if state == "disproven in part":
        return fold(Tally(counts("fu"), Counts(), counts("fu")), choice, None)
    for name, (letters, attested) in FOUND.items():
        if name == state:
            found = fold(Tally(counts(letters), Counts(), counts(letters)), choice, SOMEONE if attested else None)
            assert found.state == name
            return found
    raise AssertionError(state)


# Practices' risks and states; then risk, best, worst, selected, undecided.
ANSWERS: list[tuple[str, str, str, str]] = [
    ("h h", "proven proven", "none none none", "1 2 |"),
    ("h h", "proven attested", "none none none", "1 2 |"),
    ("h h", "proven disproven", "medium medium medium", "1 |"),
    ("h h", "proven partial", "medium medium medium", "1 |"),
    ("h h", "proven conflict", "medium medium medium", "1 |"),
    ("h h", "proven unknown", "undetermined none medium", "1 | 2"),
    ("h h", "proven supported", "undetermined none medium", "1 | 2"),
    ("h h", "disproven unknown", "undetermined medium high", "| 2"),
    ("h h", "unknown unknown", "undetermined none high", "| 1 2"),
    ("h h", "unheard unheard", "unanswered none high", "| 1 2"),
    ("h h", "unheard unknown", "undetermined none high", "| 1 2"),
    ("h h", "unheard not_applicable", "undetermined none high", "| 1"),
    ("h h", "disproven disproven", "high high high", "no |"),
    ("h h", "disproven partial", "high high high", "|"),
    ("h h", "disproven conflict", "high high high", "|"),
    ("h h", "disproven,in,part disproven", "high high high", "|"),
    ("h h", "disproven not_applicable", "high high high", "no |"),
    ("h h", "proven not_applicable", "none none none", "1 |"),
    ("h h", "not_applicable not_applicable", "not_applicable none none", "|"),
    ("m", "disproven", "medium medium medium", "no |"),
    ("l", "unknown", "undetermined none medium", "| 1"),
    ("h", "unknown", "undetermined none high", "| 1"),
    ("h m", "disproven unknown", "high high high", "| 2"),
    ("h m", "disproven proven", "high high high", "2 |"),
    ("h m", "proven unknown", "undetermined none medium", "1 | 2"),
    ("m m m", "proven unknown disproven", "medium medium medium", "1 | 2"),
    ("m m", "disproven disproven", "high high high", "no |"),
    ("m m", "disproven not_applicable", "high high high", "no |"),
]
RISK_LETTERS: dict[str, PracticeRisk] = {"h": "high", "m": "medium", "l": "low"}


@pytest.mark.parametrize(("risks", "states", "levels", "choices"), ANSWERS)
def test_answers(risks: str, states: str, levels: str, choices: str) -> None:
    asked = question(*(practice(n, risk=RISK_LETTERS[letter]) for n, letter in enumerate(risks.split(), 1)))
    known = {
        choice.id: in_state(choice, state.replace(",", " "))
        for choice, state in zip(asked.choices, states.split(), strict=True)
    }
    got = answer(asked, known)
    selected, undecided = (
        tuple("MLX01_no" if item == "no" else f"MLX01_BP0{item}" for item in part.split())
        for part in choices.split("|")
    )
    assert f"{got.risk} {got.risk_best} {got.risk_worst}" == levels
    assert (got.selected, got.undecided) == (selected, undecided)


def test_a_practice_without_state_is_named() -> None:
    with pytest.raises(KeyError, match="MLX01_BP01"):
        answer(question(practice()), {})


LETTER: dict[str, Outcome] = {"p": "pass", "f": "fail", "u": "unknown", "n": "not_applicable"}
PRACTICES = st.tuples(
    st.sampled_from(["high", "medium", "low"]),
    st.sampled_from(DECIDED),
    st.text("pfun", max_size=4),
    st.text("pfun", max_size=2),
    st.booleans(),
)


@given(st.lists(PRACTICES, min_size=1, max_size=5), st.data())
def test_knowing_more_only_narrows(
    drawn: list[tuple[PracticeRisk, DecidedBy, str, str, bool]], data: st.DataObject
) -> None:
    asked = question(*(practice(n, decided, risk) for n, (risk, decided, *_) in enumerate(drawn, 1)))

    def look(*, reveal: bool) -> tuple[int, int]:
        states = {}
        for choice, (_, _, proves, hints, attested) in zip(asked.choices, drawn, strict=True):
            found = [
                Evidence(
                    relation,
                    f"{relation} {number}",
                    LETTER[data.draw(st.sampled_from("pfn")) if reveal and letter == "u" else letter],
                    waived=False,
                )
                for relation, letters in zip(get_args(Relation), (proves, hints), strict=True)
                for number, letter in enumerate(letters)
            ]
            states[choice.id] = fold(tally(found), choice, SOMEONE if attested else None)
        got = answer(asked, states)
        return SEVERITY[got.risk_best], SEVERITY[got.risk_worst]

    # a person's word stands until a finding contradicts it: there alone may more knowledge turn an answer
    assume(not any(attested and "u" in proves for _, _, proves, _, attested in drawn))
    best, worst = look(reveal=False)
    sharper, duller = look(reveal=True)
    assert best <= sharper <= duller <= worst
