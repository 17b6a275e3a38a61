"""Budgets over what machine learning costs, and whether anybody hears them."""

from collections.abc import Iterable, Mapping
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Account, Graph, Missing, Ref, Unobserved
from mllens.scanner.budgets import Budget, BudgetNotification, Subscriber
from mllens.scanner.sagemaker import Endpoint, TrainingJob
from mllens.scanner.sns import Topic

SERVICES = ("SageMaker", "Bedrock")
BUDGET_READS = (Budget.budget_type, Budget.filters, Budget.filter_expression)


@rule(
    name="budget-for-ml",
    severity="medium",
    confidence="medium",
    proves=("MLCOST04_BP12",),
    supports=("MLCOST06_BP01", "MLCOST01_BP01"),
    reads=(Endpoint, TrainingJob, Budget, *BUDGET_READS),
)
def over_ml(account: Account, graph: Graph, *, tags: Iterable[str] = ()) -> Verdict:
    """A budget must cover what machine learning costs.

    A forgotten endpoint or a training run that does not end shows on the bill a month later. A budget over SageMaker
    or Bedrock counts, one over everything, and one over cost tags that `tags` names. Budgets that the organization
    keeps in another account cannot be seen: waive it there.
    """
    if not any(True for _ in graph.all(Endpoint, within=account)) and not any(
        True for _ in graph.all(TrainingJob, within=account, bounded=True)
    ):
        return NotApplicable("serves and trains no model")
    known, doubt, others = tuple(tags), "", 0
    for budget in graph.all(Budget, within=account):
        covers = _covers(budget, known)
        if covers:
            return Pass()
        others += 1
        if covers is None:
            doubt = doubt or budget.name
    if doubt:
        raise Unobserved(doubt, "whether what it filters by takes in machine learning cannot be told")
    beside = f" (it has {others} over other things)" if others else ""
    return Fail(f"has no budget over SageMaker, Bedrock or ML cost tags{beside}; create one with an alert")


@rule(
    name="budget-notification-dead",
    severity="medium",
    proves=("MLCOST04_BP12",),
    supports=("MLCOST06_BP01",),
    reads=(
        *(*BUDGET_READS, BudgetNotification.budget, BudgetNotification.subscribers),
        *(Topic, Topic.confirmed),
    ),
)
def heard(budget: Budget, graph: Graph, *, tags: Iterable[str] = ()) -> Verdict:
    """A budget over machine learning must alert somebody.

    A budget changes nothing by itself. One address, or one topic with a confirmed subscription, on any of its
    thresholds is enough here. Whether a person reads it cannot be seen.
    """
    covers = _covers(budget, tuple(tags))
    if covers is None:
        raise Unobserved(budget.name, "whether what it filters by takes in machine learning cannot be told")
    if not covers:
        return NotApplicable("is over other things than machine learning")
    doubt: Unobserved | None = None
    dead = []
    for notification in graph.into(budget, BudgetNotification):
        for subscriber in notification.subscribers:
            try:
                if (why := _dead(subscriber, graph)) is None:
                    return Pass()
                dead.append(why)
            except Unobserved as gap:
                doubt = doubt or gap
    if doubt is not None:
        raise doubt
    if dead:
        return Fail(f"alerts only {', '.join(sorted(set(dead)))}; subscribe somebody, and confirm it")
    return Fail("has no alert with a subscriber; add a threshold that tells somebody")


def _dead(subscriber: Subscriber, graph: Graph) -> str | None:
    """Why nobody hears a subscriber; None where somebody does."""
    topic = graph.to(subscriber.topic)
    if topic is None:
        if subscriber.kind != "EMAIL":
            raise Unobserved("Subscriber.topic", "its address is no topic")
        return None
    if isinstance(topic, Missing):
        return f"{topic.key.name}, a topic that does not exist"
    return None if topic.confirmed else f"{topic.name}, a topic without a confirmed subscription"


# Filters that choose among accounts, regions or kinds of charge leave machine learning in.
_NEUTRAL = {
    "LINKED_ACCOUNT",
    "REGION",
    "RECORD_TYPE",
    "LINKEDACCOUNT",
    "RECORDTYPE",
    "LEGAL_ENTITY_NAME",
    "BILLING_ENTITY",
}


def _covers(budget: Budget, tags: tuple[str, ...]) -> bool | None:
    """Whether a budget is over costs of machine learning; None where its filters do not tell."""
    if budget.budget_type != "COST":
        return False
    parts = [_one(kind, tuple(values), tags) for kind, values in budget.filters.items()]
    if budget.filter_expression is not None:
        parts.append(_expression(budget.filter_expression, tags))
    return False if False in parts else None if None in parts else True


def _one(kind: str, values: tuple[str, ...], tags: tuple[str, ...]) -> bool | None:
    """One kind of filter, in the words of either form."""
    if kind.upper() == "SERVICE":
        return any(name in value for value in values for name in SERVICES)
    if kind == "TagKeyValue":  # user:team$risk
        return True if any(value.removeprefix("user:").split("$")[0] in tags for value in values) else None
    return True if kind.upper() in _NEUTRAL else None


