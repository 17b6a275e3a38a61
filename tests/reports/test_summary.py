from dataclasses import replace

import pytest

from mllens import lens
from mllens.reports import summary
from mllens.reports.assessment import Assessment, Coverage, Question
from mllens.reports.harmless import harmless, shortened


def test_pillars_are_those_of_the_lens() -> None:
    assert list(summary.PILLARS.items()) == [(pillar.id, pillar.name) for pillar in lens.load().pillars]


def test_risk_is_counted_from_best_to_worst(assessment: Assessment) -> None:
    rows = {row.id: (row.questions, str(row.high), str(row.medium), str(row.none), row.open)
            for row in summary.pillars(assessment)}  # fmt: skip
    assert rows == {
        "operationalExcellence": (2, "0–1", "0–2", "0–2", 2),  # noqa: RUF001 - a range is written with an en dash
        "security": (2, "1–2", "0–1", "0–1", 1),  # noqa: RUF001
        "reliability": (1, "1", "0", "0", 0),
        "performance": (1, "0–1", "0–1", "0–1", 1),  # noqa: RUF001
        "costOptimization": (2, "0", "1", "1", 0),
        "sustainability": (0, "0", "0", "0", 0),
        "responsibleAi": (2, "1–2", "0–1", "0", 1),  # noqa: RUF001
    }
    assert list(rows) == list(summary.PILLARS)


def test_dimensions_say_their_range(assessment: Assessment) -> None:
    rows = [(row.name, row.level, row.held) for row in summary.dimensions(assessment)]
    assert rows == [
        ("Fairness", "high", "0 of 1 practice held, 1 failed"),
        ("Explainability", "medium to high", "0 of 1 practice held, 1 open"),
    ]


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ([], "No question was judged"),
        ([("none", "none")], "No risk in 1 of 1 question"),
        ([("none", "none"), ("none", "medium")], "Perhaps medium risk, in up to 1 of 2 questions"),
        ([("high", "high"), ("none", "high")], "High risk in 1 of 2 questions, perhaps in 1 more"),
    ],
)
def test_verdict(assessment: Assessment, ranges: list[tuple[str, str]], said: str) -> None:
    model = assessment.questions[0]
    made: list[Question] = [
        model.model_copy(update={"risk": "none", "risk_best": best, "risk_worst": worst}) for best, worst in ranges
    ]
    assert summary.verdict(assessment.model_copy(update={"questions": made})) == said


def test_groups_come_worst_first(assessment: Assessment) -> None:
    assert [(group.rule.id, len(group.failing), len(group.unknown), len(group.waived))
            for group in summary.groups(assessment)] == [
        ("bucket-public-access-blocked", 1, 0, 0),
        ("notebook-root-access-disabled", 6, 1, 1),
        ("ml-role-not-administrator", 1, 0, 0),
        ("endpoint-instance-count", 2, 1, 0),
        ("model-package-bias-report", 2, 0, 0),
        ("training-job-spot", 3, 0, 0),
        ("endpoint-tagged-with-owner", 1, 1, 0),
        ("feature-group-encrypted", 0, 1, 0),
        ("endpoint-data-capture-enabled", 0, 1, 0),
    ]  # fmt: skip


def test_every_figure_has_its_denominator(assessment: Assessment) -> None:
    said = {group.rule.id: group.tally for group in summary.groups(assessment)}
    assert said["notebook-root-access-disabled"] == (
        "7 of 9 notebook instances fail, 1 of them waived; 1 more could not be judged"
    )
    assert said["feature-group-encrypted"] == "1 could not be judged"
    assert said["ml-role-not-administrator"] == "1 of 5 roles fails"
    assert (
        summary.reading(assessment)
        == "6 of 15 lists in full, 6 not or in part, 3 bounded, not enabled or not supported"
    )


def test_what_has_a_fix_names_the_command_that_plans_it(assessment: Assessment) -> None:
    planned = {group.rule.id: group.planned_by for group in summary.groups(assessment) if group.planned_by}
    assert planned == {
        "bucket-public-access-blocked": "mllens remediate plan --rule bucket-public-access-blocked",
        "notebook-root-access-disabled": "mllens remediate plan --rule notebook-root-access-disabled",
    }


def test_what_is_waived_needs_no_fix_and_a_hostile_id_is_one_word_of_the_command(assessment: Assessment) -> None:
    group = summary.groups(assessment)[0]
    assert replace(group, failing=(), waived=group.failing).planned_by == ""
    hostile = group.rule.model_copy(update={"id": "x; rm -rf ~"})
    assert replace(group, rule=hostile).planned_by == "mllens remediate plan --rule 'x; rm -rf ~'"


