"""The fewest calls for what rules read, each with its reason."""

import json

import pytest

from mllens.rules.load import ours
from mllens.scanner import Account, DefinitionError, Region, Resource, api
from mllens.scanner.iam import Role
from mllens.scanner.model import TYPES, Answer
from mllens.scanner.plan import Plan, everything, only, plan
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    Model,
    MonitoringExecution,
    MonitoringSchedule,
    TrainingJob,
    VariantMetrics,
)


def calls(wanted: Plan) -> set[str]:
    return {str(call) for call in wanted.calls} - {"sts:GetCallerIdentity", "ec2:DescribeRegions"}


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ([], set()),
        ([Account, Region], set()),
        ([Model], {"sagemaker:ListModels"}),
        ([Model.created], {"sagemaker:ListModels"}),
        ([Endpoint.status, Endpoint.last_modified], {"sagemaker:ListEndpoints"}),
        ([Model.network_isolation], {"sagemaker:ListModels", "sagemaker:Search", "sagemaker:DescribeModel"}),
        ([Endpoint.rollback_alarms], {"sagemaker:ListEndpoints", "sagemaker:DescribeEndpoint"}),
        ([Role.trust_policy], {"iam:GetAccountAuthorizationDetails"}),
        ([Bucket.versioning], {"s3:GetBucketVersioning"}),
        ([MonitoringExecution.status], {"sagemaker:ListMonitoringSchedules", "sagemaker:ListMonitoringExecutions"}),
        (
            [VariantMetrics.cpu],
            {"sagemaker:ListEndpoints", "sagemaker:Search", "sagemaker:DescribeEndpoint", "cloudwatch:GetMetricData"},
        ),
        (
            [Endpoint.tags],
            {
                "sagemaker:ListEndpoints", "sagemaker:Search", "sagemaker:DescribeEndpoint",
                "resourcegroupstaggingapi:GetResources", "sagemaker:ListTags",
            },
        ),
        ([Answer(Model, "PrimaryContainer.Mode", "DescribeModel")], {"sagemaker:ListModels", "sagemaker:DescribeModel"}),
    ],
)  # fmt: skip
def test_only_what_is_read(reads: list[object], expected: set[str]) -> None:
    assert calls(plan(reads)) == expected


def test_each_call_has_its_reason() -> None:
    needs = plan([Model.network_isolation, Model.created, MonitoringSchedule.definition]).needs
    assert dict(needs[Model.type].because) == {"Search": ("Model.network_isolation",)}
    assert dict(needs[MonitoringSchedule.type].because) == {
        "DescribeMonitoringSchedule": ("MonitoringSchedule.definition",)
    }


def test_parents_come_before_their_children_and_what_is_referred_to_last() -> None:
    order = list(plan([MonitoringExecution, Bucket, TrainingJob.input_buckets, VariantMetrics.cpu]).needs)
    assert order.index(MonitoringSchedule.type) < order.index(MonitoringExecution.type)
    assert order.index(Endpoint.type) < order.index(VariantMetrics.type)
    assert order[-1] == Bucket.type


def test_the_policy_allows_the_calls_and_nothing_else() -> None:
    policy = plan([MonitoringExecution.status, Bucket.versioning, Endpoint.tags]).policy()
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "MllensScan",
                "Effect": "Allow",
                "Action": [
                    "ec2:DescribeRegions",
                    "s3:GetBucketVersioning",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:ListEndpoints",
                    "sagemaker:ListMonitoringExecutions",
                    "sagemaker:ListMonitoringSchedules",
                    "sagemaker:ListTags",
                    "sagemaker:Search",
                    "tag:GetResources",
                ],
                "Resource": "*",
            }
        ],
    }


def test_prices() -> None:
    assert [str(c) for c in plan([VariantMetrics.cpu]).priced()] == ["cloudwatch:GetMetricData"]
    assert plan([Endpoint.tags]).priced() == ()


def test_no_rule_needs_more_than_everything() -> None:
    whole = everything()
    assert set(whole.needs) == {
        t for t in TYPES if not t.startswith("AWS::::") and TYPES[t].__module__.startswith("mllens.")
    }
    for rule in ours():
        needed = set(json.dumps(plan(rule.reads).policy()["Statement"][0]["Action"])[1:-1].split(", "))
        assert needed <= set(json.dumps(whole.policy()["Statement"][0]["Action"])[1:-1].split(", "))


def test_plans_are_told_apart_by_their_policies() -> None:
    assert plan([Model]).policy_sha256 == plan([Model.created]).policy_sha256
    assert plan([Model]).policy_sha256 != plan([Model.network_isolation]).policy_sha256


def test_without_some_types() -> None:
    assert set(only(plan([Model, Endpoint]), [Model.type]).needs) == {Model.type}


def test_wrong_reads_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mllens.scanner.model.TYPES", dict(TYPES))

    class Unread(Resource, type="Test::Nobody::Reads", name="Name"):
        size: int = api("Size")

    with pytest.raises(DefinitionError, match="Test::Nobody::Reads: a rule reads it, but no collector produces it"):
        plan([Unread.size])
    with pytest.raises(DefinitionError, match=r"Container\.image is inside a structure"):
        plan([Container.image])
    with pytest.raises(DefinitionError, match=r"DescribeModel has no Nonsense"):
        plan([Answer(Model, "Nonsense", "DescribeModel")])
    with pytest.raises(DefinitionError, match=r"'Model\.created' cannot be read: give a field"):
        plan(["Model.created"])
