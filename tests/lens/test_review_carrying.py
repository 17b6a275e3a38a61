"""A review carried out against a Tool of a few lines, with people at work between our calls, and with kills."""

import copy
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mllens.lens.watool import (
    Answer,
    Carrying,
    Case,
    Consent,
    Found,
    Ledger,
    LensReview,
    Mark,
    Refused,
    Rejected,
    Reviews,
    Unanswered,
    Unfit,
    dump_plan,
    load_plan,
    observed,
    plan_review,
)
from mllens.lens.watool.held import read
from mllens.sandbox import Sandbox

AGREED = Consent(by="Ada", reason="was retired")
BLANK = Mark(status="UNSELECTED")
CHOICES = ("_a", "_b", "_c", "_no")
QUESTIONS = ("Q01", "Q02")
STATES = ("proven", "partial", "disproven", "unknown", "attested", "supported", "not_applicable", "ruled out")


class Killed(BaseException):
    """The process ended."""


class Tool:
    """What the Tool does with answers; `before` and `after` are called around each call, with its name and number."""

    region = "eu-west-1"

    def __init__(self):
        self.answers = {q: _blank(q) for q in QUESTIONS}
        self.answered = 0
        self.calls = []
        self.before = self.after = lambda *_: None

    def _call(self, operation, effect):
        self.calls.append(operation)
        self.before(operation, len(self.calls))
        made = effect()
        self.after(operation, len(self.calls))
        self.answered += 1
        return copy.deepcopy(made)

    def review(self, workload, lens):
        return LensReview(lens, "A lens", "1", "CURRENT", None, None)

    def questions(self, workload, lens):
        return {question: tuple(question + choice for choice in CHOICES) for question in QUESTIONS}

    def answer(self, workload, lens, question):
        return self._call("GetAnswer", lambda: self.answers[question])

    def update(self, workload, lens, question, marks, notes):
        def effect():
            self.change(question, notes=notes, **marks)
            return self.answers[question]

        return self._call("UpdateAnswer", effect)

    def change(self, question, *, notes=None, **marks):
        old = self.answers[question]
        new = old.marks | marks
        assert new.keys() == old.marks.keys()
        self.answers[question] = old.model_copy(update={"marks": new, "notes": old.notes if notes is None else notes})

    @property
    def sent(self):
        return self.calls.count("UpdateAnswer")


def _blank(question):
    marks = {question + choice: BLANK for choice in CHOICES}
    return Answer(question=question, marks=marks, applicable=True, reason="NONE", notes="", risk="UNANSWERED")


class Workload:
    id, name = "0" * 32, "Estate"


def cases(states):
    """The evidence by question: a state for each of its practices; what is ruled out is not known by evidence."""
    return [
        Case(
            question=question,
            found=tuple(
                Found(
                    choice=question + choice,
                    state="unknown" if state == "ruled out" else state,
                    met=1,
                    of=2,
                    unknown=0,
                    waived=0,
                    complete=True,
                    evidence=f"ev:{state}",
                    stated=(),
                    ruled_out="out of scope, accepted by Grace" if state == "ruled out" else "",
                )
                for choice, state in zip(CHOICES, given, strict=False)
            ),
            none=set(given) == {"disproven"},
            risk="high",
        )
        for question, given in states.items()
    ]


class Desk:
    """Plans and applies, each time as a new process would."""

    def __init__(self, folder, tool=None, workload=Workload, lens="lens/1"):
        self.path = Path(folder) / "ledger.jsonl"
        self.tool, self.workload, self.lens = tool or Tool(), workload, lens

    @contextmanager
    def ledger(self):
        with Ledger(self.path, self.workload.id, self.lens) as ledger:
            yield ledger

    def plan(self, states, **more):
        with self.ledger() as ledger:
            source = ("2026-11-01T12:00:00Z", "0" * 64)
            return plan_review(self.tool, self.workload, self.lens, cases(states), ledger.look, source=source, **more)

    def _run(self, plan, how):
        with self.ledger() as ledger:
            outcomes = list(getattr(Carrying(self.tool, plan, ledger, sleep=lambda _: None), how)())
        return {o.question: o.word for o in outcomes}

    def apply(self, plan):
        return self._run(plan, "apply")

    def roll_back(self, plan):
        return self._run(plan, "roll_back")

    def verify(self, plan):
        return self._run(plan, "verify")

    def memories(self):
        with self.ledger() as ledger:
            return {q: ledger.memory(q) for q in QUESTIONS}


