"""How the demo makes models: pipelines, projects, features."""

from __future__ import annotations

from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.registry import (
    FeatureGroup,
    Pipeline,
    gate,
    make_feature_group,
    make_pipeline,
    make_project,
    make_review_flow,
    step,
)

_EVALUATED = step(
    "Evaluate",
    "Processing",
    "Train",
    PropertyFiles=[{"PropertyFileName": "report", "OutputName": "evaluation", "FilePath": "evaluation.json"}],
)

PIPELINES = (
    Pipeline(
        name="fraud-scoring-pipeline",
        region=US,
        role="meridian-ml-pipeline",
        created=day(2, 2),
        last=day(10, 28, 3),
        runs=("Succeeded", "Failed", "Succeeded"),
        tags={"owner": "payments-risk"},
        steps=(
            step("Prepare", "Processing"),
            step("CheckData", "QualityCheck", "Prepare", CheckType={"Type": "DATA_QUALITY"}),
            step("Train", "Training", "CheckData"),
            _EVALUATED,
            step("CheckBias", "ClarifyCheck", "Train", CheckType={"Type": "MODEL_BIAS"}),
            gate(
                "GoodEnough",
                "Evaluate",
                0.92,
                [
                    step(
                        "Register",
                        "RegisterModel",
                        "CheckBias",
                        Arguments={
                            "ModelApprovalStatus": "PendingManualApproval",
                            "ModelPackageGroupName": "fraud-scoring",
                        },
                    )
                ],
            ),
        ),
    ),
    Pipeline(
        name="fraud-scoring-deploy",
        region=US,
        role="meridian-ml-deploy",
        created=day(2, 20),
        last=day(8, 18, 8),
        runs=("Succeeded",),
        steps=(step("Deploy", "Lambda", FunctionArn="arn:aws:lambda:us-east-1:123456789012:function:deploy-endpoint"),),
    ),
    Pipeline(
        name="claims-triage-train",
        region=US,
        role="meridian-claims-datascience",
        created=day(4, 10),
        last=day(10, 24, 15),
        runs=("Succeeded", "Failed", "Failed"),
        steps=(
            step("Train", "Training"),
            step(
                "Register",
                "RegisterModel",
                "Train",
                Arguments={"ModelApprovalStatus": "Approved", "ModelPackageGroupName": "claims-triage"},
            ),
            step("Model", "Model", "Train"),
            step("Endpoint", "EndpointConfig", "Model"),
            step("Deploy", "Endpoint", "Endpoint"),
        ),
    ),
    Pipeline(
        name="churn-yearly",
        region=US,
        role="meridian-claims-datascience",
        created=day(1, 10),
        steps=(step("Train", "Training"),),
    ),
    Pipeline(
        name="pricing-pipeline",
        region=EU,
        role="meridian-ml-pipeline",
        created=day(3, 10),
        last=day(10, 5, 2),
        runs=("Succeeded", "Succeeded"),
        steps=(
            step("Train", "Training"),
            _EVALUATED,
            step("CheckBias", "ClarifyCheck", "Train", CheckType={"Type": "MODEL_BIAS"}),
            gate(
                "GoodEnough",
                "Evaluate",
                0.8,
                [
                    step(
                        "Register",
                        "RegisterModel",
                        Arguments={"ModelApprovalStatus": "PendingManualApproval", "ModelPackageGroupName": "pricing"},
                    )
                ],
            ),
        ),
    ),
)

FEATURE_GROUPS = (
    FeatureGroup(
        name="card-payments",
        region=US,
        role="meridian-ml-training",
        created=day(1, 20),
        features=("amount", "merchant_risk", "hour"),
        online=True,
        online_key="meridian-ml",
        bucket="meridian-ml-features",
        offline_key="meridian-ml",
        tags={"owner": "payments-risk"},
    ),
    FeatureGroup(
        name="claims-history",
        region=US,
        role="meridian-claims-datascience",
        created=day(4, 2),
        features=("claims_5y", "paid_5y"),
        online=True,
        bucket="meridian-claims-landing",
    ),
    FeatureGroup(
        name="household-risks",
        region=EU,
        role="meridian-ml-training",
        created=day(3, 2),
        features=("flood", "theft"),
        bucket="meridian-ml-artifacts-eu",
        offline_key="meridian-ml",
    ),
)


def fill(account: Account) -> None:
    """Pipelines with their runs, and what stands beside them."""
    for pipeline in PIPELINES:
        make_pipeline(account, pipeline)
    for features in FEATURE_GROUPS:
        make_feature_group(account, features)
    make_review_flow(account, "claims-second-look", US, day(5, 6), "meridian-claims-landing")
    make_project(account, "fraud-scoring", US, day(1, 28), "prod-5fkm2ytzw3xhe")
    make_project(account, "pricing", EU, day(3, 1), "prod-5fkm2ytzw3xhe")
