"""The assessment: one immutable value that every report is made from, and that other programs may rely on."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1

Severity = Literal["critical", "high", "medium", "low", "info"]
FindingStatus = Literal["pass", "fail", "unknown", "not_applicable"]
CoverageStatus = Literal[
    "complete",
    "empty",
    "bounded",
    "partial",
    "denied",
    "throttled",
    "failed",
    "not_enabled",
    "unsupported",
    "not_attempted",
]
PracticeState = Literal[
    "proven", "supported", "partial", "disproven", "not_applicable", "unknown", "attested", "conflict"
]
RiskLevel = Literal["none", "medium", "high"]
Risk = Literal["none", "medium", "high", "undetermined", "unanswered", "not_applicable"]
Standing = Literal["holds", "unsigned", "expired", "early", "outside"]
ToolReason = Literal["OUT_OF_SCOPE", "BUSINESS_PRIORITIES", "ARCHITECTURE_CONSTRAINTS", "OTHER", "NONE"]
"""Why a choice does not apply, as the Well-Architected Tool has it."""
Day = Annotated[str, Field(description="ISO 8601, as 2026-11-01")]
Time = Annotated[str, Field(description="UTC, ISO 8601, whole seconds, as 2026-11-01T12:00:00Z")]


class Part(BaseModel):
    """A part of the assessment: immutable, and nothing in it that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Workload(Part):
    """The workload that is assessed: what its file says, which resources these are, and how many may be beside them."""

    name: str
    sha256: Annotated[str, Field(description="of what the file says, however it is written")]
    tags: Annotated[dict[str, str], Field(description="tags of what it begins with, all of them")]
    roots: Annotated[list[str], Field(description="what it begins with: ARNs, or a type and a name")]
    applications: list[str]
    members: Annotated[int, Field(description="resources that belong to it")]
    unsure: Annotated[
        int, Field(description="resources of which that cannot be told; what is found of them is unknown")
    ]
    doubts: Annotated[list[str], Field(description="why it cannot be told, each reason once")]

    @property
    def selects(self) -> bool:
        """Whether it is less than all of its accounts and regions."""
        return bool(self.tags or self.roots or self.applications)


class Scope(Part):
    """What was asked for."""

    accounts: list[str]
    regions: list[str]
    partition: str
    rules: Annotated[int, Field(description="how many rules judged")]
    selection: Annotated[dict[str, list[str]], Field(description="what narrowed the rules: option to values")] = {}
    workload: Annotated[Workload | None, Field(description="none: the accounts and regions as a whole")] = None


class Scan(Part):
    """Who looked, when, with what; times and request ids are None where the output is reproducible."""

    caller_arn: str
    started_at: Time | None
    finished_at: Time | None
    policy_sha256: str
    botocore_version: str
    rules_sha256: str
    lens_sha256: str
    inventory_sha256: str


class Resources(Part):
    """How many resources are known."""

    total: int
    by_type: dict[str, int]


class Coverage(Part):
    """How completely one type was read in one account and region; `action` is the IAM action that was denied."""

    account: str
    region: str
    type: str
    status: CoverageStatus
    reason: str
    operation: str
    action: str
    scope: str
    seen: int
    read: int


class ResourceId(Part):
    """A resource; `name` is empty where the finding is about a type that could not be read."""

    arn: str
    type: str
    account: str
    region: str
    name: str


class Evidence(Part):
    """One value a verdict rests on, as AWS sent it; `absent`: AWS left the member out, which means "not set"."""

    resource: ResourceId
    field: str
    value: Any
    absent: bool = False
    operation: str
    observed_at: Time | None
    request_id: str | None


class Finding(Part):
    """One rule's verdict on one resource."""

    id: str
    rule: str
    resource: ResourceId
    status: FindingStatus
    waived: bool
    waiver: Annotated[str | None, Field(description="the file among `waivers` that accepts it")] = None
    severity: Severity
    message: str
    evidence: list[Evidence]
    practices: list[str]
    fix: bool


