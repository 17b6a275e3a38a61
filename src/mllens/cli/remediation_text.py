"""The way back in words: what a plan would do, what came of it, what would change."""

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mllens.remediation.carry_out import Outcome
    from mllens.remediation.planfile import Action, Left, Plan, Step
    from mllens.remediation.verify import Proof
    from mllens.remediation.what_if import Difference, WhatIf

MARKS = {"done": "done", "already": "already so", "waiting": "not begun", "irreversible": "stays"}
CLOSED = ("closed", "gone")
LONGEST = 700  # characters of what one step changes; the plan has all


def show(made: "Plan", only: Collection[str] | None = None) -> None:
    """What a plan would do, or those actions of it; and what it leaves to people, where all is shown."""
    actions = [action for action in made.actions if only is None or action.id in only]
    gaps = sum(len(action.closes) for action in actions)
    left = f"; {_count(len(made.left), 'failing finding')} with a fix left to a person" if only is None else ""
    click.echo(f"{_count(len(actions), 'action')} would close {_count(gaps, 'gap')}{left}.")
    for action in actions:
        _show_action(action)
    if only is not None:
        return
    if made.left:
        click.echo("\nFor a person:")
    for why, left_ in _by_reason(made.left):
        names = ", ".join(f"{one.gap.target.name}" for one in left_)
        _say(f"{left_[0].gap.rule}: {names}: {why}", "  ", "    ")
    if any("=" in one.why for one in made.left):
        click.echo("  A choice is given as --set RULE.CHOICE=VALUE.")


def show_undo(actions: Sequence["Action"]) -> None:
    """What would be taken back, and what stays."""
    for action in reversed(actions):
        click.echo(f"  {action.id}  {plain(action.title)}")
        for step in reversed(action.steps):
            back = f"{step.service}:{step.undo.operation}" if step.undo else f"stays: {step.irreversible}"
            _say(f"{back} {step.target}", " " * 12, " " * 14)
        if action.disrupts:
            _say(f"disrupts as before: {action.disrupts}", " " * 12, " " * 14)
        if action.history:
            _say(f"stays changed: {', '.join(action.history)}", " " * 12, " " * 14)


def _show_action(action: "Action") -> None:
    click.echo(f"\n  {action.id}  {plain(action.title)}" + _more(action.closes))
    rules = ", ".join(dict.fromkeys(gap.rule for gap in action.closes))
    _say(f"closes: {rules}", " " * 12, " " * 14)
    for step in action.steps:
        back = "" if step.undo else f", and cannot be undone: {step.irreversible}"
        _say(f"{step.service}:{step.operation} {step.target}{back}", " " * 12, " " * 14)
        if change := changes_of(step):
            _say(change, " " * 14, " " * 16)
    for word, text in (("disrupts", action.disrupts), ("costs", action.cost)):
        if text:
            _say(f"{word}: {text}", " " * 12, " " * 14)
    if action.owner.kind == "unknown":
        _say(f"owner {action.owner}", " " * 12, " " * 14)
    elif action.owner.kind != "none":
        _say(f"belongs to {action.owner}: applied with --allow-drift only", " " * 12, " " * 14)


def changes_of(step: "Step") -> str:
    """What a step changes: of what is there the members with both values, of what is created what it is made with."""
    before, after = step.before or {}, step.after or {}
    if step.before is None:
        return shortened(", ".join(f"{name} {_value(value)}" for name, value in step.params.items()), LONGEST)
    told = [f"{n}: {_value(before.get(n))} → {_value(v)}" for n, v in after.items() if before.get(n) != v]
    return shortened("; ".join(told), LONGEST)


def _value(value: Any) -> str:
    return "not set" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _more(closes: Sequence[Any]) -> str:
    return f"  (closes {len(closes)} gaps)" if len(closes) > 1 else ""


def _by_reason(left: Iterable["Left"]) -> list[tuple[str, list["Left"]]]:
    groups: dict[tuple[str, str], list[Left]] = {}
    for one in left:
        groups.setdefault((one.gap.rule, one.why), []).append(one)
    return [(why, together) for (_, why), together in groups.items()]


