"""What a workload is made of, in accounts made by hand: each way in which it spreads, and each gap."""

from collections.abc import Iterable

import msgspec
import pytest
from hosts import APPLICATION, ARN, HERE, SHARED, US, graph, served, whole

from mllens.scanner import Graph, Inventory, Key, Ref
from mllens.scanner.autoscaling import ScalableTarget
from mllens.scanner.catalogue import load
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.logs import LogGroup
from mllens.scanner.model import TYPES
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Endpoint,
    EndpointConfig,
    Model,
    ModelPackage,
    ModelPackageGroup,
    TrainingJob,
)
from mllens.scanner.sagemaker_governance import CardContent, ModelCard
from mllens.scanner.sagemaker_pipelines import Pipeline, PipelineExecution
from mllens.scanner.sagemaker_studio import Domain, UserProfile
from mllens.scanner.sns import Topic
from mllens.workload import Membership, Workload, WorkloadError, membership, reads
from mllens.workload.links import ACCOUNT_WIDE, PARTS, PARTS_OF_SHARED, SERVES


def of(graph: Graph, **selectors: object) -> Membership:
    return membership(graph, Workload("fraud", (HERE,), (US,), **selectors))  # type: ignore[arg-type]


def names(keys: Iterable[Key]) -> set[str]:
    return {f"{TYPES[key.type].__name__}:{key.name}" for key in keys}


FRAUD = {
    "Endpoint:fraud", "EndpointConfig:fraud-1", "Model:fraud", "Alarm:fraud-errors", "Bucket:shared", "Role:shared",
    "LogGroup:/aws/sagemaker/Endpoints/fraud",
}  # fmt: skip


def test_the_classes_that_links_name_exist() -> None:
    load()
    known = {cls.__name__ for cls in TYPES.values()}
    for table in (SERVES, PARTS, PARTS_OF_SHARED):
        assert {*table, *(name for targets in table.values() for name in targets)} <= known


@pytest.mark.parametrize(
    "selectors",
    [
        {"roots": (f"{ARN}endpoint/fraud",)},
        {"roots": ("Endpoint:fraud",)},
        {"roots": ("endpoint:fraud",)},
        {"tags": (("team", "risk"),)},
        {"tags": (("stage", "prod"), ("team", "risk"))},
        {"applications": ("Fraud",)},
        {"applications": (APPLICATION,)},
        {"applications": (f"arn:aws:servicecatalog:{US}:{HERE}:/applications/0abc",)},
    ],
)
def test_what_is_used_and_what_watches_is_in_and_what_shares_is_not(selectors: dict[str, object]) -> None:
    tags = {"team": "risk", "stage": "prod", "awsApplication": APPLICATION}
    found = of(graph(*served("fraud", **tags), *served("churn", team="sales", stage="prod"), *SHARED), **selectors)
    assert names(found.members) == FRAUD
    assert found.unsure == {}
    assert found.standing(Key(Endpoint.type, HERE, US, "churn")) == "none"


def test_two_workloads_hold_the_bucket_that_they_share() -> None:
    both = graph(*served("fraud"), *served("churn"), *SHARED)
    one, other = (of(both, roots=(f"Endpoint:{name}",)).members for name in ("fraud", "churn"))
    assert names(one.keys() & other.keys()) == {"Bucket:shared", "Role:shared"}


def test_a_way_leads_from_the_root() -> None:
    found = of(graph(*served("fraud"), *SHARED), roots=("Endpoint:fraud",))
    way = found.path(Key(Bucket.type, "", "", "shared"))
    assert [(names([key]), step.how) for key, step in way] == [
        ({"Endpoint:fraud"}, "root Endpoint:fraud"),
        ({"EndpointConfig:fraud-1"}, "config"),
        ({"Model:fraud"}, "variants"),
        ({"Bucket:shared"}, "primary_container"),
    ]


def test_an_alarm_on_two_endpoints_joins_no_workloads() -> None:
    both = whole(
        Alarm,
        "all",
        endpoints=(Ref(Endpoint, "fraud"), Ref(Endpoint, "churn")),
        topics=(Ref(Topic, f"arn:aws:sns:{US}:{HERE}:page"),),
    )
    found = of(
        graph(*served("fraud"), *served("churn"), *SHARED, both, Topic(name="page", kms_key=None)),
        roots=("Endpoint:fraud",),
    )
    assert names(found.members) == {*FRAUD, "Alarm:all", "Topic:page"}


