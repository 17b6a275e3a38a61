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


def changed(**changes):
    return json.dumps({**LENS, **changes})


def with_question(**changes):
    pillar = LENS["pillars"][0]
    return changed(pillars=[{**pillar, "questions": [{**pillar["questions"][0], **changes}]}])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "not a JSON object"),
        (changed(name="Precision >= 0.9"), "lens: name may hold letters"),
        (changed(name="n" * 129), "lens: name must have at most 128 characters"),
        (changed(description="d" * 2049), "lens: description must have at most 2048 characters"),
        (changed(pillars=LENS["pillars"] * 11), "lens: pillars may be 10"),
        (changed(pillars=LENS["pillars"] * 2), "pillar id ops is there twice"),
        (changed(pillars=None), "lens: pillars is missing"),
        (with_question(title="What; how?"), "qu1: title may hold letters"),
        (with_question(title="t" * 129), "qu1: title must have at most 128 characters"),
        (with_question(id="q1"), "question id must have 3 to 128"),
        (with_question(helpfulResource={"displayText": "d", "url": "ftp://a"}), "begins with http"),
        (with_question(riskRules=[{"condition": "default", "risk": "LOW_RISK"}]), "qu1: risk must be one of"),
        (with_question(choices=[{"id": f"qu1_{n}", "title": "t"} for n in range(16)]), "qu1: choices may be 15"),
    ],
)
def test_what_makes_an_import_fail(tool, text, message):
    with pytest.raises(ClientError, match=message) as refused:
        tool.import_lens(JSONString=text)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert tool.list_lenses()["LensSummaries"] == []


def test_an_update_names_the_lens_by_its_arn_and_keeps_the_name(tool, review):
    lens = review["LensAlias"]
    for given, message in (
        ({"LensAlias": "ML", "JSONString": changed()}, "allowed value as alias is LensARN"),
        ({"LensAlias": lens + "0", "JSONString": changed()}, "ResourceNotFoundException"),
        ({"LensAlias": lens, "JSONString": changed(name="MLops")}, "Lens name must match published name"),
        ({"JSONString": changed(name="m l")}, "A lens with normalized name ml already exists."),
    ):
        with pytest.raises(ClientError, match=message):
            tool.import_lens(**given)


def test_there_may_be_fifteen_lenses(tool):
    for number in range(15):
        tool.import_lens(JSONString=changed(name=f"Lens {number}"))
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        tool.import_lens(JSONString=changed(name="Lens 15"))


def test_a_repeated_request_is_one(tool):
    first, second = (tool.import_lens(JSONString=changed(), ClientRequestToken="t")["LensArn"] for _ in range(2))
    assert first == second
    for _ in range(2):
        tool.create_lens_version(LensAlias=first, LensVersion="1", ClientRequestToken="t")
    with pytest.raises(ClientError, match="ConflictException"):
        tool.create_lens_version(LensAlias=first, LensVersion="1", ClientRequestToken="u")


def test_a_draft_lies_beside_the_version_until_it_is_published(tool, review):
    def listed(status):
        return [row.get("LensVersion") for row in tool.list_lenses(LensStatus=status)["LensSummaries"]]

    def exported(**version):
        text = tool.export_lens(LensAlias=review["LensAlias"], **version)["LensJSON"]
        return json.loads(text)["description"]

    assert (listed("PUBLISHED"), listed("DRAFT")) == (["1"], [])
    tool.import_lens(LensAlias=review["LensAlias"], JSONString=changed(description="new"))
    assert (listed("PUBLISHED"), listed("DRAFT")) == (["1"], [None])
    assert (exported(), exported(LensVersion="1")) == ("new", "d")
    for version, code in (("1", "ConflictException"), ("1-2", "ValidationException")):
        with pytest.raises(ClientError, match=code):
            tool.create_lens_version(LensAlias=review["LensAlias"], LensVersion=version)
    tool.create_lens_version(LensAlias=review["LensAlias"], LensVersion="2")
    assert (listed("PUBLISHED"), listed("DRAFT")) == (["2"], [])
    assert (exported(), exported(LensVersion="1")) == ("new", "d")
    with pytest.raises(ClientError, match="has no draft"):
        tool.create_lens_version(LensAlias=review["LensAlias"], LensVersion="3")


@pytest.mark.parametrize(("major", "seen"), [(False, ("2", "CURRENT")), (True, ("1", "NOT_CURRENT"))])
def test_a_minor_version_reaches_workloads_and_a_major_one_waits(tool, review, major, seen):
    tool.update_answer(**review, QuestionId="qu1", SelectedChoices=["q1_a", "q1_b"], Notes="why")
    fewer = [{"id": c, "title": c} for c in ("q1_a", "q1_no")]
    tool.import_lens(LensAlias=review["LensAlias"], JSONString=with_question(choices=fewer))
    tool.create_lens_version(LensAlias=review["LensAlias"], LensVersion="2", IsMajorVersion=major)
    shown = tool.get_lens_review(**review)["LensReview"]
    assert (shown["LensVersion"], shown["LensStatus"]) == seen
    if major:
        assert tool.get_answer(**review, QuestionId="qu1")["Answer"]["SelectedChoices"] == ["q1_a", "q1_b"]
        tool.upgrade_lens_review(**review, MilestoneName="before 2")
        assert tool.get_lens_review(**review)["LensReview"]["LensVersion"] == "2"
    answer = tool.get_answer(**review, QuestionId="qu1")["Answer"]
    assert (answer["SelectedChoices"], answer["Notes"]) == (["q1_a"], "why")


