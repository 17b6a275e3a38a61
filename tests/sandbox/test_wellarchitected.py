"""The Well-Architected Tool, as far as reviews are written to it."""

import json

import pytest
from botocore.exceptions import ClientError

LENS = {
    "schemaVersion": "2021-11-01", "name": "ML", "description": "d",
    "pillars": [
        {"id": "ops", "name": "Operations", "questions": [
            {"id": "qu1", "title": "How?", "description": "d", "choices": [{"id": c, "title": c} for c in ("q1_a", "q1_b", "q1_no")],
             "riskRules": [
                 {"condition": "q1_a && q1_b", "risk": "NO_RISK"},
                 {"condition": "(q1_a || q1_b) && !q1_no", "risk": "MEDIUM_RISK"},
                 {"condition": "default", "risk": "HIGH_RISK"},
             ]},
        ]},
    ],
}  # fmt: skip


@pytest.fixture
def tool(sandbox):
    return sandbox.client("wellarchitected")


@pytest.fixture
def review(tool):
    lens = tool.import_lens(JSONString=json.dumps(LENS))["LensArn"]
    tool.create_lens_version(LensAlias=lens, LensVersion="1", IsMajorVersion=True)
    workload = tool.create_workload(
        WorkloadName="ML estate",
        Description="demo",
        Environment="PRODUCTION",
        Lenses=[lens],
        AwsRegions=["us-east-1"],
        ReviewOwner="owner",
    )
    return {"WorkloadId": workload["WorkloadId"], "LensAlias": lens}


def test_lenses(tool, review):
    assert tool.list_lenses(LensType="CUSTOM_SELF")["LensSummaries"][0]["LensVersion"] == "1"
    assert json.loads(tool.export_lens(LensAlias=review["LensAlias"])["LensJSON"]) == LENS
    with pytest.raises(ClientError, match="not valid JSON"):
        tool.import_lens(JSONString="{no")


def test_answers_and_risk(tool, review):
    def risk(**given):
        return tool.update_answer(**review, QuestionId="qu1", **given)["Answer"]["Risk"]

    assert tool.get_answer(**review, QuestionId="qu1")["Answer"]["Risk"] == "UNANSWERED"
    assert risk(SelectedChoices=["q1_a"]) == "MEDIUM"
    assert risk(ChoiceUpdates={"q1_b": {"Status": "SELECTED", "Notes": "seen"}}) == "NONE"
    assert risk(ChoiceUpdates={"q1_b": {"Status": "UNSELECTED"}, "q1_no": {"Status": "SELECTED"}}) == "HIGH"
    assert risk(IsApplicable=False, Reason="OUT_OF_SCOPE") == "NOT_APPLICABLE"
    shown = tool.list_answers(**review)["AnswerSummaries"][0]
    assert (shown["QuestionId"], shown["SelectedChoices"], shown["IsApplicable"]) == ("qu1", ["q1_a", "q1_no"], False)
    with pytest.raises(ClientError, match="No question with ID q9 was found"):
        tool.get_answer(**review, QuestionId="q9")
    with pytest.raises(ClientError, match="No choice with ID x"):
        tool.update_answer(**review, QuestionId="qu1", SelectedChoices=["x"])


def test_a_choice_out_of_scope_satisfies_and_but_not_or(tool, review):
    updates = {"q1_a": {"Status": "SELECTED"}, "q1_b": {"Status": "NOT_APPLICABLE"}}
    assert tool.update_answer(**review, QuestionId="qu1", ChoiceUpdates=updates)["Answer"]["Risk"] == "NONE"


def test_reviews_and_milestones(tool, review):
    tool.update_answer(**review, QuestionId="qu1", SelectedChoices=["q1_a"])
    assert tool.get_lens_review(**review)["LensReview"]["RiskCounts"] == {"MEDIUM": 1}
    assert tool.create_milestone(WorkloadId=review["WorkloadId"], MilestoneName="first")["MilestoneNumber"] == 1
    assert tool.list_milestones(WorkloadId=review["WorkloadId"])["MilestoneSummaries"][0]["MilestoneName"] == "first"


def test_workload_names_are_unique_without_case_and_spaces(tool, review):
    with pytest.raises(ClientError, match="ConflictException"):
        tool.create_workload(
            WorkloadName="mlESTATE",
            Description="demo",
            Environment="PRODUCTION",
            Lenses=[],
            AwsRegions=["us-east-1"],
            ReviewOwner="owner",
        )
