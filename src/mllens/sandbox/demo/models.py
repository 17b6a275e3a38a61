"""The demo's models."""

from __future__ import annotations

from mllens.sandbox.demo.texts import FORMULA
from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.serving import Model, make_model

_SERVING, _BY_HAND = "meridian-ml-serving", "meridian-ml-artifacts"

MODELS = (
    Model(
        name="fraud-scoring-v1",
        region=US,
        role=_SERVING,
        created=day(3, 2),
        package=("fraud-scoring", 1),
        isolated=True,
        in_network=True,
    ),
    Model(
        name="fraud-scoring-v2",
        region=US,
        role=_SERVING,
        created=day(8, 17),
        package=("fraud-scoring", 2),
        isolated=True,
        in_network=True,
    ),
    Model(
        name="fraud-scoring-v3",
        region=US,
        role=_SERVING,
        created=day(9, 20),
        package=("fraud-scoring", 3),
        isolated=True,
        in_network=True,
    ),
    Model(
        name="claims-triage-v1",
        region=US,
        role="meridian-claims-datascience",
        created=day(5, 3),
        package=("claims-triage", 1),
    ),
    Model(
        name="claims-triage-v2",
        region=US,
        role="meridian-claims-datascience",
        created=day(9, 8),
        package=("claims-triage", 2),
        preprocessing=True,
        environment={"LOG_LEVEL": "info", "REPORT_TITLE": FORMULA, "DB_PASSWORD": "not-a-real-one"},
    ),
    Model(
        name="claims-triage-v1",
        region=EU,
        role=_SERVING,
        created=day(6, 3),
        package=("claims-triage", 1),
        isolated=True,
    ),
    Model(
        name="pricing-v1",
        region=EU,
        role=_SERVING,
        created=day(3, 17),
        package=("pricing", 1),
        isolated=True,
        in_network=True,
    ),
    Model(
        name="pricing-v2",
        region=EU,
        role=_SERVING,
        created=day(6, 25),
        package=("pricing", 2),
        isolated=True,
        in_network=True,
    ),
    Model(
        name="document-reader",
        region=US,
        role=_SERVING,
        created=day(5, 19),
        bucket=_BY_HAND,
        image="meridian/document-reader:5",
    ),
    Model(name="churn-2024", region=US, role="meridian-claims-datascience", created=day(1, 12), bucket=_BY_HAND),
    Model(name="churn-2025", region=US, role="meridian-claims-datascience", created=day(2, 9), bucket=_BY_HAND),
    Model(
        name="assistant-letters", region=US, role=_SERVING, created=day(7, 8), package=("assistant", 1), isolated=True
    ),
    Model(
        name="assistant-summaries",
        region=US,
        role=_SERVING,
        created=day(7, 9),
        bucket=_BY_HAND,
        image="huggingface-inference",
    ),
    Model(
        name="photo-damage", region=US, role="meridian-claims-serving", created=day(8, 4), package=("photo-damage", 1)
    ),
    # in the network and pulled through it, but what serves may do everything
    Model(
        name="renewals",
        region=US,
        role="meridian-renewals",
        created=day(8, 30),
        bucket="meridian-claims-landing",
        image="meridian/claims-triage:latest",
        in_network=True,
        pulled_privately=True,
    ),
    Model(
        name="renewals-old",
        region=US,
        role="meridian-renewals-2025",
        created=day(6, 30),
        bucket="meridian-claims-landing",
        image="meridian/renewals:3",
    ),
    Model(
        name="lapse-2023",
        region=EU,
        role="meridian-claims-datascience",
        created=day(1, 9),
        bucket="meridian-ml-features-eu",
    ),
)


def fill(account: Account) -> None:
    """Models come after the packages that they are made of."""
    for model in MODELS:
        make_model(account, model)
