"""The main job, and its stages one by one: scan, judge, report."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.exits import Exit
from mllens.cli.selection import (
    FORMATS,
    SEVERITIES,
    Chosen,
    Stated,
    chosen,
    of_workload,
    options,
    stated,
    statements,
    which_rules,
    workload,
)

if TYPE_CHECKING:
    from mllens.reports.assessment import Assessment
    from mllens.scanner import Inventory
    from mllens.scanner.plan import Plan
    from mllens.workload import Workload

REPORT_FOLDER = Path("mllens-report")

scope = options(
    click.option("--profile", help="AWS profile; else the usual environment."),
    click.option(
        "--region", "regions", multiple=True, help="Region to scan (repeat), or 'all'; else your default region."
    ),
    click.option("--endpoint-url", help="Send every call to this address (the simulated AWS, a proxy)."),
    click.option(
        "--with-metrics", is_flag=True, help="Also read CloudWatch metrics. They are priced; the estimate is shown."
    ),
    click.option("--with-cost", is_flag=True, help="Also ask Cost Explorer. It is priced; the estimate is shown."),
    click.option("--all-jobs", is_flag=True, help="Every training job, not only the newest of each family."),
    click.option(
        "--deadline", default=600.0, show_default=True, help="Seconds after which throttled calls are given up."
    ),
    click.option("--resume", is_flag=True, help="Go on with a scan that was killed."),
    click.option("--no-progress", is_flag=True, help="No progress bar."),
)
judging = options(
    click.option(
        "--fail-on", type=click.Choice(SEVERITIES), help="Exit 10 if a finding at or above this severity fails."
    ),
    click.option("--fail-on-unknown", is_flag=True, help="With --fail-on: unknown findings count too."),
    click.option("--accept-partial", is_flag=True, help="Exit 0 instead of 4 when something could not be read."),
    click.option(
        "--reproducible",
        is_flag=True,
        help="Leave out times of the run, calls and request ids: equal accounts give equal bytes.",
    ),
    click.option(
        "--evidence",
        type=click.Choice(["fail", "all"]),
        default="fail",
        show_default=True,
        help="Which findings are kept with their evidence: those that fail or are unknown, or all.",
    ),
)
output = options(
    click.option(
        "-f", "--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Output format (repeat)."
    ),
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, allow_dash=True),
        help="File, '-', or a folder with several formats.",
    ),
)


@click.command(epilog="Example: mllens audit --region eu-west-1 --region us-east-1 --fail-on high")
@scope
@of_workload
@which_rules
@stated
@judging
@output
@click.option("--inventory", type=click.Path(dir_okay=False, path_type=Path), help="Keep what was read in this file.")
@click.pass_context
def audit(
    ctx: click.Context, /, formats: Sequence[str], output: Path | None, inventory: Path | None, **given: Any
) -> int:
    """Scan, judge and report: the main job. It only reads."""
    picked, selection = chosen(*(given.pop(k) for k in ("rule", "pillar", "dimension", "severity", "rules_path")))

    said, part = statements(given, picked), _part(given)
    wanted = picked.plan(waivers=said.waivers, workload=part)
    if given["resume"] and inventory is None:
        raise click.UsageError("--resume needs --inventory FILE: the finished parts lie beside it.")
    _check(formats, output)
    found = scanned(wanted, inventory, given)
    assessment = _assess(ctx, found, picked, selection, given, said=said, part=part)
    write_reports(assessment, formats or ("terminal", "html"), output)
    return _exit(assessment, given)


@click.command(epilog="Example: mllens scan --region us-east-1 -o inventory.mllens")
@scope
@of_workload
@which_rules
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("inventory.mllens"),
    show_default=True,
)
@click.option("--accept-partial", is_flag=True, help="Exit 0 instead of 4 when something could not be read.")
def scan(output: Path, *, accept_partial: bool, **given: Any) -> int:
    """Only read AWS, into a file that `mllens assess` judges without credentials."""
    picked, _ = chosen(*(given.pop(k) for k in ("rule", "pillar", "dimension", "severity", "rules_path")))
    from mllens.scanner.inventory import INCOMPLETE

    found = scanned(picked.plan(workload=_part(given)), output, given)
    unread = [line for line in found.manifest.coverage if line.status in INCOMPLETE]
    click.echo(f"{len(found.rows)} resources in {output}", err=True)
    for line in unread:
        click.echo(f"could not be read: {line.explain()}", err=True)
    return Exit.PARTIAL if unread and not accept_partial else Exit.DONE


@click.command(epilog="Example: mllens assess inventory.mllens -f json -o assessment.json")
@click.argument("inventory", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@of_workload
@which_rules
@stated
@judging
@output
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"]),
    help="Judge ages by this time (UTC), not the scan's.",
)
@click.pass_context
def assess(
    ctx: click.Context, /, inventory: Path, formats: Sequence[str], output: Path | None, as_of: Any, **given: Any
) -> int:
    """Judge an inventory file, offline."""
    from datetime import UTC

    from mllens.scanner import load

    picked, selection = chosen(*(given.pop(k) for k in ("rule", "pillar", "dimension", "severity", "rules_path")))
    said, part = statements(given, picked), workload(given)
    _check(formats, output)
    when = as_of.replace(tzinfo=UTC) if as_of else None
    assessment = _assess(ctx, load(inventory), picked, selection, given, said=said, part=part, as_of=when)
    write_reports(assessment, formats or ("terminal",), output)
    return _exit(assessment, given)


@click.command(epilog="Example: mllens report assessment.json -f html -o report.html")
@click.argument("assessment", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@output
def report(assessment: Path, formats: Sequence[str], output: Path | None) -> int:
    """Render an assessment again, in other formats."""
    from mllens.reports.json import load

    _check(formats, output)
    write_reports(load(assessment), formats or ("terminal",), output)
    return Exit.DONE


def _part(given: dict[str, Any]) -> "Workload | None":
    """The workload that was named; its regions are read where no others are named."""
    part = workload(given)
    if part is not None and not given["regions"]:
        given["regions"] = part.regions
    return part


def scanned(plan: "Plan", keep: Path | None, given: dict[str, Any]) -> "Inventory":
    """Scan, and keep the inventory where asked; finished parts are kept beside it until then."""
    from mllens.scanner.client import Clients
    from mllens.scanner.engine import Options
    from mllens.scanner.engine import scan as engine_scan
    from mllens.scanner.inventory import save
    from mllens.scanner.parts import discard

    clients = Clients(plan.calls, profile=given["profile"], endpoint_url=given["endpoint_url"])
    regions = tuple(given["regions"]) or ((clients.region,) if clients.region else ())
    if not regions:
        raise click.UsageError("No region: name one with --region, or 'all', or set AWS_REGION.")
    if "all" in regions and len(regions) > 1:
        raise click.UsageError("--region all stands alone.")
    parts = keep.with_name(keep.name + ".parts") if keep else None
    asked = [c for c in plan.priced() if given["with_metrics" if c.operation == "GetMetricData" else "with_cost"]]
    for call in asked:
        each = "metric, one or more for each endpoint variant" if call.operation == "GetMetricData" else "call"
        click.echo(f"Priced: {call}, ${call.price:.5f} for each {each}", err=True)
    with progress_bar(shown=not given["no_progress"]) as progress:
        inventory = engine_scan(
            clients,
            plan,
            Options(
                regions=regions,
                metrics=given["with_metrics"],
                cost=given["with_cost"],
                bounded=not given["all_jobs"],
                deadline=given["deadline"],
                parts=parts,
                resume=given["resume"],
                progress=progress,
            ),
        )
    if keep is not None and parts is not None:
        save(inventory, keep)
        discard(parts)
    return inventory


class progress_bar:  # noqa: N801 - a context, used as one
    """A progress bar on standard error; nothing when it is not a terminal."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown and sys.stderr.isatty()

    def __enter__(self) -> Callable[[int, int, str], None]:
        if not self.shown:
            return lambda done, total, what: None  # noqa: ARG005 - the shape of a progress callback
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True), transient=True)
        self.bar.start()
        task = self.bar.add_task("reading", total=None)
        return lambda done, total, what: self.bar.update(task, completed=done, total=total, description=what[:48])

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self.bar.stop()