def test_choices_that_do_not_apply(tool, review):
    def risk(**statuses):
        updates = {choice: {"Status": status} for choice, status in statuses.items()}
        return tool.update_answer(**review, QuestionId="qu1", ChoiceUpdates=updates)["Answer"]["Risk"]

    assert risk(q1_a="NOT_APPLICABLE") == "HIGH"
    assert risk(q1_a="NOT_APPLICABLE", q1_b="NOT_APPLICABLE") == "NONE"
    assert risk(q1_a="UNSELECTED", q1_b="UNSELECTED") == "UNANSWERED"
    with pytest.raises(ClientError, match="q1_no can not be marked as not applicable"):
        risk(q1_no="NOT_APPLICABLE")


def test_a_question_that_applies_again_has_its_choices_and_keeps_the_reason(tool, review):
    tool.update_answer(**review, QuestionId="qu1", SelectedChoices=["q1_a"])
    tool.update_answer(**review, QuestionId="qu1", IsApplicable=False, Reason="OUT_OF_SCOPE")
    answer = tool.update_answer(**review, QuestionId="qu1", IsApplicable=True)["Answer"]
    assert (answer["SelectedChoices"], answer["Risk"], answer["Reason"]) == (["q1_a"], "MEDIUM", "OUT_OF_SCOPE")


def test_a_change_of_choices_touches_those_that_it_names(tool, review):
    first = {"q1_a": {"Status": "SELECTED", "Notes": "seen"}, "q1_b": {"Status": "SELECTED", "Notes": "too"}}
    tool.update_answer(**review, QuestionId="qu1", ChoiceUpdates=first, Notes="all in all")
    second = {"q1_b": {"Status": "UNSELECTED", "Reason": "OTHER"}}
    answer = tool.update_answer(**review, QuestionId="qu1", ChoiceUpdates=second)["Answer"]
    assert answer["ChoiceAnswers"] == [
        {"ChoiceId": "q1_a", "Status": "SELECTED", "Reason": "NONE", "Notes": "seen"},
        {"ChoiceId": "q1_b", "Status": "UNSELECTED", "Reason": "OTHER", "Notes": "too"},
    ]
    assert answer["Notes"] == "all in all"
    (listed,) = tool.list_answers(**review)["AnswerSummaries"]
    assert "Notes" not in listed
    assert [sorted(row) for row in listed["ChoiceAnswerSummaries"]] == [["ChoiceId", "Reason", "Status"]] * 2


@pytest.mark.parametrize(
    "given", [{"Notes": "n" * 2085}, {"ChoiceUpdates": {"q1_a": {"Status": "SELECTED", "Notes": "n" * 251}}}]
)
def test_notes_have_their_limits(tool, review, given):
    with pytest.raises(ClientError, match="ValidationException"):
        tool.update_answer(**review, QuestionId="qu1", **given)
    assert tool.get_answer(**review, QuestionId="qu1")["Answer"]["Risk"] == "UNANSWERED"


def test_a_milestone_keeps_the_answers_and_there_are_a_hundred(tool, review):
    tool.update_answer(**review, QuestionId="qu1", SelectedChoices=["q1_a"])
    for number in range(100):
        tool.create_milestone(WorkloadId=review["WorkloadId"], MilestoneName=f"number {number}")
    tool.update_answer(**review, QuestionId="qu1", SelectedChoices=["q1_a", "q1_b"])
    then = tool.get_answer(**review, QuestionId="qu1", MilestoneNumber=1)["Answer"]
    assert (then["SelectedChoices"], then["Risk"]) == (["q1_a"], "MEDIUM")
    assert tool.get_lens_review(**review, MilestoneNumber=100)["LensReview"]["RiskCounts"] == {"MEDIUM": 1}
    assert tool.get_lens_review(**review)["LensReview"]["RiskCounts"] == {"NONE": 1}
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        tool.create_milestone(WorkloadId=review["WorkloadId"], MilestoneName="one more")
    again = {"WorkloadId": review["WorkloadId"], "MilestoneName": "number 7"}
    with pytest.raises(ClientError, match="ConflictException"):
        tool.create_milestone(**again, ClientRequestToken="another")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        tool.get_lens_review(**review | {"MilestoneNumber": 99, "WorkloadId": workload(tool, "Other", [])})


def test_a_repeated_milestone_is_one(tool, review):
    asked = {"WorkloadId": review["WorkloadId"], "MilestoneName": "first", "ClientRequestToken": "t"}
    assert [tool.create_milestone(**asked)["MilestoneNumber"] for _ in range(2)] == [1, 1]


def workload(tool, name, lenses):
    return tool.create_workload(
        WorkloadName=name,
        Description="demo",
        Environment="PRODUCTION",
        Lenses=lenses,
        AwsRegions=["us-east-1"],
        ReviewOwner="owner",
    )["WorkloadId"]


def test_a_workload_bears_twenty_lenses_ten_at_a_time(tool):
    made = workload(tool, "Estate", [])
    names = [f"lens{number}" for number in range(21)]
    with pytest.raises(ClientError, match="ValidationException"):
        tool.associate_lenses(WorkloadId=made, LensAliases=names[:11])
    for first in (0, 10):
        tool.associate_lenses(WorkloadId=made, LensAliases=names[first : first + 10])
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        tool.associate_lenses(WorkloadId=made, LensAliases=names[20:])
    assert len(tool.get_workload(WorkloadId=made)["Workload"]["Lenses"]) == 20
