"""An example of a rule of one's own: `mllens audit --rules-path examples/rules` runs it with ours."""

import re

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import EXAMPLE_NOW
from mllens.scanner.sagemaker import Endpoint


@rule(severity="info", supports=("MLCOST04_BP12",), reads=(Endpoint.created,))
def endpoint_name_follows_convention(
    endpoint: Endpoint, *, pattern: str = r"[a-z0-9-]+-(dev|test|prod)", since: str = "2026-01-01"
) -> Verdict:
    """An endpoint's name must follow the convention.

    A name is often all that an alarm or an invoice shows. Endpoints cannot be renamed, so those that were created
    before the convention (`since`) keep theirs.
    """
    if f"{endpoint.created:%Y-%m-%d}" < since:
        return NotApplicable(f"was created on {endpoint.created:%Y-%m-%d}, before the convention of {since}")
    if re.fullmatch(pattern, endpoint.name):
        return Pass()
    return Fail(f"does not match {pattern}; name the next one so")


endpoint_name_follows_convention.cases(
    passes=[Endpoint(name="churn-prod", created=EXAMPLE_NOW)],
    fails=[
        Endpoint(name="Test123", created=EXAMPLE_NOW),
        case(Endpoint(name="churn-prod", created=EXAMPLE_NOW), pattern="ml-.*"),
    ],
    unknown=[Endpoint(name="churn-prod")],
    not_applicable=[case(Endpoint(name="Test123", created=EXAMPLE_NOW), since="2027-01-01")],
)
