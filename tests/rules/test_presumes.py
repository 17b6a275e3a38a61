"""That the means is lacking does not make a practice inapplicable."""

from mllens.assess import assess
from mllens.rules.operational_excellence.endpoint_no_error_alarm import endpoint_no_error_alarm
from mllens.rules.security.kept_for_ever import captured
from mllens.scanner import Graph
from mllens.scanner.sagemaker import Endpoint

RULES = [captured, endpoint_no_error_alarm]
UNWATCHED = Endpoint(name="churn-dev", capture=None, status="InService", tags={})


def test_an_endpoint_that_captures_nothing_leaves_the_practice_of_retention_undecided() -> None:
    found = assess(Graph.of(UNWATCHED, encoded=True).inventory, RULES)
    assert {f.rule: f.status for f in found.findings} == {
        "capture-bucket-no-retention-limit": "not_applicable",
        "endpoint-no-error-alarm": "not_applicable",
    }
    states = {practice.id: practice.state for practice in found.practices}
    assert states["MLSEC03_BP05"] == "unknown"
    assert states["MLOPS05_BP01"] == "not_applicable"
