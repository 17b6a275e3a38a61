"""Production endpoints whose server errors nobody would notice."""

from collections.abc import Iterable, Iterator

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import LISTENED, topic_for
from mllens.rules.arns import beside
from mllens.rules.fix import Created, Fix, Look, Names, NeedsPerson, Step, Undo, created
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Missing, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.kms import Key as KmsKey
from mllens.scanner.sagemaker import AsyncSettings, Endpoint, EndpointConfig, HostedVariant, Model
from mllens.scanner.sns import Subscription, Topic

ERRORS = ("Invocation5XXErrors", "InvocationModelErrors")
OF_QUEUE = "InvocationFailures"  # only asynchronous endpoints have it


@rule(
    severity="high",
    proves=("MLOPS05_BP01", "MLPERF06_BP04", "MLRAI05_BP05"),
    reads=(
        *(Endpoint.tags, Endpoint.config, EndpointConfig, EndpointConfig.variants),
        *(Alarm, Alarm.metric_name, Alarm.endpoints, Alarm.math),
    ),
)
def endpoint_no_error_alarm(
    endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION, metrics: Iterable[str] = ERRORS
) -> Verdict:
    """A production endpoint must have an alarm on server errors or model errors.

    Without one the first to notice that a model fails are those who depend on it. Alarms on metric math count. A
    composite alarm names no endpoint; the alarms it is made of do, and count. What no alarm is needed for (an
    outside system watches) can be waived.
    """
    where = stage(endpoint, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    wanted = tuple(metrics)
    for alarm in graph.into(endpoint, Alarm):
        if any(name in (*wanted, OF_QUEUE) for name in _metrics(alarm, endpoint)):
            return Pass()
    for alarm in graph.all(
        Alarm, within=Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    ):
        if any("AWS/SageMaker" in (metric.expression or "") for metric in alarm.math):
            raise Unobserved(alarm.name, "it queries SageMaker's metrics; which endpoints it watches cannot be told")
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(config.key.name, "the configuration was deleted; what it hosts cannot be told")
    if any(variant.model is None for variant in config.variants):
        raise Unobserved(
            endpoint.name, "it hosts inference components, whose alarms name the component, not the endpoint"
        )
    return Fail(f"has no alarm on {' or '.join(wanted)}; create one with an action ({where.assumed})")


def _metrics(alarm: Alarm, endpoint: Endpoint) -> Iterator[str]:
    """Metrics of this endpoint that an alarm watches."""
    if alarm.metric_name is not None:
        yield alarm.metric_name
    for metric in alarm.math:
        if metric.metric_name is not None and any(e.key == endpoint.key for e in metric.endpoints):
            yield metric.metric_name


@endpoint_no_error_alarm.fix(
    sends=("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
    reads=(EndpointConfig.asynchronous, *LISTENED),
    makes=(Alarm,),
)
def ring_on_server_errors(
    endpoint: Endpoint, graph: Graph, names: Names, *, topic: str = "", threshold: float = 0.01
) -> Fix:
    """Create an alarm on server errors for each variant of the endpoint.

    It watches Invocation5XXErrors, for InvocationModelErrors also counts what callers did wrong. Its Average is the
    share of calls that failed; it rings when that is above `threshold` in three minutes of five, so that one bad call
    wakes nobody, and soon enough to roll a deployment back. No calls are no errors. It tells `topic`, by default the
    only topic of the region that people read.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise NeedsPerson(
            "its configuration was deleted, so that its variants cannot be told; create the alarm by hand"
        )
    if config.asynchronous is not None:
        raise NeedsPerson(f"it is asynchronous; put an alarm on its {OF_QUEUE}, or on its error topic")
    if not 0 <= threshold < 1:
        raise NeedsPerson(f"the threshold {threshold} is no share of calls; choose one from 0 to below 1")
    told = topic_for(endpoint, graph, topic)
    made = [_for_variant(endpoint, variant.name, names, told, threshold) for variant in config.variants]
    return Fix(
        steps=tuple(step for step, _ in made),
        effect=tuple(effect for _, effect in made),
        cost=f"about {0.10 * len(made):.2f} USD a month for standard alarms",
    )


def _for_variant(endpoint: Endpoint, variant: str, names: Names, topic: str, threshold: float) -> tuple[Step, Created]:
    name = f"{names(endpoint, 'errors')}-{variant}"
    arn = beside(endpoint, "cloudwatch", f"alarm:{name}")
    settings = {
        "AlarmDescription": f"More than {threshold:.2%} of the calls to {endpoint.name} ({variant}) fail with a server error.",
        "ActionsEnabled": True,
        "AlarmActions": [topic],
        "Namespace": "AWS/SageMaker",
        "MetricName": ERRORS[0],
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint.name},
            {"Name": "VariantName", "Value": variant},
        ],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    alarm = Alarm(
        name=name,
        account=endpoint.account,
        region=endpoint.region,
        arn="" if arn == "*" else arn,
        namespace="AWS/SageMaker",
        metric_name=ERRORS[0],
        endpoints=(Ref(Endpoint, endpoint.name, endpoint.account, endpoint.region),),
        variants=(variant,),
        statistic="Average",
        period=60,
        evaluation_periods=5,
        datapoints_to_alarm=3,
        threshold=threshold,
        comparison="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        state="OK",  # as it is once CloudWatch has looked: no data counts as good
        actions=(topic,),
        actions_enabled=True,
    )
    step = Step(
        id=f"alarm-{variant}",
        service="cloudwatch",
        operation="PutMetricAlarm",
        params={"AlarmName": name, **settings},
        subject=alarm.key,
        look=Look(
            *("cloudwatch", "DescribeAlarms", {"AlarmNames": [name]}, "MetricAlarms"),
            members=tuple(settings),
            on=(beside(endpoint, "cloudwatch", "alarm:*"),),  # IAM is not asked for single alarms
        ),
        after=settings,
        undo=Undo("DeleteAlarms", {"AlarmNames": [name]}, on=(arn,)),
        on=(arn,),
        template={"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": name, **settings}},
    )
    return step, created(alarm)


def _alarm(name: str, metric: str, endpoint: str) -> Alarm:
    return Alarm(name=name, metric_name=metric, endpoints=(Ref(Endpoint, endpoint),), math=())


def _math(metric: str, endpoint: str, other: str) -> Alarm:
    """An error rate: one metric of one endpoint over the invocations of another."""
    return Alarm(
        name="rate",
        metric_name=None,
        endpoints=(),
        math=(
            MathMetric(),
            MathMetric(metric_name=metric, endpoints=(Ref(Endpoint, endpoint),)),
            MathMetric(metric_name="Invocations", endpoints=(Ref(Endpoint, other),)),
        ),
    )


_VARIANTS = (HostedVariant(name="main", model=Ref(Model, "fraud")), HostedVariant(name="b", model=Ref(Model, "claims")))
_CONFIG = EndpointConfig(name="current", variants=_VARIANTS, asynchronous=None)
_QUEUED = EndpointConfig(name="current", variants=_VARIANTS[:1], asynchronous=AsyncSettings())
_COMPONENTS = EndpointConfig(name="current", variants=(HostedVariant(name="main"),))
_PROD = Endpoint(name="fraud-prod", tags={}, config=Ref(EndpointConfig, "current"))
_COMPOSITE = Alarm(name="any", metric_name=None, endpoints=(), math=(), composite_rule='ALARM("errors")')
_QUERY = Alarm(
    name="any-endpoint",
    metric_name=None,
    endpoints=(),
    math=(MathMetric(expression='SELECT SUM(Invocation5XXErrors) FROM SCHEMA("AWS/SageMaker", EndpointName)'),),
)


def _topic(name: str, *protocols: str, confirmed: bool = True, key: str | None = None) -> Topic:
    arn = f"arn:aws:sns:us-east-1:111122223333:{name}"
    subscriptions = tuple(
        Subscription(subscription_arn=f"{arn}:{number}" if confirmed else "PendingConfirmation", protocol=protocol)
        for number, protocol in enumerate(protocols)
    )
    kms_key = Ref(KmsKey, key) if key else None
    return Topic(name=name, arn=arn, confirmed=len(protocols) * confirmed, subscriptions=subscriptions, kms_key=kms_key)


_ON_CALL = _topic("on-call", "email", "lambda")

endpoint_no_error_alarm.cases(
    passes=[
        case(_PROD, _alarm("errors", "Invocation5XXErrors", "fraud-prod"), unread=[Alarm]),
        case(_PROD, _alarm("errors", "InvocationModelErrors", "fraud-prod"), _COMPOSITE),
        case(_PROD, _math("Invocation5XXErrors", "fraud-prod", "fraud-prod")),
        case(_PROD, _alarm("errors", "InvocationFailures", "fraud-prod")),
    ],
    fails=[
        case(_PROD, _CONFIG, _COMPOSITE, _ON_CALL, _topic("chat", "https"), _topic("new", "email", confirmed=False)),
        case(_PROD, _CONFIG, _alarm("slow", "ModelLatency", "fraud-prod"), _ON_CALL, _topic("owners", "sms")),
        case(_PROD, _CONFIG, _topic("on-call", "email", key="alias/aws/sns")),
        case(_PROD, _QUEUED, _ON_CALL),
        case(_PROD, _CONFIG, _alarm("errors", "Invocation5XXErrors", "another")),
        case(_PROD, _CONFIG, _math("Invocation5XXErrors", "another", "fraud-prod")),
        case(Endpoint(name="fraud", tags={}, config=Ref(EndpointConfig, "current")), _CONFIG, _ON_CALL),
    ],
    unknown=[
        Endpoint(),
        case(_PROD, _CONFIG, unread=[Alarm]),
        case(_PROD),
        case(_PROD, _COMPONENTS),
        case(_PROD, _CONFIG, _QUERY),
        case(_PROD, _CONFIG, Alarm(name="unseen", metric_name="Invocation5XXErrors")),
    ],
    not_applicable=[Endpoint(name="fraud-dev", tags={}), Endpoint(name="fraud", tags={"stage": "qa"})],
)
