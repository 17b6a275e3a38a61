"""What rules ask of the graph: facts where all was read, and no conclusion where it was not."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mllens.scanner import Account, Coverage, Graph, Inventory, Key, Manifest, Missing, Ref, Region, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.iam import Role
from mllens.scanner.inventory import Status
from mllens.scanner.model import encode
from mllens.scanner.row import Row
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model, TrainingJob
from mllens.scanner.shapes import answers

US, EU = "us-east-1", "eu-west-1"
ACCOUNT = "123456789012"
NOT_WHOLE: tuple[Status, ...] = (
    "partial",
    "denied",
    "throttled",
    "failed",
    "not_enabled",
    "unsupported",
    "not_attempted",
)


def graph(*resources: Any, coverage: list[Coverage], gone: tuple[Row, ...] = ()) -> Graph:
    """A graph of stored rows with the coverage given."""
    rows, shapes = list(gone), {}
    for resource in resources:
        row, shapes[resource.type] = encode(resource)
        rows.append(row)
    empty = dict.fromkeys(("mllens_version", "botocore_version", "caller_arn", "partition", "policy_sha256"), "")
    manifest = Manifest(
        **empty,
        now=0.0,
        started_at=0.0,
        finished_at=0.0,
        accounts=[ACCOUNT],
        regions=[US, EU],
        shapes={type_: dict(members) for type_, members in shapes.items()},
        coverage=coverage,
    )
    return Graph(Inventory(manifest, rows))


def line(cls: Any, status: Status = "complete", region: str = US, **more: Any) -> Coverage:
    where = {"regional": region, "account": "", "global": ""}[cls.scope]
    return Coverage(ACCOUNT, where, cls.type, status, "because", **more)


def endpoint(name: str = "e", config: str = "c", **more: Any) -> Endpoint:
    return Endpoint(
        name=name, account=ACCOUNT, region=more.pop("region", US), config=Ref(EndpointConfig, config), **more
    )


def config(name: str = "c", region: str = US, model: str = "m") -> EndpointConfig:
    return EndpointConfig(
        name=name,
        account=ACCOUNT,
        region=region,
        variants=(HostedVariant(name="v", model=Ref(Model, model)),),
        shadow_variants=(),
    )


def only(found: Iterator[Any]) -> Any:
    return next(iter(found))


def drained(found: Iterator[Any]) -> tuple[list[str], str]:
    """The names that came, and why it did not end well."""
    names = []
    try:
        for resource in found:
            names.append(resource.name)  # noqa: PERF401 - what came before the end must be kept
    except Unobserved as gap:
        return names, str(gap)
    return names, ""


def test_a_reference_to_what_was_read() -> None:
    known = graph(endpoint(), config(), coverage=[line(Endpoint), line(EndpointConfig)])
    assert known.to(only(known.known(Endpoint)).config) == only(known.known(EndpointConfig))
    assert known.to(None) is None


@pytest.mark.parametrize("status", ["complete", "empty"])
def test_missing_is_a_fact_only_where_all_was_read(status: Status) -> None:
    known = graph(endpoint(), coverage=[line(Endpoint), line(EndpointConfig, status)])
    assert known.to(only(known.known(Endpoint)).config) == Missing(Key(EndpointConfig.type, ACCOUNT, US, "c"))


@pytest.mark.parametrize("status", [*NOT_WHOLE, "bounded"])
def test_elsewhere_it_is_unobserved(status: Status) -> None:
    known = graph(endpoint(), coverage=[line(Endpoint), line(EndpointConfig, status)])
    with pytest.raises(Unobserved, match="because"):
        known.to(only(known.known(Endpoint)).config)


def test_outside_the_scan() -> None:
    known = graph(coverage=[line(Endpoint), line(EndpointConfig)])
    for reference in (Ref(EndpointConfig, "c", "210987654321", US), Ref(EndpointConfig, "c", ACCOUNT, "ap-south-1")):
        with pytest.raises(Unobserved, match="it lies outside the scan"):
            known.to(reference)


def test_what_is_only_read_where_named_is_never_missing() -> None:
    known = graph(coverage=[Coverage(ACCOUNT, "", Bucket.type, "complete", scope="referred")])
    with pytest.raises(Unobserved):
        known.to(Ref(Bucket, "s3://data/x", ACCOUNT, US))


@pytest.mark.parametrize(("gone", "fact"), [("absent", True), ("vanished", False), ("unsure", False)])
def test_rows_of_what_is_gone(gone: Any, fact: bool) -> None:
    key = Key(EndpointConfig.type, ACCOUNT, US, "c")
    row = Row.encode(key, answers={}, gone=gone, gaps={"exists": "who knows"})
    known = graph(endpoint(), coverage=[line(Endpoint), line(EndpointConfig, "bounded")], gone=(row,))
    reference = only(known.known(Endpoint)).config
    if fact:
        assert known.to(reference) == Missing(key)
    else:
        with pytest.raises(Unobserved, match="who knows"):
            known.to(reference)
    assert drained(known.known(EndpointConfig)) == ([], "")
    assert known.count(EndpointConfig.type) == 0


def test_all_gives_what_is_known_and_then_raises() -> None:
    known = graph(endpoint("b"), endpoint("a"), coverage=[line(Endpoint, "denied")])
    assert drained(known.all(Endpoint)) == (
        ["a", "b"],
        "Endpoint: AWS::SageMaker::Endpoint in us-east-1: denied: because",
    )
    assert any(e.name == "b" for e in known.all(Endpoint))
    with pytest.raises(Unobserved):
        all(e.name in "ab" for e in known.all(Endpoint))
    whole = graph(endpoint("b"), endpoint("a"), coverage=[line(Endpoint)])
    assert drained(whole.all(Endpoint)) == (["a", "b"], "")


def test_all_of_what_was_not_looked_for() -> None:
    assert drained(graph(coverage=[]).all(Endpoint)) == ([], "Endpoint: not collected")


def test_all_within_a_place_asks_only_that_place() -> None:
    lines = [line(Endpoint), line(Endpoint, "denied", EU)]
    known = graph(endpoint("a"), endpoint("b", region=EU), coverage=lines)
    us, eu = (Region(name=r, account=ACCOUNT, region=r) for r in (US, EU))
    assert drained(known.all(Endpoint, within=us)) == (["a"], "")
    assert drained(known.all(Endpoint, within=eu))[1] != ""
    assert drained(known.all(Endpoint, within=Account(name=ACCOUNT, account=ACCOUNT)))[0] == ["b", "a"]


def test_into_gives_who_refers() -> None:
    known = graph(endpoint("a"), endpoint("b", "other"), config(), coverage=[line(Endpoint), line(EndpointConfig)])
    assert drained(known.into(only(known.known(EndpointConfig)), Endpoint)) == (["a"], "")


def test_into_through_structures() -> None:
    model = Model(name="m", account=ACCOUNT, region=US)
    known = graph(config("x"), config("y", model="n"), model, coverage=[line(EndpointConfig), line(Model)])
    assert drained(known.into(only(known.known(Model)), EndpointConfig)) == (["x"], "")
    assert drained(known.into(only(known.known(Model)), EndpointConfig, via=EndpointConfig.shadow_variants)) == ([], "")


@pytest.mark.parametrize("status", [*NOT_WHOLE, "bounded"])
def test_into_raises_where_others_may_refer(status: Status) -> None:
    known = graph(endpoint("a"), config(), coverage=[line(Endpoint, status), line(EndpointConfig)])
    names, why = drained(known.into(only(known.known(EndpointConfig)), Endpoint))
    assert names == ["a"]
    assert "because" in why


def test_into_raises_where_a_reference_was_not_observed() -> None:
    blind = Endpoint(name="b", account=ACCOUNT, region=US)
    known = graph(endpoint("a"), blind, config(), coverage=[line(Endpoint), line(EndpointConfig)])
    assert drained(known.into(only(known.known(EndpointConfig)), Endpoint)) == (
        ["a"],
        "AWS::SageMaker::Endpoint b (123456789012 us-east-1): not set in this case",
    )


def test_names_of_one_region_do_not_reach_another() -> None:
    lines = [line(Endpoint), line(Endpoint, "denied", EU), line(EndpointConfig), line(EndpointConfig, region=EU)]
    known = graph(endpoint("a"), endpoint("b", region=EU), config(), config(region=EU), coverage=lines)
    here, there = sorted(known.known(EndpointConfig), key=lambda c: c.region, reverse=True)
    assert drained(known.into(here, Endpoint)) == (["a"], "")
    assert drained(known.into(there, Endpoint))[0] == ["b"]
    assert drained(known.into(there, Endpoint))[1] != ""


def test_references_by_arn_reach_across_regions() -> None:
    role = Role(name="r", account=ACCOUNT)
    job = TrainingJob(name="j", account=ACCOUNT, region=US, role=Ref(Role, f"arn:aws:iam::{ACCOUNT}:role/deep/r"))
    lines = [line(Role), line(TrainingJob), line(TrainingJob, "denied", EU)]
    known = graph(role, job, coverage=lines)
    names, why = drained(known.into(only(known.known(Role)), TrainingJob))
    assert names == ["j"]
    assert "eu-west-1: denied" in why


def test_a_reference_that_held_a_secret_is_not_observed() -> None:
    key = Key(TrainingJob.type, ACCOUNT, US, "j")
    body = {"OutputDataConfig": {"S3OutputPath": {"$redacted": "aws-access-key"}}}
    row = Row.encode(key, answers={"DescribeTrainingJob": body})
    bucket = Bucket(name="data")
    known = graph(bucket, coverage=[line(TrainingJob), line(Bucket)], gone=(row,))
    known.inventory.manifest.shapes[TrainingJob.type] = answers(collectors()[TrainingJob.type])
    assert "a secret stood in a reference" in drained(known.into(only(known.known(Bucket)), TrainingJob))[1]


def test_asking_for_an_edge_that_is_not_declared() -> None:
    known = graph(endpoint(), coverage=[line(Endpoint)])
    with pytest.raises(TypeError, match="Alarm has no field that refers to Model"):
        list(known.into(Model(name="m"), Alarm))


def test_to_networkx() -> None:
    known = graph(endpoint("a"), endpoint("b", "lost"), config(), coverage=[line(Endpoint), line(EndpointConfig)])
    made = known.to_networkx()
    a, b, c = (Key(cls.type, ACCOUNT, US, n) for cls, n in ((Endpoint, "a"), (Endpoint, "b"), (EndpointConfig, "c")))
    lost, model = Key(EndpointConfig.type, ACCOUNT, US, "lost"), Key(Model.type, ACCOUNT, US, "m")
    assert set(made.nodes) == {a, b, c, lost, model}
    assert {key for key in made.nodes if made.nodes[key]["unseen"]} == {lost, model}
    assert set(made.edges(keys=True)) == {(a, c, "config"), (b, lost, "config"), (c, model, "variants")}


def test_cases_are_the_very_objects_and_everything_else_was_read() -> None:
    mine = Endpoint(name="a", config=Ref(EndpointConfig, "c"))
    known = Graph.of(mine)
    assert only(known.known(Endpoint)) is mine
    assert isinstance(known.to(mine.config), Missing)
    with pytest.raises(Unobserved, match="denied in this case"):
        Graph.of(mine, unread=[EndpointConfig]).to(mine.config)


def test_what_an_older_file_never_looked_for_is_not_observed() -> None:
    known = graph(endpoint(), coverage=[line(Endpoint)])
    older = msgspec.structs.replace(
        known.inventory.manifest, shapes={Endpoint.type: {"ListEndpoints": ("EndpointName",)}}
    )
    seen = only(Graph(Inventory(older, known.inventory.rows)).known(Endpoint))
    with pytest.raises(Unobserved, match="not collected"):
        _ = seen.config
