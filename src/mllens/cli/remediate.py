"""Closing gaps: plan, apply, verify, undo, export."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.audit import scope
from mllens.cli.exits import Exit
from mllens.cli.remediation_text import (
    CLOSED,
    as_dict,
    outcomes_as_json,
    plain,
    show,
    show_changes,
    show_end,
    show_undo,
    tell,
    tell_nothing,
    told,
)
from mllens.cli.selection import Chosen, Stated, chosen, more_rules, options, stated, statements, which_rules

if TYPE_CHECKING:
    from mllens.remediation.carry_out import Carrying, Outcome
    from mllens.remediation.planfile import Plan, Target
    from mllens.remediation.verify import Proof
    from mllens.rules import Finding, Rule
    from mllens.scanner import Inventory

OLDEST = 24.0  # hours

plan_file = click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
reach = options(
    click.option("--profile", help="AWS profile; else the usual environment."),
    click.option("--endpoint-url", help="Send every call to this address (the simulated AWS, a proxy)."),
    more_rules,
    click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON."),
)
asking = options(
    click.option("--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask."),
    click.option("--action", "actions", multiple=True, metavar="ID", help="Only these actions (repeat)."),
    click.option("--no-progress", is_flag=True, help="Do not tell what is being done."),
)


@click.group()
def remediate() -> None:
    """Close gaps, prove that they are closed, and take it back.

    A plan is a file: it says what would be sent, what stands there before and after, and how each step is taken back.
    """


@remediate.command(epilog="Example: mllens remediate plan --region us-east-1 --rule 'endpoint-*' -o plan.json")
@click.argument("inventory", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@scope
@which_rules
@stated
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("plan.json"), show_default=True
)
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave resources alone whose name or ARN matches (repeat)."
)
@click.option(
    "--set", "given_choices", multiple=True, metavar="RULE.CHOICE=VALUE", help="A choice of a fix, as a topic (repeat)."
)
@click.option(
    "--what-if", "tell_what_if", is_flag=True, help="Also tell which findings, practices and risks would change."
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan, and what would change, as JSON.")
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    inventory: Path | None,
    output: Path,
    exclude: Sequence[str],
    given_choices: Sequence[str],
    *,
    tell_what_if: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Plan how failing findings can be closed, from INVENTORY or a scan made now. It only reads.

    Only what fails is planned: never what could not be checked, and never what is waived.
    """
    from mllens.cli.config import choices
    from mllens.cli.config import settings as read_settings
    from mllens.remediation import planfile
    from mllens.remediation.planning import Wanted
    from mllens.remediation.planning import plan as make
    from mllens.remediation.what_if import what_if
    from mllens.scanner.inventory import INCOMPLETE

    picked, _ = chosen(*(given.pop(k) for k in ("rule", "pillar", "dimension", "severity", "rules_path")))
    fixable = tuple(rule for rule in picked.rules if rule.repair is not None)
    if not fixable:
        raise click.UsageError("None of these rules has a fix; `mllens rules list` shows which have one.")
    said = statements(given, picked)
    _check_unused(output)
    made_choices = choices(given_choices, fixable)
    read = _inventory(inventory, output, Chosen(picked.rules if tell_what_if else fixable, ()), said, given)
    settings = read_settings(ctx.find_root().params.get("config"), picked.rules)
    wanted = Wanted(fixable, settings, made_choices, _spared(said, read), excluded=_excluded(exclude))
    kept = inventory or _beside(output)
    made, then = make(read, wanted, file=kept.name if kept.parent == output.parent else str(kept.resolve()))
    planfile.save(made, output)
    changes = what_if(read, then, picked.rules, picked.rest, settings, **said._asdict()) if tell_what_if else None
    if as_json:
        click.echo(json.dumps({"plan": made.model_dump(mode="json"), "what_if": as_dict(changes)}, indent=2))
    else:
        show(made)
        show_changes(changes)
        click.echo(f"\nPlan: {output}", err=True)
    unread = [line for line in read.manifest.coverage if line.status in INCOMPLETE]
    for line in unread:
        click.echo(f"could not be read, so nothing is planned for it: {plain(line.explain())}", err=True)
    return Exit.PARTIAL if unread else Exit.DONE


