"""An assessment of one workload says so, and what it cannot tell of it."""

import pytest

from mllens.reports import html, terminal
from mllens.reports.assessment import Assessment, Workload

ANSI = "\x1b[2J"


@pytest.fixture
def scoped(assessment: Assessment) -> Assessment:
    of = Workload(
        name="Fraud <b>" + ANSI,
        sha256="55" * 32,
        tags={"team": "fraud"},
        roots=[],
        applications=[],
        members=47,
        unsure=2,
        doubts=["AWS::SageMaker::ModelCard: denied " + ANSI, "AWS::SageMaker::Space: not collected"],
    )
    return assessment.model_copy(update={"scope": assessment.scope.model_copy(update={"workload": of})})


def test_the_terminal_says_of_what(scoped: Assessment) -> None:
    text = " ".join(terminal.render(scoped, width=120).split())
    assert "Workload Fraud <b>\\x1b[2J (47 resources, perhaps 2 more)" in text
    assert (
        "Whether 2 resources may be of the workload cannot be told: AWS::SageMaker::ModelCard: denied \\x1b[2J and "
        "AWS::SageMaker::Space: not collected" in text
    )
    assert ANSI not in text


def test_the_page_says_of_what(scoped: Assessment) -> None:
    text = html.render(scoped)
    assert "assessment of Fraud &lt;b&gt;\\x1b[2J (47 resources, perhaps 2 more)</p>" in text
    assert "<li>Whether 2 resources may be of the workload cannot be told: " in text
    assert ANSI not in text


def test_a_whole_account_is_of_no_workload(assessment: Assessment) -> None:
    assert "Workload" not in terminal.render(assessment)
    assert '<p class="brand">Machine Learning Lens assessment</p>' in html.render(assessment)