def test_gaps_say_what_why_and_what_helps(assessment: Assessment) -> None:
    resumes = "`mllens scan --resume` goes on where it stopped."
    again = "`mllens scan --resume` tries again."
    assert [(gap.what, gap.cost, gap.remedy) for gap in summary.gaps(assessment)] == [
        (
            (
                "SageMaker in eu-west-1 could not be read: sagemaker:ListEndpoints and sagemaker:ListNotebookInstances are "
                "denied to role Auditor."
            ),
            "3 rules answer unknown.",
            "`mllens policy scan` prints what is missing.",
        ),
        (
            (
                "Glue in us-east-1 could not be read: glue:GetJobs failed (HTTP 500 \\x1b[2J\\x1b[31mred\\x1b]8;;"
                "http://evil.example\\x07link)."
            ),
            "",
            again,
        ),
        (
            (
                "SageMaker training jobs in us-east-1 were not read to the end: sagemaker:ListTrainingJobs was throttled; the "
                "deadline of 10 minutes passed; 40 of 200 read."
            ),
            "",
            resumes,
        ),
        ("SageMaker model packages in eu-central-1 were read in part: 3 of 4 (1 answer was malformed).", "", again),
        ("ECR in us-east-1 was not read: the scan was stopped.", "", resumes),
        ("SageMaker training jobs in eu-central-1 were read within a bound: 100 of 340 (the newest 100).", "", ""),
        ("Macie in eu-central-1 is not enabled: Macie is not enabled.", "", ""),
        ("Bedrock guardrails in eu-west-1 are not supported there: Bedrock has no endpoint in eu-west-1.", "", ""),
    ]


def denied(region: str, type_: str = "AWS::SageMaker::Endpoint", account: str = "111122223333") -> Coverage:
    return Coverage(
        account=account, region=region, type=type_, status="denied", reason="", operation="", scope="", seen=0, read=0,
        action="sagemaker:ListEndpoints",
    )  # fmt: skip


def test_equal_gaps_of_many_regions_are_one_sentence(assessment: Assessment) -> None:
    many = [denied(region) for region in ("a-1", "b-1", "c-1", "d-1", "e-1")]
    blind = assessment.model_copy(update={"coverage": many, "findings": []})
    assert [gap.what for gap in summary.gaps(blind)] == [
        "SageMaker in a-1, b-1, c-1 and 2 more could not be read: sagemaker:ListEndpoints is denied to role Auditor."
    ]


def test_accounts_are_told_apart_where_there_are_several(assessment: Assessment) -> None:
    scope = assessment.scope.model_copy(update={"accounts": ["111122223333", "444455556666"]})
    both = [denied("a-1"), denied("a-1", account="444455556666")]
    blind = assessment.model_copy(update={"coverage": both, "scope": scope})
    assert [gap.what.split(" could")[0] for gap in summary.gaps(blind)] == [
        "SageMaker in a-1 of account 111122223333",
        "SageMaker in a-1 of account 444455556666",
    ]


@pytest.mark.parametrize(
    ("type_", "one", "many"),
    [
        ("AWS::SageMaker::NotebookInstance", "notebook instance", "notebook instances"),
        ("AWS::ECR::Repository", "repository", "repositories"),
        ("AWS::EC2::VPC", "VPC", "VPCs"),
        ("AWS::RDS::DBInstance", "DB instance", "DB instances"),
        ("AWS::KMS::Key", "key", "keys"),
        ("AWS::KMS::Alias", "alias", "aliases"),
        ("nonsense\u202e", "nonsense \\u202e", "nonsense \\u202es"),
    ],
)
def test_types_are_named_as_people_do(type_: str, one: str, many: str) -> None:
    assert (summary.words(type_, 1), summary.words(type_)) == (one, many)


@pytest.mark.parametrize(
    ("arn", "who"),
    [
        ("arn:aws:sts::1:assumed-role/Auditor/anna", "role Auditor"),
        ("arn:aws-cn:iam::1:user/path/bob", "user bob"),
        ("arn:aws:iam::1:root", "the root user"),
        ("", "the caller"),
    ],
)
def test_callers(arn: str, who: str) -> None:
    assert summary.caller(arn) == who


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 100% <b>", "plain 100% <b>"),
        ("Zürich 東京 🙂", "Zürich 東京 🙂"),
        ("a\x00\x1b\x7f\x9b", "a\\x00\\x1b\\x7f\\x9b"),
        ("a\u202e\u2066\u200b\ufeff\u2028", "a\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("tag\U000e0041 half\ud800", "tag\\U000e0041 half\\ud800"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_shortened_never_exceeds() -> None:
    assert shortened("\x1b" * 100, 10) == "\\x1b\\x1b\\…"
    assert shortened("short", 5) == "short"
