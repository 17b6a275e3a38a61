"""The hand-written behaviour, complete: taking `HOOKS` from here loads every module that registers some."""

from __future__ import annotations

from mllens.sandbox import (
    budgets,
    cloudwatch,
    ec2,
    ecr,
    iam,
    kms,
    s3,
    sagemaker,
    scaling,
    search,
    sns,
    sts,
    tagging,
    wellarchitected,
)
from mllens.sandbox.answer import HOOKS

__all__ = ["HOOKS", "MODULES"]

MODULES = (budgets, cloudwatch, ec2, ecr, iam, kms, s3, sagemaker, scaling, search, sns, sts, tagging, wellarchitected)
