"""What `mllens attest` and `mllens waive` share: folders, days, and telling which statements count."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.exits import Exit

if TYPE_CHECKING:
    import datetime as dt

    from mllens.statements.standing import Stands

as_of = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which they shall count; else today. An audit takes the day of its scan.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


def day(given: datetime | None) -> "dt.date":
    """The day that was given, or today."""
    return (given or datetime.now(UTC)).date()


def told(rows: Mapping[str, tuple[str, Mapping[str, Any], "Stands"]], when: "dt.date", *, as_json: bool) -> int:
    """Tell of each file what it is about, whose it is, and whether it counts; how many do not."""
    idle = sum(stands.standing != "holds" for _, _, stands in rows.values())
    if as_json:
        out = [
            {"file": file, **content, "standing": stands.standing, "soon": stands.soon, "why": stands.why}
            for file, (_, content, stands) in rows.items()
        ]
        click.echo(json.dumps(out, indent=2))
        return idle
    from mllens.reports.harmless import harmless

    for file, (about, content, stands) in rows.items():
        owner = f"{content['owner'] or 'nobody'}, until {content['expires']}"
        why = f"  {stands.why}" if stands.why else ""
        click.echo(harmless(f"{stands.standing:<10}{about}  {owner}  {file}{why}"))
    soon = sum(stands.soon for _, _, stands in rows.values())
    click.echo(f"\n{len(rows) - idle} of {len(rows)} count on {when}; {soon} of them expire within 30 days.", err=True)
    return idle


def write(path: Path, text: str) -> None:
    """Write a new file, whole or not at all."""
    from mllens.scanner.inventory import write_atomically

    write_atomically(path, text.encode())


def checked(idle: int) -> int:
    """The exit code of a check."""
    return Exit.USAGE if idle else Exit.DONE


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """Texts of the form K=V.

    Raises:
        click.UsageError: one is not.
    """
    out = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise click.UsageError(f"{option} {text}: expected K=V")
        out[key] = value
    return out
