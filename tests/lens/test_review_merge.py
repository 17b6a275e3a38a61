"""The merge of evidence with what people answered, choice by choice, and our block in the notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.lens.risk import RiskRule, level, parse
from mllens.lens.watool import Answer, Case, Consent, Found, Mark, Memory, merged, observed, predicted
from mllens.lens.watool.evidence import CLOSE, OPEN
from mllens.lens.watool.merge import Base, Pending
from mllens.lens.watool.notes import MAX_NOTES, noted

BLANK = Mark(status="UNSELECTED")
TICKED = Mark(status="SELECTED")
OURS = Mark(status="SELECTED", note="mllens: proven (2 of 2 met); ev:a")
AGREED = Consent(by="Ada", reason="was retired")
RULED_OUT = Mark(status="NOT_APPLICABLE", reason="OUT_OF_SCOPE", note="not here")


def found(choice="Q_a", state="proven", met=2, of=2, evidence="ev:a", **more):
    given = {"unknown": 0, "waived": 0, "complete": True, "stated": (), **more}
    return Found(choice=choice, state=state, met=met, of=of, evidence=evidence, **given)


def case(*given, none=False, risk="high"):
    return Case(question="Q", found=given or (found(),), none=none, risk=risk)


def live(notes="", applicable=True, risk="HIGH", **marks):
    given = {"Q_a": BLANK, "Q_no": BLANK} | marks
    return Answer(question="Q", marks=given, applicable=applicable, reason="NONE", notes=notes, risk=risk)


def row(case, answer, memory=None, choice="Q_a", **more):
    return next(r for r in merged(case, answer, observed(memory or Memory(), answer), **more) if r.choice == choice)


# --------------------------------------------------------------------------------------------------- a single choice


@pytest.mark.parametrize(
    ("state", "status"),
    [("proven", "SELECTED"), ("attested", "SELECTED"), ("partial", "UNSELECTED"), ("disproven", "UNSELECTED"),
     ("conflict", "UNSELECTED"), ("supported", None), ("unknown", None), ("not_applicable", None)],
)  # fmt: skip
def test_what_the_evidence_asks_for(state, status):
    assert found(state=state).wanted == status
    assert row(case(found(state=state)), live()).what == ("open" if status is None else "send")


def test_what_nobody_answered_is_written_with_its_evidence():
    assert row(case(), live()).wanted == OURS
    partial = found(state="partial", met=7, of=9, unknown=1, waived=1)
    assert row(case(partial), live()).wanted == Mark(
        status="UNSELECTED", note="mllens: partial (7 of 9 met, 1 unknown, 1 waived); ev:a"
    )


def test_who_vouches_is_noted_as_far_as_there_is_room():
    said = ("attested by Ada on 2026-10-01 until 2027-10-01", "https://example.com/" + "a" * 160, "waived by Bob")
    wanted = row(case(found(state="attested", stated=said, of=0)), live()).wanted
    assert wanted == Mark(
        status="SELECTED", note="mllens: attested; attested by Ada on 2026-10-01 until 2027-10-01; waived by Bob; ev:a"
    )
    short = row(case(found(state="attested", stated=(said[0], "https://example.com/a"), of=0)), live()).wanted
    assert short.note.endswith("until 2027-10-01; https://example.com/a; ev:a")


@pytest.mark.parametrize(
    ("mark", "state", "what", "wrong"),
    [
        (TICKED, "proven", "agreed", None),
        (TICKED, "disproven", "conflict", "over"),
        (TICKED, "unknown", "open", "unbacked"),
        (RULED_OUT, "disproven", "conflict", "over"),
        (RULED_OUT, "proven", "conflict", "under"),
        (RULED_OUT, "supported", "open", "unbacked"),
        (RULED_OUT, "not_applicable", "open", None),
        (Mark(status="UNSELECTED", note="no"), "proven", "conflict", "under"),
        (Mark(status="UNSELECTED", note="no"), "partial", "agreed", None),
    ],
)
def test_what_a_person_answered_stays(mark, state, what, wrong):
    said = row(case(found(state=state)), live(Q_a=mark))
    assert (said.author, said.what, said.wrong) == ("person", what, wrong)


OUT = "out of scope, accepted by Grace until 2027-10-01 (w.yaml)"


@pytest.mark.parametrize(
    ("mark", "state", "of", "what", "wrong"),
    [
        (RULED_OUT, "unknown", 0, "agreed", None),
        (RULED_OUT, "disproven", 2, "agreed", "contradicted"),
        (RULED_OUT, "proven", 2, "agreed", "contradicted"),
        (TICKED, "proven", 2, "conflict", None),
        (TICKED, "disproven", 2, "conflict", "over"),
        (TICKED, "unknown", 0, "conflict", "unbacked"),
        (Mark(status="UNSELECTED", note="no"), "unknown", 0, "conflict", None),
        (Mark(status="UNSELECTED", note="no"), "partial", 2, "conflict", "contradicted"),
        (BLANK, "partial", 2, "send", "contradicted"),
        (BLANK, "not_applicable", 0, "send", None),
    ],
)
def test_what_a_waiver_rules_out_does_not_apply_unless_a_person_says_so(mark, state, of, what, wrong):
    said = row(case(found(state=state, of=of, ruled_out=OUT)), live(Q_a=mark))
    assert (said.what, said.wrong, said.wanted.status, said.wanted.reason) == (
        what, wrong, "NOT_APPLICABLE", "OUT_OF_SCOPE",
    )  # fmt: skip


def test_who_rules_it_out_is_noted_before_all_else():
    long = found(state="disproven", met=0, ruled_out=OUT, stated=("waived by Bob", "x" * 200))
    note = row(case(long), live()).wanted.note
    assert note == (
        "mllens: ruled out; 2 resources say that it applies; disproven (0 of 2 met); out of scope, accepted by Grace until "
        "2027-10-01 (w.yaml); waived by Bob; ev:a"
    )
    assert len(row(case(found(of=0, ruled_out="x" * 300)), live()).wanted.note) == 250


def test_none_is_not_ticked_where_nothing_applies():
    out = found(state="disproven", met=0, ruled_out=OUT)
    assert row(case(out, none=True), live(), choice="Q_no").what == "agreed"
    other = found("Q_b", state="disproven", met=0)
    assert row(case(out, other, none=True), live(Q_b=BLANK), choice="Q_no").wanted.status == "SELECTED"
    assert row(case(found(ruled_out=OUT), other), live(Q_b=BLANK), choice="Q_no").what == "open"


BASE = Memory(bases={"Q_a": Base(held=OURS, author="mllens", asked=OURS)})


def test_what_is_ours_follows_the_evidence():
    assert row(case(), live(Q_a=OURS), BASE).what == "agreed"
    assert row(case(found(state="disproven")), live(Q_a=OURS), BASE).what == "send"


def test_what_the_tool_tidied_is_not_sent_again():
    tidied = OURS.model_copy(update={"note": ""})
    memory = Memory(bases={"Q_a": Base(held=tidied, author="mllens", asked=OURS)})
    assert row(case(), live(Q_a=tidied), memory).what == "agreed"


@pytest.mark.parametrize("mark", [BLANK, TICKED, RULED_OUT, OURS.model_copy(update={"note": "mine"})])
def test_what_a_person_changed_is_theirs_from_then_on(mark):
    after = observed(BASE, live(Q_a=mark))
    assert after.bases["Q_a"] == Base(held=mark, author="person")
    assert observed(after, live(Q_a=OURS)).bases["Q_a"].author == "person"


def test_agreement_does_not_change_who_said_it():
    agreed = observed(Memory(), live(Q_a=TICKED))
    assert row(case(), live(Q_a=TICKED), agreed).what == "agreed"
    assert row(case(found(state="disproven")), live(Q_a=TICKED), agreed).what == "conflict"


def test_a_box_left_empty_in_an_answered_question_is_an_answer():
    case_of_two = case(found(), found("Q_b"))
    said = merged(case_of_two, live(Q_a=BLANK, Q_b=TICKED), observed(Memory(), live(Q_a=BLANK, Q_b=TICKED)))
    assert [(r.choice, r.author, r.what) for r in said] == [
        ("Q_a", "person", "conflict"), ("Q_no", "person", "agreed"), ("Q_b", "person", "agreed"),
    ]  # fmt: skip


def test_a_mark_that_arrived_and_was_not_confirmed_is_ours():
    pending = Pending(marks={"Q_a": OURS}, bases={"Q_a": BASE.bases["Q_a"]}, block=None)
    assert observed(Memory(pending=pending), live(Q_a=OURS)) == BASE
    assert observed(Memory(pending=pending), live()) == Memory()
    assert observed(Memory(pending=pending), live(Q_a=TICKED)).bases["Q_a"].author == "person"


def test_consent_covers_the_choice_that_it_names():
    answer = live(Q_a=TICKED, Q_b=TICKED)
    two = case(found(state="disproven"), found("Q_b", state="disproven"))
    said = merged(two, answer, observed(Memory(), answer), accepted={"Q_a": AGREED})
    assert [(r.choice, r.what, r.consent) for r in said if r.choice != "Q_no"] == [
        ("Q_a", "send", AGREED), ("Q_b", "conflict", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "memory", "what"),
    [
        (live(), None, "send"),
        (live(notes="talked about it"), None, "withheld"),
        (live(Q_b=TICKED), None, "conflict"),
        (live(Q_a=OURS), BASE, "withheld"),
        (live(applicable=False), None, "conflict"),
    ],
)
def test_only_what_is_empty_is_filled_where_that_is_the_mode(answer, memory, what):
    failed = case(found(state="proven" if what == "conflict" else "disproven"))
    assert row(failed, answer, memory, mode="fill-empty").what == what
    assert row(failed, answer, memory, mode="own").what == ("conflict" if what == "conflict" else "send")


def test_consent_counts_in_every_mode():
    said = row(case(found(state="disproven")), live(Q_a=TICKED), mode="fill-empty", accepted={"Q_a": AGREED})
    assert said.what == "send"


def test_a_question_that_a_person_ruled_out_is_not_written_to():
    out = live(applicable=False, risk="NOT_APPLICABLE")
    assert row(case(found(state="disproven", met=0)), out, accepted={"Q_a": AGREED}).what == "conflict"
    assert row(case(found(state="disproven", met=0)), out).wrong == "over"
    assert row(case(found(state="attested", met=0, of=0)), out).what == "open"


# ------------------------------------------------------------------------------------------------- none of these


def test_none_is_ticked_when_all_is_disproven_for_certain():
    failed = found(state="disproven", met=0)
    assert row(case(failed, none=True), live(), choice="Q_no").wanted.status == "SELECTED"
    assert row(case(failed, none=False), live(), choice="Q_no").what == "open"
    assert row(case(failed, none=True), live(), choice="Q_no", tick_none=False).what == "open"


def test_none_is_unticked_when_something_is_practised():
    ticked = Mark(status="SELECTED", note="mllens: every practice that applies is disproven; ev:b")
    memory = Memory(bases={"Q_no": Base(held=ticked, author="mllens", asked=ticked)})
    assert row(case(found(state="partial")), live(Q_no=ticked), memory, "Q_no").wanted == BLANK
    assert row(case(found(state="partial")), live(Q_no=ticked), memory, "Q_no").what == "send"
    by_a_person = row(case(), live(Q_no=TICKED), None, "Q_no")
    assert (by_a_person.what, by_a_person.wrong) == ("conflict", "under")
    assert row(case(), live(), None, "Q_no").what == "agreed"


# -------------------------------------------------------------------------------------------------------- the note


def test_the_block_of_a_question():
    notes = noted("", "", case(found(), found("Q_b", state="unknown", met=0, of=0, unknown=3)))
    assert notes.notes == notes.block
    assert notes.notes.splitlines()[:-2] == [
        "--- mllens v1 (do not edit) ---",
        "1 of 2 practices decided. Risk by evidence: high.",
        "Q_a: proven (2 of 2 met)",
        "Q_b: unknown (3 unknown)",
    ]
    assert notes.notes.splitlines()[-1] == "--- end ---"


def test_nothing_is_noted_where_nothing_was_found():
    assert noted("", "", case(found(state="unknown"))).notes == ""


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=300)


@given(before=text, after=text, first=st.booleans())
def test_what_people_note_around_our_block_stays_to_the_byte(before, after, first):
    one, other = case(), case(found(state="disproven"))
    made = noted(before, "", one)
    assert made.notes.startswith(before)
    edited = (after if first else "") + made.notes + ("" if first else after)
    then = noted(edited, made.block, other)
    assert then.notes.removesuffix(after if not first else "").removeprefix(after if first else "").startswith(before)
    assert then.notes.replace(then.block, made.block) == edited
    assert noted(then.notes, then.block, other).notes == then.notes


@pytest.mark.parametrize("length", range(MAX_NOTES - 200, MAX_NOTES + 1, 7))
def test_people_have_the_room_and_we_what_is_left(length):
    human = "x" * length
    made = noted(human, "", case())
    assert made.notes.startswith(human)
    assert len(made.notes) <= MAX_NOTES
    assert (made.notes == human) == (made.left == "there is no room for a block in the note")
    short = f"\n\n{OPEN}\nevidence: {case().evidence}\n{CLOSE}"
    if length == MAX_NOTES - len(short):
        assert made.block == short


def test_what_a_service_may_count_twice_is_counted_twice():
    human = "\U0001f600" * (MAX_NOTES // 2)
    assert noted(human, "", case()).left == "there is no room for a block in the note"


@pytest.mark.parametrize("notes", ["", "mine", "{0}{0}", "x{0:.20}", f"{OPEN}\nof another ledger\n{CLOSE}"])
def test_a_block_that_somebody_touched_is_theirs(notes):
    block = noted("", "", case()).block
    given = notes.format(block)
    made = noted(given, "" if "another" in notes else block, case(found(state="disproven")))
    assert (made.notes, bool(made.left)) == (given, True)


# -------------------------------------------------------------------------------------------------------- the risk

RULES = tuple(
    RiskRule(parse(condition), risk)
    for condition, risk in (
        ("Q_a && Q_b && !Q_no", "NO_RISK"),
        ("Q_a && !Q_no", "MEDIUM_RISK"),
        ("default", "HIGH_RISK"),
    )
)


@pytest.mark.parametrize(
    ("marks", "risk"),
    [
        ({}, "UNANSWERED"),
        ({"Q_a": TICKED}, "MEDIUM"),
        ({"Q_a": TICKED, "Q_b": RULED_OUT}, "NONE"),
        ({"Q_a": RULED_OUT, "Q_b": RULED_OUT}, "NONE"),
        ({"Q_no": TICKED}, "HIGH"),
    ],
)
def test_the_risk_that_is_predicted(marks, risk):
    answer = live(**({"Q_b": BLANK} | marks))
    assert predicted(answer, RULES) == risk
    assert predicted(answer.model_copy(update={"applicable": False}), RULES) == "NOT_APPLICABLE"


def test_what_no_rule_decides_is_not_predicted():
    assert predicted(live(Q_a=TICKED), RULES[:1]) is None
    with pytest.raises(ValueError, match="no rule holds"):
        level(RULES[:1], ["Q_a"])
