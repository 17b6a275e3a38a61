"""Machine learning in regions that nobody declared."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Region
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="medium",
    proves=("MLSEC04_BP01",),
    supports=("MLCOST01_BP02", "MLRAI07_BP02"),
    presumes="declared regions",
    reads=(Endpoint, Endpoint.status),
)
def inventory_shadow_ml(region: Region, graph: Graph, *, declared: Iterable[str] = ()) -> Verdict:
    """Models must not be served from regions that the organization did not declare.

    What runs where nobody looks has no owner, no alarms and no budget, and may move data across a border. Set
    `declared` to the regions that may serve models.
    """
    regions = tuple(declared)
    if not regions:
        return NotApplicable("cannot be judged before regions are declared: which ones may serve models?")
    live = next((e for e in graph.all(Endpoint, within=region) if e.status != "Deleting"), None)
    if live is None:
        return NotApplicable("serves no model")
    if region.name in regions:
        return Pass()
    return Fail(
        f"serves {live.name}, and is none of the declared regions ({', '.join(regions)}); move it, or declare the region"
    )


_REGION = Region(name="eu-west-1", region="eu-west-1")
_SERVING = Endpoint(region="eu-west-1", status="InService")

inventory_shadow_ml.cases(
    passes=[case(_REGION, _SERVING, declared=("us-east-1", "eu-west-1"))],
    fails=[
        case(_REGION, _SERVING, declared=("us-east-1",)),
        case(_REGION, _SERVING, unread=[Endpoint], declared=("us-east-1",)),
    ],
    unknown=[
        case(_REGION, unread=[Endpoint], declared=("us-east-1",)),
        case(_REGION, Endpoint(region="eu-west-1"), declared=("us-east-1",)),
    ],
    not_applicable=[
        case(_REGION, _SERVING),
        case(_REGION, Endpoint(region="us-east-1", status="InService"), declared=("us-east-1",)),
        case(_REGION, Endpoint(region="eu-west-1", status="Deleting"), declared=("us-east-1",)),
    ],
)
