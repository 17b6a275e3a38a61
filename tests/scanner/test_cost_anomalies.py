"""Cost anomaly detection: what is watched, and who is told; read only where it may cost something."""

from typing import Any

import pytest
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Unobserved
from mllens.scanner.cost import AnomalyMonitor, AnomalySubscription
from mllens.scanner.plan import plan

TYPES = (AnomalyMonitor, AnomalySubscription)
WANTED = plan([*TYPES, *(field for t in TYPES for name, field in t.fields.items() if name != "tags")])


def read(sandbox: Sandbox, **options: Any) -> Graph:
    return Graph(Scanner(sandbox, WANTED)(regions=("us-east-1",), **options))


def test_subscriptions_know_their_monitors() -> None:
    with Sandbox() as sandbox:
        ce = sandbox.client("ce")
        watched = {"MonitorName": "services", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
        arn = ce.create_anomaly_monitor(AnomalyMonitor=watched)["MonitorArn"]
        chosen = {"Tags": {"Key": "team", "Values": ["ml"]}}
        own = {"MonitorName": "ours", "MonitorType": "CUSTOM", "MonitorSpecification": chosen}
        ce.create_anomaly_monitor(AnomalyMonitor=own)
        ce.create_anomaly_subscription(
            AnomalySubscription={
                "SubscriptionName": "daily",
                "MonitorArnList": [arn],
                "Subscribers": [{"Address": "ml@example.com", "Type": "EMAIL"}],
                "Frequency": "DAILY",
                "Threshold": 50.0,
            }
        )
        graph = read(sandbox, cost=True)
    found = {monitor.monitor_name: monitor for monitor in graph.all(AnomalyMonitor)}
    assert {name: (m.kind, m.dimension) for name, m in found.items()} == {
        "services": ("DIMENSIONAL", "SERVICE"),
        "ours": ("CUSTOM", None),
    }
    told = list(graph.into(found["services"], AnomalySubscription))
    assert [(s.kind, s.status) for one in told for s in one.subscribers] == [("EMAIL", None)]
    assert list(graph.into(found["ours"], AnomalySubscription)) == []


def test_without_leave_to_spend_nothing_is_asked() -> None:
    with Sandbox() as sandbox:
        graph = read(sandbox)
        assert sandbox.calls.count("ce:GetAnomalyMonitors") == sandbox.calls.count("ce:GetAnomalySubscriptions") == 0
    for cls in TYPES:
        with pytest.raises(Unobserved, match="--with-cost turns it on"):
            list(graph.all(cls))
