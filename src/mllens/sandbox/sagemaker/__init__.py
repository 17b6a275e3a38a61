"""SageMaker's own ways, where the service model cannot say them: importing this registers them all."""

from __future__ import annotations

from mllens.sandbox.sagemaker import (
    cards,
    clusters,
    components,
    endpoints,
    features,
    images,
    jobs,
    lineage,
    monitoring,
    notebooks,
    pipelines,
    registry,
    shadow_tests,
    studio,
    tags,
)
from mllens.sandbox.sagemaker.features import feature_body
from mllens.sandbox.sagemaker.monitoring import add_monitoring_execution

__all__ = ["MODULES", "add_monitoring_execution", "feature_body"]

MODULES = (
    cards,
    clusters,
    components,
    endpoints,
    features,
    images,
    jobs,
    lineage,
    monitoring,
    notebooks,
    pipelines,
    registry,
    shadow_tests,
    studio,
    tags,
)
