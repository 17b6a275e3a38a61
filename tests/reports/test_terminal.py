import re
import unicodedata
from collections.abc import Callable

import pytest

from mllens import lens
from mllens.reports import terminal
from mllens.reports.assessment import Assessment
from mllens.reports.terminal import render

Choose = Callable[[str], lens.Choice]
SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_reads_as_agreed(assessment: Assessment, golden: Callable[[str, str], None]) -> None:
    golden("example.txt", render(assessment))


def test_nothing_read(nothing: Assessment, golden: Callable[[str, str], None]) -> None:
    golden("empty.txt", render(nothing))


def test_it_depends_on_nothing_but_its_arguments(assessment: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [render(assessment, colour=colour) for colour in (False, True)]
    for name, value in {"COLUMNS": "30", "NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert [render(assessment, colour=colour) for colour in (False, True)] == before


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_keeps_to_the_width(assessment: Assessment, width: int) -> None:
    assert max(map(len, render(assessment, width=width).splitlines())) <= width


@pytest.mark.parametrize("colour", [False, True])
def test_nothing_of_the_account_acts(assessment: Assessment, colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "RESOURCES_SHOWN", 9)
    text = render(assessment, colour=colour)
    plain = SGR.sub("", text) if colour else text
    acting = {c for c in plain if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}}
    assert acting == set()
    for shown in (r"\x1b[2J\x1b[31mred", r"safe\u202egnp.exe", r"first line\nsecond", "[bold red]not markup[/]"):
        assert shown in plain


def test_colour_is_only_colour(assessment: Assessment) -> None:
    coloured = render(assessment, colour=True)
    assert SGR.search(coloured)
    stripped = "\n".join(line.rstrip() for line in SGR.sub("", coloured).splitlines()) + "\n"
    assert stripped == render(assessment)


def test_what_was_denied_is_said_in_full(assessment: Assessment) -> None:
    said = " ".join(render(assessment).split())
    assert (
        "SageMaker in eu-west-1 could not be read: sagemaker:ListEndpoints and sagemaker:ListNotebookInstances are "
        "denied to role Auditor. 3 rules answer unknown. `mllens policy scan` prints what is missing." in said
    )


def test_resources_are_named_up_to_three(assessment: Assessment) -> None:
    text = render(assessment)
    assert text.count("has root") + text.count("have root") == 3
    assert "and 3 more" in text  # six fail without a waiver
    assert "explore" not in text  # waived


def test_nothing_fails(assessment: Assessment) -> None:
    clean = assessment.model_copy(
        update={
            "findings": [f for f in assessment.findings if f.status == "pass"],
            "rules": [r.model_copy(update={"fail": 0, "unknown": 0, "waived": 0}) for r in assessment.rules],
            "broken": [],
            "coverage": [line for line in assessment.coverage if line.status in {"complete", "empty"}],
        }
    )
    text = render(clean)
    assert "Nothing that could be judged: 0 of 10 rules fail." in text
    assert "What could not be seen" not in text
