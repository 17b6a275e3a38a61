"""Waivers: risks that somebody accepts, for some resources and until a day."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mllens.cli.exits import Exit
from mllens.cli.selection import more_rules
from mllens.cli.statements import as_json, as_of, checked, day, pairs, told, write

FOLDER = Path("waivers")
TOOL_REASONS = ("OUT_OF_SCOPE", "BUSINESS_PRIORITIES", "ARCHITECTURE_CONSTRAINTS", "OTHER", "NONE")
ACCEPTANCE = "A proposal. Who accepts it, and is not its owner, adds: accepted_by (a name), accepted_on (a day)."
folder = click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=FOLDER,
    metavar=f"[FOLDER={FOLDER}]",
)


@click.group()
def waive() -> None:
    """Accepted risks: files with owner, reason and expiry, to keep in version control.

    `mllens audit --waivers FOLDER` marks what they accept: it goes on failing, and does not count for --fail-on;
    `mllens remediate plan --waivers FOLDER` leaves it alone.
    """


@waive.command("list", epilog="Example: mllens waive list waivers --json")
@folder
@more_rules
@as_of
@as_json
def list_(folder: Path, rules_path: Path | None, as_of: datetime | None, *, as_json: bool) -> int:
    """List waivers, and which of them count."""
    _told(folder, rules_path, as_of, as_json=as_json)
    return Exit.DONE


@waive.command(epilog="Example: mllens waive check waivers")
@folder
@more_rules
@as_of
@as_json
def check(folder: Path, rules_path: Path | None, as_of: datetime | None, *, as_json: bool) -> int:
    """Check waivers; exit 2 if a file is wrong, or one has expired or is not signed.

    Which of them match nothing that fails, an audit tells.
    """
    return checked(_told(folder, rules_path, as_of, as_json=as_json))


def _told(folder: Path, rules_path: Path | None, as_of: datetime | None, *, as_json: bool) -> int:
    from mllens.rules.load import load as load_rules
    from mllens.statements.waivers import load

    when = day(as_of)
    rows = {
        file: (", ".join(said.rules + said.findings + said.practices), said.model_dump(mode="json"), said.stands(when))
        for file, said in load(folder, load_rules(rules_path)).items()
    }
    return told(rows, when, as_json=as_json)


@waive.command(
    epilog="Example: mllens waive new --rule notebook-root-access-disabled --resource 'sandbox-*' --tool-reason OTHER"
)
@click.option("--rule", "rules", multiple=True, metavar="ID", help="A rule that may fail (repeat).")
@click.option("--finding", "findings", multiple=True, metavar="ID", help="A finding, instead of a rule (repeat).")
@click.option(
    "--practice",
    "practices",
    multiple=True,
    metavar="ID",
    help="A practice that is out of scope as a whole, instead of a rule (repeat). Somebody else has to accept it.",
)
@click.option(
    "--resource", "resources", multiple=True, metavar="GLOB", help="For resources of this name or ARN (repeat)."
)
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="For resources with this tag; V is a glob (repeat).")
@click.option("--owner", help="Who accepts the risk.")
@click.option("--reason", help="Why.")
@click.option("--tool-reason", type=click.Choice(TOOL_REASONS), help="Why, in the Well-Architected Tool's words.")
@click.option("--days", type=click.IntRange(min=1), default=180, show_default=True, help="For how long it counts.")
@click.option(
    "--date", "begins", type=click.DateTime(["%Y-%m-%d"]), help="The first day on which it counts; else today."
)
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
@click.option(
    "--assessment",
    "assessment_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="It counts from this scan's day on, and findings must be in it.",
)
@more_rules
def new(
    output: Path, rules_path: Path | None, begins: datetime | None, assessment_file: Path | None, **given: Any
) -> int:
    """Write a waiver; at a terminal, what is not given is asked for.

    That a whole practice is out of scope is a proposal, until another person than its owner adds `accepted_by` and
    `accepted_on` to the file. Then a review marks the practice as not applicable, as long as the waiver lasts.
    """
    from pydantic import ValidationError

    from mllens.rules.load import load as load_rules
    from mllens.statements.document import text
    from mllens.statements.standing import FORMAT
    from mllens.statements.waivers import Waiver

    rules, findings, practices, resources = (
        tuple(given[name]) for name in ("rules", "findings", "practices", "resources")
    )
    if not rules and not findings and not practices:
        rules = (_asked("--rule, --finding or --practice", "Rule"),)
    tags = pairs(given["tags"], "--tag")
    if rules and not resources and not tags:
        resources = (_asked("--resource or --tag", "Resources (glob of names or ARNs)"),)
    if assessment_file is not None:
        from mllens.reports.json import load as load_assessment

        assessment = load_assessment(assessment_file)
        begins = begins or datetime.fromisoformat(assessment.scanned_at)
        if strangers := sorted({*findings} - {f.id for f in assessment.findings if f.status == "fail"}):
            raise click.UsageError(f"{assessment_file}: no finding {strangers[0]} fails there.")
    first = day(begins)
    content: dict[str, Any] = {
        name: value
        for name, value in {
            "rules": list(rules),
            "findings": list(findings),
            "practices": list(practices),
            "resources": list(resources),
            "tags": tags,
        }.items()
        if value
    }
    content |= {
        "owner": given["owner"] or _asked("--owner", "Owner"),
        "reason": given["reason"] or _asked("--reason", "Reason"),
        "tool_reason": given["tool_reason"]
        or ("OUT_OF_SCOPE" if practices else None)
        or _asked("--tool-reason", "Tool's reason", TOOL_REASONS),
        "date": first,
        "expires": first + timedelta(days=given["days"]),
    }
    try:
        Waiver.model_validate(
            {"format": FORMAT, **content}, context={rule.id: rule.norm for rule in load_rules(rules_path)}
        )
    except ValidationError as error:
        raise click.UsageError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    path = _free(output, (*rules, *practices, *(f"finding-{finding}" for finding in findings))[0])
    write(path, text(content, [ACCEPTANCE] if practices else []))
    step = "somebody other than the owner adds accepted_by and accepted_on, then " if practices else ""
    click.echo(f"{path}\nNext: {step}mllens audit --waivers {output}")
    return Exit.DONE


def _asked(option: str, what: str, among: Sequence[str] = ()) -> str:
    """What a person answers.

    Raises:
        click.UsageError: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise click.UsageError(f"Missing {option}.")
    answer: str = click.prompt(what, type=click.Choice(among) if among else str)
    return answer


def _free(folder: Path, name: str) -> Path:
    """A path that no file has yet."""
    path, number = folder / f"{name}.yaml", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.yaml"
    return path
