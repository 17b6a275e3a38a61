"""What a draft tells towards an answer, and which practices are asked about."""

import pytest

from mllens import lens
from mllens.assess import assess
from mllens.scanner import Graph, Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, ModelPackage
from mllens.scanner.sagemaker_governance import CardContent, ModelCard
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_review import FlowDefinition
from mllens.statements.drafts import TOPICS, drafts, open_practices

CARD = ModelCard(
    name="fraud",
    arn="arn:card",
    status="Approved",
    content=CardContent(
        model_owner="payments",
        purpose=None,
        intended_uses="card payments\nowner: everyone",
        business_problem=None,
        business_stakeholders=None,
        risk_rating="High",
        ethical_considerations=None,
        caveats=None,
    ),
)
PACKAGE = ModelPackage(
    name="fraud/7",
    arn="arn:package",
    approval_status="Approved",
    approval_description="Signed, file 7",
    bias_report=Ref(Bucket, "s3://reports/bias.json"),
    explainability_report=None,
)
CLARIFY = ProcessingJob(
    name="bias",
    arn="arn:job",
    status="Completed",
    image="1.dkr.ecr/sagemaker-clarify-processing:1.0",
    schedule_arn=None,
)
SCHEDULED = ProcessingJob(name="drift", arn="arn:drift", status="Completed", image="clarify", schedule_arn="arn:s")


def known(practice: str, *resources: object) -> tuple[str, ...]:
    (draft,) = drafts([practice], None, Graph.of(*resources, encoded=True))  # type: ignore[arg-type]
    return draft.known


def test_topics_name_practices_that_a_person_can_decide() -> None:
    choices = lens.load().choices
    assert {p for practices in TOPICS.values() for p in practices if choices[p].decided_by == "api"} == set()


def test_cards_reports_approvals_jobs() -> None:
    assert known("MLPERF01_BP01", CARD) == (
        "model card fraud: status Approved; owner payments; intended uses card payments\\nowner: everyone (arn:card)",
    )
    assert known("MLRAI04_BP01", CARD) == ("model card fraud: status Approved; risk rating High (arn:card)",)
    assert known("MLRAI07_BP03", PACKAGE) == (
        "model package fraud/7: approval Approved; because Signed, file 7 (arn:package)",
    )
    assert known("MLRAI01_BP04", PACKAGE, CLARIFY, SCHEDULED) == (
        "report on bias of model package fraud/7 (s3://reports/bias.json)",
        "Clarify job bias: status Completed (arn:job)",
    )
    assert known("MLCOST01_BP01", CARD, PACKAGE) == ()


def test_reviews_by_people_are_told() -> None:
    flow = FlowDefinition(
        name="second-look", arn="arn:flow", status="Active", reviewers=2, workteam="arn:team", task_type=None
    )
    assert known("MLPERF06_BP01", flow) == (
        "human review second-look: status Active; reviewers of each task 2; team arn:team (arn:flow)",
    )


def test_what_was_not_read_is_not_told() -> None:
    assert known("MLRAI04_BP01", ModelCard(name="shy", arn="arn:shy"), Endpoint(name="e")) == ()


def test_more_than_fits_is_counted() -> None:
    cards = [
        ModelCard(name=f"m{n}", arn=f"arn:{n}", status="Draft", content=CardContent(risk_rating="Low"))
        for n in range(8)
    ]
    told = known("MLRAI04_BP01", *cards)
    assert len(told) == 7
    assert told[-1] == "and 2 more"


@pytest.mark.parametrize(
    ("tags", "owner", "told"),
    [
        ([{"Owner": "ana"}, {"team": "ana"}, {}], "ana", ("tags name ana as owner of 2 resources",)),
        ([{"owner": "ana"}, {"owner": "ben"}], "", ("tags name ana as owner of 1 resource", "tags name ben as owner of 1 resource")),
        ([{"owner": ""}], "", ()),
    ],
)  # fmt: skip
def test_the_only_owner_is_offered(tags: list[dict[str, str]], owner: str, told: tuple[str, ...]) -> None:
    graph = Graph.of(*(Endpoint(name=f"e{n}", tags=of) for n, of in enumerate(tags)), encoded=True)
    (draft,) = drafts(["MLOPS01_BP01"], None, graph)
    assert (draft.owner, draft.known) == (owner, told)


def test_the_only_place_is_offered_as_evidence() -> None:
    graph = Graph.of(CARD, encoded=True)
    assert [d.evidence for d in drafts(["MLRAI04_BP01", "MLCOST01_BP01"], None, graph)] == ["arn:card", ""]


def test_open_are_undecided_practices_that_wait_for_a_person() -> None:
    told = assess(Graph.of(encoded=True).inventory, [])
    open_ones = open_practices(told)
    every = set(lens.load().choices)
    assert set(open_ones) == every - {"MLSEC04_BP02"}  # rules alone decide that one
    assert "MLOPS01_BP01" in open_practices(None)  # no rule speaks of it
    assert not {"MLSEC04_BP02", "MLSEC03_BP01"} & set(open_practices(None))
    answered = told.model_copy(
        update={
            "practices": [p.model_copy(update={"state": "attested"}) for p in told.practices if p.id == "MLOPS01_BP01"]
        }
    )
    assert open_practices(answered) == []