def _assess(
    ctx: click.Context,
    inventory: "Inventory",
    picked: Chosen,
    selection: dict[str, list[str]],
    given: dict[str, Any],
    *,
    said: Stated,
    part: "Workload | None",
    as_of: Any = None,
) -> "Assessment":
    from mllens.assess import assess as judge
    from mllens.cli.config import settings

    return judge(
        inventory,
        picked.rules,
        left_out=picked.rest,
        settings=settings(ctx.find_root().params.get("config"), picked.rules),
        as_of=as_of,
        selection=selection,
        attestations=said.attestations,
        waivers=said.waivers,
        workload=part,
        evidence=given["evidence"],
        reproducible=given["reproducible"],
    )


def _check(formats: Sequence[str], output: Path | None) -> None:
    """That what was asked for can be made, before anything is read.

    Raises:
        click.UsageError: it cannot.
    """
    if "pdf" in formats:
        from mllens.reports import pdf

        if str(output) == "-" and len(formats) == 1 and sys.stdout.isatty():
            raise click.UsageError("A PDF does not belong on a terminal: name a file with -o, or redirect.")
        try:
            pdf.ready()
        except pdf.PdfError as error:
            raise click.UsageError(str(error)) from None


def write_reports(assessment: "Assessment", formats: Sequence[str], output: Path | None) -> None:
    """Each format to where it belongs: text to standard output, pages to a file, several to a folder."""
    several = len(formats) > 1
    for name in formats:
        text, extension = _render(assessment, name)
        to_screen = name == "terminal" if output is None or several else str(output) == "-"
        if to_screen or (output is None and name == "json" and not several):
            click.echo(text, nl=False)
            continue
        if output is None or (several and str(output) == "-"):
            path = REPORT_FOLDER / f"report{extension}"
        else:
            path = output / f"report{extension}" if several else output
        from mllens.scanner.inventory import write_atomically

        write_atomically(path, text.encode() if isinstance(text, str) else text)
        click.echo(f"Report: {path}", err=True)


