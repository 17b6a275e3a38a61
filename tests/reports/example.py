"""A small assessment made by hand: every status, state, risk and kind of coverage, and names that mean harm."""

from typing import Any

from mllens.reports.assessment import (
    Assessment,
    Attestation,
    BrokenRule,
    Choice,
    Coverage,
    CoverageStatus,
    Evidence,
    Finding,
    FindingStatus,
    Practice,
    PracticeState,
    Question,
    Relation,
    ResourceId,
    Resources,
    Risk,
    RiskLevel,
    RuleTally,
    Scan,
    Scope,
    Severity,
    Standing,
    Undrawn,
    Waiver,
    Walked,
)

ACCOUNT = "111122223333"
NOW = "2026-11-01T12:00:00Z"

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "</script><img src=x onerror=alert(2)>"
ANSI = "\x1b[2J\x1b[31mred\x1b]8;;http://evil.example\x07link"
FORMULA = "=cmd|' /C calc'!A0"
OVERRIDE = "safe\u202egnp.exe"
LONG = "very-long-" + "name-that-nobody-should-have-given-" * 7
LINES = "first line\nsecond line\r\tthird"
MARKUP = "[bold red]not markup[/] [link=http://evil.example]x[/link]"

ENDPOINT, NOTEBOOK, ROLE = "AWS::SageMaker::Endpoint", "AWS::SageMaker::NotebookInstance", "AWS::IAM::Role"
BUCKET, JOB, PACKAGE = "AWS::S3::Bucket", "AWS::SageMaker::TrainingJob", "AWS::SageMaker::ModelPackage"


def resource(type_: str, name: str, region: str = "eu-central-1", *, arn: str | None = None) -> ResourceId:
    service, kind = type_.split("::")[1:]
    made = f"arn:aws:{service.lower()}:{region}:{ACCOUNT}:{kind.lower()}/{name}" if name else ""
    return ResourceId(arn=made if arn is None else arn, type=type_, account=ACCOUNT, region=region, name=name)


def evidence(of: ResourceId, field: str, value: Any, operation: str, *, absent: bool = False) -> Evidence:
    return Evidence(
        resource=of,
        field=field,
        value=value,
        absent=absent,
        operation=operation,
        observed_at="2026-11-01T11:58:03Z",
        request_id="0f6f3a0e-2a5e-4b83-9f0b-000000000001",
    )


# rule: norm, harm, severity, proves, supports, pass, fail, unknown, not applicable, waived
RULES: dict[str, tuple[str, str, Severity, list[str], list[str], int, int, int, int, int]] = {
    "bucket-public-access-blocked": (
        "Buckets with training data must block public access.",
        "Anyone on the internet can read, and with a public write grant poison, what models learn from.",
        "critical", ["MLSEC03_BP02"], [], 3, 1, 0, 0, 0,
    ),
    "notebook-root-access-disabled": (
        "Notebook users must not be root.",
        "Root can stop the lifecycle agents and read the instance role's credentials.",
        "high", ["MLSEC03_BP02"], ["MLRAI03_BP02"], 2, 7, 1, 0, 1,
    ),
    "ml-role-not-administrator": (
        "Roles of jobs and notebooks must not be administrators.",
        "One poisoned package in a notebook owns the account.",
        "high", ["MLSEC03_BP01"], [], 4, 1, 0, 0, 0,
    ),
    "endpoint-instance-count": (
        "Production endpoints must run on two instances or more.",
        "With one instance, one failing zone or host takes the model away.",
        "medium", ["MLREL05_BP01"], [], 7, 2, 1, 0, 0,
    ),
    "endpoint-data-capture-enabled": (
        "Production endpoints must capture a sample of what they are asked and answer.",
        "Without it nobody can say later what the model was asked, and no drift can be measured.",
        "medium", [], ["MLOPS05_BP01"], 9, 0, 1, 0, 0,
    ),
    "model-package-bias-report": (
        "Each approved model package must carry a bias report.",
        "An unfair model is found by the people it harms.",
        "medium", ["MLRAI01_BP04"], [], 0, 2, 0, 1, 0,
    ),
    "training-job-spot": (
        "Training jobs that can be interrupted should run on spot capacity.",
        "On-demand capacity costs up to three times as much for the same result.",
        "low", ["MLCOST04_BP05"], [], 12, 3, 0, 2, 0,
    ),
    "endpoint-tagged-with-owner": (
        "Endpoints should be tagged with their owner.",
        "Nobody is called when it breaks, and nobody turns it off.",
        "info", [], ["MLOPS01_BP01"], 8, 1, 1, 0, 0,
    ),
    "feature-group-encrypted": (
        "Feature groups must be encrypted with a customer key.",
        "Access to the features cannot be withdrawn by withdrawing a key.",
        "high", ["MLSEC02_BP01"], [], 0, 0, 1, 0, 0,
    ),
    "lineage-recorded": (
        "Training data must have a recorded source.",
        "Tampering with training data would not show.",
        "medium", ["MLSEC03_BP04"], [], 5, 0, 0, 0, 0,
    ),
}  # fmt: skip

