"""A careful account: a small platform that does right what the demo account does wrong."""

from __future__ import annotations

from mllens.sandbox.sandbox import Sandbox
from mllens.sandbox.seeding.account import US, Account, day
from mllens.sandbox.seeding.monitoring import Alarm, Monitor, make_alarm, make_monitor
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
)
from mllens.sandbox.seeding.registry import (
    Card,
    FeatureGroup,
    Group,
    Pipeline,
    Version,
    gate,
    make_card,
    make_feature_group,
    make_group,
    make_pipeline,
    step,
)
from mllens.sandbox.seeding.scaling import Scaling, make_scaling
from mllens.sandbox.seeding.serving import (
    Capture,
    Endpoint,
    Model,
    Release,
    make_endpoint,
    make_model,
)
from mllens.sandbox.seeding.studio import (
    STOPS,
    Domain,
    Notebook,
    Script,
    Space,
    make_domain,
    make_notebook,
    make_script,
)
from mllens.sandbox.seeding.training import Family, Processing, make_family, make_processing

_KEY, _ARTIFACTS, _FEATURES, _LOGS = "lumen-ml", "lumen-ml-artifacts", "lumen-ml-features", "lumen-ml-logs"
_SERVING, _TRAINING, _LIMITS = "lumen-ml-serving", "lumen-ml-training", "lumen-ml-limits"
_WRITES_LOGS = ("logs:PutLogEvents", "arn:aws:logs:us-east-1:*:log-group:/aws/sagemaker/*")
_TAGS = {
    "environment": "production",
    "owner": "energy-forecasts",
    "cost-center": "2200",
    "use-case": "load-forecast",
    "data-class": "internal",
    "affects-people": "no",
}

GROUND = (
    Key(alias=_KEY, region=US),
    Bucket(name=_LOGS, region=US, versioning="Enabled", key=_KEY, expires=(("", 400),), takes_logs=True),
    Bucket(name=_FEATURES, region=US, versioning="Enabled", key=_KEY, logs=_LOGS, expires=(("load-forecast-train/", 1100),)),
    Bucket(name=_ARTIFACTS, region=US, versioning="Enabled", key=_KEY, logs=_LOGS, expires=(("load-forecast-train/checkpoints/", 14),)),
    Bucket(name="lumen-ml-capture", region=US, versioning="Enabled", key=_KEY, logs=_LOGS, expires=(("capture/", 200),)),
    Policy(name=_LIMITS, actions=("s3:GetObject", "s3:PutObject", "logs:PutLogEvents", "sagemaker:*", "kms:Decrypt", "kms:GenerateDataKey")),
    Role(
        name=_SERVING,
        allowed=(
            ("s3:GetObject", f"arn:aws:s3:::{_ARTIFACTS}/load-forecast-v*"),
            ("s3:PutObject", "arn:aws:s3:::lumen-ml-capture/capture/*"),
            _WRITES_LOGS,
        ),
        boundary=_LIMITS,
        confined=True,
    ),
    Role(
        name=_TRAINING,
        allowed=(
            ("s3:GetObject", f"arn:aws:s3:::{_FEATURES}/*"),
            ("s3:PutObject", f"arn:aws:s3:::{_ARTIFACTS}/load-forecast-train/*"),
            _WRITES_LOGS,
        ),
        boundary=_LIMITS,
        confined=True,
    ),
    Role(
        name="lumen-ml-monitoring",
        allowed=(
            ("s3:GetObject", ("arn:aws:s3:::lumen-ml-capture/*", f"arn:aws:s3:::{_ARTIFACTS}/*")),
            ("s3:PutObject", "arn:aws:s3:::lumen-ml-capture/load-forecast-*"),
            _WRITES_LOGS,
        ),
        boundary=_LIMITS,
        confined=True,
    ),
    Role(
        name="lumen-ml-prepare",
        allowed=(
            ("s3:GetObject", f"arn:aws:s3:::{_FEATURES}/*"),
            ("s3:PutObject", f"arn:aws:s3:::{_FEATURES}/load-forecast-train/*"),
            _WRITES_LOGS,
        ),
        boundary=_LIMITS,
        confined=True,
    ),
    Role(
        name="lumen-ml-pipeline",
        allowed=((("sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob", "sagemaker:CreateModelPackage"), "*"), _WRITES_LOGS),
        passes=(_TRAINING, "lumen-ml-prepare"),
        boundary=_LIMITS,
        confined=True,
    ),
    Repository(name="lumen/load-forecast", region=US, images={"3.0": {"LOW": 1}, "3.1": {}}, immutable=True, scanned=True, key=_KEY),
    Scanning(region=US, on_push=("lumen/*",)),
    Topic(name="ml-on-call", region=US, heard_by=(("lambda", "function:page-on-call"),), key=_KEY),
    EventRule(
        name="load-forecast-approved",
        region=US,
        detail_type="SageMaker Model Package State Change",
        detail={"ModelPackageGroupName": ["load-forecast"], "ModelApprovalStatus": ["Approved"]},
        topic="ml-on-call",
    ),
    Budget(
        name="ml-platform", limit="9000", services=("Amazon SageMaker",),
        told=((80.0, "ml-on-call"), (100.0, "ml-on-call")), action_role="lumen-ml-pipeline",
    ),
    LogGroup(name="/aws/sagemaker/Endpoints/load-forecast-prod", region=US, days=400, key=_KEY),
    LogGroup(name="/aws/sagemaker/TrainingJobs", region=US, days=90, key=_KEY),
)  # fmt: skip

