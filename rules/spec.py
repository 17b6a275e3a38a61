"""What a rule is: a function that judges one resource, its practices, what it reads, and the cases that prove it."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from mllens.rules.fix import Fix, Repair, repair
from mllens.rules.verdict import Verdict
from mllens.scanner import EXAMPLE_NOW, Answer, DefinitionError, Field, Graph, Resource

Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Worst first."""

Read = Field | type[Resource] | Answer


@dataclass(frozen=True)
class Case:
    """An example account and what a rule must say of one of its resources."""

    subject: Resource
    others: tuple[Resource, ...] = ()
    unread: tuple[type[Resource], ...] = ()
    now: datetime = EXAMPLE_NOW
    settings: Mapping[str, Any] = field(default_factory=dict)

    def graph(self, *, encoded: bool) -> Graph:
        """The example account."""
        return Graph.of(self.subject, *self.others, unread=self.unread, now=self.now, encoded=encoded)


def case(
    subject: Resource,
    *others: Resource,
    unread: Iterable[type[Resource]] = (),
    now: datetime = EXAMPLE_NOW,
    **settings: Any,
) -> Case:
    """A case with other resources around, types that could not be read, another time, or other settings."""
    return Case(subject, others, tuple(unread), now, settings)


@dataclass
class Rule:
    """One rule. `judge` is the author's function; everything else is said or derived once."""

    id: str
    judge: Callable[..., Verdict]
    severity: Severity
    confidence: Confidence
    presumes: str
    """What must be there before it can say anything; where it is not, "not applicable" says nothing of the practices."""
    proves: tuple[str, ...]
    supports: tuple[str, ...]
    reads: frozenset[Read]
    subject: type[Resource]
    takes_graph: bool
    settings: Mapping[str, Any]
    """Name to default."""
    norm: str
    harm: str
    module: str
    file: Path
    line: int
    passing: tuple[Case, ...] = ()
    failing: tuple[Case, ...] = ()
    unknown: tuple[Case, ...] = ()
    not_applicable: tuple[Case, ...] = ()
    repair: Repair | None = None

    @property
    def practices(self) -> tuple[str, ...]:
        """Ids of the best practices it is evidence for, what it proves first."""
        return self.proves + self.supports

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.file}:{self.line}"

    def cases(
        self,
        *,
        passes: Sequence[Resource | Case],
        fails: Sequence[Resource | Case],
        unknown: Sequence[Resource | Case] = (),
        not_applicable: Sequence[Resource | Case] = (),
    ) -> None:
        """The examples that prove the rule: its tests, its documentation, its explanation."""
        self.passing, self.failing = _cases(passes), _cases(fails)
        self.unknown, self.not_applicable = _cases(unknown), _cases(not_applicable)

    def fix(
        self, *, sends: tuple[str, ...], reads: tuple[object, ...] = (), makes: tuple[type[Resource], ...] = ()
    ) -> Callable[[Callable[..., Fix]], Callable[..., Fix]]:
        """Make a function of the resource, the graph and `Names` the repair of this rule's gaps.

        Its docstring says what it does; keyword-only parameters with defaults are choices that a person can make. Where
        a gap is not for a program, it raises `NeedsPerson`.

        Args:
            sends: every operation that its steps send, as `service:Operation`, what takes them back included.
            reads: what it reads beyond what the rule reads.
            makes: types that it creates; repairs that read these come after it.

        Raises:
            DefinitionError: the function says too little of itself.
        """

        def register(make: Callable[..., Fix]) -> Callable[..., Fix]:
            try:
                self.repair = repair(make, sends=sends, reads=reads, makes=makes)
            except ValueError as error:
                raise DefinitionError(f"{self.where}: {self.id}: {error}") from None
            return make

        return register

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return self is other


