"""The demo's ground: keys, buckets, roles, images, topics, rules, budgets, logs."""

from __future__ import annotations

from mllens.sandbox.demo.texts import SCRIPT
from mllens.sandbox.seeding.account import EU, US, Account
from mllens.sandbox.seeding.platform import (
    Bucket,
    Budget,
    EventRule,
    Key,
    LogGroup,
    Policy,
    Repository,
    Role,
    Scanning,
    Topic,
    make_all,
    make_code_repository,
)

KEYS = (
    Key(alias="meridian-ml", region=US),
    Key(alias="meridian-ml", region=EU, rotates=False),
    Key(alias="meridian-legacy", region=US, leaves=True),
)

BUCKETS = (
    Bucket(name="meridian-ml-logs", region=US, versioning=None, expires=(("", 400),), takes_logs=True),
    Bucket(name="meridian-ml-features", region=US, versioning="Enabled", key="meridian-ml", logs="meridian-ml-logs"),
    Bucket(name="meridian-ml-artifacts", region=US, versioning="Enabled", expires=(("churn-", 30),)),
    Bucket(name="meridian-claims-landing", region=US, versioning=None),
    Bucket(
        name="meridian-ml-capture", region=US, versioning="Enabled", key="meridian-ml", expires=(("capture/", 200),)
    ),
    Bucket(name="meridian-claims-samples", region=US, versioning=None, public=True),
    Bucket(name="meridian-ml-features-eu", region=EU, versioning="Suspended"),
    Bucket(name="meridian-ml-artifacts-eu", region=EU, versioning="Enabled", key="meridian-ml"),
    Bucket(name="meridian-ml-capture-eu", region=EU, versioning="Enabled", key="meridian-ml"),
)

POLICIES = (
    Policy(
        name="meridian-ml-limits",
        actions=("s3:*", "logs:*", "cloudwatch:PutMetricData", "ecr:*", "kms:*", "sagemaker:*"),
    ),
    Policy(name="meridian-experiments", actions=("sagemaker:Create*", "iam:PassRole", "s3:*")),
)

_DATA = (("s3:GetObject", "s3:PutObject"), "arn:aws:s3:::meridian-ml-*/*")
_READS = ("s3:GetObject", ("arn:aws:s3:::meridian-ml-artifacts/*", "arn:aws:s3:::meridian-ml-artifacts-eu/*"))
_CAPTURES = ("s3:PutObject", ("arn:aws:s3:::meridian-ml-capture/*", "arn:aws:s3:::meridian-ml-capture-eu/*"))
_CLAIMS = (("s3:GetObject", "s3:PutObject"), "arn:aws:s3:::meridian-claims-landing/*")
_LOGS = ("logs:PutLogEvents", "*")

ROLES = (
    Role(name="meridian-ml-serving", allowed=(_READS, _CAPTURES, _LOGS), boundary="meridian-ml-limits", confined=True),
    Role(
        name="meridian-ml-training",
        allowed=(
            ("s3:GetObject", ("arn:aws:s3:::meridian-ml-features/*", "arn:aws:s3:::meridian-ml-features-eu/*")),
            (("s3:GetObject", "s3:PutObject"), "arn:aws:s3:::meridian-ml-artifacts*/*"),
            _LOGS,
        ),
        boundary="meridian-ml-limits",
        confined=True,
    ),
    Role(name="meridian-ml-monitoring", allowed=(_DATA, _CLAIMS, _LOGS)),
    Role(
        name="meridian-ml-pipeline",
        allowed=(
            (("sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob", "sagemaker:CreateModelPackage"), "*"),
            _DATA,
            _LOGS,
        ),
        passes=("meridian-ml-training", "meridian-ml-serving"),
        confined=True,
    ),
    Role(
        name="meridian-ml-deploy",
        allowed=((("sagemaker:UpdateEndpoint", "sagemaker:CreateEndpointConfig"), "*"),),
        passes=("*",),
    ),
    Role(
        name="meridian-claims-datascience",
        managed=("AmazonSageMakerFullAccess",),
        allowed=(_DATA, _CLAIMS, _LOGS),
        passes=("*",),
    ),
    Role(
        name="meridian-studio-trial",
        managed=("AmazonSageMakerFullAccess", "AmazonS3ReadOnlyAccess"),
        allowed=(_DATA, _LOGS),
    ),
    Role(
        name="meridian-claims-intake", managed=("AmazonSageMakerFullAccess",), service="lambda", allowed=(_DATA, _LOGS)
    ),
    Role(
        name="meridian-claims-serving",
        allowed=(
            (
                ("s3:GetObject", "s3:PutObject"),
                ("arn:aws:s3:::meridian-claims-landing/*", "arn:aws:s3:::meridian-ml-artifacts/*"),
            ),
            _LOGS,
        ),
    ),
    Role(name="meridian-renewals", managed=("AdministratorAccess",), trusts=("444455556666",)),
    Role(
        name="meridian-tuning",
        own=("meridian-experiments",),
        allowed=(
            (("sagemaker:UpdateModelPackage", "sagemaker:DeleteMonitoringSchedule", "sagemaker:UpdateEndpoint"), "*"),
            _DATA,
        ),
    ),
    Role(
        name="meridian-studio",
        allowed=((("sagemaker:Describe*", "sagemaker:List*", "sagemaker:CreateTrainingJob"), "*"), _DATA, _LOGS),
        passes=("meridian-ml-training",),
        boundary="meridian-ml-limits",
        confined=True,
    ),
)

