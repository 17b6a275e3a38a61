"""The demo's jobs."""

from __future__ import annotations

from mllens.sandbox.demo.texts import COLOURS
from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.training import (
    Family,
    Processing,
    Transform,
    Tuning,
    make_family,
    make_processing,
    make_transform,
    make_tuning,
)

_TRAINING, _ARTIFACTS = "meridian-ml-training", "meridian-ml-artifacts"

# Nothing trains on spot capacity: a report then shows a practice that does not apply.
FAMILIES = (
    Family(
        name="fraud-scoring-train",
        region=US,
        role=_TRAINING,
        bucket="meridian-ml-features",
        runs=(day(8, 15, 3), day(9, 19, 3), day(10, 17, 3)),
        minutes=95,
        output=_ARTIFACTS,
        isolated=True,
        in_network=True,
        key="meridian-ml",
        image="meridian/fraud-scoring:2.1",
        tags={"owner": "payments-risk"},
    ),
    Family(
        name="claims-triage-train",
        region=US,
        role="meridian-claims-datascience",
        bucket="meridian-claims-landing",
        runs=(day(9, 5, 14), day(10, 24, 16)),
        minutes=48,
        output=_ARTIFACTS,
        environment={"MLFLOW_TRACKING_TOKEN": "not-a-real-one", "EXPERIMENT": f"{COLOURS} retry"},
    ),
    Family(
        name="claims-triage-eu-train",
        region=EU,
        role=_TRAINING,
        bucket="meridian-ml-features-eu",
        runs=(day(9, 27, 2), day(10, 25, 2)),
        minutes=31,
        output="meridian-ml-artifacts-eu",
        isolated=True,
    ),
    Family(
        name="document-reader-tune",
        region=US,
        role=_TRAINING,
        bucket=None,
        runs=(day(10, 12, 20),),
        minutes=140,
        output=_ARTIFACTS,
        isolated=True,
        instance_type="ml.g5.2xlarge",
    ),
    Family(
        name="photo-damage-train",
        region=US,
        role="meridian-claims-serving",
        bucket="meridian-claims-samples",
        runs=(day(9, 12, 18),),
        minutes=205,
        checkpoints=True,
        output="meridian-claims-landing",
        instances=4,
        instance_type="ml.p3.2xlarge",
    ),
    Family(
        name="renewals-train",
        region=US,
        role="meridian-renewals",
        bucket="meridian-claims-landing",
        prefix="capture/renewals-prod/",
        runs=(day(10, 3, 11), day(10, 30, 11)),
        output="meridian-claims-landing",
        failed=True,
    ),
    Family(
        name="pricing-train",
        region=EU,
        role=_TRAINING,
        bucket="meridian-ml-artifacts-eu",
        prefix="feature-store/household-risks/",
        runs=(day(9, 1, 2), day(10, 5, 2)),
        minutes=75,
        output="meridian-ml-artifacts-eu",
        isolated=True,
        in_network=True,
        instances=2,
        sharded=True,
        key="meridian-ml",
        image="meridian/pricing:4.2",
        tags={"owner": "actuarial", "run": "deadline"},
    ),
)

PROCESSINGS = (
    Processing(
        name="fraud-scoring-prepare-2026-10-17", region=US, on=day(10, 17, 1), role="meridian-ml-pipeline", isolated=True, encrypted=True, key="meridian-ml",
        reads="s3://meridian-ml-features/payments/", writes="s3://meridian-ml-features/fraud-scoring-train/train/",
    ),
    Processing(
        name="fraud-scoring-features-2026-10-17", region=US, on=day(10, 17, 2), role=_TRAINING, isolated=True, encrypted=True, key="meridian-ml",
        reads="s3://meridian-ml-features/payments/", writes="", features="card-payments",
    ),
    Processing(
        name="fraud-scoring-evaluate-2026-10-17", region=US, on=day(10, 17, 5), role=_TRAINING, isolated=True, encrypted=True, key="meridian-ml",
        reads="s3://meridian-ml-features/fraud-scoring/test/", writes="s3://meridian-ml-artifacts/fraud-scoring-v3/reports/",
    ),
    Processing(
        name="claims-triage-evaluate-2026-10-24", region=US, on=day(10, 24, 18), role="meridian-claims-datascience",
        reads="s3://meridian-claims-landing/claims-triage-train/train/", writes="s3://meridian-claims-landing/reports/",
    ),
    Processing(
        name="claims-triage-baseline-2026-10-25", region=US, on=day(10, 25, 8), role="meridian-claims-datascience",
        reads="s3://meridian-claims-landing/sample.csv", writes="s3://meridian-claims-landing/baseline/",
        failed=f"AlgorithmError: {COLOURS} no such column",
    ),
    Processing(
        name="pricing-prepare-2026-10-05", region=EU, on=day(10, 5, 1), role=_TRAINING, isolated=True, encrypted=True, key="meridian-ml",
        reads="s3://meridian-ml-features-eu/policies/", writes="", features="household-risks",
    ),
)  # fmt: skip

TRANSFORMS = (
    Transform(name="renewals-scores", region=US, model="renewals", runs=(day(10, 19, 1), day(10, 26, 1)), bucket="meridian-claims-landing"),
    Transform(
        name="pricing-book", region=EU, model="pricing-v2", runs=(day(10, 1, 1),), bucket="meridian-ml-artifacts-eu",
        capture="meridian-ml-capture-eu", key="meridian-ml",
    ),
)  # fmt: skip

TUNINGS = (
    Tuning(
        name="fraud-scoring-search", region=US, on=day(9, 15, 8), role=_TRAINING, bucket="meridian-ml-features",
        output=_ARTIFACTS, isolated=True, early=True, key="meridian-ml",
    ),
    Tuning(name="claims-search", region=US, on=day(10, 20, 8), role="meridian-tuning", bucket="meridian-claims-landing", output="meridian-claims-landing", trials=200),
)  # fmt: skip


def fill(account: Account) -> None:
    """All jobs of the last months."""
    for family in FAMILIES:
        make_family(account, family)
    for job in PROCESSINGS:
        make_processing(account, job)
    for transform in TRANSFORMS:
        make_transform(account, transform)
    for tuning in TUNINGS:
        make_tuning(account, tuning)
