import re

import pytest

from mllens.reports.assessment import Assessment, Finding, Relation, ResourceId
from mllens.reports.harmless import middle
from mllens.reports.lineage import NODES, Drawing, Lineage, around, identity, troubled

ACCOUNT, REGION = "111122223333", "eu-central-1"
SHORT = {
    "E": "Endpoint",
    "C": "EndpointConfig",
    "M": "Model",
    "P": "ModelPackage",
    "G": "ModelPackageGroup",
    "J": "TrainingJob",
}


def resource(name: str) -> ResourceId:
    """A resource whose name begins with a letter for its type; B is a bucket."""
    type_ = "AWS::S3::Bucket" if name[0] == "B" else f"AWS::SageMaker::{SHORT[name[0]]}"
    return ResourceId(arn="", type=type_, account=ACCOUNT, region=REGION, name=name)


def relations(*pairs: str, state: str = "known") -> list[Relation]:
    return [
        Relation.model_validate({"source": resource(a), "field": "x", "target": resource(b), "state": state})
        for a, b in (pair.split(">") for pair in pairs)
    ]


def drawn(assessment: Assessment, start: str, *given: Relation, findings: list[Finding] | None = None) -> Drawing:
    made = Lineage(
        assessment.model_copy(update={"relations": list(given), "undrawn": [], "findings": findings or []})
    ).draw(resource(start))
    assert made
    return made


def columns(drawing: Drawing) -> list[list[str]]:
    """The names as they stand, from left to right and from top to bottom."""
    at: dict[int, list[str]] = {}
    for box in sorted(drawing.boxes, key=lambda box: (box.x, box.y)):
        at.setdefault(box.x, []).append(box.name)
    return list(at.values())


def finding(assessment: Assessment, name: str, status: str, severity: str = "high", waived: bool = False) -> Finding:
    return assessment.findings[0].model_copy(
        update={"resource": resource(name), "status": status, "severity": severity, "waived": waived}
    )


def test_what_is_used_stands_to_the_right_and_what_uses_to_the_left(assessment: Assessment) -> None:
    drawing = drawn(assessment, "M", *relations("E>C", "C>M", "M>P", "P>G", "J>B"))
    assert columns(drawing) == [["E"], ["C"], ["M"], ["P"], ["G"]]
    assert drawing.words == (
        "endpoint E uses endpoint config C; endpoint config C uses model M; model M uses model package P; "
        "model package P uses model package group G."
    )
    assert drawing.left_out == ""


def test_an_endpoint_reaches_the_group_of_its_package(assessment: Assessment) -> None:
    buckets = [f"E>B{n}" for n in range(9)]
    drawing = drawn(assessment, "E", *relations(*buckets, "E>C", "C>M", "M>P", "P>G"))
    assert [names for names in columns(drawing) if "G" in names]
    assert drawing.left_out == "Not drawn: 5 more that E uses."


def test_a_use_that_a_path_tells_is_not_drawn_again(assessment: Assessment) -> None:
    drawing = drawn(assessment, "E", *relations("E>C", "C>B", "E>B"))
    assert columns(drawing) == [["E"], ["C"], ["B"]]
    assert len(drawing.lines) == 2
    assert drawing.words.startswith("endpoint E uses endpoint config C and bucket B;")


def test_circles_end(assessment: Assessment) -> None:
    drawing = drawn(assessment, "E", *relations("E>C", "C>E", "C>M", "M>C", "M>E", "E>E"))
    assert columns(drawing) == [["E"], ["C"], ["M"]]
    assert all(line.count("M") == 2 for line in drawing.lines)  # a second head, where the line begins