@remediate.command(epilog="Example: mllens remediate apply plan.json")
@plan_file
@reach
@asking
@click.option(
    "--max-per-rule", allow_from_autoenv=False, default=25, show_default=True, help="The most actions for one rule."
)
@click.option(
    "--max-actions", allow_from_autoenv=False, default=100, show_default=True, help="The most actions of a run."
)
@click.option(
    "--max-share",
    allow_from_autoenv=False,
    default=50,
    show_default=True,
    help="The most of a type's resources to change, in percent.",
)
@click.option(
    "--allow-drift",
    is_flag=True,
    allow_from_autoenv=False,
    help="Also change what a stack, a project or a tool owns and will set back.",
)
@click.option(
    "--max-age", allow_from_autoenv=False, default=OLDEST, show_default=True, help="Hours since the scan, at most."
)
def apply(plan: Path, **given: Any) -> int:
    """Carry a plan out: look, compare, send, look again; then prove what is closed.

    What changed since the plan is left alone. Every call stands in the journal beside the plan, so a run that was
    killed goes on where it was, and `undo` takes back exactly what was sent.
    """
    from mllens.remediation.carry_out import Limits, exceeded

    limits = Limits(given["max_per_rule"], given["max_actions"], given["max_share"] / 100, given["allow_drift"])
    with _carrying(plan, given, limits) as (made, carrying, rules):
        only = carrying.with_needed(given["actions"])
        if beyond := exceeded(made, limits):
            raise click.UsageError("This plan is beyond the limits, and nothing was sent: " + "; ".join(beyond))
        _check_account(made, carrying, given["max_age"])
        if not given["as_json"]:
            show(made, only)
        if made.actions:
            _ask(f"\nApply this to account {made.account}?", yes=given["yes"])
        with _stopping(carrying):
            outcomes = told(carrying.apply(only), quiet=given["as_json"])
    fine = [outcome.action.id for outcome in outcomes if outcome.fine]
    proofs = _prove(plan, made, rules, given, fine) if fine else []
    return _end(plan, made, outcomes, proofs, given)


@remediate.command(epilog="Example: mllens remediate verify plan.json")
@plan_file
@reach
def verify(plan: Path, **given: Any) -> int:
    """Read again what a plan touches, and judge its gaps. It only reads."""
    from mllens.remediation.planfile import load
    from mllens.rules.load import load as load_rules

    made = load(plan)
    proofs = _prove(plan, made, load_rules(given["rules_path"]), given, [action.id for action in made.actions])
    return _end(plan, made, [], proofs, given)


@remediate.command(epilog="Example: mllens remediate undo plan.json")
@plan_file
@reach
@asking
def undo(plan: Path, **given: Any) -> int:
    """Take back what the plan's journal says was sent, the last first; what was changed since is left alone."""
    with _carrying(plan, given, None) as (made, carrying, _):
        only = carrying.with_standing(given["actions"])
        mine = [a for a in made.actions if a.id in only and any(carrying.journal.ours(a.id, s.id) for s in a.steps)]
        if mine:
            _check_account(made, carrying, None)
            if not given["as_json"]:
                show_undo(mine)
            _ask(f"\nTake this back in account {made.account}?", yes=given["yes"])
        elif not given["as_json"]:
            click.echo("There is nothing to take back: the journal holds nothing that was sent and not undone.")
        with _stopping(carrying):
            outcomes = told(carrying.undo(only), quiet=given["as_json"])
    return _end(plan, made, outcomes, [], given)