RULE_TALLIES = [
    RuleTally(
        id=id_,
        title=title,
        harm=harm,
        severity=severity,
        confidence="medium" if id_ == "training-job-spot" else "high",
        proves=proves,
        supports=supports,
        module=f"mllens.rules.example.{id_.replace('-', '_')}",
        passed=passed,
        fail=fail,
        unknown=unknown,
        not_applicable=not_applicable,
        waived=waived,
    )
    for id_, (title, harm, severity, proves, supports, passed, fail, unknown, not_applicable, waived) in RULES.items()
]


def finding(
    number: int,
    rule: str,
    of: ResourceId,
    status: FindingStatus,
    message: str = "",
    *given: Evidence,
    waived: bool = False,
    fix: bool = False,
) -> Finding:
    _, _, severity, proves, supports, *_ = RULES[rule]
    return Finding(
        id=f"{number:016x}",
        rule=rule,
        resource=of,
        status=status,
        waived=waived,
        waiver="notebooks.yaml" if waived else None,
        severity=severity,
        message=message,
        evidence=list(given),
        practices=proves + supports,
        fix=fix,
    )


def _findings() -> list[Finding]:
    root = "its users have root"
    notebooks = [
        resource(NOTEBOOK, name, arn=f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:notebook-instance/n{number}")
        for number, name in enumerate(["explore", SCRIPT, ANSI, FORMULA, OVERRIDE, LONG, LINES])
    ]
    public = resource(BUCKET, "claims-training-data", "", arn="arn:aws:s3:::claims-training-data")
    admin = resource(ROLE, MARKUP, "", arn=f"arn:aws:iam::{ACCOUNT}:role/markup")
    risk_scores, churn = resource(ENDPOINT, "risk-scores"), resource(ENDPOINT, "churn", "us-east-1")
    denied = resource(ENDPOINT, "", "eu-west-1")
    return [
        finding(
            1, "bucket-public-access-blocked", public, "fail", "it allows public policies",
            evidence(
                public, "PublicAccessBlockConfiguration",
                {"BlockPublicPolicy": False, "BlockPublicAcls": True}, "s3:GetPublicAccessBlock",
            ),
            evidence(public, "Policy", None, "s3:GetBucketPolicy", absent=True),
            fix=True,
        ),
        finding(2, "bucket-public-access-blocked", resource(BUCKET, "features", "", arn="arn:aws:s3:::features"), "pass"),
        *(
            finding(
                10 + number, "notebook-root-access-disabled", notebook, "fail", root,
                evidence(notebook, "RootAccess", "Enabled", "sagemaker:DescribeNotebookInstance"),
                waived=number == 0, fix=True,
            )
            for number, notebook in enumerate(notebooks)
        ),
        finding(
            17, "notebook-root-access-disabled", resource(NOTEBOOK, "locked"), "pass", "",
            evidence(resource(NOTEBOOK, "locked"), "RootAccess", "Disabled", "sagemaker:DescribeNotebookInstance"),
        ),
        finding(
            18, "notebook-root-access-disabled", resource(NOTEBOOK, "shy"), "unknown",
            "NotebookInstance.root_access: AccessDenied on sagemaker:DescribeNotebookInstance",
        ),
        finding(
            20, "ml-role-not-administrator", admin, "fail", "the policy " + BREAKOUT + " allows everything",
            evidence(admin, "PolicyDocument", BREAKOUT, "iam:GetPolicyVersion"),
        ),
        finding(
            30, "endpoint-instance-count", risk_scores, "fail", "variant AllTraffic runs on 1 instance",
            evidence(risk_scores, "ProductionVariants[].CurrentInstanceCount", 1, "sagemaker:DescribeEndpoint"),
        ),
        finding(
            31, "endpoint-instance-count", churn, "fail", "variant AllTraffic runs on 1 instance",
            evidence(churn, "ProductionVariants[].CurrentInstanceCount", 1, "sagemaker:DescribeEndpoint"),
        ),
        finding(32, "endpoint-instance-count", denied, "unknown", "AWS::SageMaker::Endpoint in eu-west-1: denied"),
        finding(33, "endpoint-instance-count", resource(ENDPOINT, "fraud"), "pass"),
        finding(40, "endpoint-data-capture-enabled", denied, "unknown", "AWS::SageMaker::Endpoint in eu-west-1: denied"),
        finding(50, "model-package-bias-report", resource(PACKAGE, "credit/7"), "fail", "it carries no bias report",
                evidence(resource(PACKAGE, "credit/7"), "ModelMetrics.Bias", None, "sagemaker:DescribeModelPackage",
                         absent=True)),
        finding(51, "model-package-bias-report", resource(PACKAGE, "credit/6"), "fail", "it carries no bias report"),
        finding(52, "model-package-bias-report", resource(PACKAGE, "wear/1"), "not_applicable", "it judges no people"),
        *(
            finding(60 + number, "training-job-spot", resource(JOB, f"nightly-{number}"), "fail", "it ran on demand",
                    fix=False)
            for number in range(3)
        ),
        finding(70, "endpoint-tagged-with-owner", churn, "fail", "it has no tag owner"),
        finding(71, "endpoint-tagged-with-owner", denied, "unknown", "AWS::SageMaker::Endpoint in eu-west-1: denied"),
        finding(
            80, "feature-group-encrypted", resource("AWS::SageMaker::FeatureGroup", "", "us-east-1"), "unknown",
            "the rule failed (feature_group_encrypted.py:12: KeyError)",
        ),
    ]  # fmt: skip


def _line(
    type_: str,
    region: str,
    status: CoverageStatus,
    reason: str = "",
    operation: str = "",
    *,
    action: str = "",
    seen: int = 0,
    read: int = 0,
    scope: str = "",
) -> Coverage:
    return Coverage(
        account=ACCOUNT, region=region, type=type_, status=status, reason=reason, operation=operation, action=action,
        scope=scope, seen=seen, read=read,
    )  # fmt: skip


COVERAGE = [
    _line(ENDPOINT, "eu-central-1", "complete", seen=8, read=8),
    _line(ENDPOINT, "us-east-1", "complete", seen=1, read=1),
    _line(ENDPOINT, "eu-west-1", "denied", "AccessDeniedException", "sagemaker:ListEndpoints",
          action="sagemaker:ListEndpoints"),
    _line(NOTEBOOK, "eu-west-1", "denied", "AccessDeniedException", "sagemaker:ListNotebookInstances",
          action="sagemaker:ListNotebookInstances"),
    _line(NOTEBOOK, "eu-central-1", "complete", seen=10, read=10),
    _line(NOTEBOOK, "us-east-1", "empty"),
    _line(JOB, "eu-central-1", "bounded", "the newest 100", "sagemaker:ListTrainingJobs", seen=340, read=100),
    _line(JOB, "us-east-1", "throttled", "the deadline of 10 minutes passed", "sagemaker:ListTrainingJobs",
          seen=200, read=40),
    _line(PACKAGE, "eu-central-1", "partial", "1 answer was malformed", "sagemaker:DescribeModelPackage", seen=4, read=3),
    _line("AWS::Glue::Job", "us-east-1", "failed", "HTTP 500 " + ANSI, "glue:GetJobs"),
    _line("AWS::Macie::Session", "eu-central-1", "not_enabled", "Macie is not enabled", "macie2:GetMacieSession"),
    _line("AWS::Bedrock::Guardrail", "eu-west-1", "unsupported", "Bedrock has no endpoint in eu-west-1"),
    _line("AWS::ECR::Repository", "us-east-1", "not_attempted", "the scan was stopped"),
    _line(ROLE, "", "complete", seen=5, read=5, scope="referred"),
    _line(BUCKET, "", "complete", seen=4, read=4, scope="referred"),
]  # fmt: skip


def _practice(  # noqa: PLR0917 - a table is read more easily than keywords
    id_: str, title: str, state: PracticeState, met: int = 0, of: int = 0, unknown: int = 0, waived: int = 0, *rules: str,
    lens: str = "ml",
) -> Practice:  # fmt: skip
    return Practice(
        id=id_, lens=lens, title=title, risk="medium" if "COST" in id_ else "high", state=state, met=met, of=of,
        unknown=unknown, met_with_waivers=met + waived, rules=list(rules),
    )  # fmt: skip


PRACTICES = [
    _practice("MLOPS01_BP01", "Named owners for each model", "unknown", 0, 0, 0, 0, "endpoint-tagged-with-owner"),
    _practice("MLOPS05_BP01", "Live models are watched", "supported", 0, 0, 0, 0, "endpoint-data-capture-enabled"),
    _practice("MLSEC02_BP01", "Data and models are encrypted", "unknown", 0, 0, 1, 0, "feature-group-encrypted"),
    _practice("MLSEC03_BP01", "One narrow role for each job", "partial", 4, 5, 0, 0, "ml-role-not-administrator"),
    _practice("MLSEC03_BP02", "Notebooks and stores are private", "partial", 5, 13, 1, 1,
              "bucket-public-access-blocked", "notebook-root-access-disabled"),
    _practice("MLSEC03_BP03", "Personal data is located and removable", "attested"),
    _practice("MLSEC03_BP04", "Training data has a recorded source", "proven", 5, 5, 0, 0, "lineage-recorded"),
    _practice("MLREL05_BP01", "Capacity follows load", "conflict", 7, 9, 1, 0, "endpoint-instance-count"),
    _practice("MLPERF03_BP01", "Only useful features are kept", "unknown"),
    _practice("MLCOST04_BP05", "Interruptible training uses spot capacity", "partial", 12, 15, 0, 0, "training-job-spot"),
    _practice("MLCOST04_BP06", "Training data is read once", "unknown").model_copy(update={"ruled_out": "scope.yaml"}),
    _practice("MLCOST05_BP01", "Idle endpoints are turned off", "proven", 9, 9, 0, 0),
    _practice("MLSUS03_BP01", "Data is kept no longer than needed", "not_applicable"),
    _practice("MLRAI01_BP04", "Approved versions carry a bias report", "disproven", 0, 2, 0, 0, "model-package-bias-report"),
    _practice("MLRAI02_BP02", "Approved versions carry an explanation", "unknown"),
    _practice("XLENS99_BP01", "A practice of a lens that is not ours " + SCRIPT, "unknown", lens="other"),
]  # fmt: skip

_STATES: dict[str, PracticeState] = {practice.id: practice.state for practice in PRACTICES}


def _question(  # noqa: PLR0917 - a table is read more easily than keywords
    id_: str, pillar: str, title: str, risk: Risk, best: RiskLevel, worst: RiskLevel, *practices: str,
    dimension: str | None = None, undecided: tuple[str, ...] = (), none: bool = False,
) -> Question:  # fmt: skip
    choices = [Choice(id=id_, selected=_STATES[id_] in {"proven", "attested"}, state=_STATES[id_]) for id_ in practices]
    return Question(
        id=id_, pillar=pillar, dimension=dimension, title=title, risk=risk, risk_best=best, risk_worst=worst,
        undecided=list(undecided), choices=[*choices, Choice(id=f"{id_}_no", selected=none, state=None)],
    )  # fmt: skip


QUESTIONS = [
    _question("MLOPS01", "operationalExcellence", "Who owns each model?", "unanswered", "none", "high", "MLOPS01_BP01",
              undecided=("MLOPS01_BP01",)),
    _question("MLOPS05", "operationalExcellence", "How are live models watched?", "undetermined", "none", "medium",
              "MLOPS05_BP01", undecided=("MLOPS05_BP01",)),
    _question("MLSEC02", "security", "How is ML data encrypted?", "undetermined", "none", "high", "MLSEC02_BP01",
              undecided=("MLSEC02_BP01",)),
    _question("MLSEC03", "security", "Who can reach training and prediction data?", "high", "high", "high",
              "MLSEC03_BP01", "MLSEC03_BP02", "MLSEC03_BP03", "MLSEC03_BP04"),
    _question("MLREL05", "reliability", "How do endpoints keep answering?", "high", "high", "high", "MLREL05_BP01"),
    _question("MLPERF03", "performance", "How do features stay lean?", "undetermined", "none", "high", "MLPERF03_BP01",
              undecided=("MLPERF03_BP01",)),
    _question("MLCOST04", "costOptimization", "How is training kept cheap?", "medium", "medium", "medium",
              "MLCOST04_BP05", "MLCOST04_BP06"),
    _question("MLCOST05", "costOptimization", "How is serving kept cheap?", "none", "none", "none", "MLCOST05_BP01"),
    _question("MLSUS03", "sustainability", "How little data is kept?", "not_applicable", "none", "none", "MLSUS03_BP01"),
    _question("MLRAI01", "responsibleAi", "Are groups of people treated fairly?", "high", "high", "high",
              "MLRAI01_BP04", dimension="fairness", none=True),
    _question("MLRAI02", "responsibleAi", "Can people learn why?", "undetermined", "medium", "high", "MLRAI02_BP02",
              dimension="explainability", undecided=("MLRAI02_BP02",)),
]  # fmt: skip


def _relations() -> list[Relation]:
    churn, job = resource(ENDPOINT, "churn", "us-east-1"), resource(JOB, "nightly-1")
    config = resource("AWS::SageMaker::EndpointConfig", "churn-2026-11-01" + BREAKOUT, "us-east-1")
    model = resource("AWS::SageMaker::Model", "churn-" + LONG, "us-east-1")
    package = resource(PACKAGE, "churn/9", "us-east-1", arn="")
    schedule = resource("AWS::SageMaker::MonitoringSchedule", OVERRIDE, "us-east-1")
    public = resource(BUCKET, "claims-training-data", "", arn="arn:aws:s3:::claims-training-data")
    admin = resource(ROLE, MARKUP, "", arn=f"arn:aws:iam::{ACCOUNT}:role/markup")
    key = resource("AWS::KMS::Key", "1234abcd-12ab-34cd-56ef-1234567890ab", arn="")
    alarm = resource("AWS::CloudWatch::Alarm", "churn-errors", "us-east-1")
    return [
        Relation(source=schedule, field="endpoint", target=churn, state="known"),
        Relation(source=churn, field="config", target=config, state="known"),
        Relation(source=churn, field="rollback_alarms", target=alarm, state="known"),
        Relation(source=alarm, field="endpoints", target=churn, state="known"),
        Relation(source=churn, field="capture", target=public, state="known"),
        Relation(source=config, field="capture", target=public, state="known"),
        Relation(source=config, field="variants", target=model, state="known"),
        Relation(source=model, field="role", target=admin, state="known"),
        Relation(source=model, field="primary_container", target=package, state="missing"),
        Relation(source=job, field="input_buckets", target=public, state="known"),
        Relation(source=job, field="output_bucket", target=public, state="known"),
        Relation(source=job, field="role", target=admin, state="known"),
        Relation(source=job, field="volume_key", target=key, state="unseen"),
    ]


def _attestation(
    practice: str, expires: str, standing: Standing = "holds", why: str = "", *, file: str = ""
) -> Attestation:
    return Attestation(
        file=file or f"{practice}.yaml", practice=practice, accounts=[ACCOUNT], workload="", resources=[],
        statement="Each table with personal data is in the register " + SCRIPT, evidence="https://wiki.example/register",
        owner="Ada Lovelace " + ANSI, reviewer="" if standing == "unsigned" else "Grace Hopper", date="2026-01-15",
        expires=expires, standing=standing, soon=expires == "2026-11-30", why=why,
    )  # fmt: skip


def _waiver(file: str, rule: str, matched: int, why: str = "", standing: Standing = "holds") -> Waiver:
    return Waiver(
        file=file, rules=[rule], findings=[], resources=["explore"], tags={}, owner="Alan " + MARKUP,
        reason="A sandbox without data of customers " + BREAKOUT, tool_reason="BUSINESS_PRIORITIES", date="2026-05-01",
        expires="2027-04-30", standing=standing, soon=False, why=why, matched=matched,
    )  # fmt: skip


ATTESTATIONS = [
    _attestation("MLSEC03_BP03", "2026-11-30", why="expires on 2026-11-30"),
    _attestation("MLREL05_BP01", "2027-01-14"),
    _attestation("MLOPS01_BP01", "2026-10-31", "expired", "expired on 2026-10-31"),
    _attestation("MLPERF03_BP01", "2027-01-14", "unsigned", "lacks reviewer", file=f"data/{OVERRIDE}.yaml"),
]
WAIVERS = [
    _waiver("notebooks.yaml", "notebook-root-access-disabled", 1),
    _waiver("old.yaml", "training-job-spot", 0, "matches nothing that fails: remove it, or correct what it names"),
    _waiver("scope.yaml", "", 0).model_copy(
        update={
            "rules": [],
            "resources": [],
            "practices": ["MLCOST04_BP06"],
            "tool_reason": "OUT_OF_SCOPE",
            "accepted_by": "Grace " + MARKUP,
            "accepted_on": "2026-05-02",
        }
    ),
    _waiver("older.yaml", "training-job-spot", 0, "expired on 2026-06-30", "expired"),
]


def example() -> Assessment:
    return Assessment(
        mllens_version="0.1.0",
        scope=Scope(
            accounts=[ACCOUNT], regions=["eu-central-1", "eu-west-1", "us-east-1"], partition="aws", rules=len(RULES),
            selection={"severity": ["info"]},
        ),
        scanned_at=NOW,
        scan=Scan(
            caller_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Auditor/anna",
            started_at="2026-11-01T11:57:00Z",
            finished_at="2026-11-01T12:00:10Z",
            policy_sha256="11" * 32,
            botocore_version="1.44.0",
            rules_sha256="22" * 32,
            lens_sha256="33" * 32,
            inventory_sha256="44" * 32,
        ),
        resources=Resources(total=131, by_type={JOB: 100, NOTEBOOK: 10, ENDPOINT: 9, ROLE: 5, BUCKET: 4, PACKAGE: 3}),
        coverage=COVERAGE,
        findings=_findings(),
        practices=PRACTICES,
        questions=QUESTIONS,
        rules=RULE_TALLIES,
        attestations=ATTESTATIONS,
        waivers=WAIVERS,
        relations=_relations(),
        undrawn=[
            Undrawn(
                resource=resource(BUCKET, "claims-training-data", "", arn="arn:aws:s3:::claims-training-data"),
                uses=0,
                used_by=36,
            )
        ],
        walked=Walked(resources=12, of=16),
        broken=[BrokenRule(rule="feature-group-encrypted", where="feature_group_encrypted.py:12: KeyError: 'Kms'")],
        calls={"sagemaker:ListTrainingJobs": 4, "sagemaker:DescribeEndpoint": 9, "s3:GetBucketPolicy": 4},
        throttled=12,
        retried=15,
    )  # fmt: skip


def empty() -> Assessment:
    """Nothing could be read: one denied line, no findings, every question open."""
    return Assessment(
        mllens_version="0.1.0",
        scope=Scope(accounts=[ACCOUNT], regions=["eu-central-1"], partition="aws", rules=0),
        scanned_at=NOW,
        scan=Scan(
            caller_arn="", started_at=None, finished_at=None, policy_sha256="", botocore_version="1.44.0",
            rules_sha256="", lens_sha256="", inventory_sha256="",
        ),
        resources=Resources(total=0, by_type={}),
        coverage=[],
        findings=[],
        practices=[],
        questions=[],
        rules=[],
        broken=[],
        calls=None,
        throttled=None,
        retried=None,
    )  # fmt: skip
