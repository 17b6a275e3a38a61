"""Attestations: what people vouch for, where no API can decide."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.exits import Exit
from mllens.cli.statements import as_json, as_of, checked, day, told, write

if TYPE_CHECKING:
    from mllens.reports.assessment import Assessment
    from mllens.scanner import Graph
    from mllens.statements.drafts import Draft

FOLDER = Path("attestations")
folder = click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=FOLDER,
    metavar=f"[FOLDER={FOLDER}]",
)


@click.group()
def attest() -> None:
    """What people vouch for: files with owner, reviewer, evidence and expiry, to keep in version control.

    `mllens audit --attestations FOLDER` counts them: an attestation lifts a practice that no rule decides; against
    what fails it is shown as a conflict.
    """


@attest.command("list", epilog="Example: mllens attest list attestations --json")
@folder
@as_of
@as_json
def list_(folder: Path, as_of: datetime | None, *, as_json: bool) -> int:
    """List attestations, and which of them count."""
    _told(folder, as_of, as_json=as_json)
    return Exit.DONE


@attest.command(epilog="Example: mllens attest check attestations")
@folder
@as_of
@as_json
def check(folder: Path, as_of: datetime | None, *, as_json: bool) -> int:
    """Check attestations; exit 2 if a file is wrong, or one has expired or is not signed."""
    return checked(_told(folder, as_of, as_json=as_json))


def _told(folder: Path, as_of: datetime | None, *, as_json: bool) -> int:
    from mllens.statements.attestations import load

    when = day(as_of)
    rows = {
        file: (said.practice, said.model_dump(mode="json"), said.stands(when)) for file, said in load(folder).items()
    }
    return told(rows, when, as_json=as_json)


@attest.command(epilog="Example: mllens attest new --assessment assessment.json --inventory inventory.mllens")
@click.argument("practices", nargs=-1, metavar="[PRACTICE]...")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
@click.option(
    "--assessment",
    "assessment_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ask about what it leaves open, for its accounts and from its day on.",
)
@click.option(
    "--inventory",
    "inventory_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tell with each question what it knows: model cards, reports, approvals, jobs, tags.",
)
@click.option("--owner", default="", help="Who answers for what is stated.")
@click.option("--reviewer", default="", help="Who checked it; not the owner.")
@click.option("--days", type=click.IntRange(min=1), default=365, show_default=True, help="For how long it counts.")
@as_json
def new(
    practices: Sequence[str],
    output: Path,
    assessment_file: Path | None,
    inventory_file: Path | None,
    **given: Any,
) -> int:
    """Ask open questions and keep the answers, a file each; without a terminal, write files to fill in.

    PRACTICE is an id or a glob, as 'MLRAI*'; without any, all that wait for a person. A file that is there is left as
    it is. What is not answered, reviewed and backed by evidence does not count.
    """
    from mllens.reports.json import load as load_assessment
    from mllens.scanner import Graph, load
    from mllens.statements.drafts import drafts, open_practices

    assessment = load_assessment(assessment_file) if assessment_file else None
    graph = Graph(load(inventory_file)) if inventory_file else None
    wanted = _matching(practices) if practices else open_practices(assessment)
    begins, scope = _occasion(assessment, graph)
    asking = sys.stdin.isatty() and not given["as_json"]
    written: list[dict[str, Any]] = []
    for draft in drafts(wanted, assessment, graph):
        path = output / f"{draft.practice.id}.yaml"
        there = path.exists()
        answer = _blank(draft, given) if there or not asking else _asked(draft, given)
        if answer is not None and not there:
            write(path, _text(draft, answer, scope, begins, begins + timedelta(days=given["days"])))
        if answer is not None:
            written.append({"practice": draft.practice.id, "file": str(path), "written": not there})
    if given["as_json"]:
        click.echo(json.dumps(written, indent=2))
        return Exit.DONE
    for row in written:
        click.echo(f"{row['file']}{'' if row['written'] else ': is there already, and was left as it is'}")
    click.echo(
        f"\n{sum(row['written'] for row in written)} of {len(wanted)} written. Next: mllens attest check {output}   "
        f"then: mllens audit --attestations {output}",
        err=True,
    )
    return Exit.DONE


def _matching(practices: Sequence[str]) -> list[str]:
    from mllens.lens import load

    known = load().choices
    for glob in practices:
        if not any(fnmatchcase(id_, glob) for id_ in known):
            raise click.UsageError(f"There is no practice {glob}; `mllens lens show` lists them.")
    return [id_ for id_ in known if any(fnmatchcase(id_, glob) for glob in practices)]


def _occasion(assessment: "Assessment | None", graph: "Graph | None") -> tuple[date, dict[str, Any]]:
    """From which day and of what: of the scan's accounts, if there is one, and of the workload that was assessed."""
    if assessment is not None:
        of = assessment.scope.workload
        scope: dict[str, Any] = {"accounts": assessment.scope.accounts}
        return datetime.fromisoformat(assessment.scanned_at).date(), scope | ({"workload": of.name} if of else {})
    if graph is not None:
        return graph.now.date(), {"accounts": graph.inventory.manifest.accounts}
    return day(None), {}


def _blank(draft: "Draft", given: Mapping[str, Any]) -> dict[str, str]:
    return {
        "statement": "",
        "evidence": draft.evidence,
        "owner": given["owner"] or draft.owner,
        "reviewer": given["reviewer"],
    }


def _asked(draft: "Draft", given: dict[str, Any]) -> dict[str, str] | None:
    """What a person answers; None where the question stays open. Names given once are offered again."""
    from mllens.reports.harmless import harmless

    click.echo(f"\n{draft.practice.id}  {draft.practice.title}\n  {draft.practice.ask}")
    for known in draft.known:
        click.echo(f"  - {harmless(known)}")
    statement = click.prompt("What is so (empty: leave it open)", default="", show_default=False)
    if not statement.strip():
        return None
    answer = {"statement": statement}
    for name, offered in _blank(draft, given).items():
        if name != "statement":
            answer[name] = click.prompt(name.capitalize(), default=offered, show_default=bool(offered))
    given |= {name: answer[name] for name in ("owner", "reviewer")}
    return answer


def _text(draft: "Draft", answer: Mapping[str, str], scope: Mapping[str, Any], begins: date, ends: date) -> str:
    from mllens.statements.document import text

    comments = [f"{draft.practice.id}: {draft.practice.title}", f"Question: {draft.practice.ask}"]
    if draft.known:
        comments += ["Known from the scan:", *(f"- {known}" for known in draft.known)]
    said = {"scope": dict(scope)} if scope else {}
    content = {"practice": draft.practice.id, **said, **answer, "date": begins, "expires": ends}
    return text(content, comments)