def test_what_fails_comes_first_where_not_all_can_be_shown(assessment: Assessment) -> None:
    jobs = relations(*(f"J{n:03}>B" for n in range(200)))
    drawing = drawn(assessment, "B", *jobs, findings=[finding(assessment, "J150", "fail")])
    assert columns(drawing) == [["J000", "J001", "J002", "J003", "J150"], ["B"]]
    assert [box.kind for box in drawing.boxes] == ["", "", "", "", "fail", "start"]
    assert drawing.left_out == "Not drawn: 195 more that use B."


def test_no_drawing_holds_too_much() -> None:
    def near(node: tuple[str, str, str, str]) -> list[tuple[str, str, str, str]]:
        return [("AWS::SageMaker::Model", "", "", f"{node[3]}{n}") for n in range(9)]

    shown = around(("AWS::SageMaker::Model", "", "", "m"), near, near, first=lambda _: 0)
    assert len(shown.used) + len(shown.using) + 1 == NODES
    assert not shown.used & shown.using


def test_how_boxes_look(assessment: Assessment) -> None:
    given = relations("E>C", "C>B") + relations("C>M", state="missing") + relations("C>P", state="unseen")
    findings = [
        finding(assessment, "E", "fail"),
        finding(assessment, "C", "unknown"),
        finding(assessment, "B", "fail", waived=True),
    ]
    looks = {box.name: (box.kind, box.note) for box in drawn(assessment, "E", *given, findings=findings).boxes}
    assert looks == {
        "E": ("start fail", "endpoint · 1 fails"),
        "C": ("unsure", "endp…fig · 1 unknown"),
        "B": ("", "bucket"),
        "M": ("missing", "model · missing"),
        "P": ("unseen", "mode…kage · not read"),
    }
    shapes = {box.name: box.outline for box in drawn(assessment, "E", *given, findings=findings).boxes}
    assert shapes["E"] != shapes["C"] == shapes["B"]  # not by colour alone


def test_nothing_hangs_on_it(assessment: Assessment) -> None:
    empty = assessment.model_copy(update={"relations": [], "undrawn": []})
    assert Lineage(empty).draw(resource("E")) is None


def test_the_order_of_relations_does_not_show(assessment: Assessment) -> None:
    start = next(r.source for r in assessment.relations if r.source.name == "churn")
    turned = assessment.model_copy(update={"relations": assessment.relations[::-1]})
    assert Lineage(turned).draw(start) == Lineage(assessment).draw(start)


def test_names_mean_no_harm(assessment: Assessment) -> None:
    for item in troubled(assessment.findings):
        if drawing := Lineage(assessment).draw(item.resource):
            said = "".join(f"{box.name}{box.note}{box.title}" for box in drawing.boxes) + drawing.words
            assert not re.search("[\\x00-\\x1f\\u202e]", said)
            assert max(len(box.name) for box in drawing.boxes) <= 17


def test_the_worst_resource_comes_first(assessment: Assessment) -> None:
    order = troubled(
        [
            finding(assessment, "M", "unknown", "critical"),
            finding(assessment, "E", "fail", "medium"),
            finding(assessment, "C", "fail", "high"),
            finding(assessment, "P", "fail", "critical", waived=True),
            finding(assessment, "B", "pass"),
            finding(assessment, "E", "unknown"),
        ]
    )
    assert [(item.resource.name, item.said) for item in order] == [
        ("C", "1 fails"),
        ("E", "1 fails, 1 unknown"),
        ("M", "1 unknown"),
    ]
    assert identity(order[0].resource) == ("AWS::SageMaker::EndpointConfig", ACCOUNT, REGION, "C")


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("short", 5, "short"),
        ("claims-triage-train-2026-10-24", 11, "claim…10-24"),
        ("abcdefgh", 4, "ab…h"),
        ("\x1b\x1b", 5, "\\x…1b"),
        ("東京大阪名古屋", 7, "東京…屋"),
        ("東京", 4, "東京"),
        ("a東", 2, "a…"),
    ],
)
def test_names_are_cut_in_the_middle(text: str, most: int, shown: str) -> None:
    assert middle(text, most) == shown