MIXED = {"Q01": ("proven", "partial", "unknown"), "Q02": ("disproven", "disproven", "disproven")}
FLIPPED = {"Q01": ("disproven", "proven", "proven"), "Q02": ("proven", "disproven", "unknown")}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def status(desk, question):
    return "".join(mark.status[0] for mark in desk.tool.answers[question].marks.values())


# ------------------------------------------------------------------------------------------------------ one after another


def test_what_is_planned_is_written_once(desk):
    plan = desk.plan(MIXED)
    assert desk.tool.sent == 0
    assert desk.apply(plan) == {"Q01": "done", "Q02": "done"}
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("SUUU", "UUUS")
    assert desk.verify(plan) == {"Q01": "done", "Q02": "done"}
    assert desk.apply(plan) == {"Q01": "unchanged", "Q02": "unchanged"}
    again = desk.plan(MIXED)
    assert [item.sends for item in again.items] == [False, False]
    assert desk.apply(again) == {}
    assert desk.tool.sent == 2


def test_what_is_ours_follows_the_evidence_and_is_taken_back(desk):
    desk.apply(desk.plan(MIXED))
    before = dict(desk.tool.answers)
    plan = desk.plan(FLIPPED)
    desk.apply(plan)
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("USSU", "SUUU")
    assert desk.roll_back(plan) == {"Q02": "done", "Q01": "done"}
    assert desk.tool.answers == before
    assert desk.roll_back(plan) == {}
    assert [item.sends for item in desk.plan(MIXED).items] == [False, False]


def test_what_a_waiver_rules_out_does_not_apply_as_long_as_it_counts(desk):
    desk.apply(desk.plan(MIXED))
    mine = Mark(status="SELECTED", note="we do this")
    desk.tool.change("Q02", Q02_b=mine)
    out = {"Q01": ("ruled out", "ruled out", "unknown"), "Q02": ("ruled out", "ruled out", "ruled out")}
    plan = desk.plan(out)
    assert [(r.choice, r.wrong) for r in plan.conflicts] == [("Q02_b", "unbacked")]
    desk.apply(plan)
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("NNUU", "NSNU")
    assert desk.tool.answers["Q01"].marks["Q01_a"] == Mark(
        status="NOT_APPLICABLE", reason="OUT_OF_SCOPE",
        note="mllens: ruled out; 2 resources say that it applies; unknown (1 of 2 met); out of scope, accepted by Grace; "
        "ev:ruled out",
    )  # fmt: skip
    assert not any(item.sends for item in desk.plan(out).items)
    expired = {"Q01": ("unknown", "proven", "unknown"), "Q02": ("not_applicable", "disproven", "partial")}
    then = desk.plan(expired)
    assert [(r.choice, r.wrong) for r in then.conflicts] == [("Q02_b", "over")]
    desk.apply(then)
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("USUU", "USUU")
    assert desk.tool.answers["Q02"].marks["Q02_b"] == mine
    assert not any(item.sends for item in desk.plan(expired).items)
    desk.roll_back(then)
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("NNUU", "NSNU")


