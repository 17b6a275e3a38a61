"""Production endpoints that no definition describes."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.in_production import LIVE, live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Unobserved
from mllens.scanner.sagemaker import Endpoint

OF_AWS = ("aws:cloudformation:stack-name", "sagemaker:project-name")
"""Tags that CloudFormation, also below CDK and SAM, and SageMaker projects put on what they make."""


@rule(
    severity="low",
    proves=("MLREL04_BP01",),
    supports=("MLOPS04_BP01", "MLRAI07_BP06"),
    reads=LIVE,
)
def deploy_not_infrastructure_as_code(
    endpoint: Endpoint, *, tags: Iterable[str] = (), production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production endpoint must come from a stack, a project or another definition.

    What somebody made by hand cannot be made again, nor be reviewed before it changes. CloudFormation and SageMaker
    projects leave tags; other tools do not. Once `tags` names the keys that yours put on everything, an endpoint with
    none of all these was made by hand.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    own = tuple(tags)
    if any(key in endpoint.tags for key in (*OF_AWS, *own)):
        return Pass()
    if not own:
        raise Unobserved(
            endpoint.name, "no tag of CloudFormation or of a project; name the tags that your tool sets, by `tags`"
        )
    return Fail(f"was made by no stack, project or tool that sets {' or '.join(own)}; define it in code ({where})")


def _endpoint(*keys: str, name: str = "churn-prod") -> Endpoint:
    return Endpoint(name=name, tags=dict.fromkeys(keys, "x"), status="InService")


deploy_not_infrastructure_as_code.cases(
    passes=[
        _endpoint("aws:cloudformation:stack-name"),
        _endpoint("owner", "sagemaker:project-name"),
        case(_endpoint("terraform"), tags=["terraform"]),
    ],
    fails=[case(_endpoint("owner"), tags=["terraform"])],
    unknown=[Endpoint(), _endpoint("owner")],
    not_applicable=[
        _endpoint(name="churn-dev"),
        Endpoint(name="churn-prod", tags={}, status="Failed"),
    ],
)
