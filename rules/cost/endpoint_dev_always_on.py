"""Endpoints for development that run through nights and weekends."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.hosting import DOWN
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Ref
from mllens.scanner.autoscaling import ScalableTarget, ScheduledAction
from mllens.scanner.sagemaker import Endpoint, RunningVariant


@rule(
    severity="low",
    confidence="medium",
    proves=("MLCOST04_BP08", "MLSUS03_BP01"),
    supports=("MLSUS05_BP01",),
    presumes="an endpoint that is not in production",
    reads=(
        *(Endpoint.tags, Endpoint.status, Endpoint.created, Endpoint.variants),
        *(ScalableTarget.endpoint, ScalableTarget.min_capacity, ScheduledAction.target, ScheduledAction.min_capacity),
    ),
)
def endpoint_dev_always_on(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION, days: int = 4
) -> Verdict:
    """An endpoint that is not in production must not run day and night.

    Nobody calls a development endpoint on Sunday, and its instances bill all the same. Serverless variants stop by
    themselves, and so do those that scale to zero. Whatever deletes an endpoint in the evening and makes it anew in
    the morning shows by the day it was created: one that is older than a weekend (`days`) ran through it.
    """
    where = stage(endpoint, tuple(production))
    if where.production:
        return NotApplicable(f"is {where.assumed}")
    if endpoint.status in DOWN:
        return NotApplicable(f"serves nothing ({endpoint.status})")
    running = [variant for variant in endpoint.variants if variant.serverless_concurrency is None]
    if not endpoint.variants:
        return NotApplicable("shows no variant that runs")
    awake = [variant.name for variant in running if not _rests(endpoint, variant, graph)]
    if not awake:
        return Pass()
    if endpoint.created > graph.now - timedelta(days=days):
        return NotApplicable(f"was created on {endpoint.created:%Y-%m-%d}, within the last {days} days")
    return Fail(
        f"runs {', '.join(awake)} day and night since {endpoint.created:%Y-%m-%d}; "
        f"make it serverless, let it scale to zero, or delete it when work ends ({where.assumed})"
    )


def _rests(endpoint: Endpoint, variant: RunningVariant, graph: Graph) -> bool:
    """Whether something lets the instances of a variant go down to none."""
    if variant.instance_count == 0 or (variant.managed_scaling == "ENABLED" and variant.scaling_minimum == 0):
        return True
    for target in graph.into(endpoint, ScalableTarget):
        if target.name != f"endpoint/{endpoint.name}/variant/{variant.name}":
            continue
        if target.min_capacity == 0 or any(action.min_capacity == 0 for action in graph.into(target, ScheduledAction)):
            return True
    return False


def _endpoint(*variants: RunningVariant, month: int = 9, **values: Any) -> Endpoint:
    usual: dict[str, Any] = {"name": "churn-dev", "tags": {}, "status": "InService"}
    return Endpoint(variants=variants, created=datetime(2026, month, 30, tzinfo=UTC), **{**usual, **values})


def _target(least: int, variant: str = "main") -> ScalableTarget:
    name = f"endpoint/churn-dev/variant/{variant}"
    return ScalableTarget(name=name, endpoint=Ref(Endpoint, name), min_capacity=least)


def _action(least: int | None) -> ScheduledAction:
    name = "endpoint/churn-dev/variant/main"
    return ScheduledAction(name=f"{name}/night", target=Ref(ScalableTarget, name), min_capacity=least)


_MAIN = RunningVariant(name="main", instance_count=1)
_SLEEPS = RunningVariant(name="sleeps", instance_count=1, managed_scaling="ENABLED", scaling_minimum=0)
_SERVERLESS = RunningVariant(name="serverless", serverless_concurrency=5)

endpoint_dev_always_on.cases(
    passes=[
        _endpoint(_SERVERLESS),
        _endpoint(_SLEEPS),
        _endpoint(RunningVariant(name="main", instance_count=0)),
        case(_endpoint(_MAIN), _target(0)),
        case(_endpoint(_MAIN), _target(1), _action(0)),
    ],
    fails=[
        _endpoint(_MAIN),
        _endpoint(_SLEEPS, _MAIN),
        case(_endpoint(_MAIN), _target(0, "other")),
        case(_endpoint(_MAIN), _target(1), _action(None)),
        case(_endpoint(_MAIN, name="churn", tags={"stage": "test"})),
    ],
    unknown=[
        Endpoint(name="churn-dev"),
        case(_endpoint(_MAIN), unread=[ScalableTarget]),
        case(_endpoint(_MAIN), _target(1), unread=[ScheduledAction]),
        Endpoint(name="churn-dev", tags={}, status="InService"),
    ],
    not_applicable=[
        _endpoint(_MAIN, tags={"env": "prod"}),
        _endpoint(_MAIN, status="Failed"),
        _endpoint(_MAIN, month=10),
        _endpoint(),
    ],
)