def test_a_person_who_agrees_first_and_whose_evidence_flips_is_not_written_over(desk):
    theirs = Mark(status="SELECTED", note="seen it myself")
    desk.tool.change("Q01", Q01_a=theirs)
    desk.apply(desk.plan(MIXED))
    plan = desk.plan(FLIPPED)
    assert [(r.choice, r.wrong) for r in plan.conflicts if r.question == "Q01"] == [
        ("Q01_a", "over"), ("Q01_b", "under"), ("Q01_c", "under"),
    ]  # fmt: skip
    desk.apply(plan)
    assert desk.tool.answers["Q01"].marks["Q01_a"] == theirs
    assert status(desk, "Q01") == "SUUU"


def test_consent_is_for_one_choice_and_is_kept(desk):
    desk.tool.change("Q01", Q01_a=Mark(status="SELECTED"))
    with pytest.raises(Unfit, match="--accept-conflict Q01_b: there is no such conflict"):
        desk.plan({"Q01": ("disproven", "disproven", "unknown")}, accepted={"Q01_b": AGREED})
    plan = desk.plan(FLIPPED, accepted={"Q01_a": AGREED})
    desk.apply(plan)
    assert status(desk, "Q01") == "UUUU"
    with desk.ledger() as ledger:
        assert [line.consent for line in ledger.lines if line.consent] == [{"Q01_a": AGREED}]
    assert {r.choice for r in desk.plan(FLIPPED).conflicts} == {"Q01_b", "Q01_c"}
    desk.roll_back(plan)
    assert status(desk, "Q01") == "SUUU"
    assert "Q01_a" in {r.choice for r in desk.plan(FLIPPED).conflicts}


def test_what_is_filled_once_is_left_where_that_is_the_mode(desk):
    desk.tool.change("Q02", notes="talked about it")
    plan = desk.plan(MIXED, mode="fill-empty")
    assert [(r.question, r.choice) for r in plan.withheld] == [
        ("Q02", "Q02_a"), ("Q02", "Q02_b"), ("Q02", "Q02_c"), ("Q02", "Q02_no"),
    ]  # fmt: skip
    assert desk.apply(plan) == {"Q01": "done"}
    assert desk.tool.answers["Q02"] == _blank("Q02").model_copy(update={"notes": "talked about it"})
    then = desk.plan(FLIPPED, mode="fill-empty")
    assert not any(item.sends for item in then.items)
    assert {r.choice for r in then.withheld if r.question == "Q01"} == {"Q01_a", "Q01_b", "Q01_c"}
    desk.apply(desk.plan(FLIPPED))
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("USSU", "SUUU")


def test_what_changed_since_the_plan_is_left_alone(desk):
    plan = desk.plan(MIXED)
    desk.tool.change("Q01", Q01_c=Mark(status="SELECTED"))
    assert desk.apply(plan) == {"Q01": "skipped", "Q02": "done"}
    assert status(desk, "Q01") == "UUSU"


@pytest.mark.parametrize("when", ["before", "after"])
def test_somebody_at_work_meanwhile_stops_the_run(desk, when):
    plan = desk.plan(MIXED)
    mine = Mark(status="SELECTED", note="me")

    def meanwhile(operation, number):
        if operation == "UpdateAnswer":
            desk.tool.change("Q01", Q01_c=mine)

    setattr(desk.tool, when, meanwhile)
    assert desk.apply(plan) == {"Q01": "stopped"}
    assert desk.tool.answers["Q01"].marks["Q01_c"] == mine
    assert desk.memories()["Q01"].bases["Q01_a"].author == "mllens"
    desk.tool.before = desk.tool.after = lambda *_: None
    then = desk.plan(FLIPPED)
    assert [r.choice for r in then.conflicts if r.question == "Q01"] == []
    assert desk.memories()["Q01"].bases["Q01_c"].author == "person"


def test_one_bad_question_does_not_stop_the_rest(desk):
    plan = desk.plan(MIXED)

    def reject(operation, number):
        if operation == "UpdateAnswer" and desk.tool.sent == 1:
            raise Rejected("no")

    desk.tool.before = reject
    assert desk.apply(plan) == {"Q01": "failed", "Q02": "done"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [Unanswered, Refused])
