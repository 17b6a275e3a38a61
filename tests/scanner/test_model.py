"""Fields know whether they were observed; paths, keys and cases mean what AWS means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mllens.scanner import Key, Redacted, Ref, Resource, Struct, Unobserved, Watch, api, ref
from mllens.scanner.catalogue import load
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.iam import Role
from mllens.scanner.model import Field, encode
from mllens.scanner.path import ABSENT, bury, dig
from mllens.scanner.row import Row
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    ModelPackageGroup,
    MonitoringExecution,
    TrainingJob,
)
from mllens.scanner.watch import UndeclaredRead, watching

load()
SHAPELY = (
    Endpoint,
    EndpointConfig,
    Model,
    ModelPackage,
    ModelPackageGroup,
    TrainingJob,
    MonitoringExecution,
    Role,
    Bucket,
)
NAMES = st.text("abcdefgh", min_size=1, max_size=6)


# ------------------------------------------------------------------------------------------------------------- paths

STEPS = st.lists(st.tuples(NAMES, st.sampled_from(["", "[]"])), min_size=1, max_size=4)


@given(steps=STEPS, values=st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_what_is_buried_is_dug_up(steps: list[tuple[str, str]], values: list[int]) -> None:
    path = tuple(f"{name}{number}{inside}" for number, (name, inside) in enumerate(steps))
    lists = sum(inside == "[]" for _, inside in steps)
    value: Any = values[0]
    for _ in range(lists):
        value = [value, *([] if lists > 1 else values[1:])]
    into: dict[str, Any] = {}
    bury(into, path, value)
    assert dig(into, path) == value


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"A": {"B": 1}}, "A.B", 1),
        ({"A": {"B": None}}, "A.B", ABSENT),
        ({"A": {}}, "A.B", ABSENT),
        ({"A": 5}, "A.B", ABSENT),
        (5, "A", ABSENT),
        ({"A": [{"B": 1}, {}, {"B": 2}]}, "A[].B", [1, 2]),
        ({"A": []}, "A[].B", []),
        ({"A": {"B": 1}}, "A[].B", ABSENT),
        ({"A": [1, 2]}, "A[]", [1, 2]),
        ({"A": [{"N": "x", "B": 1}, {"N": "y", "B": 2}, 5]}, "A[N=x].B", [1]),
        ({"A": [{"N": "x", "B": [{"C": 1}]}]}, "A[N=x].B[].C", [[1]]),
    ],
)
def test_dig(value: Any, path: str, found: Any) -> None:
    assert dig(value, tuple(path.split("."))) == found


# -------------------------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize(
    ("cls", "arn", "account", "region", "name"),
    [
        (Endpoint, "arn:{}:sagemaker:eu-west-1:210987654321:endpoint/churn", "210987654321", "eu-west-1", "churn"),
        (
            ModelPackage,
            "arn:{}:sagemaker:eu-west-1:210987654321:model-package/churn/7",
            "210987654321",
            "eu-west-1",
            "churn/7",
        ),
        (
            ModelPackage,
            "arn:{}:sagemaker:eu-west-1:210987654321:model-package/bought",
            "210987654321",
            "eu-west-1",
            "bought",
        ),
        (Alarm, "arn:{}:cloudwatch:eu-west-1:210987654321:alarm:a/b: c", "210987654321", "eu-west-1", "a/b: c"),
        (Role, "arn:{}:iam::210987654321:role/service-role/deep/er/name", "210987654321", "", "name"),
        (Role, "arn:{}:iam::210987654321:role/name", "210987654321", "", "name"),
        (Bucket, "arn:{}:s3:::data", "", "", "data"),
        (Bucket, "arn:{}:s3:::data/some/key", "", "", "data"),
    ],
)
def test_keys_of_arns(  # noqa: PLR0917 - the columns of the table
    partition: str, cls: type[Resource], arn: str, account: str, region: str, name: str
) -> None:
    written = arn.format(partition)
    assert cls.key_of(written, "123456789012", "us-east-1") == Key(cls.type, account, region, name)


@pytest.mark.parametrize(
    ("cls", "value", "key"),
    [
        (Endpoint, "churn", ("123456789012", "us-east-1", "churn")),
        (Role, "churn", ("123456789012", "", "churn")),
        (Bucket, "s3://data/some/key", ("", "", "data")),
        (Bucket, "s3://data", ("", "", "data")),
        (Bucket, "data", ("", "", "data")),
        (Bucket, "arn:aws:s3:us-east-1:1:accesspoint/p", ("", "", "arn:aws:s3:us-east-1:1:accesspoint/p")),
    ],
)
def test_keys_of_names_and_addresses(cls: type[Resource], value: str, key: tuple[str, str, str]) -> None:
    assert cls.key_of(value, "123456789012", "us-east-1") == Key(cls.type, *key)


# ------------------------------------------------------------------------------------------- constructed and stored


def values_of(hint: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one for each kind of annotation
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([values_of(part) for part in args])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is Ref:
        return st.builds(lambda name: Ref(args[0], name), NAMES)
    if origin is tuple:
        return st.lists(values_of(args[0]), max_size=3).map(tuple)
    if hint is Any:
        return st.just({"Version": "2012-10-17"})
    if isinstance(hint, type) and issubclass(hint, Struct):
        return struct_of(hint)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(NAMES, values_of(args[1]), max_size=2)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: NAMES,
        bool: st.booleans(),
        int: st.integers(0, 1000),
        float: st.integers(0, 1000).map(float),
        NoneType: st.none(),
        Redacted: st.builds(Redacted, NAMES),
        datetime: st.integers(0, 10**9).map(lambda t: datetime.fromtimestamp(t, UTC)),
    }
    return simple[hint]


def struct_of(cls: type[Struct]) -> st.SearchStrategy[Any]:
    fields = {
        name: st.just(()) if field.hint == tuple[cls, ...] else values_of(field.hint)  # a step may hold steps
        for name, field in cls.fields.items()
        if "[" not in field.path[-1]
    }
    simple = {name: s for name, s in fields.items() if not any("[" in step for step in cls.fields[name].path)}
    return st.fixed_dictionaries(simple).map(lambda values: cls(**values))


def told_apart(field: Field) -> bool:
    """A list below items cannot be empty or shorter than its items, and a pattern takes some names only.

    Two fields of the same member cannot say two things of it.
    """
    if any(f.path[: len(field.path)] == field.path for f in field.owner.fields.values() if f is not field):
        return False
    below = [inner for _, inner in _structs(field.hint)]
    return field.pattern is None and not any("[" in step for f in (field, *below) for step in f.path)


def _structs(hint: Any) -> list[tuple[str, Field]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [pair for name, f in hint.fields.items() for pair in ((name, f), *_structs(f.hint))]
    return [pair for part in get_args(hint) for pair in _structs(part)]


@pytest.mark.parametrize("cls", SHAPELY, ids=lambda cls: cls.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_case_says_the_same_directly_and_stored(cls: type[Resource], data: st.DataObject) -> None:
    chosen = {
        name: values_of(field.hint)
        for name, field in cls.fields.items()
        if name != "tags" and told_apart(field) and data.draw(st.booleans())
    }
    values = data.draw(st.fixed_dictionaries(chosen))
    direct = cls(name="n", **values)
    row, shapes = encode(direct)
    stored = cls.from_row(Row.encode(row.key, answers=row.decode(), gaps=row.gaps), shapes)
    assert stored.key == direct.key
    for name, field in cls.fields.items():
        if name == "tags" or not told_apart(field):
            continue
        shared = {f.attr for f in cls.fields.values() if f.member == field.member and f.attr in values}
        if name in values:
            assert plain(getattr(stored, name)) == plain(getattr(direct, name)), name
        elif not shared:
            with pytest.raises(Unobserved):
                getattr(direct, name)
            with pytest.raises(Unobserved):
                getattr(stored, name)


def plain(value: Any) -> Any:
    """References without the account and region that the reader adds, structures by what they hold."""
    if isinstance(value, Ref):
        return value.value
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value.as_json() if isinstance(value, Struct) else value


# ------------------------------------------------------------------------------------------------------ not knowing


def stored(answers: dict[str, Any], **row: Any) -> Model:
    shapes = {
        "DescribeModel": ("ModelName", "PrimaryContainer", "EnableNetworkIsolation", "CreationTime"),
        "ListModels": ("ModelName",),
    }
    key = Key(Model.type, "123456789012", "us-east-1", "m")
    return Model.from_row(Row.encode(key, answers=answers, **row), shapes)


def test_what_was_left_out_means_what_is_declared() -> None:
    model = stored({"DescribeModel": {"ModelName": "m"}})
    assert model.network_isolation is False
    assert model.primary_container is None
    with pytest.raises(Unobserved, match=r"Model\.created: DescribeModel left out CreationTime"):
        _ = model.created
    with pytest.raises(Unobserved, match=r"Model\.containers: not collected"):
        _ = model.containers


def test_what_was_not_answered_is_unobserved_even_where_it_may_be_absent() -> None:
    model = stored(
        {"ListModels": {"ModelName": "m"}}, gaps={"DescribeModel": "AccessDenied on sagemaker:DescribeModel"}
    )
    for name in ("network_isolation", "primary_container", "created"):
        with pytest.raises(Unobserved, match="AccessDenied on sagemaker:DescribeModel"):
            getattr(model, name)


def test_tags_that_were_not_read_are_unobserved_and_none_are_none() -> None:
    with pytest.raises(Unobserved, match=r"Model\.tags: not collected"):
        _ = stored({}).tags
    with pytest.raises(Unobserved, match="denied"):
        _ = stored({}, gaps={"Tags": "denied"}).tags
    assert stored({}, tags={}).tags == {}


@pytest.mark.parametrize(
    "body",
    [
        {"EnableNetworkIsolation": "true"},
        {"EnableNetworkIsolation": 1},
        {"EnableNetworkIsolation": {"$redacted": "x"}},
    ],
)
def test_another_shape_is_unobserved(body: dict[str, Any]) -> None:
    with pytest.raises(Unobserved, match=r"Model\.network_isolation"):
        _ = stored({"DescribeModel": body}).network_isolation


def test_a_removed_value_is_told_where_the_type_foresees_it() -> None:
    model = stored(
        {
            "DescribeModel": {
                "PrimaryContainer": {"Environment": {"A": {"$redacted": "api-key"}}, "Image": {"$redacted": "x"}}
            }
        }
    )
    container = model.primary_container
    assert container is not None
    assert container.environment == {"A": Redacted("api-key")}
    with pytest.raises(Unobserved, match="a secret stood in it"):
        _ = container.image


def test_a_value_that_the_enumeration_does_not_know_is_kept_and_noted_on_every_read() -> None:
    shapes = {"DescribeEndpoint": ("EndpointStatus",)}
    key = Key(Endpoint.type, "123456789012", "us-east-1", "e")
    endpoint = Endpoint.from_row(Row.encode(key, answers={"DescribeEndpoint": {"EndpointStatus": "Dreaming"}}), shapes)
    for _ in range(2):
        with watching(Watch()) as watch:
            assert endpoint.status == "Dreaming"  # type: ignore[comparison-overlap]
        assert watch.unlisted == ["Endpoint.status is 'Dreaming', a value this version does not know"]


def test_the_most_telling_operation_is_read() -> None:
    shapes = {"DescribeModel": ("ModelName", "CreationTime"), "ListModels": ("ModelName", "CreationTime")}
    key = Key(Model.type, "123456789012", "us-east-1", "m")
    answers = {"ListModels": {"CreationTime": 1.0}, "DescribeModel": {"CreationTime": 2.0}}
    model = Model.from_row(Row.encode(key, answers=answers), shapes)
    assert model.created == datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert model.source(Model.created) == "DescribeModel"


def test_undeclared_reads_raise() -> None:
    with watching(Watch(frozenset({Model.created}))), pytest.raises(UndeclaredRead, match=r"Model\.tags"):
        _ = stored({}, tags={}).tags


def test_answers_that_no_field_declares() -> None:
    model = stored({"DescribeModel": {"PrimaryContainer": {"Image": "i"}}})
    assert model.answer("PrimaryContainer.Image", of="DescribeModel") == "i"
    with pytest.raises(Unobserved, match=r"left out PrimaryContainer\.Mode"):
        model.answer("PrimaryContainer.Mode", of="DescribeModel")
    with pytest.raises(Unobserved, match="not collected"):
        model.answer("PrimaryContainer.Mode", of="DescribeNothing")


# ------------------------------------------------------------------------------------------------------ definitions


def test_misspelt_fields_are_named() -> None:
    with pytest.raises(TypeError, match="Model has no field 'colour'; it has containers"):
        Model(colour="red")
    with pytest.raises(TypeError, match="HostedVariant has no field 'size'"):
        HostedVariant(size=1)  # type: ignore[call-arg]


def test_two_classes_of_one_type_are_refused() -> None:
    with pytest.raises(TypeError, match="AWS::SageMaker::Model is declared twice"):
        type("Impostor", (Resource,), {}, type="AWS::SageMaker::Model", name="ModelName")


def test_types_without_a_decoder_are_refused() -> None:
    class Odd(Struct):
        either: int | str = api("Either")
        many: "set[str]" = api("Many")

    for field in ("either", "many"):
        with pytest.raises((TypeError, IndexError)):
            _ = Odd.fields[field].decode


def test_references_below_structures_are_edges() -> None:
    paths = {
        (e.field.attr, ".".join(e.path), e.target.__name__)
        for f in (Model.containers, EndpointConfig.variants)
        for e in f.targets
    }
    assert {
        ("containers", "Containers[].ModelPackageName", "ModelPackage"),
        ("variants", "ProductionVariants[].ModelName", "Model"),
    } <= paths


def test_values_of_structures_compare_by_what_they_hold() -> None:
    assert Container(image="i") == Container(image="i")
    assert Container(image="i") != Container(image="j")
    assert hash(Container(image="i")) == hash(Container(image="i"))
    assert repr(Container(image="i")) == "Container({'Image': 'i'})"


def test_references_carry_where_they_were_written() -> None:
    reference = Ref(Endpoint, "churn", "210987654321", "eu-west-1")
    assert reference.key == Key(Endpoint.type, "210987654321", "eu-west-1", "churn")


def test_a_pattern_tells_names_from_what_holds_them() -> None:
    field = ref("A", pattern=r"queue/(\w+)")
    assert field.referred("queue/churn") == "churn"
    assert field.referred("topic/churn") is None
