"""Least IAM policies."""

import json
from pathlib import Path
from typing import Any

import click

from mllens.cli.exits import Exit
from mllens.cli.selection import chosen, more_rules, which_rules


@click.group()
def policy() -> None:
    """The least IAM policy for a job, derived from the declarations."""


@policy.command(epilog="Example: mllens policy scan > policy.json")
@which_rules
def scan(**given: Any) -> int:
    """Print the policy that reading needs: all that is declared, or just what the chosen rules read."""
    from mllens.scanner.plan import everything

    path: Path | None = given["rules_path"]
    if any(value for name, value in given.items() if name != "rules_path") or path:
        picked, _ = chosen(*(given[k] for k in ("rule", "pillar", "dimension", "severity", "rules_path")))
        wanted = picked.plan()
    else:
        wanted = everything()
    click.echo(json.dumps(wanted.policy(), indent=2))
    return Exit.DONE


@policy.command(epilog="Example: mllens policy remediate plan.json > policy.json")
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@more_rules
def remediate(plan: Path, rules_path: Path | None) -> int:
    """Print the policy that applying, proving and taking back one plan needs: its actions on its resources."""
    from mllens.remediation.planfile import load
    from mllens.remediation.policy import policy as least
    from mllens.remediation.verify import reading
    from mllens.rules.load import load as load_rules

    made = load(plan)
    click.echo(json.dumps(least(made, reading(made, load_rules(rules_path))), indent=2))
    return Exit.DONE


@policy.command(epilog="Example: mllens policy lens import publish > policy.json")
@click.argument("commands", nargs=-1, type=click.Choice(["import", "publish", "status"]))
@click.option(
    "--partition",
    type=click.Choice(["aws", "aws-cn", "aws-us-gov"]),
    default="aws",
    show_default=True,
    help="Partition of the account.",
)
def lens(commands: tuple[str, ...], partition: str) -> int:
    """Print the policy that `mllens lens import`, `publish` and `status` need: of those named, else of all three."""
    from mllens.lens.watool import COMMANDS
    from mllens.lens.watool import policy as least

    click.echo(json.dumps(least(commands or COMMANDS, partition=partition), indent=2))
    return Exit.DONE


@policy.command(epilog="Example: mllens policy review compare > policy.json")
@click.argument("commands", nargs=-1, type=click.Choice(["compare", "plan", "apply", "verify", "rollback"]))
@click.option("--workload-id", default="*", metavar="ID", help="Only this workload; else all.")
@click.option(
    "--partition",
    type=click.Choice(["aws", "aws-cn", "aws-us-gov"]),
    default="aws",
    show_default=True,
    help="Partition of the account.",
)
def review(commands: tuple[str, ...], workload_id: str, partition: str) -> int:
    """Print the policy that the commands of `mllens review` need: those named, else all five."""
    from mllens.lens.watool import REVIEW_COMMANDS, review_policy

    made = review_policy(commands or REVIEW_COMMANDS, partition=partition, workload=workload_id.rsplit("/", 1)[-1])
    click.echo(json.dumps(made, indent=2))
    return Exit.DONE
