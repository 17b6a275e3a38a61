"""Bias drift that nothing watches."""

from collections.abc import Iterable

from mllens.rules import Verdict, rule
from mllens.rules.drift_cases import drift_cases
from mllens.rules.in_production import AFFECTS_PEOPLE
from mllens.rules.monitoring import WATCHED, drift_watched
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="high",
    confidence="medium",
    proves=("MLRAI01_BP06",),
    supports=("MLREL03_BP04", "MLOPS02_BP06"),
    presumes="Model Monitor, and an endpoint that affects people",
    reads=WATCHED,
)
def monitor_bias_drift_missing(
    endpoint: Endpoint,
    graph: Graph,
    *,
    production: Iterable[str] = PRODUCTION,
    affects_people_tag: str = AFFECTS_PEOPLE,
) -> Verdict:
    """Bias must be watched on a production endpoint that affects people.

    A model that was fair at release may stop being so when the people it judges change, and those who are worse off are
    seldom heard. Whether people are affected is told by the endpoint's tag affects-people,
    or by a model card that rates the risk High. Tools outside SageMaker are not seen; they are a reason to waive this.
    """
    return drift_watched(endpoint, graph, "ModelBias", "bias", production=production, tag=affects_people_tag)


drift_cases(monitor_bias_drift_missing, "ModelBias")
