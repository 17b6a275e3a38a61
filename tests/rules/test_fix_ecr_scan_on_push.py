"""Scanning rules of a registry: what is added, what is kept, what there is no room for."""

from typing import Any

import pytest

from mllens.rules.fix import Fix, Names, NeedsPerson, Undo
from mllens.rules.repairs import fix_of
from mllens.rules.security.ecr_scan_on_push import ecr_scan_on_push
from mllens.scanner import Graph, Ref, Resource
from mllens.scanner.ecr import Image, RegistryScanning, Repository, ScanningRule
from mllens.scanner.sagemaker import Endpoint, RunningVariant

ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"


def running(*repositories: str) -> Endpoint:
    images = tuple(f"{ECR}/{repository}:1" for repository in repositories)
    variant = RunningVariant(name="main", images=images, ecr_images=tuple(Ref(Image, image) for image in images))
    return Endpoint(name="churn", status="InService", variants=(variant,), shadow_variants=())


def repository(name: str, frequency: Any = "MANUAL", *, on_push: bool = False) -> Repository:
    return Repository(name=name, scan_frequency=frequency, scan_on_push=on_push)


def registry(*rules: tuple[str, tuple[str, ...]], kind: Any = "BASIC") -> RegistryScanning:
    made = tuple(ScanningRule(frequency=frequency, filters=filters) for frequency, filters in rules)  # type: ignore[arg-type]  # the tests' own words
    return RegistryScanning(name="111122223333", scan_type=kind, rules=made)


def rule(frequency: str, *filters: str) -> dict[str, Any]:
    named = [{"filter": each, "filterType": "WILDCARD"} for each in filters]
    return {"scanFrequency": frequency, "repositoryFilters": named}


def of(subject: Repository, *others: Resource) -> Fix:
    return fix_of(ecr_scan_on_push, subject, Graph.of(subject, *others, encoded=True), Names("plan"))


def test_the_repository_joins_the_rule_that_scans_on_push() -> None:
    scanning = registry(("CONTINUOUS_SCAN", ("prod/*",)), ("SCAN_ON_PUSH", ("web/*",)), kind="ENHANCED")
    fix = of(repository("ml/churn"), running("ml/churn"), scanning)
    (step,) = fix.steps
    continuous = rule("CONTINUOUS_SCAN", "prod/*")
    after = {"scanType": "ENHANCED", "rules": [continuous, rule("SCAN_ON_PUSH", "web/*", "ml/churn")]}
    assert (step.service, step.operation, step.params) == ("ecr", "PutRegistryScanningConfiguration", after)
    assert step.subject == scanning.key
    assert (step.look.operation, step.look.params) == ("GetRegistryScanningConfiguration", {})
    assert step.after == {"scanningConfiguration": after}
    assert isinstance(step.undo, Undo)
    assert step.undo.operation == "PutRegistryScanningConfiguration"
    assert step.undo.params == {"scanType": "ENHANCED", "rules": [continuous, rule("SCAN_ON_PUSH", "web/*")]}
    assert step.on == step.look.on == step.undo.on == ("*",)
    assert "Inspector" in fix.cost


def test_all_repositories_in_use_join_at_once_for_a_registry_has_one_configuration() -> None:
    others = (repository("ml/lapse"), repository("web/shop"), registry(("SCAN_ON_PUSH", ("x",))))
    fix = of(repository("ml/churn"), running("ml/churn", "ml/lapse"), *others)
    assert fix.steps[0].params["rules"] == [rule("SCAN_ON_PUSH", "x", "ml/churn", "ml/lapse")]
    assert fix.cost == ""


def test_the_first_rule_of_a_registry_keeps_what_scans_by_a_setting_of_its_own() -> None:
    others = (repository("web/shop", on_push=True), repository("web/forum"), registry())
    fix = of(repository("ml/churn"), running("ml/churn"), *others)
    assert fix.steps[0].params == {"scanType": "BASIC", "rules": [rule("SCAN_ON_PUSH", "ml/churn", "web/shop")]}


def test_a_name_that_no_filter_may_spell_gets_a_wildcard() -> None:
    fix = of(repository("ml--churn/a__b-c"), running("ml--churn/a__b-c"), registry())
    assert fix.steps[0].params["rules"] == [rule("SCAN_ON_PUSH", "ml*churn/a*b-c")]


@pytest.mark.parametrize(
    ("scanning", "why"),
    [
        (registry(("CONTINUOUS_SCAN", ("a",)), ("MANUAL", ("b",)), kind="ENHANCED"), "these are full"),
        (registry(("SCAN_ON_PUSH", tuple(f"team-{n}" for n in range(100)))), "these are full"),
        (registry(("SCAN_ON_PUSH", ("ml/churn",))), "names the repository already"),
    ],
    ids=["two rules", "a hundred filters", "named"],
)
def test_what_needs_a_person(scanning: RegistryScanning, why: str) -> None:
    with pytest.raises(NeedsPerson, match=why):
        of(repository("ml/churn"), running("ml/churn"), scanning)
