"""What a fix is: data. The calls that close a gap, what they change, how each is taken back, and what it costs."""

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mllens.scanner import Key, Resource

NAME_LENGTH = 63  # the shortest that SageMaker takes for what we create


class NeedsPerson(Exception):  # noqa: N818 - named for the outcome
    """This gap is not closed by a program: the message says why, and what a person can do."""


@dataclass(frozen=True)
class Out:
    """A value that an earlier step of the same fix answered, as a parameter: its id and a member (`A.B` nested)."""

    step: str
    path: str


@dataclass(frozen=True)
class Look:
    """A reading operation that shows what a step changes, before and after.

    Attributes:
        service: boto3's name of the service.
        operation: as the service model spells it; the planner takes its answer from the inventory.
        params: whole parameters.
        at: where the structure stands in the answer (`A.B` nested), if not at its top; of a list, its one item. What
            does not stand there does not exist.
        members: those that are compared; all of them where none is named.
        none: error codes that mean "not set"; what is not found at all is absent, too.
        iam: the IAM action where it is not prefix and operation.
        on: the ARNs it is about, for the least policy; `*` where IAM knows no resource for it.
    """

    service: str
    operation: str
    params: Mapping[str, Any]
    at: str = ""
    members: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    iam: str = ""
    on: tuple[str, ...] = ("*",)


@dataclass(frozen=True)
class Wait:
    """How long to look again: while a member has one of these values, at most so many seconds."""

    member: str
    busy: tuple[str, ...]
    seconds: int


@dataclass(frozen=True)
class Undo:
    """The call that takes a step back; its service is the step's. `iam`, `on` and `also` as in a step.

    `alone`: where nothing may stand when it is sent, for it would be taken along.
    """

    operation: str
    params: Mapping[str, Any]
    iam: str = ""
    on: tuple[str, ...] = ("*",)
    also: tuple[tuple[str, str], ...] = ()
    alone: tuple[Look, ...] = ()


@dataclass(frozen=True)
class Step:
    """One call that changes something.

    Attributes:
        id: its name within the fix.
        service: boto3's name of the service.
        operation: as the service model spells it.
        params: whole parameters, `Out` where an earlier step's answer belongs.
        subject: the resource that it changes or creates.
        look: how to see it.
        after: the members that must stand there once it is done; None means that nothing does.
        undo: the call that takes it back, or why there is none.
        wait: for what takes time.
        region: where it is called, if not in the subject's region; a bucket, which has none, lies somewhere all the same.
        iam: the IAM action where it is not prefix and operation.
        on: the ARNs it is about, for the least policy.
        also: what else IAM asks for with it, as action and ARN: passing a role, writing tags.
        template: the same as a CloudFormation resource (`Type`, `Properties`), where it creates one.
    """

    id: str
    service: str
    operation: str
    params: Mapping[str, Any]
    subject: Key
    look: Look
    after: Mapping[str, Any] | None
    undo: Undo | str
    wait: Wait | None = None
    region: str = ""
    iam: str = ""
    on: tuple[str, ...] = ("*",)
    also: tuple[tuple[str, str], ...] = ()
    template: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Created:
    """A resource that will be there."""

    resource: Resource


@dataclass(frozen=True)
class Changed:
    """A resource with other values in some fields."""

    resource: Resource
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Removed:
    """A resource that will no longer be there."""

    resource: Resource


Effect = Created | Changed | Removed


def created(resource: Resource) -> Created:
    """A resource that will be there: what its constructor is not given is not set."""
    return Created(resource)


def changed(resource: Resource, **values: Any) -> Changed:
    """A resource with other values in the fields named."""
    return Changed(resource, values)


def removed(resource: Resource) -> Removed:
    """A resource that will no longer be there."""
    return Removed(resource)


@dataclass(frozen=True)
class Deploy:
    """Changes of an endpoint's configuration: all those of a plan go into one new configuration and one update.

    Attributes:
        endpoint: the endpoint.
        config: the configuration that it has.
        changes: members of the configuration and their new values, as AWS takes them.
        values: the same as values of the configuration's fields.
        settled: members of the endpoint that must stand there when the update is done.
        alarms: names of the alarms that roll the update back.
    """

    endpoint: Resource
    config: Resource
    changes: Mapping[str, Any]
    values: Mapping[str, Any]
    settled: Mapping[str, Any]
    alarms: tuple[str, ...]


@dataclass(frozen=True)
class Fix:
    """What closes one gap.

    Attributes:
        steps: the calls, in order.
        effect: what the next scan must observe.
        disrupts: what users of the account will notice, in words; empty if nothing.
        cost: what it costs, in words; empty if nothing.
        concerns: resources that behave otherwise without being sent anything, whose owner is asked, too.
        history: what taking back leaves changed, as `service:Noun.Member`: times, versions, the last deployment.
        deploys: the part that goes into a new deployment of an endpoint.
        patch: the same as CloudFormation properties, by the resource that bears them (of an endpoint's capture that is
            its configuration), for whoever owns it; what is created has a template instead.
    """

    effect: tuple[Effect, ...]
    steps: tuple[Step, ...] = ()
    disrupts: str = ""
    cost: str = ""
    concerns: tuple[Resource, ...] = ()
    history: tuple[str, ...] = ()
    deploys: Deploy | None = None
    patch: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """Names for what a plan creates: the same plan and target give the same name, so that nothing is made twice."""

    plan: str

    def __call__(self, target: Resource, what: str) -> str:
        """A name of letters, digits and hyphens, at most 63 long, from the target's name, a word and the plan."""
        told = "\0".join((*target.key, what, self.plan))
        tail = f"-{what}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
        stem = re.sub(r"[^A-Za-z0-9]+", "-", target.name).strip("-")
        return f"mllens-{stem}"[: NAME_LENGTH - len(tail)].rstrip("-") + tail


@dataclass(frozen=True)
class Repair:
    """How a rule's gaps are closed: the author's function, what it says, and what it may read, send and create."""

    make: Callable[..., Fix]
    title: str
    detail: str
    reads: frozenset[Any]
    makes: tuple[type[Resource], ...]
    sends: frozenset[str]
    settings: Mapping[str, Any]


def repair(
    make: Callable[..., Fix], *, sends: tuple[str, ...], reads: tuple[Any, ...], makes: tuple[type[Resource], ...]
) -> Repair:
    """What a function under `@rule.fix` says of itself; its keyword-only parameters are choices of a person.

    Raises:
        ValueError: it has no docstring, or sends nothing.
    """
    title, _, detail = inspect.cleandoc(make.__doc__ or "").partition("\n")
    if not title or not sends:
        raise ValueError(f"the fix {make.__name__} needs a docstring that says what it does, and `sends`")
    parameters = inspect.signature(make).parameters.values()
    settings = {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
    title, detail = title.rstrip("."), " ".join(detail.split())
    return Repair(make, title, detail, frozenset(reads), makes, frozenset(sends), settings)


def sent(fix: Fix) -> Iterator[str]:
    """Every operation that a fix sends, as `service:Operation`, what takes it back included."""
    for step in fix.steps:
        yield f"{step.service}:{step.operation}"
        if isinstance(step.undo, Undo):
            yield f"{step.service}:{step.undo.operation}"


def with_outs(value: Any, answered: Callable[[Out], Any]) -> Any:
    """Parameters with every `Out` replaced."""
    match value:
        case Out():
            return answered(value)
        case Mapping():
            return {name: with_outs(inner, answered) for name, inner in value.items()}
        case list() | tuple():
            return [with_outs(inner, answered) for inner in value]
    return value
