"""The risk that a plan predicts is the one that the simulated Tool gives, on lenses made at random."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mllens.lens.risk import RiskRule, parse
from mllens.lens.watool import predicted
from mllens.lens.watool.held import read
from mllens.sandbox import Sandbox

CHOICES = ("Q01_a", "Q01_b", "Q01_c", "Q01_no")
LEVELS = ("NO_RISK", "MEDIUM_RISK", "HIGH_RISK")


def joined(inner):
    lists = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        lists.map(lambda terms: f"({' && '.join(terms)})"),
        lists.map(lambda terms: f"({' || '.join(terms)})"),
        inner.map(lambda term: f"!{term}"),
    )


CONDITIONS = st.recursive(st.sampled_from(CHOICES), joined, max_leaves=8)
MARKED = st.fixed_dictionaries(
    {c: st.sampled_from(["SELECTED", "UNSELECTED", "NOT_APPLICABLE"]) for c in CHOICES[:-1]}
    | {CHOICES[-1]: st.sampled_from(["SELECTED", "UNSELECTED"])}
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def review(sandbox):
    tool = sandbox.client("wellarchitected")
    arn = tool.import_lens(JSONString=lens(["default", "default"]))["LensArn"]
    tool.create_lens_version(LensAlias=arn, LensVersion="0", IsMajorVersion=True)
    made = tool.create_workload(
        WorkloadName="Estate",
        Description="all",
        Environment="PRODUCTION",
        Lenses=[arn],
        AwsRegions=["us-east-1"],
        ReviewOwner="owner",
    )
    return {"WorkloadId": made["WorkloadId"], "LensAlias": arn}


def lens(conditions):
    rules = [{"condition": c, "risk": r} for c, r in zip((*conditions, "default"), LEVELS, strict=True)]
    choices = [{"id": choice, "title": choice} for choice in CHOICES]
    question = {"id": "Q01", "title": "How?", "choices": choices, "riskRules": rules}
    pillar = {"id": "one", "name": "One", "questions": [question]}
    return json.dumps({"schemaVersion": "2021-11-01", "name": "A lens", "pillars": [pillar]})


@settings(max_examples=50, deadline=None)
@given(conditions=st.tuples(CONDITIONS, CONDITIONS), answers=st.lists(MARKED, min_size=3, max_size=3))
def test_the_predicted_risk_is_the_tool_s(sandbox, review, conditions, answers):
    rules = [RiskRule(parse(c), r) for c, r in zip((*conditions, "default"), LEVELS, strict=True)]
    sandbox.record("wellarchitected", "Lens", review["LensAlias"])["versions"]["0"] = json.loads(lens(conditions))
    for marks in answers:
        updates = {choice: {"Status": status} for choice, status in marks.items()}
        tool = sandbox.client("wellarchitected")
        told = tool.update_answer(**review, QuestionId="Q01", ChoiceUpdates=updates)["Answer"]
        assert told["Risk"] == predicted(read(told, "UpdateAnswer"), rules)
