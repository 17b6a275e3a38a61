"""The simulated AWS that tests and the demo run against."""

from __future__ import annotations

from mllens.sandbox.faults import Fault, Faults
from mllens.sandbox.sandbox import NOON, Sandbox

__all__ = ["NOON", "Fault", "Faults", "Sandbox"]
