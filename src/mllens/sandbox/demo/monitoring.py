"""What watches the demo's endpoints, and what only seems to."""

from __future__ import annotations

from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.monitoring import Alarm, Monitor, make_alarm, make_monitor

_ROLE, _BUCKET, _KEY = "meridian-ml-monitoring", "meridian-ml-artifacts", "meridian-ml"
_WELL = ("Completed", "CompletedWithViolations", "Completed")

MONITORS = (
    Monitor(
        name="fraud-scoring-data-quality", region=US, endpoint="fraud-scoring-prod", created=day(8, 19), runs=_WELL,
        bucket=_BUCKET, role=_ROLE, encrypted=True, key=_KEY, baseline=True,
    ),
    Monitor(
        name="fraud-scoring-model-quality", region=US, endpoint="fraud-scoring-prod", created=day(8, 19), runs=("Completed", "Completed"),
        bucket=_BUCKET, role=_ROLE, kind="ModelQuality", encrypted=True, key=_KEY, baseline=True,
    ),
    Monitor(
        name="fraud-scoring-bias", region=US, endpoint="fraud-scoring-prod", created=day(8, 19), runs=("Completed",),
        bucket=_BUCKET, role=_ROLE, kind="ModelBias", encrypted=True, key=_KEY, baseline=True, instances=2,
    ),
    Monitor(
        name="fraud-scoring-explainability", region=US, endpoint="fraud-scoring-prod", created=day(8, 19), runs=("Completed",),
        bucket=_BUCKET, role=_ROLE, kind="ModelExplainability", encrypted=True, key=_KEY, baseline=True,
    ),
    Monitor(
        name="claims-triage-data-quality", region=US, endpoint="claims-triage-prod", created=day(9, 10), runs=("Failed", "Failed"),
        bucket="meridian-claims-landing", role=_ROLE, isolated=False,
    ),
    Monitor(
        name="claims-triage-bias", region=US, endpoint="claims-triage-prod", created=day(9, 10),
        runs=("Failed", "Failed"),
        bucket="meridian-claims-landing", role=_ROLE, kind="ModelBias", isolated=False, instances=2,
    ),
    Monitor(
        name="churn-data-quality", region=US, endpoint="churn-scores", created=day(2, 1), runs=(), bucket=_BUCKET, role=_ROLE,
        named=True, stopped=True,
    ),
    Monitor(
        name="renewals-model-quality", region=US, endpoint="renewals-prod", created=day(9, 2), runs=("Completed", "Failed", "Failed"),
        bucket="meridian-claims-landing", role=_ROLE, kind="ModelQuality", isolated=False, fails_for="No ground truth for the hours asked for",
    ),
    Monitor(
        name="renewals-explainability", region=US, endpoint="renewals-prod", created=day(9, 2), runs=("Completed",),
        bucket="meridian-claims-landing", role=_ROLE, kind="ModelExplainability", isolated=False,
    ),
    Monitor(
        name="claims-triage-eu-data-quality", region=EU, endpoint="claims-triage-eu-prod", created=day(10, 31), runs=(),
        bucket="meridian-ml-artifacts-eu", role=_ROLE,
    ),
    Monitor(
        name="pricing-data-quality", region=EU, endpoint="pricing-eu-prod", created=day(6, 27), runs=("Completed", "Completed"),
        bucket="meridian-ml-artifacts-eu", role=_ROLE, named=True, encrypted=True, key=_KEY, baseline=True,
    ),
)  # fmt: skip

ALARMS = (
    Alarm(name="fraud-scoring-5xx", region=US, endpoint="fraud-scoring-prod", metric="Invocation5XXErrors", threshold=5),
    Alarm(name="fraud-scoring-latency", region=US, endpoint="fraud-scoring-prod", metric="ModelLatency", threshold=80_000),
    Alarm(name="fraud-scoring-any", region=US, rule='ALARM("fraud-scoring-5xx") OR ALARM("fraud-scoring-latency")'),
    Alarm(
        name="fraud-scoring-drift", region=US, endpoint="fraud-scoring-prod", monitor="fraud-scoring-data-quality",
        metric="feature_baseline_drift_amount", threshold=0.2, periods=1,
    ),
    Alarm(name="document-reader-error-rate", region=US, endpoint="document-reader-prod", rate=True, threshold=0.02),
    Alarm(name="claims-triage-latency", region=US, endpoint="claims-triage-prod", metric="ModelLatency", threshold=900_000, tells="claims-alerts"),
    Alarm(name="assistant-5xx", region=US, endpoint="assistant-prod", metric="Invocation5XXErrors", threshold=5, tells="ml-reports"),
    Alarm(name="photo-damage-5xx", region=US, endpoint="photo-damage-prod", metric="Invocation5XXErrors", tells="photo-on-call"),
    # CPUUtilization is in another namespace: this alarm never had a point
    Alarm(
        name="renewals-cpu", region=US, endpoint="renewals-prod", metric="CPUUtilization", threshold=90, state="INSUFFICIENT_DATA", periods=30,
        present=True, since=day(8, 31),
    ),
    Alarm(name="renewals-5xx", region=US, endpoint="renewals-prod", metric="Invocation5XXErrors", tells=None),
    Alarm(name="quotes-5xx", region=US, endpoint="quotes-prod", metric="Invocation5XXErrors", state="INSUFFICIENT_DATA", present=True),
    Alarm(name="claims-triage-eu-5xx", region=EU, endpoint="claims-triage-eu-prod", metric="Invocation5XXErrors", threshold=5),
    Alarm(name="pricing-eu-5xx", region=EU, endpoint="pricing-eu-prod", metric="Invocation5XXErrors", threshold=5),
    Alarm(name="pricing-eu-latency", region=EU, endpoint="pricing-eu-prod", metric="ModelLatency", threshold=120_000),
)  # fmt: skip


def fill_alarms(account: Account) -> None:
    """Alarms come before the deployments that they guard."""
    for alarm in ALARMS:
        make_alarm(account, alarm)


def fill(account: Account) -> None:
    """Schedules come after the endpoints that they watch."""
    for monitor in MONITORS:
        make_monitor(account, monitor)