def test_registry_pipeline_and_job_that_made_a_model_are_in() -> None:
    run = f"{ARN}pipeline/train/execution/1"
    made = "s3://shared/jobs/a/output/model.tar.gz"
    group = Ref(ModelPackageGroup, "fraud")
    registry = [
        whole(ModelPackageGroup, "fraud"),
        whole(ModelPackage, "fraud/1", group=group, generated_by=run),
        whole(ModelPackage, "fraud/2", group=group),
        whole(ModelPackage, "churn/1", group=Ref(ModelPackageGroup, "churn"), generated_by=run),
        whole(Pipeline, "train"),
        whole(PipelineExecution, "train/execution/1", pipeline=Ref(Pipeline, "train")),
        whole(TrainingJob, "a", artifact=made),
        whole(TrainingJob, "b", artifact=made.replace("/a/", "/b/")),
        whole(ModelCard, "fraud", content=CardContent(model=Ref(Model, "fraud"))),
    ]
    account = graph(*served("fraud", artifact=made, package=f"{ARN}model-package/fraud/1"), *SHARED, *registry)
    told = {"ModelPackageGroup:fraud", "ModelPackage:fraud/1", "ModelPackage:fraud/2", "Pipeline:train",
            "PipelineExecution:train/execution/1", "TrainingJob:a", "ModelCard:fraud"}  # fmt: skip
    assert names(of(account, roots=("Endpoint:fraud",)).members) == FRAUD | told
    # Who begins with the pipeline means all that it registers.
    both = names(of(account, roots=("Pipeline:train",)).members)
    assert {"ModelPackage:fraud/1", "ModelPackage:churn/1"} <= both
    assert "Endpoint:fraud" not in both


def test_a_domain_brings_its_profiles_only_where_it_is_named() -> None:
    people = [whole(UserProfile, name, domain=Ref(Domain, "d"), tags={"team": name}) for name in ("risk", "sales")]
    account = graph(whole(Domain, "d"), *people, *SHARED)
    assert names(of(account, tags=(("team", "risk"),)).members) == {"UserProfile:risk", "Domain:d"}
    assert names(of(account, roots=("Domain:d",)).members) == {"Domain:d", "UserProfile:risk", "UserProfile:sales"}


def test_scaling_comes_with_what_it_scales() -> None:
    target = whole(ScalableTarget, "endpoint/fraud/variant/a", endpoint=Ref(Endpoint, "endpoint/fraud/variant/a"))
    account = graph(*served("fraud"), *SHARED, target)
    assert "ScalableTarget:endpoint/fraud/variant/a" in names(of(account, roots=("Endpoint:fraud",)).members)


def test_without_selectors_it_is_all_of_its_accounts_and_regions() -> None:
    found = of(graph(*served("fraud"), *SHARED))
    assert found.standing(Key(Endpoint.type, HERE, US, "fraud")) == "member"
    assert found.standing(Key(Endpoint.type, HERE, "eu-west-1", "fraud")) == "none"
    assert found.standing(Key(Bucket.type, "", "", "shared")) == "member"


def test_another_account_s_are_none_of_it() -> None:
    elsewhere = whole(Endpoint, "fraud", account="444455556666", config=Ref(EndpointConfig, "fraud-1", "444455556666"))
    found = of(graph(*served("fraud"), elsewhere, *SHARED), roots=("Endpoint:fraud",))
    assert names(found.members) == FRAUD
    assert found.standing(elsewhere.key) == "none"


def test_what_is_of_the_account_is_of_each_workload() -> None:
    found = of(graph(*served("fraud"), *SHARED), roots=("Endpoint:fraud",))
    assert found.standing(Key("AWS::::Account", HERE, "", HERE)) == "member"
    assert found.standing(Key("AWS::::Region", HERE, US, US)) == "member"
    assert found.standing(Key(LogGroup.type, HERE, US, "/aws/sagemaker/TrainingJobs")) == "member"
    assert found.standing(Key("AWS::::Account", "444455556666", "", "444455556666")) == "none"


