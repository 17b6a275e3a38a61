from typing import Any

import pytest

from mllens import lineage as module
from mllens.lineage import lineage
from mllens.reports.assessment import Assessment, Finding, Relation, ResourceId
from mllens.reports.lineage import Lineage
from mllens.scanner import Graph, Ref, Resource
from mllens.scanner.iam import Role
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, EndpointConfig
from mllens.scanner.sagemaker_jobs import TrainingJob


def failing(assessment: Assessment, *resources: Resource) -> list[Finding]:
    return [
        assessment.findings[0].model_copy(
            update={
                "resource": ResourceId(arn="", type=of.type, account=of.account, region=of.region, name=of.name),
                "id": str(number),
            }
        )
        for number, of in enumerate(resources)
    ]


def job(name: str, **given: Any) -> TrainingJob:
    return TrainingJob(name=name, **given)


def told(relations: list[Relation]) -> list[tuple[str, str, str, str]]:
    return [(r.source.name, r.field, r.target.name, r.state) for r in relations]


def test_relations_say_what_is_missing_and_what_was_not_read(assessment: Assessment) -> None:
    endpoint = Endpoint(name="e", config=Ref(EndpointConfig, "gone"))
    train = job("j", role=Ref(Role, "arn:aws:iam::111122223333:role/r"), output_bucket=Ref(Bucket, "s3://b/x"))
    graph = Graph.of(endpoint, train, Bucket(name="b"), unread=[Role])
    relations, undrawn, walked = lineage(graph, failing(assessment, endpoint, train))
    assert told(relations) == [
        ("e", "config", "gone", "missing"),
        ("j", "role", "r", "unseen"),
        ("j", "output_bucket", "b", "known"),
    ]
    assert undrawn == []
    assert (walked.resources, walked.of) == (2, 2)


def test_only_what_is_near_a_finding_is_told(assessment: Assessment) -> None:
    bucket, alone = Bucket(name="b"), job("far", output_bucket=Ref(Bucket, "s3://other/x"))
    near = job("near", output_bucket=Ref(Bucket, "s3://b/x"))
    relations, _, _ = lineage(Graph.of(bucket, Bucket(name="other"), alone, near), failing(assessment, bucket))
    assert told(relations) == [("near", "output_bucket", "b", "known")]


def test_what_is_left_out_is_counted_and_the_report_draws_the_same(assessment: Assessment) -> None:
    bucket = Bucket(name="b")
    jobs = [job(f"j{number:03}", output_bucket=Ref(Bucket, "s3://b/x")) for number in range(120)]
    graph = Graph.of(bucket, *jobs)
    findings = failing(assessment, bucket, jobs[77])
    relations, undrawn, walked = lineage(graph, findings)
    assert [name for name, *_ in told(relations)] == ["j000", "j001", "j002", "j003", "j077"]
    assert [(more.resource.name, more.uses, more.used_by) for more in undrawn] == [("b", 0, 115)]
    drawing = Lineage(
        assessment.model_copy(update={"relations": relations, "undrawn": undrawn, "findings": findings})
    ).draw(findings[0].resource)
    assert drawing
    assert {box.name for box in drawing.boxes} == {"b", "j000", "j001", "j002", "j003", "j077"}
    assert drawing.left_out == "Not drawn: 115 more that use b."
    assert walked.of == 2


def test_of_very_many_the_worst_are_walked(assessment: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WALKED", 2)
    jobs = [job(f"j{number}", output_bucket=Ref(Bucket, f"s3://b{number}/x")) for number in range(3)]
    graph = Graph.of(*jobs, *(Bucket(name=f"b{number}") for number in range(3)))
    relations, _, walked = lineage(graph, failing(assessment, *jobs))
    assert [name for name, *_ in told(relations)] == ["j0", "j1"]
    assert (walked.resources, walked.of) == (2, 3)


def test_nothing_fails(assessment: Assessment) -> None:
    relations, undrawn, walked = lineage(Graph.of(Bucket(name="b")), [])
    assert (relations, undrawn, walked.of) == ([], [], 0)
