"""Drift of feature attribution that nothing watches."""

from collections.abc import Iterable

from mllens.rules import Verdict, rule
from mllens.rules.drift_cases import drift_cases
from mllens.rules.in_production import AFFECTS_PEOPLE
from mllens.rules.monitoring import WATCHED, drift_watched
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLRAI02_BP05",),
    supports=("MLPERF06_BP02", "MLOPS02_BP06"),
    presumes="Model Monitor, and an endpoint that affects people",
    reads=WATCHED,
)
def monitor_explainability_drift_missing(
    endpoint: Endpoint,
    graph: Graph,
    *,
    production: Iterable[str] = PRODUCTION,
    affects_people_tag: str = AFFECTS_PEOPLE,
) -> Verdict:
    """Feature attribution must be watched on a production endpoint that affects people.

    When other features begin to drive the results, explanations given at release are no longer true, and accuracy often
    falls next. Whether people are affected is told by the endpoint's tag affects-people,
    or by a model card that rates the risk High. Tools outside SageMaker are not seen; they are a reason to waive this.
    """
    return drift_watched(
        endpoint, graph, "ModelExplainability", "feature attribution", production=production, tag=affects_people_tag
    )


drift_cases(monitor_explainability_drift_missing, "ModelExplainability")
