"""Closing gaps: plan, apply, verify, undo, export."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.audit import scope
from mllens.cli.exits import Exit
from mllens.cli.remediation_text import as_dict, plain, show, show_changes, show_end, tell, tell_nothing, told
from mllens.cli.selection import Chosen, chosen, more_rules, options, which_rules

if TYPE_CHECKING:
    from mllens.remediation.carry_out import Carrying, Outcome
    from mllens.remediation.planfile import Plan
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
    click.option("--yes", is_flag=True, help="Do not ask."),
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

    Only what fails is planned: never what could not be checked.
    """
    from mllens.cli.config import settings as read_settings
    from mllens.remediation import planfile
    from mllens.remediation.planning import Wanted
    from mllens.remediation.planning import plan as make
    from mllens.remediation.what_if import what_if

    picked, _ = chosen(*(given.pop(k) for k in ("rule", "pillar", "dimension", "severity", "rules_path")))
    fixable = tuple(rule for rule in picked.rules if rule.repair is not None)
    if not fixable:
        raise click.UsageError("None of these rules has a fix; `mllens rules list` shows which have one.")
    read = _inventory(inventory, output, Chosen(picked.rules if tell_what_if else fixable, ()), given)
    settings = read_settings(ctx.find_root().params.get("config"), picked.rules)
    wanted = Wanted(fixable, settings, _choices(given_choices), _spared(exclude))
    kept = inventory or _beside(output)
    made, then = make(read, wanted, file=kept.name if kept.parent == output.parent else str(kept.resolve()))
    planfile.save(made, output)
    changes = what_if(read, then, picked.rules, picked.rest, settings) if tell_what_if else None
    if as_json:
        click.echo(json.dumps({"plan": made.model_dump(mode="json"), "what_if": as_dict(changes)}, indent=2))
    else:
        show(made)
        show_changes(changes)
        click.echo(f"\nPlan: {output}", err=True)
    return Exit.DONE


@remediate.command(epilog="Example: mllens remediate apply plan.json")
@plan_file
@reach
@asking
@click.option("--max-per-rule", default=25, show_default=True, help="The most actions for one rule.")
@click.option("--max-actions", default=100, show_default=True, help="The most actions of a run.")
@click.option(
    "--max-share", default=50, show_default=True, help="The most of a type's resources to change, in percent."
)
@click.option(
    "--allow-drift", is_flag=True, help="Also change what a stack, a project or a tool owns and will set back."
)
@click.option("--max-age", default=OLDEST, show_default=True, help="Hours since the scan, at most.")
def apply(plan: Path, **given: Any) -> int:
    """Carry a plan out: look, compare, send, look again; then prove what is closed.

    What changed since the plan is left alone. Every call stands in the journal beside the plan, so a run that was
    killed goes on where it was, and `undo` takes back exactly what was sent.
    """
    from mllens.remediation.carry_out import Limits, exceeded

    limits = Limits(given["max_per_rule"], given["max_actions"], given["max_share"] / 100, given["allow_drift"])
    with _carrying(plan, given, limits) as (made, carrying, rules):
        if beyond := exceeded(made, limits):
            raise click.UsageError("This plan is beyond the limits, and nothing was sent: " + "; ".join(beyond))
        if not made.actions:
            click.echo("There is nothing to do.")
            return Exit.DONE
        _check_age(made, carrying, given["max_age"])
        if not given["as_json"]:
            show(made)
        _ask(f"\nApply this to account {made.account}?", yes=given["yes"])
        outcomes = told(carrying.apply(given["actions"]), quiet=given["as_json"])
    proofs = _prove(plan, made, rules, given, [o.action.id for o in outcomes if o.fine])
    return _end(outcomes, proofs, given)


@remediate.command(epilog="Example: mllens remediate verify plan.json")
@plan_file
@reach
def verify(plan: Path, **given: Any) -> int:
    """Read again what a plan touches, and judge its gaps. It only reads."""
    from mllens.remediation.planfile import load
    from mllens.rules.load import load as load_rules

    made = load(plan)
    proofs = _prove(plan, made, load_rules(given["rules_path"]), given, [action.id for action in made.actions])
    return _end([], proofs, given)


@remediate.command(epilog="Example: mllens remediate undo plan.json")
@plan_file
@reach
@asking
def undo(plan: Path, **given: Any) -> int:
    """Take back what the plan's journal says was sent, the last first; what was changed since is left alone."""
    with _carrying(plan, given, None) as (made, carrying, _):
        mine = [a for a in made.actions if any(carrying.journal.ours(a.id, step.id) for step in a.steps)]
        if not mine:
            click.echo("There is nothing to take back: the journal holds nothing that was sent and not undone.")
            return Exit.DONE
        if not given["as_json"]:
            for action in reversed(mine):
                click.echo(f"  {action.id}  {plain(action.title)}")
                for step in action.steps:
                    if step.undo is None:
                        click.echo(f"            {step.id} stays: {plain(step.irreversible)}")
        _ask(f"\nTake this back in account {made.account}?", yes=given["yes"])
        outcomes = told(carrying.undo(given["actions"]), quiet=given["as_json"])
    return _end(outcomes, [], given)


@remediate.command(epilog="Example: mllens remediate export plan.json -f cloudformation -o fixes.json")
@plan_file
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["cli", "cloudformation"]),
    default="cli",
    show_default=True,
    help="Commands, or a template.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), default=Path("-"), show_default=True)