def test_what_was_not_answered_is_looked_at_before_it_is_sent_again(desk, when, error):
    plan = desk.plan(MIXED)

    def lose(operation, number):
        if operation == "UpdateAnswer" and desk.tool.sent == 1:
            raise error("lost")

    setattr(desk.tool, when, lose)
    assert desk.apply(plan) == {"Q01": "done" if when == "before" else "unchanged", "Q02": "done"}
    assert desk.tool.sent == (3 if when == "before" else 2)
    assert [item.sends for item in desk.plan(MIXED).items] == [False, False]


def test_a_person_between_a_lost_answer_and_our_next_look_is_not_written_over(desk):
    plan = desk.plan(MIXED)
    mine = Mark(status="UNSELECTED", note="not so")

    def lose(operation, number):
        if desk.tool.sent == 1:
            desk.tool.change("Q01", Q01_a=mine)
            raise Unanswered("lost")

    desk.tool.after = lose
    with pytest.raises(Unanswered):
        desk.apply(plan)
    desk.tool.after = lambda *_: None
    assert desk.apply(plan) == {"Q01": "skipped", "Q02": "done"}
    assert desk.tool.answers["Q01"].marks["Q01_a"] == mine


def test_what_a_person_changed_since_is_not_rolled_back(desk):
    plan = desk.plan(MIXED)
    desk.apply(plan)
    mine = Mark(status="NOT_APPLICABLE", reason="OUT_OF_SCOPE", note="elsewhere")
    desk.tool.change("Q01", Q01_a=mine)
    desk.tool.change("Q02", notes="all mine")
    assert desk.roll_back(plan) == {"Q02": "skipped", "Q01": "skipped"}
    assert desk.tool.answers["Q01"].marks == _blank("Q01").marks | {"Q01_a": mine}
    assert desk.tool.answers["Q01"].notes == ""
    assert desk.tool.answers["Q02"] == _blank("Q02").model_copy(update={"notes": "all mine"})


def test_a_milestone_is_taken_once(desk):
    taken = []
    desk.tool.milestones = lambda _: tuple(taken)
    desk.tool.take_milestone = lambda _, name, __: taken.append(name)
    plan = desk.plan(MIXED)
    for _ in range(2):
        with desk.ledger() as ledger:
            assert Carrying(desk.tool, plan, ledger).milestone("before") == 1
    assert taken == ["before"]
    other = desk.plan(FLIPPED)
    with desk.ledger() as ledger, pytest.raises(Unfit, match="called before already"):
        Carrying(desk.tool, other, ledger).milestone("before")
    with desk.ledger() as ledger, pytest.raises(Unfit, match="'v2' is no name for a milestone"):
        Carrying(desk.tool, other, ledger).milestone("v2")
    taken += [str(number) for number in range(89)]
    with desk.ledger() as ledger, pytest.raises(Refused, match="90 milestones of at most 100"):
        Carrying(desk.tool, other, ledger).milestone("more")


# ------------------------------------------------------------------------------------------------------------ kills


RULED_OUT = {"Q01": ("ruled out", "proven", "unknown"), "Q02": ("ruled out", "disproven", "ruled out")}


def unbroken(tmp_path, how, before, after):
    desk = Desk(tmp_path)
    desk.tool.change("Q01", Q01_c=Mark(status="SELECTED", note="mine"), notes="a note")
    desk.apply(desk.plan(before))
    plan = desk.plan(after)
    if how == "roll_back":
        desk.apply(plan)
    desk.tool.calls.clear()
    return desk, plan


