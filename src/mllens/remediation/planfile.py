"""The plan as a file: what would be done to an account, for people to read and for `apply` to follow to the letter."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from mllens.scanner.inventory import write_atomically

MAGIC: Literal["mllens-plan"] = "mllens-plan"
FORMAT = 1
PLANNED = "planned:"
"""How the name of what AWS will name begins, until it has."""

Members = dict[str, JsonValue]


class PlanError(Exception):
    """A plan that cannot be read, or cannot be applied as asked: which file, what, and what to do."""


class Part(BaseModel):
    """A part of the plan: immutable, and nothing in it that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(Part):
    """A resource: one that is there, or one that will be."""

    type: str
    account: str
    region: str
    name: str
    arn: str = ""

    def __str__(self) -> str:
        name = self.name.removeprefix(PLANNED)
        return f"{self.type.rsplit('::', 1)[-1]} {name}" + (f" ({self.region})" if self.region else "")


class Look(Part):
    """A reading call that shows what a step changes (see `mllens.rules.fix.Look`)."""

    service: str
    operation: str
    params: Members
    at: str = ""
    members: list[str] = []
    none: list[str] = []
    action: str
    on: list[str]


class Wait(Part):
    """While `member` has one of the values `busy`, the change is still under way; at most so many seconds."""

    member: str
    busy: list[str]
    seconds: int


class Undo(Part):
    """The call that takes a step back."""

    operation: str
    params: Members
    action: str
    on: list[str]
    also: list[tuple[str, str]] = []
    alone: list[Look] = Field(default=[], description="where nothing may stand, for it would be taken along")


class Step(Part):
    """One call. `before` and `after` are what `look` shows; None means that nothing is there."""

    id: str
    service: str
    operation: str
    region: str
    params: Members
    target: Target
    look: Look
    before: Members | None
    after: Members | None
    undo: Undo | None
    irreversible: str = Field(default="", description="why there is no undo")
    wait: Wait | None = None
    action: str = Field(description="the IAM action")
    on: list[str] = Field(description="the ARNs for the least policy")
    also: list[tuple[str, str]] = Field(default=[], description="what else IAM asks for with it: action and ARN")
    template: Members | None = Field(default=None, description="the same as a CloudFormation resource")


class Gap(Part):
    """A finding that an action closes."""

    finding: str
    rule: str
    severity: str
    target: Target
    message: str


class Owner(Part):
    """Who made a resource and will set it back: a stack, a project, a product, a tool, nobody; or it was not read."""

    kind: Literal["cloudformation", "project", "service-catalog", "terraform", "cdk", "none", "unknown"]
    name: str = ""

    def __str__(self) -> str:
        if self.kind == "unknown":
            return f"not known ({self.name})"
        if self.kind == "none":
            return "nobody"
        words = {"cloudformation": "CloudFormation stack", "project": "SageMaker project", "cdk": "CDK"}
        return f"{words.get(self.kind, self.kind.title())} {self.name}".strip()


class Patch(Part):
    """What the owner of a resource writes into its template: the properties of a type, instead of the calls."""

    target: Target = Field(description="its type is CloudFormation's")
    properties: Members


class Action(Part):
    """What closes one gap, or several: steps that belong together.

    `affects` are resources that look different afterwards without being sent anything, as a repository whose registry
    scans. `waits_for` names actions without which this one makes no sense. `history` is what taking back leaves changed, as
    `service:Noun.Member`.
    """

    id: str
    title: str
    closes: list[Gap] = Field(min_length=1)
    targets: list[Target] = Field(description="resources that are there and will be changed, or behave otherwise")
    affects: list[Target] = []
    owner: Owner
    steps: list[Step]
    waits_for: list[str] = []
    disrupts: str = ""
    cost: str = ""
    confidence: Literal["high", "medium", "low"]
    history: list[str] = []
    patches: list[Patch] = []


class Left(Part):
    """A failing finding that this plan does not close, and why."""

    gap: Gap
    why: str


class Plan(Part):
    """What would be done, in order."""

    magic: Literal["mllens-plan"] = MAGIC
    format: int = Field(default=FORMAT, ge=1)
    mllens_version: str
    id: str
    account: str
    partition: str
    home: str = Field(description="the region where global services are called")
    scanned_at: datetime
    inventory: str = Field(default="", description="the inventory file that it was made from, beside the plan")
    inventory_sha256: str
    choices: dict[str, dict[str, JsonValue]] = Field(default_factory=dict, description="rule to choice to value")
    resources: dict[str, int] = Field(description="how many there are of each type that is changed")
    actions: list[Action]
    left: list[Left]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        seen: set[str] = set()
        for action in self.actions:
            if action.id in seen or not set(action.waits_for) <= seen:
                raise ValueError(f"the action {action.id} stands twice, or before one that it waits for")
            seen.add(action.id)
        return self


def dump(plan: Plan) -> bytes:
    """The bytes of a plan, with their digest: the same for the same plan."""
    content = plan.model_dump(mode="json")
    return (json.dumps({**content, "sha256": digest(plan)}, indent=2, ensure_ascii=False) + "\n").encode()


def digest(plan: Plan) -> str:
    """What tells this plan from any other: the SHA-256 of all that it says."""
    return hashlib.sha256(json.dumps(plan.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def save(plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all."""
    write_atomically(path, dump(plan))


def load(path: Path) -> Plan:
    """Read a plan.

    Raises:
        PlanError: it is not one, or is newer than this version.
        OSError: it cannot be read.
    """
    try:
        content: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{path}: not a plan: {error}") from None
    if not isinstance(content, dict) or content.get("magic") != MAGIC:
        raise PlanError(f"{path}: not a plan; `mllens remediate plan` writes one")
    if isinstance(content.get("format"), int) and content["format"] > FORMAT:
        raise PlanError(f"{path}: made by a newer mllens (format {content['format']}); update mllens")
    told = content.pop("sha256", None)
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlanError(f"{path}: {where}: {first['msg']}; make the plan anew") from None
    if told != digest(plan):
        raise PlanError(
            f"{path}: it was changed after it was planned; plan anew (--rule, --exclude and --set choose what is planned, "
            "`apply --action` what of it is applied)"
        )
    return plan
