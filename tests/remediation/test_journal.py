"""The journal: torn lines, other plans, two processes, what is ours."""

from pathlib import Path

import pytest

from mllens.remediation.journal import Journal, journal_of
from mllens.remediation.planfile import PlanError


def _written(path: Path) -> None:
    with Journal(path, "abc") as journal:
        journal.write("apply", "a", "alarm", "sending", call="cloudwatch:PutMetricAlarm")
        journal.write("apply", "a", "alarm", "answered", answer={"Arn": "x"})
        journal.write("apply", "a", "alarm", "done")


def test_a_journal_is_read_again(tmp_path: Path) -> None:
    _written(tmp_path / "j")
    with Journal(tmp_path / "j", "abc") as journal:
        assert [e.event for e in journal.of("a", "alarm")] == ["sending", "answered", "done"]
        assert journal.answer("a", "alarm") == {"Arn": "x"}
        assert journal.ours("a", "alarm")
        journal.write("undo", "a", "alarm", "sending")
        assert journal.ours("a", "alarm")
        journal.write("undo", "a", "alarm", "done")
        assert not journal.ours("a", "alarm")
        journal.write("apply", "a", "alarm", "sending")
        assert journal.ours("a", "alarm")


def test_what_was_found_there_is_not_ours(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", "abc") as journal:
        journal.write("apply", "a", "alarm", "found")
        assert not journal.ours("a", "alarm")


@pytest.mark.parametrize("lost", [1, 5, 40])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "j"
    _written(path)
    path.write_bytes(path.read_bytes()[:-lost])
    with Journal(path, "abc") as journal:
        assert [e.event for e in journal.entries] == ["sending", "answered"]
        journal.write("apply", "a", "alarm", "done")
    with Journal(path, "abc") as journal:
        assert [e.event for e in journal.entries] == ["sending", "answered", "done"]


def test_another_plan_s_journal_is_refused(tmp_path: Path) -> None:
    _written(tmp_path / "j")
    with pytest.raises(PlanError, match="journal of another plan"):
        Journal(tmp_path / "j", "other")


def test_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    _written(path)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], b'{"event":"exploded"}', *lines[2:]]))
    with pytest.raises(PlanError, match="line 2 is damaged"):
        Journal(path, "abc")


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", "abc"), pytest.raises(PlanError, match="another mllens is at work"):
        Journal(tmp_path / "j", "abc")


def test_it_lies_beside_its_plan(tmp_path: Path) -> None:
    assert journal_of(tmp_path / "plan.json") == tmp_path / "plan.journal.jsonl"


def test_what_was_refused_is_not_ours(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", "abc") as journal:
        journal.write("apply", "a", "alarm", "sending")
        journal.write("apply", "a", "alarm", "refused", why="AccessDenied")
        assert not journal.ours("a", "alarm")
        journal.write("apply", "a", "alarm", "sending")
        assert journal.ours("a", "alarm")


def test_what_is_no_journal_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"my notes")
    with pytest.raises(PlanError, match="not a journal"):
        Journal(tmp_path / "j", "abc")
    assert (tmp_path / "j").read_bytes() == b"my notes"


def test_a_journal_in_which_nothing_was_done_is_begun_anew_for_another_plan(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", "abc"):
        pass
    with Journal(tmp_path / "j", "other") as journal:
        journal.write("apply", "a", "alarm", "sending")
    with Journal(tmp_path / "j", "other") as journal:
        assert journal.ours("a", "alarm")
