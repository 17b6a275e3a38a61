"""Spend that rises unnoticed."""

from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Account, Graph, Ref, Unobserved
from mllens.scanner.cost import AnomalyMonitor, AnomalySubscriber, AnomalySubscription
from mllens.scanner.sagemaker import Endpoint, TrainingJob


@rule(
    severity="low",
    confidence="medium",
    proves=("MLCOST06_BP01",),
    supports=("MLCOST04_BP12",),
    reads=(
        *(Endpoint, TrainingJob, AnomalyMonitor, AnomalyMonitor.kind, AnomalyMonitor.dimension),
        *(AnomalySubscription.monitors, AnomalySubscription.subscribers),
    ),
)
def cost_anomaly_monitor(account: Account, graph: Graph) -> Verdict:
    """An account with machine learning must have cost anomaly detection over its services, and tell somebody.

    A budget tells when a sum is reached; an endpoint that costs three times what it did stays below for weeks. A monitor
    over services counts, and one over accounts. One that the organization keeps in another account cannot be seen:
    waive it there. Each request to Cost Explorer has a price, so this is only known of scans with cost.
    """
    if not any(True for _ in graph.all(Endpoint, within=account)) and not any(
        True for _ in graph.all(TrainingJob, within=account, bounded=True)
    ):
        return NotApplicable("serves and trains no model")
    silent, doubt = "", ""
    for monitor in graph.all(AnomalyMonitor, within=account):
        if monitor.kind == "CUSTOM" or monitor.dimension not in {"SERVICE", "LINKED_ACCOUNT"}:
            doubt = doubt or monitor.name
        elif any(_heard(subscription) for subscription in graph.into(monitor, AnomalySubscription)):
            return Pass()
        else:
            silent = monitor.name
    if doubt:
        raise Unobserved(doubt, "whether what it selects takes in machine learning cannot be told")
    if silent:
        return Fail(f"has a monitor for cost anomalies, {silent}, that tells nobody; subscribe somebody to it")
    return Fail("has no monitor for cost anomalies; create one over services, with a subscription")


def _heard(subscription: AnomalySubscription) -> bool:
    return any(subscriber.status != "DECLINED" for subscriber in subscription.subscribers)


_ACCOUNT = Account(name="111122223333")
_SERVING = Endpoint()
_ARN = "arn:aws:ce::111122223333:anomalymonitor/all"


def _monitor(dimension: Any = "SERVICE", kind: Literal["DIMENSIONAL", "CUSTOM"] = "DIMENSIONAL") -> AnomalyMonitor:
    return AnomalyMonitor(name="all", arn=_ARN, kind=kind, dimension=dimension)


def _told(*status: Literal["CONFIRMED", "DECLINED"] | None, monitor: str = _ARN) -> AnomalySubscription:
    subscribers = tuple(AnomalySubscriber(kind="EMAIL", status=one) for one in status)
    return AnomalySubscription(name="told", monitors=(Ref(AnomalyMonitor, monitor),), subscribers=subscribers)


cost_anomaly_monitor.cases(
    passes=[
        case(_ACCOUNT, _SERVING, _monitor(), _told(None)),
        case(_ACCOUNT, TrainingJob(), _monitor("LINKED_ACCOUNT"), _told("DECLINED", "CONFIRMED")),
        case(_ACCOUNT, _SERVING, _monitor(), _told(None), unread=[AnomalyMonitor]),
    ],
    fails=[
        case(_ACCOUNT, _SERVING),
        case(_ACCOUNT, _SERVING, _monitor()),
        case(_ACCOUNT, _SERVING, _monitor(), _told("DECLINED")),
        case(_ACCOUNT, _SERVING, _monitor(), _told(None, monitor="arn:aws:ce::111122223333:anomalymonitor/other")),
    ],
    unknown=[
        case(_ACCOUNT, _SERVING, unread=[AnomalyMonitor]),
        case(_ACCOUNT, _SERVING, _monitor(), unread=[AnomalySubscription]),
        case(_ACCOUNT, _SERVING, _monitor(None, "CUSTOM"), _told(None)),
        case(_ACCOUNT, _SERVING, _monitor("TAG"), _told(None)),
        case(_ACCOUNT, unread=[TrainingJob]),
    ],
    not_applicable=[case(_ACCOUNT, _monitor())],
)