def show_changes(changes: "WhatIf | None") -> None:
    """What would change if a plan were carried out."""
    if changes is None:
        return
    better = [row for row in changes.findings if row.then == "pass"]
    worse = [row for row in changes.findings if row.then.startswith("fail")]
    other = [row for row in changes.findings if row not in better and row not in worse]
    if better:
        click.echo(f"\nFindings that would pass: {len(better)}")
    for rule, rows in _by_rule(better):
        _say(f"{rule}: {', '.join(row.what.partition(': ')[2] for row in rows)}", "  ", "    ")
    if worse:
        click.echo(f"\nFindings that would newly fail: {len(worse)}")
    for rule, rows in _by_rule(worse):
        names = ", ".join(row.what.partition(": ")[2] for row in rows)
        _say(f"{rule}: {names}; as: {rows[0].then.removeprefix('fail: ')}", "  ", "    ")
    for title, differences in (
        ("Other findings that would change", tuple(other)),
        ("Practices that would change", changes.practices),
        ("Questions whose risk would change", changes.questions),
    ):
        if differences:
            click.echo(f"\n{title}: {len(differences)}")
        for row in sorted(differences, key=lambda row: row.what):
            _say(f"{row.what}: {row.now or 'none'} → {row.then or 'none'}", "  ", "    ")


def _by_rule(rows: Iterable["Difference"]) -> list[tuple[str, list["Difference"]]]:
    groups: dict[str, list[Difference]] = {}
    for row in sorted(rows, key=lambda row: row.what):
        groups.setdefault(row.what.partition(": ")[0], []).append(row)
    return list(groups.items())


def told(outcomes: Iterator["Outcome"], *, quiet: bool) -> list["Outcome"]:
    """The outcomes, each said as it comes."""
    said = []
    for outcome in outcomes:
        said.append(outcome)
        if not quiet:
            click.echo(f"  {MARKS.get(outcome.word, outcome.word):<10} {plain(outcome.action.title)}")
            if outcome.why:
                _say(outcome.why, " " * 13, " " * 13)
    return said


def show_end(outcomes: Sequence["Outcome"], proofs: Sequence["Proof"]) -> None:
    """What came of a run, and which gaps are closed."""
    if outcomes:
        counts = Counter(MARKS.get(outcome.word, outcome.word) for outcome in outcomes)
        click.echo(f"\nOf {_count(len(outcomes), 'action')}: {', '.join(f'{n} {word}' for word, n in counts.items())}.")
    if proofs:
        closed = sum(proof.word == "closed" for proof in proofs)
        click.echo(f"Of {_count(len(proofs), 'gap')}, {closed} closed, as a fresh look shows.")
    for proof in proofs:
        if proof.word != "closed":
            _say(f"{proof.word}: {proof.gap.rule}: {proof.gap.target.name}: {proof.why}", "  ", "    ")


def outcomes_as_json(
    file: Path, made: "Plan", outcomes: Sequence["Outcome"], proofs: Sequence["Proof"]
) -> dict[str, Any]:
    """What came of a run, for programs."""
    from mllens.remediation.journal import journal_of

    return {
        "plan": made.id,
        "account": made.account,
        "journal": str(journal_of(file)),
        "actions": [{"id": o.action.id, "title": o.action.title, "outcome": o.word, "why": o.why} for o in outcomes],
        "gaps": [
            {
                "finding": proof.gap.finding,
                "rule": proof.gap.rule,
                "target": proof.gap.target.model_dump(),
                "state": proof.word,
                "why": proof.why,
            }
            for proof in proofs
        ],
    }


def tell(action: "Action", step: "Step", word: str) -> None:
    """Say on standard error what is being done."""
    click.echo(f"  … {plain(action.title)}: {step.id}: {word}", err=True)


def tell_nothing(action: "Action", step: "Step", word: str) -> None:
    """Say nothing while it runs."""


def as_dict(changes: "WhatIf | None") -> Any:
    """What would change, as JSON."""
    from dataclasses import asdict

    return asdict(changes) if changes is not None else None


def plain(text: str) -> str:
    """Text of the account for the terminal: nothing in it is obeyed."""
    from mllens.reports.harmless import harmless

    return harmless(text)


def shortened(text: str, most: int) -> str:
    """As `plain`, at most so long."""
    from mllens.reports.harmless import shortened as cut

    return cut(text, most)


def _say(text: str, first: str, then: str) -> None:
    width = max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))
    filled = textwrap.fill(
        plain(text),
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
    click.echo(filled)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
