"""Repairs: a rule's fix for one resource, the graph after it, and the proof that it closes the gap."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mllens.rules.deployment import deployed
from mllens.rules.findings import judge
from mllens.rules.fix import Changed, Created, Effect, Fix, Names, NeedsPerson, Out, Repair, Undo, sent, with_outs
from mllens.rules.spec import Rule
from mllens.rules.verdict import Pass
from mllens.scanner import DefinitionError, Graph, Resource, Watch
from mllens.scanner.altered import with_changed, with_created, with_removed
from mllens.scanner.shapes import invalid
from mllens.scanner.watch import UndeclaredRead, watching

EXAMPLE = Names("example")


def fix_of(
    rule: Rule,
    subject: Resource,
    graph: Graph,
    names: Names,
    choices: Mapping[str, Any] | None = None,
    *,
    reading: set[object] | None = None,
) -> Fix:
    """The fix of a rule for one failing resource; `choices` are a person's, by name.

    `reading` collects the fields and types that it read.

    Raises:
        NeedsPerson: this gap is not for a program.
        Unobserved: something that it depends on was not read.
        DefinitionError: the rule has no fix, there is no such choice, or the fix reads what it does not declare.
    """
    if (repair := rule.repair) is None:
        raise DefinitionError(f"{rule.where}: {rule.id} has no fix")
    if unknown := (choices or {}).keys() - repair.settings.keys():
        known = ", ".join(repair.settings) or "none"
        raise DefinitionError(f"{rule.id}: its fix has no choice {', '.join(sorted(unknown))}; it has {known}")
    watch = Watch(rule.reads | repair.reads)
    try:
        with watching(watch):
            made = repair.make(subject, graph, names, **{**repair.settings, **(choices or {})})
    except UndeclaredRead as read:
        where = f"{rule.where}: the fix of {rule.id}"
        raise DefinitionError(f"{where} reads {read}, which neither its `reads` nor the rule's lists") from None
    if reading is not None:
        reading |= watch.declared
    return made


def after(graph: Graph, effects: Iterable[Effect]) -> Graph:
    """The graph as it would be with these effects; nothing is called."""
    inventory = graph.inventory
    for effect in effects:
        match effect:
            case Created(resource=resource):
                inventory = with_created(inventory, resource)
            case Changed(resource=resource, values=values):
                inventory = with_changed(inventory, resource, values)
            case _:
                inventory = with_removed(inventory, effect.resource)
    return Graph(inventory, now=graph.now)


def unsound(rule: Rule) -> list[str]:
    """What a rule's failing cases say against its fix: calls that the service model refuses, gaps that stay open."""
    if rule.repair is None:
        return []
    wrong: list[str] = []
    read: set[object] = set()
    told: set[str] = set()
    for number, case in enumerate(rule.failing, 1):
        graph = case.graph(encoded=True)
        subject = next(r for r in graph.known(type(case.subject)) if r.key == case.subject.key)
        try:
            fix = fix_of(rule, subject, graph, EXAMPLE, reading=read)
        except NeedsPerson:
            continue
        if fix.deploys is not None:
            fix = deployed((fix,), EXAMPLE)
        told |= {*sent(fix)}
        wrong += [f"failing case {number}: {problem}" for problem in refused(fix)]
        there = after(graph, fix.effect)
        again = next(r for r in there.known(type(case.subject)) if r.key == case.subject.key)
        verdict = judge(rule, again, there, case.settings, strict=True).verdict
        if not isinstance(verdict, Pass):
            wrong.append(f"failing case {number}: after its fix the rule says {verdict}")
    wrong += _differs(rule.repair, told, read)
    return wrong


def _differs(repair: Repair, told: set[str], read: set[object]) -> Iterator[str]:
    if not told:
        yield "its fix is for none of its failing cases"
    elif told != repair.sends:
        yield f"its fix declares {', '.join(sorted(repair.sends))} and sends {', '.join(sorted(told))}"
    if missing := repair.reads - read:
        yield f"its fix declares the reads {', '.join(sorted(map(repr, missing)))}, which no case reads"


def refused(fix: Fix) -> Iterator[str]:
    """What the service models say against a fix's calls, looks and undos."""
    for step in fix.steps:
        calls = [
            (step.service, step.operation, step.params),
            (step.look.service, step.look.operation, step.look.params),
        ]
        if isinstance(step.undo, Undo):
            calls.append((step.service, step.undo.operation, step.undo.params))
        for service, operation, params in calls:
            if problem := invalid(service, operation, with_outs(params, _any)):
                yield f"{step.id}: {service}:{operation}: {problem}"


def _any(out: Out) -> str:
    return f"answered-by-{out.step}"