def rule(
    *,
    severity: Severity,
    proves: tuple[str, ...] = (),
    supports: tuple[str, ...] = (),
    reads: tuple[object, ...],
    confidence: Confidence = "high",
    presumes: str = "",
    name: str | None = None,
) -> Callable[[Callable[..., Verdict]], Rule]:
    """Make a function a rule.

    The annotation of its first parameter says what it judges; a second parameter `graph: Graph` gives the neighbours;
    keyword-only parameters with defaults are its settings. The docstring's first line is the norm, the rest the harm.
    Where what was read does not tell, though nothing was refused, it raises `Unobserved` with the reason.

    Args:
        severity: how bad a failure is.
        proves: ids of the practices a pass is proof for.
        supports: ids of the practices it is only a hint for; a hint never ticks a choice.
        reads: every field, and every type whose existence is asked for.
        confidence: how sure a failure is.
        presumes: the means that it judges, where a practice asks for the means itself ("a rollback alarm"): an account
            without it does not make the practice inapplicable.
        name: the id, for a member of a family; else the function's name with hyphens.

    Raises:
        DefinitionError: something of this is missing or wrong.
    """

    def make(judge: Callable[..., Verdict]) -> Rule:
        code = judge.__code__
        where = f"{code.co_filename}:{code.co_firstlineno}"
        id_ = name or judge.__name__.replace("_", "-")
        norm, _, harm = inspect.cleandoc(judge.__doc__ or "").partition("\n")
        if not norm.strip():
            raise DefinitionError(f"{where}: {id_} has no docstring; its first line is the norm (what must hold)")
        if severity not in SEVERITIES or confidence not in get_args(Confidence):
            raise DefinitionError(f"{where}: {id_}: severity {severity!r}, confidence {confidence!r}: not known")
        if not proves and not supports:
            raise DefinitionError(f"{where}: {id_} is evidence for no practice; give `proves` or `supports`")
        subject, takes_graph, settings = _signature(judge, id_, where)
        wrong = [
            r for r in reads if not (isinstance(r, Field | Answer) or (isinstance(r, type) and issubclass(r, Resource)))
        ]
        if wrong or not reads:
            raise DefinitionError(f"{where}: {id_}: `reads` lists fields and resource types, not {wrong or 'nothing'}")
        return Rule(
            id=id_,
            judge=judge,
            severity=severity,
            confidence=confidence,
            presumes=presumes,
            proves=proves,
            supports=supports,
            reads=frozenset(reads),  # type: ignore[arg-type]  # checked above; fields are typed as their values
            subject=subject,
            takes_graph=takes_graph,
            settings=settings,
            norm=norm.strip(),
            harm=" ".join(harm.split()),
            module=judge.__module__,
            file=Path(code.co_filename),
            line=code.co_firstlineno,
        )

    return make


def _signature(judge: Callable[..., Verdict], id_: str, where: str) -> tuple[type[Resource], bool, dict[str, Any]]:
    try:
        hints = get_type_hints(judge)
    except NameError as error:
        raise DefinitionError(f"{where}: {id_}: an annotation cannot be resolved ({error})") from None
    parameters = list(inspect.signature(judge).parameters.values())
    positional = [p for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    subject = hints.get(positional[0].name) if positional else None
    if not (isinstance(subject, type) and issubclass(subject, Resource) and subject.type):
        raise DefinitionError(f"{where}: {id_}: its first parameter must be annotated with the resource type it judges")
    if len(positional) > 2 or (len(positional) == 2 and hints.get(positional[1].name) is not Graph):
        raise DefinitionError(f"{where}: {id_}: after the resource only `graph: Graph`, then keyword-only settings")
    settings = {}
    for parameter in parameters[len(positional) :]:
        if parameter.default is inspect.Parameter.empty or parameter.name not in hints:
            raise DefinitionError(f"{where}: {id_}: the setting {parameter.name} needs an annotation and a default")
        settings[parameter.name] = parameter.default
    return subject, len(positional) == 2, settings


def _cases(given: Sequence[Resource | Case]) -> tuple[Case, ...]:
    return tuple(c if isinstance(c, Case) else Case(c) for c in given)
