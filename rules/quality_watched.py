"""Whether the quality of an endpoint's data or answers is watched, by a schedule or by jobs of one's own."""

from collections.abc import Iterable

from mllens.rules.in_production import LIVE, live
from mllens.rules.monitoring import CAPTURED, reader_of
from mllens.rules.verdict import NotApplicable, Pass, Verdict
from mllens.scanner import Graph, Missing, Region, Unobserved
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, MonitoringSchedule

WATCHED_BY = (
    *(*LIVE, *CAPTURED, MonitoringSchedule),
    *(Endpoint.config, EndpointConfig, EndpointConfig.variants, EndpointConfig.asynchronous),
    *(MonitoringSchedule.endpoint, MonitoringSchedule.monitoring_type, MonitoringSchedule.status),
)
"""What a rule reads that asks `unwatched`."""


def unwatched(
    endpoint: Endpoint, graph: Graph, monitoring_type: str, what: str, *, production: Iterable[str]
) -> Verdict | str:
    """By what a live endpoint that nothing watches is taken for production; a verdict where that is not so.

    Model Monitor takes no new accounts: where a region shows none of it, nothing is held against the endpoint.

    Raises:
        Unobserved: it cannot be told, as where a job of one's own reads the captured traffic.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    for schedule in graph.into(endpoint, MonitoringSchedule, MonitoringSchedule.endpoint):
        if schedule.monitoring_type == monitoring_type and schedule.status == "Scheduled":
            return Pass()
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what kind of variants run cannot be told")
    if config.variants and all(v.serverless_concurrency is not None for v in config.variants):
        return NotApplicable(f"is serverless and captures nothing; by what {what} is watched is to be answered")
    if config.asynchronous is not None:
        raise Unobserved(endpoint.name, f"it is asynchronous: by what {what}, all in S3, is watched cannot be told")
    if (reader := reader_of(endpoint, graph)) is not None:
        raise Unobserved(endpoint.name, f"{reader} reads what it captures; whether that watches {what} cannot be told")
    region = Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    if any(True for _ in graph.all(MonitoringSchedule, within=region)):
        return where
    return NotApplicable(
        f"has no Model Monitor in its region, which takes no new accounts; by what {what} is watched is to be answered"
    )
