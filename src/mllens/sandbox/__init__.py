"""The simulated AWS that tests and the demo run against."""

from __future__ import annotations

from mllens.sandbox.faults import Fault, Faults
from mllens.sandbox.sandbox import NOON, Sandbox
from mllens.sandbox.snapshot import Difference, Snapshot

__all__ = ["NOON", "Difference", "Fault", "Faults", "Sandbox", "Snapshot"]
