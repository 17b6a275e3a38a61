"""The demonstration: the whole main job on a built-in simulated account."""

from pathlib import Path

import click

from mllens.cli.exits import Exit
from mllens.cli.selection import Chosen

FOLDER = Path("mllens-demo")


@click.command()
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
@click.option("--no-progress", is_flag=True, help="No progress bar.")
def demo(output: Path, *, no_progress: bool) -> int:
    """Audit a built-in simulated account: no AWS account, no credentials, nothing leaves this machine."""
    try:
        from mllens.sandbox import Sandbox
        from mllens.sandbox.demo import DEMO_FAULTS, seed
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"The demo needs its extra ({error.name} is missing): pip install 'mllens[demo]'"
        ) from None
    from mllens.assess import assess
    from mllens.cli.audit import progress_bar, write_reports
    from mllens.rules.load import load
    from mllens.scanner.client import Clients
    from mllens.scanner.engine import Options, scan
    from mllens.scanner.inventory import save

    rules = load()
    wanted = Chosen(rules, ()).plan()
    with Sandbox() as sandbox:
        seed(sandbox)
        sandbox.faults = DEMO_FAULTS
        with progress_bar(shown=not no_progress) as progress:
            options = Options(regions=sandbox.regions, metrics=True, progress=progress)
            inventory = scan(Clients(wanted.calls), wanted, options)
    output.mkdir(parents=True, exist_ok=True)
    save(inventory, output / "inventory.mllens")
    assessment = assess(inventory, rules)
    write_reports(assessment, ("terminal",), None)
    write_reports(assessment, ("json",), output / "assessment.json")
    write_reports(assessment, ("html",), output / "report.html")
    click.echo(
        f"\nThis was a simulated account. Open {output / 'report.html'} in a browser.\n"
        "Your own account, only reading:\n\n"
        "    mllens audit --region us-east-1\n\n"
        "`mllens policy scan` prints the least IAM policy for it. `mllens sandbox serve` keeps a simulated account\n"
        "running, on which `mllens remediate plan` and `apply` can be tried."
    )
    return Exit.DONE
