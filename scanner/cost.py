"""Cost Explorer: what each service cost, and who is told when it rises. Every call is priced: none is made unasked."""

from typing import Literal

from mllens.scanner.collect import AccountWide, Call, Collector, Month
from mllens.scanner.model import Ref, Resource, Struct, api, ref

PRICE = 0.01  # of each request to Cost Explorer, what it tells of anomalies included


class ServiceCost(Struct):
    """What one service cost in one month; amounts are decimals in text, negative where credits outweigh."""

    service: tuple[str, ...] = api("Keys")
    amount: str = api("Metrics.UnblendedCost.Amount")
    currency: str = api("Metrics.UnblendedCost.Unit")


class AnomalySubscriber(Struct):
    """An address, or a topic, that is told of anomalies."""

    kind: Literal["EMAIL", "SNS"] = api("Type")
    status: Literal["CONFIRMED", "DECLINED"] | None = api("Status")


class MonthlyCost(Resource, type="AWS::CE::MonthlyCost", name="{TimePeriod.Start}", scope="account"):
    """One whole month; its name is the first day."""

    # Bills are not final until some days into the next month.
    estimated: bool = api("Estimated", absent=False)
    services: tuple[ServiceCost, ...] = api("Groups")


class AnomalyMonitor(Resource, type="AWS::CE::AnomalyMonitor", name="MonitorArn", arn="MonitorArn", scope="account"):
    """What Cost Anomaly Detection watches: every service by itself, or what its specification selects."""

    monitor_name: str = api("MonitorName")
    kind: Literal["DIMENSIONAL", "CUSTOM"] = api("MonitorType")
    # A custom monitor has a specification in place of a dimension.
    dimension: Literal["SERVICE", "LINKED_ACCOUNT", "TAG", "COST_CATEGORY"] | None = api("MonitorDimension")


class AnomalySubscription(
    Resource, type="AWS::CE::AnomalySubscription", name="SubscriptionArn", arn="SubscriptionArn", scope="account"
):
    """Who is told of what some monitors found."""

    monitors: tuple[Ref[AnomalyMonitor], ...] = ref("MonitorArnList")
    # An address that declined says so; most say nothing.
    subscribers: tuple[AnomalySubscriber, ...] = api("Subscribers")


COLLECTORS = (
    Collector(AnomalyMonitor, AccountWide(Call("ce", "GetAnomalyMonitors", items="AnomalyMonitors", price=PRICE))),
    Collector(
        AnomalySubscription,
        AccountWide(Call("ce", "GetAnomalySubscriptions", items="AnomalySubscriptions", price=PRICE)),
    ),
    Collector(
        MonthlyCost,
        AccountWide(
            Call(
                "ce",
                "GetCostAndUsage",
                items="ResultsByTime",
                given={"TimePeriod": {"Start": Month(-3), "End": Month(0)}},
                fixed={
                    "Granularity": "MONTHLY",
                    "Metrics": ["UnblendedCost"],
                    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
                },
                price=PRICE,
            )
        ),
    ),
)