_REPORTS = ("quality", "bias", "explainability")

GROUP = Group(
    name="load-forecast",
    region=US,
    description="Forecasts the load of a district for the next two days",
    created=day(4, 2),
    bucket=_ARTIFACTS,
    every=130,
    tags={"owner": "energy-forecasts"},
    versions=(
        Version(
            approval="Approved", why="Error of 3.1 % on last winter", by="lumen-ml-pipeline", approved_by="lumen-ml-owner",
            reports=_REPORTS, drift=True, commit="0f3e9d1", stage="Retired", key=_KEY, image="lumen/load-forecast:3.0",
        ),
        Version(
            approval="Approved", why="Error of 2.8 % on last winter", by="lumen-ml-pipeline", approved_by="lumen-ml-owner",
            reports=_REPORTS, drift=True, commit="8ab41c6", stage="Production", key=_KEY, image="lumen/load-forecast:3.1",
        ),
    ),
)  # fmt: skip

CARD = Card(
    name="load-forecast",
    region=US,
    status="Approved",
    on=day(8, 11),
    package=("load-forecast", 2),
    key=_KEY,
    sections={
        "model_overview": {"model_owner": "energy-forecasts", "problem_type": "Regression"},
        "intended_uses": {
            "purpose_of_model": "Plan how much power to buy for the next two days",
            "intended_uses": "Districts with smart meters; not for single homes",
            "factors_affecting_model_efficiency": "Holidays that move, and weather not seen in ten years",
            "risk_rating": "Low",
            "explanations_for_risk_rating": "People decide on purchases; nobody is judged",
        },
        "business_details": {
            "business_problem": "Power bought too late is dear",
            "business_stakeholders": "Trading, grid operations",
            "line_of_business": "Trading",
        },
        "training_details": {
            "objective_function": {"function": {"function": "Minimize", "facet": "MAE"}},
            "training_observations": "Six years of load by district",
        },
        "evaluation_details": [
            {"name": "Last winter", "datasets": [f"s3://{_FEATURES}/load-forecast/test/"], "metric_groups": []}
        ],
        "additional_information": {
            "ethical_considerations": "No data of persons; districts of under 500 homes are left out",
            "caveats_and_recommendations": "Forecast by hand on public holidays that move",
        },
    },
)

_MEASURED = [{"PropertyFileName": "report", "OutputName": "evaluation", "FilePath": "evaluation.json"}]
_AGAIN = [
    {
        "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"],
        "IntervalSeconds": 60,
        "MaxAttempts": 3,
    }
]
_REGISTERED = {"ModelApprovalStatus": "PendingManualApproval", "ModelPackageGroupName": "load-forecast"}

PIPELINE = Pipeline(
    name="load-forecast-pipeline",
    region=US,
    role="lumen-ml-pipeline",
    created=day(4, 1),
    last=day(10, 26, 3),
    runs=("Succeeded", "Succeeded"),
    tags={"owner": "energy-forecasts"},
    steps=(
        step("Prepare", "Processing", RetryPolicies=_AGAIN),
        step("CheckData", "QualityCheck", "Prepare", CheckType={"Type": "DATA_QUALITY"}),
        step("Train", "Training", "CheckData", RetryPolicies=_AGAIN),
        step("Evaluate", "Processing", "Train", PropertyFiles=_MEASURED, RetryPolicies=_AGAIN),
        step("CheckBias", "ClarifyCheck", "Train", CheckType={"Type": "MODEL_BIAS"}),
        gate("GoodEnough", "Evaluate", 0.9, [step("Register", "RegisterModel", "CheckBias", Arguments=_REGISTERED)]),
    ),
)

FEATURES = FeatureGroup(
    name="district-load",
    region=US,
    role=_TRAINING,
    created=day(3, 20),
    features=("load", "temperature", "holiday"),
    description="Load of a district by the hour, with the weather and the holidays that move it",
    online=True,
    online_key=_KEY,
    bucket=_FEATURES,
    offline_key=_KEY,
    tags={"owner": "energy-forecasts"},
)

MODELS = tuple(
    Model(
        name=f"load-forecast-v{version}", region=US, role=_SERVING, created=created, package=("load-forecast", version),
        isolated=True, in_network=True, tags=_TAGS,
    )
    for version, created in ((1, day(4, 4)), (2, day(8, 12)))
)  # fmt: skip

_CAPTURE = Capture(bucket="lumen-ml-capture", key=_KEY)

