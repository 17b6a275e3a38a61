"""Rollback alarms that look at something else than what is deployed."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import PARTS, WATCHED, parts, queries, watched
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.sagemaker import Endpoint, RunningVariant
from mllens.scanner.sagemaker_inference import InferenceComponent


@rule(
    severity="high",
    proves=("MLREL04_BP02", "MLRAI04_BP05"),
    presumes="a rollback alarm on an endpoint",
    reads=(
        *(Endpoint.rollback_alarms, Endpoint.variants, Endpoint.shadow_variants),
        *(*PARTS, *WATCHED, Alarm.variants),
    ),
)
def deploy_rollback_alarm_wrong_endpoint(endpoint: Endpoint, graph: Graph) -> Verdict:
    """Alarms that guard a deployment must watch the endpoint that is deployed, and variants that it has.

    An alarm copied from another endpoint is quiet while this one fails, and may roll this one back when the other
    does. Composite alarms and metric math are followed to their metrics. Alarms that name no endpoint at all (a
    business figure, say) are left to their owner.
    """
    judged = False
    for reference in endpoint.rollback_alarms:
        alarm = graph.to(reference)
        if isinstance(alarm, Missing):
            continue
        leaves = list(parts(alarm, graph))
        found = [pair for leaf in leaves for pair in watched(leaf, graph)]
        mine = [metric for metric, key in found if key == endpoint.key]
        if not mine and any(queries(leaf) for leaf in leaves):
            raise Unobserved(alarm.name, "it watches what a query finds; which endpoints these are cannot be told")
        if found and not mine:
            others = ", ".join(sorted({key.name for _, key in found}))
            return Fail(
                f"was guarded in its last deployment by the alarm {alarm.name}, which watches {others}; {REPAIR}"
            )
        known = {variant.name for variant in (*endpoint.variants, *endpoint.shadow_variants)} if mine else set()
        named = [name for metric in mine for name in metric.variants]
        if known and named and not known.intersection(named):
            return Fail(
                f"was guarded in its last deployment by the alarm {alarm.name}, "
                f"which watches the variant {named[0]} that it does not have; {REPAIR}"
            )
        judged = judged or bool(mine)
    return Pass() if judged else NotApplicable("was guarded by no alarm on an endpoint in its last deployment")


REPAIR = "point the alarm at what it guards"


def _metric(endpoint: str | None, variant: str | None = "main") -> Alarm:
    return Alarm(
        name="errors",
        composite_rule=None,
        math=(),
        endpoints=(Ref(Endpoint, endpoint),) if endpoint else (),
        components=(),
        variants=(variant,) if endpoint and variant else (),
    )


def _math(*metrics: MathMetric) -> Alarm:
    return Alarm(name="errors", composite_rule=None, math=metrics, endpoints=(), components=(), variants=())


def _composite(rule_: str) -> Alarm:
    return Alarm(name="any", composite_rule=rule_)


def _guarded(*alarms: str) -> Endpoint:
    return Endpoint(
        name="fraud",
        rollback_alarms=tuple(Ref(Alarm, name) for name in alarms),
        variants=(RunningVariant(name="main"),),
        shadow_variants=(RunningVariant(name="shadow"),),
    )


_FRAUD, _CLAIMS = Ref(Endpoint, "fraud"), Ref(Endpoint, "claims")
_RATE = _math(MathMetric(expression="a/b"), MathMetric(metric_name="Invocation5XXErrors", endpoints=(_FRAUD,)))
_FOREIGN_RATE = _math(MathMetric(expression="a/b"), MathMetric(metric_name="Invocations", endpoints=(_CLAIMS,)))
_QUERY = _math(MathMetric(expression='SELECT AVG(ModelLatency) FROM SCHEMA("AWS/SageMaker", EndpointName)'))
_OF_COMPONENT = Alarm(
    name="errors",
    composite_rule=None,
    math=(),
    endpoints=(),
    components=(Ref(InferenceComponent, "llm"),),
    variants=(),
)
_COMPONENT = InferenceComponent(name="llm", endpoint=_FRAUD)

deploy_rollback_alarm_wrong_endpoint.cases(
    passes=[
        case(_guarded("errors"), _metric("fraud")),
        case(_guarded("errors"), _metric("fraud", None)),
        case(_guarded("errors"), _metric("fraud", "shadow")),
        case(_guarded("errors", "deleted"), _RATE),
        case(_guarded("any"), _composite("ALARM(errors) AND NOT ALARM('deleted')"), _metric("fraud")),
        case(_guarded("errors"), _OF_COMPONENT, _COMPONENT),
    ],
    fails=[
        case(_guarded("errors"), _metric("claims")),
        case(_guarded("errors"), _metric("fraud", "old")),
        case(_guarded("errors"), _FOREIGN_RATE),
        case(_guarded("any"), _composite('OK("errors")'), _metric("claims")),
        case(_guarded("errors"), _OF_COMPONENT, InferenceComponent(name="llm", endpoint=_CLAIMS)),
    ],
    unknown=[
        Endpoint(),
        case(_guarded("errors"), unread=[Alarm]),
        case(_guarded("errors"), _QUERY),
        case(_guarded("errors"), _OF_COMPONENT, unread=[InferenceComponent]),
        case(_guarded("any"), _composite('ALARM("errors")'), unread=[Alarm]),
    ],
    not_applicable=[
        Endpoint(rollback_alarms=()),
        case(_guarded("deleted")),
        case(_guarded("errors"), _metric(None)),
        case(_guarded("errors"), _OF_COMPONENT),
    ],
)
