"""The demo's registry: groups and versions, and cards."""

from __future__ import annotations

from mllens.sandbox.demo.texts import SCRIPT
from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.registry import (
    Card,
    Group,
    Version,
    make_card,
    make_group,
)

_ALL = ("quality", "bias", "explainability")
_FRAUD_WHY = "AUC 0.94 on March's payments, no group worse by more than a point"

GROUPS = (
    Group(
        name="fraud-scoring",
        region=US,
        description="Scores card payments for fraud before they settle",
        created=day(2, 3),
        bucket="meridian-ml-artifacts",
        tags={"owner": "payments-risk"},
        versions=(
            Version(
                approval="Approved",
                why="First version",
                reports=_ALL,
                drift=True,
                commit="4f1c09a",
                key="meridian-ml",
                image="meridian/fraud-scoring:1.8",
            ),
            Version(
                approval="Approved",
                why=_FRAUD_WHY,
                reports=_ALL,
                drift=True,
                commit="9be21d7",
                stage="Production",
                key="meridian-ml",
                image="meridian/fraud-scoring:2.0",
            ),
            Version(
                approval="PendingManualApproval",
                reports=_ALL,
                drift=True,
                commit="c07ee31",
                key="meridian-ml",
                image="meridian/fraud-scoring:2.1",
            ),
        ),
    ),
    Group(
        name="claims-triage",
        region=US,
        description=f"Sorts incoming claims. Owner: {SCRIPT}",
        created=day(4, 14),
        bucket="meridian-ml-artifacts",
        shared_with="*",
        versions=(
            Version(approval="Approved", by="meridian-claims-datascience", approved_by="meridian-claims-datascience"),
            Version(
                approval="Rejected", by="meridian-claims-datascience", why=f"Bias against older claimants {SCRIPT}"
            ),
        ),
    ),
    Group(
        name="claims-triage",
        region=EU,
        description="Copy of the model approved in us-east-1",
        created=day(6, 2),
        bucket="meridian-ml-artifacts-eu",
        shared_with="444455556666",
        versions=(
            Version(
                approval="Approved", why="Copied after approval in us-east-1", reports=("quality",), stage="Development"
            ),
        ),
    ),
    Group(
        name="pricing",
        region=EU,
        description="Risk premiums for household insurance",
        created=day(3, 16),
        bucket="meridian-ml-artifacts-eu",
        every=100,
        tags={"owner": "actuarial"},
        versions=(
            Version(
                approval="Approved",
                why="Signed by actuarial, file 2026-31",
                reports=_ALL,
                drift=True,
                commit="71aa0c2",
                key="meridian-ml",
                image="meridian/pricing:4.2",
            ),
            Version(
                approval="Approved",
                why="Signed by actuarial, file 2026-77",
                reports=_ALL,
                drift=True,
                commit="1d93fe8",
                stage="Production",
                key="meridian-ml",
                image="meridian/pricing:4.2",
                card="Approved",
            ),
        ),
    ),
    Group(
        name="assistant",
        region=US,
        description="Drafts letters to policy holders",
        created=day(7, 7),
        bucket="meridian-ml-artifacts",
        task="TEXT_GENERATION",
        versions=(
            Version(
                approval="Approved",
                reports=("quality",),
                commit="b5502ac",
                by="meridian-ml-pipeline",
                approved_by="meridian-ml-pipeline",
                image="huggingface-inference",
            ),
        ),
    ),
    Group(
        name="photo-damage",
        region=US,
        description="",
        created=day(8, 3),
        bucket="meridian-claims-landing",
        task="IMAGE_CLASSIFICATION",
        versions=(Version(approval="Approved"),),
    ),
)

_INTENDED = {
    "purpose_of_model": "Score payments so that likely fraud is looked at by people",
    "intended_uses": "Card payments in euro and dollar; not for decisions on accounts",
    "factors_affecting_model_efficiency": "Merchants that were never seen before",
    "risk_rating": "High",
    "explanations_for_risk_rating": "A wrong score can stop a person's payment",
}
_BUSINESS = {
    "business_problem": "Losses by card fraud",
    "business_stakeholders": "Payments risk, customer service",
    "line_of_business": "Payments",
}

CARDS = (
    Card(
        name="fraud-scoring",
        region=US,
        status="Approved",
        on=day(8, 17, 12),
        package=("fraud-scoring", 2),
        key="meridian-ml",
        sections={
            "model_overview": {"model_owner": "payments-risk", "problem_type": "Binary classification"},
            "intended_uses": _INTENDED,
            "business_details": _BUSINESS,
            "training_details": {
                "objective_function": {"function": {"function": "Maximize", "facet": "AUC"}},
                "training_observations": "Eighteen months of payments",
            },
            "evaluation_details": [
                {
                    "name": "March",
                    "datasets": ["s3://meridian-ml-features/fraud-scoring/test/"],
                    "metric_groups": [],
                }
            ],
            "additional_information": {
                "ethical_considerations": "Scores are compared by age and country each quarter; every stop can be appealed to a person",
                "caveats_and_recommendations": "Retrain when new kinds of merchants are taken on",
            },
        },
    ),
    Card(
        name="claims-triage",
        region=US,
        status="Draft",
        on=day(4, 20),
        group="claims-triage",
        sections={
            "model_overview": {"model_owner": f"claims {SCRIPT}"},
            "intended_uses": {"purpose_of_model": "", "risk_rating": "Unknown"},
            "business_details": {},
        },
    ),
    Card(
        name="document-reader",
        region=US,
        status="PendingReview",
        on=day(5, 22),
        model="document-reader",
        sections={
            "intended_uses": {
                "purpose_of_model": "Read scanned letters",
                "intended_uses": "Letters in English",
                "risk_rating": "Low",
            }
        },
    ),
    Card(
        name="pricing",
        region=EU,
        status="Approved",
        on=day(6, 26),
        group="pricing",
        key="meridian-ml",
        sections={
            "model_overview": {"model_owner": "actuarial"},
            "intended_uses": _INTENDED
            | {"purpose_of_model": "Premiums for household insurance", "risk_rating": "High"},
            "business_details": {
                "business_problem": "Prices that follow the risk",
                "business_stakeholders": "Actuarial",
                "line_of_business": "Household",
            },
            "training_details": {"training_observations": "Ten years of policies"},
            "evaluation_details": [{"name": "Hold-out 2025", "metric_groups": []}],
            "additional_information": {
                "ethical_considerations": "Postcodes are grouped so that they do not stand for origin"
            },
        },
    ),
)


def fill(account: Account) -> None:
    """Groups with their versions, then the cards that speak of them."""
    for group in GROUPS:
        make_group(account, group)
    for card in CARDS:
        make_card(account, card)
