"""The way back in words: what a plan would do, what came of it, what would change."""

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mllens.remediation.carry_out import Outcome
    from mllens.remediation.planfile import Action, Left, Plan, Step
    from mllens.remediation.verify import Proof
    from mllens.remediation.what_if import Difference, WhatIf

MARKS = {"done": "done", "already": "already so", "waiting": "not begun", "irreversible": "stays"}
CLOSED = ("closed", "gone")


def show(made: "Plan") -> None:
    """What a plan would do, and what it leaves to people."""
    gaps = sum(len(action.closes) for action in made.actions)
    click.echo(
        f"{_count(len(made.actions), 'action')} would close {_count(gaps, 'gap')}; "
        f"{_count(len(made.left), 'failing finding')} with a fix left to a person."
    )
    for action in made.actions:
        _show_action(action)
    if made.left:
        click.echo("\nFor a person:")
    for why, left in _by_reason(made.left):
        names = ", ".join(f"{one.gap.target.name}" for one in left)
        _say(f"{left[0].gap.rule}: {names}: {why}", "  ", "    ")
    if any("=" in left.why for left in made.left):
        click.echo("  A choice is given as --set RULE.CHOICE=VALUE.")


def _show_action(action: "Action") -> None:
    click.echo(f"\n  {action.id}  {plain(action.title)}" + _more(action.closes))
    for step in action.steps:
        back = "" if step.undo else f", and cannot be undone: {step.irreversible}"
        _say(f"{step.service}:{step.operation} {step.target}{back}", " " * 12, " " * 14)
    for word, text in (("disrupts", action.disrupts), ("costs", action.cost)):
        if text:
            _say(f"{word}: {text}", " " * 12, " " * 14)
    if action.owner.kind not in ("none", "unknown"):
        _say(f"belongs to {action.owner}: applied with --allow-drift only", " " * 12, " " * 14)


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
        closed = sum(proof.word in CLOSED for proof in proofs)
        click.echo(f"Of {_count(len(proofs), 'gap')}, {closed} closed, as a fresh look shows.")
    for proof in proofs:
        if proof.word not in CLOSED:
            _say(f"{proof.word}: {proof.gap.rule}: {proof.gap.target.name}: {proof.why}", "  ", "    ")


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
