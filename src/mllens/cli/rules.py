"""The catalogue of rules."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mllens.cli.exits import Exit
from mllens.cli.selection import chosen, which_rules


@click.group()
def rules() -> None:
    """The catalogue of rules."""


@rules.command("list", epilog="Example: mllens rules list --pillar security")
@which_rules
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(*, as_json: bool, **given: Any) -> int:
    """List the rules."""
    from mllens.rules.index import entry

    picked, _ = chosen(*(given[k] for k in ("rule", "pillar", "dimension", "severity", "rules_path")))
    entries = [entry(rule) for rule in picked.rules]
    if as_json:
        click.echo(json.dumps([asdict(told) for told in entries], indent=2))
        return Exit.DONE
    for told in entries:
        click.echo(f"{told.severity:<9}{told.id}: {told.norm}")
        relation = [
            f"{word} {', '.join(of)}" for word, of in (("proves", told.proves), ("supports", told.supports)) if of
        ]
        hops = f"{told.hops} hop{'' if told.hops == 1 else 's'}"
        click.echo(f"{'':9}{'; '.join([told.judges, *relation, *told.dimensions, hops])}")
        click.echo(f"{'':9}reads {', '.join(told.evidence) or 'which there are'}")
        if told.fix:
            click.echo(f"{'':9}fix: {told.fix}")
    fixes = sum(told.fix is not None for told in entries)
    click.echo(f"\n{len(entries)} rules, {fixes} with a fix. `mllens rules show ID` tells more.", err=True)
    return Exit.DONE


@rules.command(epilog="Example: mllens rules show package-approved-before-serving")
@click.argument("rule_id")
def show(rule_id: str) -> int:
    """Show one rule: norm, harm, what it reads, its fix, an example that passes and one that fails."""
    from mllens.rules.index import describe
    from mllens.rules.load import find

    if (rule := find(rule_id)) is None:
        raise click.UsageError(f"There is no rule {rule_id}; `mllens rules list` shows them.")
    click.echo(describe(rule), nl=False)
    return Exit.DONE


@rules.command(epilog="Example: mllens rules test my-rules/")
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def test(path: Path | None) -> int:
    """Run the cases of our rules, and of those in a folder."""
    from mllens.rules.load import disproved, load

    found = load(path)
    bad = 0
    for rule in found:
        for wrong in disproved(rule):
            bad += 1
            click.echo(f"{rule.where}: {rule.id}: {wrong}", err=True)
    click.echo(f"{len(found)} rules, {bad} wrong")
    return Exit.USAGE if bad else Exit.DONE


SKELETON = '''from mllens.rules import Fail, Pass, Verdict, rule
from mllens.scanner.sagemaker import Endpoint


@rule(severity="medium", proves=("MLREL05_BP02",), reads=(Endpoint.status,))
def {name}(endpoint: Endpoint) -> Verdict:
    """An endpoint must say here what holds.

    Say in two or three sentences what goes wrong otherwise, and when a deviation is right.
    """
    if endpoint.status == "Failed":
        return Fail("it has failed; its FailureReason says why")
    return Pass()


{name}.cases(
    passes=[Endpoint(name="good", status="InService")],
    fails=[Endpoint(name="bad", status="Failed")],
    unknown=[Endpoint(name="unread")],
)
'''


@rules.command(epilog="Example: mllens rules new endpoint-has-owner -o my-rules/")
@click.argument("rule_id")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder for the file."
)
def new(rule_id: str, output: Path) -> int:
    """Write a skeleton of a rule that runs."""
    name = rule_id.replace("-", "_")
    if not name.isidentifier() or name != name.lower():
        raise click.UsageError(f"{rule_id}: an id is words of lower case, joined by hyphens.")
    file = output / f"{name}.py"
    if file.exists():
        raise click.UsageError(f"{file} exists.")
    output.mkdir(parents=True, exist_ok=True)
    file.write_text(SKELETON.format(name=name), "utf-8")
    click.echo(f"{file}\nTry: mllens rules test {output}   then: mllens audit --rules-path {output}")
    return Exit.DONE
