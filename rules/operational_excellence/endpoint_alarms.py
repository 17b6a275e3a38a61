"""Alarms on production endpoints: that they tell somebody, who is there, of something that is there."""

from collections.abc import Iterable, Iterator
from typing import Any

from mllens.rules import Case, Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.alarms import NAMED, PARTS, WATCHED, parts, queries, watched
from mllens.rules.event_patterns import matches
from mllens.rules.in_production import LIVE, live
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Key, Missing, Ref, Region, Resource, Unobserved
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.events import Rule as EventRule
from mllens.scanner.events import Target
from mllens.scanner.sagemaker import Endpoint
from mllens.scanner.sagemaker_inference import InferenceComponent
from mllens.scanner.sns import Topic

NAMESPACES = (Alarm.namespace, *PARTS, *WATCHED, Endpoint)


@rule(
    severity="high",
    proves=("MLOPS05_BP01", "MLRAI05_BP05"),
    supports=("MLPERF06_BP04",),
    presumes="an alarm on a production endpoint",
    reads=(
        *(*NAMESPACES, *LIVE, Alarm.actions, Alarm.actions_enabled),
        *(Endpoint.rollback_alarms, InferenceComponent.rollback_alarms),
        *(EventRule, EventRule.state, EventRule.pattern, EventRule.targets),
    ),
    name="endpoint-alarm-no-action",
)
def no_action(  # noqa: PLR0911 - one return for each thing that tells, or needs not tell
    alarm: Alarm, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """An alarm on a production endpoint must tell somebody.

    An alarm that rings in an empty room is the same as none. Parts of a composite alarm that tells somebody need no
    action of their own, nor do alarms that an EventBridge rule hears, that roll a deployment back, or that scale.
    """
    where = _production(alarm, graph, production)
    if isinstance(where, NotApplicable):
        return where
    actions = alarm.actions if alarm.actions_enabled else ()
    if any(":autoscaling:" not in action for action in actions):
        return Pass()
    if actions:
        return NotApplicable("only scales")
    if alarm.composite_rule is not None:
        return NotApplicable("is made of alarms that are judged themselves, and has no action that is turned on")
    for guarded in (*graph.into(alarm, Endpoint), *graph.into(alarm, InferenceComponent)):
        return NotApplicable(f"rolls back deployments of {guarded.name}")
    if _told_by_composite(alarm, graph) or _heard(alarm, graph):
        return Pass()
    what = "has no action" if alarm.actions_enabled else "has its actions turned off"
    return Fail(f"{what}, though it watches {where}; let it tell a topic that people on duty have subscribed to")


@rule(
    severity="high",
    proves=("MLOPS05_BP01", "MLRAI05_BP05"),
    supports=("MLPERF06_BP04",),
    presumes="an alarm on a production endpoint that tells a topic",
    reads=(
        *(*NAMESPACES, *LIVE, Alarm.actions, Alarm.actions_enabled),
        *(Topic, Topic.confirmed, Topic.pending),
    ),
    name="endpoint-alarm-topic-dead",
)
def topic_dead(alarm: Alarm, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """The topic that an alarm on a production endpoint tells must exist and have a confirmed subscription.

    A topic without one swallows what it is told, and the alarm looks as if it worked. Subscriptions wait for
    confirmation until somebody opens the mail. One topic that is heard is enough.
    """
    where = _production(alarm, graph, production)
    if isinstance(where, NotApplicable):
        return where
    topics = [action for action in alarm.actions if ":sns:" in action]
    if not alarm.actions_enabled or not topics:
        return NotApplicable("tells no topic")
    dead = []
    for name in topics:
        topic = graph.to(Ref(Topic, name, alarm.account, alarm.region))
        if isinstance(topic, Missing):
            dead.append(f"the topic {topic.key.name}, which does not exist")
        elif topic.confirmed > 0:
            return Pass()
        else:
            dead.append(f"the topic {topic.name}, which has no confirmed subscription ({topic.pending} pending)")
    for action in alarm.actions:
        if ":sns:" not in action and ":autoscaling:" not in action:
            raise Unobserved(alarm.name, f"whether its action {action} reaches a person cannot be told")
    return Fail(
        f"tells only {' and '.join(dead)}; let it tell one that people on duty have subscribed to (it watches {where})"
    )


@rule(
    severity="low",
    supports=("MLOPS05_BP01", "MLPERF06_BP04"),
    reads=(Alarm.namespace, Alarm.composite_rule, *WATCHED, Endpoint),
    name="endpoint-alarm-orphan",
)
def orphan(alarm: Alarm, graph: Graph) -> Verdict:
    """An alarm must not watch an endpoint that no longer exists.

    It will never ring again, and is counted as monitoring all the same. An endpoint that is deleted every evening and
    made anew every morning is a reason to keep its alarm.
    """
    if alarm.composite_rule is not None:
        return NotApplicable("is made of alarms that are judged themselves")
    watches = False
    for endpoint in _endpoints(alarm, graph):
        watches = True
        if isinstance(endpoint, Missing):
            return Fail(
                f"watches {endpoint.key.name}, which no longer exists; delete it, or let it watch what came after"
            )
    return Pass() if watches else NotApplicable("watches no endpoint by its name")


def _endpoints(alarm: Alarm, graph: Graph) -> Iterator[Endpoint | Missing]:
    """The endpoints whose metrics ring an alarm, also through the parts of a composite one."""
    for part in parts(alarm, graph):
        for metric, key in watched(part, graph):
            if "sagemaker" in (metric.namespace or "").lower():  # others have dimensions of the same name
                yield graph.to(Ref(Endpoint, key.name, key.account, key.region))


def _production(alarm: Alarm, graph: Graph, production: Iterable[str]) -> str | NotApplicable:
    """The live production endpoint that an alarm watches, with what it is taken for it by; else why none.

    Raises:
        Unobserved: it watches by a query.
    """
    words, why = tuple(production), "watches no endpoint"
    for endpoint in _endpoints(alarm, graph):
        if isinstance(endpoint, Missing):
            why = f"watches {endpoint.key.name}, which no longer exists"
        elif isinstance(where := live(endpoint, words), NotApplicable):
            why = f"watches {endpoint.name}, which {where.why}"
        else:
            return f"{endpoint.name}, {where}"
    if any(queries(part) for part in parts(alarm, graph)):
        raise Unobserved(alarm.name, "it watches what a query finds; which endpoints that is cannot be told")
    return NotApplicable(why)


def _told_by_composite(alarm: Alarm, graph: Graph) -> bool:
    """Whether a composite alarm with an action is made of this one, be it through others."""
    made: dict[Key, list[Alarm]] = {}
    for other in graph.all(Alarm, within=_region(alarm)):
        for groups in NAMED.findall(other.composite_rule or ""):
            made.setdefault(Ref(Alarm, "".join(groups), other.account, other.region).key, []).append(other)
    waiting, seen = [alarm.key], {alarm.key}
    while waiting:
        for other in made.get(waiting.pop(), ()):
            if other.actions and other.actions_enabled:
                return True
            if other.key not in seen:
                seen.add(other.key)
                waiting.append(other.key)
    return False


def _heard(alarm: Alarm, graph: Graph) -> bool:
    """Whether an EventBridge rule passes the alarm on.

    Raises:
        Unobserved: one may, by a pattern that is not evaluated here.
    """
    untold = ""
    for listener in graph.all(EventRule, within=_region(alarm)):
        if listener.pattern is None or listener.state == "DISABLED":
            continue
        heard = matches(listener.pattern, _rings(alarm))
        if heard and listener.targets:
            return True
        untold = untold or (listener.name if heard is None else "")
    if untold:
        raise Unobserved(untold, "whether the pattern of this EventBridge rule matches the alarm cannot be told")
    return False


def _rings(alarm: Alarm) -> dict[tuple[str, ...], str]:
    """The event of an alarm that rings."""
    return {
        ("source",): "aws.cloudwatch",
        ("detail-type",): "CloudWatch Alarm State Change",
        ("account",): alarm.account,
        ("region",): alarm.region,
        ("resources",): alarm.arn,
        ("detail", "alarmName"): alarm.name,
        ("detail", "state", "value"): "ALARM",
    }


def _region(alarm: Alarm) -> Region:
    return Region(name=alarm.region, account=alarm.account, region=alarm.region)


_SNS = "arn:aws:sns:us-east-1:111122223333:"
_LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:page"
_SCALE = "arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:1:resource/sagemaker/endpoint/churn-prod/variant/main:policyName/p"
_PROD = Endpoint(name="churn-prod", tags={}, status="InService", rollback_alarms=())
_DEV = Endpoint(name="churn-dev", tags={}, status="InService", rollback_alarms=())


def _alarm(
    name: str = "errors", *actions: str, enabled: bool = True, endpoint: str = "churn-prod", **values: Any
) -> Alarm:
    watching = {
        "namespace": "AWS/SageMaker",
        "endpoints": (Ref(Endpoint, endpoint),),
        "components": (),
        "math": (),
        "composite_rule": None,
    }
    arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
    told = {"actions": actions, "actions_enabled": enabled}
    return Alarm(name=name, arn=arn, **{**watching, **told, **values})


def _composite(name: str, rule_: str, *actions: str) -> Alarm:
    return _alarm(name, *actions, namespace=None, endpoints=(), composite_rule=rule_)


def _listener(pattern: object, state: Any = "ENABLED", *targets: Target) -> EventRule:
    return EventRule(
        name="page", pattern=pattern, state=state, targets=targets or (Target(id="1", target_arn=_LAMBDA),)
    )


def _math(**values: Any) -> Alarm:
    return _alarm(namespace=None, endpoints=(), math=(MathMetric(**values),))


_ERRORS = _alarm()
_QUERY = _math(expression='SELECT SUM(Invocation5XXErrors) FROM SCHEMA("AWS/SageMaker", EndpointName)')
_COMPONENT = InferenceComponent(name="one", endpoint=Ref(Endpoint, "churn-prod"), rollback_alarms=())
_ON_COMPONENT = _alarm(endpoints=(), components=(Ref(InferenceComponent, "one"),))
_CHANGES = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
_ELSEWHERE = _alarm(namespace="Shop/Checkout")
_SPARED: list[Resource | Case] = [
    case(_ELSEWHERE, _PROD),
    case(_alarm(endpoint="churn-dev"), _DEV),
    case(_alarm(endpoint="gone")),
    case(_ERRORS, Endpoint(name="churn-prod", tags={}, status="Failed")),
]
_UNSEEN: list[Resource | Case] = [
    Alarm(),
    case(_ERRORS, unread=[Endpoint]),
    case(_ON_COMPONENT, unread=[InferenceComponent]),
]

no_action.cases(
    passes=[
        case(_alarm("errors", f"{_SNS}on-call"), _PROD),
        case(_alarm("errors", _LAMBDA, endpoints=(), components=(Ref(InferenceComponent, "one"),)), _PROD, _COMPONENT),
        case(_ERRORS, _PROD, _composite("any", 'ALARM("errors") OR ALARM(slow)', f"{_SNS}on-call")),
        case(_ERRORS, _PROD, _composite("any", "ALARM(errors)"), _composite("all", "ALARM('any')", f"{_SNS}on-call")),
        case(_composite("any", "ALARM(errors)", f"{_SNS}on-call"), _ERRORS, _PROD),
        case(_ERRORS, _PROD, _listener(_CHANGES)),
        case(_ERRORS, _PROD, _listener({**_CHANGES, "detail": {"alarmName": [{"prefix": "err"}]}})),
        case(_ERRORS, _PROD, _listener({**_CHANGES, "detail": {"state": {"value": ["ALARM"]}}})),
    ],
    fails=[
        case(_ERRORS, _PROD),
        case(_alarm("errors", f"{_SNS}on-call", enabled=False), _PROD),
        case(_math(namespace="AWS/SageMaker", metric_name="Errors", endpoints=(Ref(Endpoint, "churn-prod"),)), _PROD),
        case(_ERRORS, _PROD, _composite("any", 'ALARM("others")', f"{_SNS}on-call"), _composite("all", "OK(errors)")),
        case(_ERRORS, _PROD, _listener(_CHANGES, "DISABLED")),
        case(_ERRORS, _PROD, _listener({"source": ["aws.sagemaker"]})),
        case(_ERRORS, _PROD, _listener({**_CHANGES, "detail": {"alarmName": ["others"]}})),
        case(_ERRORS, _PROD, _listener({**_CHANGES, "detail": {"alarmName": [{"prefix": "slow"}]}}), _listener(None)),
    ],
    unknown=[
        *_UNSEEN,
        case(_QUERY),
        case(_ERRORS, _PROD, unread=[EventRule]),
        case(_ERRORS, _PROD, unread=[InferenceComponent]),
        case(_ERRORS, _PROD, _listener({**_CHANGES, "detail": {"alarmName": [{"suffix": "s"}]}})),
        case(_ERRORS, _PROD, _listener({**_CHANGES, "detail": {"previousState": {"value": ["OK"]}}})),
    ],
    not_applicable=[
        *_SPARED,
        case(_alarm("scale", _SCALE), _PROD),
        case(_composite("any", "ALARM(errors)"), _ERRORS, _PROD),
        case(
            _ERRORS, Endpoint(name="churn-prod", tags={}, status="InService", rollback_alarms=(Ref(Alarm, "errors"),))
        ),
    ],
)
topic_dead.cases(
    passes=[
        case(_alarm("errors", f"{_SNS}on-call"), _PROD, Topic(name="on-call", confirmed=1, pending=0)),
        case(_alarm("errors", f"{_SNS}gone", f"{_SNS}on-call"), _PROD, Topic(name="on-call", confirmed=2, pending=1)),
    ],
    fails=[
        case(_alarm("errors", f"{_SNS}gone"), _PROD),
        case(_alarm("errors", f"{_SNS}on-call", _SCALE), _PROD, Topic(name="on-call", confirmed=0, pending=1)),
        case(_composite("any", "ALARM(errors)", f"{_SNS}gone"), _ERRORS, _PROD),
        case(
            _alarm("errors", f"{_SNS}gone", endpoints=(), components=(Ref(InferenceComponent, "one"),)),
            _PROD,
            _COMPONENT,
        ),
    ],
    unknown=[
        *_UNSEEN,
        case(_QUERY),
        case(_alarm("errors", f"{_SNS}on-call"), _PROD, unread=[Topic]),
        case(_alarm("errors", f"{_SNS}on-call"), _PROD, Topic(name="on-call")),
        case(_alarm("errors", "arn:aws:sns:eu-west-1:444455556666:on-call"), _PROD),
        case(_alarm("errors", f"{_SNS}gone", _LAMBDA), _PROD),
    ],
    not_applicable=[
        *_SPARED,
        case(_ERRORS, _PROD),
        case(_alarm("errors", _LAMBDA), _PROD),
        case(_alarm("errors", f"{_SNS}gone", enabled=False), _PROD),
    ],
)
orphan.cases(
    passes=[case(_ERRORS, _PROD), case(_alarm(endpoint="churn-dev"), _DEV), case(_ON_COMPONENT, _COMPONENT, _PROD)],
    fails=[_ERRORS, case(_math(namespace="AWS/SageMaker", endpoints=(Ref(Endpoint, "gone"),)), _PROD)],
    unknown=_UNSEEN,
    not_applicable=[_ELSEWHERE, _QUERY, case(_composite("any", "ALARM(errors)"), _ERRORS)],
)