def _expression(expression: Any, tags: tuple[str, ...]) -> bool | None:
    """What a filter expression says; of what it leaves out, and of forms not known, nothing is told."""
    if not isinstance(expression, Mapping) or len(expression) != 1:
        return None
    ((kind, inner),) = expression.items()
    match kind, inner:
        case (("And" | "Or"), list()):
            parts = [_expression(part, tags) for part in inner]
            decisive = kind == "Or"
            return decisive if decisive in parts else None if None in parts else not decisive
        case "Dimensions", {"Key": str(key), "Values": list(values)} if _plain(inner):
            return _one(key, tuple(map(str, values)), tags)
        case "Tags", {"Key": str(key)} if _plain(inner):
            return True if key in tags else None
    return None


def _plain(inner: Mapping[str, Any]) -> bool:
    return set(inner.get("MatchOptions") or ()) <= {"EQUALS", "CASE_SENSITIVE", "CONTAINS", "STARTS_WITH"}


_ACCOUNT = Account(name="111122223333")
_SERVING = Endpoint()


def _budget(filters: Mapping[str, tuple[str, ...]] | None = None, expression: Any = None) -> Budget:
    return Budget(name="ml", budget_type="COST", filters=filters or {}, filter_expression=expression)


def _service(*names: str) -> dict[str, Any]:
    return {"Dimensions": {"Key": "SERVICE", "Values": list(names)}}


_EC2 = _budget({"Service": ("Amazon Elastic Compute Cloud - Compute",)})
_TAGGED = _budget({"TagKeyValue": ("user:use-case$fraud",)})

over_ml.cases(
    passes=[
        case(_ACCOUNT, _SERVING, _budget({"Service": ("Amazon SageMaker",), "LinkedAccount": ("111122223333",)})),
        case(_ACCOUNT, _SERVING, _budget(), unread=[Budget]),
        case(_ACCOUNT, TrainingJob(), _budget(expression=_service("Amazon Bedrock"))),
        case(_ACCOUNT, _SERVING, _TAGGED, tags=["use-case"]),
        case(_ACCOUNT, _SERVING, _budget(expression={"Tags": {"Key": "team", "Values": ["ml"]}}), tags=["team"]),
        case(
            *(_ACCOUNT, _SERVING),
            _budget(
                expression={
                    "And": [
                        {"Or": [_service("x"), _service("Amazon SageMaker")]},
                        {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}},
                    ]
                }
            ),
        ),
    ],
    fails=[
        case(_ACCOUNT, _SERVING),
        case(_ACCOUNT, _SERVING, _EC2),
        case(_ACCOUNT, _SERVING, Budget(name="use", budget_type="RI_UTILIZATION")),
        case(_ACCOUNT, _SERVING, _budget(expression={"And": [_service("AWS Lambda"), {"Not": _service("x")}]})),
    ],
    unknown=[
        case(_ACCOUNT, _SERVING, unread=[Budget]),
        case(_ACCOUNT, _SERVING, Budget(name="ml")),
        case(_ACCOUNT, _SERVING, _TAGGED),
        case(_ACCOUNT, _SERVING, _budget(expression={"Not": _service("Amazon SageMaker")})),
        case(_ACCOUNT, unread=[TrainingJob]),
    ],
    not_applicable=[case(_ACCOUNT, _EC2)],
)

_TOPIC = "arn:aws:sns:us-east-1:111122223333:spend"
_EMAIL = Subscriber(kind="EMAIL")
_SNS = Subscriber(kind="SNS", topic=Ref(Topic, _TOPIC))


def _alert(*subscribers: Subscriber, name: str = "ml/ACTUAL/GREATER_THAN/80/PERCENTAGE") -> BudgetNotification:
    return BudgetNotification(name=name, budget=Ref(Budget, "ml"), subscribers=subscribers)


def _topic(confirmed: int) -> Topic:
    return Topic(name="spend", confirmed=confirmed)


heard.cases(
    passes=[
        case(_budget(), _alert(_EMAIL), unread=[Topic]),
        case(_budget(), _alert(_SNS), _topic(2)),
        case(_budget(), _alert(_SNS), _alert(_EMAIL, name="ml/FORECASTED/GREATER_THAN/100/PERCENTAGE"), _topic(0)),
    ],
    fails=[
        _budget(),
        case(_budget(), _alert()),
        case(_budget(), _alert(_SNS), _topic(0)),
        case(_budget(), _alert(_SNS)),
    ],
    unknown=[
        Budget(name="ml"),
        case(_budget(), unread=[BudgetNotification]),
        case(_budget(), _alert(_SNS), Topic(name="spend")),
        case(_budget(), _alert(_SNS), unread=[Topic]),
        _TAGGED,
    ],
    not_applicable=[_EC2],
)
