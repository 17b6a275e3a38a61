"""Workloads: the part of an estate that is assessed and reviewed by itself, as its owners name it in a file."""

from mllens.workload.counting import counted
from mllens.workload.file import Workload, WorkloadError, read_workload
from mllens.workload.membership import Membership, membership, reads

__all__ = ["Membership", "Workload", "WorkloadError", "counted", "membership", "read_workload", "reads"]
