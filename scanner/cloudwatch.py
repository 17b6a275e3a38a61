"""CloudWatch: alarms, and points of metrics."""

from datetime import datetime
from typing import TYPE_CHECKING

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.model import Ref, Resource, Struct, api, ref

if TYPE_CHECKING:
    from mllens.scanner.sagemaker import Endpoint


class Point(Struct):
    """One datapoint of a metric: the start of its period, and the statistic in the metric's unit."""

    time: datetime = api("Time")
    value: float = api("Value")


class MathMetric(Struct):
    """One input of an alarm on metric math: a metric, or an expression over others, which then has neither."""

    metric_name: str | None = api("MetricStat.Metric.MetricName")
    endpoints: "tuple[Ref[Endpoint], ...]" = ref(
        "MetricStat.Metric.Dimensions[Name=EndpointName].Value", absent=(), local=True
    )


class Alarm(Resource, type="AWS::CloudWatch::Alarm", name="AlarmName", arn="AlarmArn"):
    """A metric alarm or a composite one (CloudFormation has a type of its own for the latter)."""

    # A composite alarm, and an alarm on metric math, has no metric of its own.
    metric_name: str | None = api("MetricName")
    endpoints: "tuple[Ref[Endpoint], ...]" = ref("Dimensions[Name=EndpointName].Value", absent=(), local=True)
    math: tuple[MathMetric, ...] = ref("Metrics", absent=(), local=True)
    actions: tuple[str, ...] = api("AlarmActions", absent=())
    actions_enabled: bool = api("ActionsEnabled")
    composite_rule: str | None = api("AlarmRule")


COLLECTORS = (
    Collector(
        Alarm,
        Listed(
            Call(
                "cloudwatch",
                "DescribeAlarms",
                items="MetricAlarms|CompositeAlarms",
                fixed={"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
            )
        ),
    ),
)
