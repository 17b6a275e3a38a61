"""The demo's endpoints, good and bad, and the idle corner."""

from __future__ import annotations

from mllens.sandbox.demo.texts import COLOURS, FORMULA, SCRIPT
from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.scaling import Scaling, make_scaling
from mllens.sandbox.seeding.serving import (
    Asynchronous,
    Capture,
    Component,
    Endpoint,
    Release,
    ShadowTest,
    make_component,
    make_endpoint,
    make_shadow_test,
)

_SERVING = "meridian-ml-serving"

ENDPOINTS = (
    Endpoint(
        name="fraud-scoring-prod",
        region=US,
        tags={
            "environment": "production",
            "owner": "payments-risk",
            "cost-center": "4410",
            "use-case": "fraud",
            "data-class": "confidential",
            "affects-people": "yes",
        },
        calls=182_000,
        releases=(
            Release(on=day(3, 3), models=("fraud-scoring-v1",), instances=3),
            Release(
                on=day(8, 18),
                models=("fraud-scoring-v2",),
                instances=4,
                instance_type="ml.m6i.xlarge",
                canary=("CAPACITY_PERCENT", 10),
                guards=("fraud-scoring-5xx", "fraud-scoring-latency"),
                capture=Capture(bucket="meridian-ml-capture", key="meridian-ml", percent=20),
                key="meridian-ml",
            ),
        ),
    ),
    Endpoint(
        name="claims-triage-prod",
        region=US,
        tags={
            "environment": "production",
            "owner": f"claims {SCRIPT}",
            "note": FORMULA,
            "banner": COLOURS,
            "affects-people": "yes",
        },
        calls=9_400,
        forgets=True,
        releases=(
            Release(on=day(5, 4), models=("claims-triage-v1",)),
            Release(
                on=day(9, 9),
                models=("claims-triage-v2",),
                instances=4,
                canary=("INSTANCE_COUNT", 2),
                bakes=60,
                stays=0,
                guards=("claims-triage-5xx-old",),
                capture=Capture(bucket="meridian-claims-landing", modes=("Input",), stopped=True),
                debugged=True,
            ),
        ),
    ),
    Endpoint(
        name="document-reader-prod",
        region=US,
        tags={"environment": "production", "owner": "intake"},
        calls=310,
        releases=(Release(on=day(5, 20), models=("document-reader",), serverless=20),),
    ),
    Endpoint(
        name="churn-scores",
        region=US,
        calls=0,
        releases=(Release(on=day(1, 13), models=("churn-2024",), instances=1, instance_type="ml.g4dn.xlarge"),),
    ),
    Endpoint(
        name="fraud-scoring-dev",
        region=US,
        tags={"environment": "development", "owner": "payments-risk"},
        calls=40,
        releases=(Release(on=day(9, 21), models=("fraud-scoring-v2",), shadows=("fraud-scoring-v3",), instances=1),),
    ),
    Endpoint(
        name="churn-staging",
        region=US,
        tags={"stage": "staging"},
        calls=None,
        releases=(Release(on=day(2, 10), models=("churn-2025",), instances=1),),
        status="Failed",
        reason="The primary container for production variant main did not pass the ping health check.",
    ),
    Endpoint(
        name="assistant-prod",
        region=US,
        tags={
            "environment": "production",
            "owner": "letters",
            "use-case": "drafts",
            "data-class": "internal",
            "affects-people": "no",
        },
        calls=2_700,
        releases=(Release(on=day(7, 10), instances=2, instance_type="ml.g5.2xlarge", role=_SERVING),),
    ),
    Endpoint(
        name="photo-damage-prod",
        region=US,
        tags={"environment": "production", "owner": "claims", "use-case": "damage"},
        calls=600,
        releases=(
            Release(
                on=day(8, 5),
                models=("photo-damage",),
                instance_type="ml.g4dn.xlarge",
                instances=1,
                asynchronous=Asynchronous(bucket="meridian-claims-landing", failures=False),
            ),
        ),
    ),
    Endpoint(
        name="renewals-prod",
        region=US,
        tags={"environment": "production"},
        calls=5_200,
        releases=(
            Release(on=day(7, 1), models=("renewals-old",)),
            Release(
                on=day(9, 1),
                models=("renewals", "renewals-old"),
                weights=(1.0, 0.0),
                shadows=("churn-2025",),
                instances=1,
                instance_type="ml.m4.xlarge",
                linear=("CAPACITY_PERCENT", 50),
                guards=("fraud-scoring-5xx", "renewals-cpu"),
                capture=Capture(bucket="meridian-claims-landing"),
            ),
        ),
    ),
    Endpoint(
        name="pricing-eu-prod",
        region=EU,
        tags={
            "environment": "production",
            "owner": "actuarial",
            "use-case": "pricing",
            "data-class": "confidential",
            "affects-people": "yes",
        },
        calls=48_000,
        releases=(
            Release(on=day(3, 18), models=("pricing-v1",)),
            Release(
                on=day(6, 26),
                models=("pricing-v2",),
                instances=3,
                instance_type="ml.m6i.xlarge",
                canary=("CAPACITY_PERCENT", 20),
                guards=("pricing-eu-5xx", "pricing-eu-latency"),
                capture=Capture(bucket="meridian-ml-capture-eu", key="meridian-ml"),
                key="meridian-ml",
            ),
        ),
    ),
    Endpoint(
        name="claims-triage-eu-prod",
        region=EU,
        tags={"environment": "production", "owner": "claims", "affects-people": "yes"},
        calls=2_100,
        releases=(Release(on=day(6, 4), models=("claims-triage-v1",), guards=("claims-triage-eu-5xx",)),),
    ),
    Endpoint(
        name="lapse-scores",
        region=EU,
        calls=0,
        releases=(Release(on=day(1, 10), models=("lapse-2023",), instances=1, instance_type="ml.c4.xlarge"),),
    ),
)

