"""Workloads: which ones an estate seems to be made of, and what belongs to one."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.exits import Exit

if TYPE_CHECKING:
    from mllens.scanner import Graph, Key
    from mllens.workload.membership import Membership
    from mllens.workload.suggest import Proposal, Suggestion
    from mllens.workload.ties import Step

NAMED = 12

inventory_file = click.argument("inventory", type=click.Path(exists=True, dir_okay=False, path_type=Path))
as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def workload() -> None:
    """Parts of an estate that are assessed and reviewed by themselves: a file each, to keep in version control.

    `mllens audit --workload FILE` and `mllens assess --workload FILE` assess one; `mllens review plan` needs its file.
    """


@workload.command(epilog="Example: mllens workload suggest inventory.mllens -o workloads")
@inventory_file
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write a file for each into here."
)
@as_json
def suggest(inventory: Path, output: Path | None, *, as_json: bool) -> int:
    """Propose workloads: by AppRegistry, SageMaker projects and tags, and by what serves together.

    They are proposals: read a file before you use it. One that is there is left as it is.
    """
    from mllens.scanner import Graph, load
    from mllens.workload.suggest import file_names
    from mllens.workload.suggest import suggest as proposed

    found = proposed(Graph(load(inventory)))
    names = file_names(found.proposals)
    written = [_write(p, output / name) for p, name in zip(found.proposals, names, strict=True)] if output else []
    files = [str(output / name) for name in names] if output else []
    if as_json:
        click.echo(json.dumps(_suggested(found, files, written), indent=2))
        return Exit.DONE
    _show_suggested(found, files, written)
    if not files:
        click.echo("\nNext: mllens workload suggest … -o workloads writes a file for each.", err=True)
    elif found.proposals:
        click.echo(f"\nNext: mllens workload show {inventory} --workload {files[0]}", err=True)
    return Exit.DONE


def _write(proposal: "Proposal", path: Path) -> bool:
    """Write a file that is not there; whether it was."""
    from mllens.scanner.inventory import write_atomically
    from mllens.workload.file import text

    if path.exists():
        return False
    comments = [
        f"Proposed by {proposal.because}. Read it, name it, and change what is wrong.",
        f"{len(proposal.members)} resources: {_by_type(proposal.members)}",
    ]
    write_atomically(path, text(proposal.workload, comments).encode())
    return True


def _suggested(found: "Suggestion", files: list[str], written: list[bool]) -> dict[str, Any]:
    proposals = []
    for number, proposal in enumerate(found.proposals):
        of = proposal.workload
        row: dict[str, Any] = {
            "name": of.name,
            "because": proposal.because,
            "accounts": of.accounts,
            "regions": of.regions,
            "tags": dict(of.tags),
            "roots": of.roots,
            "applications": of.applications,
            "members": len(proposal.members),
            "by_type": dict(sorted(Counter(key.type for key in proposal.members).items())),
        }
        if files:
            row |= {"file": files[number], "written": written[number]}
        proposals.append(row)
    return {
        "workloads": proposals,
        "shared": [{**key._asdict(), "workloads": names} for key, names in found.shared.items()],
        "none": [key._asdict() for key in found.rest],
        "tags_not_read": [key._asdict() for key in found.untold],
    }


def _show_suggested(found: "Suggestion", files: list[str], written: list[bool]) -> None:
    from mllens.reports.harmless import harmless

    for number, proposal in enumerate(found.proposals):
        click.echo(f"{harmless(proposal.workload.name)}  ({harmless(proposal.because)})")
        click.echo(f"  {len(proposal.members)} resources: {_by_type(proposal.members)}")
        if files:
            click.echo(f"  {files[number]}{'' if written[number] else ': is there already, and was left as it is'}")
    if not found.proposals:
        click.echo("Nothing tells workloads apart: no tag, application, project, endpoint or pipeline was read.")
    _list_keys("Of several of them", found.shared)
    _list_keys("Of none of them", found.rest)
    if found.untold:
        click.echo(f"\nThe tags of {len(found.untold)} resources were not read: {_by_type(found.untold)}")


def _list_keys(title: str, keys: "Iterable[Key]") -> None:
    from mllens.reports.harmless import harmless

    found = list(keys)
    if found:
        click.echo(f"\n{title}: {len(found)} ({_by_type(found)})")
        for key in found[:NAMED]:
            click.echo(f"  {harmless(str(key))}")
        if len(found) > NAMED:
            click.echo(f"  and {len(found) - NAMED} more (--json lists all)")


def _by_type(keys: "Iterable[Key]") -> str:
    counts = Counter(key.type.rsplit("::", 1)[-1] for key in keys)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


@workload.command(epilog="Example: mllens workload show inventory.mllens --workload workloads/fraud.toml")
@inventory_file
@click.option(
    "--workload",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="WORKLOAD.TOML",
    help="The workload's file.",
)
@as_json
def show(inventory: Path, file: Path, *, as_json: bool) -> int:
    """Show what belongs to a workload and why, and of what that cannot be told."""
    from mllens.scanner import Graph, load
    from mllens.workload import membership, read_workload

    graph = Graph(load(inventory))
    found = membership(graph, read_workload(file))
    if as_json:
        click.echo(json.dumps(_told(found, graph), indent=2))
    else:
        _show(found, graph)
    return Exit.DONE


def _told(found: "Membership", graph: "Graph") -> dict[str, Any]:
    of = found.workload
    return {
        "workload": {"name": of.name, "sha256": of.sha256},
        "members": [
            {**key._asdict(), "path": [{**at._asdict(), "how": step.how} for at, step in found.path(key)]}
            for key in _members(found, graph)
        ],
        "unsure": [{**key._asdict(), "why": doubt.why} for key, doubt in sorted(found.unsure.items())],
    }


def _members(found: "Membership", graph: "Graph") -> "list[Key]":
    """Those that were read; without selectors, all of the accounts and regions."""
    there = (row.key for row in graph.inventory.rows if not row.gone and not row.type.startswith("AWS::::"))
    return sorted(
        key for key in there if (key in found.members or not found.workload.selects) and found.standing(key) == "member"
    )


def _show(found: "Membership", graph: "Graph") -> None:
    from mllens.reports.harmless import harmless

    members = _members(found, graph)
    click.echo(f"{harmless(found.workload.name)}: {len(members)} resources ({_by_type(members)})")
    for key in members:
        way = harmless(_way(found.path(key))) if found.workload.selects else ""
        click.echo(f"  {harmless(_short(key))}{way}")
    _doubts("It cannot be told of these; what is found of them is unknown", found, named=True)
    _doubts("What was not read may hold more", found, named=False)


def _doubts(title: str, found: "Membership", *, named: bool) -> None:
    from mllens.reports.harmless import harmless

    doubts = {key: doubt.why for key, doubt in sorted(found.unsure.items()) if bool(key.name) == named}
    if doubts:
        click.echo(f"\n{title}: {len(doubts)}")
        for why, keys in _by_why(doubts).items():
            click.echo(f"  {_by_type(keys)}: {harmless(why)}")


def _way(path: "list[tuple[Key, Step]]") -> str:
    """From a member back to what the workload names."""
    *between, _ = path
    return " ← ".join(["", *(_short(at, place=False) for at, _ in reversed(between)), path[0][1].how])


def _short(key: "Key", *, place: bool = True) -> str:
    return f"{key.type.rsplit('::', 1)[-1]} {key.name}" + (f" ({key.region})" if place and key.region else "")


def _by_why(doubts: "Mapping[Key, str]") -> "dict[str, list[Key]]":
    found: dict[str, list[Key]] = {}
    for key, why in doubts.items():
        found.setdefault(why, []).append(key)
    return found