@remediate.command(epilog="Example: mllens remediate export plan.json -f cloudformation -o fixes.json")
@plan_file
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["cli", "cloudformation", "patches"]),
    default="cli",
    show_default=True,
    help="Commands, a template of what is created, or patches for the owners of what is changed.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), default=Path("-"), show_default=True)
def export(plan: Path, form: str, output: Path) -> int:
    """Write a plan as AWS CLI commands, as CloudFormation, or as patches for those who own what it changes."""
    from mllens.remediation import export as exporting
    from mllens.remediation.planfile import load
    from mllens.scanner.inventory import write_atomically

    made = load(plan)
    write = {"cli": exporting.as_cli, "cloudformation": exporting.as_cloudformation, "patches": exporting.as_patches}
    text = write[form](made)
    if str(output) == "-":
        click.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())
    return Exit.DONE


# -- what these share


def _inventory(
    given_file: Path | None, output: Path, picked: Chosen, said: Stated, given: dict[str, Any]
) -> "Inventory":
    from mllens.cli.audit import scanned
    from mllens.scanner import load

    return (
        load(given_file)
        if given_file is not None
        else scanned(picked.plan(repairs=True, waivers=said.waivers), _beside(output), given)
    )


def _beside(output: Path) -> Path:
    return output.with_name(output.name.removesuffix(".json") + ".inventory.mllens")


def _check_unused(output: Path) -> None:
    """That a plan is not written over one that was applied: what it did could then no longer be taken back.

    Raises:
        click.UsageError: it would be.
    """
    from mllens.remediation.journal import Journal, journal_of
    from mllens.remediation.planfile import PlanError, digest, load

    if not journal_of(output).exists():
        return
    applied = f"{output} was applied, and {journal_of(output)} tells how it is taken back"
    try:
        old = load(output)
        with Journal(journal_of(output), digest(old)) as journal:
            if not any(journal.ours(action.id, step.id) for action in old.actions for step in action.steps):
                # what was taken back stays on record
                journal_of(output).rename(journal_of(output).with_suffix(f".{digest(old)[:8]}.jsonl"))
                return
    except (PlanError, OSError) as error:
        raise click.UsageError(f"{applied}, but: {error}. Name another file with -o.") from None
    raise click.UsageError(f"{applied}: undo it, or name another file with -o.")


def _excluded(exclude: Sequence[str]) -> Callable[["Target"], str]:
    def excluded(target: "Target") -> str:
        matching = (g for g in exclude if fnmatchcase(target.name, g) or fnmatchcase(target.arn, g))
        return next((f"excluded by --exclude {glob}" for glob in matching), "")

    return excluded


def _spared(said: Stated, read: "Inventory") -> Callable[["Finding"], str]:
    from mllens.scanner import Graph
    from mllens.statements.waivers import Waiving

    waiving = Waiving(said.waivers, Graph(read), ahead=True)
    for file, why in waiving.idle.items():
        click.echo(f"mllens: the waiver {file} {why}; what it names is planned", err=True)

    def spared(finding: "Finding") -> str:
        file = waiving.of(finding)
        return waiving.said(file) if file else ""

    return spared


@contextmanager
def _carrying(
    file: Path, given: dict[str, Any], limits: Any
) -> Iterator[tuple["Plan", "Carrying", tuple["Rule", ...]]]:
    """The plan, what carries it out, and the rules."""
    from mllens.remediation.carry_out import Carrying, Limits
    from mllens.remediation.journal import Journal, journal_of
    from mllens.remediation.planfile import digest, load
    from mllens.remediation.send import Writer
    from mllens.rules.load import load as load_rules

    made, rules = load(file), load_rules(given["rules_path"])
    declared = {operation for rule in rules if rule.repair for operation in rule.repair.sends}
    writer = Writer(made, declared, profile=given["profile"], endpoint_url=given["endpoint_url"])
    shown = sys.stderr.isatty() and not given["no_progress"]
    with Journal(journal_of(file), digest(made)) as journal:
        yield made, Carrying(made, writer, journal, limits or Limits(), tell if shown else tell_nothing), rules


