"""Which workloads are proposed, from what, and what they share."""

from hosts import APPLICATION, HERE, SHARED, US, graph, served, whole

from mllens.scanner import Graph, Inventory, Key, Ref
from mllens.scanner.sagemaker import Endpoint, ModelPackage, ModelPackageGroup, TrainingJob
from mllens.scanner.sagemaker_pipelines import Pipeline
from mllens.workload import Workload, membership
from mllens.workload.suggest import Suggestion, file_names, suggest


def names(found: Suggestion) -> list[tuple[str, str]]:
    return [(p.workload.name, p.because) for p in found.proposals]


def test_what_says_so_itself_comes_first() -> None:
    found = suggest(
        graph(
            *served("fraud", awsApplication=APPLICATION, Project="cards"),
            *served("churn", **{"sagemaker:project-name": "churn", "team": "sales"}),
            *served("letters", **{"acme:Project": "mail"}),
            *served("plain"),
            *served("bare", owner="ada"),
            *SHARED,
            whole(TrainingJob, "once"),
        )
    )
    assert names(found) == [
        ("Fraud", f"the tag awsApplication={APPLICATION}"),
        ("bare", "what serves together: Endpoint"),
        ("churn", "the tag sagemaker:project-name=churn"),
        ("mail", "the tag acme:Project=mail"),
        ("plain", "what serves together: Endpoint"),
    ]
    by_name = {p.workload.name: p.workload for p in found.proposals}
    assert by_name["Fraud"] == Workload("Fraud", (HERE,), (US,), applications=(APPLICATION,))
    assert by_name["mail"] == Workload("mail", (HERE,), (US,), tags=(("acme:Project", "mail"),))
    assert by_name["plain"].roots == (f"arn:aws:sagemaker:{US}:{HERE}:endpoint/plain",)
    every = ("Fraud", "bare", "churn", "mail", "plain")
    assert {key.name: names for key, names in found.shared.items()} == {"shared": every}
    assert [key.name for key in found.rest] == ["once"]


def test_what_serves_the_same_model_is_one() -> None:
    registry = f"arn:aws:sagemaker:{US}:{HERE}:model-package/risk/1"
    made = [
        whole(ModelPackageGroup, "risk"),
        whole(
            ModelPackage,
            "risk/1",
            group=Ref(ModelPackageGroup, "risk"),
            generated_by="arn:aws:sagemaker:us-east-1:111122223333:pipeline/train/execution/1",
        ),
        whole(Pipeline, "train"),
    ]
    found = suggest(
        graph(*served("blue", package=registry), *served("green", package=registry), *served("other"), *made, *SHARED)
    )
    assert [(p.workload.name, p.workload.roots) for p in found.proposals] == [
        ("other", (f"arn:aws:sagemaker:{US}:{HERE}:endpoint/other",)),
        (
            "risk",
            (
                "Pipeline:train",
                f"arn:aws:sagemaker:{US}:{HERE}:endpoint/blue",
                f"arn:aws:sagemaker:{US}:{HERE}:endpoint/green",
            ),
        ),
    ]


def test_a_proposal_s_file_means_its_members() -> None:
    account = graph(*served("fraud", team="risk"), *served("plain"), *SHARED)
    for proposal in suggest(account).proposals:
        assert set(membership(account, proposal.workload).members) == proposal.members


def test_it_is_the_same_in_any_order() -> None:
    account = graph(
        *served("fraud", team="risk"), *served("churn", team="risk"), *served("plain"), *served("b"), *SHARED
    )
    turned = Inventory(account.inventory.manifest, account.inventory.rows[::-1])
    assert suggest(Graph(turned)) == suggest(account)


def test_names_are_given_once() -> None:
    found = suggest(graph(*served("x", team="Risk!"), *served("y", team="risk"), *served("risk"), *SHARED))
    assert [p.workload.name for p in found.proposals] == ["Risk!", "risk", "risk 2"]
    assert file_names(found.proposals) == ["risk.toml", "risk-2.toml", "risk-2-2.toml"]


def test_tags_that_were_not_read_are_told() -> None:
    found = suggest(graph(Endpoint(name="dark", config=None), *SHARED))
    assert found.untold == (Key(Endpoint.type, HERE, US, "dark"),)
