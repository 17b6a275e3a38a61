"""The demo account: the ML platform of an insurer, with good parts, bad parts and a forgotten corner."""

from __future__ import annotations

from mllens.sandbox.demo import models, monitoring, pipelines, platform, registry, serving, studio, training
from mllens.sandbox.faults import Fault, Faults
from mllens.sandbox.sandbox import Sandbox
from mllens.sandbox.seeding.account import EU, Account

__all__ = ["DEMO_FAULTS", "seed"]

DEMO_FAULTS = Faults(Fault("deny", calls="cloudwatch:DescribeAlarms", region=EU))
"""What the demo's reader may not read, so that a report shows what that looks like."""


def seed(sandbox: Sandbox) -> None:
    """Fill a sandbox with the demo account: through AWS's own operations, each at its time."""
    with sandbox.lenient():  # AWS would refuse some of the hostile texts
        account = Account(sandbox)
        platform.fill(account)
        registry.fill(account)
        pipelines.fill(account)
        models.fill(account)
        monitoring.fill_alarms(account)
        serving.fill(account)
        training.fill(account)
        monitoring.fill(account)
        studio.fill(account)
