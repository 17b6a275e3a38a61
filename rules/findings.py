"""Findings: what the rules say of an inventory, each with the evidence it rests on."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mllens.rules.spec import Rule
from mllens.rules.verdict import Fail, NotApplicable, Pass, Unknown, Verdict
from mllens.scanner import DefinitionError, Field, Graph, Key, Resource, Unobserved, Watch
from mllens.scanner.inventory import WHOLE
from mllens.scanner.path import ABSENT
from mllens.scanner.watch import UndeclaredRead, watching


@dataclass(frozen=True)
class Evidence:
    """One value a verdict rests on. `value` is JSON as AWS sent it; `absent`: AWS left the member out."""

    resource: Key
    arn: str
    field: str
    value: Any
    absent: bool
    operation: str
    observed_at: float | None
    request_id: str


@dataclass(frozen=True)
class Finding:
    """One rule's verdict on one resource, or on a type that could not be read (its name is then empty)."""

    rule: Rule
    key: Key
    arn: str
    verdict: Verdict
    read: tuple[tuple[Resource, Field], ...] = ()
    """What was asked for, by key and field; some of it may not have been answered."""
    failed: str = ""
    """Where the rule itself broke; the verdict is then unknown."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was answered of what it read; made anew each time, for most findings pass and nobody looks."""
        return tuple(told for resource, field in self.read if (told := evidence(resource, field)) is not None)

    @cached_property
    def id(self) -> str:
        """The same for the same rule and resource in every scan."""
        return hashlib.sha256("\0".join((self.rule.id, *self.key)).encode()).hexdigest()[:16]


def judge(
    rule: Rule,
    subject: Resource,
    graph: Graph,
    settings: Mapping[str, Any],
    *,
    strict: bool = False,
    reading: set[object] | None = None,
) -> Finding:
    """What a rule says of one resource.

    A rule that breaks while running costs only its own finding, which is then unknown; with `strict` it raises.
    `reading` collects what was read.

    Raises:
        DefinitionError: the rule read what it does not declare.
    """
    watch = Watch(rule.reads)
    failed = ""
    try:
        with watching(watch):
            arguments = (subject, graph) if rule.takes_graph else (subject,)
            verdict = rule.judge(*arguments, **{**rule.settings, **settings})
        if not isinstance(verdict, Verdict) and not watch.unlisted:  # a match over known values ends without one then
            raise TypeError(f"{rule.id} returned {verdict!r}, not a verdict")  # noqa: TRY301 - judged as any other break
        if isinstance(verdict, Pass) and not watch.observed:
            raise ValueError(f"{rule.id} passed without an observed read")  # noqa: TRY301
    except Unobserved as gap:
        verdict = Unknown(gap.why if gap.what == subject.name else str(gap))  # the finding names its resource itself
    except UndeclaredRead as read:
        raise DefinitionError(f"{rule.where}: {rule.id} reads {read}, which its `reads` does not list") from None
    except Exception as error:
        # The one place that catches everything: one broken rule must not cost the others, and says so.
        if strict:
            raise
        import traceback  # noqa: PLC0415 - 9 ms that a rule which works does not need

        frame = traceback.extract_tb(error.__traceback__)[-1]
        failed = f"{frame.filename}:{frame.lineno}: {type(error).__name__}: {error}"
        verdict = Unknown(
            f"the rule failed ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}: {type(error).__name__})"
        )
    if reading is not None:
        reading |= watch.declared
    if watch.unlisted and not isinstance(verdict, Unknown):
        verdict = Unknown(watch.unlisted[0])
    read_ = tuple(watch.fields[key] for key in sorted(watch.fields))
    return Finding(rule, subject.key, subject.arn, verdict, read_, failed)


def findings(
    rules: Iterable[Rule], graph: Graph, settings: Mapping[str, Mapping[str, Any]] | None = None
) -> Iterator[Finding]:
    """Every verdict of every rule, in order of rule id and key; what could not be looked at is unknown."""
    for rule in sorted(rules, key=lambda r: r.id):
        spoken = False
        for subject in graph.known(rule.subject):
            spoken = True
            yield judge(rule, subject, graph, (settings or {}).get(rule.id, {}))
        lines = graph.lines(rule.subject)
        for line in lines:
            if line.status not in WHOLE and not (line.status == "bounded" and line.read):
                spoken = True
                yield Finding(rule, Key(line.type, line.account, line.region, ""), "", Unknown(line.explain()))
        if not spoken:
            none: Verdict = NotApplicable(f"there is no {rule.subject.type}")
            if not lines:
                none = Unknown(f"{rule.subject.type}: not collected")
            yield Finding(rule, Key(rule.subject.type, "", "", ""), "", none)


def evidence(resource: Resource, field: Field) -> Evidence | None:
    """What was answered of one field of one resource; None where nothing was."""
    try:
        value = dict(resource.tags) if field.attr == "tags" else resource.raw(field)
    except Unobserved:
        return None
    operation = "" if field.attr == "tags" else resource.source(field)
    seen: tuple[float | None, str] = (None, "")
    if resource.row is not None and operation in resource.row.seen:
        seen = resource.row.seen[operation]
    return Evidence(
        resource=resource.key,
        arn=resource.arn,
        field=".".join(field.path),
        value=None if value is ABSENT else value,
        absent=value is ABSENT,
        operation=operation,
        observed_at=seen[0],
        request_id=seen[1],
    )


__all__ = ["Evidence", "Fail", "Finding", "evidence", "findings", "judge"]