def test_what_is_of_an_account_is_of_all_or_used() -> None:
    load()
    of_accounts = {cls.type for cls in TYPES.values() if cls.scope == "account"}
    assert of_accounts - ACCOUNT_WIDE == {"AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}


# -- gaps


def without_tags(account: Graph, *named: str) -> Graph:
    """As if the tags of these had been denied."""
    rows = [
        msgspec.structs.replace(row, tags=None, gaps={**row.gaps, "Tags": "denied"}) if row.name in named else row
        for row in account.inventory.rows
    ]
    return Graph(Inventory(account.inventory.manifest, rows))


def test_tags_that_were_not_read_make_what_they_may_begin_with_unsure() -> None:
    account = without_tags(graph(*served("fraud", team="risk"), *served("churn", team="sales"), *SHARED), "churn")
    found = of(account, tags=(("team", "risk"),))
    assert names(found.members) == FRAUD
    assert names(found.unsure) == {
        "Endpoint:churn", "EndpointConfig:churn-1", "Model:churn", "Alarm:churn-errors",
        "LogGroup:/aws/sagemaker/Endpoints/churn",
    }  # fmt: skip
    assert {doubt.why for doubt in found.unsure.values()} == {
        "Endpoint.tags: denied",
        "Model.tags: denied",
    }
    assert of(account, roots=("Endpoint:fraud",)).unsure == {}


def test_a_reference_that_was_not_read_may_mean_any_of_its_type() -> None:
    blind = Endpoint(name="fraud", tags={})
    account = graph(blind, *served("fraud")[1:], *served("churn"), *SHARED)
    found = of(account, roots=("Endpoint:fraud",))
    assert names(found.members) == {"Endpoint:fraud", "Alarm:fraud-errors", "LogGroup:/aws/sagemaker/Endpoints/fraud"}
    assert {"EndpointConfig:fraud-1", "EndpointConfig:churn-1", "Model:churn", "Bucket:shared"} <= names(found.unsure)
    assert found.standing(Key(Endpoint.type, HERE, US, "churn")) == "none"  # nothing that fraud may use leads to it


def test_a_type_that_was_not_read_may_hold_what_comes_along() -> None:
    account = graph(*served("fraud"), *SHARED, Topic(name="page", kms_key=None), unread=[Alarm])
    found = of(account, roots=("Endpoint:fraud",))
    assert {"Alarm:", "Topic:page"} <= names(found.unsure)
    assert found.standing(Key(Alarm.type, HERE, US, "")) == "unsure"
    assert found.standing(Key(Endpoint.type, HERE, US, "")) == "none"


def test_a_type_that_leads_nowhere_near_leaves_no_doubt() -> None:
    found = of(graph(*served("fraud"), *SHARED, unread=[Domain, UserProfile]), roots=("Endpoint:fraud",))
    assert found.unsure == {}


def test_what_an_unread_resource_is_named_by_goes_with_it() -> None:
    rest = [r for r in (*served("fraud"), *served("churn")) if not isinstance(r, Endpoint)]
    found = of(graph(*rest, *SHARED, unread=[Endpoint]), roots=("Endpoint:fraud",))
    assert {"Alarm:fraud-errors", "Alarm:churn-errors", "Model:fraud", "Model:churn"} <= names(found.unsure)
    assert not names(found.members)
    by_arn = of(graph(*rest, *SHARED, unread=[Endpoint]), roots=(f"{ARN}endpoint/fraud",))
    assert "Alarm:fraud-errors" in names(by_arn.members)  # it is a root wherever it is


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("Endpoint:nothing", "Endpoint:nothing is not there: every Endpoint"),
        (f"{ARN}endpoint/nothing", "endpoint/nothing is not there: every Endpoint"),
        (f"{ARN}hub/models", "there is no such resource among those read"),
        ("Hub:models", "there is no such type"),
        (f"arn:aws:sagemaker:eu-west-1:{HERE}:endpoint/fraud", "is not there"),
    ],
)
def test_a_root_that_is_nowhere_is_an_error(root: str, said: str) -> None:
    with pytest.raises(WorkloadError, match=said):
        of(graph(*served("fraud"), *SHARED), roots=(root,))


def test_a_place_that_was_not_scanned_is_an_error() -> None:
    with pytest.raises(WorkloadError, match="has the region eu-west-1, which was not scanned"):
        membership(graph(*SHARED), Workload("x", (HERE,), (US, "eu-west-1")))


# -- what must be read


def test_only_what_can_lead_to_what_is_judged_is_read() -> None:
    by_root = Workload("x", (HERE,), (US,), roots=("Endpoint:a",))
    wanted = reads(by_root, [EndpointConfig])
    assert Endpoint.config in wanted
    assert Alarm.endpoints not in wanted
    assert Endpoint.fields["tags"] not in wanted
    by_tags = Workload("x", (HERE,), (US,), tags=(("team", "risk"),))
    assert Endpoint.fields["tags"] in reads(by_tags, [EndpointConfig])
    assert reads(Workload("x", (HERE,), (US,)), [EndpointConfig]) == []