ENDPOINT = Endpoint(
    name="load-forecast-prod",
    region=US,
    tags=_TAGS,
    calls=61_000,
    releases=(
        Release(on=day(4, 5), models=("load-forecast-v1",), instance_type="ml.m7i.xlarge", capture=_CAPTURE, key=_KEY, instances=4),
        Release(
            on=day(8, 13), models=("load-forecast-v2",), instance_type="ml.m7i.xlarge", capture=_CAPTURE, key=_KEY, instances=4,
            canary=("CAPACITY_PERCENT", 25), guards=("load-forecast-5xx", "load-forecast-latency"), stays=1800,
        ),
    ),
)  # fmt: skip

ALARMS = (
    Alarm(name="load-forecast-5xx", region=US, endpoint="load-forecast-prod", metric="Invocation5XXErrors", threshold=5, present=True),
    Alarm(name="load-forecast-latency", region=US, endpoint="load-forecast-prod", metric="ModelLatency", threshold=90_000, present=True),
    Alarm(
        name="load-forecast-drift", region=US, endpoint="load-forecast-prod", monitor="load-forecast-data-quality",
        metric="feature_baseline_drift_load", threshold=0.2, periods=1,
    ),
    Alarm(
        name="load-forecast-error", region=US, endpoint="load-forecast-prod", monitor="load-forecast-model-quality",
        metric="mae", threshold=40, periods=1,
    ),
    Alarm(
        name="load-forecast-unequal", region=US, endpoint="load-forecast-prod", monitor="load-forecast-bias",
        metric="bias_metric_DPPL", threshold=0.1, periods=1,
    ),
    Alarm(
        name="load-forecast-reasons", region=US, endpoint="load-forecast-prod", monitor="load-forecast-explainability",
        metric="feature_attribution_drift_ndcg", threshold=0.9, periods=1,
    ),
)  # fmt: skip

MONITORS = tuple(
    Monitor(
        name=f"load-forecast-{name}", region=US, endpoint="load-forecast-prod", created=day(8, 14), runs=("Completed", "Completed"),
        bucket="lumen-ml-capture", role="lumen-ml-monitoring", kind=kind, encrypted=True, key=_KEY, baseline=True, named=True,
    )
    for name, kind in (
        ("data-quality", "DataQuality"),
        ("model-quality", "ModelQuality"),
        ("bias", "ModelBias"),
        ("explainability", "ModelExplainability"),
    )
)  # fmt: skip

TRAINING = Family(
    name="load-forecast-train",
    region=US,
    role=_TRAINING,
    bucket=_FEATURES,
    runs=(day(8, 10, 3), day(10, 26, 4)),
    output=_ARTIFACTS,
    isolated=True,
    spot=True,
    checkpoints=True,
    minutes=85,
    instance_type="ml.m7i.4xlarge",
    in_network=True,
    key=_KEY,
    image="lumen/load-forecast:3.1",
    tags={"owner": "energy-forecasts"},
)

PROCESSINGS = (
    Processing(
        name="load-forecast-prepare-2026-10-26", region=US, on=day(10, 26, 3), role="lumen-ml-prepare", isolated=True, encrypted=True, key=_KEY,
        reads=f"s3://{_FEATURES}/meters/", writes=f"s3://{_FEATURES}/load-forecast-train/train/",
    ),
    Processing(
        name="load-forecast-evaluate-2026-10-26", region=US, on=day(10, 26, 6), role=_TRAINING, isolated=True, encrypted=True, key=_KEY,
        reads=f"s3://{_FEATURES}/load-forecast/test/", writes=f"s3://{_ARTIFACTS}/load-forecast-train/reports/",
    ),
)  # fmt: skip

DOMAIN = Domain(
    name="lumen-ml",
    region=US,
    role=_TRAINING,
    created=day(2, 2),
    idle=60,
    in_network=True,
    key=_KEY,
    auth="SSO",
    tags={"owner": "energy-forecasts"},
    profiles={"forecaster": None},
    spaces=(Space(name="forecasts", owner="forecaster", app="JupyterLab", used=day(11, 1, 10)),),
)

NOTEBOOK = Notebook(
    name="load-analysis",
    region=US,
    role=_TRAINING,
    created=day(3, 9),
    closed=True,
    key=_KEY,
    script="stop-when-idle",
    tags={"owner": "energy-forecasts"},
)


def seed(sandbox: Sandbox) -> None:
    """Fill a sandbox with the careful account; all of it is in us-east-1."""
    account = Account(sandbox)
    make_all(account, GROUND)
    make_group(account, GROUP)
    make_card(account, CARD)
    make_pipeline(account, PIPELINE)
    make_feature_group(account, FEATURES)
    for alarm in ALARMS:
        make_alarm(account, alarm)
    for model in MODELS:
        make_model(account, model)
    make_endpoint(account, ENDPOINT)
    make_scaling(account, Scaling(region=US, on=day(4, 6), of="load-forecast-prod", least=4, most=10, tracks=600.0))
    make_family(account, TRAINING)
    for job in PROCESSINGS:
        make_processing(account, job)
    for monitor in MONITORS:
        make_monitor(account, monitor)
    make_script(account, Script(name="stop-when-idle", region=US, text=STOPS))
    make_notebook(account, NOTEBOOK)
    make_domain(account, DOMAIN)
