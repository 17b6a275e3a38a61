"""Reading an account: what is asked, what is kept, and what is said of the rest."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import account
import pytest
from scans import RULES, WANTED, Scanner, moment

from mllens.assess import assess
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.scanner import Coverage, Graph, Inventory, Key, Missing, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.client import Answer, Clients, Refusal
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.collect import Call, Metrics, Referred
from mllens.scanner.engine import NothingRead
from mllens.scanner.existence import family_of
from mllens.scanner.iam import Role
from mllens.scanner.model import TYPES
from mllens.scanner.plan import Plan, everything, plan
from mllens.scanner.row import Row
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Endpoint,
    EndpointConfig,
    Model,
    ModelPackage,
    ModelPackageGroup,
    MonitoringExecution,
    MonitoringSchedule,
    TrainingJob,
    VariantMetrics,
)
from mllens.scanner.shapes import answers

US, EU = account.US, account.EU


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture(scope="module")
def full() -> Inventory:
    """The small account, everything read."""
    with Sandbox() as made:
        account.seed(made)
        return Scanner(made, everything())()


def read(sandbox: Sandbox, *reads: object, regions: tuple[str, ...] = (US,), **options: Any) -> Graph:
    sandbox.calls.clear()
    return Graph(Scanner(sandbox, plan(reads))(regions=regions, **options))


def coverage(graph: Graph, cls: Any, region: str = US) -> Coverage:
    found = graph.coverage(cls.type, "123456789012", region)
    assert found is not None
    return found


def model(sandbox: Sandbox, name: str, **members: Any) -> None:
    sandbox.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=account.ROLE, **members)


def models(sandbox: Sandbox, count: int, **members: Any) -> None:
    client = sandbox.client("sagemaker", fast=True)
    for number in range(count):
        client.create_model(
            ModelName=f"m{number:04}",
            ExecutionRoleArn=account.ROLE,
            PrimaryContainer={"Image": account.IMAGE},
            **members,
        )
    sandbox.calls.clear()


# -------------------------------------------------------------------------------------------------- what is observed


def observed(resource: Any) -> set[str]:
    """The fields of a resource that a scan observed."""
    found = set()
    for name in resource.fields:
        try:
            getattr(resource, name)
        except Unobserved:
            continue
        found.add(name)
    return found


FULL = (
    TrainingJob.role, TrainingJob.input_buckets, TrainingJob.output_bucket, TrainingJob.network_isolation,
    TrainingJob.environment, TrainingJob.status, ModelPackage.group, ModelPackage.version, ModelPackage.approval_status,
    ModelPackageGroup.description, Model.primary_container, Model.role, Model.network_isolation, EndpointConfig.variants,
    Endpoint.status, Endpoint.config, Endpoint.instance_counts, Endpoint.rollback_alarms, Endpoint.traffic_routing,
    Endpoint.canary_type, Endpoint.canary_size, Endpoint.last_modified, MonitoringSchedule.status,
    MonitoringSchedule.monitoring_type, MonitoringSchedule.endpoint, MonitoringSchedule.inline_network_isolation,
    MonitoringExecution.status, MonitoringExecution.scheduled, MonitoringExecution.schedule, VariantMetrics.cpu,
    VariantMetrics.invocations, VariantMetrics.endpoint, Role.trust_policy, Role.attached_policies, Alarm.metric_name,
    Alarm.endpoints, Alarm.actions, Alarm.actions_enabled, Bucket.versioning, Bucket.location,
)  # fmt: skip


@pytest.mark.parametrize("field", FULL, ids=repr)
def test_what_the_small_account_has_is_read(full: Inventory, field: Any) -> None:
    """Some resource holds a value that is none of those that absence means."""
    said = [getattr(resource, field.attr) for resource in Graph(full).known(field.owner)]
    assert any(value not in (None, (), {}) for value in said)


@pytest.mark.parametrize("cls", [TrainingJob, ModelPackage, Model, EndpointConfig, Endpoint, MonitoringSchedule])
def test_nothing_of_the_small_account_is_unobserved(full: Inventory, cls: Any) -> None:
    for resource in Graph(full).known(cls):
        assert set(cls.fields) - observed(resource) == set()


MINIMAL: list[tuple[Any, str, dict[str, Any], dict[str, Any]]] = [
    # type, operation, the least that AWS sends, field by field what it means; what is not named is unobserved
    (Model, "DescribeModel", {"ModelName": "m", "ModelArn": "a", "CreationTime": 0.0}, {
        "created": moment(1970, 1, 1), "primary_container": None, "containers": (), "role": None, "network_isolation": False,
    }),
    (Endpoint, "DescribeEndpoint", {"EndpointName": "e", "EndpointArn": "a", "EndpointStatus": "Creating"}, {
        "status": "Creating", "failure_reason": None, "instance_counts": (), "rollback_alarms": (),
        "traffic_routing": None, "canary_type": None, "canary_size": None,
    }),
    (EndpointConfig, "DescribeEndpointConfig", {"EndpointConfigName": "c"}, {"shadow_variants": ()}),
    (TrainingJob, "DescribeTrainingJob", {"TrainingJobName": "t"}, {
        "input_buckets": (), "output_bucket": None, "network_isolation": False, "managed_spot": False,
        "checkpoint_bucket": None, "environment": {},
    }),
    (ModelPackage, "DescribeModelPackage", {"ModelPackageArn": "p"}, {
        "group": None, "version": None, "approval_status": None, "last_modified": None,
    }),
    (ModelPackageGroup, "ListModelPackageGroups", {"ModelPackageGroupName": "g"}, {"description": None}),
    (MonitoringSchedule, "DescribeMonitoringSchedule", {"MonitoringScheduleName": "s"}, {
        "monitoring_type": None, "endpoint": None, "definition": None, "inline_network_isolation": False,
    }),
    (MonitoringExecution, "ListMonitoringExecutions", {"MonitoringScheduleName": "s"}, {}),
    (Alarm, "DescribeAlarms", {"AlarmName": "a", "AlarmArn": "a"}, {
        "metric_name": None, "endpoints": (), "math": (), "actions": (), "composite_rule": None,
    }),
    (Role, "GetAccountAuthorizationDetails", {"RoleName": "r"}, {"attached_policies": ()}),
    (Bucket, "GetBucketVersioning", {}, {"versioning": None}),
    (Bucket, "GetBucketLocation", {"LocationConstraint": None}, {"location": "us-east-1"}),
    (VariantMetrics, "GetMetricData", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cls", "operation", "answer", "means"), MINIMAL, ids=[f"{m[0].__name__}-{m[1]}" for m in MINIMAL]
)
def test_the_least_answer(cls: Any, operation: str, answer: dict[str, Any], means: dict[str, Any]) -> None:
    row = Row.encode(Key(cls.type, "123456789012", US, "n"), answers={operation: answer})
    resource = cls.from_row(row, answers(collectors()[cls.type]))
    known = observed(resource)
    told = {name: getattr(resource, name) for name in known}
    assert {name: told.get(name, "unobserved") for name in means} == means
    must = {name for name, f in cls.fields.items() if name != "tags" and not f.optional and f.member not in answer}
    assert known & must == set()


def test_every_type_has_a_least_answer() -> None:
    ten = {
        "Model",
        "Endpoint",
        "EndpointConfig",
        "TrainingJob",
        "ModelPackage",
        "MonitoringSchedule",
        "Alarm",
        "Role",
        "Bucket",
    }
    assert ten <= {cls.__name__ for cls, *_ in MINIMAL} <= {cls.__name__ for cls in TYPES.values()}


# ------------------------------------------------------------------------------------------------------------ paging


def test_the_largest_pages_are_asked_for(sandbox: Sandbox) -> None:
    models(sandbox, 250)
    graph = read(sandbox, Model)
    assert sandbox.calls.count("sagemaker:ListModels") == 3
    assert coverage(graph, Model).seen == 250


def test_a_token_that_comes_twice_ends_the_list_as_partial(sandbox: Sandbox) -> None:
    models(sandbox, 3)
    sandbox.faults = Faults(Fault("repeat-token", "sagemaker:ListModels"))
    line = coverage(read(sandbox, Model), Model)
    assert (line.status, line.reason) == ("partial", "sagemaker:ListModels: it gave the same page token twice")
    assert sandbox.calls.count("sagemaker:ListModels") == 2


# ------------------------------------------------------------------------------------------------------------ search


def reasons(graph: Graph, cls: Any) -> tuple[str, str]:
    line = coverage(graph, cls)
    return line.status, line.reason


def test_search_gives_the_bodies(sandbox: Sandbox) -> None:
    models(sandbox, 150, EnableNetworkIsolation=True)
    graph = read(sandbox, Model.network_isolation)
    assert sandbox.calls.counter == {
        "sts:GetCallerIdentity": 1,
        "ec2:DescribeRegions": 1,
        "sagemaker:ListModels": 2,
        "sagemaker:Search": 2,
        "sagemaker:DescribeModel": 3,
    }
    assert all(m.network_isolation for m in graph.known(Model))
    assert Counter(m.source(Model.network_isolation) for m in graph.known(Model)) == {"Search": 147, "DescribeModel": 3}


def test_a_lagging_search_is_described_where_it_is_silent(sandbox: Sandbox) -> None:
    models(sandbox, 20)
    sandbox.search.lags = sandbox.clock.now()
    with sandbox.at(sandbox.clock.now() + timedelta(hours=1)):
        model(sandbox, "new", EnableNetworkIsolation=True)
    graph = read(sandbox, Model.network_isolation)
    assert [m.name for m in graph.known(Model) if m.network_isolation] == ["new"]
    assert sandbox.calls.count("sagemaker:DescribeModel") == 4


def test_what_search_still_shows_but_no_list_holds_is_gone(sandbox: Sandbox) -> None:
    models(sandbox, 3)
    sandbox.search.lags = sandbox.clock.now()
    sandbox.client("sagemaker").delete_model(ModelName="m0001")
    assert [m.name for m in read(sandbox, Model.network_isolation).known(Model)] == ["m0000", "m0002"]


def test_a_member_that_search_leaves_out_is_noticed(sandbox: Sandbox) -> None:
    models(sandbox, 10, EnableNetworkIsolation=True)
    sandbox.search.omitted = {"EnableNetworkIsolation"}
    graph = read(sandbox, Model.network_isolation)
    assert all(m.network_isolation for m in graph.known(Model))
    assert sandbox.calls.count("sagemaker:DescribeModel") == 10
    assert reasons(graph, Model) == ("complete", "Search differs from Describe, so all were described")


def test_a_member_of_few_that_search_leaves_out_is_noticed(sandbox: Sandbox) -> None:
    models(sandbox, 40)
    model(sandbox, "m0011b", Containers=[{"Image": account.IMAGE}])
    sandbox.search.omitted = {"Containers"}
    graph = read(sandbox, Model.containers)
    assert [m.name for m in graph.known(Model) if m.containers] == ["m0011b"]


@pytest.mark.parametrize("kind", ["deny", "error", "malformed", "vanish"])
def test_without_search_all_is_described(sandbox: Sandbox, kind: Any) -> None:
    models(sandbox, 10, EnableNetworkIsolation=True)
    sandbox.faults = Faults(Fault(kind, "sagemaker:Search"))
    graph = read(sandbox, Model.network_isolation)
    assert all(m.network_isolation for m in graph.known(Model))
    assert reasons(graph, Model) == ("complete", "")


def test_search_is_not_trusted_where_no_sample_may_be_described(sandbox: Sandbox) -> None:
    models(sandbox, 10)
    sandbox.faults = Faults(Fault("deny", "sagemaker:DescribeModel"))
    graph = read(sandbox, Model.network_isolation)
    with pytest.raises(Unobserved, match="AccessDeniedException on sagemaker:DescribeModel"):
        _ = next(graph.known(Model)).network_isolation
    line = coverage(graph, Model)
    assert (line.status, line.action, line.seen, line.read) == ("denied", "sagemaker:DescribeModel", 10, 0)


# -------------------------------------------------------------------------------------------------------------- tags


def tagged(sandbox: Sandbox, name: str, tags: dict[str, str]) -> None:
    sandbox.client("sagemaker").create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
        Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
    )


def test_tags_come_from_the_tagging_service(sandbox: Sandbox) -> None:
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE})
    tagged(sandbox, "a", {"owner": "me"})
    tagged(sandbox, "b", {})
    graph = read(sandbox, EndpointConfig.tags)
    assert {c.name: c.tags for c in graph.known(EndpointConfig)} == {"a": {"owner": "me"}, "b": {}}
    assert sandbox.calls.count("resourcegroupstaggingapi:GetResources") == 1
    assert sandbox.calls.count("sagemaker:ListTags") == 0


def test_only_types_whose_tags_are_read_are_asked_for(sandbox: Sandbox) -> None:
    """An account may hold hundreds of thousands of tagged jobs."""
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE}, Tags=[{"Key": "owner", "Value": "me"}])
    for number in range(120):
        model(sandbox, f"m{number}", PrimaryContainer={"Image": account.IMAGE}, Tags=[{"Key": "n", "Value": "x"}])
    tagged(sandbox, "a", {"owner": "me"})
    graph = read(sandbox, EndpointConfig.tags)
    assert next(graph.known(EndpointConfig)).tags == {"owner": "me"}
    assert sandbox.calls.count("resourcegroupstaggingapi:GetResources") == 1  # 100 a page


def test_where_no_other_of_its_type_came_back_it_is_asked_alone(sandbox: Sandbox) -> None:
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE})
    tagged(sandbox, "a", {})
    graph = read(sandbox, EndpointConfig.tags)
    assert next(graph.known(EndpointConfig)).tags == {}
    assert sandbox.calls.count("sagemaker:ListTags") == 1


def test_where_the_tagging_service_is_denied_all_are_asked_alone(sandbox: Sandbox) -> None:
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE})
    tagged(sandbox, "a", {"owner": "me"})
    tagged(sandbox, "b", {})
    sandbox.faults = Faults(Fault("deny", "resourcegroupstaggingapi:*"))
    graph = read(sandbox, EndpointConfig.tags)
    assert {c.name: c.tags for c in graph.known(EndpointConfig)} == {"a": {"owner": "me"}, "b": {}}


def test_where_both_are_denied_tags_are_unobserved(sandbox: Sandbox) -> None:
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE})
    tagged(sandbox, "a", {"owner": "me"})
    sandbox.faults = Faults(Fault("deny", "resourcegroupstaggingapi:*"), Fault("deny", "sagemaker:ListTags"))
    with pytest.raises(Unobserved, match=r"EndpointConfig\.tags: .*AccessDeniedException on sagemaker:ListTags"):
        _ = next(read(sandbox, EndpointConfig.tags).known(EndpointConfig)).tags


# ----------------------------------------------------------------------------------------------------------- windows


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("churn-2026-10-01-03-00-00", "churn"),
        ("churn-2026-10-01-03-00-00-123", "churn"),
        ("churn-train-20261001T030000Z", "churn-train"),
        ("pipelines-a1b2c3d4e5f6-train-0f9e8d7c", "pipelines-a1b2c3d4e5f6-train"),
        ("churn-v2", "churn-v2"),
        ("churn", "churn"),
        ("feedface", "feedface"),
        ("decade-facade", "decade-facade"),
        ("2026-10-01", "2026"),
        ("churn_7", "churn"),
    ],
)
def test_families(name: str, family: str) -> None:
    assert family_of(name) == family


def jobs(sandbox: Sandbox, count: int, name: Callable[[int], str]) -> None:
    """Training jobs, an hour apart, the last one now."""
    fast = sandbox.client("sagemaker", fast=True)
    account.train(fast, "template", "data", isolated=True)
    template = sandbox.record("sagemaker", "TrainingJob", "template")
    fast.delete_training_job(TrainingJobName="template")
    for number in range(count):
        created = sandbox.clock.now() - timedelta(hours=count - 1 - number)
        arn = f"arn:aws:sagemaker:{US}:{sandbox.account}:training-job/{name(number)}"
        times = {"CreationTime": created, "LastModifiedTime": created, "TrainingStartTime": created}
        sandbox.add(
            "sagemaker", "TrainingJob", {**template, "TrainingJobName": name(number), "TrainingJobArn": arn, **times}
        )


def test_the_newest_of_each_family_within_ninety_days(sandbox: Sandbox) -> None:
    jobs(sandbox, 24 * 100, lambda n: f"{'churn' if n % 2 else 'fraud'}-{n:05}")
    graph = read(sandbox, TrainingJob.network_isolation)
    assert [j.name for j in graph.known(TrainingJob)] == ["churn-02399", "fraud-02398"]
    line = coverage(graph, TrainingJob)
    assert (line.status, line.reason) == ("bounded", "the newest of each family, of 2161 in the last 90 days")
    assert sandbox.calls.count("sagemaker:ListTrainingJobs") == 22


def test_without_the_bound_all_are_read_in_few_calls(sandbox: Sandbox) -> None:
    jobs(sandbox, 2000, lambda n: f"churn-{n:05}")
    graph = read(sandbox, TrainingJob.network_isolation, bounded=False)
    line = coverage(graph, TrainingJob)
    assert (line.status, line.seen, line.read) == ("complete", 2000, 2000)
    assert len(sandbox.calls) <= 50  # 20 pages of the list, 20 of Search, three samples, the caller: 10,000 take 205


# ------------------------------------------------------------------------------------------------ dangling references


def hosted(sandbox: Sandbox, package: str) -> None:
    model(sandbox, "m", PrimaryContainer={"ModelPackageName": package})


def container_package(graph: Graph) -> Any:
    container = next(graph.known(Model)).primary_container
    assert container is not None
    return graph.to(container.package)


def test_what_is_named_and_not_listed_is_asked_for_and_absent(sandbox: Sandbox) -> None:
    hosted(sandbox, account.package(7))
    graph = read(sandbox, Model.primary_container, ModelPackage.approval_status)
    assert isinstance(container_package(graph), Missing)
    assert sandbox.calls.count("sagemaker:DescribeModelPackage") == 1


def test_it_is_unsure_when_asking_is_denied(sandbox: Sandbox) -> None:
    hosted(sandbox, account.package(7))
    sandbox.faults = Faults(Fault("deny", "sagemaker:DescribeModelPackage"))
    graph = read(sandbox, Model.primary_container, ModelPackage.approval_status)
    with pytest.raises(Unobserved, match="AccessDeniedException on sagemaker:DescribeModelPackage"):
        container_package(graph)


def test_what_lies_in_another_account_is_not_asked_for(sandbox: Sandbox) -> None:
    hosted(sandbox, account.package(7).replace("123456789012", "210987654321"))
    graph = read(sandbox, Model.primary_container, ModelPackage.approval_status)
    with pytest.raises(Unobserved, match="it lies outside the scan"):
        container_package(graph)
    assert sandbox.calls.count("sagemaker:DescribeModelPackage") == 0


def test_it_is_in_the_plans_policy_only_where_something_refers_to_it() -> None:
    alone = plan([ModelPackage.approval_status])
    named = plan([ModelPackage.approval_status, Model.primary_container])
    assert "sagemaker:DescribeModelPackage" not in actions(alone)
    assert "sagemaker:DescribeModelPackage" in actions(named)


def actions(wanted: Plan) -> set[str]:
    return set(wanted.policy()["Statement"][0]["Action"])


# ----------------------------------------------------------------------------------------------------------- metrics


def test_metrics_are_off_unless_asked_for(full: Inventory, sandbox: Sandbox) -> None:
    account.seed(sandbox)
    graph = read(sandbox, VariantMetrics.invocations, metrics=False)
    assert sandbox.calls.count("cloudwatch:GetMetricData") == 0
    assert reasons(graph, VariantMetrics) == ("bounded", "priced, so it is off: --with-metrics turns it on")
    assert list(graph.known(VariantMetrics)) == []


def test_metrics(full: Inventory) -> None:
    by_name = {(m.region, m.name): m for m in Graph(full).known(VariantMetrics)}
    assert set(by_name) == {(US, "good/main"), (US, "bad/main"), (US, "idle/main"), (EU, "good/main")}
    good = by_name[US, "good/main"]
    assert [point.value for point in good.invocations] == [100.0] * 14
    assert (good.invocations[0].time, good.invocations[-1].time) == (moment(2026, 10, 18), moment(2026, 10, 31))
    assert by_name[US, "idle/main"].invocations == ()
    assert by_name[US, "idle/main"].cpu == ()


def test_an_endpoint_without_variants_has_nothing_to_measure(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    sandbox.amend("sagemaker", "Endpoint", "idle", EndpointStatus="Failed", ProductionVariants=None)
    graph = read(sandbox, VariantMetrics.invocations)
    assert [m.name for m in graph.known(VariantMetrics)] == ["bad/main", "good/main"]


def test_metrics_that_are_denied_are_unobserved(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    sandbox.faults = Faults(Fault("deny", "cloudwatch:GetMetricData"))
    graph = read(sandbox, VariantMetrics.invocations)
    with pytest.raises(Unobserved, match="on cloudwatch:GetMetricData"):
        _ = next(graph.known(VariantMetrics)).invocations
    assert coverage(graph, VariantMetrics).action == "cloudwatch:GetMetricData"


# ------------------------------------------------------------------------------------------------- what is not read


def test_deleted_between_list_and_detail(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    sandbox.faults = Faults(Fault("vanish", "sagemaker:DescribeEndpointConfig", resource="good-1"))
    graph = read(sandbox, Endpoint.config, EndpointConfig.variants)
    assert [c.name for c in graph.known(EndpointConfig)] == ["bad-1", "idle-1"]
    good = next(e for e in graph.known(Endpoint) if e.name == "good")
    with pytest.raises(Unobserved, match="it was deleted while the scan ran"):
        graph.to(good.config)
    assert coverage(graph, EndpointConfig).status == "complete"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("deny", "sagemaker:ListModels"), "denied"),
        (Fault("error", "sagemaker:ListModels"), "failed"),
        (Fault("reset", "sagemaker:ListModels"), "failed"),
        (Fault("malformed", "sagemaker:ListModels"), "failed"),
        (Fault("expired", "sagemaker:ListModels"), "failed"),
        (Fault("throttle", "sagemaker:ListModels"), "throttled"),
        (Fault("malformed", "sagemaker:DescribeModel"), "failed"),
        (Fault("deny", "sagemaker:DescribeModel", resource="m0001"), "partial"),
    ],
)
def test_coverage(sandbox: Sandbox, fault: Fault, status: str) -> None:
    models(sandbox, 3)
    sandbox.faults = Faults(fault, Fault("deny", "sagemaker:Search"))
    graph = read(sandbox, Model.network_isolation, Endpoint, deadline=3)
    line = coverage(graph, Model)
    assert line.status == status
    assert line.operation == fault.calls
    assert line.reason
    assert line.action == (
        "sagemaker:ListModels" if status == "denied" else "sagemaker:DescribeModel" if status == "partial" else ""
    )


def test_after_the_deadline_nothing_more_is_attempted(sandbox: Sandbox) -> None:
    models(sandbox, 3)
    sandbox.faults = Faults(Fault("throttle", "sagemaker:ListModels"))
    graph = read(sandbox, Model.network_isolation, Bucket, TrainingJob.input_buckets, MonitoringExecution, deadline=2)
    assert coverage(graph, Model).status == "throttled"
    assert coverage(graph, Model).reason == "sagemaker:ListModels: the deadline of 2 s passed"
    assert coverage(graph, MonitoringExecution).status == "empty"


def test_children_of_what_was_not_read_may_be_more(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    sandbox.faults = Faults(Fault("deny", "sagemaker:DescribeMonitoringSchedule", resource="good"))
    graph = read(sandbox, MonitoringExecution.status, MonitoringSchedule.definition)
    line = coverage(graph, MonitoringExecution)
    assert line.status == "partial"
    assert "not all of what they belong to was read" in line.reason


def test_buckets_are_read_where_they_are_named(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    graph = read(sandbox, Bucket.versioning, TrainingJob.input_buckets, regions=(US, EU))
    assert {b.name: b.versioning for b in graph.known(Bucket)} == {"training-data": None, "training-data-eu": "Enabled"}
    line = coverage(graph, Bucket, "")
    assert (line.status, line.scope) == ("complete", "referred")


def test_nothing_read_at_all(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    sandbox.enforce({"Version": "2012-10-17", "Statement": []})
    with pytest.raises(
        NothingRead, match=r"Nothing could be read as arn:aws:iam::123456789012:user/sandbox: .*policy scan"
    ):
        Scanner(sandbox, WANTED)()
    sandbox.enforce(None)
    sandbox.faults = Faults(Fault("deny"))
    with pytest.raises(NothingRead, match="on sts:GetCallerIdentity"):
        Scanner(sandbox, WANTED)()


def test_an_audit_is_complete_with_its_own_policy(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    for wanted in (WANTED, everything()):
        sandbox.enforce(wanted.policy())
        inventory = Scanner(sandbox, wanted)()
        assert {line.status for line in inventory.manifest.coverage} <= {"complete", "empty", "bounded"}
        assert set(inventory.manifest.calls) <= {str(call) for call in wanted.calls}


def test_without_one_of_its_actions_it_is_not(sandbox: Sandbox) -> None:
    account.seed(sandbox)
    policy = WANTED.policy()
    policy["Statement"][0]["Action"].remove("cloudwatch:DescribeAlarms")
    sandbox.enforce(policy)
    inventory = Scanner(sandbox)()
    lost = [line for line in inventory.manifest.coverage if line.status == "denied"]
    assert {(line.type, line.region, line.action) for line in lost} == {
        (Alarm.type, region, "cloudwatch:DescribeAlarms") for region in (US, EU)
    }
    found = assess(inventory, RULES)
    assert {f.status for f in found.findings if f.rule == "endpoint-no-error-alarm"} == {"unknown"}


def test_all_regions_that_are_switched_on(sandbox: Sandbox) -> None:
    regions = Scanner(sandbox, plan([Model]))(regions=("all",)).manifest.regions
    assert {US, EU} <= set(regions)
    assert regions == sorted(regions)


def test_two_scans_of_an_unchanged_account_are_equal(full: Inventory, sandbox: Sandbox) -> None:
    account.seed(sandbox)
    again = Scanner(sandbox, everything())()
    assert again == full


# ------------------------------------------------------------------------------------------------------------ sending


@pytest.mark.parametrize("operation", ["ListModels", "DescribeModel"])
def test_a_broken_answer_is_no_empty_answer(sandbox: Sandbox, operation: str) -> None:
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE})
    call = Call("sagemaker", operation)
    given = {"ModelName": "m"} if operation == "DescribeModel" else {}
    clients = Clients([call])
    assert isinstance(clients.send(call, US, given), Answer)
    sandbox.faults = Faults(Fault("malformed", f"sagemaker:{operation}"))
    refused = clients.send(call, US, given)
    assert isinstance(refused, Refusal)
    assert (refused.kind, refused.code) == ("retry", "Malformed")


def test_an_empty_answer_of_s3_is_one(sandbox: Sandbox) -> None:
    sandbox.client("s3").create_bucket(Bucket="data")
    call = Call("s3", "GetBucketVersioning")
    answer = Clients([call]).send(call, US, {"Bucket": "data"})
    assert isinstance(answer, Answer)
    assert answer.body == {}


def test_times_are_epoch_seconds_by_the_services_clock(sandbox: Sandbox) -> None:
    model(sandbox, "m", PrimaryContainer={"Image": account.IMAGE})
    call = Call("sagemaker", "ListModels")
    answer = Clients([call]).send(call, US, {})
    assert isinstance(answer, Answer)
    assert answer.at == sandbox.clock.now().timestamp()
    assert answer.body["Models"][0]["CreationTime"] == sandbox.clock.now().timestamp()


def test_parameters_that_botocore_refuses_are_a_failure(sandbox: Sandbox) -> None:
    call = Call("s3", "GetBucketVersioning")
    refused = Clients([call]).send(call, US, {"Bucket": "https://no/bucket"})
    assert isinstance(refused, Refusal)
    assert refused.kind == "failed"
    assert len(sandbox.calls) == 0


def test_every_type_says_where_it_comes_from() -> None:
    kinds = {type(need.collector.source) for need in everything().needs.values()}
    assert {Metrics, Referred} <= kinds