class Practice(Part):
    """What the findings say of one best practice. `met` of `of` resources; `unknown` could not be judged."""

    id: str
    lens: str
    title: str
    risk: Annotated[Literal["high", "medium", "low"], Field(description="the risk if the practice is absent")]
    state: PracticeState
    met: int
    of: int
    unknown: int
    met_with_waivers: int
    rules: Annotated[list[str], Field(description="rules that are evidence for it")]
    ruled_out: Annotated[
        str | None,
        Field(description="the file among `waivers` by which it is out of scope; `state` stays what the evidence says"),
    ] = None


class Attestation(Part):
    """What a person vouches for. It counts if its standing is "holds"; `why` says what is to be done about it, if anything."""

    file: str
    practice: str
    accounts: Annotated[list[str], Field(description="of which it speaks; none: of all")]
    workload: str
    resources: Annotated[list[str], Field(description="globs of names and ARNs; none: all")]
    statement: str
    evidence: str
    owner: str
    reviewer: str
    date: Day
    expires: Day
    standing: Annotated[
        Standing,
        Field(description="early: dated after the scan; outside: its scope leaves out what it would have to speak of"),
    ]
    soon: Annotated[bool, Field(description="it holds, and expires within 30 days")]
    why: str


class Waiver(Part):
    """A risk that somebody accepts: rules and the resources for which they may fail, findings, or practices out of scope."""

    file: str
    rules: list[str]
    findings: list[str]
    practices: list[str] = []
    resources: Annotated[list[str], Field(description="globs of names and ARNs")]
    tags: dict[str, str]
    owner: str
    reason: str
    tool_reason: ToolReason
    accepted_by: Annotated[str, Field(description="who accepts that the practices do not apply; not the owner")] = ""
    accepted_on: Day | None = None
    date: Day
    expires: Day
    standing: Standing
    soon: bool
    why: Annotated[str, Field(description="what is to be done about it, also where it matches nothing that fails")]
    matched: Annotated[int, Field(description="how many failing findings it accepts")]


class Choice(Part):
    """One choice of a question; `state` is the practice's, None for "None of these"."""

    id: str
    selected: bool
    state: PracticeState | None


class Question(Part):
    """One question, with its risk as it surely is, and its best and worst case while something is unknown."""

    id: str
    pillar: str
    dimension: str | None
    title: str
    risk: Risk
    risk_best: RiskLevel
    risk_worst: RiskLevel
    undecided: list[str]
    choices: list[Choice]


class RuleTally(Part):
    """How often a rule said what; these count every verdict, also those whose findings are not listed."""

    id: str
    title: Annotated[str, Field(description="the norm: what must hold")]
    harm: str
    severity: Severity
    confidence: Literal["high", "medium", "low"]
    proves: list[str]
    supports: list[str]
    module: str
    passed: Annotated[int, Field(alias="pass")]
    fail: int
    unknown: int
    not_applicable: int
    waived: int

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class BrokenRule(Part):
    """A rule that raised while it ran: its findings are unknown, and the run ends with exit code 1."""

    rule: str
    where: str


class Relation(Part):
    """One resource naming another; `missing` does not exist, `unseen` could not be read."""

    source: ResourceId
    field: Annotated[str, Field(description="where the source names it")]
    target: ResourceId
    state: Annotated[Literal["known", "missing", "unseen"], Field(description="of the target")]


class Undrawn(Part):
    """How many more resources than `relations` tells a resource uses, and is used by."""

    resource: ResourceId
    uses: int
    used_by: int


class Walked(Part):
    """Of how many resources `relations` holds the lineage, worst first, and how many have failing or unknown findings."""

    resources: int
    of: int


class Assessment(Part):
    """What a scan found, judged: findings, practices, questions, and what could not be seen."""

    schema_version: Literal[1] = SCHEMA_VERSION  # type: ignore[assignment]
    mllens_version: str
    scope: Scope
    scanned_at: Annotated[Time, Field(description="the clock of the scan: all judgements of age refer to it")]
    scan: Scan
    resources: Resources
    coverage: list[Coverage]
    findings: list[Finding]
    practices: list[Practice]
    questions: list[Question]
    rules: list[RuleTally]
    attestations: list[Attestation] = []
    waivers: list[Waiver] = []
    broken: list[BrokenRule] = []
    relations: Annotated[list[Relation], Field(description="around resources with failing or unknown findings")] = []
    undrawn: list[Undrawn] = []
    walked: Walked | None = None
    calls: dict[str, int] | None
    throttled: int | None
    retried: int | None
