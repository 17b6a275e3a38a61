"""Generated files, for contributors."""

import click

from mllens.cli.exits import Exit


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 2 if a file is not current.")
def generate(*, check: bool) -> int:
    """Write the files of this repository that are computed (for contributors)."""
    from mllens.generate import GENERATED, ROOT, write

    if not (ROOT / "pyproject.toml").exists():
        raise click.UsageError("This works in a checkout of the repository only.")
    if check:
        stale = [
            p for p, make in GENERATED.items() if not (ROOT / p).exists() or (ROOT / p).read_text("utf-8") != make()
        ]
        for path in stale:
            click.echo(f"not current: {path}; run `mllens generate`", err=True)
        return Exit.USAGE if stale else Exit.DONE
    for path in write():
        click.echo(f"wrote {path}")
    return Exit.DONE
