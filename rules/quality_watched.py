"""Whether the quality of an endpoint's data or answers is watched, by a schedule or by jobs of one's own."""

from collections.abc import Iterable

from mllens.rules.in_production import LIVE, live
from mllens.rules.monitoring import CAPTURED, captures_nothing, scheduled, serverless, unseen
from mllens.rules.verdict import NotApplicable, Pass, Verdict
from mllens.scanner import Graph, Missing, Unobserved
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
    if scheduled(endpoint, graph, monitoring_type):
        return Pass()
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what kind of variants run cannot be told")
    if serverless(config):
        return captures_nothing(what)
    if config.asynchronous is not None:
        raise Unobserved(endpoint.name, f"it is asynchronous: by what {what}, all in S3, is watched cannot be told")
    return unseen(endpoint, graph, what) or where
