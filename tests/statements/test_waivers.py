"""What a waiver accepts: rules, resources by name, ARN and tag, single findings; and what it does not."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from mllens.cli.selection import Chosen
from mllens.rules import Fail, Finding, Pass, findings
from mllens.rules.security.notebook_root_access_disabled import notebook_root_access_disabled as rule
from mllens.scanner import Graph
from mllens.scanner.sagemaker_studio import NotebookInstance
from mllens.statements.waivers import Waiver, Waiving

GRAPH = Graph.of(
    *(
        NotebookInstance(name=name, arn=f"arn:aws:sagemaker:::{name}", status="InService", root_access=root, **tags)
        for name, root, tags in (
            ("sandbox-ada", "Enabled", {"tags": {"stage": "dev-1"}}),
            ("sandbox[1]", "Enabled", {"tags": {"Stage": "dev-1"}}),
            ("claims", "Enabled", {"tags": {}}),
            ("untold", "Enabled", {}),
            ("locked", "Disabled", {"tags": {"stage": "dev-1"}}),
        )
    )
)
PRACTICE = "MLSUS01_BP01"
FOUND = list(findings([rule], GRAPH))
IDS = {finding.key.name: finding.id for finding in FOUND}


def waiver(**changes: Any) -> Waiver:
    values: dict[str, Any] = {
        "format": 1,
        "rules": [rule.id],
        "owner": "Alan",
        "reason": "no data of customers",
        "tool_reason": "BUSINESS_PRIORITIES",
        "date": "2026-05-01",
        "expires": "2026-11-01",
    }
    return Waiver.model_validate({k: v for k, v in (values | changes).items() if v is not None})


def accepted(*waivers: Waiver, found: list[Finding] = FOUND) -> dict[str, str]:
    waiving = Waiving({f"{n}.yaml": w for n, w in enumerate(waivers)}, GRAPH)
    return {finding.key.name: file for finding in found if (file := waiving.of(finding))}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"resources": ["sandbox-*"]}, {"sandbox-ada"}),
        ({"resources": ["SANDBOX-*"]}, set()),
        ({"resources": ["sandbox"]}, set()),
        ({"resources": ["sandbox[[]1]"]}, {"sandbox[1]"}),
        ({"resources": ["arn:*:sandbox-ada", "claims"]}, {"sandbox-ada", "claims"}),
        ({"resources": ["*"]}, {"sandbox-ada", "sandbox[1]", "claims", "untold"}),
        ({"tags": {"stage": "dev-*"}}, {"sandbox-ada"}),
        ({"tags": {"stage": "dev"}}, set()),
        ({"tags": {"stage": "*", "team": "*"}}, set()),
        ({"tags": {"stage": "dev-*"}, "resources": ["claims"]}, set()),
        ({"rules": ["kms-rotation"], "resources": ["*"]}, set()),
        ({"rules": None, "findings": [IDS["claims"]]}, {"claims"}),
        ({"rules": None, "findings": [IDS["locked"]]}, set()),
        ({"resources": ["*"], "owner": ""}, set()),
        ({"resources": ["*"], "reason": ""}, set()),
        ({"resources": ["*"], "date": "2026-11-01"}, {"sandbox-ada", "sandbox[1]", "claims", "untold"}),
        ({"resources": ["*"], "expires": "2026-10-31"}, set()),
        ({"resources": ["*"], "date": "2026-11-02", "expires": "2026-11-03"}, set()),
    ],
)
def test_what_is_accepted(given: dict[str, Any], names: set[str]) -> None:
    assert accepted(waiver(**given)).keys() == names


def test_only_what_fails_is_accepted() -> None:
    assert {f.key.name for f in FOUND if isinstance(f.verdict, Pass)} == {"locked"}
    assert all(isinstance(f.verdict, Fail) for f in FOUND if f.key.name in accepted(waiver(resources=["*"])))


def test_of_several_the_last_to_expire_is_named_and_each_counts() -> None:
    short, lasting = waiver(resources=["claims"]), waiver(resources=["c*"], expires="2027-01-01")
    waiving = Waiving({"a.yaml": lasting, "b.yaml": short}, GRAPH)
    assert {waiving.of(f) for f in FOUND} == {"", "a.yaml"}
    assert [(w.file, w.matched) for w in waiving.told()] == [("a.yaml", 1), ("b.yaml", 1)]
    assert waiving.said("a.yaml") == "waived by Alan until 2027-01-01 (a.yaml): no data of customers"


@pytest.mark.parametrize(
    ("given", "left_out", "why"),
    [
        ({"resources": ["claims"], "expires": "2027-01-01"}, (), ""),
        ({"resources": ["claims"]}, (), "expires on 2026-11-01"),
        ({"resources": ["gone"], "expires": "2027-01-01"}, (), "matches nothing that fails: remove it, or correct what it names"),
        ({"resources": ["gone"]}, (), "matches nothing that fails: remove it, or correct what it names; expires on 2026-11-01"),
        ({"tags": {"team": "x"}, "expires": "2027-01-01"}, (), "matches nothing: the tags of 1 failing resource were not read"),
        ({"rules": ["kms-rotation"], "resources": ["*"], "expires": "2027-01-01"}, ("kms-rotation",), ""),
        ({"rules": None, "findings": ["0" * 16], "expires": "2027-01-01"}, ("kms-rotation",), ""),
        ({"resources": ["gone"], "expires": "2026-10-31"}, (), "expired on 2026-10-31"),
        ({"resources": ["gone"], "reason": "", "owner": ""}, (), "lacks owner and reason"),
    ],
)  # fmt: skip
def test_what_is_to_be_done_about_it(given: dict[str, Any], left_out: tuple[str, ...], why: str) -> None:
    waiving = Waiving({"a.yaml": waiver(**given)}, GRAPH, left_out)
    for finding in FOUND:
        waiving.of(finding)
    assert waiving.told()[0].why == why


def test_a_scan_reads_the_tags_that_a_waiver_names() -> None:
    def tags(**given: Any) -> list[bool]:
        wanted = Chosen((rule,), ()).plan(waivers={"a.yaml": waiver(**given)})
        return [need.tags for need in wanted.needs.values()]

    assert tags(resources=["*"]) == [False]
    assert tags(tags={"stage": "*"}) == [True]
    assert tags(tags={"stage": "*"}, rules=["kms-rotation"]) == [False]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"resources": None}, "say for what: `resources` or `tags`"),
        ({"rules": None}, "name `rules`, `findings` or `practices`, one of them"),
        ({"findings": [IDS["claims"]], "resources": ["*"]}, "name `rules`, `findings` or `practices`, one of them"),
        ({"rules": None, "findings": [IDS["claims"]], "resources": ["*"]}, "a finding names its resource"),
        ({"rules": None, "findings": ["claims"]}, "'claims' is no finding's id"),
        ({"resources": ["*"], "tool_reason": "BECAUSE"}, "Input should be 'OUT_OF_SCOPE', 'BUSINESS_PRIORITIES'"),
        ({"resources": ["*"], "tool_reason": None}, "Field required"),
        ({"resources": [""]}, "at least 1 character"),
        ({"rules": None, "practices": ["MLSUS01_BP99"]}, "there is no practice 'MLSUS01_BP99'"),
        ({"rules": None, "practices": [PRACTICE]}, "a whole practice is waived as OUT_OF_SCOPE only"),
        ({"practices": [PRACTICE]}, "name `rules`, `findings` or `practices`, one of them"),
        ({"rules": None, "practices": [PRACTICE], "resources": ["*"]}, "a practice is waived as a whole"),
        ({"resources": ["*"], "accepted_by": "Grace"}, "`accepted_by` and `accepted_on` are for `practices`"),
        ({"resources": ["*"], "expires": "2026-04-30"}, "expires on 2026-04-30, before its date 2026-05-01"),
    ],
)
def test_what_is_no_waiver(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("[", r"\[")):
        waiver(**given)


def test_a_waiver_lasts_no_longer_than_it_says() -> None:
    said = waiver(resources=["*"])
    days = [date(2026, 4, 30), date(2026, 5, 1), date(2026, 11, 1), date(2026, 11, 2)]
    assert [said.stands(day).standing for day in days] == ["early", "holds", "holds", "expired"]


RULED_OUT = {
    "rules": None,
    "practices": [PRACTICE],
    "tool_reason": "OUT_OF_SCOPE",
    "accepted_by": "Grace",
    "accepted_on": "2026-05-02",
    "expires": "2027-01-01",
}


@pytest.mark.parametrize(
    ("given", "standing", "why"),
    [
        ({}, "holds", ""),
        ({"accepted_by": ""}, "unsigned", "is a proposal: somebody other than its owner has to accept it"),
        ({"accepted_on": None}, "unsigned", "is a proposal: somebody other than its owner has to accept it"),
        ({"accepted_by": "ALAN"}, "unsigned", "is accepted by its owner: somebody else must"),
        ({"owner": ""}, "unsigned", "lacks owner"),
        ({"accepted_on": "2026-11-02"}, "early", "was accepted on 2026-11-02, after 2026-11-01"),
        ({"expires": "2026-10-31"}, "expired", "expired on 2026-10-31"),
    ],
)
def test_a_practice_is_ruled_out_once_somebody_else_accepts_it(given: dict[str, Any], standing: str, why: str) -> None:
    waiving = Waiving({"a.yaml": waiver(**(RULED_OUT | given))}, GRAPH)
    assert waiving.ruling_out(PRACTICE) == ("a.yaml" if standing == "holds" else None)
    assert waiving.ruling_out("MLSUS01_BP02") is None
    assert not any(waiving.of(finding) for finding in FOUND)
    (told,) = waiving.told()
    assert (told.standing, told.why.startswith(why), told.practices) == (standing, True, [PRACTICE])