REPOSITORIES = (
    Repository(
        name="meridian/fraud-scoring",
        region=US,
        images={"1.8": {"MEDIUM": 4}, "2.0": {"MEDIUM": 1}, "2.1": {}},
        immutable=True,
        scanned=True,
        key="meridian-ml",
    ),
    Repository(
        name="meridian/claims-triage", region=US, images={"latest": {"CRITICAL": 3, "HIGH": 11}}, scanned=True, keeps=5
    ),
    Repository(name="meridian/document-reader", region=US, images={"5": {}}),
    Repository(
        name="meridian/pricing", region=EU, images={"4.2": {"LOW": 2}}, immutable=True, scanned=True, key="meridian-ml"
    ),
)

SCANNING = (
    Scanning(region=US, on_push=("meridian/fraud-scoring", "meridian/claims-triage")),
    Scanning(region=EU, on_push=("meridian/*",)),
)

TOPICS = (
    Topic(
        name="ml-on-call",
        region=US,
        heard_by=(("lambda", "function:page-on-call"), ("email", "oncall@example.com")),
        key="meridian-ml",
    ),
    Topic(name="ml-on-call", region=EU, heard_by=(("sqs", "page-on-call"),)),
    Topic(name="ml-reports", region=US, heard_by=(("email", "reports@example.com"),)),
    Topic(name="claims-alerts", region=US),
)

EVENT_RULES = (
    EventRule(
        name="fraud-scoring-approved",
        region=US,
        detail_type="SageMaker Model Package State Change",
        detail={"ModelPackageGroupName": ["fraud-scoring"], "ModelApprovalStatus": ["Approved"]},
        pipeline="fraud-scoring-deploy",
        role="meridian-ml-deploy",
    ),
    EventRule(
        name="claims-triage-changed",
        region=US,
        detail_type="SageMaker Model Package State Change",
        detail={"ModelPackageGroupName": ["claims-triage"]},
        pipeline="claims-triage-train",
        role="meridian-ml-deploy",
    ),
    EventRule(
        name="retrain-weekly",
        region=US,
        schedule="rate(7 days)",
        pipeline="fraud-scoring-pipeline",
        role="meridian-ml-deploy",
    ),
    EventRule(
        name="pricing-approved",
        region=EU,
        detail_type="SageMaker Model Package State Change",
        detail={"ModelPackageGroupName": ["pricing"], "ModelApprovalStatus": ["Approved"]},
        topic="ml-on-call",
    ),
)

BUDGETS = (
    Budget(
        name="ml-platform",
        limit="42000",
        services=("Amazon SageMaker",),
        told=((80.0, "ml-on-call"), (100.0, "ml-reports")),
    ),
    Budget(name="claims-data-science", limit="6000", told=((100.0, "claims-alerts"),)),
)

LOG_GROUPS = (
    LogGroup(name="/aws/sagemaker/TrainingJobs", region=US),
    LogGroup(name="/aws/sagemaker/ProcessingJobs", region=US, days=90),
    LogGroup(name="/aws/sagemaker/Endpoints/fraud-scoring-prod", region=US, days=400, key="meridian-ml"),
    LogGroup(name="/aws/sagemaker/Endpoints/claims-triage-prod", region=US),
    LogGroup(name="/aws/sagemaker/NotebookInstances", region=US),
    LogGroup(name="/aws/sagemaker/Endpoints/pricing-eu-prod", region=EU, days=400, key="meridian-ml"),
    LogGroup(name="/aws/sagemaker/TrainingJobs", region=EU, days=90),
)


def fill(account: Account) -> None:
    """Everything that stands around the models."""
    make_all(
        account,
        (*KEYS, *BUCKETS, *POLICIES, *ROLES, *REPOSITORIES, *SCANNING, *TOPICS, *EVENT_RULES, *BUDGETS, *LOG_GROUPS),
    )
    make_code_repository(
        account, US, "fraud-scoring", "https://git.example.com/ml/fraud-scoring", {"owner": "payments-risk"}
    )
    make_code_repository(account, US, "claims-notebooks", "https://git.example.com/claims/notebooks", {"note": SCRIPT})
