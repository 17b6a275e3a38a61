"""What is taken for production, and by what."""

import pytest

from mllens.rules.stage import Stage, stage
from mllens.scanner import Unobserved
from mllens.scanner.sagemaker import Endpoint

UNMARKED = Stage(production=True, assumed="taken for production, as neither tags nor name say", marked=False)


@pytest.mark.parametrize(
    ("name", "production"),
    [
        ("churn-prod", True),
        ("prod_churn", True),
        ("PRODUCTION-churn", True),
        ("churn-v2-live", True),
        ("churn-dev", False),
        ("churn-staging-2", False),
        ("churn-nonprod", False),
        ("churn-non-prod", False),
        ("churn-pre-production", False),
    ],
)
def test_words_of_the_name(name: str, production: bool) -> None:
    kind = "production" if production else "not production"
    assert stage(Endpoint(name=name, tags={})) == Stage(production, f"{kind} by its name", marked=True)


@pytest.mark.parametrize("name", ["churn", "product-search", "latest", "delivery", "contest", "prod-or-test"])
def test_names_that_say_nothing_are_taken_for_production(name: str) -> None:
    assert stage(Endpoint(name=name, tags={})) == UNMARKED


def test_tags_go_before_the_name() -> None:
    endpoint = Endpoint(name="churn-prod", tags={"Environment": "Staging"})
    assert stage(endpoint) == Stage(
        production=False, assumed="not production by its tag Environment=Staging", marked=True
    )


def test_other_tags_and_values_without_a_known_word_say_nothing() -> None:
    assert stage(Endpoint(name="churn", tags={"owner": "dev-team", "env": "blue"})) == UNMARKED


@pytest.mark.parametrize("name", ["churn", "churn-dev", "churn-prod"])
def test_unread_tags_are_unknown_whatever_the_name(name: str) -> None:
    with pytest.raises(Unobserved, match=r"Endpoint\.tags"):
        stage(Endpoint(name=name))


def test_the_words_for_production_can_be_set() -> None:
    assert stage(Endpoint(name="churn-gold", tags={}), ["gold"]).marked
    assert not stage(Endpoint(name="churn-prod", tags={}), ["gold"]).marked
