"""The index of rules: one table for people, made from the rules themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mllens.lens import choice, dimension_of, pillar_of
from mllens.rules.fix import Repair
from mllens.rules.load import ours
from mllens.rules.spec import SEVERITIES, Rule
from mllens.scanner import Ref, Resource, Struct
from mllens.scanner.model import Field

HEAD = """# Rules

What `mllens` checks, made from the rules by `mllens generate`; `mllens rules show ID` tells more of each.

*proves* decides a practice, *supports* only hints at it. *Hops* counts the relations that a rule follows. *Fix* is what
`mllens remediate plan` plans where the rule fails.

| rule | must hold | severity | judges | proves | supports | dimension | hops | fix | evidence |
|---|---|---|---|---|---|---|---|---|---|
"""


def index() -> str:
    """`rules/README.md`."""
    return HEAD + "".join(map(_line, sorted(ours(), key=lambda r: (pillar_of(r.practices[0]), r.id))))


@dataclass(frozen=True)
class Entry:
    """What a catalogue says of a rule.

    Attributes:
        id: the rule's.
        norm: what must hold.
        severity: of a failure.
        judges: the type of resource.
        proves: practices that it decides.
        supports: practices that it hints at.
        dimensions: of responsible AI.
        hops: how many relations it follows.
        fix: what its fix does; None where it has none.
        evidence: the fields that it reads.
    """

    id: str
    norm: str
    severity: str
    judges: str
    proves: tuple[str, ...]
    supports: tuple[str, ...]
    dimensions: tuple[str, ...]
    hops: int
    fix: str | None
    evidence: tuple[str, ...]


def entry(rule: Rule) -> Entry:
    """A rule's entry in a catalogue."""
    return Entry(
        id=rule.id,
        norm=rule.norm,
        severity=rule.severity,
        judges=rule.subject.type,
        proves=rule.proves,
        supports=rule.supports,
        dimensions=tuple(sorted({d for p in rule.practices if (d := dimension_of(p))})),
        hops=hops(rule),
        fix=rule.repair.title if rule.repair else None,
        evidence=tuple(sorted(repr(read) for read in rule.reads if isinstance(read, Field))),
    )


def _line(rule: Rule) -> str:
    told = entry(rule)
    cells = (
        f"`{told.id}`",
        told.norm.rstrip("."),
        told.severity,
        rule.subject.__name__,
        " ".join(told.proves),
        " ".join(told.supports),
        ", ".join(told.dimensions),
        str(told.hops),
        told.fix or "",
        ", ".join(f"`{field}`" for field in told.evidence),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def hops(rule: Rule) -> int:
    """How many relations a rule follows: its reads of references, forward or back."""
    return sum(bool(read.targets) for read in rule.reads if isinstance(read, Field) and read.attr != "tags")


def describe(rule: Rule) -> str:
    """One rule's page, for the terminal."""
    lines = [f"{rule.id}  ({rule.severity}, confidence {rule.confidence})", "", rule.norm, "", rule.harm, ""]
    lines.append(f"Judges: {rule.subject.__name__} ({rule.subject.type})")
    for word, practices in (("Proves", rule.proves), ("Supports", rule.supports)):
        lines += [f"{word}: {practice}  {choice(practice).title}" for practice in practices]
    lines.append(
        "Reads: "
        + ", ".join(
            sorted(
                repr(read) if isinstance(read, Field) else getattr(read, "__name__", repr(read)) for read in rule.reads
            )
        )
    )
    if rule.settings:
        lines.append("Settings: " + ", ".join(f"{name} = {value!r}" for name, value in rule.settings.items()))
    if rule.repair:
        lines += ["", *_fix(rule.id, rule.repair)]
    for word, cases in (("Passes", rule.passing), ("Fails", rule.failing)):
        if cases:
            lines += ["", f"{word}:", *(f"  {_shown(resource)}" for resource in (cases[0].subject, *cases[0].others))]
    lines += ["", f"Defined in {rule.module}; severities, worst first: {', '.join(SEVERITIES)}"]
    return "\n".join(lines) + "\n"


def _fix(id_: str, repair: Repair) -> Iterator[str]:
    yield f"Fix: {repair.title}. {repair.detail}".rstrip()
    yield f"  Planned by: mllens remediate plan --rule {id_}"
    if repair.settings:
        choices = ", ".join(f"{name} = {value!r}" for name, value in repair.settings.items())
        yield f"  Choices, by --set {id_}.NAME=VALUE: {choices}"
    yield f"  Sends, taking it back included: {', '.join(sorted(repair.sends))}"


def _shown(resource: Resource) -> str:
    """A resource of a case, with the fields that it sets."""
    fields = "; ".join(f"{name} = {_value(value)}" for name, value in resource.given.items())
    return f"{type(resource).__name__} {resource.name}" + (f": {fields}" if fields else "")


def _value(value: object) -> str:
    match value:
        case None:
            return "not set"
        case Ref():
            return value.value
        case Struct():
            return "{" + ", ".join(f"{name}: {_value(part)}" for name, part in value.given.items()) + "}"
        case tuple():
            return ", ".join(map(_value, value)) or "none"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
    return str(value)
