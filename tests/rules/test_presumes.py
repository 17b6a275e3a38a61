"""That the means is lacking does not make a practice inapplicable."""

from mllens.assess import assess
from mllens.rules.cost.endpoint_idle import endpoint_idle
from mllens.rules.reliability.deploy_rollback_alarm_missing import deploy_rollback_alarm_missing
from mllens.scanner import Graph
from mllens.scanner.sagemaker import Endpoint

RULES = [deploy_rollback_alarm_missing, endpoint_idle]
UNGUARDED = Endpoint(name="churn-prod", rollback_alarms=(), status="Failed")


def test_an_endpoint_without_rollback_alarms_leaves_the_practice_of_rollback_undecided() -> None:
    found = assess(Graph.of(UNGUARDED, encoded=True).inventory, RULES)
    assert {f.rule: f.status for f in found.findings} == {
        "deploy-rollback-alarm-missing": "not_applicable",
        "endpoint-idle": "not_applicable",
    }
    states = {practice.id: practice.state for practice in found.practices}
    assert states["MLREL04_BP02"] == "unknown"
    assert states["MLCOST06_BP03"] == "not_applicable"
