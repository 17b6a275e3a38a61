"""CloudWatch: alarms, and points of metrics."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.model import Ref, Resource, Struct, api, ref

if TYPE_CHECKING:
    from mllens.scanner.autoscaling import ScalingPolicy
    from mllens.scanner.sagemaker import Endpoint, MonitoringSchedule
    from mllens.scanner.sagemaker_inference import InferenceComponent
    from mllens.scanner.sns import Topic


class Point(Struct):
    """One datapoint of a metric: the start of its period, and the statistic in the metric's unit."""

    time: datetime = api("Time")
    value: float = api("Value")


class MathMetric(Struct):
    """One input of an alarm on metric math: a metric, or an expression over others, which then has neither."""

    metric_name: str | None = api("MetricStat.Metric.MetricName")
    namespace: str | None = api("MetricStat.Metric.Namespace")
    period: int | None = api("MetricStat.Period")
    expression: str | None = api("Expression")
    endpoints: "tuple[Ref[Endpoint], ...]" = ref(
        "MetricStat.Metric.Dimensions[Name=EndpointName].Value", absent=(), local=True
    )
    components: "tuple[Ref[InferenceComponent], ...]" = ref(
        "MetricStat.Metric.Dimensions[Name=InferenceComponentName].Value", absent=(), local=True
    )
    variants: tuple[str, ...] = api("MetricStat.Metric.Dimensions[Name=VariantName].Value", absent=())
    schedules: "tuple[Ref[MonitoringSchedule], ...]" = ref(
        "MetricStat.Metric.Dimensions[Name=MonitoringSchedule].Value", absent=(), local=True
    )


class Alarm(Resource, type="AWS::CloudWatch::Alarm", name="AlarmName", arn="AlarmArn"):
    """A metric alarm or a composite one (CloudFormation has a type of its own for the latter)."""

    # A composite alarm, and an alarm on metric math, has no metric of its own.
    metric_name: str | None = api("MetricName")
    namespace: str | None = api("Namespace")
    endpoints: "tuple[Ref[Endpoint], ...]" = ref("Dimensions[Name=EndpointName].Value", absent=(), local=True)
    components: "tuple[Ref[InferenceComponent], ...]" = ref(
        "Dimensions[Name=InferenceComponentName].Value", absent=(), local=True
    )
    variants: tuple[str, ...] = api("Dimensions[Name=VariantName].Value", absent=())
    # What Model Monitor found in a run belongs to the schedule.
    schedules: "tuple[Ref[MonitoringSchedule], ...]" = ref(
        "Dimensions[Name=MonitoringSchedule].Value", absent=(), local=True
    )
    # An alarm on metric math has the periods of its inputs; a percentile is no plain statistic.
    period: int | None = api("Period")
    statistic: Literal["SampleCount", "Average", "Sum", "Minimum", "Maximum"] | None = api("Statistic")
    percentile: str | None = api("ExtendedStatistic")
    # Only metric alarms are evaluated over periods and against a threshold; anomaly bands are one of the metrics.
    evaluation_periods: int | None = api("EvaluationPeriods")
    # Without a number of its own, every period evaluated must breach.
    datapoints_to_alarm: int | None = api("DatapointsToAlarm")
    threshold: float | None = api("Threshold")
    comparison: (
        Literal[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
            "GreaterThanUpperThreshold",
        ]
        | None
    ) = api("ComparisonOperator")
    # Missing points keep the state as it is unless the alarm says otherwise.
    treat_missing_data: str = api("TreatMissingData", absent="missing")
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = api("StateValue")
    # An alarm whose state last changed before CloudWatch kept the time of it has none.
    state_since: datetime | None = api("StateTransitionedTimestamp")
    math: tuple[MathMetric, ...] = ref("Metrics", absent=(), local=True)
    actions: tuple[str, ...] = api("AlarmActions", absent=())
    topics: "tuple[Ref[Topic], ...]" = ref("AlarmActions", absent=(), pattern=r"(arn:[^:]+:sns:.+)")
    # What follows the policy's name says who made the action.
    policies: "tuple[Ref[ScalingPolicy], ...]" = ref(
        "AlarmActions", absent=(), pattern=r"(arn:[^:]+:autoscaling:.+:resource/sagemaker/.+:policyName/[^:]+).*"
    )
    actions_enabled: bool = api("ActionsEnabled")
    composite_rule: str | None = api("AlarmRule")


BOTH = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}

COLLECTORS = (
    Collector(
        Alarm,
        Listed(Call("cloudwatch", "DescribeAlarms", items="MetricAlarms|CompositeAlarms", fixed=BOTH)),
        by_name=Call(
            "cloudwatch",
            "DescribeAlarms",
            items="MetricAlarms|CompositeAlarms",
            given={"AlarmNames": ["name"]},
            fixed=BOTH,
        ),
    ),
)