COMPONENTS = (
    Component(
        name="assistant-letters",
        region=US,
        endpoint="assistant-prod",
        model="assistant-letters",
        created=day(7, 10),
        copies=2,
    ),
    Component(
        name="assistant-summaries",
        region=US,
        endpoint="assistant-prod",
        model="assistant-summaries",
        created=day(7, 11),
    ),
)

SCALINGS = (
    Scaling(region=US, on=day(3, 4), of="fraud-scoring-prod", least=3, most=12, tracks=900.0),
    Scaling(region=US, on=day(9, 10), of="claims-triage-prod", least=2, most=8),
    Scaling(region=US, on=day(9, 2), of="renewals-prod", least=1, most=4, tracks=400.0, suspended=True),
    Scaling(region=US, on=day(8, 6), of="photo-damage-prod", least=0, most=4, tracks=5.0, queued=True),
    Scaling(region=US, on=day(7, 12), of="assistant-letters", least=1, most=4, component=True, tracks=6.0),
    Scaling(region=US, on=day(7, 12), of="assistant-summaries", least=0, most=2, component=True, tracks=6.0),
    Scaling(region=EU, on=day(3, 19), of="pricing-eu-prod", least=2, most=8, tracks=500.0),
)

SHADOW_TESTS = (
    ShadowTest(
        name="fraud-scoring-v3-shadow",
        region=US,
        on=day(10, 22),
        role=_SERVING,
        endpoint="fraud-scoring-prod",
        models=("fraud-scoring-v2", "fraud-scoring-v3"),
        bucket="meridian-ml-capture",
        data_key="meridian-ml",
        instance_key="meridian-ml",
    ),
    ShadowTest(
        name="renewals-shadow",
        region=US,
        on=day(9, 3),
        role="meridian-renewals",
        endpoint="renewals-prod",
        models=("renewals-old", "renewals"),
        bucket="meridian-claims-landing",
    ),
)


def fill(account: Account) -> None:
    """Endpoints first, then what stands on them."""
    for endpoint in ENDPOINTS:
        make_endpoint(account, endpoint)
    for component in COMPONENTS:
        make_component(account, component)
    for scaling in SCALINGS:
        make_scaling(account, scaling)
    for test in SHADOW_TESTS:
        make_shadow_test(account, test)