@contextmanager
def _stopping(carrying: "Carrying") -> Iterator[None]:
    """In here the first Ctrl-C ends a run after the action under way."""
    asked: list[int] = []

    def stop(number: int, frame: Any) -> None:
        if asked:
            click.echo(
                "Stopped in the middle of a call. Run the same command again: it looks before it sends.", err=True
            )
            raise KeyboardInterrupt
        asked.append(number)
        click.echo("\nFinishing what is under way; Ctrl-C again stops at once.", err=True)

    before = signal.signal(signal.SIGINT, stop)
    carrying.stopping = lambda: bool(asked)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _check_account(made: "Plan", carrying: "Carrying", hours: float | None) -> None:
    """That the credentials are for the plan's account, and that its scan is recent by AWS's own clock.

    Raises:
        click.UsageError: they are not, or it is not.
        NothingRead: the account does not answer.
    """
    from mllens.remediation.send import Refused
    from mllens.scanner.engine import NothingRead

    try:
        account, now = carrying.writer.caller(made.home)
    except Refused as refusal:
        raise NothingRead(f"{refusal}. Check the credentials and the network") from None
    if account != made.account:
        raise click.UsageError(f"This plan is for account {made.account}, and the credentials are for {account}.")
    age = (now - made.scanned_at.timestamp()) / 3600
    if hours is not None and age > hours and not carrying.journal.entries:
        raise click.UsageError(
            f"This plan rests on a scan of {made.scanned_at:%Y-%m-%d %H:%M} UTC, {age:.0f} hours ago; "
            f"plan anew, or allow it with --max-age {age + 1:.0f}."
        )


def _ask(question: str, *, yes: bool) -> None:
    """Ask, unless told not to.

    Raises:
        click.UsageError: there is nobody to ask.
        click.Abort: the answer was no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("This changes the account: confirm at a terminal, or give --yes.")
    click.confirm(question, abort=True)


def _prove(
    file: Path, made: "Plan", rules: Sequence["Rule"], given: dict[str, Any], actions: Sequence[str]
) -> list["Proof"]:
    from mllens.assess import digest_of_rows
    from mllens.cli.config import settings
    from mllens.remediation.verify import Proof, reading
    from mllens.remediation.verify import verify as judge_again
    from mllens.scanner import load
    from mllens.scanner.again import again
    from mllens.scanner.client import Clients

    kept = file.parent / made.inventory
    if not kept.is_file() or digest_of_rows(before := load(kept)) != made.inventory_sha256:
        click.echo(f"mllens: {kept} is not what this plan was made from, so what is closed cannot be told", err=True)
        return [Proof(gap, "unknown", f"{kept.name} is gone, or another") for a in made.actions for gap in a.closes]
    wanted = reading(made, rules)
    clients = Clients(wanted.calls, profile=given["profile"], endpoint_url=given["endpoint_url"])
    config = click.get_current_context().find_root().params.get("config")
    return judge_again(
        made,
        before,
        rules,
        settings=settings(config, rules),
        look_again=lambda inventory, keys: again(clients, wanted, inventory, keys),
        actions=actions,
    )


def _end(
    file: Path, made: "Plan", outcomes: Sequence["Outcome"], proofs: Sequence["Proof"], given: dict[str, Any]
) -> int:
    """Say what came of it; the exit code."""
    if given["as_json"]:
        click.echo(json.dumps(outcomes_as_json(file, made, outcomes, proofs), indent=2))
    else:
        show_end(outcomes, proofs)
    if outcomes and all(outcome.denied for outcome in outcomes):
        return Exit.NOTHING_READ
    fine = all(outcome.fine for outcome in outcomes) and all(proof.word in CLOSED for proof in proofs)
    return Exit.DONE if fine else Exit.PARTIAL