def export(plan: Path, form: str, output: Path) -> int:
    """Write a plan as AWS CLI commands, or what it creates as CloudFormation, with patches for what others own."""
    from mllens.remediation import export as exporting
    from mllens.remediation.planfile import load
    from mllens.scanner.inventory import write_atomically

    made = load(plan)
    text = exporting.as_cli(made) if form == "cli" else exporting.as_cloudformation(made)
    if str(output) == "-":
        click.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())
    return Exit.DONE


# -- what these share


def _inventory(given_file: Path | None, output: Path, picked: Chosen, given: dict[str, Any]) -> "Inventory":
    from mllens.cli.audit import _scan
    from mllens.scanner import load

    return load(given_file) if given_file is not None else _scan(picked.plan(repairs=True), _beside(output), given)


def _beside(output: Path) -> Path:
    return output.with_name(output.name.removesuffix(".json") + ".inventory.mllens")


def _choices(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Choices by rule: values are JSON where they can be, else text."""
    out: dict[str, dict[str, Any]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        rule, dot, choice = name.partition(".")
        if not (equals and dot and rule and choice):
            raise click.UsageError(f"--set {text}: expected RULE.CHOICE=VALUE")
        try:
            out.setdefault(rule, {})[choice] = json.loads(value)
        except ValueError:
            out.setdefault(rule, {})[choice] = value
    return out


def _spared(exclude: Sequence[str]) -> Callable[["Finding"], str]:
    def spared(finding: "Finding") -> str:
        matching = (g for g in exclude if fnmatchcase(finding.key.name, g) or fnmatchcase(finding.arn, g))
        return next((f"excluded by --exclude {glob}" for glob in matching), "")

    return spared


@contextmanager
def _carrying(
    file: Path, given: dict[str, Any], limits: Any
) -> Iterator[tuple["Plan", "Carrying", tuple["Rule", ...]]]:
    """The plan, what carries it out, and the rules; the first Ctrl-C ends it after the action under way."""
    from mllens.remediation.carry_out import Carrying, Limits
    from mllens.remediation.journal import Journal, journal_of
    from mllens.remediation.planfile import load
    from mllens.remediation.send import Writer
    from mllens.rules.load import load as load_rules

    made, rules = load(file), load_rules(given["rules_path"])
    declared = {operation for rule in rules if rule.repair for operation in rule.repair.sends}
    writer = Writer(made, declared, profile=given["profile"], endpoint_url=given["endpoint_url"])
    asked: list[int] = []

    def stop(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        click.echo("\nFinishing what is under way; Ctrl-C again stops at once.", err=True)

    shown = sys.stderr.isatty() and not given["no_progress"]
    before = signal.signal(signal.SIGINT, stop)
    try:
        with Journal(journal_of(file), made.id) as journal:
            telling = tell if shown else tell_nothing
            yield made, Carrying(made, writer, journal, limits or Limits(), telling, lambda: bool(asked)), rules
    finally:
        signal.signal(signal.SIGINT, before)


def _check_age(made: "Plan", carrying: "Carrying", hours: float) -> None:
    """That the plan is for this account and from a recent scan, by AWS's own clock.

    Raises:
        click.UsageError: it is not.
    """
    from mllens.remediation.send import Refused
    from mllens.scanner.engine import NothingRead

    try:
        account, now = carrying.writer.caller(made.home)
    except Refused as refusal:
        raise NothingRead(f"{refusal}. Check the credentials and the network") from None
    if account != made.account:
        raise click.UsageError(f"This plan is for account {made.account}, and the credentials are for {account}.")
    age = (now - datetime.fromisoformat(made.scanned_at).timestamp()) / 3600
    if age > hours and not carrying.journal.entries:
        when = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M")
        raise click.UsageError(
            f"This plan rests on a scan of {made.scanned_at}, {age:.0f} hours before {when}; "
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
    from mllens.cli.config import settings
    from mllens.remediation.verify import reading, touched
    from mllens.remediation.verify import verify as judge_again
    from mllens.scanner import load
    from mllens.scanner.again import again
    from mllens.scanner.client import Clients

    if not actions or not touched(made, actions):
        return []
    kept = file.parent / made.inventory
    if not kept.is_file():
        click.echo(f"mllens: {kept}, from which this plan was made, is gone: what is closed cannot be told", err=True)
        return []
    wanted = reading(made, rules)
    clients = Clients(wanted.calls, profile=given["profile"], endpoint_url=given["endpoint_url"])
    config = click.get_current_context().find_root().params.get("config")
    return judge_again(
        made,
        load(kept),
        rules,
        settings=settings(config, rules),
        look_again=lambda inventory, keys: again(clients, wanted, inventory, keys),
        actions=actions,
    )


def _end(outcomes: Sequence["Outcome"], proofs: Sequence["Proof"], given: dict[str, Any]) -> int:
    """Say what came of it; the exit code."""
    if given["as_json"]:
        told = {
            "actions": [
                {"id": o.action.id, "title": o.action.title, "outcome": o.word, "why": o.why} for o in outcomes
            ],
            "gaps": [
                {
                    "finding": p.gap.finding,
                    "rule": p.gap.rule,
                    "target": p.gap.target.model_dump(),
                    "state": p.word,
                    "why": p.why,
                }
                for p in proofs
            ],
        }
        click.echo(json.dumps(told, indent=2))
    else:
        show_end(outcomes, proofs)
    if outcomes and all(o.word == "failed" and "denied" in o.why.lower() for o in outcomes):
        return Exit.NOTHING_READ
    fine = all(o.fine for o in outcomes) and all(p.word in ("closed", "gone") for p in proofs)
    return Exit.DONE if fine else Exit.PARTIAL