def _render(assessment: "Assessment", name: str) -> tuple[str | bytes, str]:
    """The text of one format, and its file extension; options that a format has beyond the rest are given here."""
    from mllens.reports import FORMATS as KNOWN

    if name == "terminal":
        import shutil

        from mllens.reports import terminal

        width = min(shutil.get_terminal_size((100, 24)).columns, 120)
        text: str | bytes = terminal.render(assessment, width=width, colour=sys.stdout.isatty())
    else:
        text = KNOWN[name].render(assessment)
    return text, f".{KNOWN[name].extension}"


def _exit(assessment: "Assessment", given: dict[str, Any]) -> int:
    from mllens.assess import reached
    from mllens.scanner.inventory import INCOMPLETE

    for broken in assessment.broken:
        click.echo(
            f"mllens: the rule {broken.rule} failed while running, its findings are unknown: {broken.where}", err=True
        )
    if assessment.broken:
        return Exit.BUG
    if given["fail_on"] and reached(assessment, given["fail_on"], unknown=given["fail_on_unknown"]):
        return Exit.REACHED
    partial = sum(line.status in INCOMPLETE for line in assessment.coverage)
    if partial and given["accept_partial"]:
        click.echo(f"mllens: {partial} types could not be read whole; accepted, as asked", err=True)
        return Exit.DONE
    return Exit.PARTIAL if partial else Exit.DONE
