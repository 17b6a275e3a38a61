"""Cost Explorer: what each service cost. Every call is priced, so none is made unless asked for."""

from mllens.scanner.collect import AccountWide, Call, Collector, Month
from mllens.scanner.model import Resource, Struct, api


class ServiceCost(Struct):
    """What one service cost in one month; amounts are decimals in text, negative where credits outweigh."""

    service: tuple[str, ...] = api("Keys")
    amount: str = api("Metrics.UnblendedCost.Amount")
    currency: str = api("Metrics.UnblendedCost.Unit")


class MonthlyCost(Resource, type="AWS::CE::MonthlyCost", name="{TimePeriod.Start}", scope="account"):
    """One whole month; its name is the first day."""

    # Bills are not final until some days into the next month.
    estimated: bool = api("Estimated", absent=False)
    services: tuple[ServiceCost, ...] = api("Groups")


COLLECTORS = (
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
                price=0.01,
            )
        ),
    ),
)
