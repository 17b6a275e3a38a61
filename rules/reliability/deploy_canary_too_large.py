"""Canaries that are no small part of the fleet."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Unobserved
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="low",
    supports=("MLREL04_BP02", "MLRAI04_BP05"),
    presumes="a deployment by canary",
    reads=(Endpoint.traffic_routing, Endpoint.canary_type, Endpoint.canary_size, Endpoint.instance_counts),
)
def deploy_canary_too_large(endpoint: Endpoint, *, max_percent: int = 49) -> Verdict:
    """A canary must take less than half of the fleet.

    A canary is there so that few requests meet a bad version before the alarms stop it. Half the fleet is not few.
    A canary counted in instances is compared with the smallest variant as it runs today.
    """
    if endpoint.traffic_routing != "CANARY":
        return NotApplicable("was not deployed by canary last time")
    size = endpoint.canary_size
    if size is None:
        raise Unobserved(repr(Endpoint.canary_size), "AWS left it out of a canary deployment")
    match endpoint.canary_type:
        case "CAPACITY_PERCENT":
            percent, what = float(size), f"{size} %"
        case "INSTANCE_COUNT":
            smallest = min(endpoint.instance_counts, default=0)
            if not smallest:
                return NotApplicable("runs no instances that a canary could be compared with")
            if size == 1 and smallest == 2:
                return NotApplicable("runs two instances, of which a canary takes one at the least")
            percent, what = 100 * size / smallest, f"{size} of {smallest} instances"
        case None:
            raise Unobserved(repr(Endpoint.canary_type), "AWS left it out of a canary deployment")
    if percent > max_percent:
        return Fail(f"gave its canary {what} in the last deployment; start with {max_percent} % or less")
    return Pass()


deploy_canary_too_large.cases(
    passes=[
        Endpoint(traffic_routing="CANARY", canary_type="CAPACITY_PERCENT", canary_size=10),
        Endpoint(traffic_routing="CANARY", canary_type="INSTANCE_COUNT", canary_size=1, instance_counts=(3, 4)),
    ],
    fails=[
        Endpoint(traffic_routing="CANARY", canary_type="CAPACITY_PERCENT", canary_size=50),
        Endpoint(traffic_routing="CANARY", canary_type="INSTANCE_COUNT", canary_size=2, instance_counts=(3, 8)),
        case(Endpoint(traffic_routing="CANARY", canary_type="CAPACITY_PERCENT", canary_size=10), max_percent=5),
    ],
    unknown=[
        Endpoint(),
        Endpoint(traffic_routing="CANARY", canary_type="INSTANCE_COUNT", canary_size=None),
        Endpoint(traffic_routing="CANARY", canary_type=None, canary_size=1),
        Endpoint(traffic_routing="CANARY", canary_type="INSTANCE_COUNT", canary_size=1),
    ],
    not_applicable=[
        Endpoint(traffic_routing=None),
        Endpoint(traffic_routing="ALL_AT_ONCE"),
        Endpoint(traffic_routing="CANARY", canary_type="INSTANCE_COUNT", canary_size=1, instance_counts=()),
        Endpoint(traffic_routing="CANARY", canary_type="INSTANCE_COUNT", canary_size=1, instance_counts=(2, 8)),
    ],
)