@pytest.mark.parametrize(("before", "then"), [(MIXED, FLIPPED), (MIXED, RULED_OUT), (RULED_OUT, FLIPPED)])
@pytest.mark.parametrize("how", ["apply", "roll_back"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_the_next_run_ends_as_an_unbroken_one(tmp_path, how, when, before, then):
    (tmp_path / "whole").mkdir()
    whole, plan = unbroken(tmp_path / "whole", how, before, then)
    getattr(whole, how)(plan)
    calls = len(whole.tool.calls)
    assert calls >= 4
    for call in range(1, calls + 1):
        folder = tmp_path / str(call)
        folder.mkdir()
        desk, plan = unbroken(folder, how, before, then)

        def kill(operation, number, call=call):
            if number == call:
                raise Killed

        setattr(desk.tool, when, kill)
        with pytest.raises(Killed):
            getattr(desk, how)(plan)
        desk.tool.before = desk.tool.after = lambda *_: None
        getattr(desk, how)(plan)
        assert desk.tool.answers == whole.tool.answers
        assert desk.memories() == whole.memories()
        assert getattr(desk, how)(plan).keys() <= {"Q01", "Q02"}
        assert desk.tool.answers == whole.tool.answers


def test_a_new_plan_after_a_kill_knows_what_was_ours(desk):
    def kill(operation, number):
        if operation == "UpdateAnswer":
            raise Killed

    plan = desk.plan(MIXED)
    desk.tool.after = kill
    with pytest.raises(Killed):
        desk.apply(plan)
    desk.tool.after = lambda *_: None
    then = desk.plan(FLIPPED)
    assert then.conflicts == ()
    desk.apply(then)
    assert (status(desk, "Q01"), status(desk, "Q02")) == ("USSU", "SUUU")


# ------------------------------------------------------------------------------------------------------- random people

NOTES = st.text(st.characters(codec="ascii", include_characters="\n"), max_size=12)
MARKS = st.builds(Mark, status=st.sampled_from(["SELECTED", "UNSELECTED", "NOT_APPLICABLE"]), note=NOTES)
EVIDENCE = st.fixed_dictionaries({q: st.tuples(*[st.sampled_from(STATES)] * 3) for q in QUESTIONS})
EDITS = st.dictionaries(st.tuples(st.sampled_from(QUESTIONS), st.sampled_from(CHOICES)), MARKS, max_size=3)
SPOKEN = st.dictionaries(st.sampled_from(QUESTIONS), st.tuples(NOTES, NOTES), max_size=1)
ROUND = st.fixed_dictionaries(
    {
        "evidence": EVIDENCE,
        "edits": EDITS,
        "notes": SPOKEN,
        "kill": st.none() | st.tuples(st.sampled_from(["before", "after"]), st.integers(1, 8)),
        "resume": st.booleans(),
        "mode": st.sampled_from(["own", "fill-empty"]),
        "meanwhile": EDITS,
        "consent": st.booleans(),
        "roll_back": st.booleans(),
    }
)


class People:
    """Who edit answers and notes, and remember what they said."""

    def __init__(self, desk):
        self.desk, self.said, self.noted = desk, {}, dict.fromkeys(QUESTIONS, "")

    def edit(self, edits):
        """Say it; the choices where it is something new."""
        new = set()
        for (question, choice), mark in edits.items():
            if self.desk.tool.answers[question].marks[question + choice] != mark:
                self.desk.tool.change(question, **{question + choice: mark})
                self.said[question, question + choice] = mark
                new.add(question + choice)
        return new

    def note(self, notes):
        for question, (first, last) in notes.items():
            there = self.desk.tool.answers[question].notes
            self.desk.tool.change(question, notes=first + there + last)
            self.noted[question] = first + self.noted[question] + last

    def check(self):
        memories = self.desk.memories()
        for (question, choice), mark in self.said.items():
            assert self.desk.tool.answers[question].marks[choice] == mark
        for question, text in self.noted.items():
            live = self.desk.tool.answers[question]
            notes, block = live.notes, observed(memories[question], live).block
            assert (notes.replace(block, "") if block else notes) == text


@settings(max_examples=50, deadline=None)
@given(rounds=st.lists(ROUND, min_size=1, max_size=5))
def test_nothing_that_people_said_is_ever_lost_or_changed(rounds):
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        people = People(desk)
        for one in rounds:
            people.edit(one["edits"])
            people.note(one["notes"])
            first = desk.plan(one["evidence"])
            consent = {r.choice: AGREED for r in first.conflicts[:1]} if one["consent"] else {}
            plan = desk.plan(one["evidence"], accepted=consent, mode=one["mode"])
            assert load_again(folder, plan) == plan
            agreed = consent.keys() - people.edit(one["meanwhile"])
            people.said = {where: mark for where, mark in people.said.items() if where[1] not in agreed}
            broken = killed(desk, plan, one["kill"])
            if broken and one["resume"]:
                desk.apply(plan)
            people.check()
            if one["roll_back"]:
                desk.roll_back(plan)
                people.check()
            # evidence that stays the same writes no more: a second run is the proof
            desk.apply(desk.plan(one["evidence"]))
            people.check()
            sent = desk.tool.sent
            again = desk.plan(one["evidence"])
            assert not any(item.sends for item in again.items)
            desk.apply(again)
            assert desk.tool.sent == sent
            assert ruled_out_by_us(desk) <= ruled_out(one["evidence"])


def ruled_out(evidence):
    return {q + c for q, states in evidence.items() for c, s in zip(CHOICES, states, strict=False) if s == "ruled out"}


def ruled_out_by_us(desk):
    bases = [base for memory in desk.memories().values() for base in memory.bases.items()]
    return {c for c, base in bases if (base.author, base.held.status) == ("mllens", "NOT_APPLICABLE")}


def killed(desk, plan, kill):
    when, number = kill or ("before", 10**6)
    calls = len(desk.tool.calls)

    def end(operation, count):
        if count == calls + number:
            raise Killed

    setattr(desk.tool, when, end)
    try:
        desk.apply(plan)
    except Killed:
        return True
    finally:
        desk.tool.before = desk.tool.after = lambda *_: None
    return False


def load_again(folder, plan):
    path = Path(folder) / "plan.json"
    path.write_bytes(dump_plan(plan))
    return load_plan(path)


# -------------------------------------------------------------------------------- the same against the simulated Tool


class Simulated(Reviews):
    """The simulated Tool, asked as the program asks it; people use a client of their own."""

    def __init__(self, sandbox):
        super().__init__(sandbox.session(), "us-east-1")
        self.sandbox, self.person = sandbox, sandbox.client("wellarchitected")
        self.lens = self.person.import_lens(JSONString=LENS)["LensArn"]
        self.person.create_lens_version(LensAlias=self.lens, LensVersion="1", IsMajorVersion=True)
        self.where = {}

    def begin(self):
        """Answer for a new workload from now on."""
        made = self.person.create_workload(
            WorkloadName=f"Estate {len(self.sandbox.calls)}",
            Description="all",
            Environment="PRODUCTION",
            Lenses=[self.lens],
            AwsRegions=["us-east-1"],
            ReviewOwner="owner",
        )
        self.where = {"WorkloadId": made["WorkloadId"], "LensAlias": self.lens}
        return self.workload(made["WorkloadId"])

    @property
    def answers(self):
        asked = [self.person.get_answer(**self.where, QuestionId=q)["Answer"] for q in QUESTIONS]
        return {answer["QuestionId"]: read(answer, "GetAnswer") for answer in asked}

    def change(self, question, *, notes=None, **marks):
        updates = {c: {"Status": m.status, "Reason": m.reason, "Notes": m.note} for c, m in marks.items()}
        given = {} if notes is None else {"Notes": notes}
        self.person.update_answer(**self.where, QuestionId=question, ChoiceUpdates=updates, **given)

    def rule(self, question, applies):
        self.person.update_answer(**self.where, QuestionId=question, IsApplicable=applies, Reason="OUT_OF_SCOPE")

    @property
    def sent(self):
        return sum(call.operation == "UpdateAnswer" for call in self.sandbox.calls)


LENS = json.dumps(
    {
        "schemaVersion": "2021-11-01",
        "name": "A lens",
        "pillars": [
            {
                "id": "one",
                "name": "One",
                "questions": [
                    {
                        "id": q,
                        "title": "How?",
                        "choices": [{"id": q + c, "title": "So"} for c in CHOICES],
                        "riskRules": [
                            {"condition": f"{q}_a && {q}_b && {q}_c && !{q}_no", "risk": "NO_RISK"},
                            {"condition": f"({q}_a || {q}_b) && !{q}_no", "risk": "MEDIUM_RISK"},
                            {"condition": "default", "risk": "HIGH_RISK"},
                        ],
                    }
                    for q in QUESTIONS
                ],
            }
        ],
    }
)


@pytest.fixture(scope="module")
def simulated():
    with Sandbox() as sandbox:
        yield Simulated(sandbox)


RULED = st.dictionaries(st.sampled_from(QUESTIONS), st.booleans(), max_size=1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds=st.lists(st.tuples(EVIDENCE, EDITS, SPOKEN, RULED, EDITS), min_size=1, max_size=4))
def test_nothing_that_people_said_is_lost_in_the_simulated_tool(simulated, rounds):
    tool = simulated
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder, tool, tool.begin(), tool.lens)
        people = People(desk)
        for evidence, edits, notes, ruled, meanwhile in rounds:
            people.edit(possible(edits))
            people.note(notes)
            for question, applies in ruled.items():
                tool.rule(question, applies)
            applicable = {question: answer.applicable for question, answer in tool.answers.items()}
            plan = desk.plan(evidence)
            people.edit(possible(meanwhile))
            assert set(desk.apply(plan).values()) <= {"done", "skipped"}
            people.check()
            assert set(desk.apply(desk.plan(evidence)).values()) <= {"done"}
            people.check()
            assert {question: answer.applicable for question, answer in tool.answers.items()} == applicable
            assert not any(item.sends for item in desk.plan(evidence).items)


def possible(edits):
    """What the Tool takes: that none is practised always applies."""
    return {at: mark for at, mark in edits.items() if (at[1], mark.status) != ("_no", "NOT_APPLICABLE")}


# ------------------------------------------------------------------------------------------------------------ files


def test_a_ledger_belongs_to_one_review_and_one_process(desk, tmp_path):
    desk.plan(MIXED)
    with pytest.raises(Unfit, match="belongs to the review of lens/1 in workload 0000"):
        Ledger(desk.path, Workload.id, "lens/2")
    with desk.ledger(), pytest.raises(Unfit, match="another mllens is at work"):
        Ledger(desk.path, Workload.id, "lens/1")
    desk.path.write_bytes(desk.path.read_bytes() + b"{}\n")
    with pytest.raises(Unfit, match="damaged"):
        Ledger(desk.path, Workload.id, "lens/1")
    for notes in ("{}\n", "my notes", "my notes\nand more"):
        (tmp_path / "other").write_text(notes)
        with pytest.raises(Unfit, match="not a ledger"):
            Ledger(tmp_path / "other", Workload.id, "lens/1")
        assert (tmp_path / "other").read_text() == notes


def test_a_line_that_was_being_written_is_dropped(desk):
    desk.apply(desk.plan(MIXED))
    before = desk.memories()
    desk.path.write_bytes(desk.path.read_bytes() + b'{"at": "20')
    assert desk.memories() == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: "[", "not a plan: "),
        (lambda _: "{}", "not the plan of a review"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "made by a newer mllens"),
        (lambda text: text.replace('"SELECTED"', '"UNSELECTED"'), "was changed since it was made"),
        (lambda text: text.replace('"items"', '"things"'), "items: Field required; make the plan anew"),
    ],
)
def test_a_plan_that_is_none(desk, tmp_path, change, told):
    path = tmp_path / "plan.json"
    path.write_text(change(dump_plan(desk.plan(MIXED)).decode()))
    with pytest.raises(Unfit, match=told):
        load_plan(path)
